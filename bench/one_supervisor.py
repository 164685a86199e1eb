"""A policy under which one supervisor decides on everything: for runs that are about other things than the policy."""

from backoffice.operations import versions
from backoffice.operators.models import Operator

AGREED = {"author": "ada", "administrator": "amir", "compliance": "cora"}
RULE = {"number": "1", "words": "Everything", "kinds": ["*"], "needs": [["supervisor"]]}


def publish() -> None:
    """The next version, agreed to by the demo's administrators and compliance."""
    three = {role: Operator.objects.get(username=name) for role, name in AGREED.items()}
    versions.publish([RULE], note="For a run that is about other things.", **three)
