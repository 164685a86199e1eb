"""The calendar's page: everybody reads it, nobody changes it there, and a year that nobody entered says so."""

from datetime import UTC, date, datetime

import pytest

from backoffice.calendar.month import Month, asked
from backoffice.calendar.queries import calendar, unentered
from tests import play
from tests.calendar.test_rules import EASTER, enter

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


def shown(client, month):
    return " ".join(play.page(client.get("/calendar/", {"month": month})).split())


def test_a_month_shows_its_hours_its_days_off_and_its_cut_offs(signed_in, fay):
    page = shown(signed_in(fay), "2026-12")

    assert (
        '<time datetime="2026-12-24">24</time> <span class="hours"><span>08:00</span>–<wbr><span>20:00</span></span>'
        in page
    )
    assert (
        '<time datetime="2026-12-25">25</time> <span class="hours">Closed</span> <span class="why">Christmas Day'
        in page
    )
    for words in (
        "until 12:00",
        "until 13:00",
        "as shipped",
        "Europe/Nicosia",
        "22:00 UTC",
        "?month=2026-11",
        "?month=2027-01",
    ):
        assert words in page, words


def test_what_somebody_entered_is_shown_with_their_name(signed_in, vera):
    enter(EASTER, 1)

    page = shown(signed_in(vera), "2027-12")

    assert '<span>09:00</span>–<wbr><span>13:00</span></span> <span class="why">Christmas Eve' in page
    assert "version 1, entered by <bdi>Ada</bdi>" in page


def test_a_year_that_nobody_entered_says_so_and_what_holds_meanwhile(signed_in, mia):
    page = shown(signed_in(mia), "2028-12")

    assert "Nobody has entered this year." in page
    assert (
        '<time datetime="2028-12-25">25</time> <span class="hours"><span>08:00</span>–<wbr><span>20:00</span></span>'
        in page
    )


def test_today_is_marked_once_and_this_month_is_the_default(signed_in, mia):
    page = play.page(signed_in(mia).get("/calendar/"))

    assert page.count('aria-current="date"') == 1


def test_a_month_in_which_the_clock_changes_says_when_its_days_begin(signed_in, mia):
    assert "22:00 UTC, 21:00 UTC from 30 Mar" in shown(signed_in(mia), "2026-03")
    assert "21:00 UTC, 22:00 UTC from 26 Oct" in shown(signed_in(mia), "2026-10")


@pytest.mark.parametrize("text", ["", "x", "2026-13", "2026", "1999-12", "2100-01", "9999-12", "2026-11-23", "\x00"])
def test_what_names_no_month_is_this_month(text):
    assert asked(text, today=TODAY) == date(2026, 11, 1)


@pytest.mark.parametrize("first", [date(2000, 1, 1), date(2027, 2, 1), date(2028, 2, 1), date(2099, 12, 1)])
def test_the_weeks_of_a_month_are_whole_and_hold_each_of_its_days(first):
    weeks = list(Month(calendar(), first).weeks)
    days = [day.date for week in weeks for day in week]

    assert all(week[0].date.weekday() == 0 and len(week) == 7 for week in weeks)
    assert days == sorted(set(days))
    assert {first.replace(day=n) for n in range(1, 29)} <= set(days)
    assert Month(calendar(), Month(calendar(), first).following).previous == first


def test_whoever_enters_years_is_told_a_month_before_one_is_missing(signed_in, ada, mia, settings):
    november, december = datetime(2027, 11, 23, tzinfo=UTC), datetime(2027, 12, 2, tzinfo=UTC)

    assert unentered(datetime(2026, 12, 2, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC)) == []
    assert unentered(november, december) == []
    assert unentered(december, datetime(2028, 1, 2, tzinfo=UTC)) == [2028]
    enter(EASTER, 1, year=2028)
    assert unentered(december, datetime(2028, 1, 2, tzinfo=UTC)) == []


def test_the_banner_is_for_administrators(signed_in, ada, mia, monkeypatch):
    monkeypatch.setattr("backoffice.calendar.queries.SHIPPED", {})

    told = play.page(signed_in(ada).get("/"))

    assert "Nobody has entered the business calendar of" in told
    assert "business calendar of" not in play.page(signed_in(mia).get("/"))
