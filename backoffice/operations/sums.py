"""What requests come to, by currency: exactly, and with as many digits as they were asked with."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any


def summed(amounts: Iterable[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """Here and not in the database: SQLite adds decimals up as floats."""
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return sorted(sums.items())


CENT = Decimal("0.01")


class Digits:
    """As many as the first of these `rows` in a currency was asked with; the column has eight of every one."""

    def __init__(self, *rows: Any) -> None:
        self._rows, self._of = rows, dict[str, Decimal]()

    def as_asked(self, total: Decimal, currency: str) -> Decimal:
        if currency not in self._of:
            found = (rows.filter(currency=currency, amount__isnull=False).first() for rows in self._rows)
            # Whoever was in the sum may have been decided on since it was made.
            self._of[currency] = next((row.instruction.amount for row in found if row), CENT)
        rounded = total.quantize(self._of[currency])
        return rounded if rounded == total else total.normalize()
