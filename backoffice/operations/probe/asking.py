"""Asks the Manager for one person: waits where it says so, and keeps how long answers took and how clocks differ."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from backoffice.audit import clock
from backoffice.manager.client import Caller
from backoffice.manager.witness import Heard, Witness
from backoffice.operations.probe.questions import (
    NEVER_429,
    NOT_SEEN,
    WITH_WAIT,
    WITHOUT_WAIT,
    Found,
    milliseconds,
)

MOST_WAITS = 3
LONGEST_WAIT = 30.0
# The Date header is in whole seconds, and servers write it once a second at most.
DATE_GRAIN = timedelta(seconds=2)


@dataclass(frozen=True)
class Asked:
    """One call: what was heard, between which two times of the database's clock, and when on the monotonic one."""

    heard: Heard
    before: datetime
    after: datetime
    came_at: float


class Asker:
    def __init__(self, witness: Witness, *, operator_id: str) -> None:
        self.witness, self.operator_id = witness, operator_id
        self.took: dict[str, list[float]] = {"GET": [], "POST": []}
        self.waits: list[float | None] = []
        self.apart: list[timedelta] = []

    def read(self, path: str, **asked: object) -> Heard:
        return self._ask("GET", path, Caller(self.operator_id), asked=asked).heard

    def write(self, path: str, *, request_id: str, body: dict[str, object]) -> Asked:
        return self._ask("POST", path, Caller(self.operator_id, request_id), body=body)

    def _ask(self, method: str, path: str, caller: Caller, **fields: dict[str, object]) -> Asked:
        asked = self._once(method, path, caller, **fields)
        for _ in range(MOST_WAITS):
            if asked.heard.status != 429:
                break
            self.waits.append(asked.heard.retry_after)
            time.sleep(min(asked.heard.retry_after or 1.0, LONGEST_WAIT))
            asked = self._once(method, path, caller, **fields)
        return asked

    def _once(self, method: str, path: str, caller: Caller, **fields: dict[str, object]) -> Asked:
        before = clock.now()
        heard = self.witness.hear(method, path, caller, **fields)
        asked = Asked(heard, before, clock.now(), time.monotonic())
        if heard.is_success:
            self.took[method].append(heard.took)
        if heard.date:
            self.note_clock(heard.date, asked, grain=DATE_GRAIN)
        return asked

    def note_clock(self, moment: datetime, asked: Asked, *, grain: timedelta) -> None:
        self.apart.append(apart(moment, before=asked.before, after=asked.after, grain=grain))

    def sums(self) -> list[Found]:
        """What all the calls together say: times, clocks, and whether a 429 came with a wait."""
        named = {"read_time": self.took["GET"], "write_time": self.took["POST"]}
        return [*(_median(name, times) for name, times in named.items() if times), self._skew(), self._retry_after()]

    def _skew(self) -> Found:
        if not self.apart:
            return Found("skew", NOT_SEEN, "No answer carried a time.")
        most = max(self.apart, key=abs).total_seconds()
        return Found(
            "skew", milliseconds(most), f"{len(self.apart)} times against the database’s clock, the widest apart"
        )

    def _retry_after(self) -> Found:
        if not self.waits:
            return Found("retry_after", NEVER_429)
        value = WITHOUT_WAIT if None in self.waits else WITH_WAIT
        told = ", ".join("none" if wait is None else f"{wait:g} s" for wait in self.waits[:10])
        return Found("retry_after", value, f"waits that came with it: {told}")


def apart(moment: datetime, *, before: datetime, after: datetime, grain: timedelta) -> timedelta:
    """By how much a clock that showed `moment` between `before` and `after` is surely ahead of ours, negative: behind.

    `grain` is how much of the time the writer cuts off.
    """
    if moment > after:
        return moment - after
    return min(moment + grain - before, timedelta(0))


def _median(name: str, times: list[float]) -> Found:
    told = f"{len(times)} answers, from {milliseconds(min(times))} to {milliseconds(max(times))} ms"
    return Found(name, milliseconds(median(times)), told)
