"""What waits too long lapses: requests that nobody decided on, approvals that nobody used; never what was maybe sent."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.calendar.queries import calendar
from backoffice.operations import desk, expiry, line, queries, reopening, restored, standstill, stops, tasks
from backoffice.operations.lanes import Allowance
from backoffice.operations.models import Decision, Maintenance, Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from funding.instructions import Withdrawal
from tests import play
from tests.emptying import guards_aside
from tests.operations import rows
from tests.operations.test_races import at_once

pytestmark = pytest.mark.django_db
WHY = Reason("WITHIN_POLICY")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def at(day, clock_time):
    """A time of November 2026 at the server, which is two hours ahead of UTC; the 23rd is a Monday."""
    hour, minute = map(int, clock_time.split(":"))
    return datetime(2026, 11, day, hour - 2, minute, tzinfo=UTC)


def put(operation, **values):
    """Writes past the guards: a test cannot wait for three days."""
    with guards_aside():
        Operation.objects.filter(pk=operation.pk).update(**values)
    return rows.fresh(operation)


def lapsed(operation):
    return put(operation, lapses_at=clock.now() - SECOND)


def last_entry(operation):
    return Entry.objects.filter(object_id=str(operation.pk)).latest("seq")


def tell(lane, *changes, by=None):
    """What the trail says of a lane's pauses: `(moment, "paused" or "reopened")`, by a person or by the machine."""
    person = str(by.person_id) if by else ""
    with guards_aside():
        for moment, what in changes:
            seq = (Entry.objects.order_by("-seq").values_list("seq", flat=True).first() or 0) + 1
            Entry.objects.create(
                seq=seq, at=moment, action=f"lane.{what}", object_type="lane", object_id=lane, person=person,
                environment="demo", key="", previous="", digest="",
            )  # fmt: skip


# How long


@pytest.mark.parametrize(
    ("made", "until"),
    [
        (at(19, "13:00"), at(24, "13:00")),
        (at(23, "09:12"), at(26, "09:12")),
        (at(20, "21:40"), at(26, "08:00")),
        (at(21, "11:00"), at(26, "08:00")),
    ],
)
def test_a_request_waits_three_business_days(made, until):
    assert expiry.of_request(made) == until


@pytest.mark.parametrize(
    ("order_class", "approved", "until"),
    [
        ("money", at(23, "09:00"), at(23, "17:00")),
        ("money", at(20, "18:30"), at(23, "14:30")),
        ("money", at(23, "20:30"), at(24, "16:00")),
        ("account", at(23, "09:00"), at(24, "02:00") - 2 * HOUR),
        ("account", at(23, "23:59"), at(24, "02:00") - 2 * HOUR),
    ],
)
def test_an_approval_is_good_for_eight_business_hours_or_for_the_day(order_class, approved, until):
    assert expiry.of_approval(order_class, approved) == until


@pytest.mark.django_db
def test_the_clock_of_an_approval_stood_while_its_connection_did():
    night = [(at(23, "10:00"), at(23, "11:30")), (at(23, "19:00"), at(24, "09:00"))]

    assert expiry.of_approval("money", at(23, "09:00"), stood=night[:1]) == at(23, "18:30")
    assert expiry.of_approval("money", at(23, "14:00"), stood=night[1:]) == at(24, "12:00")
    assert expiry.of_approval("account", at(23, "09:00"), stood=night[:1]) == at(24, "02:00") - HOUR / 2


def test_what_is_submitted_and_approved_says_until_when(mia, carl):
    operation = rows.awaiting(mia)
    assert operation.lapses_at == calendar().days_after(operation.made_at, 3)

    operation = desk.approve(operation.pk, by=carl, seen=operation.seen, reason=WHY)
    assert operation.lapses_at == calendar().after(operation.approved_at, 8 * HOUR)


# The clock's turn


def test_a_request_that_nobody_decided_on_expires_and_not_a_second_before(mia):
    operation = rows.awaiting(mia)

    assert expiry.expire("funding", now=operation.lapses_at - SECOND) == 0
    assert expiry.expire("funding", now=operation.lapses_at) == 1

    assert rows.fresh(operation).state == State.EXPIRED
    assert last_entry(operation).reason == expiry.UNDECIDED
    assert last_entry(operation).operator_id == ""
    assert expiry.expire("funding", now=operation.lapses_at) == 0


def test_an_approval_that_was_never_sent_expires_and_its_payment_is_free_again(mia, carl):
    operation = rows.queued(mia, carl, payment_reference="SEPA 1")

    assert expiry.expire("funding", now=operation.lapses_at) == 1

    assert rows.fresh(operation).state == State.EXPIRED
    assert last_entry(operation).reason == expiry.UNUSED
    assert rows.awaiting(mia, payment_reference="SEPA 1").state == State.AWAITING_APPROVAL


def test_what_was_maybe_sent_never_expires_but_is_settled_by_people(mia, carl):
    operation = put(rows.queued(mia, carl), maybe_sent=True)

    assert expiry.expire("funding", now=operation.lapses_at) == 1

    assert rows.fresh(operation).state == State.EXCEPTION
    assert last_entry(operation).reason == expiry.DOUBTFUL


def test_what_is_with_the_manager_or_unsettled_does_not_lapse(mia, carl):
    made = [rows.running(mia, carl), rows.exception(mia, carl, login=128002)]
    made.append(put(rows.running(mia, carl, login=128003), state=State.UNCERTAIN))

    assert expiry.expire("funding", now=clock.now() + timedelta(days=30)) == 0
    assert [rows.fresh(row).state for row in made] == [State.RUNNING, State.EXCEPTION, State.UNCERTAIN]


def test_each_lane_ends_its_own_of_its_own_environment(mia, carl):
    operation = rows.awaiting(mia)
    foreign = put(rows.awaiting(mia), environment="elsewhere")
    later = operation.lapses_at + MINUTE

    assert expiry.expire("accounts", now=later) == 0
    assert expiry.expire("funding", now=later) == 1
    assert rows.fresh(foreign).state == State.AWAITING_APPROVAL


def test_many_are_ended_in_units_of_a_few(mia, monkeypatch):
    monkeypatch.setattr(expiry, "MOST", 2)
    made = [rows.awaiting(mia, login=128001 + n) for n in range(5)]

    assert expiry.expire("funding", now=made[-1].lapses_at) == 5

    assert Entry.objects.filter(action="operation.expired").count() == 5


@pytest.mark.django_db(transaction=True)
def test_the_lane_s_own_look_ends_what_has_lapsed_without_any_message(mia, sandbox):
    operation = lapsed(rows.awaiting(mia))

    tasks.drain("funding")

    assert rows.fresh(operation).state == State.EXPIRED


def test_an_idle_look_asks_one_question_and_writes_nothing(mia, carl, django_assert_num_queries):
    rows.queued(mia, carl)
    rows.awaiting(mia)
    now = clock.now()

    with django_assert_num_queries(1):
        expiry.expire("funding", now=now)


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL plans by the size of the table, which here is nothing"
)
def test_an_idle_look_reads_an_index_of_what_waits_and_not_the_table(db):
    asked = {"environment": "demo", "lane": "funding", "now": "2026-11-23", "kept": "", "most": 100}
    with connection.cursor() as cursor:
        still = "'', 'funding.withdrawal'"
        cursor.execute(f"EXPLAIN QUERY PLAN {expiry.LAPSED.format(still=still)}", asked)
        plan = str(cursor.fetchall())

    assert "to_lapse" in plan, plan


# While a connection stands still


def test_while_the_connection_is_paused_approvals_do_not_lapse_and_requests_do(mia, carl, ada):
    approved, asked = rows.queued(mia, carl), rows.awaiting(mia)
    stops.pause("funding", by=carl, reason="The bank called.")

    assert expiry.expire("funding", now=asked.lapses_at) == 1

    assert (rows.fresh(approved).state, rows.fresh(asked).state) == (State.QUEUED, State.EXPIRED)
    assert expiry.runs_out(rows.fresh(approved), now=clock.now()) is None


def test_once_reopened_an_approval_is_good_for_what_was_left_of_it(mia, carl):
    monday = put(rows.queued(mia, carl), approved_at=at(23, "09:00"), lapses_at=at(23, "17:00"))
    tell("funding", (at(23, "10:00"), "paused"), (at(23, "12:00"), "reopened"))

    assert expiry.runs_out(monday, now=at(23, "16:00")) == at(23, "19:00")
    assert expiry.expire("funding", now=at(23, "17:30")) == 0
    assert rows.fresh(monday).lapses_at == at(23, "19:00")
    assert expiry.expire("funding", now=at(23, "19:00")) == 1


def test_a_pause_after_it_lapsed_brings_nothing_back(mia, carl):
    late = put(rows.queued(mia, carl), approved_at=at(23, "09:00"), lapses_at=at(23, "17:00"))
    tell("funding", (at(23, "17:01"), "paused"), (at(23, "19:00"), "reopened"))

    assert expiry.expire("funding", now=at(23, "19:01")) == 1
    assert rows.fresh(late).state == State.EXPIRED


def test_a_lane_stands_still_as_long_as_either_a_person_or_the_machine_pauses_it(mia, carl):
    tell("funding", (at(23, "08:00"), "paused"), (at(23, "10:00"), "reopened"), (at(23, "14:00"), "paused"))
    tell("funding", (at(23, "09:00"), "paused"), (at(23, "09:30"), "paused"), (at(23, "11:00"), "reopened"), by=carl)
    tell("accounts", (at(23, "08:00"), "paused"))

    assert standstill.spans("funding", "funding.deposit", since=at(23, "08:30"), until=at(23, "15:00")) == [
        (at(23, "08:30"), at(23, "11:00")),
        (at(23, "14:00"), at(23, "15:00")),
    ]
    assert standstill.spans("funding", "funding.deposit", since=at(23, "11:00"), until=at(23, "13:00")) == []
    assert standstill.spans("reporting", "", since=at(23, "08:30"), until=at(23, "15:00")) == []


def test_what_people_do_to_a_lane_is_what_its_standstill_is_told_from(mia, carl, chen):
    before = clock.now()
    stops.pause("funding", by=carl, reason="The bank called.")
    lane = stops.propose_reopening("funding", by=carl, reason="The bank is content.")
    ((_, ended),) = standstill.spans("funding", "funding.deposit", since=before, until=clock.now())
    assert ended <= clock.now()
    stops.confirm_reopening("funding", by=chen, seen=lane.seen)

    ((began, ended),) = standstill.spans("funding", "funding.deposit", since=before, until=clock.now())
    assert before < began < ended < clock.now()
    assert standstill.standing("funding", now=clock.now()) == []


def test_a_kind_that_is_paused_and_a_lane_that_is_serviced_stand_still_too(mia, carl):
    tell("funding.deposit", (at(23, "09:00"), "paused"), (at(23, "10:00"), "reopened"))
    tell("funding.withdrawal", (at(23, "11:00"), "paused"))
    service("funding", at(23, "13:00"), at(23, "14:00"), by=carl)
    service("funding", at(23, "15:00"), at(23, "16:00"), by=carl, withdrawn=True)

    assert standstill.spans("funding", "funding.deposit", since=at(23, "08:30"), until=at(23, "13:30")) == [
        (at(23, "09:00"), at(23, "10:00")),
        (at(23, "13:00"), at(23, "13:30")),
    ]


def service(lane, starts_at, ends_at, *, by, withdrawn=False):
    ended = {"withdrawn_at": starts_at, "withdrawn_by": by, "withdrawn_person": by.person_id} if withdrawn else {}
    with guards_aside():
        Maintenance.objects.create(
            lane=lane, starts_at=starts_at, ends_at=ends_at, reason="A new version.", planned_at=starts_at,
            planned_by=by, planned_person=by.person_id, **ended,
        )  # fmt: skip


def test_while_a_kind_is_paused_its_approvals_do_not_lapse_and_others_do(mia, carl, funded):
    deposit = put(rows.queued(mia, carl), approved_at=at(20, "09:00"), lapses_at=at(20, "17:00"))
    withdrawal = put(
        rows.queued(mia, carl, login=128002, makes=Withdrawal), approved_at=at(20, "09:00"), lapses_at=at(20, "17:00")
    )
    stops.pause("funding.deposit", by=carl, reason="The bank called.")

    assert expiry.expire("funding", now=clock.now()) == 1

    assert (rows.fresh(deposit).state, rows.fresh(withdrawal).state) == (State.QUEUED, State.EXPIRED)


# After the database was restored


def test_nothing_lapses_while_a_restored_database_is_not_reopened(mia, carl):
    """What it holds may have been sent in the time that is lost: an expiry would set its payment free."""
    asked, approved = rows.awaiting(mia), rows.queued(mia, carl, login=128002)
    late = asked.lapses_at + MINUTE
    restored.declare(reason="The disk was exchanged.")

    assert expiry.expire("funding", now=late) == 0

    assert (rows.fresh(asked).state, rows.fresh(approved).state) == (State.AWAITING_APPROVAL, State.UNCERTAIN)


def test_what_a_restore_left_in_doubt_is_looked_up_before_it_can_lapse(mia, carl, chen):
    operation = rows.awaiting(mia)
    restore = restored.declare(reason="The disk was exchanged.")
    operation = desk.approve(operation.pk, by=carl, seen=operation.seen, reason=WHY)
    proposed = reopening.propose(restore.pk, by=carl, reason="All of it was gone through.")
    reopening.confirm(restore.pk, by=chen, seen=proposed.seen)

    assert expiry.expire("funding", now=clock.now() + timedelta(days=9)) == 0
    assert rows.fresh(operation).state == State.QUEUED
    put(operation, cleared_at=clock.now(), maybe_sent=True)
    assert expiry.expire("funding", now=clock.now() + timedelta(days=9)) == 1
    assert rows.fresh(operation).state == State.EXCEPTION


# Before the clock's turn


def test_what_has_lapsed_is_not_approved_even_before_the_clock_ended_it(mia, carl):
    operation = lapsed(rows.awaiting(mia))

    for act in (desk.approve, desk.reject, desk.send_back):
        with pytest.raises(desk.Refusal, match="It expired on"):
            act(operation.pk, by=carl, seen=operation.seen, reason=WHY)

    assert rows.fresh(operation).state == State.AWAITING_APPROVAL
    assert Decision.objects.count() == 0
    assert last_entry(operation).action == "operation.act_refused"
    assert desk.cancel(operation.pk, by=mia, reason="").state == State.CANCELLED


def test_the_page_of_what_has_lapsed_offers_no_decision_and_says_why(mia, carl, signed_in, sandbox):
    operation = lapsed(rows.awaiting(mia))
    client = signed_in(carl)

    shown = play.page(client.get(f"/operations/{operation.pk}/"))
    assert "It expired on" in shown
    assert "Approve</button>" not in shown
    answer = play.decide(client, operation)
    assert answer.status_code == 409
    assert "It expired on" in play.page(answer)


def test_the_page_says_until_when(mia, carl, signed_in, sandbox):
    operation = put(rows.awaiting(mia), lapses_at=at(24, "13:00"))

    assert "Tue 24 Nov, 11:00 UTC" in play.page(signed_in(carl).get(f"/operations/{operation.pk}/"))
    assert "The approval is good until" in play.page(
        signed_in(carl).get(f"/operations/{rows.queued(mia, carl, login=128002).pk}/")
    )


def test_what_has_lapsed_is_not_sent_nor_is_what_stands_behind_it(mia, carl):
    first, behind = rows.queued(mia, carl), rows.queued(mia, carl)
    other = rows.queued(mia, carl, login=128002)
    put(first, approved_at=at(20, "09:00"), lapses_at=at(20, "17:00"))

    for most in (1, 8):
        assert line.due("funding", Allowance(most, probes=most == 1), now=clock.now()) == [other.pk]
    expiry.expire("funding", now=clock.now())
    for most, found in ((1, [behind.pk]), (8, [behind.pk, other.pk])):
        assert line.due("funding", Allowance(most, probes=most == 1), now=clock.now()) == found


def test_sending_it_again_is_a_new_approval(mia, carl):
    old = put(rows.exception(mia, carl), lapses_at=clock.now() - 5 * HOUR)

    with guards_aside():
        resend(old, carl)

    assert rows.fresh(old).lapses_at == calendar().after(rows.fresh(old).approved_at, 8 * HOUR)


def resend(operation, by):
    with desk.acting(operation.pk, by) as (found, _):
        desk.release(found, by=by)


def test_the_home_page_tells_its_maker_what_expired(mia, signed_in):
    operation = rows.awaiting(mia)
    expiry.expire("funding", now=operation.lapses_at)

    assert operation.reference in play.page(signed_in(mia).get("/"))
    assert queries.to_decide(mia).count() == 0


# At the same moment


@pytest.mark.django_db(transaction=True)
def test_several_workers_end_each_row_once(mia, carl):
    made = [rows.awaiting(mia, login=128001 + n) for n in range(4)]
    made += [rows.queued(mia, carl, login=128101 + n) for n in range(4)]
    late = max(row.lapses_at for row in made)

    outcomes = at_once(*(lambda: expiry.expire("funding", now=late) for _ in range(4)))
    outcomes.append(expiry.expire("funding", now=late))

    assert sum(outcomes) == 8, outcomes
    assert Entry.objects.filter(action="operation.expired").count() == 8


@pytest.mark.django_db(transaction=True)
def test_approving_and_lapsing_at_once_have_one_outcome(mia, carl):
    for n in range(8):
        operation = put(rows.awaiting(mia, payment_reference=f"SEPA {n}"), lapses_at=clock.now() + MINUTE)
        approved, _ = at_once(
            lambda row=operation: desk.approve(row.pk, by=carl, seen=row.seen, reason=WHY),
            lambda row=operation: expiry.expire("funding", now=row.lapses_at),
        )
        expiry.expire("funding", now=clock.now())

        row = rows.fresh(operation)
        assert row.state == (State.EXPIRED if isinstance(approved, desk.Refusal) else State.QUEUED), approved
        if row.state == State.QUEUED:
            assert row.lapses_at == calendar().after(row.approved_at, 8 * HOUR)
        put(operation, state=State.EXPIRED)


@pytest.mark.django_db(transaction=True)
def test_nobody_approves_in_the_moment_in_which_it_lapses(mia, carl):
    """Approved to the last microsecond or not at all: whoever comes later is refused in words, never by an error."""
    for _ in range(8):
        operation = put(rows.awaiting(mia), lapses_at=clock.now() + timedelta(milliseconds=15))
        outcomes = at_once(
            *(lambda row=operation: desk.approve(row.pk, by=carl, seen=row.seen, reason=WHY) for _ in range(2)),
            lambda: expiry.expire("funding", now=clock.now()),
        )

        row = rows.fresh(operation)
        assert all(isinstance(one, desk.Refusal | Operation | int) for one in outcomes), outcomes
        assert row.state != State.QUEUED or row.approved_at < operation.lapses_at
        put(operation, state=State.EXPIRED)
