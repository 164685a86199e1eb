"""Whose turn it is: each login's first, the oldest first, and no login keeps another one waiting."""

from datetime import timedelta

import pytest

from backoffice.audit import clock
from backoffice.operations import line
from backoffice.operations.lanes import Allowance
from backoffice.operations.models import Operation
from tests.operations import rows

pytestmark = pytest.mark.django_db(transaction=True)
HOT = 128001


def due(most, **allowed):
    found = line.due("funding", Allowance(most, **allowed), now=clock.now() + timedelta(seconds=1))
    return [Operation.objects.get(pk=pk).login for pk in found]


def wait(operation, seconds):
    Operation.objects.filter(pk=operation.pk).update(due_at=clock.now() + timedelta(seconds=seconds))


@pytest.fixture
def hot(mia, carl):
    """A login that holds the whole head of the queue, and two others behind it."""
    return [rows.queued(mia, carl, login=login) for login in (*[HOT] * 20, 128002, 128003)]


def test_a_hot_login_does_not_hide_the_others(hot):
    assert due(4) == [HOT, 128002, 128003]


def test_a_probe_goes_to_whoever_waited_longest(hot):
    wait(hot[0], -1)
    wait(hot[20], -30)

    assert due(1, probes=True) == [128002]
    assert due(1) == [HOT]


@pytest.mark.parametrize("most", [1, 4])
def test_what_is_not_due_yet_still_stands_before_the_rest_of_its_login(hot, most):
    wait(hot[0], 60)

    assert HOT not in due(most)


@pytest.mark.parametrize("unsettled", [rows.running, rows.exception])
@pytest.mark.parametrize("most", [1, 4, 16])
def test_a_login_with_something_unsettled_waits_and_the_others_go(mia, carl, unsettled, most):
    unsettled(mia, carl, login=HOT)
    for login in (*[HOT] * 18, 128002):
        rows.queued(mia, carl, login=login)

    assert due(most) == [128002]


def test_the_oldest_goes_first(mia, carl):
    made = [rows.queued(mia, carl, login=login) for login in (128003, 128001, 128002)]

    assert due(2) == [128003, 128001]
    assert due(0) == []
    assert line.due("accounts", Allowance(4), now=clock.now()) == []
    assert len(made) == 3


@pytest.mark.parametrize("most", [1, 4, 16])
def test_a_closed_kind_is_left_out_and_still_stands_before_the_rest_of_its_login(hot, most):
    assert due(most, closed=frozenset({hot[0].kind})) == []


def test_a_kind_in_doubt_goes_one_at_a_time(hot):
    assert len(due(4, single=frozenset({hot[0].kind}), probes=True)) == 1
