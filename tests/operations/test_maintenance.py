"""Planned maintenance: nothing is sent, nobody is alarmed, it ends by itself; one plans and withdraws it, two end it early."""

import time
from contextlib import nullcontext
from datetime import timedelta

import pytest

from backoffice.audit import chain, clock
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.operations import breaker, execution, lanes, maintenance, queue, shell, stops
from backoffice.operations.breaker import Heard
from backoffice.operations.desk import Refusal
from backoffice.operations.meaning import Signal
from backoffice.operations.models import Lane, Maintenance
from backoffice.operations.states import State
from backoffice.operators.models import Grant
from backoffice.safety.secret import Secret
from backoffice.ui import text
from tests import play
from tests.operations import rows
from tests.operations.test_races import at_once
from tests.operations.test_stops import another_sign_in

pytestmark = pytest.mark.django_db

WHY, DONE = "MT5 gets a new version.", "The new version runs already."
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVERY = ["accounts", "funding", "reporting"]


def plan(by, *, begins=timedelta(), lasts=HOUR, names=("funding",), reason=WHY):
    begins_at = clock.now() + begins
    return maintenance.plan(list(names), starts_at=begins_at, ends_at=begins_at + lasts, reason=reason, by=by)[0]


def typed(moment):
    """As a browser writes a moment into the form, in the server's zone."""
    return moment.astimezone(text.server_zone()).strftime("%Y-%m-%dT%H:%M")


def ask(client, *, begins=HOUR, lasts=HOUR, names=EVERY, reason=WHY, **other):
    begins_at = clock.now() + begins
    fields = {"starts_at": typed(begins_at), "ends_at": typed(begins_at + lasts), "lanes": names, "reason": reason}
    return client.post("/connections/maintenance/", fields | other)


def end(client, lane="funding", reason=DONE):
    return client.post(f"/connections/{lane}/maintenance/end/", {"reason": reason})


def confirm(client, lane="funding", seen=None):
    window = Maintenance.objects.filter(lane=lane).latest("pk")
    return client.post(f"/connections/{lane}/maintenance/end/confirmation/", {"seen": seen or window.seen})


def withdraw(client, window):
    return client.post(f"/connections/maintenance/{window.pk}/withdrawal/")


def allowed():
    return lanes.allowance("funding", Lane.objects.of("funding").as_of(clock.now()), slots=16, now=clock.now()).most


def hear(signal, *, at=None):
    with unit() as work:
        breaker.listen(
            work, lanes.hold_all("funding", now=work.now), [Heard(signal, "funding.deposit", at or clock.now())]
        )


def told(action):
    found = Entry.objects.filter(action=action).order_by("seq")
    return list(found.values_list("operator_id", "object_id", "reason"))


@pytest.fixture
def over(carl, chen):
    """Maintenance of funding that two people have just ended."""
    plan(carl)
    maintenance.propose_end("funding", by=carl, reason=DONE)
    return maintenance.confirm_end("funding", by=chen, seen=Maintenance.objects.get().seen)


# While it runs


def test_nothing_is_sent_while_it_runs_and_it_ends_by_itself(mia, carl, sandbox):
    plan(carl, lasts=1.2 * SECOND)
    operation = rows.queued(mia, carl)
    execution.drain("funding", until=0.5)
    assert rows.fresh(operation).state == State.QUEUED
    assert not sandbox.deals_of(str(operation.pk))

    play.settle(operation)

    assert operation.state == State.APPLIED
    assert {row[0] for row in Entry.objects.filter(object_type="lane").values_list("action")} == {"maintenance.planned"}
    assert allowed() == 16


def test_what_is_yet_to_come_stops_nothing(mia, carl, sandbox):
    plan(carl, begins=HOUR)

    assert play.settle(rows.queued(mia, carl)).state == State.APPLIED


def test_the_other_lanes_go_on(mia, carl, sandbox):
    plan(carl, names=("accounts", "reporting"))

    assert play.settle(rows.queued(mia, carl)).state == State.APPLIED


def test_what_was_sent_before_is_looked_up(mia, carl, sandbox):
    operation = rows.running(mia, carl)
    sandbox.rule("offline", times=1, path="/transactions/history", method="GET")
    plan(carl)
    end_at = time.monotonic() + 15
    while rows.fresh(operation).state != State.QUEUED and time.monotonic() < end_at:
        execution.drain("funding", until=0.3)

    execution.drain("funding", until=0.3)

    assert rows.fresh(operation).state == State.QUEUED
    assert not sandbox.deals_of(str(operation.pk))


@pytest.mark.parametrize("signal", [Signal.OFFLINE, Signal.UNAUTHORIZED, Signal.STRIKE, Signal.OUT_OF_SCOPE])
def test_nobody_is_alarmed_by_what_fails_in_it(carl, signal):
    began = clock.now()
    plan(carl)

    for _ in range(4):
        hear(signal, at=began)

    assert not told("lane.paused")
    assert not Lane.objects.filter(paused_at__isnull=False).exists()
    assert shell.status().tone == "info"


def test_what_was_on_the_wire_when_it_began_is_answered_and_alarms_nobody(mia, carl, sandbox):
    operation = rows.queued(mia, carl)
    (send,) = queue.claim("funding", most=16, now=clock.now())
    plan(carl, lasts=1.5 * SECOND)
    sandbox.kill()
    ports = [int(url.rpartition(":")[2]) for url in (sandbox.url, sandbox.break_url)]
    with execution.Slots(key=Secret("demo-funding-key"), slots=1) as slots:
        slots.start([send])
        execution.record("funding", slots.answers(within=3))
    sandbox.start(port=ports[0], break_port=ports[1])

    assert rows.fresh(operation).state == State.QUEUED
    assert not told("lane.paused")
    assert play.settle(operation).state == State.APPLIED


def test_a_wait_that_mt5_asks_for_in_it_is_kept(carl, chen):
    plan(carl)
    with unit() as work:
        breaker.listen(
            work, lanes.hold_all("funding", now=work.now), [Heard(Signal.WAIT, "funding.deposit", clock.now(), 30.0)]
        )
    maintenance.propose_end("funding", by=carl, reason=DONE)
    maintenance.confirm_end("funding", by=chen, seen=Maintenance.objects.get().seen)

    assert allowed() == 0


def test_everybody_reads_it_calmly_on_every_page(carl, mia, cora, signed_in):
    window = plan(carl, names=EVERY)
    until = text.server(window.ends_at, clock.now())

    for who in (mia, cora):
        shown = play.page(signed_in(who).get("/"))
        assert f"Planned maintenance until {until} (Accounts, Funding, Reporting): {WHY}" in shown
        assert '<div class="banner" data-tone="info">' in shown
        assert '<div class="banner" data-tone="bad">' not in shown
        assert "Maintenance: Accounts, Funding, Reporting" in shown


def test_what_a_machine_had_paused_is_not_red_meanwhile_and_what_a_person_paused_is(carl, fay, signed_in):
    hear(Signal.OFFLINE)
    plan(carl)
    assert "is paused" not in play.page(signed_in(fay).get("/"))

    stops.pause("funding", by=carl, reason="The bank reports doubled payouts.")

    shown = play.page(signed_in(fay).get("/"))
    assert "Funding is paused by Carl" in shown
    assert "Planned maintenance until" not in shown


def test_what_a_person_paused_stays_so_when_it_is_over(over, carl):
    stops.pause("funding", by=carl, reason="The bank reports doubled payouts.")

    assert allowed() == 0


# When it is over


def test_after_it_one_is_sent_at_a_time_until_a_write_gets_through(mia, carl, over):
    for login in range(128001, 128004):
        rows.queued(mia, carl, login=login)

    assert len(queue.claim("funding", most=16, now=clock.now())) == 1
    assert queue.claim("funding", most=16, now=clock.now()) == []


def test_a_write_reopens_it_quietly(over):
    assert allowed() == 1
    for signal in (Signal.NOTHING, Signal.SILENT):
        hear(signal)
    assert allowed() == 0
    Lane.objects.update(probe_at=clock.now() - SECOND)
    hear(Signal.WORKS, at=over.ended_at - SECOND)
    assert allowed() == 1

    hear(Signal.WORKS)

    assert allowed() == 16
    assert not told("lane.paused")
    assert not told("lane.reopened")


def test_the_next_one_stops_the_lane_again_though_writes_got_through_since(over, carl):
    hear(Signal.WORKS)
    assert allowed() == 16

    withdrawn = plan(carl, begins=3 * HOUR)
    plan(carl)
    maintenance.withdraw(withdrawn.pk, by=carl)

    assert allowed() == 0


def test_an_mt5_that_does_not_come_back_in_time_is_an_alarm(over):
    hear(Signal.OFFLINE)

    assert [row[1] for row in told("lane.paused")] == ["funding"]
    assert shell.status().tone == "bad"


# Planning


@pytest.mark.parametrize("name", ["carl", "ada"])
def test_one_person_plans_it_for_several_connections(request, name, signed_in):
    who = request.getfixturevalue(name)

    response = ask(signed_in(who))

    assert (response.status_code, response.headers["Location"]) == (302, "/connections/")
    assert told("maintenance.planned") == [(name, lane, WHY) for lane in EVERY]
    windows = list(Maintenance.objects.order_by("lane"))
    assert [window.lane for window in windows] == EVERY
    assert {typed(window.starts_at) for window in windows} == {typed(clock.now() + HOUR)}
    assert {window.ends_at - window.starts_at for window in windows} == {HOUR}
    assert chain.verify(Entry.objects.order_by("seq").iterator()).fault == ""


def test_its_times_are_the_servers(carl, signed_in, settings):
    settings.SERVER_TIME_ZONE = "Asia/Tokyo"
    day = f"{clock.now() + 30 * DAY:%Y-%m-%d}"
    ask(signed_in(carl), starts_at=f"{day}T18:00", ends_at=f"{day}T19:00")

    window = Maintenance.objects.first()
    assert f"{window.starts_at:%Y-%m-%d %H:%M}" == f"{day} 09:00"
    assert text.server(window.ends_at).endswith(", 19:00 JST")
    assert "19:00 JST" in play.page(signed_in(carl).get("/connections/"))


WRONG = {
    "in the past": {"begins": -3 * MINUTE},
    "ends before it begins": {"lasts": -HOUR},
    "takes no time": {"lasts": timedelta()},
    "too long": {"lasts": 7 * DAY + MINUTE},
    "too far away": {"begins": 400 * DAY},
    "for no connection": {"names": []},
    "for one that there is not": {"names": ["treasury"]},
    "for a kind": {"names": ["funding.deposit"]},
    "without a reason": {"reason": "short"},
    "with a control in it": {"reason": "right to \u202e left text"},
    "no times": {"starts_at": "", "ends_at": ""},
    "no such day": {"starts_at": "2027-02-30T10:00"},
    "before all time": {"starts_at": "0001-01-01T00:00"},
    "after all time": {"starts_at": "9999-12-31T23:59", "ends_at": "9999-12-31T23:59"},
    "ends after all time": {"ends_at": "9999-12-31T23:59"},
    "an hour that there is not": {"starts_at": "2027-03-28T03:30", "ends_at": "2027-03-28T05:00"},
    "an hour that there is twice": {"starts_at": "2027-10-31T03:30", "ends_at": "2027-10-31T05:00"},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_makes_no_sense_is_told_in_the_form(carl, signed_in, what):
    response = ask(signed_in(carl), **WRONG[what])

    assert response.status_code == 422
    assert 'id="plan" aria-labelledby="plan-title" open data-open' in play.page(response)
    assert not Maintenance.objects.exists()


def test_seven_days_from_now_on_are_fine(carl, signed_in):
    assert ask(signed_in(carl), begins=MINUTE / 2, lasts=7 * DAY).status_code == 302


@pytest.mark.parametrize(
    ("begins", "lasts", "fits"),
    [
        (HOUR, HOUR, False),
        (HOUR / 2, HOUR, False),
        (1.5 * HOUR, HOUR, False),
        (1.2 * HOUR, HOUR / 2, False),
        (HOUR / 2, 3 * HOUR, False),
        (2 * HOUR, HOUR, True),
        (timedelta(), HOUR, True),
    ],
)
def test_it_does_not_overlap_on_one_connection(carl, chen, begins, lasts, fits, signed_in):
    now = clock.now() + MINUTE
    maintenance.plan(["funding"], starts_at=now + HOUR, ends_at=now + 2 * HOUR, reason=WHY, by=carl)
    asked = {"starts_at": now + begins, "ends_at": now + begins + lasts, "reason": WHY, "by": chen}
    maintenance.plan(["accounts"], **asked)

    refusal = pytest.raises(Refusal, match="Funding has maintenance planned")
    with nullcontext() if fits else refusal:
        maintenance.plan(["reporting", "funding"], **asked)

    assert Maintenance.objects.filter(lane="reporting").exists() == fits


def test_what_overlaps_is_told_in_the_form_and_nothing_typed_is_lost(carl, signed_in):
    ask(signed_in(carl))

    response = ask(signed_in(carl), reason="Another new version of it.")

    assert response.status_code == 422
    assert "Accounts has maintenance planned from" in play.page(response)
    assert "Another new version of it." in play.page(response)
    assert Maintenance.objects.count() == 3


def test_what_was_withdrawn_or_ended_leaves_its_time_free(over, carl):
    withdrawn = plan(carl, begins=2 * HOUR)
    maintenance.withdraw(withdrawn.pk, by=carl)

    plan(carl, begins=HOUR, lasts=2 * HOUR)

    assert Maintenance.objects.count() == 3


def test_the_same_connection_named_twice_is_planned_once(carl):
    plan(carl, names=["funding", "funding"])

    assert Maintenance.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_plan_the_same_hour_together_one_does(carl, chen):
    def try_to(by):
        try:
            return plan(by, begins=HOUR, names=EVERY)
        except Refusal:
            return None

    made = at_once(lambda: try_to(carl), lambda: try_to(chen))

    assert sorted(window is None for window in made) == [False, True]
    assert Maintenance.objects.count() == 3


# Taking it back, and ending it early


def test_one_person_withdraws_what_has_not_begun(carl, chen, mia, sandbox, signed_in):
    window = plan(carl, begins=2 * SECOND)

    assert withdraw(signed_in(chen), window).status_code == 302

    assert told("maintenance.withdrawn") == [("chen", "funding", WHY)]
    time.sleep(2)
    assert play.settle(rows.queued(mia, carl)).state == State.APPLIED
    assert withdraw(signed_in(chen), window).status_code == 409


def test_what_has_begun_is_not_withdrawn(carl, signed_in):
    window = plan(carl)

    response = withdraw(signed_in(carl), window)

    assert response.status_code == 409
    assert "It has begun" in play.page(response)
    assert allowed() == 0


def test_two_people_end_it_early(mia, carl, ada, sandbox, signed_in):
    plan(carl)
    operation = rows.queued(mia, carl)
    assert end(signed_in(carl)).status_code == 302
    execution.drain("funding", until=0.3)
    assert rows.fresh(operation).state == State.QUEUED

    assert confirm(signed_in(ada)).status_code == 302

    assert play.settle(operation).state == State.APPLIED
    assert told("maintenance.end_proposed") == [("carl", "funding", DONE)]
    assert told("maintenance.ended") == [("ada", "funding", DONE)]
    assert chain.verify(Entry.objects.order_by("seq").iterator()).fault == ""


def test_one_person_does_not_end_it_nor_by_a_second_sign_in(carl, chen, signed_in):
    plan(chen)
    end(signed_in(carl))

    for who in (carl, another_sign_in(carl)):
        response = confirm(signed_in(who))
        assert response.status_code == 409
        assert "You proposed it" in play.page(response)
    assert allowed() == 0
    assert [row[0] for row in told("operation.act_refused")] == ["carl", "again"]


def test_a_proposal_that_is_not_the_one_that_was_seen_is_not_confirmed(carl, chen, signed_in):
    plan(carl)
    end(signed_in(carl))

    for stale in ("0" * 64, "x"):
        assert confirm(signed_in(chen), seen=stale).status_code == 409
    assert allowed() == 0


def test_whoever_lost_the_role_proposes_for_nobody_and_another_may_anew(carl, chen, ada, signed_in):
    plan(chen)
    end(signed_in(carl))
    assert end(signed_in(ada)).status_code == 409
    with unit():
        Grant.objects.filter(operator=carl).delete()

    assert confirm(signed_in(chen)).status_code == 409
    assert end(signed_in(ada)).status_code == 302
    assert confirm(signed_in(chen)).status_code == 302


def test_nothing_is_ended_that_does_not_run(carl, chen, signed_in):
    plan(carl, begins=HOUR)

    assert end(signed_in(carl)).status_code == 409
    assert confirm(signed_in(chen)).status_code == 409


@pytest.mark.parametrize("name", ["mia", "cora", "fay", "vera"])
def test_others_look_and_do_nothing(request, name, carl, signed_in):
    coming, client = plan(carl, begins=HOUR), signed_in(request.getfixturevalue(name))
    running = plan(carl, names=("accounts",))
    shown = play.page(client.get("/connections/"))
    assert shown.count(WHY) >= 2
    assert "maintenance/" not in shown

    answers = (
        ask(client, begins=5 * HOUR),
        withdraw(client, coming),
        end(client, "accounts"),
        confirm(client, "accounts"),
    )

    assert [answer.status_code for answer in answers] == [403] * 4
    assert Maintenance.objects.filter(withdrawn_at=None, ended_at=None).count() == 2
    assert running.pk


def test_the_desk_itself_refuses_whoever_holds_no_role(mia, carl):
    window = plan(carl, begins=HOUR)
    plan(carl, names=("accounts",))

    for act in (
        lambda: plan(mia, begins=9 * HOUR),
        lambda: maintenance.withdraw(window.pk, by=mia),
        lambda: maintenance.propose_end("accounts", by=mia, reason=DONE),
    ):
        with pytest.raises(Refusal, match="This takes a supervisor"):
            act()
    assert [row[0] for row in told("operation.act_refused")] == ["mia"] * 3


@pytest.mark.parametrize("pk", ["0", "999", "9" * 30])
def test_what_there_is_not_is_not_withdrawn(carl, signed_in, pk):
    assert signed_in(carl).post(f"/connections/maintenance/{pk}/withdrawal/").status_code == 404


@pytest.mark.parametrize("lane", ["treasury", "funding.deposit", "%00"])
def test_a_connection_that_there_is_not_is_not_ended(carl, signed_in, lane):
    for address in ("end/", "end/confirmation/"):
        assert signed_in(carl).post(f"/connections/{lane}/maintenance/{address}").status_code == 404


def test_an_end_without_a_reason_is_not_proposed(carl, signed_in):
    plan(carl)

    response = end(signed_in(carl), reason="short")

    assert response.status_code == 422
    assert 'id="end-funding" aria-labelledby="end-funding-title" open data-open' in play.page(response)
