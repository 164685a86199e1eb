"""The MT5 connections: one person pauses a lane at once, two reopen it, and meanwhile nothing is sent."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connections

from backoffice.access import Role
from backoffice.audit import chain, clock
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.operations import breaker, execution, lanes, queue, stops
from backoffice.operations.breaker import Heard
from backoffice.operations.desk import Refusal
from backoffice.operations.meaning import Signal
from backoffice.operations.models import Lane, Operation
from backoffice.operations.states import State
from backoffice.operators.models import Grant, Operator
from tests import play
from tests.operations import rows

pytestmark = pytest.mark.django_db

WHY, FINE = "The bank reports doubled payouts.", "The bank says that it was a mistake."
OTHERS = ("mia", "cora", "fay", "vera")


def act(client, name, lane="funding", **typed):
    return client.post(f"/connections/{lane}/{name}/", typed)


def pause(client, lane="funding", reason=WHY):
    return act(client, "pause", lane, reason=reason)


def propose(client, lane="funding", reason=FINE):
    return act(client, "reopening", lane, reason=reason)


def confirm(client, lane="funding", seen=None):
    return act(client, "reopening/confirmation", lane, seen=seen or Lane.objects.get_or_create(name=lane)[0].seen)


def stopped(lane="funding"):
    return Lane.objects.filter(name=lane, stopped_at__isnull=False).exists()


def may_send():
    return lanes.allowance("funding", Lane.objects.of("funding").as_of(clock.now()), slots=16, now=clock.now()).most


def told(action):
    return list(Entry.objects.filter(action=action).order_by("seq").values_list("operator_id", "object_id", "reason"))


def another_sign_in(of):
    with unit():
        other = Operator.objects.create(username="again", name="Again", operator_id="again", person=of.person)
        Grant.objects.create(operator=other, role=Role.SUPERVISOR)
    return other


@pytest.mark.parametrize("name", ["carl", "ada"])
def test_one_person_pauses_a_connection_at_once_and_everybody_reads_why(request, mia, signed_in, name):
    who = request.getfixturevalue(name)

    response = pause(signed_in(who))

    assert (response.status_code, response.headers["Location"]) == (302, "/connections/")
    lane = Lane.objects.get(name="funding")
    assert (lane.stopped_by, lane.stopped_person, lane.stopped_reason) == (who, who.person_id, WHY)
    banner = play.page(signed_in(mia).get("/"))
    assert f"Funding is paused by {who.name}: {WHY}" in banner
    assert 'href="/connections/"' in banner
    assert told("lane.paused") == [(name, "funding", WHY)]


def test_a_paused_connection_sends_nothing_until_two_people_reopen_it(mia, carl, ada, sandbox, signed_in):
    operation = rows.queued(mia, carl)
    pause(signed_in(carl))
    execution.drain("funding", until=0.5)
    assert rows.fresh(operation).state == State.QUEUED
    assert not sandbox.deals_of(str(operation.pk))

    assert propose(signed_in(carl)).status_code == 302
    execution.drain("funding", until=0.3)
    assert rows.fresh(operation).state == State.QUEUED
    assert confirm(signed_in(ada)).status_code == 302
    play.settle(operation)

    assert operation.state == State.APPLIED
    assert len(sandbox.deals_of(str(operation.pk))) == 1
    assert told("lane.reopening_proposed") == [("carl", "funding", FINE)]
    assert told("lane.reopened") == [("ada", "funding", FINE)]
    assert chain.verify(Entry.objects.order_by("seq").iterator()).fault == ""


def test_the_other_connections_go_on(mia, carl, sandbox, signed_in):
    pause(signed_in(carl), "accounts")
    operation = rows.queued(mia, carl)

    assert play.settle(operation).state == State.APPLIED


def test_traces_go_on_while_it_is_paused(mia, carl, sandbox, signed_in):
    sandbox.rule("reset_after", path="/transactions/", method="POST")
    operation = rows.queued(mia, carl)
    execution.drain("funding", until=0.05)
    assert rows.fresh(operation).state != State.QUEUED
    pause(signed_in(carl))

    assert play.settle(operation).state == State.APPLIED


def test_what_a_trace_puts_back_in_line_waits_there(mia, carl, sandbox, signed_in):
    operation = rows.running(mia, carl)
    pause(signed_in(carl))
    end = time.monotonic() + 15
    while rows.fresh(operation).state != State.QUEUED and time.monotonic() < end:
        execution.drain("funding", until=0.3)

    execution.drain("funding", until=0.5)

    assert rows.fresh(operation).state == State.QUEUED
    assert not sandbox.deals_of(str(operation.pk))


@pytest.mark.django_db(transaction=True)
def test_pausing_in_the_middle_of_a_drain_stops_the_claims(mia, carl, sandbox, settings):
    settings.LANE_SLOTS = 2
    sandbox.rule("slow", ms=150, applied=True, times=None, path="/transactions/", method="POST")
    made = [rows.queued(mia, carl) for _ in range(12)]

    def stop():
        while not Operation.objects.filter(state=State.APPLIED).exists():
            time.sleep(0.02)
        stops.pause("funding", by=carl, reason=WHY)
        connections.close_all()

    person = threading.Thread(target=stop)
    person.start()
    execution.drain("funding", until=8)
    person.join()

    states = [rows.fresh(operation).state for operation in made]
    assert State.APPLIED in states
    assert State.QUEUED in states
    assert set(states) == {State.APPLIED, State.QUEUED}
    assert Operation.objects.filter(attempts__at__gt=Lane.objects.get(name="funding").stopped_at).count() == 0


def test_an_answer_that_gets_through_does_not_reopen_what_a_person_paused(carl, sandbox):
    stops.pause("funding", by=carl, reason=WHY)
    for signal in (Signal.OFFLINE, Signal.WORKS):
        with unit() as work:
            breaker.listen(
                work, lanes.hold_all("funding", now=work.now), [Heard(signal, "funding.deposit", clock.now())]
            )

    assert stopped()
    assert may_send() == 0


def test_what_the_machine_paused_still_reopens_by_itself_after_people_have(carl, chen, sandbox):
    with unit() as work:
        breaker.listen(
            work, lanes.hold_all("funding", now=work.now), [Heard(Signal.OFFLINE, "funding.deposit", clock.now())]
        )
    stops.pause("funding", by=carl, reason=WHY)
    stops.propose_reopening("funding", by=carl, reason=FINE)
    stops.confirm_reopening("funding", by=chen, seen=Lane.objects.get().seen)
    Lane.objects.update(probe_at=clock.now() - timedelta(seconds=1))

    assert may_send() == 1
    with unit() as work:
        breaker.listen(
            work, lanes.hold_all("funding", now=work.now), [Heard(Signal.WORKS, "funding.deposit", clock.now())]
        )
    assert may_send() == 16


def test_one_person_cannot_do_both_nor_by_a_second_sign_in(carl, chen, signed_in):
    pause(signed_in(chen))
    propose(signed_in(carl))

    for who in (carl, another_sign_in(carl)):
        response = confirm(signed_in(who))
        assert response.status_code == 409
        assert "You proposed it" in play.page(response)
    assert stopped()
    assert [entry[0] for entry in told("operation.act_refused")] == ["carl", "again"]
    assert confirm(signed_in(chen)).status_code == 302
    assert not stopped()


@pytest.mark.parametrize("name", OTHERS)
def test_others_look_and_do_nothing(request, name, carl, chen, signed_in):
    client = signed_in(request.getfixturevalue(name))
    shown = play.page(client.get("/connections/"))
    assert "Funding" in shown
    assert "/pause/" not in shown

    assert pause(client).status_code == 403
    pause(signed_in(carl))
    assert propose(client).status_code == 403
    propose(signed_in(carl))
    assert confirm(client).status_code == 403
    assert stopped()


def test_whoever_lost_the_role_proposes_for_nobody(carl, chen, signed_in):
    pause(signed_in(chen))
    propose(signed_in(carl))
    with unit():
        Grant.objects.filter(operator=carl).delete()

    assert confirm(signed_in(chen)).status_code == 409
    assert stopped()
    assert pause(signed_in(chen)).status_code == 302
    assert propose(signed_in(chen)).status_code == 302


def test_no_method_but_post(carl, signed_in):
    for name in ("pause", "reopening", "reopening/confirmation"):
        for method in ("GET", "PUT", "DELETE"):
            assert signed_in(carl).generic(method, f"/connections/funding/{name}/").status_code == 405


def test_a_second_click_changes_nothing_and_says_so(carl, chen, ada, signed_in):
    assert pause(signed_in(carl)).status_code == 302
    since = Lane.objects.get(name="funding").stopped_at
    again = pause(signed_in(carl))
    assert (again.status_code, Lane.objects.get(name="funding").stopped_at) == (409, since)
    assert "paused already, by Carl" in play.page(again)

    assert propose(signed_in(carl)).status_code == 302
    assert propose(signed_in(carl)).status_code == 409
    seen = Lane.objects.get(name="funding").seen
    assert confirm(signed_in(chen), seen=seen).status_code == 302
    assert confirm(signed_in(ada), seen=seen).status_code == 409
    assert len(told("lane.paused")) == len(told("lane.reopening_proposed")) == len(told("lane.reopened")) == 1


def test_keeping_it_paused_takes_the_proposal_off_the_table(carl, chen, signed_in):
    pause(signed_in(carl))
    propose(signed_in(carl))
    seen = Lane.objects.get(name="funding").seen

    assert pause(signed_in(chen), reason="The bank has called again.").status_code == 302

    assert confirm(signed_in(chen), seen=seen).status_code == 409
    lane = Lane.objects.get(name="funding")
    assert (lane.stopped_by, lane.reopening_at) == (chen, None)


def test_a_proposal_that_was_changed_behind_the_page_is_not_confirmed(carl, chen, ada, signed_in):
    pause(signed_in(carl))
    propose(signed_in(carl))
    seen = Lane.objects.get(name="funding").seen
    pause(signed_in(ada))
    propose(signed_in(carl), reason="Something else altogether.")

    for stale in (seen, "", "0" * 64):
        assert act(signed_in(chen), "reopening/confirmation", seen=stale).status_code == 409
    assert stopped()


def test_nothing_is_proposed_or_confirmed_where_nobody_paused(carl, chen, signed_in):
    assert propose(signed_in(carl)).status_code == 409
    assert confirm(signed_in(chen)).status_code == 409


@pytest.mark.parametrize("reason", ["", "short", "x" * 301, "with\x00 a control", "right to \u202e left text"])
def test_a_pause_without_a_reason_that_can_be_read_is_not_one(carl, signed_in, reason):
    response = pause(signed_in(carl), reason=reason)

    assert response.status_code == 422
    assert "data-open" in play.page(response)
    assert not stopped()


@pytest.mark.parametrize("lane", ["treasury", "FUNDING", "%00", "x" * 200])
def test_a_connection_that_there_is_none_is_not_there(carl, signed_in, lane):
    for name in ("pause", "reopening", "reopening/confirmation"):
        assert act(signed_in(carl), name, lane, reason=WHY).status_code == 404
    assert not Lane.objects.exists()


def test_what_waits_is_counted(mia, carl, sandbox, signed_in):
    rows.queued(mia, carl, login=128001)
    rows.queued(mia, carl, login=128002)
    rows.running(mia, carl, login=128044)

    shown = play.page(signed_in(carl).get("/connections/"))

    assert '<a href="/operations/?lane=funding&amp;state=queued">2</a>' in shown
    listed = signed_in(carl).get("/operations/?lane=funding&state=queued").context["rows"]
    assert len(listed) == 2
    assert not signed_in(carl).get("/operations/?lane=accounts").context["rows"]


def test_the_live_part_comes_alone(carl, signed_in):
    shown = signed_in(carl).get("/connections/?live=1", headers={"HX-Request": "true"})

    assert play.page(shown).lstrip().startswith('<div class="content" id="lanes"')


def test_the_desk_itself_refuses_whoever_holds_no_role(mia, carl):
    with pytest.raises(Refusal):
        stops.pause("funding", by=mia, reason=WHY)
    assert told("operation.act_refused") == [("mia", "funding", "This takes a supervisor or an administrator.")]


@pytest.mark.parametrize("name", ["funding", "funding.deposit"])
def test_a_pause_after_the_look_at_the_lane_still_stops_the_claim(mia, carl, monkeypatch, name):
    operation, look = rows.queued(mia, carl), queue.line.due
    looks = []

    def and_then_somebody_pauses(*asked, **given):
        looks.append(look(*asked, **given))
        if len(looks) == 1:
            stops.pause(name, by=carl, reason="Something is wrong at MT5.")
        return looks[-1]

    monkeypatch.setattr(queue.line, "due", and_then_somebody_pauses)

    assert queue.claim("funding", most=16, now=clock.now()) == []
    assert looks == [[operation.pk], []]
    assert rows.fresh(operation).state == State.QUEUED
