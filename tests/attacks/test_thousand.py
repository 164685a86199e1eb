"""A thousand races of two checkers for one operation: each has one outcome."""

import pytest

from backoffice.operations import desk
from backoffice.operations.models import Decision, Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from tests.operations import rows
from tests.operations.test_races import at_once

RACES = 1000
YES, NO = Reason("WITHIN_POLICY"), Reason("WRONG_AMOUNT")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.django_db(transaction=True)
def test_a_thousand_races_of_two_checkers_have_one_outcome_each(mia, carl, chen):
    """Half of them approve both; in the other half one approves and one rejects."""
    won = [_race(n, mia, carl, chen) for n in range(RACES)]

    assert len(won) == RACES
    assert Decision.objects.count() == RACES
    assert Operation.objects.filter(state__in=[State.QUEUED, State.REJECTED]).count() == RACES


def _race(n, mia, carl, chen):
    operation = rows.awaiting(mia, login=128001 + n % 50)
    other = desk.approve if n % 2 else desk.reject
    outcomes = at_once(
        lambda: desk.approve(operation.pk, by=carl, seen=operation.seen, reason=YES),
        lambda: other(operation.pk, by=chen, seen=operation.seen, reason=YES if n % 2 else NO),
    )
    lost = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [type(outcome) for outcome in lost] == [desk.Refusal], outcomes
    return next(outcome for outcome in outcomes if outcome not in lost)
