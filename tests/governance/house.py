"""A founded house, and changes in it, made by the same code that makes them in earnest."""

from typing import Any

from backoffice.audit.unit import unit
from backoffice.governance import changes, founding
from backoffice.governance.amendments import Amendment
from backoffice.governance.models import Change
from backoffice.governance.roles import RoleGrant
from backoffice.operators.models import Operator

WHY = "The team grows, as was said on Monday."


def found() -> None:
    """From here on the database takes nobody and nothing in without an applied change."""
    with unit() as work:
        founding.found("the tests", work=work)


def proposed(amendment: Amendment, by: Any) -> Change:
    return changes.propose(amendment, by=by, reason=WHY)


def agree(change: Change, *who: Any) -> Change:
    for by in who:
        change = changes.agree(change.pk, by=by, seen=changes.seen_of(change))
    return change


def granted(who: Operator, role: str, *, by: Any, others: Any) -> Change:
    return agree(proposed(RoleGrant(operator=who.operator_id, role=role), by), *others)


def fresh(operator: Operator) -> Operator:
    return Operator.objects.get(pk=operator.pk)
