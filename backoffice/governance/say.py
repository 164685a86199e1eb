"""Why a person cannot do something with a change of the rules, in words; empty where they can."""

from datetime import UTC, datetime
from typing import Any

from backoffice.access import Role
from backoffice.governance.amendments import Amendment
from backoffice.governance.models import SEATS, Change, Vote


def why_not_propose(amendment: Amendment, *, by: Any) -> str:
    if Role.ADMINISTRATOR not in by.roles:
        return f"Proposing this takes an {Role.ADMINISTRATOR}."
    if by.person_id in amendment.targets:
        return "It is about you; another administrator proposes it."
    return ""


def why_not_decide(change: Change, *, by: Any, now: datetime) -> str:
    """Why somebody has no word in it, for or against."""
    if why := _why_over(change, now):
        return why
    if not by.roles & set(SEATS):
        return f"This takes an {Role.ADMINISTRATOR} or somebody of {Role.COMPLIANCE}."
    if by.person_id == change.author_person or by.pk == change.author_id:
        return "You proposed it; two others agree to it."
    if by.person_id in change.amendment.targets:
        return "It is about you; others decide on it."
    if any(vote.person == by.person_id for vote in change.votes.all()):
        return f"You have agreed to it; it waits for {' and '.join(missing(change))}."
    return ""


def why_not_agree(change: Change, *, by: Any, now: datetime) -> str:
    if why := why_not_decide(change, by=by, now=now):
        return why
    if not change.author.is_active or Role.ADMINISTRATOR not in change.author.roles:
        return "Whoever proposed it is no administrator any more; refuse it, then propose it anew."
    lacks = missing(change)
    if not by.roles & lacks.keys():
        return f"Your place is filled; it waits for {' and '.join(lacks)}."
    return ""


def why_not_withdraw(change: Change, *, by: Any, now: datetime) -> str:
    if why := _why_over(change, now):
        return why
    return "" if by.person_id == change.author_person else "Only who proposed it takes it back."


def missing(change: Change) -> dict[str, None]:
    """The seats that no agreement fills which still counts, in their order."""
    given = change.votes.filter(verb=Vote.Verb.AGREEMENT, payload_hash=change.payload_hash, by__is_active=True)
    counting = [vote for vote in given.select_related("by") if vote.person == vote.by.person_id]
    filled = {vote.seat for vote in counting if vote.seat in vote.by.roles}
    return {str(seat): None for seat in SEATS if seat not in filled}


def _why_over(change: Change, now: datetime) -> str:
    if not change.is_open:
        return f"It is over: {change.get_state_display().lower()}."
    if change.lapses_at <= now:
        return f"It expired on {change.lapses_at.astimezone(UTC):%a %d %b, %H:%M} UTC; its author may propose it again."
    return ""
