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


def ask(question: Callable[[Client], Awaitable[T]]) -> T:
    """Runs one question against the Manager with the web's key and waits for the answer; raises its Failure."""
    if not hasattr(_mine, "runner"):
        _mine.runner = asyncio.Runner()
        _mine.client = Client(settings.MANAGER_KEYS["web"], context=context())
    return _mine.runner.run(_awaited(question, _mine.client))  # type: ignore[no-any-return]  # threading.local is untyped


async def _awaited(question: Callable[[Client], Awaitable[T]], client: Client) -> T:
    return await question(client)


@cache
def context() -> ssl.SSLContext:
    """One context for all clients of a process: making one costs 65 ms."""
    return ssl.create_default_context()
