"""How people let a restored database send again: one proposes, another confirms what they saw."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import Unit, unit
from backoffice.audit.vocabulary import register
from backoffice.operations import lanes
from backoffice.operations.desk import REFUSED, Refusal, Stale
from backoffice.operations.models import MAY_STOP, Restore
from backoffice.operations.models.restore import BY_PEOPLE

PROPOSED = register("restore.reopening_proposed", "Restored database: reopening proposed", "warn")
DECLINED = register("restore.reopening_declined", "Restored database: reopening declined", "warn")
REOPENED = register("restore.reopened", "Restored database: reopened", "ok")


def propose(pk: int, *, by: Any, reason: str) -> Restore:
    """Puts the reopening before a second person; until then nothing is sent."""
    with _acting(pk, by) as (restore, work):
        if why := why_not_propose(restore, by=by):
            raise Refusal(why)
        _put(restore, at=clock.now(), by=by, person=by.person_id, reason=reason)
        restore.save(update_fields=BY_PEOPLE)
        work.note(PROPOSED, by=by, on=("restore", pk), reason=reason)
    return restore


def decline(pk: int, *, by: Any) -> Restore:
    """Takes the proposal off the table, whoever made it."""
    with _acting(pk, by) as (restore, work):
        if why := why_not_decline(restore, by=by):
            raise Refusal(why)
        work.note(DECLINED, by=by, on=("restore", pk), reason=restore.reopening_reason)
        _put(restore, at=None, by=None, person=None, reason="")
        restore.save(update_fields=BY_PEOPLE)
    return restore


def confirm(pk: int, *, by: Any, seen: str) -> Restore:
    """The second person agrees to the very proposal that they saw, and the lanes send again."""
    with _acting(pk, by) as (restore, work):
        if why := why_not_confirm(restore, by=by):
            raise Refusal(why)
        if seen != restore.seen:
            raise Stale("The proposal is not the one that you saw. Look at it again, then decide.")
        restore.reopened_at, restore.reopened_by, restore.reopened_person = clock.now(), by, by.person_id
        restore.save(update_fields=BY_PEOPLE)
        told = {"proposed_by": restore.reopening_by.operator_id}
        work.note(REOPENED, by=by, on=("restore", pk), reason=restore.reopening_reason, detail=told)
        for lane in settings.LANES:
            lanes.wake(lane)
    return restore


def why_not_propose(restore: Restore, *, by: Any) -> str:
    """Why this person cannot propose it, in words; empty where they can."""
    if restore.reopened_by:
        return f"It was reopened already, by {restore.reopened_by.name}."
    if restore.reopening_by:
        return f"{restore.reopening_by.name} has proposed it already; another person confirms it."
    return _why_not(by)


def why_not_decline(restore: Restore, *, by: Any) -> str:
    if restore.reopened_by or not restore.reopening_by:
        return "There is no proposal to decline."
    return _why_not(by)


def why_not_confirm(restore: Restore, *, by: Any) -> str:
    proposer = restore.reopening_by
    if restore.reopened_by:
        return f"It was reopened already, by {restore.reopened_by.name}."
    if proposer is None:
        return "Nobody proposes to reopen it."
    if restore.reopening_person == by.person_id or proposer.pk == by.pk:
        return "You proposed it; another person confirms it."
    if not proposer.is_active or not proposer.roles & set(MAY_STOP):
        return "Whoever proposed it may not do so any more; decline it, then propose anew."
    return _why_not(by)


def _why_not(by: Any) -> str:
    if not by.roles & set(MAY_STOP):
        return f"This takes a {Role.SUPERVISOR} or an {Role.ADMINISTRATOR}."
    return ""


def _put(restore: Restore, **proposal: Any) -> None:
    for part, value in proposal.items():
        setattr(restore, f"reopening_{part}", value)


@contextmanager
def _acting(pk: int, by: Any) -> Iterator[tuple[Restore, Unit]]:
    """A unit with the restore locked; a refusal in it rolls everything back and is then noted."""
    try:
        with unit() as work:
            yield Restore.objects.select_for_update().get(pk=pk), work
    except Refusal as refusal:
        with unit() as work:
            work.note(REFUSED, by=by, on=("restore", pk), reason=str(refusal))
        raise
