"""How members follow their bundle, a hundred in a unit: released in line once it is approved, or ended as it was ended.

It can be stopped at any moment and goes on with the next wake-up: whoever has moved is no longer among those that wait.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery

from backoffice.audit import clock
from backoffice.audit.unit import Unit, unit
from backoffice.operations import expiry, judging, quorum, restored
from backoffice.operations.batch import of_bundle
from backoffice.operations.bundles import moving, queries
from backoffice.operations.models import Bundle, Member, Operation, Signature
from backoffice.operations.quorum import SECRET, Vote
from backoffice.operations.reasons import label
from backoffice.operations.states import State
from backoffice.operations.terms import listed, written

HUNDRED, TURNS = 100, 3
# Where the members of a bundle go that was not approved.
ENDS = {
    Bundle.State.REJECTED: State.REJECTED,
    Bundle.State.RETURNED: State.RETURNED,
    Bundle.State.CANCELLED: State.CANCELLED,
    Bundle.State.EXPIRED: State.EXPIRED,
}
NOT_ENOUGH = "Left out when its bundle was released: it needs more than that had. {}."
BLOCKED = "Left out when its bundle was released: it cannot be approved now. {}"
UNCOUNTED = "Left out when its bundle was released: not enough of its approvals count any more."


def follow(lane: str, *, turns: int = TURNS) -> bool:
    """Has at most so many hundreds of the lane follow their bundles; whether any are left to do so.

    Several may do it at once: each operation is moved by one of them.
    """
    for bundle in _unsettled(lane):
        if bundle.is_pending:
            _end_by_itself(bundle)
            continue
        while waiting := _waiting(bundle, lane):
            if not turns:
                return True
            turns -= 1
            if not _move(bundle, waiting):
                break
        _settle(bundle)
    return False


def lanes_with_something_left() -> set[str]:
    """Where a worker would find a bundle to follow."""
    rows = queries.ours().filter(settled_at=None).exclude(state=Bundle.State.PENDING).order_by()
    return {lane for lanes in rows.values_list("lanes", flat=True).distinct() for lane in listed(lanes)}


def _unsettled(lane: str) -> list[Bundle]:
    """What is decided and not carried out yet, and what nobody will decide; asked at each wake-up, and mostly nothing."""
    somebody = Member.objects.filter(bundle=OuterRef("pk"), left_at=None, operation__state=State.AWAITING_APPROVAL)
    over = ~Q(state=Bundle.State.PENDING) | Q(lapses_at__lte=clock.now()) | ~Q(Exists(somebody))
    rows = queries.ours().select_related(None).filter(over, settled_at=None, lanes__contains=written([lane]))
    return list(rows.order_by("decided_at", "pk"))


def _end_by_itself(bundle: Bundle) -> None:
    """Ends a bundle that nobody decided on in time, or in which nobody is left."""
    if _is_in_doubt():
        return
    with unit() as work:
        held = Bundle.objects.select_for_update(skip_locked=True).filter(pk=bundle.pk, state=Bundle.State.PENDING)
        for found in held:
            is_empty = not queries.inside(found).exists()
            moving.end(found, Bundle.State.EMPTY if is_empty else Bundle.State.EXPIRED, work)


def _waiting(bundle: Bundle, lane: str) -> list[Operation]:
    """The next hundred. What had lapsed when the bundle was approved is not released; the clock ends it."""
    rows = Operation.objects.filter(member__in=queries.inside(bundle), lane=lane)
    if bundle.state == Bundle.State.APPROVED:
        rows = rows.filter(lapses_at__gt=bundle.decided_at)
    rows = rows.select_related("made_by").defer(*(f"made_by__{name}" for name in SECRET))
    return list(rows.order_by("member__position")[:HUNDRED])


def _move(bundle: Bundle, waiting: Sequence[Operation]) -> int:
    """One unit; how many of them wait no longer."""
    if bundle.state == Bundle.State.APPROVED:
        return _release(bundle, waiting)
    if _is_in_doubt():
        return 0
    return _end(bundle, waiting)


def _release(bundle: Bundle, waiting: Sequence[Operation]) -> int:
    """Judges each once more, and queues it at its own place in line, or leaves it out with the reason."""
    votes, batch = queries.votes(bundle), of_bundle(bundle.pk)
    left = {row.pk: why for row in waiting if (why := _why_not(row, votes, judging.again(row, batch=batch)))}
    going = [row for row in waiting if row.pk not in left]
    with unit() as work:
        moved = _leave_out(bundle, [row for row in waiting if row.pk in left], left, work)
        for order_class in sorted({row.order_class for row in going}):
            alike = [row.pk for row in going if row.order_class == order_class]
            moved += len(_queue(bundle, alike, order_class, work))
    return moved


def _why_not(operation: Operation, votes: list[Vote], now: Any) -> str:
    """Why it does not go with its bundle: by what was pinned to it, and by what would be asked for today."""
    if now.blocks:
        return BLOCKED.format(" ".join(check.text for check in now.blocks))
    if quorum.lacking(quorum.asked(operation), votes):
        return UNCOUNTED
    return NOT_ENOUGH.format(now.words) if quorum.lacking(quorum.asks_of(now), votes) else ""


def _queue(bundle: Bundle, pks: list[Any], order_class: str, work: Unit) -> list[Operation]:
    approved_at: datetime = bundle.decided_at  # type: ignore[assignment]  # it is approved
    place = Member.objects.filter(operation=OuterRef("pk")).values(at=F("bundle__first_position") + F("position") - 1)
    changes: dict[str, Any] = {"approved_at": approved_at, "due_at": work.now, "position": Subquery(place)}
    changes["is_signed"] = Signature.objects.filter(ballot__bundle=bundle).exists()
    changes["lapses_at"] = expiry.of_approval(order_class, approved_at)
    return Operation.move(
        _still(pks), to=State.QUEUED, expecting=[State.AWAITING_APPROVAL], details=_told(bundle, pks), **changes
    )


def _leave_out(bundle: Bundle, rows: Sequence[Operation], why: dict[Any, str], work: Unit) -> int:
    """Whoever is left out waits on, for a decision of its own."""
    still = set(_still([row.pk for row in rows]).values_list("pk", flat=True)) if rows else set()
    for row in rows:
        if row.pk in still:
            Member.objects.filter(operation=row.pk, left_at=None).update(left_at=work.now, left_why=why[row.pk])
            row.note(work, moving.LEFT, reason=why[row.pk], detail={"bundle": bundle.reference})
    return len(still)


def _end(bundle: Bundle, waiting: Sequence[Operation]) -> int:
    pks, vote = [row.pk for row in waiting], bundle.decisions.exclude(verb="approval").first()
    # The voter's own words are the bundle's: a worker seals nothing, and these would be about each client.
    reason = f"{label(vote.code)}, with its bundle." if vote else f"With its bundle {bundle.reference}."
    with unit():
        told: Any = {"details": _told(bundle, pks), "reason": reason}
        to = ENDS[Bundle.State(bundle.state)]
        return len(Operation.move(_still(pks), to=to, expecting=[State.AWAITING_APPROVAL], **told))


def _still(pks: Sequence[Any]) -> Any:
    """Those that are in their bundle still; whoever holds one is deciding on it, and nobody waits for them here."""
    inside = Exists(Member.objects.filter(operation=OuterRef("pk"), left_at=None))
    rows = Operation.objects.filter(inside, pk__in=pks, state=State.AWAITING_APPROVAL)
    return rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk")


def _told(bundle: Bundle, pks: Sequence[Any]) -> dict[Any, dict[str, str]]:
    return {pk: {"bundle": bundle.reference} for pk in pks}


def _settle(bundle: Bundle) -> None:
    """Says that it is carried out once nobody is left to follow it, over whichever lane."""
    if queries.inside(bundle).exists():
        return
    with unit() as work:
        for found in Bundle.objects.select_for_update(skip_locked=True).filter(pk=bundle.pk, settled_at=None):
            found.settled_at = work.now
            found.save(update_fields=["settled_at"])
            left = found.members.exclude(left_at=None).count()
            went = found.members.filter(operation__position__isnull=False, left_at=None).count()
            moving.note(work, moving.SETTLED, found, released=str(went), left=str(left))


def _is_in_doubt() -> bool:
    """What a restored database holds may have been sent in the time that is lost: nothing of it ends unsent."""
    return bool(restored.look()) or restored.open_ones().exists()
