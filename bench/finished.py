"""What an operation costs beside many finished ones: databases side by side, measured by turns, and what a claim touches.

Each round goes through all of them, beginning with another one each time, and a ratio is of two halves of one round.
"""

import os
import sys
import time
from collections.abc import Sequence

import django

django.setup()

from django.conf import settings
from django.db import connection

from backoffice.audit import clock
from backoffice.operations import queue
from bench import cpu, fill, past, plans
from bench.copies import copies, go_to
from bench.figures import ratios, told
from bench.throughput import Took, drain, timed

FULL = os.environ.get("BENCH") == "full"
ROUNDS, EACH = (7, 800) if FULL else (3, 320)
FINISHED = (0, 100_000, 1_000_000) if FULL else (0, 20_000)


def main() -> int:
    print(f"an operation beside finished ones, {ROUNDS} rounds of {EACH} deposits, {fill.place()}")
    with copies(len(FINISHED)) as names:
        for name, count in zip(names, FINISHED, strict=True):
            begun = time.perf_counter()
            go_to(name)
            past.live_through(count)
            one_round(settings.LANE_SLOTS)
            print(f"  {count:>9,} finished, made in {time.perf_counter() - begun:.0f} s", flush=True)
        show(measured(names))
        return touched(names)


def measured(names: Sequence[str]) -> list[list[Took]]:
    """The rounds of each database, in the order of `names`."""
    rounds: list[list[Took]] = [[] for _ in names]
    for n in range(ROUNDS):
        for turn in range(len(names)):
            which = (n + turn) % len(names)
            go_to(names[which])
            rounds[which].append(one_round(EACH))
    return rounds


def one_round(operations: int) -> Took:
    fill.queue(operations)
    took = timed(drain)
    if fill.is_anything_open():
        raise RuntimeError("Not everything was applied; the figure would be worth nothing.")
    return took


def show(rounds: list[list[Took]]) -> None:
    used = [[1000 * (took.cpu + took.backend) / EACH for took in each] for each in rounds]
    for count, each, ms in zip(FINISHED, rounds, used, strict=True):
        pace = told([EACH / took.wall for took in each], ".0f")
        served = f", {told([1000 * took.backend / EACH for took in each], '.2f')} of it in PostgreSQL"
        more = f"; {told(ratios(ms, used[0]), '.2f')} of the first" if ms is not used[0] else ""
        print(f"  {count:>9,} finished: {pace}/s, CPU {told(ms, '.2f')} ms{served if cpu.backends() else ''}{more}")


def touched(names: Sequence[str]) -> int:
    """What one claim asks, and the looks before it, and how much that touches; 1 where a whole table is read."""
    turns = [turn(name) for name in names]
    unit = "buffers" if connection.vendor == "postgresql" else "steps of SQLite's machine"
    print(
        f"  {unit} that a turn of {settings.LANE_SLOTS} takes, beside {' / '.join(f'{n:,}' for n in FINISHED)} finished"
    )
    for part in turns[0]:
        for statements in zip(*(asked[part] for asked in turns), strict=True):
            line(part, statements[-1].label, [asked.touched for asked in statements], statements[-1].indexes)
        line(part, "in all", [sum(asked.touched for asked in asked_by[part]) for asked_by in turns], [])
    scans = {
        f"{asked.label}: {scan}"
        for asked_by in turns
        for part in asked_by.values()
        for asked in part
        for scan in asked.scans
    }
    for scan in sorted(scans):
        print(f"    READS A WHOLE TABLE: {scan}")
    return 1 if scans else 0


def turn(name: str) -> dict[str, list[plans.Asked]]:
    """What a turn asks before it sends, out of a queue as long as a round's."""
    go_to(name)
    fill.queue(EACH)
    return {
        "sweep": plans.asked_by(lambda: queue.sweep("funding", now=clock.now())),
        "looks": plans.asked_by(lambda: queue.hold_for_trace("funding", most=2, now=clock.now())),
        "claim": plans.asked_by(lambda: queue.claim("funding", most=settings.LANE_SLOTS, now=clock.now())),
    }


def line(part: str, label: str, figures: list[int], indexes: list[str]) -> None:
    told = " / ".join(f"{figure:,}" for figure in figures)
    print(f"    {part:<8}{label:<42}{told:<28}{', '.join(indexes)}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
