"""A month as people look at it: its weeks, and when its server days begin and end in UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from backoffice.calendar.business import DAY, Calendar, Day

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 1)


@dataclass(frozen=True)
class Month:
    """The month that begins on `first`; the weeks are whole, from Monday to Sunday, and so reach into its neighbours."""

    calendar: Calendar
    first: date

    @property
    def weeks(self) -> Iterator[list[Day]]:
        day = self.first - self.first.weekday() * DAY
        while day < self.following:
            yield [self.calendar.day(day + number * DAY) for number in range(7)]
            day += 7 * DAY

    @property
    def following(self) -> date:
        return (self.first + 31 * DAY).replace(day=1)

    @property
    def previous(self) -> date:
        return (self.first - DAY).replace(day=1)

    @property
    def midnights(self) -> list[datetime]:
        """When its server days begin, in UTC: the first of them, and each that begins at another hour than the one before."""
        days = [self.first + number * DAY for number in range((self.following - self.first).days)]
        begins = [self.calendar.server.at(day) for day in days]
        return [at for number, at in enumerate(begins) if not number or at.time() != begins[number - 1].time()]


def asked(text: str, *, today: date) -> date:
    """The first day of the month that "2026-11" names; of today's where it names none between FIRST and LAST."""
    try:
        first = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  # a month has no zone
    except ValueError:
        return today.replace(day=1)
    return first if FIRST <= first <= LAST else today.replace(day=1)
