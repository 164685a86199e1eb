"""Business time: it only grows, adding and measuring undo each other, and weekends, holidays and summer time count right."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backoffice.calendar.business import Calendar, NeverOpen
from backoffice.calendar.rules import SHIPPED, WORKING_WEEK, Hours, Rules
from backoffice.calendar.server import ServerTime
from tests.calendar.test_server import NAMES, moments

EET = ServerTime.named("Europe/Nicosia")
HOUSE = Calendar(EET, SHIPPED)
ZERO, HOUR = timedelta(), timedelta(hours=1)


def local(day, clock, month=11, year=2026):
    """A moment by the server's clock, on a day of November 2026 where nothing else is said; the 23rd is a Monday."""
    hour, minute = map(int, clock.split(":"))
    return EET.moment(datetime(year, month, day, hour, minute))


@st.composite
def hours(draw):
    """At least an hour: with less it takes years until a working week has passed."""
    opens = draw(st.integers(0, 1380))
    return Hours(opens, draw(st.integers(opens + 60, 1440)))


@st.composite
def calendars(draw):
    """Any hours on any weekdays, in any zone, with some days off and some of another length."""
    server = ServerTime.named(draw(st.sampled_from(NAMES)))
    weekdays = tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1))))
    year = draw(st.integers(2025, 2034))
    different = draw(st.lists(st.dates(date(year, 1, 1), date(year, 12, 31)), unique=True, max_size=12))
    half = len(different) // 2
    rules = Rules(
        weekdays=weekdays, hours=draw(hours()), cut_offs={"wire": draw(st.integers(0, 1440)), "withdrawal": 780},
        closed=dict.fromkeys(different[:half], "Off"), short={day: (draw(hours()), "") for day in different[half:]},
    )  # fmt: skip
    return Calendar(server, {year: rules})


business_times = st.integers(0, 24 * 3600).map(lambda seconds: timedelta(seconds=seconds))


@given(calendars(), moments, business_times)
def test_what_is_added_is_what_is_measured(calendar, moment, time):
    then = calendar.after(moment, time)

    assert calendar.worked(moment, then) == time
    assert then == moment or calendar.worked(moment, then - timedelta(microseconds=1)) < time


@given(calendars(), moments, moments, business_times)
def test_what_begins_later_ends_no_earlier(calendar, one, other, time):
    early, late = sorted((one, other))

    assert calendar.after(early, time) <= calendar.after(late, time)
    assert calendar.days_after(early, 3) <= calendar.days_after(late, 3)
    assert calendar.next_cut_off("wire", early) <= calendar.next_cut_off("wire", late)


@given(calendars(), moments, business_times, business_times)
def test_more_time_ends_no_earlier_and_two_parts_are_their_sum(calendar, moment, one, other):
    assert calendar.after(calendar.after(moment, one), other) == calendar.after(moment, one + other)


@given(calendars(), st.lists(moments, min_size=3, max_size=3))
def test_business_time_adds_up_and_never_outruns_the_clock(calendar, three):
    a, b, c = sorted(three)
    assume(c - a < timedelta(days=800))

    assert calendar.worked(a, b) + calendar.worked(b, c) == calendar.worked(a, c)
    assert ZERO <= calendar.worked(a, c) <= c - a
    assert calendar.worked(c, a) == ZERO


@given(calendars(), moments, st.integers(1, 9))
def test_days_later_is_within_the_hours_of_that_many_business_days_on(calendar, moment, days):
    first = calendar.server.day(moment)
    hours = [calendar.span(first + timedelta(days=n)) for n in range(180)]
    opens, closes = [span for span in hours if span and span[1] > moment][days]

    assert opens <= calendar.days_after(moment, days) <= closes


def test_eight_hours_of_a_friday_evening_are_over_on_monday():
    assert HOUSE.after(local(20, "18:30"), 8 * HOUR) == local(23, "14:30")


def test_what_just_fits_is_over_at_the_close_and_not_at_the_next_opening():
    assert HOUSE.after(local(23, "12:00"), 8 * HOUR) == local(23, "20:00")


def test_three_business_days_of_a_thursday_are_over_on_tuesday_at_the_same_time():
    assert HOUSE.days_after(local(19, "13:00"), 3) == local(24, "13:00")


def test_what_comes_at_night_counts_from_the_next_morning():
    assert HOUSE.days_after(local(19, "23:10"), 3) == local(25, "08:00")
    assert HOUSE.worked(local(19, "23:10"), local(20, "09:00")) == HOUR


def test_christmas_and_new_year_are_no_business_days_as_shipped():
    assert [HOUSE.is_trading_day(date(2026, 12, day)) for day in (24, 25, 26, 27, 28)] == [
        True,
        False,
        False,
        False,
        True,
    ]
    assert HOUSE.after(local(24, "19:00", 12), 2 * HOUR) == local(28, "09:00", 12)
    assert HOUSE.days_after(local(31, "09:00", 12), 1) == local(4, "09:00", 1, 2027)


def test_a_year_that_nobody_entered_has_no_day_off_so_that_everything_lapses_sooner():
    assert HOUSE.day(date(2028, 12, 25)).hours == WORKING_WEEK.hours
    assert not HOUSE.day(date(2028, 12, 25)).is_entered
    assert HOUSE.day(date(2027, 12, 24)).is_entered
    assert not HOUSE.is_trading_day(date(2028, 12, 24))


def test_a_year_that_nobody_entered_keeps_the_hours_of_the_year_before():
    late = Rules(weekdays=(6, 0, 1), hours=Hours(600, 660), cut_offs=WORKING_WEEK.cut_offs)

    house = Calendar(EET, SHIPPED | {2027: late})

    assert house.day(date(2029, 1, 7)).hours == Hours(600, 660)
    assert house.day(date(2025, 1, 6)).hours == WORKING_WEEK.hours


def test_over_a_change_of_the_clock_the_hours_are_still_the_server_s():
    """Friday to Monday over the 25th of October 2026 is an hour longer, and no business time is in it."""
    friday, monday = local(23, "19:00", 10), local(26, "09:00", 10)

    assert monday - friday == timedelta(hours=63)
    assert HOUSE.worked(friday, monday) == 2 * HOUR
    assert HOUSE.after(friday, 2 * HOUR) == monday
    assert HOUSE.span(date(2026, 10, 23))[0].hour == 5
    assert HOUSE.span(date(2026, 10, 26))[0].hour == 6


def test_an_account_change_has_until_the_server_s_midnight():
    assert HOUSE.end_of_day(datetime(2026, 11, 23, 21, 59, tzinfo=UTC)) == datetime(2026, 11, 23, 22, tzinfo=UTC)
    assert HOUSE.end_of_day(datetime(2026, 11, 23, 22, tzinfo=UTC)) == datetime(2026, 11, 24, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "then"),
    [
        (local(23, "12:59"), local(23, "13:00")),
        (local(23, "13:00"), local(24, "13:00")),
        (local(20, "13:01"), local(23, "13:00")),
        (local(24, "14:00", 12), local(28, "13:00", 12)),
    ],
)
def test_the_cut_off_is_the_next_working_day_s_once_it_has_passed(at, then):
    assert HOUSE.next_cut_off("withdrawal", at) == then


def test_on_a_short_day_the_cut_off_is_at_the_close():
    short = Rules(
        weekdays=(0,), hours=Hours(480, 1200), cut_offs=WORKING_WEEK.cut_offs,
        short={date(2026, 11, 23): (Hours(480, 600), "Early close")},
    )  # fmt: skip

    assert Calendar(EET, {2026: short}).next_cut_off("withdrawal", local(23, "08:00")) == local(23, "10:00")


def test_a_calendar_on_which_nobody_ever_works_says_so():
    """No rules of that kind can be entered; a search through them ends all the same."""
    never = Calendar(EET, {year: Rules(weekdays=(), hours=Hours(0, 1), cut_offs={}) for year in range(2024, 2029)})
    noon = local(23, "12:00")

    for ask in (lambda: never.after(noon, HOUR), lambda: never.days_after(noon, 1), lambda: never.before(noon, HOUR)):
        with pytest.raises(NeverOpen):
            ask()


@given(calendars(), moments, business_times)
def test_before_is_after_the_other_way_round(calendar, moment, time):
    began = calendar.before(moment, time)

    assert calendar.after(began, time) <= moment
    assert time == ZERO or calendar.after(began + timedelta(microseconds=1), time) > moment


@given(calendars(), moments, st.sampled_from(("", "wire", "withdrawal")))
def test_what_came_before_the_last_cut_off_is_closed_and_what_comes_with_it_is_not(calendar, moment, name):
    cut_off, moment_before = calendar.closed(moment, name), timedelta(microseconds=1)

    assert calendar.closing(cut_off - moment_before, name) <= moment
    assert calendar.closing(cut_off, name) > moment


@pytest.mark.parametrize(
    ("at", "name", "then"),
    [
        (local(23, "12:59"), "withdrawal", local(23, "20:00")),
        (local(23, "13:00"), "withdrawal", local(24, "20:00")),
        (local(23, "19:59"), "", local(23, "20:00")),
        (local(23, "20:00"), "", local(24, "20:00")),
        (local(21, "10:00"), "", local(23, "20:00")),
    ],
)
def test_a_day_closes_for_what_came_before_its_cut_off(at, name, then):
    assert HOUSE.closing(at, name) == then
