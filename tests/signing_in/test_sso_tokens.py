"""An identity token is believed where the provider signed it, for us, as an answer to this browser; tokens that are not are made here."""

import json
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from werkzeug.wrappers import Request, Response

from backoffice.operators.models import Operator
from tests.signing_in import door
from tests.signing_in.door import SECOND
from tests.signing_in.provider import provider
from tests.signing_in.test_sso import MIA, come_back

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@contextmanager
def replaced(theirs, path, change):
    """What the provider answers at one address, changed on its way to us."""
    inner = theirs.pkce.app

    def app(environ, start_response):
        answer = Response.from_app(inner, environ)
        if Request(environ).path == path and answer.status_code == 200:
            answer = Response(json.dumps(change(json.loads(answer.data))), 200, mimetype="application/json")
        return answer(environ, start_response)

    theirs.pkce.app = app
    try:
        yield
    finally:
        theirs.pkce.app = inner


@pytest.fixture(scope="module")
def running():
    with provider() as at:
        yield at


@pytest.fixture
def theirs(running, settings, mia):
    settings.OIDC_URL, settings.OIDC_NAME = running.url, "Broker ID"
    app = {"provider_id": "sso", "name": "Broker ID", "client_id": "countersign", "secret": "s" * 32}
    app["settings"] = {"server_url": running.url}
    common = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": common | {"APPS": [app]}}
    Operator.objects.filter(pk=mia.pk).update(email="mia@broker.example")
    running.knows("sub-mia", **MIA)
    return running


def claims_of(answer):
    return jwt.decode(answer["id_token"], options={"verify_signature": False})


def signed(answer, key=STRANGER, algorithm="RS256", headers=None, **changes):
    claims = {name: value for name, value in (claims_of(answer) | changes).items() if value is not None}
    return answer | {"id_token": jwt.encode(claims, key, algorithm=algorithm, headers=headers)}


def without_signature(answer):
    return answer | {"id_token": answer["id_token"].rpartition(".")[0] + "."}


def garbled(answer):
    head, body, signature = answer["id_token"].split(".")
    return answer | {"id_token": f"{head}.{body}.{signature[::-1]}"}


FORGERIES = {
    "signed by another key": signed,
    "signed by nobody": lambda answer: signed(answer, None, "none"),
    "its signature left out": without_signature,
    "its signature garbled": garbled,
    "signed with our own secret": lambda answer: signed(answer, "s" * 32, "HS256"),
    "a key of its own beside it": lambda answer: signed(
        answer, headers={"jwk": json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(STRANGER.public_key()))}
    ),
    "a key that is not the provider's": lambda answer: signed(answer, headers={"kid": "mine"}),
    "no token at all": lambda answer: answer | {"id_token": "none"},
}


@pytest.mark.parametrize("how", FORGERIES)
def test_what_the_provider_did_not_sign_is_not_believed(how, theirs, client):
    with replaced(theirs, "/oauth2/token", FORGERIES[how]):
        answer = come_back(client, theirs, "sub-mia")

    assert answer.headers["Location"] == "/sign-in/"
    assert not SocialAccount.objects.exists()
    assert len(door.told("sso_failed")) == 1


# With the provider's own key, so that the signature is right and what is said in it is not.
WRONG = {
    "for another application": {"aud": "somebody-else"},
    "of another issuer": {"iss": "https://evil.example"},
    "over by now": {"exp": 1},
    "without an end": {"exp": None},
    "with the nonce of another browser": {"nonce": "of-somebody-else"},
    "without a nonce": {"nonce": None},
}


@pytest.mark.parametrize("how", WRONG)
def test_what_it_signed_for_another_purpose_is_not_believed(how, theirs, client):
    """Its key is exchanged for ours in what it publishes: so we sign as it would."""
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(STRANGER.public_key()))
    ours = lambda keys: {"keys": [jwk | {"alg": "RS256", "use": "sig"}]}  # noqa: E731  # beside its only use

    with (
        replaced(theirs, "/jwks", ours),
        replaced(theirs, "/oauth2/token", lambda answer: signed(answer, **WRONG[how])),
    ):
        refused = come_back(client, theirs, "sub-mia")
    with replaced(theirs, "/jwks", ours), replaced(theirs, "/oauth2/token", signed):
        taken = come_back(Client(), theirs, "sub-mia")

    assert refused.headers["Location"] == "/sign-in/"
    assert taken.headers["Location"] == SECOND


def test_a_token_is_taken_once_by_the_browser_that_asked(theirs, client):
    nonces = [parse_qs(urlsplit(client.post("/sign-in/sso/").headers["Location"]).query)["nonce"][0] for _ in range(2)]
    assert len(set(nonces)) == 2
    kept = []

    def remember(answer):
        kept.append(answer)
        return answer

    with replaced(theirs, "/oauth2/token", remember):
        assert come_back(client, theirs, "sub-mia").headers["Location"] == SECOND
    again = Client()
    with replaced(theirs, "/oauth2/token", lambda answer: kept[0]):
        assert come_back(again, theirs, "sub-mia").headers["Location"] == "/sign-in/"


def test_a_discovery_document_of_another_issuer_is_none(theirs, client):
    with replaced(theirs, "/.well-known/openid-configuration", lambda told: told | {"issuer": "https://evil.example"}):
        answer = client.post("/sign-in/sso/")

    assert answer.headers["Location"] == "/sign-in/"
    assert len(door.told("sso_failed")) == 1


def test_nobody_is_followed_to_where_the_provider_points(theirs, client):
    inner = theirs.pkce.app
    theirs.pkce.app = Response(status=302, headers={"Location": f"{theirs.url}/elsewhere"})
    try:
        answer = client.post("/sign-in/sso/")
    finally:
        theirs.pkce.app = inner

    assert answer.headers["Location"] == "/sign-in/"
    assert "TooManyRedirects" in door.told("sso_failed")[0].reason
