"""What a call sends, told by the very code that sends it: a client that reaches nobody, and hands back its request."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, NoReturn

import httpx

from backoffice.manager.client import Client
from backoffice.manager.failures import Failure
from backoffice.manager.reader import context
from backoffice.manager.wire import parsed
from backoffice.safety.secret import Secret

# Of the headers only these are anybody's business; the credential never leaves this module.
TOLD = ("x-environment", "x-operator-id", "x-request-id", "content-type")


@dataclass(frozen=True)
class Asked:
    """A request as it leaves: method, path, the headers that say something, and the fields of its query or its body."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]


class _Sent(Exception):
    """The request that would have left now."""

    def __init__(self, request: httpx.Request) -> None:
        super().__init__(request.url.path)
        self.request = request


class _Rehearsal(Client):
    async def _exchange(self, request: httpx.Request) -> NoReturn:
        raise _Sent(request)


def rehearsed(call: Callable[[Client], Awaitable[Any]]) -> Asked | None:
    """The first request of a call; nothing is sent, and nothing is waited for. None where the call sends nothing."""
    steps: Coroutine[Any, Any, Any] = _run(call)
    try:
        steps.send(None)
    except _Sent as sent:
        return _asked(sent.request)
    except (StopIteration, Failure):
        return None
    finally:
        steps.close()
    raise RuntimeError("A rehearsal waits for nothing.")


async def _run(call: Callable[[Client], Awaitable[Any]]) -> None:
    await call(_Rehearsal(Secret(""), context=context()))


def _asked(request: httpx.Request) -> Asked:
    headers = tuple((name, request.headers[name]) for name in TOLD if name in request.headers)
    body: Any = parsed(request.content) if request.content else dict(request.url.params)
    fields = tuple((str(name), str(value)) for name, value in body.items())
    return Asked(request.method, request.url.path, headers, fields)
