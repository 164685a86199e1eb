"""How much a login or a person has under way and has had booked: from an index and from counters that only grow.

What is under way counts however long it has waited, since it may be booked any moment; what is booked counts by its hour.
Counters are of whole hours, so that a window reaches back up to an hour further than it says, and never less.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from backoffice.operations.rules import Window
from backoffice.operations.states import LIVE
from backoffice.operations.terms import fits

MOST_UNDER_WAY = 2000
MOST_ROWS = 100
# On SQLite sums are floating: to six places they are exact for any amount that people move.
EXACT = Decimal("0.000001")
KEY = "environment, subject, hour, kind, currency"
INSERT, ROW = f"INSERT INTO operations_tally AS t ({KEY}, count, amount) VALUES", "(%s, %s, %s, %s, %s, %s, %s)"
OR_ADD = f"ON CONFLICT ({KEY}) DO UPDATE SET count = t.count + excluded.count, amount = t.amount + excluded.amount"
UNDER_WAY = ", ".join(f"'{state}'" for state in sorted(LIVE))
COLUMN = {"login": "login", "operator": "maker_person"}


@dataclass(frozen=True)
class Subjects:
    """Whose sums are asked for; `but` is the operation that is left out, where it is saved already."""

    environment: str
    login: int
    operator: UUID
    but: UUID | None = None

    def value(self, name: str) -> Any:
        return self.login if name == "login" else _id(self.operator)

    def key(self, name: str) -> str:
        return f"login:{self.login}" if name == "login" else f"person:{self.operator.hex}"


@dataclass
class Sum:
    """How many others, and how much in each currency; `is_known` is false where there is more than anybody adds up."""

    count: int = 0
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    under_way: int = 0

    def add(self, currency: str, count: int, amount: Any, *, is_live: bool) -> None:
        self.count += int(count)
        self.amounts[currency] += Decimal(amount or 0).quantize(EXACT)
        self.under_way += int(count) if is_live else 0

    @property
    def is_known(self) -> bool:
        return self.under_way <= MOST_UNDER_WAY


def tally(rows: Iterable[Any]) -> None:
    """Adds booked operations to the counters of their logins and makers, in one order, so that no two wait crosswise."""
    counted: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, Decimal(0)])
    for row in rows:
        hour = row.moved_at.replace(minute=0, second=0, microsecond=0)
        for subject in (f"login:{row.login}", f"person:{row.maker_person.hex}"):
            sums = counted[row.environment, subject, hour, row.kind, row.currency]
            sums[0] += 1
            sums[1] += row.amount or 0
    ordered = sorted(counted.items())
    for start in range(0, len(ordered), MOST_ROWS):
        _add(ordered[start : start + MOST_ROWS])


def sums(
    windows: Collection[Window], subjects: Subjects, *, kinds: Collection[str], now: datetime
) -> dict[Window, Sum]:
    """What others add to each window, in one statement, so that nothing slips between under way and booked.

    Windows share what they have in common: what is under way is added up once, and what was booked in one scan.
    """
    about: dict[tuple[str, tuple[str, ...]], set[int]] = defaultdict(set)
    for window in windows:
        if window.subject in COLUMN:
            about[window.subject, window.of].add(window.hours)
    parts = [
        _Part(subject, of, sorted(hours), subjects, sorted(kind for kind in kinds if fits(kind, of)), now)
        for (subject, of), hours in about.items()
    ]
    found = {(part.subject, part.of, hours): Sum() for part in parts for hours in part.hours}
    for n, depth, currency, count, amount in _rows(parts):
        for hours in parts[n].hours[-depth:]:
            found[parts[n].subject, parts[n].of, hours].add(
                currency, count, amount, is_live=depth > len(parts[n].hours)
            )
    return {window: found[window.subject, window.of, window.hours] for window in windows if window.subject in COLUMN}


def _rows(parts: list["_Part"]) -> list[tuple[int, int, str, int, Any]]:
    if not parts:
        return []
    statement = " UNION ALL ".join(part.statement(n) for n, part in enumerate(parts))
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for part in parts for value in part.values])
        return list(cursor.fetchall())


@dataclass(frozen=True)
class _Part:
    """One subject's sums of some kinds, over spans of hours of which each is within the next.

    `depth` says in how many of the spans, from the widest, a row is; what is under way is deeper than any.
    """

    subject: str
    of: tuple[str, ...]
    hours: list[int]
    subjects: Subjects
    kinds: list[str]
    now: datetime

    def statement(self, n: int) -> str:
        but = "AND id <> %s" if self.subjects.but else ""
        kinds = ", ".join(["%s"] * len(self.kinds)) or "NULL"
        depth = " + ".join(["CASE WHEN hour >= %s THEN 1 ELSE 0 END"] * len(self.hours))
        live = (
            f"SELECT currency, amount FROM operations_operation WHERE environment = %s "
            f"AND {COLUMN[self.subject]} = %s AND kind IN ({kinds}) AND state IN ({UNDER_WAY}) {but} "
            f"LIMIT {MOST_UNDER_WAY + 1}"
        )
        return (
            f"SELECT {n}, {len(self.hours) + 1}, currency, COUNT(*), SUM(amount) FROM ({live}) AS live GROUP BY currency "
            f"UNION ALL SELECT {n}, {depth} AS depth, currency, SUM(count), SUM(amount) FROM operations_tally "
            f"WHERE environment = %s AND subject = %s AND hour >= %s AND kind IN ({kinds}) GROUP BY depth, currency"
        )

    @property
    def values(self) -> list[Any]:
        environment, of = self.subjects.environment, self.subjects
        but = [_id(of.but)] if of.but else []
        live = [environment, of.value(self.subject), *self.kinds, *but]
        since = [self._since(hours) for hours in self.hours]
        return [*live, *since, environment, of.key(self.subject), since[-1], *self.kinds]

    def _since(self, hours: int) -> Any:
        since = (self.now - timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)
        return connection.ops.adapt_datetimefield_value(since)


def _add(counted: list[tuple[tuple[Any, ...], list[Any]]]) -> None:
    values = [
        [environment, subject, connection.ops.adapt_datetimefield_value(hour), kind, currency, count, amount]
        for (environment, subject, hour, kind, currency), (count, amount) in counted
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            rows = ", ".join([ROW] * len(values))
            cursor.execute(f"{INSERT} {rows} {OR_ADD}", [value for row in values for value in row])
        else:
            _add_alone(cursor, values)


def _add_alone(cursor: Any, values: list[list[Any]]) -> None:
    """On SQLite, where a unit is alone: an INSERT onto a row that is there is what its guard takes for a REPLACE."""
    where = " AND ".join(f"{column} = %s" for column in KEY.split(", "))
    for *key, count, amount in values:
        cursor.execute(
            f"UPDATE operations_tally SET count = count + %s, amount = amount + %s WHERE {where}", [count, amount, *key]
        )
        if not cursor.rowcount:
            cursor.execute(f"{INSERT} {ROW}", [*key, count, amount])


def _id(value: UUID) -> Any:
    return value if connection.vendor == "postgresql" else value.hex
