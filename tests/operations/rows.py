"""Operations in every state that a test of the database wants, made by the same code that makes them in earnest."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
from django.db.models import F
from uuid_utils.compat import uuid7

from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.files.attached import Attached
from backoffice.operations import desk, submission
from backoffice.operations.instructions import reference
from backoffice.operations.models import Attempt, Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from funding.instructions import Deposit, Withdrawal
from funding.money import Payment
from tests.files import uploaded

EVIDENCE_FROM = Decimal(10_000)
WHY = Reason("BANK_WIRE")
ACCOUNT = {
    "login": 128001, "name": "Amelia Novak", "email": "a@example.com", "group": "real\\standard-usd", "currency": "USD",
    "status": "active", "leverage": 100, "currency_digits": 2, "balance": "1240.10", "credit": "0.00",
    "equity": "1240.10", "margin": "0.00", "margin_free": "1240.10", "margin_level": "0.00", "floating": "0.00",
}  # fmt: skip
RICH = ACCOUNT | {"balance": "900000.00", "equity": "900000.00", "margin_free": "900000.00"}


def awaiting(
    by: Any, *, login: int = 128001, amount: str = "250.00", makes: type[Payment] = Deposit, **fields: Any
) -> Operation:
    pk, old = fields.pop("pk", None) or uuid7(), fields.pop("resubmission_of", None)
    asked = {"currency": "USD", "method": "BANK_WIRE", "comment": f"{reference(makes.prefix, pk)} Bank wire"}
    asked |= {"evidence": _evidence(by, Decimal(amount), fields.get("currency"))} | fields
    instruction = makes(login=login, amount=Decimal(amount), **asked)
    return submission.submit(instruction, pk=pk, snapshot=ACCOUNT, reason=WHY, by=by, resubmission_of=old)


def _evidence(by: Any, amount: Decimal, currency: str | None) -> tuple[Attached, ...]:
    """What is large takes some, and what nobody can say the worth of; where nothing else is said, it has it."""
    return (uploaded(by),) if amount >= EVIDENCE_FROM or currency not in (None, "USD") else ()


def withdrawn(by: Any, amount: str, *, login: int = 128301, currency: str = "USD", **account: Any) -> Operation:
    """A withdrawal from an account that has the money."""
    pk = uuid7()
    comment = reference("WDR", pk)
    asked = Withdrawal(login=login, amount=Decimal(amount), currency=currency, comment=comment, method="BANK_WIRE")
    return submission.submit(asked, pk=pk, snapshot=RICH | account, reason=Reason("CLIENT_REQUEST"), by=by)


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


def moved(operation: Any, to: State) -> Operation:
    """As an answer leaves it."""
    _move(operation, to, token=None, leased_until=None)
    return fresh(operation)


def mark_of(pk: Any) -> str:
    return reference("DEP", pk)


def sent_by_hand(sandbox: Any, pk: Any, *, login: int) -> None:
    """What a worker sent in a time that this database has lost."""
    headers = {"authorization": "Bearer demo-funding-key", "x-operator-id": "mia", "x-request-id": str(pk)}
    body = {"login": login, "amount": 250, "comment": f"{mark_of(pk)} Bank wire"}
    httpx.post(f"{sandbox.url}/transactions/deposit", json=body, headers=headers, trust_env=False).raise_for_status()


def fresh(operation: Operation) -> Operation:
    return Operation.objects.get(pk=operation.pk)


def _move(operation: Operation, to: State, **changes: Any) -> None:
    with unit():
        rows = Operation.objects.filter(pk=operation.pk)
        assert Operation.move(rows, to=to, expecting=[State(fresh(operation).state)], **changes)
