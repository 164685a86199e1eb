"""The wire's slots: one client each and one event loop, which runs only while someone waits for answers."""

import asyncio
import logging
import time
from types import TracebackType
from typing import Any, Protocol

from backoffice.manager.client import Client
from backoffice.manager.failures import Unreadable
from backoffice.manager.reader import context
from backoffice.safety.secret import Secret

# Answers are handed on together as long as each such moment brings another, and no longer than that in all.
LINGER, NO_LONGER = 0.002, 0.010
logger = logging.getLogger(__name__)


class Errand(Protocol):
    """Something to do over the wire; its failures are answers, never exceptions."""

    async def over(self, client: Client) -> Any: ...


class Slots:
    """Starts errands on free slots and hands back what came of them, as `(errand, answer)`."""

    def __init__(self, *, key: Secret, slots: int) -> None:
        self.runner = asyncio.Runner()
        self.key, self.slots = key, slots
        self.clients: list[Client] = []
        self.idle: list[Client] = []
        self.stood_since = time.monotonic()
        self.calls: set[asyncio.Task[tuple[Any, Any]]] = set()

    @property
    def free(self) -> int:
        return self.slots - len(self.calls)

    def start(self, errand: Errand) -> None:
        self.calls.add(self.runner.get_loop().create_task(self._call(self._client(), errand)))

    def _client(self) -> Client:
        """An idle client, or one made now: an idle lane that gets one operation pays for one, not for all slots."""
        if not self.idle:
            self.clients.append(Client(self.key, context=context()))
            return self.clients[-1]
        return self.idle.pop()

    def answers(self, *, within: float) -> list[tuple[Any, Any]]:
        """What came within `within` seconds, and what comes just after it: sixteen are recorded almost as cheaply as two."""
        try:
            return self.runner.run(self._answers(within))
        finally:
            self.stood_since = time.monotonic()

    async def _answers(self, within: float) -> list[tuple[Any, Any]]:
        pause = time.monotonic() - self.stood_since
        for client in self.clients:
            client.forgive(pause)
        done = await self._come(within, return_when=asyncio.FIRST_COMPLETED)
        first = time.monotonic()
        while done and self.calls and time.monotonic() < first + NO_LONGER:
            if not (more := await self._come(LINGER)):
                break
            done |= more
        return [call.result() for call in done]

    async def _come(
        self, within: float, return_when: str = asyncio.ALL_COMPLETED
    ) -> set[asyncio.Task[tuple[Any, Any]]]:
        done, self.calls = await asyncio.wait(self.calls, timeout=within, return_when=return_when)
        return done

    async def _call(self, client: Client, errand: Errand) -> tuple[Any, Any]:
        try:
            return errand, await errand.over(client)
        except Exception:  # a defect in one errand must not take the others' answers with it; its outcome is unknown
            logger.exception("An errand failed by a defect of ours.")
            return errand, Unreadable("A defect of this software hides what came back.")
        finally:
            self.idle.append(client)

    def __enter__(self) -> "Slots":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.runner.run(_close_all(self.clients))
        self.runner.close()


async def _close_all(clients: list[Client]) -> None:
    for client in clients:
        await client.close()


def awake() -> float:
    """Seconds on a clock that counts a suspended machine's sleep too, where the system has one."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
