"""Asking again: what came to nothing is submitted as a new operation that names the old one, by its maker and once."""

from typing import Any

from backoffice.operations.canonical import loaded
from backoffice.operations.instructions import Instruction
from backoffice.operations.models import Decision, Operation
from backoffice.operations.states import FINALLY_NEGATIVE


def why_not(old: Operation, *, by: Any) -> str:
    """Why this person cannot submit it again, in words; empty where they can.

    Its maker alone does: under another's name, whoever first asked for it could be the one who approves it.
    """
    if not old.came_to_nothing:
        return f"Only what came to nothing is submitted again; {old.reference} did not: {old.get_state_display()}."
    if not old.is_made_by(by):
        return "Only its maker can submit it again."
    if other := standing(old):
        return f"It was submitted again already, as {other.reference}."
    return ""


def why_not_as(instruction: Instruction, old: Operation, *, by: Any) -> str:
    """Why this instruction is no resubmission of the old one."""
    if (instruction.login, instruction.lane) != (old.login, old.lane):
        return f"{old.reference} is for login {old.login}; this is not the same request again."
    return why_not(old, by=by)


def standing(old: Operation) -> Operation | None:
    """The operation that it was submitted again as, and that lives or was booked."""
    return old.resubmissions.exclude(state__in=FINALLY_NEGATIVE).first()


def ended_by(old: Operation) -> Decision | None:
    """The vote that ended it; None where no vote did."""
    return old.decisions.exclude(verb=Decision.Verb.APPROVAL).select_related("by", "delegation__of").first()


def returned_by(old: Operation) -> Decision | None:
    """The vote that sent it back."""
    return old.decisions.filter(verb=Decision.Verb.RETURN).select_related("by", "delegation__of").first()


def suggested(old: Operation) -> dict[str, str]:
    """What the checker who returned it suggests, by the names of the form's fields; empty where they suggest nothing,
    or where nobody can read it any more."""
    vote = returned_by(old)
    text = vote.suggested if vote else ""
    return loaded(text) if text.startswith("{") else {}
