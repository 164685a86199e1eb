"""What a worker claims ahead of its slots: it begins at once, or is put back, and never on a connection that stands."""

import threading
import time
from itertools import islice

import pytest
from django.db import connections

from backoffice.operations import execution, stops
from backoffice.operations.models import Answer, Attempt, Lane, Operation
from backoffice.operations.states import State
from tests.operations import rows

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 24
WHY = "MT5 behaves oddly, and nobody knows why."


@pytest.fixture
def queued(mia, carl, sandbox, settings):
    """As many operations as logins, two slots, and a Manager that is quick enough to be claimed ahead for."""
    settings.LANE_SLOTS, settings.MANAGER_DEADLINE, settings.LEASE = 2, 5, 11
    logins = (login for login in range(128001, 128201) if sandbox.account(login)["currency"] == "USD")
    made = [rows.queued(mia, carl, login=login) for login in islice(logins, MANY)]
    sandbox.rule("slow", ms=100, applied=True, times=None, path="/transactions/", method="POST")
    return made


def drained(*, until: float = 20.0, stopping=lambda: False):
    execution.drain("funding", until=until, stopping=stopping)


def once_some_are_applied(act):
    """Does it in another thread, as soon as four operations are through."""

    def wait():
        while Operation.objects.filter(state=State.APPLIED).count() < 4:
            time.sleep(0.005)
        act()
        connections.close_all()

    person = threading.Thread(target=wait)
    person.start()
    return person


def put_back():
    return Answer.objects.filter(meaning="TooLate")


def booked(sandbox, operations):
    """How many deals each has in the sandbox's ledger."""
    return {operation.pk: len(sandbox.deals_of(str(operation.pk))) for operation in operations}


def test_everything_is_sent_once_and_in_the_order_of_the_queue(queued, sandbox):
    drained()

    assert set(booked(sandbox, queued).values()) == {1}
    assert Attempt.objects.count() == MANY
    assert not put_back().exists()


def test_what_a_person_pauses_begins_nothing_more(queued, carl, sandbox):
    paused = []

    def pause():
        stops.pause("funding", by=carl, reason=WHY)
        paused.append(time.monotonic())

    person = once_some_are_applied(pause)
    drained()
    took = time.monotonic() - paused[0]
    person.join()

    states = {rows.fresh(operation).state for operation in queued}
    assert states == {State.APPLIED, State.QUEUED}
    assert took < 1.5
    stopped_at = Lane.objects.get(name="funding").stopped_at
    assert not Attempt.objects.filter(at__gt=stopped_at).exists()
    # What had been claimed by then and had not begun is in line again, as what it is: not sent.
    assert put_back().exists()
    sent = {pk for pk, deals in booked(sandbox, queued).items() if deals}
    assert sent == {operation.pk for operation in queued if rows.fresh(operation).state == State.APPLIED}


def test_what_mt5_takes_offline_is_not_asked_by_everything_that_was_claimed(queued, sandbox):
    def goes_offline():
        sandbox.clear()
        sandbox.rule("offline", times=None, path="/transactions/", method="POST")

    person = once_some_are_applied(goes_offline)
    drained(until=2)
    person.join()

    assert Lane.objects.get(name="funding").paused_at
    # Both slots' calls and those that had begun before the first answer; after that one probes at a time.
    assert 0 < Answer.objects.filter(meaning="ManagerOffline").count() <= 8
    assert put_back().exists()
    assert set(booked(sandbox, queued).values()) <= {0, 1}


def test_a_worker_that_is_told_to_stop_hands_back_what_it_has_not_begun(queued, sandbox):
    stop = threading.Event()
    person = once_some_are_applied(stop.set)
    began = time.monotonic()
    drained(stopping=stop.is_set)
    person.join()

    assert time.monotonic() - began < 15
    assert {rows.fresh(operation).state for operation in queued} == {State.APPLIED, State.QUEUED}
    assert put_back().exists()

    sandbox.clear()
    time.sleep(1.1)
    drained()
    assert set(booked(sandbox, queued).values()) == {1}
