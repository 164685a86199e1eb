"""The server's clock: each moment is on one server day, the days follow each other, and summer time is whose it is."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.calendar.server import ServerTime

EET, NEW_YORK = ServerTime.named("Europe/Nicosia"), ServerTime.named("America/New_York+7")
# Cairo's and Beirut's clocks change at midnight, Lord Howe's by half an hour, Kiritimati is a day ahead of Hawaii.
NAMES = (
    "UTC", "Europe/Nicosia", "America/New_York+7", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe",
    "Pacific/Kiritimati", "Asia/Kathmandu", "America/St_Johns", "UTC+2",
)  # fmt: skip
clocks = st.sampled_from(NAMES).map(ServerTime.named)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
days = st.dates(date(2025, 1, 1), date(2035, 1, 1))
minutes = st.integers(0, 1440)


@given(clocks, moments, moments)
def test_a_later_moment_is_on_no_earlier_day(clock, one, other):
    early, late = sorted((one, other))

    assert clock.day(early) <= clock.day(late)


@given(clocks, moments)
def test_a_moment_lies_within_its_own_day(clock, moment):
    day = clock.day(moment)

    assert clock.at(day) <= moment < clock.at(day + timedelta(days=1))


@given(clocks, days, minutes, minutes)
def test_what_the_clock_shows_later_is_never_earlier(clock, day, one, other):
    early, late = sorted((one, other))

    assert clock.at(day, early) <= clock.at(day, late)
    assert clock.at(day, 1440) == clock.at(day + timedelta(days=1))


@given(clocks, days, minutes)
def test_the_moment_of_a_time_is_the_first_at_which_the_clock_shows_it_or_more(clock, day, minute):
    wanted = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    found = clock.at(day, minute)

    assert clock.wall(found) >= wanted
    assert clock.wall(found - timedelta(seconds=1)) < wanted


@given(clocks, moments)
def test_there_and_back_is_the_same_moment_or_the_first_of_the_doubled_hour(clock, moment):
    back = clock.moment(clock.wall(moment))

    assert back == moment or clock.wall(back) == clock.wall(moment)
    assert back <= moment


@given(clocks, moments)
def test_as_a_zone_of_python_s_it_shows_the_same_and_leads_back(clock, moment):
    there = moment.astimezone(clock.tzinfo)

    assert there.replace(tzinfo=None, fold=0) == clock.wall(moment)
    assert there.astimezone(UTC) == moment
    assert there.tzname()


def test_the_server_changes_its_clock_with_europe_or_with_america():
    """Between 25 October and 1 November 2026 a server that goes by New York still has summer time."""
    noon = datetime(2026, 10, 28, 12, tzinfo=UTC)

    assert EET.wall(noon) == datetime(2026, 10, 28, 14)
    assert NEW_YORK.wall(noon) == datetime(2026, 10, 28, 15)
    assert EET.at(date(2026, 10, 28)) == datetime(2026, 10, 27, 22, tzinfo=UTC)
    assert NEW_YORK.at(date(2026, 10, 28)) == datetime(2026, 10, 27, 21, tzinfo=UTC)


def test_midnight_of_a_server_that_goes_by_new_york_is_its_close():
    for day in (date(2026, 1, 15), date(2026, 7, 15), date(2026, 3, 20), date(2026, 10, 28)):
        closes = NEW_YORK.at(day).astimezone(NEW_YORK.zone)

        assert (closes.hour, closes.date()) == (17, day - timedelta(days=1))


def test_an_hour_that_summer_time_skips_is_its_end():
    skipped = datetime(2026, 3, 29, 3, 30)

    assert EET.moment(skipped) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert EET.wall(EET.moment(skipped)) == datetime(2026, 3, 29, 4)


@pytest.mark.parametrize("name", ["", "Nowhere/Else", "Europe/Nicosia+", "../etc/passwd", "EET+123", "Europe", "+7"])
def test_what_is_no_time_zone_is_refused_by_name(name):
    with pytest.raises(ValueError, match="no time zone"):
        ServerTime.named(name)
