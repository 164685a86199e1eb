"""Votes that are signed with a passkey: what is signed, when it must be, and how it is put down with the vote, verified at once."""

from typing import Any
from uuid import UUID

from django.conf import settings

from backoffice.audit.models import Entry
from backoffice.operations import judging
from backoffice.operations.canonical import canonical
from backoffice.operations.models import PARTS, Bundle, BundleDecision, Decision, Grade, Operation, Signature
from backoffice.operations.shown import Shown
from backoffice.operators import enrolments, passkeys
from backoffice.operators.signing import Assertion, Given, why_not

FORM = "vote 1"
ON_OPERATION, ON_BUNDLE = "operation", "bundle"
UNSIGNED = "The policy takes only approvals that are signed with a passkey here, and this one is not."
NO_KEY = "The policy takes only approvals that are signed with a passkey here, and you have none. Add one under Second factor."


class NotSigned(Exception):
    """What came with a vote is no signature of its person on it; the words say so."""


def leaf(*, on: str, pk: UUID, hashed: str, seen: str, sight: str, by: str, of: str = "") -> str:
    """What is decided, in canonical form: on what, by its hash, what was seen of it and how, and by whom, in whose place.

    `seen` is over the payload, the account and the verdict; `sight` is the hash of all that the page showed.
    """
    about = {"environment": settings.MANAGER_ENVIRONMENT, "on": on, "id": str(pk), "hash": hashed}
    told = {"seen": seen, "sight": sight, "verb": Decision.Verb.APPROVAL.value, "by": by, "for": of}
    return canonical({"form": FORM, **about, **told})


def leaf_of(operation: Operation, sight: Shown, *, by: Any) -> str:
    """Of an approval of what this sight shows."""
    shown = {"seen": sight.seen, "sight": sight.digest, "of": sight.decides_for_id}
    return leaf(on=ON_OPERATION, pk=operation.pk, hashed=operation.payload_hash, by=by.operator_id, **shown)


def leaf_of_bundle(bundle: Bundle, seen: str, *, by: Any) -> str:
    """Of an approval of all of it: what was seen of a bundle is the hash of all that its page showed."""
    return leaf(on=ON_BUNDLE, pk=bundle.pk, hashed=bundle.hash, seen=seen, sight=seen, by=by.operator_id)


def grade_of(given: Given) -> str:
    return Grade.SIGNED if given.signed else given.grade


def why_not_approve(operation: Operation, given: Given) -> str:
    """That only a signed approval counts, and this one is not; empty where it does."""
    return UNSIGNED if given.signed is None and judging.asks_for_signature(operation) else ""


def why_no_key(operation: Operation, *, by: Any) -> str:
    """That they could not sign, in words; empty where they could, or need not."""
    return NO_KEY if judging.asks_for_signature(operation) and not passkeys.are_there(by) else ""


def way(by: Any, *, is_asked: bool) -> str:
    """How a page has this person approve: `asked` to sign it, `offered` to, or neither (empty)."""
    return "asked" if is_asked else "offered" if passkeys.are_there(by) else ""


def why_no_key_for(bundle: Bundle, *, by: Any) -> str:
    """The same of a bundle."""
    return NO_KEY if bundle_asks(bundle) and not passkeys.are_there(by) else ""


def bundle_asks(bundle: Bundle) -> bool:
    """Whether anybody who is in it takes signed approvals alone."""
    return bool(
        bundle.members.filter(left_at=None, operation__state="awaiting_approval", operation__needs_signed=True).exists()
    )


def keep(vote: Decision | BundleDecision, given: Given, *, leaf: str) -> dict[str, str]:
    """Writes down what was signed, in the unit of the vote; returns what the trail says of it. Raises NotSigned."""
    if given.signed is None:
        return {"grade": given.grade} if given.grade else {}
    if why := _why_not(given.signed, vote, leaf):
        raise NotSigned(f"The signature does not hold, so nothing was decided. {why}")
    on = {"decision": vote} if isinstance(vote, Decision) else {"ballot": vote}
    parts = {name: getattr(given.signed, name) for name in PARTS}
    key = given.signed.fingerprint
    Signature.objects.create(**on, **parts, fingerprint=key, enrolment_id=given.signed.enrolled)
    return {"grade": Grade.SIGNED.value, "key": key, "nonce": given.signed.nonce}


def _why_not(signed: Assertion, vote: Decision | BundleDecision, leaf: str) -> str:
    entry = Entry.objects.filter(pk=signed.enrolled).first()
    if entry is None or enrolments.has_ended(entry, vote.at):
        return f"{enrolments.UNKNOWN}."
    return why_not(signed, leaf=leaf, enrolment=vars(entry), operator_id=vote.by.operator_id)
