"""Who sees to a case: somebody takes it, hands it back, or takes it over. It keeps nobody else from acting."""

from typing import Any
from uuid import UUID

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import Unit
from backoffice.audit.vocabulary import register
from backoffice.operations.desk import Refusal, Stale, acting
from backoffice.operations.models import Assignment, Operation
from backoffice.operations.states import State

TAKEN = register("operation.taken", "Case taken")
HANDED_BACK = register("operation.handed_back", "Case handed back")
# In which state a case can be somebody's, and whose it can be.
TAKES = {State.EXCEPTION: Role.SUPERVISOR}


def take(pk: UUID, *, by: Any, seen: str) -> Operation:
    """Makes the case theirs. `seen` names the sign-in whose it was when they looked, empty where it was nobody's.

    Raises Refusal where they may not, Stale where it is somebody else's by now.
    """
    with acting(pk, by) as (operation, work):
        before = owner(operation)
        if why := why_not_take(operation, by=by):
            raise Refusal(why)
        if before and before.username != seen:
            raise Stale(f"It is {before.name}’s by now.")
        _put(operation, by, work, TAKEN, by=by, before=before)
    return operation


def hand_back(pk: UUID, *, by: Any) -> Operation:
    """Makes a case of theirs nobody's again; raises Refusal where it is not theirs."""
    with acting(pk, by) as (operation, work):
        before = owner(operation)
        if before is None or before.person_id != by.person_id:
            raise Refusal(f"It is {before.name}’s, not yours." if before else "It is nobody’s already.")
        _put(operation, None, work, HANDED_BACK, by=by, before=before)
    return operation


def owner(operation: Operation) -> Any:
    """Whose the operation is in the state that it is in now, or None."""
    held = getattr(operation, "assignment", None)  # a row that is not there is no attribute
    return held.to if held and held.state == operation.state else None


def why_not_take(operation: Operation, *, by: Any) -> str:
    """Why this person cannot make it theirs, in words; empty where they can."""
    role = TAKES.get(State(operation.state))
    if role is None:
        return f"There is nothing to see to: {operation.get_state_display()}."
    if role not in by.roles:
        return f"Taking a case takes the role {role}."
    if operation.is_made_by(by):
        return "You made it, and nobody sees to what they made themselves."
    held_by = owner(operation)
    return "It is yours already." if held_by and held_by.person_id == by.person_id else ""


def _put(operation: Operation, to: Any, work: Unit, action: str, *, by: Any, before: Any) -> None:
    fields = {"to": to, "state": operation.state, "at": clock.now()}
    Assignment.objects.update_or_create(operation=operation, defaults=fields)
    operation.note(work, action, by=by, detail={"before": before.name} if before else {})
