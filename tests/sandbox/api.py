"""A client of the sandbox that trusts nothing: each answer it takes is held against the contract."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

import httpx

from tests.sandbox import contract
from tests.sandbox_process import ACCOUNTS, FUNDING, WEB, client

NUMBERS: Iterator[int] = count(1)


class Answer(NamedTuple):
    status: int
    body: Any
    headers: httpx.Headers

    @property
    def error(self) -> dict[str, Any]:
        return dict(self.body["error"])


class Api:
    """Sends with the key of the lane that may, unless told otherwise."""

    def __init__(self, url: str) -> None:
        self.http = client(url, timeout=5)

    def send(self, method: str, path: str, *, key: str | None, **rest: Any) -> httpx.Response:
        """One request as it is; `rest` may hold headers, request_id, params, and a body as text."""
        headers = {**rest.get("headers", {})}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        if rest.get("request_id"):
            headers["x-request-id"] = rest["request_id"]
        return self.http.request(method, path, headers=headers, params=rest.get("params"), content=rest.get("body"))

    def ask(self, method: str, path: str, *, key: str | None, **rest: Any) -> Answer:
        response = self.send(method, path, key=key, **rest)
        return Answer(response.status_code, contract.check(response), response.headers)

    def move(self, what: str, body: str, *, request_id: str | None = "new", **rest: Any) -> Answer:
        given = new_id() if request_id == "new" else request_id
        return self.ask("POST", f"/transactions/{what}", key=FUNDING, body=body, request_id=given, **rest)

    def deposit(self, login: int, amount: str, **rest: Any) -> Answer:
        return self.move("deposit", funds(login, amount), **rest)

    def account(self, login: int) -> dict[str, Any]:
        return dict(self.ask("GET", f"/accounts/{login}", key=WEB).body)

    def patch(self, login: int, body: str, **rest: Any) -> Answer:
        return self.ask("PATCH", f"/accounts/{login}", key=ACCOUNTS, body=body, **rest)

    def create(self, body: str, **rest: Any) -> Answer:
        return self.ask("POST", "/accounts", key=ACCOUNTS, body=body, **rest)

    def history(self, **params: Any) -> Answer:
        window = {"from": "2026-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z"}
        return self.ask("GET", "/transactions/history", key=WEB, params={**window, **params})


def new_id() -> str:
    return f"test-{next(NUMBERS)}"


def funds(login: int, amount: str, more: str = "") -> str:
    """The amount as it stands on the wire, so that a test can send what no JSON writer would."""
    return f'{{"login": {login}, "amount": {amount}{more}}}'


def money(text: str) -> Decimal:
    return Decimal(text)
