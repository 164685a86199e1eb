"""Absences and delegations: a checker says that they are away, and who decides for them; they, or whoever stands in, end it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from backoffice.audit import clock
from backoffice.audit.unit import Unit, unit
from backoffice.audit.vocabulary import register
from backoffice.operations.desk import REFUSED, Refusal
from backoffice.operations.models import Delegation
from backoffice.operations.terms import CHECKERS, MAY_CHECK, written
from backoffice.operators.models import Operator
from backoffice.ui import text

MADE = register("delegation.made", "Delegation made", "warn")
WITHDRAWN = register("delegation.withdrawn", "Delegation withdrawn")
ENDED = register("delegation.ended", "Delegation ended by a change of people", "warn")
LONGEST, FARTHEST, LATEST = timedelta(days=31), timedelta(days=366), timedelta(minutes=5)


def make(*, to: Any, starts_at: datetime, ends_at: datetime, reason: str, by: Any) -> Delegation:
    """Their own absence, with whoever stands in for them, or nobody. Raises Refusal."""
    with _acting(by) as work:
        _hold(by, to)
        when = {"starts_at": starts_at, "ends_at": ends_at, "now": work.now}
        if why := why_not_times(**when)[1] or why_not(by, to, **when):
            raise Refusal(why)
        return put(of=by, to=to, starts_at=starts_at, ends_at=ends_at, reason=reason, by=by, work=work)


def withdraw(pk: int, *, by: Any) -> Delegation:
    """One of the two ends it before its time; what was decided under it stays. Raises Refusal."""
    with _acting(by) as work:
        delegation: Delegation = Delegation.objects.select_for_update(of=("self",)).get(pk=pk)
        if why := why_not_withdraw(delegation, by=by, now=work.now):
            raise Refusal(why)
        _end(delegation, WITHDRAWN, by=by, reason="", work=work)
    return delegation


def put(
    *,
    of: Any,
    to: Any,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    by: Any,
    work: Unit,
    change: UUID | None = None,
) -> Delegation:
    """Writes one down, in a unit that is open; it begins now at the earliest."""
    whose = {"of": of, "of_person": of.person_id, "of_roles": written(of.roles)}
    if to:
        whose |= {"to": to, "to_person": to.person_id, "to_roles": written(to.roles)}
    made = {"made_at": work.now, "made_by": by, "made_person": by.person_id, "change": change, "reason": reason}
    delegation: Delegation = Delegation.objects.create(
        **whose, starts_at=max(starts_at, work.now), ends_at=ends_at, **made
    )
    _note(work, MADE, delegation, by=by, reason=reason)
    return delegation


def end_of(operator: Operator, *, why: str, work: Unit) -> None:
    """Ends whatever a sign-in has part in, once its roles, its human or its being active are others."""
    theirs = Delegation.objects.filter(Q(of=operator) | Q(to=operator), ended_at=None, ends_at__gt=work.now)
    for delegation in theirs.select_related("of", "to").order_by("pk"):
        _end(delegation, ENDED, by=None, reason=why, work=work)


def standing(now: datetime) -> Any:
    """What runs or is yet to come, the soonest first."""
    rows = Delegation.objects.filter(ended_at=None, ends_at__gt=now)
    return rows.select_related("of", "to", "made_by").order_by("starts_at", "pk")


def over(now: datetime) -> Any:
    """What is over, the newest first."""
    rows = Delegation.objects.exclude(ended_at=None, ends_at__gt=now)
    return rows.select_related("of", "to", "made_by", "ended_by").order_by("-pk")


def why_not_times(starts_at: datetime, ends_at: datetime, *, now: datetime) -> tuple[str, str]:
    """What is wrong with these times, as the field's name and words; two empty texts where nothing is."""
    if starts_at < now - LATEST:
        return "starts_at", "It cannot begin in the past."
    if starts_at > now + FARTHEST:
        return "starts_at", "It begins in a year at the latest."
    return why_not_length(starts_at, ends_at, now=now)


def why_not_length(starts_at: datetime, ends_at: datetime, *, now: datetime) -> tuple[str, str]:
    if ends_at <= max(starts_at, now):
        return "ends_at", "It ends after it begins."
    return ("ends_at", f"It lasts {LONGEST.days} days at most.") if ends_at > starts_at + LONGEST else ("", "")


def why_not(of: Any, to: Any, *, starts_at: datetime, ends_at: datetime, now: datetime) -> str:
    """Why one person cannot be away then, or the other not stand in for them, in words; empty where they can."""
    if why := _why_not_away(of) or (_why_not_stand_in(of, to) if to else ""):
        return why
    beside = standing(now).filter(starts_at__lt=ends_at, ends_at__gt=starts_at)
    if other := beside.filter(of_person=of.person_id).first():
        return f"{of.name} is away already, {_span(other)}; that ends first."
    if to is None:
        return ""
    if other := beside.filter(of_person=to.person_id).first():
        return f"{to.name} is away themselves, {_span(other)}."
    if other := beside.filter(to_person=of.person_id).first():
        return f"{of.name} stands in for {other.of.name} {_span(other)}, and whoever stands in does not hand on."
    return ""


def why_not_withdraw(delegation: Delegation, *, by: Any, now: datetime) -> str:
    if delegation.ended_at or delegation.ends_at <= now:
        return "It is over already."
    theirs = {delegation.of_person, delegation.to_person}
    return "" if by.person_id in theirs else f"{delegation.of.name} ends it, or whoever stands in for them."


def candidates() -> list[Operator]:
    """Who can stand in for somebody: whoever may be asked to agree to an operation."""
    rows = Operator.objects.filter(is_active=True, grants__role__in=MAY_CHECK).distinct()
    return list(rows.order_by("name", "pk"))


def _why_not_away(of: Any) -> str:
    return "" if of.is_active and of.roles & set(CHECKERS) else f"{of.name} decides on nothing that could be missed."


def _why_not_stand_in(of: Any, to: Any) -> str:
    if not of.roles & set(MAY_CHECK):
        return f"{of.name} decides on no operation, so nobody stands in for them."
    if to.person_id == of.person_id:
        return "Nobody stands in for themselves, by whatever sign-in."
    if not to.is_active or not to.roles & set(MAY_CHECK):
        return f"{to.name} cannot stand in: that takes one of the roles {', '.join(sorted(MAY_CHECK))}."
    return ""


def _hold(*who: Any) -> None:
    """One after the other, so that whoever writes second sees what the first has written."""
    pks = sorted(each.pk for each in who if each)
    list(Operator.objects.select_for_update().filter(pk__in=pks).order_by("pk").values_list("pk"))


def _end(delegation: Delegation, action: str, *, by: Any, reason: str, work: Unit) -> None:
    delegation.ended_at, delegation.ended_by = work.now, by
    delegation.ended_person, delegation.ended_reason = by and by.person_id, reason
    delegation.save(update_fields=["ended_at", "ended_by", "ended_person", "ended_reason"])
    _note(work, action, delegation, by=by, reason=reason)


def _note(work: Unit, action: str, delegation: Delegation, *, by: Any, reason: str) -> None:
    detail = {
        "of": delegation.of.operator_id,
        "to": delegation.to.operator_id if delegation.to else "",
        "starts_at": text.machine(delegation.starts_at),
        "ends_at": text.machine(delegation.ends_at),
    }
    work.note(action, by=by, on=("delegation", delegation.pk), reason=reason, detail=detail)


def _span(delegation: Delegation) -> str:
    now = clock.now()
    return f"from {text.server(delegation.starts_at, now)} until {text.server(delegation.ends_at, now)}"


@contextmanager
def _acting(by: Any) -> Iterator[Unit]:
    """A unit; a refusal in it rolls everything back and is then noted."""
    try:
        with unit(by=by) as work:
            yield work
    except Refusal as refusal:
        with unit(by=by) as work:
            work.note(REFUSED, on=("delegation", ""), reason=str(refusal))
        raise
