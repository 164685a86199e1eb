"""The web's reads: one read-only client a thread, and plain calls for whoever waits for an answer, or for many."""

import asyncio
import ssl
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
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
        self.client = _client()

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
    return _reader().ask(question)


def ask_each(questions: Sequence[Callable[[Client], Awaitable[T]]], *, at_once: int, within: float) -> list[T | None]:
    """The answers to many questions in their order, over at most `at_once` connections.

    None is the answer to what was not answered within `within` seconds. What one question raises, all of them raise.
    """
    return _reader().runner.run(_in_turns(questions, at_once, within))


async def _in_turns(
    questions: Sequence[Callable[[Client], Awaitable[T]]], at_once: int, within: float
) -> list[T | None]:
    answers: list[T | None] = [None] * len(questions)
    left = deque(enumerate(questions))
    clients = [_client() for _ in range(min(at_once, len(questions)))]

    async def work(client: Client) -> None:
        while left:
            place, question = left.popleft()
            answers[place] = await question(client)

    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(within), asyncio.TaskGroup() as turns:
                for client in clients:
                    turns.create_task(work(client))
    finally:
        for client in clients:
            await client.close()
    return answers


def _reader() -> Reader:
    if not hasattr(_mine, "reader"):
        _mine.reader = Reader()
    reader: Reader = _mine.reader
    return reader


def _client() -> Client:
    return Client(settings.MANAGER_KEYS["web"], context=context())


@cache
def context() -> ssl.SSLContext:
    """One context for all clients of a process: making one costs 65 ms."""
    return ssl.create_default_context()
