"""How long an approved deposit takes to be booked while the queue is idle, over the bare HTTP call to the same sandbox."""

import os
import statistics
import time
from decimal import Decimal
from uuid import UUID

import django

django.setup()

import httpx
from django.conf import settings
from django.db import connection
from uuid_utils.compat import uuid7

from backoffice.operations import desk, submission
from backoffice.operations.instructions import reference
from backoffice.operations.models import Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.snapshot import live, snapshot
from backoffice.operators.models import Operator
from funding.instructions import Deposit

ROUNDS = 400 if os.environ.get("BENCH") == "full" else 40
LOGIN, AMOUNT = 128001, Decimal("1.00")
KEY = "demo-funding-key"
PAUSE = 0.15
PATIENCE = 30.0


def main() -> None:
    mia, carl = (Operator.objects.get(username=name) for name in ("mia", "carl"))
    with httpx.Client(
        base_url=settings.MANAGER_URL, headers={"authorization": f"Bearer {KEY}"}, trust_env=False
    ) as http:
        one_round(http, mia, carl)
        rounds = [one_round(http, mia, carl) for _ in range(ROUNDS)]
    where = f"{connection.vendor}, transport {settings.CELERY_BROKER_URL.partition(':')[0]}"
    print(f"approved -> applied, idle queue, {ROUNDS} rounds, {where} (milliseconds)")
    show("bare HTTP deposit", [bare for bare, _ in rounds])
    show("approved -> applied", [whole for _, whole in rounds])
    show("over the bare call", [whole - bare for bare, whole in rounds])


def one_round(http: httpx.Client, mia: Operator, carl: Operator) -> tuple[float, float]:
    """Seconds of a bare call, and of the same deposit from its approval to its booking by the database's clock."""
    time.sleep(PAUSE)
    return bare(http), whole(mia, carl)


def bare(http: httpx.Client) -> float:
    begun = time.perf_counter()
    body = {"login": LOGIN, "amount": float(AMOUNT), "currency": "USD", "comment": "bench"}
    http.post("/transactions/deposit", json=body, headers={"x-request-id": str(uuid7())}).raise_for_status()
    return time.perf_counter() - begun


def whole(mia: Operator, carl: Operator) -> float:
    pk = uuid7()
    comment = f"{reference('DEP', pk)} bench"
    asked = Deposit(login=LOGIN, amount=AMOUNT, currency="USD", comment=comment, method="BANK_WIRE")
    kept = snapshot(live(LOGIN, by=mia))
    made = submission.submit(asked, pk=pk, snapshot=kept, reason=Reason("BANK_WIRE"), by=mia)
    desk.approve(pk, by=carl, seen=made.seen, reason=Reason("WITHIN_POLICY"))
    return applied(pk)


def applied(pk: UUID) -> float:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        operation = Operation.objects.get(pk=pk)
        if operation.is_final and operation.approved_at:
            return (operation.moved_at - operation.approved_at).total_seconds()
        time.sleep(0.01)
    raise TimeoutError(f"{pk} was not booked within {PATIENCE} s.")


def show(label: str, seconds: list[float]) -> None:
    ms = sorted(1000 * value for value in seconds)
    tenth = len(ms) // 10
    print(f"  {label:<22} median {statistics.median(ms):8.1f}   p10 {ms[tenth]:8.1f}   p90 {ms[-1 - tenth]:8.1f}")


if __name__ == "__main__":
    main()
