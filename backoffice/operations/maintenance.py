"""Planned maintenance of a lane: meanwhile nothing is sent and nobody is alarmed, and it ends by itself.

One person plans it, and withdraws it before it begins; to end it early is to reopen the lane, and takes two.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q
from django.db.models.functions import Coalesce

from backoffice.audit import clock
from backoffice.audit.unit import Unit, unit
from backoffice.audit.vocabulary import register
from backoffice.operations import lanes
from backoffice.operations.desk import REFUSED, Refusal, Stale
from backoffice.operations.models import MAY_STOP, Lane, Maintenance
from backoffice.operations.models.lanes import BECAME
from backoffice.operations.stops import acting, why_not_act
from backoffice.ui import text

PLANNED = register("maintenance.planned", "Maintenance planned")
WITHDRAWN = register("maintenance.withdrawn", "Maintenance withdrawn", "warn")
PROPOSED = register("maintenance.end_proposed", "Maintenance: early end proposed", "warn")
ENDED = register("maintenance.ended", "Maintenance ended early", "ok")
LATEST, LONGEST, FARTHEST = timedelta(minutes=1), timedelta(days=7), timedelta(days=366)


def plan(names: Sequence[str], *, starts_at: datetime, ends_at: datetime, reason: str, by: Any) -> list[Maintenance]:
    """One window for each of these lanes, or none at all."""
    # Held in one order, so that two planners do not wait for each other crosswise.
    names = sorted(set(names))
    try:
        with unit() as work:
            held = [lanes.hold(name) for name in names]
            if why := why_not_plan(held, starts_at=starts_at, ends_at=ends_at) or why_not_act(by):
                raise Refusal(why)
            return [_planned(work, lane, starts_at=starts_at, ends_at=ends_at, reason=reason, by=by) for lane in held]
    except Refusal as refusal:
        with unit() as work:
            work.note(REFUSED, by=by, on=("lane", names[0]), reason=str(refusal))
        raise


def withdraw(pk: int, *, by: Any) -> Maintenance:
    """Takes back what has not begun."""
    window = Maintenance.objects.get(pk=pk)
    with acting(window.lane, by) as (lane, work):
        window.refresh_from_db()
        if why := why_not_withdraw(window, by=by):
            raise Refusal(why)
        window.withdrawn_at, window.withdrawn_by, window.withdrawn_person = clock.now(), by, by.person_id
        window.save(update_fields=BECAME)
        _keep_in_mind(lane)
        work.note(WITHDRAWN, by=by, on=("lane", window.lane), reason=window.reason, detail=_times(window))
    return window


def propose_end(name: str, *, by: Any, reason: str) -> Maintenance:
    """Puts the early end of what runs in this lane before a second person; until then it runs on."""
    with acting(name, by) as (_, work):
        window = _running(name)
        if why := why_not_propose_end(window, by=by):
            raise Refusal(why)
        window.ending_at, window.ending_by, window.ending_person = clock.now(), by, by.person_id
        window.ending_reason = reason
        window.save(update_fields=BECAME)
        work.note(PROPOSED, by=by, on=("lane", name), reason=reason, detail=_times(window))
    return window


def confirm_end(name: str, *, by: Any, seen: str) -> Maintenance:
    """The second person agrees to the very proposal that they saw, and the lane sends again, one at a time at first."""
    with acting(name, by) as (lane, work):
        window = _running(name)
        if why := why_not_confirm_end(window, by=by):
            raise Refusal(why)
        if seen != window.seen:
            raise Stale("The proposal is not the one that you saw. Look at it again, then decide.")
        window.ended_at, window.ended_by, window.ended_person = clock.now(), by, by.person_id
        window.save(update_fields=BECAME)
        _keep_in_mind(lane)
        told = _times(window) | {"proposed_by": window.ending_by.operator_id}
        work.note(ENDED, by=by, on=("lane", name), reason=window.ending_reason, detail=told)
        lanes.wake(name)
    return window


def standing(now: datetime) -> list[Maintenance]:
    """What runs or is yet to come, soonest first."""
    rows = Maintenance.objects.filter(withdrawn_at=None, ended_at=None, ends_at__gt=now)
    return list(rows.select_related("planned_by", "ending_by").order_by("starts_at", "lane"))


def why_not_times(starts_at: datetime, ends_at: datetime, *, now: datetime) -> tuple[str, str]:
    """What is wrong with these times, as the field's name and words; two empty texts where nothing is."""
    if starts_at < now - LATEST:
        return "starts_at", "It cannot begin in the past."
    if starts_at > now + FARTHEST:
        return "starts_at", "It begins in a year at the latest."
    if ends_at <= starts_at:
        return "ends_at", "It ends after it begins."
    if ends_at > starts_at + LONGEST:
        return "ends_at", f"It takes {LONGEST.days} days at most."
    return "", ""


def why_not_plan(held: Sequence[Lane], *, starts_at: datetime, ends_at: datetime) -> str:
    if why := why_not_times(starts_at, ends_at, now=clock.now())[1]:
        return why
    for lane in held:
        others = Maintenance.objects.annotate(end=Coalesce("ended_at", "ends_at"))
        others = others.filter(Q(lane=lane.name, withdrawn_at=None, starts_at__lt=ends_at, end__gt=starts_at))
        if other := others.order_by("starts_at").first():
            begins, ends = text.server(other.starts_at), text.server(other.ends_at)
            return f"{lane.called} has maintenance planned from {begins} until {ends} already."
    return ""


def why_not_withdraw(window: Maintenance, *, by: Any) -> str:
    if window.withdrawn_at:
        return "It is withdrawn already."
    if window.starts_at <= clock.now():
        return "It has begun, so it is not withdrawn any more; two people end it early."
    return why_not_act(by)


def why_not_propose_end(window: Maintenance, *, by: Any) -> str:
    if window.ending_by and _may(window.ending_by):
        return f"{window.ending_by.name} has proposed it already; another person confirms it."
    return why_not_act(by)


def why_not_confirm_end(window: Maintenance, *, by: Any) -> str:
    if window.ending_by is None:
        return "Nobody proposes to end it."
    if window.ending_person == by.person_id or window.ending_by.pk == by.pk:
        return "You proposed it; another person confirms it."
    if not _may(window.ending_by):
        return "Whoever proposed it may not do so any more; propose it anew."
    return why_not_act(by)


def _running(lane: str) -> Maintenance:
    now = clock.now()
    for window in standing(now):
        if window.lane == lane and window.starts_at <= now:
            return window
    raise Refusal("No maintenance is going on, so there is nothing to end.")


def _may(who: Any) -> bool:
    return bool(who.is_active and who.roles & set(MAY_STOP))


def _planned(work: Unit, lane: Lane, *, by: Any, **what: Any) -> Maintenance:
    window: Maintenance = Maintenance.objects.create(
        lane=lane.name, planned_at=clock.now(), planned_by=by, planned_person=by.person_id, **what
    )
    _keep_in_mind(lane)
    work.note(PLANNED, by=by, on=("lane", lane.name), reason=window.reason, detail=_times(window))
    return window


def _keep_in_mind(lane: Lane) -> None:
    """Until when the lane's plans matter: after that, and once a write has got through, nobody looks for them."""
    plans = Maintenance.objects.filter(lane=lane.name, withdrawn_at=None)
    lane.planned_until = plans.aggregate(last=Max(Coalesce("ended_at", "ends_at")))["last"]
    lane.save(update_fields=["planned_until"])


def _times(window: Maintenance) -> dict[str, str]:
    return {"starts_at": text.machine(window.starts_at), "ends_at": text.machine(window.ends_at)}
