"""Workers are killed and answers are lost: nothing is lost, and nothing is doubled."""

import time
from collections import Counter

import pytest
from django.db import connection

from backoffice.audit import chain
from backoffice.audit.models import Entry
from backoffice.operations.models import Operation
from backoffice.operations.states import State
from tests.operations import rows
from tests.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)
LOGINS = [128001, 128002, 128003, 128254, 128255]


def until(holds, *, within=120):
    end = time.monotonic() + within
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError(f"It did not come about within {within} s: {states()}")


def states():
    connection.close_if_unusable_or_obsolete()
    return Counter(Operation.objects.values_list("state", flat=True))


def booked(sandbox):
    """How often each request id stands in the Manager's ledger."""
    return Counter(line["requestId"] for line in sandbox.ledger() if line["requestId"])


def test_a_worker_looks_by_itself_and_drains_what_waits(mia, carl, sandbox):
    operation = rows.queued(mia, carl)

    with Worker("funding", manager=sandbox.url):
        until(lambda: rows.fresh(operation).is_final)

    assert rows.fresh(operation).state == State.APPLIED
    assert booked(sandbox)[str(operation.pk)] == 1


def test_a_worker_killed_while_it_waits_for_the_answer_loses_and_doubles_nothing(mia, carl, sandbox):
    sandbox.rule("slow", ms=800, path="/transactions", times=1)
    operation = rows.queued(mia, carl)

    with Worker("funding", manager=sandbox.url) as worker:
        until(lambda: rows.fresh(operation).state == State.RUNNING)
        worker.kill()
    with Worker("funding", manager=sandbox.url):
        until(lambda: rows.fresh(operation).is_final)

    operation = rows.fresh(operation)
    assert operation.state == State.APPLIED
    assert operation.maybe_sent
    assert booked(sandbox)[str(operation.pk)] == 1


@pytest.mark.slow
def test_faults_and_kills_together_lose_and_double_nothing(mia, carl, sandbox):
    for seed, fault in enumerate(["reset_before", "reset_after", "timeout_after", "cut", "offline", "garbage"]):
        sandbox.rule(fault, path="/transactions", method="POST", probability=0.12, times=None, seed=seed)
    made = [rows.queued(mia, carl, login=login, amount=f"{100 + n}.00") for n in range(6) for login in LOGINS]

    for _ in range(3):
        with Worker("funding", manager=sandbox.url) as worker:
            time.sleep(2.5)
            worker.kill()
    sandbox.clear()
    with Worker("funding", manager=sandbox.url):
        until(lambda: not set(states()) - {State.APPLIED, State.EXCEPTION})

    counts, applied = booked(sandbox), {str(row.pk) for row in Operation.objects.filter(state=State.APPLIED)}
    assert {request_id for request_id, times in counts.items() if times > 1} == set()
    assert applied <= set(counts)
    assert set(states()) == {State.APPLIED}, states()
    assert len(applied) == len(made)
    assert chain.verify(Entry.objects.order_by("seq").iterator()).fault == ""
    assert in_order(sandbox, made)


def in_order(sandbox, made):
    """Each login's deals were booked in the order in which they were approved."""
    asked = {login: [str(row.pk) for row in made if row.login == login] for login in LOGINS}
    done = {
        login: [line["requestId"] for line in sandbox.ledger(login) if line["requestId"] in asked[login]]
        for login in LOGINS
    }
    return asked == done
