"""Who has a say in a bundle: why a person may not decide on it, approve it or take it back, in words."""

from datetime import UTC, datetime
from itertools import chain
from typing import Any

from backoffice.audit import clock
from backoffice.operations import quorum, restored
from backoffice.operations.bundles import queries
from backoffice.operations.bundles.queries import Asked
from backoffice.operations.models import Bundle


def why_not_decide(bundle: Bundle, *, by: Any, now: datetime | None = None, asked: Asked | None = None) -> str:
    """Why this person has no say in it; empty where they may reject it or return it.

    A list that asks for each of its rows hands `now` and `asked` in, and has read `decisions` for all of them.
    """
    if not bundle.is_pending:
        return f"It is no longer pending: {bundle.get_state_display()}."
    if bundle.lapses_at <= (now or clock.now()):
        return f"It expired on {bundle.lapses_at.astimezone(UTC):%a %d %b, %H:%M} UTC; its maker may submit it again."
    if bundle.is_made_by(by):
        way = "" if bundle.made_by_id == by.pk else f", as {bundle.made_by.username}"
        return f"You made it{way}, and nobody decides on what they made themselves."
    may = _eligible(asked or queries.asked_of([bundle.pk])[bundle.pk])
    if not may:
        return "Nobody is left in it."
    if not may & quorum.roles_of(by):
        return f"Deciding takes the role {' or '.join(sorted(may))}."
    if any(vote.person == by.person_id for vote in bundle.decisions.all()):
        return "You have decided on it already."
    return ""


def why_not_approve(bundle: Bundle, *, by: Any, now: datetime | None = None, asked: Asked | None = None) -> str:
    """Why an approval of theirs would bring it no further; empty where it would."""
    asked = asked or queries.asked_of([bundle.pk])[bundle.pk]
    if why := why_not_decide(bundle, by=by, now=now, asked=asked):
        return why
    waits = quorum.helpful(queries.lacking(asked.needs, asked.votes))
    if waits & quorum.roles_of(by):
        return ""
    return f"Your place is filled; it waits for {' or '.join(sorted(waits))}."


def why_not_end(bundle: Bundle) -> str:
    """Why it cannot be ended unsent now, in words: after a restore what waits may have been sent; empty where it can."""
    first = queries.inside(bundle).order_by("operation__made_at").values_list("operation__made_at", flat=True).first()
    return restored.why_not_end(first) if first else ""


def why_not_cancel(bundle: Bundle, *, by: Any) -> str:
    """Why this person cannot take it back, in words; empty where they can."""
    if not bundle.is_pending:
        return f"It cannot be cancelled any more: {bundle.get_state_display()}."
    if bundle.maker_person != by.person_id:
        return "Only its maker can cancel it."
    return why_not_end(bundle)


def _eligible(asked: Asked) -> frozenset[str]:
    """Every role that has a say in it; none where nobody is left in it."""
    if not asked.needs and asked.inside:
        return frozenset({"supervisor"})
    return frozenset(chain.from_iterable(roles for roles, *_ in asked.needs))
