"""How a bundle comes about: out of what its maker has waiting already, or of instructions that are submitted with it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError

from backoffice.audit import clients
from backoffice.audit.unit import Unit, unit
from backoffice.audit.where import here
from backoffice.files import keeping
from backoffice.operations import desk, expiry, judging, queries, submission
from backoffice.operations.batch import batch_of
from backoffice.operations.bundles import moving
from backoffice.operations.bundles.queries import MOST, bundled
from backoffice.operations.desk import Refusal, Stale, Taken
from backoffice.operations.instructions import Instruction, reference
from backoffice.operations.models import MAKES, Bundle, Member, Operation
from backoffice.operations.models.bundle import hash_over
from backoffice.operations.policy import Check
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operations.terms import written

PREFIX = "BDL"
LEAST = 2
CHANGED = "{} has changed since you looked. Look at it again."


@dataclass(frozen=True)
class Asked:
    """One instruction of a new bundle; `again` makes the area's `checks` once more while nobody else submits."""

    instruction: Instruction
    pk: UUID
    snapshot: dict[str, Any]
    checks: Sequence[Check] = ()
    again: Callable[[], Sequence[Check]] | None = None


@dataclass(frozen=True)
class About:
    """What a bundle is called, why it is asked for, and by whom."""

    title: str
    reason: Reason
    by: Any
    sort: Bundle.Sort = Bundle.Sort.LIST


def bundle_up(chosen: Mapping[UUID, str], *, pk: UUID, about: About) -> Bundle:
    """Makes one bundle of what waits already, in the order in which it was chosen; `chosen` names the hash of what was seen.

    All of it is of one kind, made by this person, and nobody has voted on it. It is judged once more, as the batch that it
    now is. Raises Refusal, Stale, Taken; then nothing is bundled.
    """
    with _submitting(pk, about) as work:
        rows = _locked(chosen, about.by)
        if why := _why_not(rows, chosen, about.by, work):
            raise why
        bundle = _write(rows, pk=pk, about=about, work=work)
        _judge_as_batch(rows, work)
    return bundle


def submit(asked: Sequence[Asked], *, pk: UUID, about: About) -> Bundle:
    """Submits all of them as one bundle, in one unit: either each is written down, judged as the batch it is in, or none is.

    Each sees in its sums those that stand before it. Raises Refusal, Stale, Taken.
    """
    with _submitting(pk, about) as work:
        if why := _why_not_ask(asked, about.by):
            raise Refusal(why)
        for login in sorted({row.instruction.login for row in asked}):
            judging.alone(login, about.by)
        keeping.alone(file.sha256 for row in asked for file in row.instruction.evidence)
        batch = batch_of(row.instruction for row in asked)
        clients.keys_of(row.instruction.login for row in asked)
        rows = []
        for row in asked:
            if row.again and list(row.again()) != list(row.checks):
                raise Stale(f"Something was submitted for login {row.instruction.login} meanwhile. Look at it again.")
            drawn: Any = {"snapshot": row.snapshot, "checks": row.checks, "reason": about.reason, "batch": batch}
            try:
                rows.append(submission.put_down(work, row.instruction, pk=row.pk, by=about.by, **drawn))
            except (desk.Blocked, keeping.Gone) as why_not:
                raise desk.Blocked(f"Login {row.instruction.login}: {why_not}") from None
        return _write(rows, pk=pk, about=about, work=work)


def why_not_bundle(operation: Operation, *, by: Any, now: Any) -> str:
    """Why this waiting operation can be put into no bundle by this person, in words; empty where it can."""
    if operation.maker_person != by.person_id:
        return f"{operation.reference} is not yours."
    if operation.state != State.AWAITING_APPROVAL:
        return f"{operation.reference} is no longer pending: {operation.get_state_display()}."
    if why := expiry.why_lapsed(operation, now=now):
        return f"{operation.reference}: {why}"
    return f"Somebody has decided on {operation.reference} already." if operation.decisions.exists() else ""


@contextmanager
def _submitting(pk: UUID, about: About) -> Iterator[Unit]:
    """A unit; a refusal in it rolls everything back and is then noted."""
    try:
        with unit() as work:
            yield work
    except Refusal as refusal:
        _note_refusal(pk, about, str(refusal))
        raise
    except IntegrityError:
        _refuse_taken(pk, about)


def _locked(chosen: Mapping[UUID, str], by: Any) -> list[Operation]:
    rows = queries.ours().visible_to(by).filter(pk__in=list(chosen)).select_for_update(of=("self",)).order_by("pk")
    found = {row.pk: row for row in rows}
    return [found[pk] for pk in chosen if pk in found]


def _why_not(rows: Sequence[Operation], chosen: Mapping[UUID, str], by: Any, work: Unit) -> Refusal | None:
    if len(rows) < len(chosen):
        return Refusal("Not all of what was chosen is there any more. Choose anew.")
    if why := _why_not_so_many(len(rows)):
        return Refusal(why)
    if len({row.kind for row in rows}) > 1:
        return Refusal("A list is of one kind.")
    taken = set(Operation.objects.filter(bundled(), pk__in=list(chosen)).values_list("pk", flat=True))
    for row in rows:
        if why := why_not_bundle(row, by=by, now=work.now):
            return Refusal(why)
        if row.pk in taken or hasattr(row, "member"):
            return Refusal(f"{row.reference} is in a bundle already.")
        if chosen[row.pk] != row.seen:
            return Stale(CHANGED.format(row.reference))
    return None


def _why_not_ask(asked: Sequence[Asked], by: Any) -> str:
    if why := _why_not_so_many(len(asked)):
        return why
    lacking = sorted({MAKES[row.instruction.lane] for row in asked} - by.roles)
    return f"Making this takes the role {' and '.join(lacking)}." if lacking else ""


def _why_not_so_many(count: int) -> str:
    return "" if LEAST <= count <= MOST else f"A bundle holds {LEAST} to {MOST:,} requests; these are {count:,}."


def _write(rows: Sequence[Operation], *, pk: UUID, about: About, work: Unit) -> Bundle:
    """The members first, then the bundle that closes the list: the database takes no member for one that is there."""
    hashes, where = [row.payload_hash for row in rows], here()
    Member.objects.bulk_create(
        Member(bundle_id=pk, position=place, operation=row, payload_hash=row.payload_hash)
        for place, row in enumerate(rows, start=1)
    )
    bundle = Bundle(
        id=pk,
        environment=settings.MANAGER_ENVIRONMENT,
        sort=about.sort,
        title=about.title,
        reference=reference(PREFIX, pk),
        lanes=written(row.lane for row in rows),
        count=len(rows),
        hash=hash_over(hashes),
        reason_code=about.reason.code,
        reason=about.reason.text,
        made_by=about.by,
        maker_person=about.by.person_id,
        made_at=work.now,
        made_from=where.ip,
        device=where.device,
        lapses_at=max(row.lapses_at for row in rows if row.lapses_at),
        state=Bundle.State.PENDING,
    )
    bundle.save(force_insert=True)
    told = {row.reference: row.payload_hash for row in rows}
    moving.note(work, moving.SUBMITTED, bundle, by=about.by, reason=about.reason.words, **told)
    return bundle


def _judge_as_batch(rows: Sequence[Operation], work: Unit) -> None:
    """By the rules of today, with the sums and the size of the bundle; what is stricter is pinned to the member."""
    batch = batch_of(rows)
    for row in rows:
        now = judging.again(row, batch=batch)
        if now.blocks:
            raise Refusal(f"{row.reference} cannot be in it: {' '.join(check.text for check in now.blocks)}")
        if now.is_stricter_than(row.judged):
            judging.pin_and_tell(row, now, work)


def _note_refusal(pk: UUID, about: About, why: str) -> None:
    with unit() as work:
        work.note(moving.REFUSED, by=about.by, on=("bundle", pk), reason=why, detail={"title": about.title})


def _refuse_taken(pk: UUID, about: About) -> NoReturn:
    is_there = Bundle.objects.filter(pk=pk).exists()
    words = desk.SENT_ALREADY if is_there else "Something in it was submitted elsewhere meanwhile."
    _note_refusal(pk, about, words)
    raise Taken(words)
