"""The wire's slots: one client each, in a thread of its own, so that calls go on while the database is asked."""

import asyncio
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Protocol

from backoffice.manager.client import Client
from backoffice.manager.failures import AlreadyApplied, Failure, TooLate, Unreadable, ValidationFailed
from backoffice.manager.reader import context
from backoffice.safety.secret import Secret

# Answers are handed on together as long as each such moment brings another, and no longer than that in all; a little
# longer while others wait for a slot, for then the wire has enough to do.
LINGER, NO_LONGER, UNHURRIED = 0.002, 0.010, 0.050
# While calls are quicker than that, so many are claimed ahead for each slot: what frees one finds the next there, and does
# not wait for the database. They begin within such a moment, or are put back.
AHEAD, QUICK = 2, 0.25
# How long a thread that reckons keeps another from going on: the database's answers are on the longer way.
SWITCH = 0.0005
PUT_BACK = TooLate("It was not begun, since the connection stood still. It is sent again.")
# What MT5 may say of one operation and nothing of the connection.
ITS_OWN = (ValidationFailed, AlreadyApplied)
logger = logging.getLogger(__name__)


class Errand(Protocol):
    """Something to do over the wire; its failures are answers, never exceptions."""

    async def over(self, client: Client) -> Any: ...


class Slots:
    """Does errands, `slots` of them at a time, and hands back what came of them, as `(errand, answer)`.

    Its loop has a thread of its own; everything without an underscore is for the one thread that made it.
    """

    def __init__(self, *, key: Secret, slots: int) -> None:
        self.key, self.slots = key, slots
        self.in_hand = 0
        self._last_took = QUICK
        self._waiting: deque[Errand] = deque()
        self._stands = False
        self._came: deque[tuple[Any, Any]] = deque()
        self._some_came = threading.Event()
        self._clients: list[Client] = []
        self._idle: list[Client] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        # Its loop is made here, so that a machine that has none to give says so to whoever asks, and to no thread alone.
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._loop = self._runner.get_loop()
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)

    @property
    def free(self) -> int:
        return max(self.slots - self.in_hand, 0)

    @property
    def room(self) -> int:
        """How many may be handed over: one for each free slot, and ahead of them while calls are quick."""
        ahead = AHEAD * self.slots if self._last_took < QUICK else 0
        return max(self.slots + ahead - self.in_hand, 0)

    def start(self, errands: Iterable[Errand]) -> None:
        """Begins them as slots are free, in their order, after those that wait; after a failure it lets these go on."""
        errands = list(errands)
        self.in_hand += len(errands)
        if errands or self._stands:
            self._loop.call_soon_threadsafe(self._take, errands)

    def put_back(self) -> list[tuple[Any, Any]]:
        """Whatever has not begun, as answers: it never will."""
        taken: list[tuple[Any, Any]] = []
        while self._waiting:
            try:
                taken.append((self._waiting.pop(), PUT_BACK))
            except IndexError:  # it began just now
                break
        self.in_hand -= len(taken)
        return taken

    def answers(self, *, within: float) -> list[tuple[Any, Any]]:
        """What came within `within` seconds, and what comes just after it: sixteen are recorded almost as cheaply as two."""
        if self._some_came.wait(within):
            self._linger()
        self._some_came.clear()
        came = [self._came.popleft() for _ in range(len(self._came))]
        self.in_hand -= len(came)
        return came

    def _linger(self) -> None:
        begun, many = time.monotonic(), 0
        while True:
            came, is_busy = len(self._came), bool(self._waiting) and not self._stands
            longest = UNHURRIED if is_busy and came < self.slots else NO_LONGER if many < came < self.in_hand else 0
            if time.monotonic() - begun >= longest:
                return
            many = came
            time.sleep(LINGER)

    def _take(self, errands: list[Errand]) -> None:
        self._waiting += errands
        self._stands = False
        self._begin()

    def _begin(self) -> None:
        while self._waiting and len(self._calls) < self.slots and not self._stands:
            try:
                errand = self._waiting.popleft()
            except IndexError:  # it was put back just now
                return
            call = self._loop.create_task(self._call(errand))
            self._calls.add(call)
            call.add_done_callback(self._done)

    def _client(self) -> Client:
        """An idle client, or one made now: an idle lane that gets one operation pays for one, not for all slots."""
        if not self._idle:
            self._clients.append(Client(self.key, context=context()))
            return self._clients[-1]
        return self._idle.pop()

    async def _call(self, errand: Errand) -> None:
        begun = time.monotonic()
        try:
            client = self._client()
            answer = await errand.over(client)
            self._idle.append(client)
        except Exception:  # a defect in one errand must not take the others' answers with it; its outcome is unknown
            logger.exception("An errand failed by a defect of ours.")
            answer = Unreadable("A defect of this software hides what came back.")
        self._last_took = time.monotonic() - begun
        # Nothing more begins until whoever works the lane has heard of it.
        self._stands |= isinstance(answer, Failure) and not isinstance(answer, ITS_OWN)
        self._came.append((errand, answer))
        self._some_came.set()

    def _done(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        self._begin()

    def _run(self) -> None:
        with self._runner:
            self._runner.run(self._live())

    async def _live(self) -> None:
        await self._over.wait()
        self._waiting.clear()
        for call in (calls := list(self._calls)):
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        for client in self._clients:
            await client.close()

    def __enter__(self) -> "Slots":
        self._switched = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        sys.setswitchinterval(self._switched)


def awake() -> float:
    """Seconds on a clock that counts a suspended machine's sleep too, where the system has one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
