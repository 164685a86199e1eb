"""Keys of the cast, enrolled as the page of second factors leaves them, and what they sign of a vote."""

import json
from typing import Any

from allauth.mfa.models import Authenticator
from fido2.utils import websafe_encode

from backoffice.audit.unit import unit
from backoffice.operations import desk, signing
from backoffice.operations.bundles import deciding
from backoffice.operations.bundles.shown import shown as shown_of_bundle
from backoffice.operations.canonical import canonical
from backoffice.operations.models import Bundle, Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.showing import shown
from backoffice.operations.shown import Shown
from backoffice.operators import factors, passkeys
from backoffice.operators.enrolments import entry_of
from backoffice.operators.signing import Assertion, Given, challenge_of, new_nonce
from tests.signing_in.softkey import SoftKey

ORIGIN, HOST = "https://desk.example", "desk.example"
OK = Reason("WITHIN_POLICY")


def enrolled(by: Any, *, origin: str = ORIGIN, host: str = HOST, **claims: Any) -> SoftKey:
    """A key of theirs: its row, and the entry by which the trail knows it."""
    key = SoftKey(origin=origin, host=host, **claims)
    made = json.loads(key.create({"challenge": websafe_encode(b"enrolment")}))
    with unit(by=by) as work:
        row = Authenticator(user=by, type=passkeys.OURS, data={"name": "Key", "credential": made}, created_at=work.now)
        factors.enrol(row, work=work, fingerprint=passkeys.fingerprint(row))
    return key


def row_of(key: SoftKey) -> Authenticator:
    return next(
        row
        for row in Authenticator.objects.filter(type=passkeys.OURS)
        if passkeys.credential(row).credential_id == key.id
    )


def assertion(key: SoftKey, leaf: str, *, nonce: str = "", **claims: Any) -> Assertion:
    """What the key answers where it is asked to sign this."""
    row, nonce = row_of(key), nonce or new_nonce()
    key.counter += 1 if key.counter else 0
    asked = {"challenge": websafe_encode(challenge_of(leaf, nonce))}
    told = json.loads(key.get(asked, **claims))["response"]
    return Assertion(
        nonce=nonce,
        credential=websafe_encode(bytes(passkeys.credential(row))),
        authenticator=told["authenticatorData"],
        client=told["clientDataJSON"],
        signature=told["signature"],
        enrolled=entry_of(row).seq,
    )


def given(signed: Assertion) -> Given:
    return Given("passkey", signed)


def sight(operation: Operation, *, by: Any) -> Shown:
    return shown(operation, by=by, page="operation")


def approve(operation: Operation, *, by: Any, key: SoftKey, **claims: Any) -> Operation:
    """Approved by a touch."""
    operation.refresh_from_db()
    seen = sight(operation, by=by)
    factor = given(assertion(key, signing.leaf_of(operation, seen, by=by), **claims))
    return desk.approve(operation.pk, by=by, seen=operation.seen, reason=OK, sight=seen, factor=factor)


def approve_bundle(bundle: Bundle, *, by: Any, key: SoftKey) -> Bundle:
    seen = shown_of_bundle(bundle).seen
    factor = given(assertion(key, signing.leaf_of_bundle(bundle, seen, by=by)))
    return deciding.approve(bundle.pk, by=by, seen=seen, reason=OK, factor=factor)


def rule(number: str = "90", **other: Any) -> dict[str, Any]:
    """A rule by which every deposit is signed."""
    return {
        "number": number,
        "words": "Deposits are signed",
        "kinds": ["funding.deposit"],
        "needs": [["supervisor"]],
        "signed": True,
    } | other


def text(**other: Any) -> str:
    return canonical(rule(**other))
