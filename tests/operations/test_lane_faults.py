"""Faults of the connection, and of one operation among others: who waits, who does not, and in which order it is booked."""

from decimal import Decimal

import pytest

from backoffice.operations import execution
from backoffice.operations.models import Lane
from tests import play
from tests.operations.test_faults import ON_HISTORY, ON_MONEY, S, chain_holds, end_of, lines, posts, settle

pytestmark = pytest.mark.django_db

RICH = [128001, 128002, 128044, 128254, 128301, 128302]
OF_THE_LANE = [
    ("offline", {"applied": False}, (S.APPLIED, 1, 1, True), 2),
    ("offline", {"applied": True}, (S.APPLIED, 1, 0, True), 1),
    ("unauthorized", {}, (S.APPLIED, 1, 1, False), 2),
    ("forbidden", {}, (S.APPLIED, 1, 1, False), 2),
    ("too_many", {"retry_after": 1}, (S.APPLIED, 1, 1, False), 2),
]


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


@pytest.mark.parametrize(("fault", "params", "wanted", "calls"), OF_THE_LANE)
def test_a_fault_of_the_connection_pauses_it_until_a_call_gets_through(approved, sandbox, fault, params, wanted, calls):
    sandbox.rule(fault, login=128001, **ON_MONEY, **params)
    operation, other = approved(128001), approved(128002)

    settle([operation, other])

    assert end_of(sandbox, operation) == wanted
    assert end_of(sandbox, other)[:3] == (S.APPLIED, 1, 1)
    assert posts(sandbox)[str(operation.pk)] == calls
    assert settle([approved(128001, "7")])[0].state == S.APPLIED
    lane = Lane.objects.get(name="funding")
    assert (lane.paused_at, lane.failures, lane.strikes) == (None, 0, 0)
    assert chain_holds()


def test_a_manager_that_is_not_there_costs_time_and_nothing_else(approved, sandbox):
    operation = approved()
    sandbox.kill()
    execution.drain("funding", until=0.4)
    operation.refresh_from_db()
    assert (operation.state, operation.sends, operation.maybe_sent) == (S.QUEUED, 0, False)
    assert Lane.objects.get(name="funding").paused_at is not None

    ports = [int(url.rpartition(":")[2]) for url in (sandbox.url, sandbox.break_url)]
    sandbox.start(port=ports[0], break_port=ports[1])
    settle([operation])

    assert end_of(sandbox, operation) == (S.APPLIED, 1, 1, False)


def test_a_connections_fault_never_makes_an_exception_of_an_operation(approved, sandbox, settings):
    settings.UNCERTAIN_LIMIT = 0.5
    sandbox.rule("reset_after", **ON_MONEY)
    rule = sandbox.rule("offline", times=None, **ON_HISTORY)
    operation = approved()
    with pytest.raises(AssertionError, match="uncertain"):
        settle([operation], within=1.2)

    sandbox.ask("DELETE", f"/rules/{rule}")
    settle([operation])

    assert end_of(sandbox, operation) == (S.APPLIED, 1, 1, True)


def test_a_read_that_fails_before_the_send_is_not_a_send(maker, checker, sandbox):
    """What a withdrawal binds is compared first: as long as that cannot be read, nothing has left."""
    typed = {"method": "BANK_WIRE", "reason_code": "CLIENT_REQUEST", "amount": "50"}
    faults = dict(
        zip(RICH, ["garbage", "reset_before", "timeout_before", "bad_gateway", "cut", "offline"], strict=True)
    )
    withdrawals = [play.found(play.submit(maker, "/funding/withdrawal/", login, **typed)) for login in faults]
    for operation in withdrawals:
        play.decide(checker, operation)
        sandbox.rule(
            faults[operation.login], path="/accounts/", method="GET", login=operation.login, scope="funds:write"
        )

    for operation in settle(withdrawals):
        assert end_of(sandbox, operation) == (S.APPLIED, 1, 1, False), faults[operation.login]


@pytest.mark.parametrize("fault", ["forbidden", "unauthorized"])
def test_one_operation_that_mt5_never_lets_in_does_not_stop_the_others(approved, sandbox, fault):
    sandbox.rule(fault, login=128001, times=None, **ON_MONEY)
    stuck = approved(128001)
    with pytest.raises(AssertionError, match="queued"):
        settle([stuck], within=0.8)

    settle([approved(login) for login in RICH[1:]], within=20)

    stuck.refresh_from_db()
    assert (stuck.state, stuck.sends, stuck.maybe_sent) == (S.QUEUED, 0, False)


def test_two_deposits_on_a_login_are_booked_in_the_order_of_their_approval(maker, checker, sandbox):
    amounts = ["1.00", "2.00", "3.00", "4.00"]
    made = [play.deposited(maker, 128001, amount) for amount in amounts]
    for operation in (made[2], made[0], made[3], made[1]):
        assert play.decide(checker, operation).status_code == 302
    sandbox.rule("reset_after", **ON_MONEY)

    settle(made)

    assert [line["amount"] for line in sandbox.ledger(128001)[-4:]] == [Decimal(n) for n in (3, 1, 4, 2)]


def test_while_the_first_is_uncertain_the_second_waits_and_the_next_door_does_not(approved, sandbox):
    sandbox.rule("reset_before", login=128001, **ON_MONEY)
    sandbox.rule("garbage", login=128001, times=None, **ON_HISTORY)
    first, second, neighbour = approved(128001, "1"), approved(128001, "2"), approved(128002, "3")

    settle([neighbour])
    with pytest.raises(AssertionError):
        settle([second], within=1)

    first.refresh_from_db()
    assert (first.state, second.state, neighbour.state) == (S.UNCERTAIN, S.QUEUED, S.APPLIED)
    assert not lines(sandbox, second)
    sandbox.clear()
    settle([first, second])
    assert [line["amount"] for line in sandbox.ledger(128001)[-2:]] == [Decimal(1), Decimal(2)]
