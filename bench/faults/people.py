"""The makers and checkers: they put instructions through the desk at a given pace, and remember what they approved when."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, close_old_connections, connections
from uuid_utils.compat import uuid7

from backoffice.operations import desk
from backoffice.operations.instructions import Instruction, reference
from backoffice.operations.models import Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operators.models import Operator
from funding.instructions import CreditIn, Deposit, Withdrawal
from funding.money import Money, Payment

FIRST_LOGIN = 128001
NAMES = ("mia", "carl", "chen")
KINDS: dict[str, type[Money]] = {"deposit": Deposit, "withdrawal": Withdrawal, "credit": CreditIn}
PATIENCE = 60.0
T = TypeVar("T")


def insist(act: Callable[[], T]) -> T:
    """What a person does whose page failed because the database was away: the same again, for a minute at most."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError):
            close_old_connections()
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


@dataclass(frozen=True)
class Wish:
    """What shall be asked, `at` seconds from the start."""

    at: float
    login: int
    kind: str
    amount: int


def wishes(rng: Random, *, count: int, logins: int, rate: float) -> list[Wish]:
    """Mostly deposits; withdrawals are read before they are sent, and credit takes another road."""
    kinds = rng.choices(("deposit", "withdrawal", "credit"), (75, 15, 10), k=count)
    return [
        Wish(n / rate, FIRST_LOGIN + rng.randrange(logins), kind, rng.randrange(1, 40)) for n, kind in enumerate(kinds)
    ]


@dataclass
class Desk:
    """Several pairs of people at once; a login's operations are one pair's, so that they have one order of approval."""

    wishes: list[Wish]
    currencies: dict[int, str]
    approved: dict[int, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)

    def work(self, *, pairs: int) -> None:
        """Returns when everything is submitted and approved, or could not be."""
        begun = time.monotonic()
        shares = [[wish for wish in self.wishes if wish.login % pairs == n] for n in range(pairs)]
        threads = [threading.Thread(target=self._work, args=(share, begun)) for share in shares]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, share: list[Wish], begun: float) -> None:
        staff = insist(lambda: Operator.objects.in_bulk(NAMES, field_name="username"))
        mia, checkers = staff["mia"], (staff["carl"], staff["chen"])
        for n, wish in enumerate(share):
            time.sleep(max(0.0, begun + wish.at - time.monotonic()))
            try:
                self._put_through(wish, maker=mia, checker=checkers[n % 2])
            except (desk.Refusal, OperationalError, InterfaceError) as failure:
                self.failed.append(f"{type(failure).__name__}: {failure}")
        connections.close_all()

    def _put_through(self, wish: Wish, *, maker: Operator, checker: Operator) -> None:
        pk = uuid7()
        instruction = _instruction(wish, pk, self.currencies[wish.login])
        made = insist(lambda: _submitted(instruction, pk, by=maker))
        insist(lambda: _approved(made, by=checker))
        self.approved[wish.login].append(pk)


def _instruction(wish: Wish, pk: UUID, currency: str) -> Instruction:
    kind = KINDS[wish.kind]
    asked: dict[str, Any] = {"login": wish.login, "amount": Decimal(wish.amount), "currency": currency}
    asked |= {"method": "BANK_WIRE"} if issubclass(kind, Payment) else {}
    return kind(**asked, comment=f"{reference(kind.prefix, pk)} faults")


def _submitted(instruction: Instruction, pk: UUID, *, by: Operator) -> Operation:
    """A form that is sent again because nobody knows whether it got through finds what it made."""
    seen = {"login": instruction.login, "balance": "0.00", "credit": "0.00"}
    with suppress(desk.Taken):
        return desk.submit(instruction, pk=pk, snapshot=seen, reason=Reason("BANK_WIRE"), by=by)
    return Operation.objects.get(pk=pk)


def _approved(operation: Operation, *, by: Operator) -> None:
    try:
        desk.approve(operation.pk, by=by, seen=operation.seen, reason=Reason("WITHIN_POLICY"))
    except desk.Refusal:
        if Operation.objects.get(pk=operation.pk).state == State.AWAITING_APPROVAL:
            raise
