"""The rows behind an operation's life."""

from backoffice.operations.models.assignment import Assignment
from backoffice.operations.models.operation import MAKES, MOVED, SUBMITTED, IllegalMove, Operation
from backoffice.operations.models.votes import Decision, Resolution
from backoffice.operations.models.wire import MAY_STOP, Answer, Attempt, Counter, Lane

__all__ = [
    "MAKES",
    "MAY_STOP",
    "MOVED",
    "SUBMITTED",
    "Answer",
    "Assignment",
    "Attempt",
    "Counter",
    "Decision",
    "IllegalMove",
    "Lane",
    "Operation",
    "Resolution",
]
