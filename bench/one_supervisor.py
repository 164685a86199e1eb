"""A policy under which one supervisor decides on everything: for runs that are about other things than the policy."""

from collections.abc import Iterable, Mapping
from typing import Any

from backoffice.governance import changes, policy
from backoffice.operators.models import Operator

AUTHOR, OTHERS = "ada", ("amir", "cora")
RULE = {"number": "1", "words": "Everything", "kinds": ["*"], "needs": [["supervisor"]]}


def publish() -> None:
    """The next version, agreed to by the demo's administrators and compliance."""
    agreed([RULE], note="For a run that is about other things.")


def agreed(rules: Iterable[Mapping[str, Any]], *, note: str) -> None:
    """Puts rules in force as a house does: one proposes them, two others agree."""
    amendment = policy.proposed([dict(rule) for rule in rules], note=note)
    change = changes.propose(amendment, by=Operator.objects.get(username=AUTHOR), reason=note)
    for name in OTHERS:
        changes.agree(change.pk, by=Operator.objects.get(username=name), seen=changes.seen_of(change))
