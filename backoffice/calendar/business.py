"""Business time: how much of it passed between two moments, and when so much of it will have passed. It reads no clock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from backoffice.calendar.rules import WORKING_WEEK, Hours, Rules
from backoffice.calendar.server import ServerTime

DAY = timedelta(days=1)
# A calendar on which nobody works for this long is a mistake, and no search through it ends.
FURTHEST = 400
Span = tuple[datetime, datetime]


class NeverOpen(ValueError):
    """No business day within FURTHEST days."""


@dataclass(frozen=True)
class Day:
    """A server day: the hours in which people work on it (None: no trading), why it differs, and whether its year is entered."""

    date: date
    hours: Hours | None
    why: str
    is_entered: bool


@dataclass(frozen=True)
class Calendar:
    """The server's clock, and the rules of each year that somebody entered.

    A year that nobody entered has the hours of the last one before it and no day off but the weekend: whatever waits
    lapses sooner, never later.
    """

    server: ServerTime
    years: Mapping[int, Rules]
    # A page asks of the same few days for each of its rows.
    _spans_known: dict[date, Span | None] = field(default_factory=dict, init=False, compare=False, repr=False)

    def day(self, day: date) -> Day:
        rules, is_entered = self.rules(day.year), day.year in self.years
        if day in rules.closed:
            return Day(day, None, rules.closed[day], is_entered)
        if day.weekday() not in rules.weekdays:
            return Day(day, None, "", is_entered)
        hours, why = rules.short.get(day, (rules.hours, ""))
        return Day(day, hours, why, is_entered)

    def rules(self, year: int) -> Rules:
        if year in self.years:
            return self.years[year]
        before = max((known for known in self.years if known < year), default=None)
        return replace(self.years[before] if before else WORKING_WEEK, closed={}, short={})

    def is_trading_day(self, day: date) -> bool:
        return self.day(day).hours is not None

    def span(self, day: date) -> Span | None:
        """When business opens and closes on a server day, in UTC; None where nobody works."""
        if day not in self._spans_known:
            hours = self.day(day).hours
            span = (self.server.at(day, hours.opens), self.server.at(day, hours.closes)) if hours else None
            self._spans_known[day] = span
        return self._spans_known[day]

    def worked(self, since: datetime, until: datetime) -> timedelta:
        """How much business time lies between two moments; nothing where `until` is not after `since`."""
        total, day, last = timedelta(), self.server.day(since), self.server.day(until)
        while day <= last:
            if span := self.span(day):
                total += max(min(span[1], until) - max(span[0], since), timedelta())
            day += DAY
        return total

    def after(self, moment: datetime, time: timedelta) -> datetime:
        """The first moment by which so much business time has passed since `moment`. Raises NeverOpen."""
        if not time:
            return moment
        spans = self._spans(moment)
        while True:
            opens, closes = next(spans)
            begin = max(opens, moment)
            if closes - begin >= time:
                return begin + time
            time -= closes - begin

    def before(self, moment: datetime, time: timedelta) -> datetime:
        """The last moment since which so much business time has passed by `moment`: `after` backwards. Raises NeverOpen."""
        if not time:
            return moment
        spans = self._spans_back(moment)
        while True:
            opens, closes = next(spans)
            end = min(closes, moment)
            if end - opens >= time:
                return end - time
            time -= end - opens

    def days_after(self, moment: datetime, days: int) -> datetime:
        """The same time of day so many business days later, within that day's hours; what is closed counts from its next opening.

        Raises NeverOpen.
        """
        spans = self._spans(moment)
        opens, _ = next(spans)
        time_of_day = self.server.wall(max(opens, moment)).time()
        for _ in range(days):
            opens, closes = next(spans)
        same = self.server.moment(datetime.combine(self.server.day(opens), time_of_day))
        return max(opens, min(same, closes))

    def next_cut_off(self, name: str, moment: datetime) -> datetime:
        """The first cut-off of this name after `moment`; on a day that closes before it, at the close. Raises NeverOpen."""
        return next(at for span in self._spans(moment) if (at := self._cut_off(span, name)) > moment)

    def closing(self, moment: datetime, cut_off: str = "") -> datetime:
        """When the first business day closes whose cut-off comes after `moment`; without a name its close is its cut-off.

        Raises NeverOpen.
        """
        return next(span[1] for span in self._spans(moment) if self._cut_off(span, cut_off) > moment)

    def closed(self, moment: datetime, cut_off: str = "") -> datetime:
        """The cut-off of the last business day that has closed by `moment`: `closing` backwards.

        Whatever came before it is closed by `moment`, whatever comes with it or after is not. Raises NeverOpen.
        """
        return next(self._cut_off(span, cut_off) for span in self._spans_back(moment) if span[1] <= moment)

    def opens_next(self, moment: datetime) -> datetime:
        """When business opens the next time after `moment`. Raises NeverOpen."""
        return next(opens for opens, _ in self._spans(moment) if opens > moment)

    def end_of_day(self, moment: datetime) -> datetime:
        """When the server day of this moment ends."""
        return self.server.at(self.server.day(moment) + DAY)

    def _spans(self, moment: datetime) -> Iterator[Span]:
        """The business hours that close after `moment`, in order; raises NeverOpen where there are none for FURTHEST days."""
        first = self.server.day(moment)
        for number in range(FURTHEST):
            span = self.span(first + number * DAY)
            if span and span[1] > moment:
                yield span
        raise NeverOpen(f"Nobody works within {FURTHEST} days of {moment:%d %b %Y}.")

    def _spans_back(self, moment: datetime) -> Iterator[Span]:
        """The business hours that open before `moment`, the latest first; raises NeverOpen as `_spans` does."""
        last = self.server.day(moment)
        for number in range(FURTHEST):
            span = self.span(last - number * DAY)
            if span and span[0] < moment:
                yield span
        raise NeverOpen(f"Nobody worked within {FURTHEST} days of {moment:%d %b %Y}.")

    def _cut_off(self, span: Span, name: str) -> datetime:
        """Of the business day of these hours; on a day that closes before it, and without a name, its close."""
        if not name:
            return span[1]
        day = self.server.day(span[0])
        return min(self.server.at(day, self.rules(day.year).cut_offs[name]), span[1])
