"""One connection's worth of the Manager API: a deadline for the whole call, no redirects, no proxies, no bodies in logs."""

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import httpx
from django.conf import settings

from backoffice.manager import failures
from backoffice.manager.wire import (
    Account,
    ErrorMessage,
    History,
    M,
    Transaction,
    legible,
    legible_account,
    read,
    written,
)
from backoffice.safety.secret import Secret

MOST_BODY = 8 * 1024 * 1024
PAGE = 1000
ALWAYS = {"accept": "application/json", "accept-encoding": "gzip, deflate", "user-agent": "countersign"}
MOST_PAGES = 200


@dataclass(frozen=True)
class Caller:
    """Who asks, for the Manager's own records: the operator, and for a mutation its idempotency key."""

    operator_id: str
    request_id: str = ""

    def headers(self) -> dict[str, str]:
        named = {"x-operator-id": self.operator_id, "x-request-id": self.request_id}
        return {name: value for name, value in named.items() if value}


class Client:
    """One slot's client of the Manager API. Every method raises a Failure of `failures` when it does not succeed."""

    def __init__(self, key: Secret, *, context: ssl.SSLContext) -> None:
        # httpx's transport without its client: what that adds (cookies, redirects, proxies) is what a Manager must not
        # have, and costs a third of a call.
        self._transport = httpx.AsyncHTTPTransport(
            verify=context,
            trust_env=False,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=5),
        )
        named = {"authorization": f"Bearer {key.reveal()}", "x-environment": settings.MANAGER_ENVIRONMENT}
        self._headers = httpx.Headers(ALWAYS | named).raw

    async def account(self, login: int, *, caller: Caller) -> Account:
        account = await self._call("GET", f"/accounts/{login}", Account, caller)
        if account.login != login:
            raise failures.Unreadable(f"MT5 was asked for login {login} and answered for another.")
        return legible_account(account)

    async def deposit(self, *, caller: Caller, **fields: object) -> Transaction:
        return await self._call("POST", "/transactions/deposit", Transaction, caller, body=fields)

    async def withdraw(self, *, caller: Caller, **fields: object) -> Transaction:
        return await self._call("POST", "/transactions/withdraw", Transaction, caller, body=fields)

    async def credit(self, *, caller: Caller, **fields: object) -> Transaction:
        return await self._call("POST", "/transactions/credit", Transaction, caller, body=fields)

    async def history(
        self, login: int | None, *, since: datetime, until: datetime, caller: Caller
    ) -> AsyncIterator[dict[str, Any]]:
        """The funding ledger of a login, or of all (None), from `since` to `until`, oldest first, all pages, its lines as they came."""
        asked: dict[str, Any] = {"from": rfc3339(since), "to": rfc3339(until), "limit": PAGE}
        asked |= {"login": login} if login is not None else {}
        for _ in range(MOST_PAGES):
            page = await self._call("GET", "/transactions/history", History, caller, asked=asked)
            for item in page.items:
                yield item
            if not page.next_cursor:
                return
            asked["cursor"] = page.next_cursor
        raise failures.Unreadable(f"The history has more than {MOST_PAGES} pages.")

    async def close(self) -> None:
        await self._transport.aclose()

    async def _call(self, method: str, path: str, kind: type[M], caller: Caller, **fields: dict[str, Any]) -> M:
        status, received, headers = await self.exchange(method, path, caller, **fields)
        return _meaning(status, received, headers, kind)

    async def exchange(
        self,
        method: str,
        path: str,
        caller: Caller,
        *,
        body: dict[str, Any] | None = None,
        asked: dict[str, Any] | None = None,
    ) -> tuple[int, bytes, httpx.Headers]:
        """Sends once and hands back the answer as it came, whatever it means; raises a Failure only where none came."""
        content = written(body) if body is not None else None
        named = caller.headers() | ({"content-type": "application/json"} if content else {})
        headers = [*self._headers, *httpx.Headers(named).raw]
        # The deadline around the whole call is ours; httpx's are per read, and bound only the connecting.
        limits = {"timeout": {"connect": settings.MANAGER_DEADLINE / 2}}
        url = _url(settings.MANAGER_URL, path)
        return await self._exchange(
            httpx.Request(method, url, params=asked, content=content, headers=headers, extensions=limits)
        )

    async def _exchange(self, request: httpx.Request) -> tuple[int, bytes, httpx.Headers]:
        """Sends once and reads the whole answer. httpx's own time-outs are per read: the deadline stands around it all."""
        try:
            async with asyncio.timeout(settings.MANAGER_DEADLINE):
                answer = await self._transport.handle_async_request(request)
                try:
                    return answer.status_code, await _whole(answer), answer.headers
                finally:
                    await answer.aclose()
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL) as failure:
            raise failures.NotSent(f"The request cannot be written ({type(failure).__name__}).") from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise failures.NotConnected("MT5 cannot be reached.") from None
        except (TimeoutError, httpx.TimeoutException):
            raise failures.NoAnswer(f"No answer within {settings.MANAGER_DEADLINE:g} s.") from None
        except httpx.HTTPError as failure:
            raise failures.NoAnswer(f"The connection broke ({type(failure).__name__}).") from None


@lru_cache(maxsize=256)
def _url(base: str, path: str) -> httpx.URL:
    """Reading an address costs as much as writing a request."""
    return httpx.URL(base.rstrip("/") + path)


async def _whole(answer: httpx.Response) -> bytes:
    body, coded = b"", answer.headers.get("content-encoding")
    async for piece in answer.aiter_bytes() if coded else cast("AsyncIterable[bytes]", answer.stream):
        body += piece
        if len(body) > MOST_BODY:
            raise failures.Unreadable("The answer is longer than any of the contract's.")
    return body


def _meaning(status: int, body: bytes, headers: httpx.Headers, kind: type[M]) -> M:
    if status in (200, 201):
        return read(body, kind)
    if status == 503:
        raise failures.ManagerOffline("MT5 is offline (503).", retry_after=seconds(headers.get("retry-after")))
    if status >= 500 or status < 400:
        raise failures.Unreadable(f"The answer is not the contract's (HTTP {status}).", status=status)
    raise _refusal(status, read(body, ErrorMessage), headers)


def _refusal(status: int, message: ErrorMessage, headers: httpx.Headers) -> failures.Failure:
    error = message.error
    kind = failures.BY_CODE.get((status, error.code))
    if kind is None:
        return failures.Unreadable(f"HTTP {status} with the code {error.code!r} is not the contract's.", status=status)
    return kind(
        legible(error.message),
        field=legible(error.details.field, most=64),
        reason=legible(error.details.reason, most=64),
        retcode=error.details.mt_retcode,
        original=error.original,
        retry_after=seconds(headers.get("retry-after")),
    )


def seconds(value: str | None) -> float | None:
    """Retry-After in seconds, at most an hour; a date or nonsense is not known."""
    return min(float(value), 3600.0) if value and value.isascii() and value.isdigit() else None


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
