"""What people will ask for in a run: drawn from its seed, each with a number by which it is found again in both books."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from backoffice.operations.canonical import loaded
from backoffice.operations.models import Operation

FIRST_LOGIN = 128001
SHARES = {"deposit": 75, "withdrawal": 15, "credit": 10}
LEAST, MOST = 100, 4000


@dataclass(frozen=True, order=True)
class Wish:
    """What shall be asked, `at` seconds from the start; `cents` is a hundredth of the amount, whatever the currency."""

    at: float
    number: int
    login: int
    kind: str
    cents: int

    @property
    def mark(self) -> str:
        """The words that end in the deal's comment."""
        return f"w{self.number}"

    def amount(self, digits: int) -> Decimal:
        return (Decimal(self.cents) / 100).quantize(Decimal(1).scaleb(-digits))


def wishes(rng: Random, *, count: int, logins: int, rate: float) -> list[Wish]:
    """Mostly deposits; withdrawals are read before they are sent, and credit takes another road."""
    kinds = rng.choices(tuple(SHARES), tuple(SHARES.values()), k=count)
    return [
        Wish(n / rate, n, FIRST_LOGIN + rng.randrange(logins), kind, rng.randrange(LEAST, MOST))
        for n, kind in enumerate(kinds)
    ]


def number_of(operation: Operation) -> int:
    """Which wish it was made for, by the mark in its comment."""
    comment: str = loaded(operation.payload)["comment"]
    return int(comment.rpartition(" w")[2])
