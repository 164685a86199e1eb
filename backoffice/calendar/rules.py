"""What is said of one year: its working weekdays, hours and cut-offs, and the days that are different; as text and back."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

CUT_OFFS = {"wire": "Outgoing bank wires", "withdrawal": "Withdrawals decided the same day"}
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
MOST_DAYS = 60


@dataclass(frozen=True)
class Hours:
    """From when until when, in minutes after the server's midnight; `closes` is at most 1440."""

    opens: int
    closes: int

    def __str__(self) -> str:
        return f"{self.begins}\N{EN DASH}{self.ends}"

    @property
    def begins(self) -> str:
        return clock(self.opens)

    @property
    def ends(self) -> str:
        return clock(self.closes)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """One year. `weekdays` count from Monday = 0; `cut_offs` are minutes; `closed` and `short` say why, in words."""

    weekdays: tuple[int, ...]
    hours: Hours
    cut_offs: Mapping[str, int]
    closed: Mapping[date, str] = field(default_factory=dict)
    short: Mapping[date, tuple[Hours, str]] = field(default_factory=dict)

    def text(self) -> str:
        """The one way to write these rules down."""
        said = {
            "weekdays": list(self.weekdays),
            "hours": _span(self.hours),
            "cut_offs": {name: clock(minutes) for name, minutes in self.cut_offs.items()},
            "closed": {day.isoformat(): why for day, why in self.closed.items()},
            "short": {day.isoformat(): [_span(hours), why] for day, (hours, why) in self.short.items()},
        }
        return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@lru_cache(maxsize=64)
def written(text: str) -> Rules:
    """The rules that a text says; raises ValueError where it is not exactly how those rules are written."""
    try:
        said = json.loads(text)
        rules = Rules(
            weekdays=tuple(said["weekdays"]),
            hours=_hours(said["hours"]),
            cut_offs={name: minutes(at) for name, at in said["cut_offs"].items()},
            closed={date.fromisoformat(day): why for day, why in said["closed"].items()},
            short={date.fromisoformat(day): (_hours(hours), why) for day, (hours, why) in said["short"].items()},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"These are no rules of a year: {error}") from None
    if rules.text() != text:
        raise ValueError("The rules are not written as they are always written.")
    return rules


def objections(year: int, rules: Rules) -> list[str]:
    """What is wrong with rules that somebody would enter for a year, in words; empty where nothing is."""
    different = [*rules.closed, *rules.short]
    wrong = {
        "Nobody works on any day of the week.": not rules.weekdays,
        "A weekday is one of seven.": not set(rules.weekdays) <= set(range(7)),
        "Each cut-off is named once.": set(rules.cut_offs) != set(CUT_OFFS),
        f"A day is of another year than {year}.": any(day.year != year for day in different),
        "A day is both closed and short.": len(set(different)) < len(different),
        f"More than {MOST_DAYS} days are different.": len(different) > MOST_DAYS,
    }
    return [words for words, is_so in wrong.items() if is_so]


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def minutes(text: str) -> int:
    """Minutes after midnight of "08:00"; raises ValueError."""
    if not CLOCK.fullmatch(text):
        raise ValueError(f"{text!r} is no time of day.")
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _hours(text: str) -> Hours:
    opens, closes = (minutes(part) for part in text.split("-"))
    if opens >= closes:
        raise ValueError(f"{text} ends before it begins.")
    return Hours(opens, closes)


def _span(hours: Hours) -> str:
    return f"{hours.begins}-{hours.ends}"


# Shipped: Monday to Friday, and the two days on which no market of the trade is open anywhere. Bank holidays and
# short days are the firm's to enter; the hours and the cut-offs are practice, and the firm's to change.
WORKING_WEEK = Rules(
    weekdays=(0, 1, 2, 3, 4), hours=Hours(8 * 60, 20 * 60), cut_offs={"wire": 12 * 60, "withdrawal": 13 * 60}
)


def _shipped(year: int) -> Rules:
    closed = {date(year, 1, 1): "New Year's Day", date(year, 12, 25): "Christmas Day"}
    return Rules(
        weekdays=WORKING_WEEK.weekdays, hours=WORKING_WEEK.hours, cut_offs=WORKING_WEEK.cut_offs, closed=closed
    )


SHIPPED = {year: _shipped(year) for year in (2026, 2027)}
