"""An operation's attempts as they stand on record: what was sent, what came back; the same again and again is one line."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from backoffice.manager.client import Caller, Client
from backoffice.manager.rehearsal import Asked, rehearsed
from backoffice.operations.models import Answer, Attempt, Operation
from backoffice.operations.trace import look
from backoffice.ui.parts import Fact, Tone

MOST = 1000
GOOD, BAD = {"applied", "found"}, {"refused", "foreign", "doubled", "absent", "blind"}
# Nothing left this machine: what the answer is called where it is one of ours, not of MT5's.
NOT_SENT = {"moved", "NotSent", "NotConnected", "TooLate"}
# Nothing came of it, so that it is done again and again; what may have taken effect is never told as one of many.
REPEATED = {"looked", "NotSent", "NotConnected", "TooLate", "Unauthorized", "TooManyRequests", "PermissionDenied"}


@dataclass(frozen=True)
class Run:
    """Attempts in a row to which the same came back, mostly one alone: first and last of them, and what was sent."""

    first: Attempt
    last: Attempt
    answer: Answer | None
    count: int
    asked: Asked | None

    @property
    def is_send(self) -> bool:
        return self.first.purpose == Attempt.Purpose.SEND

    @property
    def what(self) -> str:
        what = "Not sent to MT5" if self.is_send and not self.was_sent else self.first.get_purpose_display()
        return f"{what}, {self.count} times" if self.count > 1 else what

    @property
    def is_single_send(self) -> bool:
        return self.is_send and self.was_sent and self.count == 1

    @property
    def heard(self) -> str:
        return "MT5 did not answer" if self.answer and self.answer.meaning == "NoAnswer" else "MT5 answered"

    @property
    def was_sent(self) -> bool:
        return self.answer is None or self.answer.meaning not in NOT_SENT

    @property
    def since(self) -> datetime | None:
        """When the first of several was; None where it was one."""
        return self.first.at if self.count > 1 else None

    @property
    def took(self) -> str:
        """From the attempt to its answer on record; of several it says nothing."""
        if self.answer is None or self.count > 1:
            return ""
        return _lasting(self.answer.at - self.first.at)

    @property
    def came_back(self) -> str:
        """Status and time, as far as they are known, before the words."""
        status = f"HTTP {self.answer.status}" if self.answer and self.answer.status else ""
        return " · ".join(part for part in (status, self.took and f"after {self.took}") if part)

    @property
    def tone(self) -> Tone:
        meaning = self.answer.meaning if self.answer else ""
        return "ok" if meaning in GOOD else "bad" if meaning in BAD else "" if meaning == "looked" else "warn"

    @property
    def fold(self) -> str:
        return "What was sent" if self.is_send else "What was asked"

    @property
    def sent(self) -> list[Fact]:
        """The request as it left: method and path, headers without the credential, each field."""
        if self.asked is None or not self.was_sent:
            return []
        line = Fact(label="Request", value=f"{self.asked.method} {self.asked.path}")
        return [line, *(Fact(label=name, value=value) for name, value in self.asked.headers + self.asked.fields)]


def runs(operation: Operation) -> list[Run]:
    """Every attempt, oldest first, the newest MOST of them; those that are alike are told together."""
    newest = operation.attempts.select_related("answer").order_by("-pk")[:MOST]
    return [_run(operation, list(alike)) for _, alike in groupby(reversed(newest), key=_likeness)]


def answer_of(attempt: Attempt) -> Answer | None:
    return getattr(attempt, "answer", None)  # an answer that is not there is no attribute


def _likeness(attempt: Attempt) -> object:
    answer = answer_of(attempt)
    if answer is None or answer.meaning not in REPEATED:
        return attempt.pk
    return attempt.purpose, answer.meaning, answer.status, answer.words


def _run(operation: Operation, alike: Sequence[Attempt]) -> Run:
    first, last = alike[0], alike[-1]
    return Run(first, last, answer_of(last), len(alike), rehearsed(_call(operation, last)))


def _call(operation: Operation, attempt: Attempt) -> Callable[[Client], Awaitable[Any]]:
    """What the attempt called, in its maker's name, as the machine does it."""
    operator_id = operation.made_by.operator_id
    if attempt.purpose == Attempt.Purpose.SEND:
        return lambda client: operation.instruction.send(client, Caller(operator_id, str(operation.pk)))
    return lambda client: look(operation, client, operator_id=operator_id, until=attempt.at)


def _lasting(time: timedelta) -> str:
    seconds = time.total_seconds()
    return f"{seconds:.2f} s" if seconds < 60 else f"{seconds / 60:.0f} min"
