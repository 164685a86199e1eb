"""What a passkey signs of a decision: the challenge, the assertion as it is kept, and whether that holds. It reads no database."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from django.conf import settings
from fido2.cose import ES256, RS256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData

from backoffice.operators.enrolments import why_unknown

ALGORITHMS = (ES256.ALGORITHM, RS256.ALGORITHM)


@dataclass(frozen=True, kw_only=True)
class Assertion:
    """What a key answered, each part as base64url of its bytes; `credential` is the key's public half.

    `nonce` are 32 bytes in hex, made for this one challenge. `enrolled` is the entry by which the trail knows the key.
    """

    nonce: str
    credential: str
    authenticator: str
    client: str
    signature: str
    enrolled: int

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(websafe_decode(self.credential)).hexdigest()


@dataclass(frozen=True)
class Given:
    """The second factor that came with an act: its grade (`totp`, `passkey`), and what was signed, where anything was."""

    grade: str = ""
    signed: Assertion | None = None


NOTHING = Given()


def new_nonce() -> str:
    return secrets.token_hex(32)


def challenge_of(leaf: str, nonce: str) -> bytes:
    """SHA-256 over what is decided and a nonce that is used once, for ever: so no vote can be given again by its signature."""
    return hashlib.sha256(f"{leaf}\n{nonce}\n".encode()).digest()


def why_not(made: Assertion, *, leaf: str, enrolment: Mapping[str, Any], operator_id: str) -> str:
    """Why this is no signature of theirs over `leaf`, in words; empty where it is. `enrolment` is the trail's entry of the key."""
    try:
        return _why_not_asked(made, leaf) or _why_not_signed(made) or _why_not_theirs(made, enrolment, operator_id)
    except Exception:  # noqa: BLE001  # whatever somebody wrote there in its place: it must stop no worker, and is no signature
        return "It is no assertion of a passkey."


def _why_not_asked(made: Assertion, leaf: str) -> str:
    """The very page, the very question."""
    if not settings.PUBLIC_URL:
        return "This process is not told PUBLIC_URL, by which it verifies what passkeys signed."
    client = json.loads(websafe_decode(made.client))
    if client["type"] != "webauthn.get" or client["challenge"] != websafe_encode(challenge_of(leaf, made.nonce)):
        return "The signature is over something else."
    if client["origin"] != settings.PUBLIC_URL or client["crossOrigin"] is not False:
        return "It was signed on another page than ours."
    return ""


def _why_not_signed(made: Assertion) -> str:
    data = AuthenticatorData(websafe_decode(made.authenticator))
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if data.rp_id_hash != hashlib.sha256(host.encode()).digest():
        return "It was signed for another house."
    if not (data.is_user_present() and data.is_user_verified()):
        return "The passkey did not verify whose finger it was."
    key = AttestedCredentialData(websafe_decode(made.credential)).public_key
    if key.ALGORITHM not in ALGORITHMS:
        return "It is a key of an algorithm that is not taken."
    try:
        key.verify(bytes(data) + hashlib.sha256(websafe_decode(made.client)).digest(), websafe_decode(made.signature))
    except InvalidSignature:
        return "The signature is not right."
    return ""


def _why_not_theirs(made: Assertion, enrolment: Mapping[str, Any], operator_id: str) -> str:
    if enrolment["seq"] != made.enrolled:
        return "It names another enrolment."
    return why_unknown(enrolment, fingerprint=made.fingerprint, operator_id=operator_id)
