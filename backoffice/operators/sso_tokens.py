"""Whether an identity token is to be believed: signed by the provider that is configured, for us, in answer to this browser.

allauth leaves the signature to TLS, takes the algorithm from the token and the issuer from whatever document it read, and
sends no nonce.
"""

import secrets
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest

# Of those that a provider signs with by a key of its own; none that we could make ourselves with what we hold.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
NONCES, MOST = "sso.nonces", 5


class Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth ships no types
    @property
    def openid_config(self) -> dict[str, Any]:
        """Raises OAuth2Error where the document is of another issuer than the one that is configured."""
        config: dict[str, Any] = super().openid_config
        if str(config.get("issuer", "")).rstrip("/") != settings.OIDC_URL:
            raise OAuth2Error("The discovery document is of another issuer.")
        return config

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                self._key(jwt.get_unverified_header(id_token)),
                algorithms=ALGORITHMS,
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as failure:
            raise OAuth2Error(f"The identity token does not hold: {failure}") from failure
        if not _answers(self.request, str(claims.get("nonce", ""))):
            raise OAuth2Error("The identity token answers no question of this browser.")
        return claims

    def _key(self, header: dict[str, Any]) -> jwt.PyJWK:
        """The key that it names, of those that the provider publishes; where there is one alone it need not be named."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        named = [key for key in keys if key.key_id == header.get("kid")] if "kid" in header else keys
        if len(named) != 1:
            raise OAuth2Error("The identity token names no key of the provider.")
        return named[0]


def new_nonce(request: HttpRequest) -> str:
    """For one way there; a browser may be on a few at once."""
    nonce = secrets.token_urlsafe(24)
    request.session[NONCES] = [*request.session.get(NONCES, [])[1 - MOST :], nonce]
    return nonce


def _answers(request: HttpRequest, nonce: str) -> bool:
    """Whether this browser asked with it and was not answered yet."""
    asked = request.session.get(NONCES, [])
    request.session[NONCES] = [each for each in asked if each != nonce]
    return nonce in asked
