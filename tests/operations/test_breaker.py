"""The breakers as a table: what each answer does to a lane and to a kind, when a probe goes, and what alone reopens them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.manager import failures
from backoffice.manager.wire import Transaction
from backoffice.operations import breaker, lanes, meaning, queue
from backoffice.operations.breaker import LAST_PROBE, Heard
from backoffice.operations.meaning import Moved, Signal
from backoffice.operations.models import Lane, Operation
from backoffice.operations.states import State
from funding.instructions import Withdrawal
from tests.operations import rows

pytestmark = pytest.mark.django_db

DEPOSIT, WITHDRAWAL = "funding.deposit", "funding.withdrawal"
SECOND = timedelta(seconds=1)


def hear(*signals, kind=DEPOSIT, at=None, wait=None):
    with unit() as work:
        breaker.listen(
            work,
            lanes.hold_all("funding", now=work.now),
            [Heard(signal, kind, at or clock.now(), wait) for signal in signals],
        )


def allowed():
    return lanes.allowance("funding", Lane.objects.of("funding").as_of(clock.now()), slots=16, now=clock.now())


def lane(name="funding"):
    return Lane.objects.filter(name=name).first() or Lane(name=name)


def probe_now():
    Lane.objects.update(probe_at=clock.now() - SECOND)


def told(action):
    return list(Entry.objects.filter(action=action).order_by("seq").values_list("object_id", flat=True))


def line(operation, **other):
    plain = {"operation_id": "dep_1", "status": "applied", "login": operation.login, "type": "deposit"}
    asked = {"currency": "USD", "amount": operation.amount, "request_id": str(operation.pk)}
    return Transaction(**(plain | asked | {"comment": operation.instruction.comment} | other))


def ours(operation):
    said = {"operationId": "dep_1", "status": "applied", "login": operation.login, "type": "deposit"}
    return said | {"amount": operation.amount, "currency": "USD", "requestId": str(operation.pk)}


SAYS = {
    "applied": (line, Signal.WORKS),
    "accepted": (lambda o: line(o, status="accepted"), Signal.WORKS),
    "taken in and rejected": (lambda o: line(o, status="rejected"), Signal.NOTHING),
    "answered for another": (lambda o: line(o, login=1), Signal.NOTHING),
    "refused": (lambda o: failures.ValidationFailed("no"), Signal.NOTHING),
    "no such login": (lambda o: failures.NotFound("no"), Signal.NOTHING),
    "named 403": (lambda o: failures.PermissionDenied("no", reason="noRights"), Signal.NOTHING),
    "409 of ours": (lambda o: failures.AlreadyApplied("again", original=ours(o)), Signal.NOTHING),
    "409 of another's": (
        lambda o: failures.AlreadyApplied("again", original=ours(o) | {"amount": Decimal(9)}),
        Signal.NOTHING,
    ),
    "bare 409": (lambda o: failures.AlreadyApplied("again"), Signal.NOTHING),
    "moved": (lambda o: Moved("moved"), Signal.NOTHING),
    "too late": (lambda o: failures.TooLate("late"), Signal.NOTHING),
    "not read": (lambda o: failures.NotSent("html"), Signal.SILENT),
    "no answer": (lambda o: failures.NoAnswer("cut"), Signal.SILENT),
    "unreadable": (lambda o: failures.Unreadable("html"), Signal.SILENT),
    "not connected": (lambda o: failures.NotConnected("no"), Signal.OFFLINE),
    "503": (lambda o: failures.ManagerOffline("503"), Signal.OFFLINE),
    "401": (lambda o: failures.Unauthorized("no"), Signal.UNAUTHORIZED),
    "401 of this kind": (lambda o: failures.OutOfScope("no"), Signal.OUT_OF_SCOPE),
    "unnamed 403": (lambda o: failures.PermissionDenied("no"), Signal.STRIKE),
    "429": (lambda o: failures.TooManyRequests("no"), Signal.WAIT),
}


@pytest.mark.parametrize("name", SAYS)
def test_what_each_answer_to_a_send_says_of_the_connection(mia, carl, name):
    answer, signal = SAYS[name]
    operation = rows.queued(mia, carl)

    assert meaning.of_send(operation, answer(operation), now=clock.now()).signal == signal


@pytest.mark.parametrize("maybe_sent", [True, False])
@pytest.mark.parametrize(
    "refusal",
    [
        failures.Unauthorized("no"),
        failures.OutOfScope("no"),
        failures.TooManyRequests("no"),
        failures.NotConnected("no"),
    ],
)
def test_a_connections_fault_leaves_the_operation_in_line(mia, carl, refusal, maybe_sent):
    operation = rows.queued(mia, carl)
    operation.maybe_sent = maybe_sent

    concluded = meaning.of_send(operation, refusal, now=clock.now())

    assert concluded.to == State.QUEUED
    assert concluded.changes.keys() == {"due_at"}


@pytest.mark.parametrize("signal", [Signal.OFFLINE, Signal.UNAUTHORIZED])
def test_these_pause_the_lane_at_once(db, signal):
    hear(signal)

    assert lane().paused_at
    assert lane().reason == breaker.WORDS[signal]
    assert told("lane.paused") == ["funding"]


def test_three_denials_without_a_reason_pause_the_lane_and_a_write_between_them_counts_anew(db):
    hear(Signal.STRIKE)
    hear(Signal.STRIKE)
    assert not lane().paused_at
    hear(Signal.WORKS)
    hear(Signal.STRIKE, Signal.STRIKE)
    assert not lane().paused_at

    hear(Signal.STRIKE)

    assert lane().paused_at


@pytest.mark.parametrize("signal", [Signal.NOTHING, Signal.SILENT, Signal.WAIT])
def test_these_pause_nothing(db, signal):
    for _ in range(5):
        hear(signal)

    assert not Lane.objects.filter(paused_at__isnull=False).exists()


def test_a_kind_that_the_key_may_not_do_pauses_alone(db):
    hear(Signal.OUT_OF_SCOPE, kind=DEPOSIT)

    assert lane(DEPOSIT).paused_at
    assert not lane().paused_at
    assert (allowed().most, allowed().closed) == (16, {DEPOSIT})
    assert told("lane.paused") == [DEPOSIT]


def test_probes_come_ever_more_slowly_up_to_half_a_minute(db):
    for name, signal in (("funding", Signal.OFFLINE), (DEPOSIT, Signal.OUT_OF_SCOPE)):
        waits = []
        for _ in range(10):
            hear(signal)
            waits.append(round((lane(name).probe_at - clock.now()).total_seconds(), 1))
        assert waits[0] <= 0.3, name
        assert waits == sorted(waits), name
        assert waits[-1] == LAST_PROBE, name
    assert told("lane.paused") == ["funding", DEPOSIT]


def test_a_probe_waits_as_long_as_mt5_asks(db):
    hear(Signal.OFFLINE, wait=20.0)

    assert lane().probe_at > clock.now() + 19 * SECOND


def test_while_in_doubt_no_answer_is_a_probe_that_failed(db):
    for signal, name in ((Signal.OFFLINE, "funding"), (Signal.OUT_OF_SCOPE, DEPOSIT)):
        hear(signal)
        probe_now()
        hear(Signal.SILENT)
        assert lane(name).probe_at > clock.now()


def test_a_refusal_while_in_doubt_is_neither_trouble_nor_success(db):
    hear(Signal.OFFLINE)
    probe_now()
    before = lane().__dict__ | {"_state": None}

    hear(Signal.NOTHING)

    assert lane().__dict__ | {"_state": None} == before
    assert allowed().most == 1


def test_only_what_was_claimed_since_the_pause_reopens_it(db):
    before = clock.now()
    hear(Signal.OFFLINE)
    hear(Signal.OUT_OF_SCOPE)
    probe_now()

    hear(Signal.WORKS, at=before)
    assert (lane().paused_at is None, lane(DEPOSIT).paused_at is None) == (False, False)
    hear(Signal.WORKS)

    assert (lane().paused_at is None, lane(DEPOSIT).paused_at is None) == (True, True)
    assert told("lane.reopened") == ["funding", DEPOSIT]
    assert allowed() == lanes.Allowance(16)


def test_what_was_on_its_way_before_the_pause_does_not_put_the_probe_off(db):
    before = clock.now()
    hear(Signal.OFFLINE)
    probe_at = lane().probe_at

    for _ in range(8):
        hear(Signal.OFFLINE, at=before)

    assert lane().probe_at == probe_at


def test_a_kind_is_reopened_by_a_write_of_its_own(db):
    hear(Signal.OUT_OF_SCOPE, kind=DEPOSIT)
    probe_now()
    hear(Signal.WORKS, kind=WITHDRAWAL)
    assert lane(DEPOSIT).paused_at

    hear(Signal.WORKS, kind=DEPOSIT)

    assert not lane(DEPOSIT).paused_at


def test_a_kind_that_is_refused_does_not_reopen_the_lane_nor_put_it_off(db):
    hear(Signal.OFFLINE)
    probe_now()

    hear(Signal.OUT_OF_SCOPE)

    assert lane().paused_at
    assert allowed().most == 1


@pytest.mark.parametrize("then", [Signal.WORKS, Signal.NOTHING, Signal.SILENT])
def test_the_wait_that_mt5_asked_for_is_kept_whatever_gets_through(db, then):
    hear(Signal.OFFLINE)
    probe_now()
    hear(Signal.WAIT, wait=30.0)
    hear(Signal.WAIT, wait=2.0)

    hear(then)

    assert allowed().most == 0
    assert lane().waits_until > clock.now() + 28 * SECOND
    Lane.objects.update(waits_until=clock.now() - SECOND)
    assert allowed().most == {Signal.WORKS: 16, Signal.NOTHING: 1, Signal.SILENT: 0}[then]


def test_in_doubt_one_is_sent_at_a_time(mia, carl):
    for login in range(128001, 128005):
        rows.queued(mia, carl, login=login)
    hear(Signal.OFFLINE)
    assert queue.claim("funding", most=16, now=clock.now()) == []
    probe_now()

    assert len(queue.claim("funding", most=16, now=clock.now())) == 1
    assert queue.claim("funding", most=16, now=clock.now()) == []
    finish()
    assert len(queue.claim("funding", most=16, now=clock.now())) == 1
    finish()
    hear(Signal.WORKS)
    assert len(queue.claim("funding", most=16, now=clock.now())) == 2


def test_of_a_kind_in_doubt_one_is_sent_at_a_time_and_of_the_others_all(mia, carl, funded):
    for login in range(128001, 128004):
        rows.queued(mia, carl, login=login)
        rows.queued(mia, carl, login=login + 100, makes=Withdrawal)
    hear(Signal.OUT_OF_SCOPE, kind=DEPOSIT)
    assert kinds(queue.claim("funding", most=16, now=clock.now())) == [WITHDRAWAL] * 3
    finish()
    rows.queued(mia, carl, login=128301, makes=Withdrawal)
    probe_now()

    assert kinds(queue.claim("funding", most=16, now=clock.now())) == [DEPOSIT, WITHDRAWAL]
    assert queue.claim("funding", most=16, now=clock.now()) == []
    finish()
    hear(Signal.WORKS, kind=DEPOSIT)
    assert kinds(queue.claim("funding", most=16, now=clock.now())) == [DEPOSIT] * 2


def test_the_probe_of_a_kind_goes_to_whoever_waited_longest(mia, carl):
    """The first in line was just tried; what MT5 never lets in must not take each turn."""
    tried, waiting = (rows.queued(mia, carl, login=login) for login in (128001, 128002))
    hear(Signal.OUT_OF_SCOPE)
    probe_now()
    Operation.objects.filter(pk=tried.pk).update(due_at=clock.now() - SECOND / 10)
    Operation.objects.filter(pk=waiting.pk).update(due_at=clock.now() - SECOND)

    assert [send.operation.pk for send in queue.claim("funding", most=16, now=clock.now())] == [waiting.pk]


def test_a_paused_kind_still_stands_before_what_came_after_it_on_its_login(mia, carl, funded):
    first = rows.queued(mia, carl, login=128001)
    behind = rows.queued(mia, carl, login=128001, makes=Withdrawal)
    beside = rows.queued(mia, carl, login=128002, makes=Withdrawal)
    hear(Signal.OUT_OF_SCOPE, kind=DEPOSIT)

    assert [send.operation.pk for send in queue.claim("funding", most=16, now=clock.now())] == [beside.pk]
    assert (rows.fresh(first).state, rows.fresh(behind).state) == (State.QUEUED, State.QUEUED)


def test_a_lane_of_another_name_and_its_kinds_are_none_of_this_ones_business(db):
    Lane.objects.create(name="accounts", paused_at=clock.now(), stopped_at=None)
    Lane.objects.create(name="accounts.change", paused_at=clock.now())

    assert allowed() == lanes.Allowance(16)


def kinds(sends):
    return sorted(send.operation.kind for send in sends)


def finish():
    """What is on the wire is applied, and nothing is said of the connection."""
    with unit():
        Operation.move(Operation.objects.all(), to=State.APPLIED, expecting=[State.RUNNING], token=None)
