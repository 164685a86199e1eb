"""The whole path (claim, send, record, chain) against a bare httpx loop of the same concurrency, interleaved in one run."""

import asyncio
import os
import ssl
import time
from collections.abc import Callable
from typing import NamedTuple

import django

django.setup()

import httpx
from django.conf import settings
from uuid_utils.compat import uuid7

from backoffice.operations import execution
from bench import cpu, fill, shares
from bench.figures import ratios, told

FULL = os.environ.get("BENCH") == "full"
PROFILE = os.environ.get("PROFILE") == "1"
ROUNDS, EACH = (7, 800) if FULL else (3, 320)
DELAYS, SLOTS = ((0, 20, 100), (16, 64)) if FULL else ((0, 100), (16,))


class Took(NamedTuple):
    """Seconds: of wall, of this process's CPU, and of the CPU of PostgreSQL's process that serves it."""

    wall: float
    cpu: float
    backend: float


def main() -> None:
    print(f"whole path over a bare httpx loop, {ROUNDS} rounds of {EACH} deposits, {fill.place()}")
    for delay in DELAYS:
        fill.latency(delay)
        for slots in SLOTS:
            measure(delay, slots)
    fill.latency(0)


def measure(delay: int, slots: int) -> None:
    settings.LANE_SLOTS = slots
    each = EACH if delay < 50 else EACH // 2
    asyncio.run(loop(slots, slots))
    whole(slots)
    rounds = [(timed(lambda: asyncio.run(loop(each, slots))), whole(each)) for _ in range(ROUNDS)]
    bare, ours = [reference for reference, _ in rounds], [own for _, own in rounds]
    faster = ratios([took.wall for took in bare], [took.wall for took in ours])
    ms = [1000 * took.cpu / each for took in ours]
    print(
        f"  {delay:>3} ms, {slots:>2} slots: {told(faster, '.2f')} of the loop,"
        f" {told([each / took.wall for took in ours], '.0f')}/s, CPU {told(ms, '.2f')} ms an operation"
        f"{backend([1000 * took.backend / each for took in ours])},"
        f" loop {told([1000 * took.cpu / each for took in bare], '.2f')}"
    )
    if PROFILE:
        fill.queue(each)
        shares.show(shares.watched(drain), operations=each)


def whole(operations: int) -> Took:
    """What draining that many takes; they are queued before, and looked through after, the clock runs."""
    fill.queue(operations)
    took = timed(drain)
    fill.insist_on_all_applied()
    return took


def drain() -> None:
    execution.drain("funding", until=600)


def timed(act: Callable[[], None]) -> Took:
    backend = cpu.backends()[:1]
    served, used, begun = cpu.of(backend), cpu.own(), time.perf_counter()
    act()
    wall, own = time.perf_counter() - begun, cpu.own() - used
    return Took(wall, own, cpu.between(served, cpu.of(backend)))


def backend(ms: list[float]) -> str:
    return f" and {told(ms, '.2f')} in PostgreSQL" if any(ms) else ""


async def loop(calls: int, slots: int) -> None:
    context = ssl.create_default_context()
    left = iter(range(calls))

    async def slot() -> None:
        headers = {"authorization": f"Bearer {fill.KEY}"}
        async with httpx.AsyncClient(
            base_url=settings.MANAGER_URL, headers=headers, verify=context, trust_env=False
        ) as http:
            for n in left:
                body = {"login": fill.FIRST_LOGIN + n % fill.LOGINS, "amount": 1, "comment": "bench"}
                answer = await http.post("/transactions/deposit", json=body, headers={"x-request-id": str(uuid7())})
                answer.raise_for_status()

    await asyncio.gather(*(slot() for _ in range(slots)))


if __name__ == "__main__":
    main()
