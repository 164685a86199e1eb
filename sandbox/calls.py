"""One call as it came in: who, what, with which headers and fields, and what became of it."""

import json
import re
from collections import deque
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox import clock, keys, refusals
from sandbox.terms import API_MANAGER, By

NAME = re.compile(r"[A-Za-z0-9._:-]{1,64}")
LOGIN_IN_PATH = re.compile(r"/accounts/([1-9][0-9]{0,17})(?:/|$)")
LARGEST_LOGIN = 2**63 - 1
KEPT = 5_000
# NaN and Infinity become Decimals too, so that the refusal can name the field that holds them.
DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=Decimal)


class Call:
    """Slots and no dataclass: one is made for every request that a benchmark sends."""

    __slots__ = (
        "_fields", "at", "body", "environment", "fault", "headers", "key", "method", "operator_id", "path", "query",
        "request_id", "status",
    )  # fmt: skip

    def __init__(
        self, method: str, path: str, *, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> None:
        self.method, self.path, self.headers, self.query, self.body = method, path, headers, query, body
        self.at = clock.now()
        self.key = keys.bearer(headers.get("Authorization", ""))
        self.request_id = headers.get("x-request-id")
        self.operator_id = headers.get("x-operator-id")
        self.environment = headers.get("x-environment")
        self.status: int | None = None
        self.fault: str | None = None
        self._fields: dict[str, Any] | None = None

    @property
    def fields(self) -> dict[str, Any]:
        if self._fields is None:
            self._fields = _decoded(self.body)
        return self._fields

    @property
    def echo(self) -> str | None:
        """The request id for an error's body, unless it is itself the error."""
        return self.request_id if self.request_id and NAME.fullmatch(self.request_id) else None

    @property
    def by(self) -> By:
        return By(self.request_id, self.operator_id, API_MANAGER)

    def admit(self, *, environment: str) -> None:
        """Refuses an unknown key, headers that are not of the contract, and another environment's call."""
        if self.key is None:
            raise refusals.unauthorized("manager credential is missing or unknown")
        _check_name("x-operator-id", self.operator_id)
        if self.method != "GET":
            _check_name("x-request-id", self.request_id)
        if self.environment is not None and self.environment != environment:
            _refuse_environment(self.environment, environment)

    def login(self) -> int | None:
        """The login that the call is about, wherever it names it; None where it names none that can be read."""
        if in_path := LOGIN_IN_PATH.match(self.path):
            return int(in_path[1])
        asked = str(self.query.get("login") if self.method == "GET" else self._field("login"))
        return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 20 else None

    def _field(self, name: str) -> Any:
        try:
            return self.fields.get(name)
        except refusals.Refused:
            return None

    def forget_body(self) -> None:
        # The log keeps thousands of calls, and some bodies hold a password.
        self.body, self.headers, self._fields = b"", {}, None

    def shown(self) -> dict[str, Any]:
        return {
            "time": clock.written(self.at),
            "method": _plain(self.method),
            "path": _plain(self.path),
            "requestId": _plain(self.request_id),
            "operatorId": _plain(self.operator_id),
            "environment": _plain(self.environment),
            "key": self.key.name if self.key else None,
            "status": self.status,
            "fault": self.fault,
        }


def new_log() -> deque[Call]:
    return deque(maxlen=KEPT)


def login_of(fields: dict[str, Any]) -> int:
    login = fields.get("login")
    if type(login) is not int or not 1 <= login <= LARGEST_LOGIN:
        raise refusals.invalid("login", "login must be a whole number of at least 1")
    return login


def text(value: object, *, field: str, most: int) -> str:
    """The text, cut to what MetaTrader keeps of it; refuses what is no text or cannot be written as UTF-8."""
    if not isinstance(value, str):
        raise refusals.invalid(field, f"{field} must be text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise refusals.invalid(field, f"{field} holds half a character") from None
    return value[:most]


def _plain(text: str | None) -> str | None:
    # A header may hold bytes that are no text; the log must be readable all the same.
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()


def _decoded(body: bytes) -> dict[str, Any]:
    # json raises ValueError for bad JSON, bad UTF-8 and numbers of thousands of digits alike.
    try:
        fields = DECODER.decode(body.decode())
    except (ValueError, ArithmeticError, RecursionError):
        raise refusals.invalid("body", "the body is not JSON") from None
    if not isinstance(fields, dict):
        raise refusals.invalid("body", "the body is not a JSON object")
    return fields


def _check_name(header: str, value: str | None) -> None:
    if value is not None and not NAME.fullmatch(value):
        raise refusals.invalid(header, f"{header} must be 1 to 64 of A-Z a-z 0-9 . _ : -")


def _refuse_environment(asked: str, ours: str) -> None:
    if len(asked) > 32:
        raise refusals.invalid("x-environment", "x-environment must be at most 32 characters")
    raise refusals.denied(f"this is the {ours} environment", reason="wrongEnvironment", field="x-environment")
