"""Who has a say in an operation: why a person may not decide on it, approve it or take it back, in words."""

from datetime import datetime
from typing import Any

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.operations import expiry, quorum, restored, standing_in
from backoffice.operations.models import Member, Operation
from backoffice.operations.standing_in import Lent
from backoffice.operations.states import State


def why_not_decide(operation: Operation, *, by: Any, now: datetime | None = None, lent: Lent | None = None) -> str:
    """Why this person has no say in it, in words; empty where they may reject it or return it.

    A list that asks for each of its rows hands `now` and `lent` in, and has read `decisions` and `asked_for` for all of them.
    """
    if operation.state != State.AWAITING_APPROVAL:
        return f"It is no longer pending: {operation.get_state_display()}."
    if why := expiry.why_lapsed(operation, now=now or clock.now()):
        return why
    if operation.is_made_by(by):
        # The same human by another sign-in is told so, or would wonder.
        way = "" if operation.made_by_id == by.pk else f", as {operation.made_by.username}"
        return f"You made it{way}, and nobody decides on what they made themselves."
    may = quorum.eligible(operation)
    if not may & quorum.roles_of(by) and (
        why := _why_not_in_their_place(operation, may, standing_in.lent_or_read(lent, by))
    ):
        return why
    return _why_not_again(operation, by)


def why_not_approve(operation: Operation, *, by: Any) -> str:
    """Why an approval of theirs would bring it no further, in words; empty where it would."""
    if why := why_not_decide(operation, by=by) or why_not_alone(operation):
        return why
    waits = quorum.waits_for(operation)
    if waits & standing_in.acting_as(operation, by=by, waits=waits).roles:
        return ""
    return f"Your place is filled. {quorum.in_words(operation)}"


def why_not_alone(operation: Operation) -> str:
    """That it is approved with its bundle and not by itself, in words; empty where it stands for itself."""
    member = Member.objects.filter(operation=operation.pk, left_at=None).select_related("bundle").first()
    return f"It is approved with its bundle {member.bundle.reference}, and not by itself." if member else ""


def _why_not_in_their_place(operation: Operation, may: frozenset[str], lent: Lent) -> str:
    """Why they have no say in it for anybody who is away, in words; empty where they have."""
    able = [row for row in lent if standing_in.lent_roles(row) & may]
    barred = [standing_in.why_barred(operation, row) for row in able]
    if not able:
        return f"Deciding takes the role {' or '.join(sorted(may))}."
    return "" if "" in barred else barred[0]


def _why_not_again(operation: Operation, by: Any) -> str:
    """That they, or somebody in their place, have decided already: each person does once."""
    votes = operation.decisions.all()
    if any(vote.person == by.person_id for vote in votes):
        return "You have decided on it already."
    if any(vote.for_person == by.person_id for vote in votes):
        return "Somebody has decided on it in your place already."
    return ""


def why_not_cancel(operation: Operation, *, by: Any) -> str:
    """Why this person cannot take it back, in words; empty where they can."""
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
