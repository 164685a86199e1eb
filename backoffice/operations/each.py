"""Many rows one by one: each act is a unit of its own, and what came of it is told for each."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError

from backoffice.operations.desk import Refusal
from backoffice.operations.models import Operation

MOST = 50
CHANGED = "It has changed since you looked. Look at it again."


@dataclass(frozen=True)
class Result:
    """What came of one row."""

    operation: Operation
    words: str
    is_done: bool


def done(operation: Operation, act: Callable[[], str]) -> Result:
    """One row must not take the others with it, neither by a refusal nor by a database that is busy just then."""
    try:
        return Result(operation, act(), is_done=True)
    except Refusal as refusal:
        return Result(operation, str(refusal), is_done=False)
    except (OperationalError, InterfaceError):
        return Result(operation, "The database was busy. Look at it before you try again.", is_done=False)
