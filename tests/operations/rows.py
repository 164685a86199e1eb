"""Operations in every state that a test of the database wants, made by the same code that makes them in earnest."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db.models import F
from uuid_utils.compat import uuid7

from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.operations import desk
from backoffice.operations.instructions import reference
from backoffice.operations.models import Attempt, Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from funding.instructions import Deposit, Withdrawal

WHY = Reason("BANK_WIRE")
ACCOUNT = {
    "login": 128001, "name": "Amelia Novak", "email": "a@example.com", "group": "real\\standard-usd", "currency": "USD",
    "status": "active", "leverage": 100, "currency_digits": 2, "balance": "1240.10", "credit": "0.00",
    "equity": "1240.10", "margin": "0.00", "margin_free": "1240.10", "margin_level": "0.00", "floating": "0.00",
}  # fmt: skip
RICH = ACCOUNT | {"balance": "900000.00", "equity": "900000.00", "margin_free": "900000.00"}


def awaiting(by: Any, *, login: int = 128001, amount: str = "250.00", **fields: Any) -> Operation:
    pk = uuid7()
    asked = {"currency": "USD", "method": "BANK_WIRE", "comment": f"{reference('DEP', pk)} Bank wire"} | fields
    instruction = Deposit(login=login, amount=Decimal(amount), **asked)
    return desk.submit(instruction, pk=pk, snapshot=ACCOUNT, reason=WHY, by=by)


def withdrawn(by: Any, amount: str, *, login: int = 128301, currency: str = "USD", **account: Any) -> Operation:
    """A withdrawal from an account that has the money."""
    pk = uuid7()
    comment = reference("WDR", pk)
    asked = Withdrawal(login=login, amount=Decimal(amount), currency=currency, comment=comment, method="BANK_WIRE")
    return desk.submit(asked, pk=pk, snapshot=RICH | account, reason=Reason("CLIENT_REQUEST"), by=by)


def queued(by: Any, checker: Any, **fields: Any) -> Operation:
    operation = awaiting(by, **fields)
    return desk.approve(operation.pk, by=checker, seen=operation.seen, reason=Reason("WITHIN_POLICY"))


def running(by: Any, checker: Any, **fields: Any) -> Operation:
    operation, token, now = queued(by, checker, **fields), uuid4(), clock.now()
    _move(operation, State.RUNNING, token=token, leased_until=now, first_sent_at=now)
    Attempt.objects.create(operation=operation, purpose=Attempt.Purpose.SEND, token=token, at=now)
    return fresh(operation)


def exception(by: Any, checker: Any, **fields: Any) -> Operation:
    operation = running(by, checker, **fields)
    _move(operation, State.EXCEPTION, maybe_sent=True, sends=F("sends") + 1, token=None, leased_until=None)
    return fresh(operation)


def fresh(operation: Operation) -> Operation:
    return Operation.objects.get(pk=operation.pk)


def _move(operation: Operation, to: State, **changes: Any) -> None:
    with unit():
        rows = Operation.objects.filter(pk=operation.pk)
        assert Operation.move(rows, to=to, expecting=[State(fresh(operation).state)], **changes)
