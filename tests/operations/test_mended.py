"""Defects that a review found, each held by the scenario that showed it."""

import socket
from datetime import timedelta

import pytest
from django.db import OperationalError

from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.manager import failures
from backoffice.operations import breaker, execution, lanes, meaning, queue, say
from backoffice.operations.breaker import Heard
from backoffice.operations.meaning import Signal
from backoffice.operations.models import Answer, Lane, Operation
from backoffice.operations.states import State
from backoffice.safety.secret import Secret
from tests import play
from tests.operations import rows
from tests.operations.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_approved_a_day_ago_and_never_sent_is_looked_up_and_then_sent(mia, carl, sandbox):
    operation = rows.queued(mia, carl)
    Operation.objects.filter(pk=operation.pk).update(approved_at=clock.now() - timedelta(hours=21))

    play.settle(operation)

    assert operation.state == State.APPLIED
    assert operation.attempts.filter(purpose="trace").exists()


def test_a_status_that_nobody_knows_is_not_a_refusal(mia, carl):
    operation = rows.running(mia, carl)
    told = {"operationId": "d", "status": "done", "login": operation.login, "requestId": str(operation.pk)}

    concluded = meaning.of_send(operation, failures.AlreadyApplied("again", original=told), now=clock.now())

    assert concluded.to == State.UNCERTAIN


def test_a_key_that_no_header_takes_is_not_a_send(mia, carl, sandbox, settings):
    settings.MANAGER_KEYS = settings.MANAGER_KEYS | {"funding": Secret("key\n")}
    operation = rows.queued(mia, carl)

    execution.drain("funding", until=0.3)

    assert (rows.fresh(operation).state, rows.fresh(operation).maybe_sent) == (State.QUEUED, False)


def test_a_manager_that_hangs_for_every_slot_breaks_no_drain(mia, carl, settings):
    hanging = socket.create_server(("127.0.0.1", 0), backlog=256)
    settings.MANAGER_URL, settings.MANAGER_DEADLINE = f"http://127.0.0.1:{hanging.getsockname()[1]}", 0.4
    for turn in range(4):
        for login in range(24):
            rows.queued(mia, carl, login=200_000 + 100 * turn + login)

        execution.drain("funding", until=0.2)

        Lane.objects.all().delete()
        assert not Operation.objects.filter(state=State.RUNNING).exists()
    hanging.close()


def test_a_database_that_is_away_for_a_moment_does_not_take_the_answers_with_it(mia, carl, sandbox, monkeypatch):
    sandbox.rule("slow", ms=400, applied=True, times=None, path="/transactions/", method="POST")
    made = [rows.queued(mia, carl, login=login) for login in (128001, 128002)]
    turns, sweep = iter(range(100)), execution.sweep

    def away_in_the_second_turn(lane, *, now):
        if next(turns) == 1:
            raise OperationalError("canceling statement due to lock timeout")
        sweep(lane, now=now)

    monkeypatch.setattr(execution, "sweep", away_in_the_second_turn)
    monkeypatch.setattr(execution, "SWEEP_EVERY", 0)
    execution.drain("funding", until=2)

    assert {rows.fresh(operation).state for operation in made} == {State.APPLIED}


def test_a_commit_that_was_reported_as_failed_is_not_recorded_twice(mia, carl, sandbox, monkeypatch):
    operation = rows.queued(mia, carl)
    times, turn = iter(range(100)), execution.turn

    def commits_and_dies_the_first_time(lane, answers, **given):
        sends = turn(lane, answers, **given)
        if answers and next(times) == 0:
            raise OperationalError("server closed the connection unexpectedly")
        return sends

    monkeypatch.setattr(execution, "turn", commits_and_dies_the_first_time)
    execution.drain("funding", until=1)

    assert rows.fresh(operation).state == State.APPLIED
    assert Answer.objects.count() == 1


def test_a_database_that_stays_away_for_a_while_costs_no_answer(mia, carl, sandbox, monkeypatch):
    monkeypatch.setattr(execution, "RECORD_AGAIN", (0.01, 0.01, 0.01))
    operation = rows.queued(mia, carl)
    times, write_down, unrecorded = iter(range(100)), execution.write_down, execution._unrecorded

    def away(*_):
        if next(times) < 2:
            raise OperationalError("the database system is starting up")

    monkeypatch.setattr(execution, "write_down", lambda *given: away() or write_down(*given))
    monkeypatch.setattr(execution, "_unrecorded", lambda *given: away() or unrecorded(*given))
    execution.drain("funding", until=1)

    operation = rows.fresh(operation)
    assert (operation.state, operation.maybe_sent) == (State.APPLIED, False)
    assert not operation.attempts.filter(purpose="trace").exists()


def test_two_forms_for_one_login_sent_together_see_each_other(mia, carl, sandbox, signed_in):
    clients = [signed_in(mia), signed_in(mia)]
    typed = {"amount": "250.00", **play.WIRE}
    forms = [play.filled(client, "/funding/deposit/", 128001, **typed) for client in clients]

    answers = at_once(
        *(lambda c=client, f=form: c.post("/funding/deposit/", f) for client, form in zip(clients, forms, strict=True))
    )

    assert sorted(answer.status_code for answer in answers) == [302, 422]
    assert Operation.objects.count() == 1


def test_a_wait_that_mt5_asked_for_outlasts_what_gets_through_meanwhile(db):
    with unit() as work:
        breaker.listen(
            work, lanes.hold_all("funding", now=work.now), [Heard(Signal.WAIT, "funding.deposit", clock.now(), 30.0)]
        )
    with unit() as work:
        breaker.listen(
            work, lanes.hold_all("funding", now=work.now), [Heard(Signal.WORKS, "funding.deposit", clock.now())]
        )

    assert (
        lanes.allowance("funding", Lane.objects.of("funding").as_of(clock.now()), slots=16, now=clock.now()).most == 0
    )


def test_looking_up_does_not_starve_behind_sends(mia, carl, sandbox):
    stuck = rows.running(mia, carl, login=128001)
    for login in range(128002, 128022):
        rows.queued(mia, carl, login=login)

    queue.sweep("funding", now=clock.now())
    errands, _ = execution._turn("funding", [], free=16, looks=execution.FOR_LOOKING, in_hand=False)

    assert any(errand.operation.pk == stuck.pk for errand in errands)
    assert len(errands) == 16


def test_nobody_decides_on_their_own_under_another_person(mia, carl):
    operation = rows.awaiting(mia)
    mia.person = carl.person

    assert "You made it" in say.why_not_decide(operation, by=_with_role(mia))


def _with_role(operator):
    operator.__dict__["roles"] = frozenset({"supervisor"})
    return operator
