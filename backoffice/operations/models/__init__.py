"""The rows behind an operation's life."""

from backoffice.operations.models.operation import MAKES, MOVED, SUBMITTED, IllegalMove, Operation
from backoffice.operations.models.votes import Decision, Resolution
from backoffice.operations.models.wire import Answer, Attempt, Counter, Lane

__all__ = [
    "MAKES",
    "MOVED",
    "SUBMITTED",
    "Answer",
    "Attempt",
    "Counter",
    "Decision",
    "IllegalMove",
    "Lane",
    "Operation",
    "Resolution",
]
