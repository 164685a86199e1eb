"""Whether there are people enough on the business days to come, given who is away and who decides for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from backoffice.calendar.business import DAY, Calendar, Span
from backoffice.governance import coverage
from backoffice.governance.coverage import Shortfall
from backoffice.operations import delegations, standing_in
from backoffice.operations.models import Delegation
from backoffice.operations.policy import Rules
from backoffice.operations.versions import in_force
from backoffice.operators.staff import Holder, holders, staff

DAYS, FURTHEST = 5, 31


@dataclass(frozen=True)
class Day:
    """A business day: who is away at some time of it, and what could then be asked for and never be given for that reason."""

    date: date
    away: tuple[Delegation, ...]
    short: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.date:%A} {self.date.day} {self.date:%b}"


@dataclass(frozen=True)
class Run:
    """The same is short on business days that follow each other."""

    words: str
    days: list[Day]

    @property
    def name(self) -> str:
        first, last = self.days[0], self.days[-1]
        return first.name if first is last else f"{first.name} to {last.name}"

    @property
    def sentence(self) -> str:
        return f"{self.name}: {self.words}."


@dataclass(frozen=True)
class Ahead:
    """What is short whoever is there (`always`), and what else is on the next DAYS business days, all in words."""

    always: tuple[str, ...]
    days: tuple[Day, ...]

    @property
    def is_enough(self) -> bool:
        return not self.always and not any(day.short for day in self.days)

    @property
    def runs(self) -> list[Run]:
        """Soonest first."""
        runs: list[Run] = []
        for place, day in enumerate(self.days):
            going_on = {run.words: run for run in runs if place and run.days[-1] is self.days[place - 1]}
            for words in day.short:
                if words in going_on:
                    going_on[words].days.append(day)
                else:
                    runs.append(Run(words, [day]))
        return runs

    @property
    def sentences(self) -> list[str]:
        """All of it."""
        return [*(f"{words[0].upper()}{words[1:]}." for words in self.always), *(run.sentence for run in self.runs)]


def look(*, now: datetime, house: Calendar) -> Ahead:
    """From today on, while its business lasts. Raises NoPolicy."""
    rules, people = in_force().rules, holders(staff())
    days = [_day(span, house.server.day(span[0]), rules, people) for span in _spans(now, house)]
    return Ahead(_words(coverage.shortfalls(rules, people)), tuple(days))


def there(people: Sequence[Holder], absences: Sequence[Delegation]) -> list[Holder]:
    """Who is there while these are away, with what they are lent; one human stays one, whatever they are lent."""
    away = {each.of_person for each in absences}
    lent: dict[UUID, frozenset[str]] = {}
    for each in absences:
        if each.to_person:
            lent[each.to_person] = lent.get(each.to_person, frozenset()) | standing_in.lent_roles(each)
    present = [who for who in people if who.person not in away]
    return [replace(who, lent=lent.get(who.person, frozenset())) for who in present]


def _spans(now: datetime, house: Calendar) -> list[Span]:
    first = house.server.day(now)
    spans = [house.span(first + n * DAY) for n in range(FURTHEST)]
    return [(max(span[0], now), span[1]) for span in spans if span and span[1] > now][:DAYS]


def _day(span: Span, day: date, rules: Rules, people: Sequence[Holder]) -> Day:
    """Looked at from one coming or going to the next, since between two of them nothing is different."""
    opens, closes = span
    absences = list(_between(opens, closes))
    turns = {moment for each in absences for moment in (each.starts_at, each.ends_at) if opens < moment < closes}
    worst: dict[Any, Shortfall] = {}
    for at in sorted({opens, *turns}):
        present = there(people, [each for each in absences if each.runs(at)])
        for short in coverage.worsened((rules, people), (rules, present)):
            mark = short.asked.words, short.roles
            if mark not in worst or worst[mark].lacks < short.lacks:
                worst[mark] = short
    return Day(day, tuple(absences), _words(worst.values()))


def _words(short: Iterable[Shortfall]) -> tuple[str, ...]:
    """A sentence for all that lack the same."""
    alike: dict[Any, list[Shortfall]] = {}
    for each in sorted(short, key=lambda each: each.asked.words):
        same = alike.setdefault((each.there, each.needed, each.roles, each.maker), [])
        same += [each] if each.asked.words not in {other.asked.words for other in same} else []
    return tuple(sorted(coverage.told(same) for same in alike.values()))


def _between(opens: datetime, closes: datetime) -> Any:
    """Absences that stand, at some time between these two."""
    rows = delegations.standing(opens).filter(starts_at__lt=closes).select_related(None).select_related("of", "to")
    return rows.defer(*standing_in.UNREAD)
