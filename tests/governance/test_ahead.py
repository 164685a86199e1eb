"""The daily coverage check: who is away, who decides for them, on which business day too few are there, and who is told once."""

from datetime import timedelta

import pytest

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.calendar.queries import calendar
from backoffice.governance import ahead, watch
from backoffice.governance.models import CoverageCheck
from backoffice.governance.tasks import check_coverage
from backoffice.mail.models import Letter, Notice
from backoffice.operations import delegations
from backoffice.operations.models import Policy
from backoffice.operators.models import Operator
from tests.emptying import guards_aside
from tests.governance.house import fresh, granted

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BIG = "two are needed (supervisor)"


@pytest.fixture
def spans():
    """The next business days, as spans of their hours; today is none of them."""
    house, now = calendar(), clock.now()
    days = [house.server.day(now) + n * DAY for n in range(1, 40)]
    return [span for day in days if (span := house.span(day))]


@pytest.fixture
def at(monkeypatch):
    """`at(moment)` makes it that moment for the check, which asks the database's clock for the time."""

    def put(moment):
        monkeypatch.setattr(watch.clock, "now", lambda: moment)
        return moment

    return put


def away(of, since, until, to=None):
    return delegations.make(to=to, starts_at=since, ends_at=until, reason="Two days of leave.", by=fresh(of))


def look(now):
    return ahead.look(now=now, house=calendar())


def short(now):
    """By the place of the day, how many things are short on it."""
    return {n: len(day.short) for n, day in enumerate(look(now).days) if day.short}


def test_with_everybody_there_the_demos_house_has_enough(everybody, spans):
    found = look(spans[0][0])

    assert found.is_enough
    assert len(found.days) == ahead.DAYS
    assert [day.date for day in found.days] == [calendar().server.day(span[0]) for span in spans[:5]]


def test_a_supervisor_away_leaves_one_on_those_days_alone(everybody, carl, spans):
    away(carl, spans[1][0], spans[2][1])

    found = look(spans[0][0])

    assert set(short(spans[0][0])) == {1, 2}
    assert any("only Chen could approve" in words and BIG in words for words in found.days[1].short)
    assert [each.of for each in found.days[1].away] == [carl]
    assert found.always == ()


def test_who_stands_in_fills_one_place_where_they_had_none(everybody, carl, cora, fay, spans):
    """Fay decides for Carl: a second supervisor's place is filled again, but not beside her own."""
    away(carl, spans[1][0], spans[1][1], fay)
    # Exceptions are settled by whoever holds the role themselves.
    assert look(spans[0][0]).days[1].short == (f"only Chen could approve “How an exception ends”: {BIG}",)


def test_who_stands_in_is_one_person_still(everybody, fay, filip, cora, spans):
    """With both of finance away and compliance standing in, supervisor + finance + compliance lacks a third human."""
    away(filip, spans[1][0], spans[1][1])
    away(fay, spans[1][0], spans[1][1], cora)

    assert any("three are needed" in words or "two are needed" in words for words in look(spans[0][0]).days[1].short)


def test_a_part_of_a_day_counts_and_the_night_does_not(everybody, carl, spans):
    away(carl, spans[1][0] + HOUR, spans[1][0] + 2 * HOUR)
    away(fresh(carl), spans[2][1], spans[3][0])

    assert set(short(spans[0][0])) == {1}


def test_two_who_are_never_away_together_leave_enough(everybody, fay, filip, spans):
    opens, closes = spans[1]
    away(fay, opens, opens + HOUR)
    away(filip, opens + HOUR, closes)

    assert short(spans[0][0]) == {}


def test_administrators_are_counted_too(everybody, ada, spans):
    away(ada, spans[1][0], spans[1][1])

    assert any("Changes of the rules" in words for words in look(spans[0][0]).days[1].short)


def test_what_is_short_whoever_is_there_is_said_once_and_not_of_each_day(everybody, carl, spans):
    with guards_aside():
        Operator.objects.get(username="chen").grants.all()._raw_delete("default")

    found = look(spans[0][0])

    assert any("only Carl could approve" in words for words in found.always)
    assert not any(day.short for day in found.days)


# The check


def test_it_is_made_once_on_each_business_day_from_an_hour_before_it_opens(everybody, spans, at):
    opens = spans[0][0]
    at(opens - HOUR - timedelta(seconds=1))
    assert watch.check() is None
    at(opens - HOUR)
    made = watch.check()
    assert made.day == calendar().server.day(opens)
    assert watch.check() is None

    entry = Entry.objects.get(action="coverage.checked")
    assert entry.object_id == str(made.pk)
    friday = next(span for n, span in enumerate(spans) if span[0].weekday() == 4)
    at(friday[1] + 12 * HOUR)
    assert watch.check() is None


def told():
    names = {who.person_id: who.username for who in Operator.objects.all()}
    return sorted({names[notice.person] for notice in Notice.objects.all()})


def test_what_is_new_is_told_once_to_administrators_and_supervisors_and_stands_in_the_trail(everybody, carl, spans, at):
    away(carl, spans[1][0], spans[2][1])
    at(spans[0][0])

    check_coverage()
    check_coverage()

    assert told() == ["ada", "amir", "carl", "chen"]
    letter = Letter.objects.get(to__username="ada")
    day = look(spans[0][0]).days[1]
    assert f"{day.name} to {look(spans[0][0]).days[2].name}: only Chen could approve" in letter.text
    assert "/coverage/" in letter.text
    assert Letter.objects.count() == 4
    said = list(Entry.objects.filter(action="coverage.short").values_list("reason", flat=True))
    assert said == list(CoverageCheck.objects.get().told["new"])
    assert said

    at(spans[1][0])
    check_coverage()
    assert CoverageCheck.objects.count() == 2
    assert Letter.objects.count() == 4


def test_that_a_long_absence_goes_on_is_nothing_new(everybody, carl, spans, at):
    away(carl, spans[1][0], spans[8][1])

    for span in spans[:9]:
        at(span[0])
        check_coverage()

    assert Letter.objects.count() == 4


def test_another_absence_is_new_though_it_lacks_the_same(everybody, carl, spans, at):
    away(carl, spans[1][0], spans[1][1])
    at(spans[0][0])
    check_coverage()
    with guards_aside():
        away(fresh(carl), spans[3][0], spans[3][1])
    at(spans[1][0])

    check_coverage()

    assert Letter.objects.count() == 8


def test_what_is_well_again_and_short_again_is_told_again(everybody, carl, spans, at):
    lent = away(carl, spans[2][0], spans[2][1])
    at(spans[0][0])
    check_coverage()
    delegations.withdraw(lent.pk, by=carl)
    at(spans[1][0])
    check_coverage()
    assert CoverageCheck.objects.latest("day").told["short"] == {}
    away(fresh(carl), spans[3][0], spans[3][1])
    at(spans[2][0])

    check_coverage()

    assert Letter.objects.count() == 8


def test_killed_between_the_check_and_the_letters_they_are_written_at_the_next_look(everybody, carl, spans, at):
    away(carl, spans[1][0], spans[1][1])
    at(spans[0][0])
    watch.check()
    assert not Letter.objects.exists()

    check_coverage()

    assert Letter.objects.count() == 4


def test_without_mail_it_is_checked_and_seen_all_the_same(everybody, carl, ada, spans, at, settings, signed_in):
    settings.SENDS_MAIL = False
    away(carl, spans[0][0], spans[0][1])
    at(spans[0][0])

    check_coverage()

    assert CoverageCheck.objects.get().told["new"]
    assert not Letter.objects.exists()


def test_without_a_policy_nothing_is_checked_and_nothing_breaks(ada, spans, at):
    with guards_aside():
        Policy.objects.update(digest="0" * 64)
    at(spans[0][0])

    assert watch.check() is None


def test_more_people_make_nothing_short(everybody, three, fay, carl, spans):
    away(carl, spans[1][0], spans[1][1])
    before = short(spans[0][0])
    granted(fay, Role.SUPERVISOR, by=three[0], others=three[1:])

    after = short(spans[0][0])

    assert before
    assert after.get(1, 0) < before[1]
