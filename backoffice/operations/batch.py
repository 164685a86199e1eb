"""How large the bundle is that an operation is decided in: facts that the policy's batch rules ask for."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from backoffice.operations.models import Bundle, Member, Operation
from backoffice.operations.rates import Rates


@dataclass(frozen=True)
class Batch:
    """A bundle as it was submitted: how many rows, and what they move in each currency."""

    rows: int = 0
    sums: tuple[tuple[str, Decimal], ...] = ()

    def facts(self, rates: Rates) -> dict[str, Any]:
        """What is decided by itself is no batch at all: of nothing, and worth nothing."""
        worth = [rates.usd(amount, currency) for currency, amount in self.sums]
        known = [usd for usd in worth if usd is not None]
        return {
            "batch_rows": Decimal(self.rows),
            "batch_usd": sum(known, Decimal(0)) if len(known) == len(worth) else None,
        }


ALONE = Batch()


def batch_of(rows: Iterable[Any]) -> Batch:
    """What these operations, or instructions, come to together."""
    sums, count = defaultdict[str, Decimal](Decimal), 0
    for row in rows:
        count += 1
        if (amount := getattr(row, "amount", None)) is not None:
            sums[row.currency] += amount
    return Batch(count, tuple(sorted(sums.items())))


def of_operation(operation: Operation) -> Batch:
    """The bundle that it is, or was, in; it stays a part of it whatever becomes of it."""
    member = Member.objects.filter(operation=operation.pk).values_list("bundle", flat=True).first()
    return of_bundle(member) if member else ALONE


def of_bundle(pk: Any) -> Batch:
    return _frozen(Bundle, pk)


@lru_cache(maxsize=64)
def _frozen(_: type[Bundle], pk: Any) -> Batch:
    """Read once a process: its members never change, nor what they ask for."""
    return batch_of(Operation.objects.filter(member__bundle=pk).only("amount", "currency"))
