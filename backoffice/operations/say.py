"""Who has a say in an operation: why a person may not decide on it, approve it or take it back, in words."""

from datetime import datetime
from typing import Any

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.operations import expiry, quorum, restored
from backoffice.operations.models import Member, Operation
from backoffice.operations.states import State


def why_not_decide(operation: Operation, *, by: Any, now: datetime | None = None) -> str:
    """Why this person has no say in it, in words; empty where they may reject it or return it.

    A list that asks for each of its rows hands `now` in, and has read `decisions` and `asked_for` for all of them.
    """
    if operation.state != State.AWAITING_APPROVAL:
        return f"It is no longer pending: {operation.get_state_display()}."
    if why := expiry.why_lapsed(operation, now=now or clock.now()):
        return why
    if operation.is_made_by(by):
        # The same human by another sign-in is told so, or would wonder.
        way = "" if operation.made_by_id == by.pk else f", as {operation.made_by.username}"
        return f"You made it{way}, and nobody decides on what they made themselves."
    if not quorum.eligible(operation) & quorum.roles_of(by):
        return f"Deciding takes the role {' or '.join(sorted(quorum.eligible(operation)))}."
    if any(vote.person == by.person_id for vote in operation.decisions.all()):
        return "You have decided on it already."
    return ""


def why_not_approve(operation: Operation, *, by: Any) -> str:
    """Why an approval of theirs would bring it no further, in words; empty where it would."""
    if why := why_not_decide(operation, by=by) or why_not_alone(operation):
        return why
    if quorum.waits_for(operation) & quorum.roles_of(by):
        return ""
    return f"Your place is filled. {quorum.in_words(operation)}"


def why_not_alone(operation: Operation) -> str:
    """That it is approved with its bundle and not by itself, in words; empty where it stands for itself."""
    member = Member.objects.filter(operation=operation.pk, left_at=None).select_related("bundle").first()
    return f"It is approved with its bundle {member.bundle.reference}, and not by itself." if member else ""


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
