"""What people decide of operations: approve, turn down, cancel. Each act is one unit of work; each refusal leaves an entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.operations import binding, expiry, judging, lanes, quorum, restored, signing, standing_in
from backoffice.operations.models import Decision, Operation, Sight, Signature
from backoffice.operations.positions import next_positions
from backoffice.operations.reasons import Reason
from backoffice.operations.say import why_not_approve, why_not_cancel, why_not_decide
from backoffice.operations.showing import newer, shown
from backoffice.operations.shown import Shown
from backoffice.operations.states import State
from backoffice.operators import step_up
from backoffice.operators.signing import NOTHING, Given

VOTED = register("operation.vote", "Approval given", "ok")
REFUSED = register("operation.act_refused", "Act refused", "warn")
SENT_ALREADY = "This form was sent already."


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


def approve(
    pk: UUID, *, by: Any, seen: str, reason: Reason, sight: Shown | None = None, factor: Given = NOTHING
) -> Operation:
    """One vote for. With the quorum it is judged once more; unless that asks for more, it is queued and its lane is woken.

    `sight` is what the page showed whoever votes; without one, what there was to see is kept, and that no page showed it.
    `factor` is the second factor that was given for it, and what a passkey signed. No transaction may be open: what the instruction binds is compared with the account at the Manager.
    """
    account = binding.read(pk, by=by)
    with acting(pk, by) as (operation, work):
        if why := why_not_approve(operation, by=by) or binding.why_not(operation, account):
            raise Refusal(why)
        if why := signing.why_not_approve(operation, factor):
            raise Refusal(why)
        told = _vote(operation, Decision.Verb.APPROVAL, by=by, seen=seen, reason=reason, sight=sight, factor=factor)
        operation.note(work, VOTED, by=by, reason=reason.words, detail={"seen": seen, **told})
        if quorum.is_reached(operation) and (why := judging.hold_to_the_stricter(operation, work)):
            raise Refusal(why)
        if quorum.is_reached(operation):
            is_signed = Signature.objects.filter(decision__operation=operation).exists()
            release(operation, by=by, is_signed=is_signed)
        else:
            quorum.keep_who_is_waited_for(operation)
    return operation


def reject(pk: UUID, *, by: Any, seen: str, reason: Reason, sight: Shown | None = None) -> Operation:
    """One vote against ends it."""
    with acting(pk, by) as (operation, _):
        told = _vote(operation, Decision.Verb.REJECTION, by=by, seen=seen, reason=reason, sight=sight)
        move_one(operation, State.REJECTED, by=by, reason=reason.words, details={operation.pk: told})
    return operation


def send_back(
    pk: UUID, *, by: Any, seen: str, reason: Reason, suggested: str = "", sight: Shown | None = None
) -> Operation:
    """Returns it to its maker, who may resubmit it as a new operation that names this one.

    `suggested` is the canonical form of what the checker would approve instead, by the names of the form's fields.
    """
    with acting(pk, by) as (operation, _):
        told = _vote(operation, Decision.Verb.RETURN, by=by, seen=seen, reason=reason, sight=sight, suggested=suggested)
        told |= {"suggested": suggested} if suggested else {}
        move_one(operation, State.RETURNED, by=by, reason=reason.words, details={operation.pk: told})
    return operation


def cancel(pk: UUID, *, by: Any, reason: str) -> Operation:
    """The maker takes it back while it waits; once approved a supervisor may too, as long as it was never maybe sent."""
    with acting(pk, by) as (operation, _):
        if why := why_not_cancel(operation, by=by):
            raise Refusal(why)
        move_one(operation, State.CANCELLED, by=by, reason=reason)
    return operation


def release(operation: Operation, *, by: Any, **changes: Any) -> None:
    """Queues an approved operation at the end of its line and wakes the lane once that is committed."""
    position, now = operation.position or next_positions(1), clock.now()
    if why := expiry.why_lapsed(operation, now=now):
        raise Refusal(why)
    changes |= {"approved_at": now, "due_at": now, "lapses_at": expiry.of_approval(operation.order_class, now)}
    move_one(operation, State.QUEUED, by=by, position=position, **changes)
    lanes.wake(operation.lane)


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
            step_up.spend(work)
    except Refusal as refusal:
        refuse(operation, by=by, why=str(refusal))
        raise
    operation.refresh_from_db()


def _vote(
    operation: Operation,
    verb: Decision.Verb,
    *,
    by: Any,
    seen: str,
    reason: Reason,
    sight: Shown | None,
    suggested: str = "",
    factor: Given = NOTHING,
) -> dict[str, str]:
    """Writes the vote down with what was seen and signed; returns what the trail says of that, and for whom it is."""
    if why := why_not_decide(operation, by=by):
        raise Refusal(why)
    capacity = standing_in.acting_as(operation, by=by)
    if verb != Decision.Verb.APPROVAL and (why := restored.why_not_close(operation)):
        raise Refusal(why)
    sight = sight or shown(operation, by=by)
    if (
        not seen == sight.seen == operation.seen
        or sight.decides_for_id != capacity.of
        or not standing_in.hold(capacity)
    ):
        raise Stale("What you saw is not what stands here. Look at it again, then decide.")
    if unread := newer(operation, sight, by=by):
        raise Stale(f"{unread[0].by} wrote something meanwhile. Read it, then decide.")
    vote = Decision.objects.create(
        operation=operation,
        by=by,
        person=by.person_id,
        verb=verb,
        **capacity.columns,
        payload_hash=operation.payload_hash,
        seen=seen,
        code=reason.code,
        reason=reason.text,
        suggested=suggested,
        grade=signing.grade_of(factor),
        at=clock.now(),
    )
    Sight.objects.create(decision=vote, text=sight.text, digest=sight.digest)
    try:
        return capacity.told | signing.keep(vote, factor, leaf=signing.leaf_of(operation, sight, by=by))
    except signing.NotSigned as why_not:
        raise Refusal(str(why_not)) from None


def move_one(operation: Operation, to: State, *, by: Any, **changes: Any) -> None:
    rows = Operation.objects.filter(pk=operation.pk)
    if not Operation.move(rows, to=to, expecting=[State(operation.state)], by=by, **changes):
        raise Stale("Somebody else was quicker. Look at it again.")
