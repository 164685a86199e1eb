"""The rows behind an operation's life."""

from backoffice.operations.models.assignment import Assignment
from backoffice.operations.models.attachment import Attachment
from backoffice.operations.models.bundle import Bundle, BundleDecision, Member
from backoffice.operations.models.claim import Claim
from backoffice.operations.models.delegation import Delegation
from backoffice.operations.models.findings import Finding
from backoffice.operations.models.judging import Judgement, Need, Tally
from backoffice.operations.models.lanes import MAY_STOP, Lane, Maintenance, kinds_of
from backoffice.operations.models.operation import MAKES, MOVED, NOTED, SUBMITTED, IllegalMove, Operation
from backoffice.operations.models.policy import Policy, Rate, RuleText
from backoffice.operations.models.restore import Restore
from backoffice.operations.models.sight import LONGEST_COMMENT, Comment, Sight
from backoffice.operations.models.signature import PARTS, Grade, Signature
from backoffice.operations.models.votes import Decision, Resolution
from backoffice.operations.models.wire import Answer, Attempt, Counter

__all__ = [
    "LONGEST_COMMENT",
    "MAKES",
    "MAY_STOP",
    "MOVED",
    "NOTED",
    "PARTS",
    "SUBMITTED",
    "Answer",
    "Assignment",
    "Attachment",
    "Attempt",
    "Bundle",
    "BundleDecision",
    "Claim",
    "Comment",
    "Counter",
    "Decision",
    "Delegation",
    "Finding",
    "Grade",
    "IllegalMove",
    "Judgement",
    "Lane",
    "Maintenance",
    "Member",
    "Need",
    "Operation",
    "Policy",
    "Rate",
    "Resolution",
    "Restore",
    "RuleText",
    "Sight",
    "Signature",
    "Tally",
    "kinds_of",
]
