"""What a bench says of statements: what they read, and that looking at them changes nothing."""

import pytest
from django.db import connection

from backoffice.audit import clock, guards
from backoffice.audit.models import Entry
from backoffice.operations import line, queue
from backoffice.operations.lanes import Allowance
from backoffice.operations.models import Answer, Attempt, Counter, Operation
from backoffice.operations.states import State
from bench import past, plans, shares
from tests.operations import rows

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_statement_that_reads_a_whole_table_is_named_on_sqlite(mia, carl):
    rows.queued(mia, carl)

    (asked,) = plans.asked_by(lambda: list(Operation.objects.filter(reason="no index knows this")))

    assert asked.label == "SELECT operations_operation"
    assert asked.touched > 0
    assert bool(asked.scans) == (connection.vendor == "sqlite")


def test_a_search_by_an_index_names_it_and_is_no_scan(mia, carl):
    rows.queued(mia, carl)

    (asked,) = plans.asked_by(lambda: list(Operation.objects.filter(login=128001, pk__gt=rows.uuid7())))

    assert asked.scans == []
    assert asked.indexes == (["by_login"] if connection.vendor == "sqlite" else [])


def test_what_is_looked_at_happens_once(mia, carl):
    asked = plans.asked_by(lambda: rows.queued(mia, carl))

    assert Operation.objects.count() == 1
    assert Entry.objects.filter(object_type="operation").count() == 3
    assert {"INSERT operations_operation", "INSERT audit_entry"} <= {each.label for each in asked}


def test_where_the_time_goes_is_counted_once_and_everything_is_put_back(mia, carl):
    before = Operation.__dict__["move"]

    watch = shares.watched(lambda: rows.queued(mia, carl))

    assert {"move", "chain", "commit", "rest"} <= set(watch.took)
    assert watch.missing == []
    assert watch.asked["move"] <= watch.took["move"]
    assert Operation.__dict__["move"] is before
    assert "commit" not in vars(connection)


def test_finished_operations_in_bulk_are_whole_and_the_guards_are_back(mia, sandbox):
    past.live_through(40)

    done = Operation.objects.filter(state=State.APPLIED)
    assert done.count() == 40
    assert Answer.objects.filter(attempt__operation__in=done, meaning="applied").count() == 40
    assert Attempt.objects.count() == 40
    assert Entry.objects.filter(object_type="operation").count() == 120
    assert Counter.objects.get().value == 40
    assert guards.missing(connection) == []
    assert len({row.login for row in done}) == 40


@pytest.mark.parametrize("probes", [False, True])
def test_whose_turn_it_is_is_found_by_indexes(mia, carl, probes):
    for _ in range(20):
        rows.queued(mia, carl)

    asked = plans.asked_by(lambda: line.due("funding", Allowance(4, probes=probes), now=clock.now()))

    assert {each.label for each in asked} >= {"WITH operations_operation"}
    assert [scan for each in asked for scan in each.scans] == []


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL says what it touches, and plans anew for each size"
)
def test_a_turn_of_the_lane_goes_by_the_indexes_of_what_is_active(mia, carl):
    rows.running(mia, carl, login=128002)
    rows.queued(mia, carl)
    now = clock.now()

    turn = {
        "sweep": lambda: queue.sweep("funding", now=now),
        "looks": lambda: queue.hold_for_trace("funding", most=2, now=now),
        "line": lambda: line.due("funding", Allowance(4), now=now),
        "firsts": lambda: line.due("funding", Allowance(4, probes=True), now=now),
    }
    gone_by = {
        name: {index for each in plans.asked_by(act) if "operations_operation" in each.label for index in each.indexes}
        for name, act in turn.items()
    }
    assert gone_by == {
        "sweep": {"leases", "by_state", "(id=?)"},
        "looks": {"to_trace", "(id=?)", "(rowid=?)"},
        "line": {"queue", "unsettled"},
        "firsts": {"line_of_login", "unsettled", "(id=?)"},
    }
