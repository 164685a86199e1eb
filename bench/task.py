"""The whole path against one bare Celery task a call: real workers of the same flags, transport and sandbox, in turns.

Both workers stand still (SIGSTOP) while work is laid before them, so that neither is measured while the other runs, and
what people or publishers spend is in neither figure.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import django

django.setup()

from backoffice.operations import lanes
from bench import bare, cpu, fill
from bench.figures import ratios, told

ROUNDS, EACH = (7, 800) if os.environ.get("BENCH") == "full" else (3, 320)
DELAYS = (0, 100)
OURS, BARE = int(os.environ["PID_FUNDING"]), int(os.environ["PID_BARE"])
PATIENCE, LOOK_EVERY = 300.0, 0.02


class Took(NamedTuple):
    """Seconds: of wall, of the worker's CPU, and of the CPU of PostgreSQL's processes that serve this database."""

    wall: float
    cpu: float
    backends: float


def main() -> None:
    print(f"the whole path against one bare Celery task a call, {ROUNDS} rounds of {EACH} deposits, {fill.place()}")
    with both_stand_still():
        for delay in DELAYS:
            fill.latency(delay)
            measure(delay, EACH if delay < 50 else EACH // 2)
        fill.latency(0)


def measure(delay: int, each: int) -> None:
    one_task_a_call(each)
    whole_path(each)
    rounds = [(one_task_a_call(each), whole_path(each)) for _ in range(ROUNDS)]
    tasks, ours = [task for task, _ in rounds], [own for _, own in rounds]
    show(f"{delay:>3} ms  a task a call", tasks, each)
    show("        the whole path", ours, each)
    faster = ratios([took.wall for took in tasks], [took.wall for took in ours])
    cheaper = ratios([took.cpu for took in ours], [took.cpu for took in tasks])
    print(f"          {told(faster, '.2f')} times the pace at {told(cheaper, '.2f')} of the CPU")


def show(label: str, rounds: list[Took], each: int) -> None:
    ms, backends = (
        [1000 * part / each for part in parts] for parts in zip(*(took[1:] for took in rounds), strict=True)
    )
    served = f", {told(backends, '.2f')} in PostgreSQL" if any(backends) else ""
    print(f"  {label:<24}{told([each / took.wall for took in rounds], '.0f')}/s, CPU {told(ms, '.2f')} ms{served}")


def whole_path(each: int) -> Took:
    fill.queue(each)
    lanes.publish("funding")
    took = running(OURS, until=lambda: not fill.is_anything_open())
    fill.insist_on_all_applied()
    return took


def one_task_a_call(each: int) -> Took:
    bare.DONE.unlink(missing_ok=True)
    for n in range(each):
        login = fill.FIRST_LOGIN + n % fill.LOGINS
        bare.call.apply_async((login, fill.currencies()[login], each), queue=bare.QUEUE, expires=PATIENCE)
    return running(BARE, until=bare.DONE.exists)


def running(pid: int, *, until: Callable[[], bool]) -> Took:
    """Lets this worker go on until its work is done, and stand still again."""
    served, used, begun = serving(), cpu.of([pid]), time.perf_counter()
    os.kill(pid, signal.SIGCONT)
    try:
        while not until():
            if time.perf_counter() - begun > PATIENCE:
                raise TimeoutError(f"The work was not done within {PATIENCE:.0f} s.")
            time.sleep(LOOK_EVERY)
        wall = time.perf_counter() - begun
        return Took(wall, cpu.between(used, cpu.of([pid])), cpu.between(served, serving()))
    finally:
        os.kill(pid, signal.SIGSTOP)


def serving() -> cpu.Used:
    """What PostgreSQL's processes have used for the workers; the first of them serves this one."""
    return cpu.of(cpu.backends()[1:])


@contextmanager
def both_stand_still() -> Iterator[None]:
    for pid in (OURS, BARE):
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in (OURS, BARE):
            os.kill(pid, signal.SIGCONT)


if __name__ == "__main__":
    main()
