"""The rules of a year as text and back, what is wrong with them in words, and which version holds."""

from datetime import UTC, date, datetime

import pytest

from backoffice.calendar.models import Year
from backoffice.calendar.queries import Source, calendar, source
from backoffice.calendar.rules import SHIPPED, Hours, Rules, minutes, objections, written

EASTER = Rules(
    weekdays=(0, 1, 2, 3, 4), hours=Hours(540, 1440), cut_offs={"wire": 0, "withdrawal": 780},
    closed={date(2027, 4, 30): "Großer Freitag"}, short={date(2027, 12, 24): (Hours(540, 780), "Christmas Eve")},
)  # fmt: skip
AT = datetime(2026, 12, 1, tzinfo=UTC)


def enter(rules, version, year=2027):
    return Year.objects.create(
        year=year, version=version, rules=rules.text(), entered_at=AT, entered_by="Ada", reason="Bank holidays."
    )


@pytest.mark.parametrize("rules", [EASTER, *SHIPPED.values()])
def test_what_is_written_down_reads_the_same(rules):
    assert written(rules.text()) == rules


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "null", EASTER.text().replace("09:00", "9:00"), EASTER.text() + " ",
        EASTER.text().replace("09:00-24:00", "24:00-09:00"), EASTER.text().replace("2027-04-30", "2027-04-31"),
        EASTER.text().replace("780", "x").replace("13:00", "25:00"),
    ],
)  # fmt: skip
def test_rules_that_are_written_in_any_other_way_are_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011  # JSON's own errors are such, too
        written(text)


@pytest.mark.parametrize("text", ["24:01", "8:00", "08:60", "0800", "-1:00", "08:00 ", "٠٨:٠٠"])
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(ValueError, match="no time of day"):
        minutes(text)


def test_what_nobody_can_work_by_is_objected_to():
    assert objections(2027, EASTER) == []
    assert objections(2026, EASTER) == ["A day is of another year than 2026."]
    nobody = Rules(
        weekdays=(), hours=Hours(0, 1), cut_offs={}, closed=EASTER.closed, short={date(2027, 4, 30): (Hours(0, 1), "")}
    )
    assert len(objections(2027, nobody)) == 3


def test_as_shipped_two_years_are_entered_and_the_next_is_not(db):
    house = calendar()

    assert (house.day(date(2026, 12, 25)).why, house.day(date(2027, 1, 1)).why) == ("Christmas Day", "New Year's Day")
    assert source(2027) == Source()
    assert source(2028) is None


def test_the_newest_version_of_a_year_holds_and_says_who_entered_it(db):
    enter(SHIPPED[2027], 1)
    enter(EASTER, 2)

    assert calendar().day(date(2027, 4, 30)).why == "Großer Freitag"
    assert calendar().day(date(2027, 12, 24)).hours == Hours(540, 780)
    assert calendar().day(date(2026, 12, 25)).why == "Christmas Day"
    assert source(2027) == Source(2, "Ada", AT, "Bank holidays.")
