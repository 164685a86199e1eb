"""Every fault on the wire: the operation ends where the wire table says, and the ledger has it once or not at all."""

import time
from collections import Counter

import pytest

from backoffice.audit import chain
from backoffice.audit.models import Entry
from backoffice.operations import execution
from backoffice.operations.states import State
from tests import play

pytestmark = pytest.mark.django_db

ON_MONEY = {"path": "/transactions/", "method": "POST"}
ON_HISTORY = {"path": "/transactions/history", "method": "GET"}
LOGINS = range(128006, 128040)
S = State
# fault, its parameters, where it ends, lines in the ledger, sends, maybe sent
ON_THE_SEND = [
    ("slow", {"ms": 200, "applied": False}, S.APPLIED, 1, 1, False),
    ("timeout_before", {}, S.APPLIED, 1, 2, True),
    ("timeout_after", {}, S.APPLIED, 1, 1, True),
    ("reset_before", {}, S.APPLIED, 1, 2, True),
    ("reset_after", {}, S.APPLIED, 1, 1, True),
    ("cut", {}, S.APPLIED, 1, 1, True),
    ("garbage", {"applied": True}, S.APPLIED, 1, 1, True),
    ("garbage", {"applied": False}, S.APPLIED, 1, 2, True),
    ("bad_gateway", {"applied": True}, S.APPLIED, 1, 1, True),
    ("bad_gateway", {"applied": False}, S.APPLIED, 1, 2, True),
    ("redirect", {"applied": True}, S.APPLIED, 1, 1, True),
    ("redirect", {"applied": False}, S.APPLIED, 1, 2, True),
    ("trickle", {}, S.APPLIED, 1, 1, True),
    ("bare_conflict", {"applied": True}, S.APPLIED, 1, 1, True),
    ("wrong_echo", {}, S.APPLIED, 1, 1, True),
    ("wrong_echo", {"amount": 99}, S.APPLIED, 1, 1, True),
    ("accepted", {"seconds": 0.6}, S.APPLIED, 1, 1, False),
    ("accepted", {"seconds": 0.6, "outcome": "rejected"}, S.REFUSED, 0, 1, False),
    ("forbidden", {"reason": "noRights"}, S.REFUSED, 0, 1, False),
    ("foreign_conflict", {}, S.EXCEPTION, 0, 1, True),
    ("foreign_conflict", {"amount": 100}, S.EXCEPTION, 0, 1, True),
    ("foreign_conflict", {"applied": True}, S.EXCEPTION, 1, 1, True),
    ("foreign_conflict", {"params": {"login": 128001, "amount": 100}}, S.EXCEPTION, 0, 1, True),
]
# what befalls the look into the ledger after the answer was lost, and how often
ON_THE_TRACE = [
    ("offline", 2),
    ("garbage", 2),
    ("unauthorized", 2),
    ("too_many", 1),
    ("bad_gateway", 2),
    ("redirect", 1),
]
ON_THE_TRACE += [("cut", 2), ("reset_before", 2), ("timeout_before", 1), ("trickle", 1), ("forbidden", 1)]


@pytest.fixture
def maker(mia, sandbox, signed_in):
    return signed_in(mia)


@pytest.fixture
def checker(carl, signed_in):
    return signed_in(carl)


@pytest.fixture
def approved(maker, checker):
    """`approved(login, amount)` is a deposit that waits to be sent."""
    return lambda login=128001, amount="100", **typed: play.approved(maker, checker, login, amount, **typed)


def settle(operations, *, within=40):
    """Works the lane until each of them waits for nobody but people."""
    end = time.monotonic() + within
    for operation in operations:
        operation.refresh_from_db()
    while waiting := [operation for operation in operations if operation.state not in play.WAITS]:
        assert time.monotonic() < end, [(operation.login, operation.state) for operation in waiting]
        execution.drain("funding", until=0.5)
        time.sleep(0.02)
        for operation in waiting:
            operation.refresh_from_db()
    return operations


def lines(sandbox, operation):
    """What the ledger holds of it and did not reject."""
    return [line for line in sandbox.deals_of(str(operation.pk)) if line["status"] != "rejected"]


def posts(sandbox):
    """How often each request id was sent to move money."""
    return Counter(call["requestId"] for call in sandbox.calls(5000) if call["method"] == "POST")


def end_of(sandbox, operation):
    return operation.state, len(lines(sandbox, operation)), operation.sends, operation.maybe_sent


def chain_holds():
    return chain.verify(Entry.objects.order_by("seq").iterator()).fault == ""


def test_each_fault_on_the_send_ends_where_the_wire_table_says(approved, sandbox, maker):
    cases = dict(zip(LOGINS, ON_THE_SEND, strict=False))
    for login, (fault, params, *_) in cases.items():
        sandbox.rule(fault, login=login, **ON_MONEY, **params)
    first = settle([approved(login) for login in cases])

    for operation in first:
        fault, params, *wanted = cases[operation.login]
        assert end_of(sandbox, operation) == tuple(wanted), (
            fault,
            params,
            play.page(maker.get(f"/operations/{operation.pk}/")),
        )
        assert posts(sandbox)[str(operation.pk)] == operation.sends, fault
    assert posts(sandbox).keys() == {str(operation.pk) for operation in first}
    assert chain_holds()

    free = [operation.login for operation in first if operation.state != State.EXCEPTION]
    following = settle([approved(login, "7") for login in free])
    assert {operation.state for operation in following} == {State.APPLIED}
    assert all(len(lines(sandbox, operation)) == 1 for operation in following)


@pytest.mark.parametrize("applied_first", [True, False])
def test_what_is_slower_than_the_deadline_is_found_and_not_sent_again(approved, sandbox, settings, applied_first):
    settings.MANAGER_DEADLINE, settings.MANAGER_PROCESSING, settings.LEASE = 0.6, 2.0, 8.0
    sandbox.rule("slow", ms=2000, applied=applied_first, **ON_MONEY)

    (operation,) = settle([approved(LOGINS[0])])

    assert end_of(sandbox, operation) == (S.APPLIED, 1, 1, True)


def test_each_fault_on_the_trace_only_puts_the_answer_off(approved, sandbox):
    cases = dict(zip(LOGINS, ON_THE_TRACE, strict=False))
    for login, (fault, times) in cases.items():
        sandbox.rule("reset_after", login=login, **ON_MONEY)
        sandbox.rule(fault, login=login, times=times, **ON_HISTORY)

    for operation in settle([approved(login) for login in cases]):
        assert end_of(sandbox, operation) == (S.APPLIED, 1, 1, True), cases[operation.login]
    assert chain_holds()


@pytest.mark.parametrize("keeps_original", [True, False])
def test_a_history_that_lags_beyond_all_promises_leads_to_no_second_deal(approved, sandbox, settings, keeps_original):
    sandbox.switch(keeps_original=keeps_original)
    sandbox.rule("reset_after", shows_after=2.5, **ON_MONEY)
    operation = approved()

    settle([operation])

    assert end_of(sandbox, operation) == (S.APPLIED, 1, 2, True)
    assert posts(sandbox) == {str(operation.pk): 2}


def test_a_provider_that_names_no_request_ids_is_traced_by_the_reference(approved, sandbox):
    sandbox.switch(request_id_in_history=False)
    sandbox.rule("reset_after", login=128001, **ON_MONEY)
    sandbox.rule("reset_before", login=128002, **ON_MONEY)
    sandbox.terminal(128002, "deposit", "100", comment="Bank wire")

    one, two = settle([approved(128001), approved(128002)])

    assert end_of(sandbox, one) == (S.APPLIED, 1, 1, True)
    assert end_of(sandbox, two) == (S.APPLIED, 1, 2, True)


def test_two_lines_with_our_mark_are_for_people_to_judge(approved, sandbox):
    operation = approved()
    sandbox.rule("reset_after", **ON_MONEY)
    sandbox.terminal(128001, "deposit", "100", comment=f"{operation.reference} Bank wire")
    sandbox.switch(request_id_in_history=False)

    settle([operation])

    assert end_of(sandbox, operation) == (S.EXCEPTION, 1, 1, True)


def test_three_lost_sends_are_enough_and_people_decide(approved, sandbox):
    sandbox.rule("reset_before", times=None, **ON_MONEY)
    operation = approved()

    settle([operation])

    assert end_of(sandbox, operation) == (S.EXCEPTION, 0, 3, True)
    assert posts(sandbox) == {str(operation.pk): 3}


@pytest.mark.parametrize(
    ("on_the_send", "on_the_trace", "lines_there"),
    [("bare_conflict", None, 0), ("accepted", None, 1), ("reset_after", "garbage", 1), ("reset_after", "forbidden", 1)],
)
def test_what_cannot_be_told_in_time_is_an_exception(
    approved, sandbox, settings, on_the_send, on_the_trace, lines_there
):
    settings.UNCERTAIN_LIMIT = 1
    sandbox.rule(on_the_send, **ON_MONEY, **({"seconds": 60} if on_the_send == "accepted" else {}))
    if on_the_trace:
        sandbox.rule(on_the_trace, times=None, **ON_HISTORY)
    operation = approved()

    settle([operation])

    assert end_of(sandbox, operation) == (S.EXCEPTION, lines_there, 1, True)
