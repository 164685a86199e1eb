"""What people do with operations: submit, decide, cancel. Each act is one unit of work; each refusal leaves an entry."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.operations import judging, lanes, quorum
from backoffice.operations.draft import drawn_up
from backoffice.operations.instructions import Instruction
from backoffice.operations.models import MAKES, SUBMITTED, Counter, Decision, Operation
from backoffice.operations.policy import Check
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operations.terms import written

VOTED = register("operation.vote", "Approval given", "ok")
REFUSED = register("operation.act_refused", "Act refused", "warn")


class Refusal(Exception):
    """The desk does not do it; the words say why, for the person who asked."""


class Stale(Refusal):
    """What the person decided on is not what stands there now."""


class Blocked(Refusal):
    """Policy does not let it through at all."""


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
    checks: Sequence[Check] = (),
    reason: Reason,
    by: Any,
    again: Callable[[], Sequence[Check]] | None = None,
    resubmission_of: Operation | None = None,
) -> Operation:
    """Puts an instruction before the checkers that policy asks for. `snapshot` is the account as the maker saw it.

    It is judged here, and nowhere else, while nobody else submits for this login or in this person's name; `again` makes
    the area's `checks` once more then: two forms sent together must see each other.
    Raises Refusal where policy blocks it or the maker may not, Taken where another live operation holds its payment,
    Stale where the checks are not those that the maker saw.
    """
    if MAKES[instruction.lane] not in by.roles:
        _refuse(instruction, pk, by, f"Making this takes the role {MAKES[instruction.lane]}.")
    try:
        with unit() as work:
            judging.alone(instruction.login, by)
            if again and list(again()) != list(checks):
                raise Stale("Something was submitted for this login meanwhile. Look at the checks again.")
            verdict = judging.verdict(instruction, account=snapshot, checks=checks, by=by)
            if verdict.blocks:
                raise Blocked(" ".join(check.text for check in verdict.blocks))
            drawn: dict[str, Any] = {"snapshot": snapshot, "verdict": verdict, "reason": reason}
            operation = drawn_up(instruction, pk=pk, by=by, resubmission_of=resubmission_of, **drawn)
            operation.save(force_insert=True)
            quorum.pin(operation, verdict.places)
            told = {"payload": operation.payload, "policy": verdict.rule, "needs": verdict.words}
            operation.note(work, SUBMITTED, by=by, reason=reason.words, detail=told)
            if not verdict.places:
                release(operation, by=by)
    except Blocked as blocked:
        _refuse(instruction, pk, by, str(blocked))
    except IntegrityError:
        raise _taken(instruction, pk) from None
    if not verdict.places:
        operation.refresh_from_db()
    return operation


def approve(pk: UUID, *, by: Any, seen: str, reason: Reason) -> Operation:
    """One vote for. With the quorum it is judged once more; unless that asks for more, it is queued and its lane is woken."""
    with acting(pk, by) as (operation, work):
        if why := why_not_approve(operation, by=by):
            raise Refusal(why)
        _vote(operation, Decision.Verb.APPROVAL, by=by, seen=seen, reason=reason)
        operation.note(work, VOTED, by=by, reason=reason.words, detail={"seen": seen})
        if quorum.is_reached(operation) and (why := judging.hold_to_the_stricter(operation, work)):
            raise Refusal(why)
        if quorum.is_reached(operation):
            release(operation, by=by)
        else:
            quorum.keep_who_is_waited_for(operation)
    return operation


def reject(pk: UUID, *, by: Any, seen: str, reason: Reason) -> Operation:
    """One vote against ends it."""
    with acting(pk, by) as (operation, _):
        _vote(operation, Decision.Verb.REJECTION, by=by, seen=seen, reason=reason)
        move_one(operation, State.REJECTED, by=by, reason=reason.words)
    return operation


def send_back(pk: UUID, *, by: Any, seen: str, reason: Reason) -> Operation:
    """Returns it to its maker, who may resubmit it as a new operation that names this one."""
    with acting(pk, by) as (operation, _):
        _vote(operation, Decision.Verb.RETURN, by=by, seen=seen, reason=reason)
        move_one(operation, State.RETURNED, by=by, reason=reason.words)
    return operation


def cancel(pk: UUID, *, by: Any, reason: str) -> Operation:
    """The maker takes it back while it waits; once approved a supervisor may too, as long as it was never maybe sent."""
    with acting(pk, by) as (operation, _):
        if why := why_not_cancel(operation, by=by):
            raise Refusal(why)
        move_one(operation, State.CANCELLED, by=by, reason=reason)
    return operation


def why_not_decide(operation: Operation, *, by: Any) -> str:
    """Why this person has no say in it, in words; empty where they may reject it or return it."""
    if operation.state != State.AWAITING_APPROVAL:
        return f"It is no longer pending: {operation.get_state_display()}."
    if not quorum.eligible(operation) & quorum.roles_of(by):
        return f"Deciding takes the role {' or '.join(sorted(quorum.eligible(operation)))}."
    if operation.is_made_by(by):
        return "You made it, and nobody decides on what they made themselves."
    if Decision.objects.filter(operation=operation, person=by.person_id).exists():
        return "You have decided on it already."
    return ""


def why_not_approve(operation: Operation, *, by: Any) -> str:
    """Why an approval of theirs would bring it no further, in words; empty where it would."""
    if why := why_not_decide(operation, by=by):
        return why
    if quorum.waits_for(operation) & quorum.roles_of(by):
        return ""
    return f"Your place is filled. {quorum.in_words(operation)}"


def why_not_cancel(operation: Operation, *, by: Any) -> str:
    if operation.state not in (State.AWAITING_APPROVAL, State.QUEUED):
        return f"It cannot be cancelled any more: {operation.get_state_display()}."
    if operation.maybe_sent:
        return "It may have reached MT5 already, so it cannot be cancelled."
    may_as_supervisor = operation.state == State.QUEUED and Role.SUPERVISOR in by.roles
    if operation.maker_person != by.person_id and not may_as_supervisor:
        return "Only its maker can cancel it."
    return ""


def release(operation: Operation, *, by: Any, **changes: Any) -> None:
    """Queues an approved operation at the end of its line and wakes the lane once that is committed."""
    now = clock.now()
    position = operation.position or next_position()
    move_one(operation, State.QUEUED, by=by, position=position, approved_at=now, due_at=now, **changes)
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


def _vote(operation: Operation, verb: Decision.Verb, *, by: Any, seen: str, reason: Reason) -> None:
    if why := why_not_decide(operation, by=by):
        raise Refusal(why)
    if seen != operation.seen:
        raise Stale("What you saw is not what stands here. Look at it again, then decide.")
    Decision.objects.create(
        operation=operation,
        by=by,
        person=by.person_id,
        verb=verb,
        roles=written(quorum.roles_of(by)),
        payload_hash=operation.payload_hash,
        seen=seen,
        code=reason.code,
        reason=reason.text,
        at=clock.now(),
    )


def move_one(operation: Operation, to: State, *, by: Any, **changes: Any) -> None:
    rows = Operation.objects.filter(pk=operation.pk)
    if not Operation.move(rows, to=to, expecting=[State(operation.state)], by=by, **changes):
        raise Stale("Somebody else was quicker. Look at it again.")


def _taken(instruction: Instruction, pk: UUID) -> Taken:
    if instruction.exclusive:
        ours = Operation.objects.filter(environment=settings.MANAGER_ENVIRONMENT, exclusive=instruction.exclusive)
        if other := ours.live().first() or ours.filter(state=State.APPLIED).first():
            return Taken(f"This payment is in {other.reference} for login {other.login} already.", by=other)
    earlier = Operation.objects.filter(pk=pk).first()
    words = "This form was sent already." if earlier else "The policy changed meanwhile. Submit it once more."
    return Taken(words, by=earlier)


def _refuse(instruction: Instruction, pk: UUID, by: Any, why: str) -> NoReturn:
    with unit() as work:
        detail = {"kind": instruction.kind, "payload": instruction.canonical()}
        work.note(REFUSED, by=by, on=("operation", pk), login=instruction.login, reason=why, detail=detail)
    raise Refusal(why)
