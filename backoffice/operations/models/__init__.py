"""The rows behind an operation's life."""

from backoffice.operations.models.assignment import Assignment
from backoffice.operations.models.findings import Finding
from backoffice.operations.models.lanes import MAY_STOP, Lane, Maintenance, kinds_of
from backoffice.operations.models.operation import MAKES, MOVED, NOTED, SUBMITTED, IllegalMove, Operation
from backoffice.operations.models.restore import Restore
from backoffice.operations.models.votes import Decision, Resolution
from backoffice.operations.models.wire import Answer, Attempt, Counter

__all__ = [
    "MAKES",
    "MAY_STOP",
    "MOVED",
    "NOTED",
    "SUBMITTED",
    "Answer",
    "Assignment",
    "Attempt",
    "Counter",
    "Decision",
    "Finding",
    "IllegalMove",
    "Lane",
    "Maintenance",
    "Operation",
    "Resolution",
    "Restore",
    "kinds_of",
]
