"""The web's reads: one read-only client a thread, and a plain call for whoever waits for the answer."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable
from functools import cache
from typing import TypeVar

from django.conf import settings

from backoffice.manager.client import Client

T = TypeVar("T")
_mine = threading.local()


class Reader:
    """A thread's own loop and connection; both are closed when the thread goes."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.client = Client(settings.MANAGER_KEYS["web"], context=context())

    def ask(self, question: Callable[[Client], Awaitable[T]]) -> T:
        return self.runner.run(self._answer(question))

    async def _answer(self, question: Callable[[Client], Awaitable[T]]) -> T:
        return await question(self.client)

    def __del__(self) -> None:
        closing = self.client.close()
        try:
            self.runner.run(closing)
            self.runner.close()
        except RuntimeError:
            # The interpreter itself is going, or a thread with a loop of its own collects what another one left behind.
            closing.close()


def ask(question: Callable[[Client], Awaitable[T]]) -> T:
    """Runs one question against the Manager with the web's key and waits for the answer; raises its Failure."""
    if not hasattr(_mine, "reader"):
        _mine.reader = Reader()
    reader: Reader = _mine.reader
    return reader.ask(question)


@cache
def context() -> ssl.SSLContext:
    """One context for all clients of a process: making one costs 65 ms."""
    return ssl.create_default_context()
