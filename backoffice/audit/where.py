"""Where a request comes from, for the entries written while it is served."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Where:
    ip: str = ""
    device: str = ""


HERE: ContextVar[Where] = ContextVar("where", default=Where())  # noqa: B039  # it is frozen


def here() -> Where:
    return HERE.get()
