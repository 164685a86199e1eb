"""Operations in every state, brought there as people and the Manager bring them; and a crowd of them for long lists."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.db import connections
from django.test import Client
from uuid_utils.compat import uuid7

from backoffice.audit import clock
from backoffice.demo.cast import CAST
from backoffice.demo.management.commands.seed_cast import enrol
from backoffice.operations import delegations, execution, policy, submission
from backoffice.operations.bundles import following
from backoffice.operations.instructions import reference
from backoffice.operations.models import Bundle, Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operators.models import Operator
from funding.instructions import Deposit
from tests import play
from tests.files import uploaded
from tests.operations import rows
from tests.operations.bundle_attacks import approve, bundled, put_together
from tests.operations.test_queue import warned

MONEY = {"path": "/transactions/", "method": "POST"}
RTL, LONG = "ليلى بنت حداد الأندلسية", "Maximiliana Konstantinopolitanska-Featherstonehaugh von und zu Hohenlohe"
ACCOUNT: dict[str, Any] = {
    "login": 128001, "name": RTL, "email": "a@example.com", "group": "real\\standard-usd", "currency": "USD",
    "status": "active", "leverage": 100, "currency_digits": 2, "balance": "1240.10", "credit": "0.00",
    "equity": "1240.10", "margin": "0.00", "margin_free": "1240.10", "margin_level": "0.00", "floating": "0.00",
}  # fmt: skip
T = TypeVar("T")


def apart(act: Callable[[], T]) -> T:
    """Does it in a thread of its own: Playwright's loop stands open in this one, and a read at the Manager opens another."""

    def do() -> T:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(do).result()


@dataclass(frozen=True)
class Cast:
    maker: Client
    checker: Client
    second: Client


def pending(cast: Cast, **typed: Any) -> Operation:
    typed |= {"payment_reference": "HBKGB 2311-88412", "reason": "Wire received this morning, payer is the client."}
    return apart(lambda: play.deposited(cast.maker, 128001, "2500.00", **typed))


def every_state(cast: Cast, sandbox: Any) -> dict[str, Operation]:
    """One operation in each state that a page tells of, by the name of what was done to it."""
    return apart(lambda: _every_state(cast, sandbox))


def _every_state(cast: Cast, sandbox: Any) -> dict[str, Operation]:
    made = {"pending": pending(cast), "completed": _sent(cast, sandbox, 128302, "9900.00")}
    for act, login in (("rejection", 128255), ("return", 128130)):
        made[act] = play.deposited(cast.maker, login, "410.55", words="16 chars, no more"[:16])
        assert play.decide(cast.checker, made[act], act, reason="The payer is a company.").status_code == 302
    made["cancelled"] = play.deposited(cast.maker, 128117, "75.00")
    cast.maker.post(f"/operations/{made['cancelled'].pk}/cancellation/", {"reason": "The client asked to wait."})
    made["refused"] = _sent(cast, sandbox, 128123, "20.00", fault="forbidden", reason="noRights")
    made["exception"] = _sent(cast, sandbox, 128202, "157.15", fault="foreign_conflict")
    made["proposed"] = _proposed(cast, _sent(cast, sandbox, 128203, "3940.00", fault="foreign_conflict"))
    made["accepted"] = _sent(cast, sandbox, 128206, "75.00", fault="accepted", seconds=600)
    sandbox.rule("offline", path="/transactions/history", method="GET", times=None)
    made["uncertain"] = _sent(cast, sandbox, 128077, "7300.00", fault="reset_after")
    return made


def in_bundles(maker: Any, checker: Any) -> dict[str, Bundle]:
    """One that waits, with a warning in it, and one that was approved; two more requests could be made another of."""
    waits = put_together([warned(maker, login=128130), rows.awaiting(maker, login=128117)], by=maker)
    approved = approve(bundled(maker, title="Fees that were charged twice in July"), checker)
    following.follow("funding")
    for login in (128101, 128102):
        rows.awaiting(maker, login=login)
    return {"bundle": waits, "approved_bundle": approved}


def absences() -> None:
    """Somebody stands in for a supervisor, and another absence is to come and one is over."""
    now, day = clock.now(), timedelta(days=1)
    fay = enrol(next(member for member in CAST if member.username == "fay"))
    carl, chen = (Operator.objects.get(username=name) for name in ("carl", "chen"))
    told = {"reason": "Two days of leave, the children are ill and everything else is, too.", "by": carl}
    over = delegations.make(to=chen, starts_at=now, ends_at=now + day, **told)
    delegations.withdraw(over.pk, by=carl)
    delegations.make(to=fay, starts_at=now + 3 * day, ends_at=now + 9 * day, **told)
    delegations.make(to=carl, starts_at=now, ends_at=now + day, **(told | {"by": chen}))


def crowd(by: Any, count: int) -> None:
    """Many pending operations, with the names and amounts that break tables."""
    evidence = (uploaded(by, f"{LONG}.pdf"),)
    for number in range(count):
        pk, name, amount = uuid7(), (RTL, LONG, "Jo Park")[number % 3], Decimal("998000000.99") - number
        plain = {"login": 128001, "currency": "USD", "method": "BANK_WIRE", "evidence": evidence}
        instruction = Deposit(amount=amount, comment=f"{reference('DEP', pk)} Bank wire", **plain)
        checks = [policy.Check("warn", "The account is disabled.")]
        why = Reason("BANK_WIRE")
        submission.submit(instruction, pk=pk, snapshot=ACCOUNT | {"name": name}, checks=checks, reason=why, by=by)


def _sent(cast: Cast, sandbox: Any, login: int, amount: str, *, fault: str = "", **params: Any) -> Operation:
    operation = play.deposited(cast.maker, login, amount)
    if fault:
        sandbox.rule(fault, **MONEY, login=login, **params)
    assert play.decide(cast.checker, operation).status_code == 302
    execution.drain("funding", until=1)
    operation.refresh_from_db()
    assert operation.state not in (State.QUEUED, State.RUNNING), fault
    return operation


def _proposed(cast: Cast, operation: Operation) -> Operation:
    fields = {"outcome": "not_applied", "reason_code": "NOT_AT_MT5", "reason": "The ledger holds nothing."}
    assert cast.checker.post(f"/operations/{operation.pk}/resolution/", fields).status_code == 302
    return operation
