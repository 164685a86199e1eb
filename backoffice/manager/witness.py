"""A connection to the Manager that judges nothing: every answer as it came, for whoever wants to know a provider's ways."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

from backoffice.manager.client import Caller, Client, seconds
from backoffice.manager.failures import Failure, Unreadable
from backoffice.manager.reader import context
from backoffice.manager.wire import legible, parsed
from backoffice.safety.secret import Secret


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One answer: `status` is 0 and `failure` says why where none came. `body` is its JSON, None where it is none.

    `took` is in seconds, `retry_after` too; `date` is the Date header, which is in whole seconds.
    """

    status: int
    took: float
    body: Any = None
    failure: Failure | None = None
    date: datetime | None = None
    retry_after: float | None = None

    @property
    def is_success(self) -> bool:
        return self.status in (200, 201) and isinstance(self.body, dict)

    @property
    def fields(self) -> dict[str, Any]:
        """The body's fields; none where it is no JSON object."""
        return self.body if isinstance(self.body, dict) else {}

    @property
    def error(self) -> dict[str, Any]:
        return _object(self.fields.get("error"))

    @property
    def code(self) -> str:
        return legible(str(self.error.get("code") or ""), most=64)

    def detail(self, name: str) -> str:
        """What the refusal names under `details` ("field", "reason"), empty where it names none."""
        return legible(str(_object(self.error.get("details")).get(name) or ""), most=64)

    @property
    def words(self) -> str:
        """Status, code, field and reason; or why there is no answer."""
        if self.failure:
            return self.failure.message
        named = [f"{name} {said}" for name in ("field", "reason") if (said := self.detail(name))]
        return ", ".join([f"{self.status} {self.code}".strip(), *named])


class Witness:
    """`with Witness(key) as witness: witness.hear("GET", "/accounts/128001", Caller("ada"))`; it raises no Failure."""

    def __init__(self, key: Secret) -> None:
        self._runner = asyncio.Runner()
        self._client = Client(key, context=context())

    def hear(self, method: str, path: str, caller: Caller, **fields: dict[str, Any]) -> Heard:
        began = time.monotonic()
        try:
            status, received, headers = self._runner.run(self._client.exchange(method, path, caller, **fields))
        except Failure as failure:
            return Heard(status=0, took=time.monotonic() - began, failure=failure)
        return Heard(
            status=status,
            took=time.monotonic() - began,
            body=_json(received),
            date=_date(headers.get("date", "")),
            retry_after=seconds(headers.get("retry-after")),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._client.close())
        self._runner.close()


def _json(received: bytes) -> Any:
    try:
        return parsed(received)
    except Unreadable:
        return None


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
