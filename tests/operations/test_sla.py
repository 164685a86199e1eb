"""The SLA table: what is due when, in business time, and that a database asked for what is late finds just that."""

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.access import Role
from backoffice.calendar.business import Calendar
from backoffice.calendar.rules import SHIPPED, Hours, Rules
from backoffice.operations import sla
from backoffice.operations.sla import Standing
from tests.calendar.test_business import EET, HOUSE, calendars, local
from tests.calendar.test_server import moments

INSTANT = timedelta(microseconds=1)
LIMITS = (*sla.TABLE, sla.USUAL)
KINDS = (
    "funding.deposit funding.withdrawal funding.credit_in funding.credit_out funding.correction funding.bonus "
    "funding.charge funding.negative_balance_reset accounts.password accounts.disable accounts.leverage accounts.contact"
).split()


@pytest.mark.parametrize(
    ("kind", "remind", "breach"),
    [
        ("funding.deposit", "09:30", "10:00"),
        ("funding.withdrawal", "11:00", "13:00"),
        ("accounts.password", "09:15", "09:30"),
        ("accounts.disable", "09:15", "09:30"),
        ("accounts.leverage", "11:00", "13:00"),
        ("accounts.group", "11:00", "13:00"),
        ("accounts.open", "11:00", "13:00"),
        ("funding.correction", "11:00", "20:00"),
        ("funding.credit_in", "11:00", "20:00"),
        ("funding.credit_out", "11:00", "20:00"),
        ("funding.negative_balance_reset", "11:00", "20:00"),
        ("funding.bonus", "11:00", "13:00"),
        ("funding.charge", "11:00", "13:00"),
        ("nothing.known", "11:00", "13:00"),
    ],
)
def test_what_comes_in_at_nine_on_a_monday_is_due(kind, remind, breach):
    due = sla.due(kind, local(23, "09:00"), HOUSE)

    assert (due.remind_at, due.breaches_at) == (local(23, remind), local(23, breach))
    assert due.standing(due.remind_at - INSTANT) == Standing.IN_TIME
    assert due.standing(due.remind_at) == Standing.REMIND or remind == breach
    assert due.standing(due.breaches_at - INSTANT) == Standing.REMIND
    assert due.standing(due.breaches_at) == Standing.BREACHED


def test_at_night_and_over_the_weekend_the_clock_stands():
    due = sla.due("funding.deposit", local(20, "19:45"), HOUSE)

    assert (due.remind_at, due.breaches_at) == (local(23, "08:15"), local(23, "08:45"))
    assert due.standing(local(22, "12:00")) == Standing.IN_TIME


def test_a_withdrawal_in_before_the_cut_off_is_decided_the_same_business_day_though_that_is_short():
    short = {date: (Hours(8 * 60, 15 * 60), "Christmas Eve") for date in [local(24, "09:00", 12).date()]}
    rules = SHIPPED[2026]
    house = Calendar(
        EET, {2026: Rules(weekdays=rules.weekdays, hours=rules.hours, cut_offs=rules.cut_offs, short=short)}
    )

    before = sla.due("funding.withdrawal", local(24, "12:30", 12), house)
    after = sla.due("funding.withdrawal", local(24, "13:00", 12), house)

    assert before.breaches_at == local(24, "15:00", 12)
    assert after.breaches_at == local(25, "10:00", 12)


def test_what_is_due_the_same_day_is_never_reminded_of_after_it_is_late():
    due = sla.due("funding.correction", local(23, "19:00"), HOUSE)

    assert due.remind_at == due.breaches_at == local(23, "20:00")
    assert sla.due("funding.correction", local(23, "20:00"), HOUSE).breaches_at == local(24, "20:00")


def test_withdrawals_escalate_to_finance_too_and_the_rest_to_supervisors():
    assert sla.limit_of("funding.withdrawal").escalates_to == (Role.SUPERVISOR, Role.FINANCE)
    assert {limit.escalates_to for limit in LIMITS if "funding.withdrawal" not in limit.kinds} == {(Role.SUPERVISOR,)}


@given(calendars(), moments, moments, st.sampled_from(KINDS))
def test_what_comes_in_later_is_due_no_earlier(calendar, one, other, kind):
    first, second = (sla.due(kind, moment, calendar) for moment in sorted((one, other)))

    assert first.remind_at <= second.remind_at
    assert first.breaches_at <= second.breaches_at
    assert first.since <= first.remind_at <= first.breaches_at


@given(calendars(), moments, st.sampled_from(KINDS))
def test_the_marks_say_of_all_at_once_what_each_says_of_itself(calendar, now, kind):
    """Monotony is tested above, so the two requests on both sides of a mark speak for all others."""
    marks = sla.marks(sla.limit_of(kind), now, calendar)

    assert sla.due(kind, marks.breached, calendar).standing(now) == Standing.BREACHED
    assert sla.due(kind, marks.breached + INSTANT, calendar).standing(now) != Standing.BREACHED
    assert sla.due(kind, marks.reminded, calendar).standing(now) != Standing.IN_TIME
    assert sla.due(kind, marks.reminded + INSTANT, calendar).standing(now) == Standing.IN_TIME


def test_a_page_of_fifty_costs_little():
    began = time.perf_counter()
    for n in range(50):
        sla.due(KINDS[n % len(KINDS)], local(19, "17:45") + n * timedelta(hours=1), HOUSE)

    assert time.perf_counter() - began < 0.25
