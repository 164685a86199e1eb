"""Passkeys: python-fido2 does the mathematics, and here stands what neither it nor allauth insists on.

The origin is one of an exact list (the library takes any port and subdomain), nothing is signed inside another site's
frame, the name that keys belong to is a setting and not the Host header, the person was verified and not only present,
the key is ES256 or RS256, and its counter goes up.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from fido2.cose import ES256, RS256
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    CollectedClientData,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from backoffice.operators.models import KeyUse

OURS = Authenticator.Type.WEBAUTHN
ALGORITHMS = (ES256.ALGORITHM, RS256.ALGORITHM)
MOST_KEYS, LONGEST = 10, 16_384
STATE = "passkey"


class BadKey(ValueError):
    """What a browser sent is not what it was asked for; the words are for the trail, not for the person."""


def are_offered() -> bool:
    """Where this house has a name: a browser gives none to an address of numbers."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    return bool(host) and not host.replace(".", "").isdigit() and ":" not in host


def of(by: Any) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user=by, type=OURS).order_by("pk"))


def begin_enrolment(request: HttpRequest, *, by: Any) -> str:
    """What the browser is asked for to make a key, as JSON; its challenge waits in the session."""
    user = PublicKeyCredentialUserEntity(id=_handle(by), name=by.username, display_name=by.name)
    options, state = _server().register_begin(
        user,
        credentials=[credential(key) for key in of(by)],
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    request.session[STATE] = {"for": f"enrolment:{by.pk}", "state": state}
    return json.dumps(dict(options)["publicKey"])


def enrolled(request: HttpRequest, sent: str, *, by: Any) -> dict[str, Any]:
    """The key that the browser made, in the layout that allauth keeps. Raises BadKey."""
    state, response = _state(request, f"enrolment:{by.pk}"), _loaded(sent)
    try:
        registration = RegistrationResponse.from_dict(response)
        _insist_on_our_page(registration.response.client_data)
        made = _server().register_complete(state, registration).credential_data
    except (ValueError, TypeError, KeyError) as failure:
        raise BadKey(str(failure)) from failure
    if made is None or made.public_key.ALGORITHM not in ALGORITHMS:
        raise BadKey("A key of an algorithm that was not asked for.")
    if any(credential(key).credential_id == made.credential_id for key in Authenticator.objects.filter(type=OURS)):
        raise BadKey("This key is enrolled already.")
    return response


def begin(request: HttpRequest, *, by: Any, purpose: str, challenge: bytes | None = None) -> str:
    """What the browser is asked to sign, as JSON; empty where this person has no key."""
    keys = of(by)
    if not keys or not are_offered():
        return ""
    options, state = _server().authenticate_begin(
        [credential(key) for key in keys],
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=challenge,
    )
    request.session[STATE] = {"for": f"{purpose}:{by.pk}", "state": state}
    return json.dumps(dict(options)["publicKey"])


def signed(request: HttpRequest, sent: str, *, by: Any, purpose: str) -> tuple[Authenticator, int]:
    """The key that signed what was asked, and what its counter says. Raises BadKey."""
    state, keys = _state(request, f"{purpose}:{by.pk}"), {credential(key).credential_id: key for key in of(by)}
    try:
        assertion = AuthenticationResponse.from_dict(_loaded(sent))
        _insist_on_our_page(assertion.response.client_data)
        used = _server().authenticate_complete(state, [credential(key) for key in keys.values()], assertion)
    except (ValueError, TypeError, KeyError) as failure:
        raise BadKey(str(failure)) from failure
    return keys[used.credential_id], assertion.response.authenticator_data.counter


def count(key: Authenticator, counter: int) -> None:
    """Keeps what a key's counter says, in a unit that is open. Raises BadKey where it did not go up: the key was copied.

    Synced passkeys count nothing and always send 0.
    """
    known, is_new = KeyUse.objects.select_for_update().get_or_create(factor=key.pk, defaults={"counter": counter})
    if is_new or counter == known.counter == 0:
        return
    if counter <= known.counter:
        raise BadKey(f"The key says {counter} after it said {known.counter}.")
    known.counter = counter
    known.save(update_fields=["counter"])


def credential(key: Authenticator) -> AttestedCredentialData:
    """The public half. The layout is allauth's own; a test holds it."""
    kept = RegistrationResponse.from_dict(key.data["credential"]).response.attestation_object.auth_data
    made: AttestedCredentialData | None = kept.credential_data
    if made is None:
        raise BadKey("An enrolled key without a public half.")
    return made


def fingerprint(key: Authenticator) -> str:
    """What stands in the trail for the key: whoever swaps it later cannot swap that."""
    return hashlib.sha256(bytes(credential(key))).hexdigest()


def _server() -> Fido2Server:
    server = Fido2Server(
        PublicKeyCredentialRpEntity(id=urlsplit(settings.PUBLIC_URL).hostname, name="Countersign"),
        verify_origin=lambda origin: origin == settings.PUBLIC_URL,
    )
    server.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=alg) for alg in ALGORITHMS
    ]
    return server


def _insist_on_our_page(client: CollectedClientData) -> None:
    if client.cross_origin is not False:
        raise BadKey("It was signed inside a page of somebody else.")


def _state(request: HttpRequest, wanted: str) -> Mapping[str, Any]:
    """Good for one answer, and for what it was made for."""
    kept = request.session.pop(STATE, None)
    if not isinstance(kept, dict) or kept.get("for") != wanted:
        raise BadKey("Nothing of the kind was asked.")
    state: Mapping[str, Any] = kept["state"]
    return state


def _loaded(sent: str) -> dict[str, Any]:
    if len(sent) > LONGEST:
        raise BadKey("It is too long.")
    try:
        response = json.loads(sent)
    except ValueError as failure:
        raise BadKey("It is no JSON.") from failure
    if not isinstance(response, dict):
        raise BadKey("It is no answer of a key.")
    return response


def _handle(by: Any) -> bytes:
    """Says nothing of the person; an authenticator keeps it."""
    return hashlib.sha256(f"countersign:{settings.MANAGER_ENVIRONMENT}:{by.operator_id}".encode()).digest()
