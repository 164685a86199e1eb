"""Signed votes as they are handed to whoever verifies them by themselves: all that was signed, in full, and what should be there."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from backoffice.audit.models import Entry
from backoffice.operations import desk
from backoffice.operations.bundles import moving
from backoffice.operations.canonical import loaded
from backoffice.operations.models import PARTS, Bundle, BundleDecision, Decision, Member, Operation, Signature
from backoffice.operations.signing import ON_BUNDLE, ON_OPERATION
from backoffice.operators import enrolments

FORM, MISSING = "signed vote 1", "missing vote 1"
Line = dict[str, Any]


def lines() -> Iterator[Line]:
    """One of each signed vote, oldest first; then one of each that the trail or a rule speaks of and that is not there."""
    rows = Signature.objects.select_related("enrolment", "decision__operation", "decision__sight", "ballot__bundle")
    rows = rows.select_related("decision__by", "decision__delegation__of", "ballot__by").order_by("pk")
    for row in rows.iterator(chunk_size=200):
        vote = row.vote
        yield (_of_operation(vote) if isinstance(vote, Decision) else _of_bundle(vote)) | _signed(row, vote)
    yield from _missing()


def _of_operation(vote: Decision) -> Line:
    row = vote.operation
    verdicts = [row.verdict, *row.judgements.values_list("verdict_before", flat=True)]
    lent, sight = vote.delegation, getattr(vote, "sight", None)
    return {
        "on": ON_OPERATION,
        "id": str(row.pk),
        "reference": row.reference,
        "hash": vote.payload_hash,
        "members": [_payload(row)],
        "snapshot": row.snapshot,
        "verdicts": verdicts,
        "sight": sight.digest if sight else "",
        "sight_text": sight.text if sight else "",
        "for": lent.of.operator_id if lent else "",
        "takes": row.needs if row.needs_signed else 0,
        "released": row.approved_at is not None,
    }


def _of_bundle(vote: BundleDecision) -> Line:
    bundle = vote.bundle
    members = bundle.members.select_related("operation").order_by("position")
    takes = [row.operation.needs for row in members if row.operation.needs_signed and row.left_at is None]
    return {
        "on": ON_BUNDLE,
        "id": str(bundle.pk),
        "reference": bundle.reference,
        "hash": vote.hash,
        "members": [_payload(row.operation) for row in members],
        "snapshot": "",
        "verdicts": [],
        "sight": vote.seen,
        "sight_text": vote.text,
        "for": "",
        "takes": max(takes, default=0),
        "released": bundle.state == Bundle.State.APPROVED,
    }


def _signed(row: Signature, vote: Decision | BundleDecision) -> Line:
    entry = {name: getattr(row.enrolment, name) for name in enrolments.FIELDS}
    at = row.enrolment.at.astimezone(UTC).isoformat(timespec="microseconds")
    who = {"by": vote.by.operator_id, "person": str(vote.person), "verb": vote.verb, "seen": vote.seen}
    return {
        "form": FORM,
        "environment": settings.MANAGER_ENVIRONMENT,
        **who,
        "at": vote.at.astimezone(UTC).isoformat(timespec="microseconds"),
        **{name: getattr(row, name) for name in PARTS},
        "fingerprint": row.fingerprint,
        "enrolment": entry | {"at": at},
        "ended": enrolments.has_ended(row.enrolment, vote.at),
    }


def _payload(row: Operation) -> dict[str, str]:
    return {"payload": row.payload, "payload_hash": row.payload_hash}


def _missing() -> Iterator[Line]:
    """What the trail says was signed, and what was released by a rule that takes signed votes, without a signature."""
    cast = Entry.objects.filter(action__in=[desk.VOTED, moving.VOTED], detail__contains='"nonce"').order_by("seq")
    for entry in cast.iterator(chunk_size=500):
        told = loaded(entry.detail)
        if not Signature.objects.filter(nonce=told["nonce"], fingerprint=told["key"]).exists():
            yield _lacks(
                told["reference"], entry.operator_id, f"entry {entry.seq} says that it was signed, and it is not there"
            )
    own = Exists(Signature.objects.filter(decision__operation=OuterRef("pk")))
    bundled = Exists(Member.objects.filter(operation=OuterRef("pk"), left_at=None, bundle__decisions__signature__gt=0))
    rows = Operation.objects.filter(~Q(own) & ~Q(bundled), needs_signed=True, approved_at__isnull=False)
    for row in rows.order_by("pk").iterator(chunk_size=500):
        yield _lacks(row.reference, "nobody", "it takes signed votes, and was released without any")


def _lacks(reference: str, by: str, why: str) -> Line:
    return {"form": MISSING, "reference": reference, "by": by, "why": why}
