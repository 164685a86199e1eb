"""Submitting, approving and resolving by calling what stands behind the pages, as the pages call it."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, close_old_connections
from uuid_utils.compat import uuid7

from backoffice.manager.wire import Account
from backoffice.operations import desk, resolution, submission
from backoffice.operations.desk import Refusal
from backoffice.operations.evidence import read_evidence
from backoffice.operations.instructions import Instruction, reference
from backoffice.operations.models import Operation, Resolution
from backoffice.operations.reasons import Reason
from backoffice.operations.snapshot import snapshot
from backoffice.operations.states import State
from backoffice.operators.models import Operator
from bench.faults.wishes import Wish
from funding.instructions import CreditIn, Deposit, Withdrawal
from funding.money import Money, Payment

KINDS: dict[str, type[Money]] = {"deposit": Deposit, "withdrawal": Withdrawal, "credit": CreditIn}
PATIENCE = 60.0
T = TypeVar("T")


class NotYet(Exception):
    """Refused for now: what a withdrawal binds could not be read at the Manager."""


AWAY = (OperationalError, InterfaceError, NotYet)


def insist(act: Callable[[], T]) -> T:
    """What a person does whose page failed because the database or the Manager was away: the same again, for a minute at most."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except AWAY:
            close_old_connections()
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


class PairBehindThePages:
    """A maker and a checker, by their user names."""

    def __init__(self, maker: str, checker: str, accounts: Mapping[int, Account]) -> None:
        staff = insist(lambda: Operator.objects.in_bulk([maker, checker], field_name="username"))
        self.maker, self.checker = staff[maker], staff[checker]
        self.accounts = accounts

    def put_through(self, wish: Wish) -> UUID:
        """Submits and approves it; the operation's id."""
        pk, account = uuid7(), self.accounts[wish.login]
        made = insist(lambda: _submitted(_instruction(wish, pk, account), pk, account, by=self.maker))
        try:
            insist(lambda: _approved(made, by=self.checker))
        except NotYet as why:
            # The account falls short of it for a minute already: then a checker gives it back, which is told.
            insist(lambda: _returned(made, by=self.checker))
            raise Refusal(f"given back: {why}") from None
        return pk


class SupervisorBehindThePages:
    """The acts of a supervisor; why one was refused, in words."""

    def __init__(self, name: str) -> None:
        self.name = name

    def propose(self, operation: Operation, *, outcome: Resolution.Outcome, deal: str, reason: str) -> str:
        me = self._me()
        try:
            evidence = read_evidence(operation, outcome=outcome, deal=deal, by=me)
            resolution.propose(operation.pk, by=me, evidence=evidence, reason=Reason(reason))
        except Refusal as refusal:
            return str(refusal)
        return ""

    def confirm(self, operation: Operation, proposal: Resolution) -> str:
        me = self._me()
        try:
            evidence = read_evidence(operation, outcome=proposal.outcome, deal=proposal.deal, by=me)
            resolution.confirm(operation.pk, by=me, seen=proposal.seen, evidence=evidence)
        except Refusal as refusal:
            return str(refusal)
        return ""

    def decline(self, operation: Operation) -> str:
        try:
            resolution.decline(operation.pk, by=self._me(), reason=Reason("NOT_AT_MT5"))
        except Refusal as refusal:
            return str(refusal)
        return ""

    def _me(self) -> Operator:
        return Operator.objects.get(username=self.name)


def _instruction(wish: Wish, pk: UUID, account: Account) -> Instruction:
    kind = KINDS[wish.kind]
    asked: dict[str, Any] = {"login": wish.login, "currency": account.currency}
    asked |= {"amount": wish.amount(account.currency_digits)}
    asked |= {"method": "BANK_WIRE"} if issubclass(kind, Payment) else {}
    return kind(**asked, comment=f"{reference(kind.prefix, pk)} {wish.mark}")


def _submitted(instruction: Instruction, pk: UUID, account: Account, *, by: Operator) -> Operation:
    """A form that is sent again because nobody knows whether it got through finds what it made."""
    with suppress(desk.Taken):
        return submission.submit(instruction, pk=pk, snapshot=snapshot(account), reason=Reason("BANK_WIRE"), by=by)
    return Operation.objects.get(pk=pk)


def _returned(operation: Operation, *, by: Operator) -> None:
    with suppress(desk.Refusal):
        desk.send_back(operation.pk, by=by, seen=operation.seen, reason=Reason("INSUFFICIENT_AVAILABLE"))


def _approved(operation: Operation, *, by: Operator) -> None:
    try:
        desk.approve(operation.pk, by=by, seen=operation.seen, reason=Reason("WITHIN_POLICY"))
    except desk.Refusal as refusal:
        if Operation.objects.get(pk=operation.pk).state == State.AWAITING_APPROVAL:
            raise NotYet(str(refusal)) from None
