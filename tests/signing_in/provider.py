"""A real OpenID Connect provider in a thread of its own, which holds every client to PKCE."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response


@dataclass
class PKCE:
    """Stands before the provider's own code, which asks for no verifier: remembers each challenge, and holds the exchange to it."""

    app: Any
    challenges: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        if request.path == "/oauth2/authorize":
            if request.args.get("code_challenge_method") != "S256":
                return Response("PKCE, please", 400)(environ, start_response)
            self.challenges.append(request.args["code_challenge"])
            self.scopes.append(request.args["scope"])
        if request.path == "/oauth2/token":
            body = request.get_data()
            environ["wsgi.input"] = BytesIO(body)
            verifier = parse_qs(body.decode()).get("code_verifier", [""])[0]
            digest = hashlib.sha256(verifier.encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() not in self.challenges:
                self.refused.append(verifier)
                return Response('{"error": "invalid_grant"}', 400, mimetype="application/json")(environ, start_response)
        return self.app(environ, start_response)


@dataclass
class Provider:
    url: str
    pkce: PKCE

    def knows(self, sub: str, **claims: Any) -> None:
        httpx.put(f"{self.url}/users/{sub}", json=claims, trust_env=False).raise_for_status()

    def signs_in(self, address: str, sub: str) -> str:
        """What a person does there: says who they are. The address that it sends them back to."""
        answer = httpx.post(address, data={"sub": sub}, trust_env=False)
        assert answer.is_redirect, answer.text
        return answer.headers["location"]

    def asked(self, address: str) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@contextmanager
def provider() -> Iterator[Provider]:
    pkce = PKCE(oidc_provider_mock.app())
    server = make_server("localhost", 0, pkce, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Provider(f"http://localhost:{server.server_port}", pkce)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
