"""What people do with operations: submit, decide, cancel. Each act is one unit of work; each refusal leaves an entry."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection
from django.db.models import F

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.operations import expiry, lanes, restored, resubmission
from backoffice.operations.draft import drawn_up, told
from backoffice.operations.instructions import Instruction
from backoffice.operations.models import MAKES, SUBMITTED, Counter, Decision, Operation
from backoffice.operations.policy import Verdict
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State

LOGIN_LOCK = 0x0C01
VOTED = register("operation.vote", "Approval given", "ok")
REFUSED = register("operation.act_refused", "Act refused", "warn")


class Refusal(Exception):
    """The desk does not do it; the words say why, for the person who asked."""


class Stale(Refusal):
    """What the person decided on is not what stands there now."""


class Taken(Refusal):
    """Another operation holds what no two may share; `by` is it, where it can be told."""

    def __init__(self, words: str, *, by: Operation | None = None) -> None:
        super().__init__(words)
        self.by = by


def submit(
    instruction: Instruction,
    *,
    pk: UUID,
    snapshot: dict[str, Any],
    verdict: Verdict,
    reason: Reason,
    by: Any,
    again: Callable[[], Verdict] | None = None,
    resubmission_of: Operation | None = None,
) -> Operation:
    """Puts an instruction before the checkers. `snapshot` is the account as the maker saw it.

    `again` judges once more when nobody else submits for this login: two forms sent together must see each other.
    Raises Refusal where policy blocks it or the maker may not, Taken where another live operation holds its payment,
    Stale where the verdict has changed since the maker saw it.
    """
    if MAKES[instruction.lane] not in by.roles:
        _refuse(instruction, pk, by, f"Making this takes the role {MAKES[instruction.lane]}.")
    if verdict.blocks:
        _refuse(instruction, pk, by, " ".join(check.text for check in verdict.blocks))
    if resubmission_of and (why := resubmission.why_not_as(instruction, resubmission_of, by=by)):
        _refuse(instruction, pk, by, why)
    operation = drawn_up(
        instruction, pk=pk, snapshot=snapshot, verdict=verdict, reason=reason, by=by, resubmission_of=resubmission_of
    )
    try:
        with unit() as work:
            alone_on(instruction.login)
            if again and again() != verdict:
                raise Stale("Something was submitted for this login meanwhile. Look at the checks again.")
            operation.save(force_insert=True)
            operation.note(work, SUBMITTED, by=by, reason=reason.words, detail=told(operation))
    except IntegrityError:
        raise _taken(operation) from None
    return operation


def alone_on(login: int) -> None:
    """Until this unit ends nobody else submits for the login; on SQLite a unit is alone as it is."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOGIN_LOCK, login % 2**31])


def approve(pk: UUID, *, by: Any, seen: str, reason: Reason) -> Operation:
    """One vote for. With the quorum of distinct persons the operation is queued and its lane is woken."""
    with acting(pk, by) as (operation, work):
        _vote(operation, Decision.Verb.APPROVAL, by=by, seen=seen, reason=reason)
        operation.note(work, VOTED, by=by, reason=reason.words, detail={"seen": seen})
        if len(voters(operation)) >= operation.needs:
            release(operation, by=by)
    return operation


def reject(pk: UUID, *, by: Any, seen: str, reason: Reason) -> Operation:
    """One vote against ends it."""
    with acting(pk, by) as (operation, _):
        _vote(operation, Decision.Verb.REJECTION, by=by, seen=seen, reason=reason)
        move_one(operation, State.REJECTED, by=by, reason=reason.words)
    return operation


def send_back(pk: UUID, *, by: Any, seen: str, reason: Reason, suggested: str = "") -> Operation:
    """Returns it to its maker, who may resubmit it as a new operation that names this one.

    `suggested` is the canonical form of what the checker would approve instead, by the names of the form's fields.
    """
    with acting(pk, by) as (operation, _):
        _vote(operation, Decision.Verb.RETURN, by=by, seen=seen, reason=reason, suggested=suggested)
        details = {operation.pk: {"suggested": suggested}} if suggested else None
        move_one(operation, State.RETURNED, by=by, reason=reason.words, details=details)
    return operation


def cancel(pk: UUID, *, by: Any, reason: str) -> Operation:
    """The maker takes it back while it waits; once approved a supervisor may too, as long as it was never maybe sent."""
    with acting(pk, by) as (operation, _):
        if why := why_not_cancel(operation, by=by):
            raise Refusal(why)
        move_one(operation, State.CANCELLED, by=by, reason=reason)
    return operation


def why_not_decide(operation: Operation, *, by: Any) -> str:
    """Why this person cannot decide on it, in words; empty where they can."""
    if operation.state != State.AWAITING_APPROVAL:
        return f"It is no longer pending: {operation.get_state_display()}."
    if why := expiry.why_lapsed(operation, now=clock.now()):
        return why
    if Role(operation.judged.role) not in by.roles:
        return f"Deciding takes the role {operation.judged.role}."
    if operation.is_made_by(by):
        return "You made it, and nobody decides on what they made themselves."
    if Decision.objects.filter(operation=operation, person=by.person_id).exists():
        return "You have decided on it already."
    return ""


def why_not_cancel(operation: Operation, *, by: Any) -> str:
    if operation.state not in (State.AWAITING_APPROVAL, State.QUEUED):
        return f"It cannot be cancelled any more: {operation.get_state_display()}."
    if operation.maybe_sent:
        return "It may have reached MT5 already, so it cannot be cancelled."
    if why := restored.why_not_close(operation):
        return why
    may_as_supervisor = operation.state == State.QUEUED and Role.SUPERVISOR in by.roles
    if operation.maker_person != by.person_id and not may_as_supervisor:
        return "Only its maker can cancel it."
    return ""


def voters(operation: Operation) -> set[UUID]:
    """The distinct persons who approved this very hash, are not the maker, and hold the role today."""
    votes = operation.decisions.filter(
        verb=Decision.Verb.APPROVAL,
        payload_hash=operation.payload_hash,
        by__is_active=True,
        by__grants__role=operation.judged.role,
    ).exclude(person=operation.maker_person)
    return set(votes.values_list("person", flat=True))


def release(operation: Operation, *, by: Any, **changes: Any) -> None:
    """Queues an approved operation at the end of its line and wakes the lane once that is committed."""
    position, now = operation.position or next_position(), clock.now()
    if why := expiry.why_lapsed(operation, now=now):
        raise Refusal(why)
    changes |= {"approved_at": now, "due_at": now, "lapses_at": expiry.of_approval(operation.order_class, now)}
    move_one(operation, State.QUEUED, by=by, position=position, **changes)
    lanes.wake(operation.lane)


def next_position() -> int:
    """The next place in line, from a row locked until this unit commits: who commits first stands first."""
    name = f"position:{settings.MANAGER_ENVIRONMENT}"
    Counter.objects.get_or_create(name=name)
    Counter.objects.filter(name=name).update(value=F("value") + 1)
    return Counter.objects.get(name=name).value


def refuse(operation: Operation, *, by: Any, why: str) -> None:
    """Puts a refused act into the trail, in a unit of its own since the act's was rolled back."""
    with unit() as work:
        operation.note(work, REFUSED, by=by, reason=why, detail={"state": operation.state})


@contextmanager
def acting(pk: UUID, by: Any) -> Iterator[tuple[Operation, Any]]:
    """A unit with the operation locked; a refusal in it rolls everything back and is then noted."""
    try:
        with unit() as work:
            operation = Operation.objects.select_for_update(of=("self",)).get(pk=pk)
            yield operation, work
    except Refusal as refusal:
        refuse(operation, by=by, why=str(refusal))
        raise
    operation.refresh_from_db()


def _vote(
    operation: Operation, verb: Decision.Verb, *, by: Any, seen: str, reason: Reason, suggested: str = ""
) -> None:
    if why := why_not_decide(operation, by=by):
        raise Refusal(why)
    if verb != Decision.Verb.APPROVAL and (why := restored.why_not_close(operation)):
        raise Refusal(why)
    if seen != operation.seen:
        raise Stale("What you saw is not what stands here. Look at it again, then decide.")
    Decision.objects.create(
        operation=operation,
        by=by,
        person=by.person_id,
        verb=verb,
        payload_hash=operation.payload_hash,
        seen=seen,
        code=reason.code,
        reason=reason.text,
        suggested=suggested,
        at=clock.now(),
    )


def move_one(operation: Operation, to: State, *, by: Any, **changes: Any) -> None:
    rows = Operation.objects.filter(pk=operation.pk)
    if not Operation.move(rows, to=to, expecting=[State(operation.state)], by=by, **changes):
        raise Stale("Somebody else was quicker. Look at it again.")


def _taken(operation: Operation) -> Taken:
    old = operation.resubmission_of
    if old and (again := resubmission.standing(old)) and again.pk != operation.pk:
        return Taken(f"{old.reference} was submitted again already, as {again.reference}.", by=again)
    if operation.exclusive:
        held = Operation.objects.filter(environment=operation.environment, exclusive=operation.exclusive).live()
        booked = Operation.objects.filter(exclusive=operation.exclusive, state=State.APPLIED)
        if other := held.first() or booked.first():
            return Taken(f"This payment is in {other.reference} for login {other.login} already.", by=other)
    return Taken("This form was sent already.", by=Operation.objects.filter(pk=operation.pk).first())


def _refuse(instruction: Instruction, pk: UUID, by: Any, why: str) -> None:
    with unit() as work:
        detail = {"kind": instruction.kind, "payload": instruction.canonical()}
        work.note(REFUSED, by=by, on=("operation", pk), login=instruction.login, reason=why, detail=detail)
    raise Refusal(why)
