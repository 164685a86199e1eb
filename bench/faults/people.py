"""The makers and checkers: they put instructions through the desk at a given pace, and remember what they approved when.

Some pairs of them sit at the web's pages; the others call what stands behind those pages, so that a run of thousands
is not one of rendering.
"""

import heapq
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, close_old_connections, connections
from uuid_utils.compat import uuid7

from backoffice.demo.processes import Place
from backoffice.demo.visitor import Astray
from backoffice.manager.wire import Account
from backoffice.operations import desk, policy
from backoffice.operations.instructions import Instruction, reference
from backoffice.operations.models import Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.snapshot import snapshot
from backoffice.operations.states import State
from backoffice.operators.models import Operator
from bench.faults.asking import Asking, Unanswered
from bench.faults.pages import TYPED, MakerAtThePages, SupervisorAtThePages
from bench.faults.wishes import Wish
from funding.instructions import CreditIn, Deposit, Withdrawal
from funding.money import Money, Payment

# Maker and checker; a login's operations are one pair's, so that they have one order of approval.
BEHIND_THE_PAGES = 2 * (("mia", "carl"), ("nils", "chen"), ("mia", "chen"), ("nils", "carl"))
AT_THE_PAGES = (("mia", "carl"), ("nils", "chen"))
PAIRS = BEHIND_THE_PAGES + AT_THE_PAGES
KINDS: dict[str, type[Money]] = {"deposit": Deposit, "withdrawal": Withdrawal, "credit": CreditIn}
PATIENCE, AGAIN_AFTER = 60.0, 3.0
Away = (OperationalError, InterfaceError)
T = TypeVar("T")


def insist(act: Callable[[], T]) -> T:
    """What a person does whose page failed because the database was away: the same again, for a minute at most."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except Away:
            close_old_connections()
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


@dataclass(kw_only=True)
class People:
    """All pairs at once, until everything is submitted and approved, or could not be."""

    wishes: list[Wish]
    accounts: dict[int, Account]
    place: Place
    patience: float
    approved: dict[int, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    at_pages: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def work(self) -> None:
        threads = [threading.Thread(target=Pair(self, n).work) for n in range(len(PAIRS))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


class Pair:
    """One maker and one checker, who see each wish through before they turn to the next."""

    def __init__(self, people: People, n: int) -> None:
        self.people = people
        self.share = [wish for wish in people.wishes if wish.login % len(PAIRS) == n]
        self.names, self.is_at_pages = PAIRS[n], n >= len(BEHIND_THE_PAGES)
        self.asking = [Asking(name, people.place, told=people.at_pages) for name in self.names]
        self.forms, self.checks = MakerAtThePages(self.asking[0]), SupervisorAtThePages(self.asking[1])

    def work(self) -> None:
        """By the wishes' own times; what is refused for now is asked again later."""
        begun, end = time.monotonic(), time.monotonic() + self.people.patience
        self.staff = insist(lambda: Operator.objects.in_bulk(self.names, field_name="username"))
        heapq.heapify(self.share)
        while self.share and time.monotonic() < end:
            wish = heapq.heappop(self.share)
            time.sleep(max(0.0, begun + wish.at - time.monotonic()))
            if not self._is_put_through(wish):
                heapq.heappush(self.share, replace(wish, at=time.monotonic() - begun + AGAIN_AFTER))
        self.people.failed += [f"wish {wish.number} was not taken in time" for wish in self.share]
        for asking in self.asking:
            asking.close()
        connections.close_all()

    def _is_put_through(self, wish: Wish) -> bool:
        """Whether it need not be asked again: it is approved, or it failed, which is told."""
        try:
            pk = self._at_pages(wish) if self.is_at_pages and wish.kind in TYPED else self._behind_them(wish)
        except (desk.Refusal, Unanswered, Astray, *Away) as failure:
            self.people.failed.append(f"wish {wish.number}: {type(failure).__name__}: {failure}")
            return True
        if pk:
            self.people.approved[wish.login].append(pk)
        return pk is not None

    def _at_pages(self, wish: Wish) -> UUID | None:
        amount = wish.amount(self.people.accounts[wish.login].currency_digits)
        pk = self.forms.submit(wish, f"{amount:f}")
        if pk:
            self.checks.approve(pk)
        return pk

    def _behind_them(self, wish: Wish) -> UUID:
        pk, (maker, checker) = uuid7(), (self.staff[name] for name in self.names)
        account = self.people.accounts[wish.login]
        made = insist(lambda: _submitted(_instruction(wish, pk, account), pk, account, by=maker))
        insist(lambda: _approved(made, by=checker))
        return pk


def _instruction(wish: Wish, pk: UUID, account: Account) -> Instruction:
    kind = KINDS[wish.kind]
    asked: dict[str, Any] = {"login": wish.login, "currency": account.currency}
    asked |= {"amount": wish.amount(account.currency_digits)}
    asked |= {"method": "BANK_WIRE"} if issubclass(kind, Payment) else {}
    return kind(**asked, comment=f"{reference(kind.prefix, pk)} {wish.mark}")


def _submitted(instruction: Instruction, pk: UUID, account: Account, *, by: Operator) -> Operation:
    """A form that is sent again because nobody knows whether it got through finds what it made."""
    verdict, reason = policy.judge({}), Reason("BANK_WIRE")
    with suppress(desk.Taken):
        return desk.submit(instruction, pk=pk, snapshot=snapshot(account), verdict=verdict, reason=reason, by=by)
    return Operation.objects.get(pk=pk)


def _approved(operation: Operation, *, by: Operator) -> None:
    try:
        desk.approve(operation.pk, by=by, seen=operation.seen, reason=Reason("WITHIN_POLICY"))
    except desk.Refusal:
        if Operation.objects.get(pk=operation.pk).state == State.AWAITING_APPROVAL:
            raise
