"""Passkeys: python-fido2 does the mathematics, and here stands what neither it nor allauth insists on.

The origin is one of an exact list (the library takes any port and subdomain), nothing is signed inside another site's
frame, the name that keys belong to is a setting and not the Host header, the person was verified and not only present,
the key is ES256 or RS256, and its counter goes up.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
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

from backoffice.operators.enrolments import entry_of
from backoffice.operators.models import KeyUse
from backoffice.operators.signing import ALGORITHMS, Assertion, challenge_of, new_nonce

OURS = Authenticator.Type.WEBAUTHN
MOST_KEYS, LONGEST = 10, 16_384
STATE = "passkey"


class BadKey(ValueError):
    """What a browser sent is not what it was asked for; the words are for the trail, not for the person."""


@dataclass(frozen=True)
class Touch:
    """The key that signed what was asked, what its counter says, and what it signed of a decision, where it was asked to."""

    key: Authenticator
    counter: int
    signed: Assertion | None


def are_offered() -> bool:
    """Where this house has a name: a browser gives none to an address of numbers."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    return bool(host) and not host.replace(".", "").isdigit() and ":" not in host


def of(by: Any) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user=by, type=OURS).order_by("pk"))


def are_there(by: Any) -> bool:
    """Whether this person could be asked to touch one here."""
    return are_offered() and bool(Authenticator.objects.filter(user=by.pk, type=OURS).exists())


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


def begin(request: HttpRequest, *, by: Any, purpose: str, leaf: str = "") -> str:
    """What the browser is asked to sign, as JSON; empty where this person has no key. `leaf` is what is decided."""
    keys, nonce = of(by), new_nonce() if leaf else ""
    if not keys or not are_offered():
        return ""
    options, state = _server().authenticate_begin(
        [credential(key) for key in keys],
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=challenge_of(leaf, nonce) if leaf else None,
    )
    request.session[STATE] = {"for": f"{purpose}:{by.pk}", "state": state, "nonce": nonce}
    return json.dumps(dict(options)["publicKey"])


def signed(request: HttpRequest, sent: str, *, by: Any, purpose: str, leaf: str = "") -> Touch:
    """What came of a touch; `leaf` is what is decided now, which must be what the key was asked to sign. Raises BadKey."""
    nonce = request.session.get(STATE, {}).get("nonce", "")
    state, keys = _state(request, f"{purpose}:{by.pk}"), {credential(key).credential_id: key for key in of(by)}
    if nonce and state["challenge"] != websafe_encode(challenge_of(leaf, nonce)):
        raise BadKey("What is sent is not what was to be signed.")
    try:
        assertion = AuthenticationResponse.from_dict(_loaded(sent))
        _insist_on_our_page(assertion.response.client_data)
        used = _server().authenticate_complete(state, [credential(key) for key in keys.values()], assertion)
    except (ValueError, TypeError, KeyError) as failure:
        raise BadKey(str(failure)) from failure
    key, data = keys[used.credential_id], assertion.response.authenticator_data
    return Touch(key, data.counter, _kept(key, assertion, nonce) if nonce else None)


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


def _kept(key: Authenticator, made: AuthenticationResponse, nonce: str) -> Assertion:
    """As it is kept with a decision. Raises BadKey for a key that the trail does not know."""
    if (enrolled := entry_of(key)) is None:
        raise BadKey("The trail knows no such key.")
    answer = made.response
    return Assertion(
        nonce=nonce,
        credential=websafe_encode(bytes(credential(key))),
        authenticator=websafe_encode(bytes(answer.authenticator_data)),
        client=websafe_encode(bytes(answer.client_data)),
        signature=websafe_encode(answer.signature),
        enrolled=enrolled.seq,
    )


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
