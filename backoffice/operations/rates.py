"""What a currency is worth in USD today: from a dated table in which a day's rate stands once and for all."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.operations.models import Rate

BASE = "USD"
# A rate of Friday serves on Monday, and over a long weekend; what is older counts as not known.
KEEPS = timedelta(days=4)
MOST_PER_DAY = Decimal("0.2")
ENTERED = register("policy.rates", "FX rates entered")


class Implausible(ValueError):
    """A rate that cannot be right; the words say why."""


class Rates:
    """The rates of one day's judging; each currency is looked up once, when it is asked for."""

    def __init__(self, *, today: date) -> None:
        self.today = today
        self.missing: set[str] = set()
        self._newest: dict[str, Rate | None] = {}

    def usd(self, amount: Decimal, currency: str) -> Decimal | None:
        """The amount in USD; None where there is no fresh rate."""
        if currency == BASE:
            return amount
        newest = self.newest(currency)
        if newest is None or is_stale(newest.day, today=self.today):
            self.missing.add(currency)
            return None
        return amount * newest.usd

    def newest(self, currency: str) -> Rate | None:
        if currency not in self._newest:
            rows = Rate.objects.filter(currency=currency, day__lte=self.today).order_by("-day")
            self._newest[currency] = rows.first()
        return self._newest[currency]


def newest_of_each(*, today: date) -> list[Rate]:
    """The newest rate of each currency in the last half year, by currency."""
    rows = Rate.objects.filter(day__lte=today, day__gte=today - timedelta(days=183)).order_by("day")
    return sorted({rate.currency: rate for rate in rows}.values(), key=lambda rate: rate.currency)


def is_stale(day: date, *, today: date) -> bool:
    return today - day > KEEPS


def enter(rates: Mapping[str, Decimal], *, day: date, source: str, by: Any = None) -> list[Rate]:
    """Puts a day's rates into the table; those that stand there already stay. Raises Implausible for a jump or a wrong day."""
    now = clock.now()
    if not abs((now.date() - day).days) <= 1:
        raise Implausible(f"Rates are entered on their day: {day} is not today.")
    there = set(Rate.objects.filter(day=day).values_list("currency", flat=True))
    known = Rates(today=day)
    new = {currency: rate for currency, rate in rates.items() if currency not in there | {BASE}}
    for currency, rate in new.items():
        _insist_on_plausible(currency, rate, known)
    with unit(by=by) as work:
        rows = [
            Rate(currency=currency, day=day, usd=rate, source=source, entered_at=now, entered_by=by)
            for currency, rate in sorted(new.items())
        ]
        Rate.objects.bulk_create(rows)
        if rows:
            told = {row.currency: f"{row.usd:f}" for row in rows}
            work.note(ENTERED, by=by, on=("rates", day.isoformat()), detail={"source": source, **told})
    return rows


def _insist_on_plausible(currency: str, rate: Decimal, known: Rates) -> None:
    if not (rate.is_finite() and 0 < rate < 10**9):
        raise Implausible(f"{rate} is no rate of {currency}.")
    before = known.usd(Decimal(1), currency)
    if before and abs(rate / before - 1) > MOST_PER_DAY:
        raise Implausible(
            f"{currency} at {rate} is more than {MOST_PER_DAY:.0%} away from {before}, its last fresh rate."
        )
