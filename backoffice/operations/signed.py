"""What was signed of what is about to be sent, read in one statement and verified once more before it goes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Value

from backoffice.operations.models import PARTS, Decision, Grade, Member, Operation
from backoffice.operations.models.bundle import hash_over
from backoffice.operations.signing import ON_BUNDLE, ON_OPERATION, leaf
from backoffice.operators import enrolments
from backoffice.operators.signing import Assertion, why_not

GONE = "The signatures with which it was approved are gone."
TOO_FEW = "It takes {} signed approvals, and {} of them hold."
ALTERED = "A vote on it is not over what stands here."


@dataclass(frozen=True)
class SignedVote:
    """A vote that says that it is signed, as it stands: whose it is, what it is on, what was signed (None: it is gone), and
    the trail's entry of the key."""

    person: UUID
    operator_id: str
    is_on_this: bool
    leaf: str
    signed: Assertion | None
    enrolment: Mapping[str, Any]
    is_of_ended_key: bool

    @property
    def why_not(self) -> str:
        """Why it does not hold, in words; empty where it does. It asks no database."""
        if self.signed is None:
            return GONE
        if not self.is_on_this:
            return ALTERED
        if self.is_of_ended_key:
            return f"{enrolments.UNKNOWN}: it was removed before."
        return why_not(self.signed, leaf=self.leaf, enrolment=self.enrolment, operator_id=self.operator_id)


def votes(operations: Iterable[Operation]) -> dict[UUID, list[SignedVote]]:
    """The signed votes on each of these, or on its bundle; no statement where there are none."""
    asked = {row.pk: row for row in operations if row.is_signed or row.needs_signed}
    found: dict[UUID, list[SignedVote]] = defaultdict(list)
    for row in _own(asked).union(_of_bundles(asked), all=True) if asked else ():
        found[row["of"]].append(_read(row, asked[row["of"]]))
    return found


def why_not_sent(operation: Operation, given: Iterable[SignedVote]) -> str:
    """Why what was signed does not let it go, in words; empty where it does, or where nothing was signed and need be."""
    signed = list(given)
    if why := next((why for vote in signed if (why := vote.why_not)), ""):
        return why
    there = min(len({vote.person for vote in signed}), len({vote.operator_id for vote in signed}))
    if operation.needs_signed and there < operation.needs:
        return TOO_FEW.format(operation.needs, there)
    return GONE if operation.is_signed and not signed else ""


def _own(asked: Iterable[UUID]) -> Any:
    rows = Decision.objects.filter(operation__in=list(asked), verb=Decision.Verb.APPROVAL, grade=Grade.SIGNED)
    subject = {"subject": F("operation_id"), "hashed": F("payload_hash"), "payload_hash_": F("payload_hash")}
    shown = {"sight_": F("sight__digest"), "for_": F("delegation__of__operator_id")}
    return rows.order_by().values(of=F("operation_id"), on=Value(ON_OPERATION), **subject, **shown, **_of_vote(""))


def _of_bundles(asked: Iterable[UUID]) -> Any:
    """A member's bundle is approved by votes on the hash over its members."""
    vote = "bundle__decisions__"
    cast = {f"{vote}verb": Decision.Verb.APPROVAL, f"{vote}grade": Grade.SIGNED}
    rows = Member.objects.filter(operation__in=list(asked), left_at=None, **cast)
    subject = {"subject": F("bundle_id"), "hashed": F(f"{vote}hash"), "payload_hash_": F("payload_hash")}
    shown = {"sight_": F(f"{vote}seen"), "for_": Value("", output_field=CharField())}
    return rows.order_by().values(of=F("operation_id"), on=Value(ON_BUNDLE), **subject, **shown, **_of_vote(vote))


def _of_vote(vote: str) -> dict[str, Any]:
    """The columns that are the same of both: whose it is, what was signed, and what the trail says of the key."""
    entry = f"{vote}signature__enrolment"
    who = {"seen_": F(f"{vote}seen"), "voter": F(f"{vote}by__operator_id"), "human": F(f"{vote}person")}
    parts = {f"signed_{name}": F(f"{vote}signature__{name}") for name in PARTS}
    return who | parts | enrolments.columns(entry) | {"is_of_ended_key": enrolments.ended_before(entry, f"{vote}at")}


def _read(row: Mapping[str, Any], operation: Operation) -> SignedVote:
    parts = {name: row[f"signed_{name}"] for name in PARTS}
    entry = {name: row[f"entry_{name}"] for name in enrolments.FIELDS}
    about = {"on": row["on"], "pk": row["subject"], "hashed": row["hashed"], "seen": row["seen_"]}
    return SignedVote(
        person=row["human"],
        operator_id=row["voter"],
        is_on_this=row["payload_hash_"] == operation.payload_hash and (row["on"] == ON_OPERATION or _is_in(row)),
        leaf=leaf(**about, sight=row["sight_"] or "", by=row["voter"], of=row["for_"] or ""),
        signed=Assertion(**parts, enrolled=entry["seq"]) if parts["nonce"] else None,
        enrolment=entry,
        is_of_ended_key=bool(row["is_of_ended_key"]),
    )


def _is_in(row: Mapping[str, Any]) -> bool:
    """Whether the hash that was voted on is over this member, too."""
    try:
        return row["payload_hash_"] in _members(row["subject"], row["hashed"])
    except LookupError:
        return False


@lru_cache(maxsize=64)
def _members(bundle: UUID, hashed: str) -> frozenset[str]:
    """The payloads that a bundle's hash is over, read once for all its hundreds: what a hash is over never changes.

    Raises LookupError, which is not remembered, where it is over others than stand there.
    """
    there = list(Member.objects.filter(bundle=bundle).order_by("position").values_list("payload_hash", flat=True))
    if hash_over(there) != hashed:
        raise LookupError(bundle)
    return frozenset(there)
