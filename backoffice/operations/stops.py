"""How people stop a lane, or one kind of it: one does it at once, two reopen it; what machines pause reopens by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import Unit, unit
from backoffice.audit.vocabulary import register
from backoffice.operations import lanes
from backoffice.operations.desk import REFUSED, Refusal, Stale
from backoffice.operations.models import MAY_STOP, Lane
from backoffice.operations.models.lanes import BY_PEOPLE

PROPOSED = register("lane.reopening_proposed", "MT5 connection: reopening proposed", "warn")
NOBODYS: dict[str, Any] = {"at": None, "by": None, "person": None}


def pause(name: str, *, by: Any, reason: str) -> Lane:
    """Nothing more is sent from the lane's next turn on; a proposal to reopen it is off the table."""
    with acting(name, by) as (lane, work):
        if why := why_not_pause(lane, by=by):
            raise Refusal(why)
        told = {"proposal_withdrawn": lane.reopening_reason} if lane.reopening_at else {}
        _put(lane, "stopped", at=clock.now(), by=by, person=by.person_id, reason=reason)
        _put(lane, "reopening", **NOBODYS, reason="")
        lane.reopened_by = lane.reopened_person = None
        lane.save(update_fields=BY_PEOPLE)
        work.note(lanes.PAUSED, by=by, on=("lane", name), reason=reason, detail=told)
    return lane


def propose_reopening(name: str, *, by: Any, reason: str) -> Lane:
    """Puts the reopening before a second person; until then the lane stays paused."""
    with acting(name, by) as (lane, work):
        if why := why_not_propose(lane, by=by):
            raise Refusal(why)
        _put(lane, "reopening", at=clock.now(), by=by, person=by.person_id, reason=reason)
        lane.save(update_fields=BY_PEOPLE)
        work.note(PROPOSED, by=by, on=("lane", name), reason=reason)
    return lane


def confirm_reopening(name: str, *, by: Any, seen: str) -> Lane:
    """The second person agrees to the very proposal that they saw, and the lane sends again."""
    with acting(name, by) as (lane, work):
        if why := why_not_confirm(lane, by=by):
            raise Refusal(why)
        if seen != lane.seen:
            raise Stale("The proposal is not the one that you saw. Look at it again, then decide.")
        told = {"proposed_by": lane.reopening_by.operator_id, "paused_because": lane.stopped_reason}
        work.note(lanes.REOPENED, by=by, on=("lane", name), reason=lane.reopening_reason, detail=told)
        _put(lane, "stopped", **NOBODYS, reason="")
        _put(lane, "reopening", **NOBODYS, reason="")
        lane.reopened_by, lane.reopened_person = by, by.person_id
        lane.save(update_fields=BY_PEOPLE)
        lanes.wake(lane.lane)
    return lane


def why_not_pause(lane: Lane, *, by: Any) -> str:
    """Why this person cannot pause it, in words; while a reopening is proposed, pausing keeps it paused."""
    if lane.stopped_by and not lane.reopening_at:
        return f"It is paused already, by {lane.stopped_by.name}."
    return why_not_act(by)


def why_not_propose(lane: Lane, *, by: Any) -> str:
    if not lane.stopped_at:
        return "Nobody has paused it, so there is nothing to reopen."
    if lane.reopening_by:
        return f"{lane.reopening_by.name} has proposed it already; another person confirms it."
    return why_not_act(by)


def why_not_confirm(lane: Lane, *, by: Any) -> str:
    proposer = lane.reopening_by
    if proposer is None:
        return "Nobody proposes to reopen it."
    if lane.reopening_person == by.person_id or proposer.pk == by.pk:
        return "You proposed it; another person confirms it."
    if not proposer.is_active or not proposer.roles & set(MAY_STOP):
        return "Whoever proposed it may not do so any more; keep it paused, then propose anew."
    return why_not_act(by)


def why_not_act(by: Any) -> str:
    if not by.roles & set(MAY_STOP):
        return f"This takes a {Role.SUPERVISOR} or an {Role.ADMINISTRATOR}."
    return ""


def _put(lane: Lane, act: str, **values: Any) -> None:
    for part, value in values.items():
        setattr(lane, f"{act}_{part}", value)


@contextmanager
def acting(name: str, by: Any) -> Iterator[tuple[Lane, Unit]]:
    """A unit with the lane locked, and the kind where it is one's; a refusal in it rolls all back and is then noted."""
    try:
        with unit() as work:
            lanes.hold(Lane(name=name).lane)
            yield lanes.hold(name), work
    except Refusal as refusal:
        with unit() as work:
            work.note(REFUSED, by=by, on=("lane", name), reason=str(refusal))
        raise
