"""The whole path (claim, send, record, chain) against a bare httpx loop of the same concurrency, interleaved in one run."""

import asyncio
import os
import resource
import ssl
import statistics
import time
from collections.abc import Callable
from decimal import Decimal

import django

django.setup()

import httpx
from django.conf import settings
from django.db import connection
from uuid_utils.compat import uuid7

from backoffice.audit import clock, guards
from backoffice.operations import execution
from backoffice.operations.draft import drawn_up
from backoffice.operations.instructions import reference
from backoffice.operations.models import Counter, Operation
from backoffice.operations.policy import judge
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operators.models import Operator
from funding.instructions import Deposit

FULL = os.environ.get("BENCH") == "full"
ROUNDS, EACH, LOGINS = (7, 800, 300) if FULL else (3, 320, 300)
DELAYS, SLOTS = ((0, 20, 100), (16, 64)) if FULL else ((0, 100), (16,))
FIRST_LOGIN = 128001
KEY = "demo-funding-key"


def main() -> None:
    print(f"whole path over a bare httpx loop, {ROUNDS} rounds of {EACH} deposits, {connection.vendor}")
    for delay in DELAYS:
        switch(delay)
        for slots in SLOTS:
            measure(delay, slots)
    switch(0)


def measure(delay: int, slots: int) -> None:
    settings.LANE_SLOTS = slots
    each = EACH if delay < 50 else EACH // 2
    bare(slots, slots)()
    whole(slots)()
    rounds = [(timed(bare(each, slots)), timed(whole(each))) for _ in range(ROUNDS)]
    ratios = [reference_time / own_time for (reference_time, _), (own_time, _) in rounds]
    cpu = [1000 * used / each for _, (_, used) in rounds]
    loop = [1000 * used / each for (_, used), _ in rounds]
    rate = [each / seconds for _, (seconds, _) in rounds]
    print(
        f"  {delay:>3} ms, {slots:>2} slots: {statistics.median(ratios):.2f} of the loop"
        f" ({min(ratios):.2f}-{max(ratios):.2f}), {statistics.median(rate):.0f}/s,"
        f" CPU {statistics.median(cpu):.2f} ms an operation (loop {statistics.median(loop):.2f})"
    )


def timed(act: Callable[[], None]) -> tuple[float, float]:
    """Seconds of wall and of this process's CPU."""
    begun, used = time.perf_counter(), cpu_seconds()
    act()
    return time.perf_counter() - begun, cpu_seconds() - used


def bare(calls: int, slots: int) -> Callable[[], None]:
    return lambda: asyncio.run(_bare(calls, slots))


async def _bare(calls: int, slots: int) -> None:
    context = ssl.create_default_context()
    left = iter(range(calls))

    async def slot() -> None:
        async with httpx.AsyncClient(
            base_url=settings.MANAGER_URL, headers={"authorization": f"Bearer {KEY}"}, verify=context, trust_env=False
        ) as http:
            for n in left:
                body = {"login": FIRST_LOGIN + n % LOGINS, "amount": 1, "comment": "bench"}
                answer = await http.post("/transactions/deposit", json=body, headers={"x-request-id": str(uuid7())})
                answer.raise_for_status()

    await asyncio.gather(*(slot() for _ in range(slots)))


def whole(operations: int) -> Callable[[], None]:
    """Queues them now; what it returns drains them, which is what is timed."""
    queue(operations)

    def drain() -> None:
        execution.drain("funding", until=600)
        left = Operation.objects.exclude(state=State.APPLIED).count()
        if left:
            raise RuntimeError(f"{left} operations were not applied; the figure would be worth nothing.")

    return drain


def queue(operations: int) -> None:
    """Operations as people's approvals leave them, written past the guards, which ask for the votes of each."""
    mia = Operator.objects.get(username="mia")
    counter, _ = Counter.objects.get_or_create(name=f"position:{settings.MANAGER_ENVIRONMENT}")
    rows = [drawn(n, mia, counter.value + n + 1) for n in range(operations)]
    guards.lift_all(connection)
    Operation.objects.bulk_create(rows, batch_size=200)
    Counter.objects.filter(pk=counter.pk).update(value=counter.value + operations)
    guards.install(connection)


def drawn(n: int, mia: Operator, position: int) -> Operation:
    pk, login, now = uuid7(), FIRST_LOGIN + n % LOGINS, clock.now()
    comment = f"{reference('DEP', pk)} bench"
    currency = CURRENCIES[login]
    asked = Deposit(login=login, amount=Decimal(1), currency=currency, comment=comment, method="CARD")
    kept = {"login": login, "balance": "0.00", "credit": "0.00", "currency": currency}
    row = drawn_up(asked, pk=pk, snapshot=kept, verdict=judge({}), reason=Reason("CARD"), by=mia, resubmission_of=None)
    row.state, row.position, row.approved_at, row.due_at, row.version = State.QUEUED, position, now, now, 2
    return row


def currencies() -> dict[int, str]:
    """What each login is in: a deposit in another currency would be refused."""
    with httpx.Client(
        base_url=settings.MANAGER_URL, headers={"authorization": f"Bearer {KEY}"}, trust_env=False
    ) as http:
        logins = range(FIRST_LOGIN, FIRST_LOGIN + LOGINS)
        return {login: http.get(f"/accounts/{login}").json().get("currency", "") for login in logins}


def switch(delay: int) -> None:
    break_url = os.environ["BREAK_URL"]
    httpx.post(f"{break_url}/switches", json={"latency_ms": delay}, trust_env=False).raise_for_status()


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    CURRENCIES = currencies()
    main()
