"""Several people at the same moment: a change is applied once, and two changes never leave together what neither leaves alone."""

import pytest

from backoffice.access import Role
from backoffice.governance import changes
from backoffice.governance.models import Change
from backoffice.governance.people import OperatorDeactivate
from backoffice.governance.roles import RoleGrant, RoleRevoke
from backoffice.operations.desk import Refusal
from backoffice.operators.models import Grant
from tests.governance.house import agree, fresh, granted, proposed
from tests.operations.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def agreeing(change, by):
    seen = changes.seen_of(change)
    return lambda: changes.agree(change.pk, by=fresh(by), seen=seen)


def test_two_last_agreements_at_once_apply_it_once(everybody, three):
    ada, amir, cora = three
    for name in ("carl", "chen", "vera", "mia"):
        change = proposed(RoleGrant(operator=name, role=Role.FINANCE), ada)

        outcomes = at_once(agreeing(change, amir), agreeing(change, cora))

        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
        assert Change.objects.get(pk=change.pk).state == "applied"
        assert Grant.objects.filter(operator=everybody[name], role=Role.FINANCE).count() == 1


def test_one_persons_two_clicks_are_one_agreement(everybody, three):
    ada, amir, _ = three
    change = proposed(RoleGrant(operator="carl", role=Role.FINANCE), ada)

    outcomes = at_once(agreeing(change, amir), agreeing(change, amir))

    assert [isinstance(outcome, Refusal) for outcome in outcomes].count(True) == 1, outcomes
    assert change.votes.count() == 1


def test_agreeing_and_withdrawing_at_once_have_one_outcome(everybody, three):
    ada, amir, cora = three
    for name in ("carl", "chen", "vera"):
        change = agree(proposed(RoleGrant(operator=name, role=Role.FINANCE), ada), amir)

        outcomes = at_once(agreeing(change, cora), lambda pk=change.pk: changes.withdraw(pk, by=fresh(ada)))

        assert [isinstance(outcome, Refusal) for outcome in outcomes].count(True) == 1, outcomes
        applied = Change.objects.get(pk=change.pk).state == "applied"
        assert Grant.objects.filter(operator=everybody[name], role=Role.FINANCE).exists() == applied


def test_two_changes_at_once_do_not_each_count_on_whom_the_other_takes(everybody, three):
    """Of three supervisors each of the two would leave two; together they would leave one."""
    ada, amir, cora = three
    granted(everybody["fay"], Role.SUPERVISOR, by=ada, others=(amir, cora))
    one = agree(proposed(RoleRevoke(operator="chen", role=Role.SUPERVISOR), ada), amir)
    other = agree(proposed(OperatorDeactivate(operator="carl"), ada), amir)

    outcomes = at_once(agreeing(one, cora), agreeing(other, cora))

    assert [isinstance(outcome, Refusal) for outcome in outcomes].count(True) == 1, outcomes
    assert sorted(Change.objects.filter(pk__in=[one.pk, other.pk]).values_list("state", flat=True)) == [
        "applied",
        "proposed",
    ]


def test_the_same_proposed_twice_at_once_is_proposed_once(everybody, three):
    ada, amir, _ = three
    grant = RoleGrant(operator="carl", role=Role.FINANCE)

    outcomes = at_once(lambda: proposed(grant, fresh(ada)), lambda: proposed(grant, fresh(amir)))

    assert [isinstance(outcome, Refusal) for outcome in outcomes].count(True) == 1, outcomes
    assert Change.objects.count() == 1
