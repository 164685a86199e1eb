"""The rows behind an operation's life."""

from backoffice.operations.models.judging import Judgement, Need, Tally
from backoffice.operations.models.operation import MAKES, MOVED, NOTED, SUBMITTED, IllegalMove, Operation
from backoffice.operations.models.policy import Policy, Rate, RuleText
from backoffice.operations.models.votes import Decision, Resolution
from backoffice.operations.models.wire import MAY_STOP, Answer, Attempt, Counter, Lane

__all__ = [
    "MAKES",
    "MAY_STOP",
    "MOVED",
    "NOTED",
    "SUBMITTED",
    "Answer",
    "Attempt",
    "Counter",
    "Decision",
    "IllegalMove",
    "Judgement",
    "Lane",
    "Need",
    "Operation",
    "Policy",
    "Rate",
    "Resolution",
    "RuleText",
    "Tally",
]
