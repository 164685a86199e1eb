"""What an answer means for an operation: the wire table as a pure function. It reads no clock and no database."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from backoffice.manager import failures
from backoffice.manager.failures import Failure
from backoffice.manager.wire import Transaction, legible, shaped
from backoffice.operations.models import Operation
from backoffice.operations.states import State

MOST_SENDS = 3
KEY_AGE = timedelta(hours=20)
SOON = timedelta(seconds=1)
LONGEST_WAIT = 30.0
REFUSED, CONFLICT = "refused", "conflict"


class Signal(StrEnum):
    """What an answer to a send says of the connection itself."""

    WORKS = "works"  # a write got through
    NOTHING = "nothing"  # a refusal, a 409, or never sent for a reason of its own
    SILENT = "silent"  # nothing of the contract came back
    OFFLINE = "offline"
    UNAUTHORIZED = "unauthorized"
    OUT_OF_SCOPE = "out_of_scope"  # of this kind alone
    STRIKE = "strike"
    WAIT = "wait"


@dataclass(frozen=True)
class Moved:
    """Not sent: what the instruction binds no longer holds, in words."""

    words: str


@dataclass(frozen=True)
class Forged:
    """Not sent: a vote on it does not hold for which somebody is said to have signed."""

    words: str


@dataclass(frozen=True)
class Conclusion:
    """Where the operation goes (None: it stays), in what words, and what it says of the connection."""

    to: State | None
    meaning: str
    words: str
    signal: Signal = Signal.NOTHING
    status: int = 0
    deal: str = ""
    wait: float | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What is kept is legible, whatever the Manager put into it."""
        object.__setattr__(self, "words", legible(self.words, most=2000))


Answered = Transaction | Failure | Moved | Forged


def of_send(operation: Operation, answer: Answered, *, now: datetime) -> Conclusion:
    """What an attempt to send came to. `now` is when the answer was recorded: the send was no later."""
    match answer:
        case Transaction():
            return _of_echo(operation, answer, now)
        case Moved():
            to = State.EXCEPTION if operation.maybe_sent else State.RETURNED
            return Conclusion(to, "moved", answer.words, changes=_doubt(operation))
        case Forged():
            # Somebody may have changed what people decided: that is for two of them to look at, and not for its maker.
            return Conclusion(State.EXCEPTION, "forged", answer.words, changes={"maybe_sent": True})
        case failures.NotConnected():
            return _again(operation, answer, Signal.OFFLINE, now)
        case failures.TooLate():
            return _again(operation, answer, Signal.NOTHING, now, wait=1.0)
        case failures.NotSent():
            return _again(operation, answer, Signal.SILENT, now, wait=1.0)
        case failures.OutOfScope():
            return _again(operation, answer, Signal.OUT_OF_SCOPE, now)
        case failures.Unauthorized():
            return _again(operation, answer, Signal.UNAUTHORIZED, now)
        case failures.TooManyRequests():
            return _again(operation, answer, Signal.WAIT, now, wait=answer.retry_after or 1.0)
        case failures.PermissionDenied() if not answer.reason:
            return _again(operation, answer, Signal.STRIKE, now)
        case failures.AlreadyApplied():
            return _of_conflict(operation, answer, now)
        case failures.Answered():
            return _of_refusal(operation, answer, now)
        case failures.ManagerOffline():
            return _offline(answer, now)
        case _:
            return _unknown(answer, Signal.SILENT, now)


def _of_echo(operation: Operation, echo: Transaction, now: datetime) -> Conclusion:
    if not operation.instruction.agrees(echo, request_id=str(operation.pk)):
        return _left(State.UNCERTAIN, "foreign", "MT5 answered for something else.", now, **_uncertain(now))
    told = _of_status(echo, now, operation)
    return replace(told, signal=Signal.WORKS) if told.to in (State.APPLIED, State.ACCEPTED) else told


def _of_status(line: Transaction, now: datetime, operation: Operation) -> Conclusion:
    if line.status == "applied":
        return _left(State.APPLIED, "applied", booked(line), now, deal=line.deal)
    if line.status == "accepted":
        return _left(State.ACCEPTED, "accepted", "MT5 took it in; it is not booked yet.", now, due_at=now + SOON)
    return _of_refusal(operation, failures.ValidationFailed("it took it in and rejected it."), now)


def _of_refusal(operation: Operation, answer: failures.Answered, now: datetime) -> Conclusion:
    words = f"MT5 refused: {answer.words}"
    if operation.maybe_sent:
        changes = _uncertain(now) | {"last_answer": REFUSED}
        return _left(State.UNCERTAIN, "refused", words, now, status=answer.status, **changes)
    return _left(State.REFUSED, "refused", words, now, status=answer.status)


def _of_conflict(operation: Operation, answer: failures.AlreadyApplied, now: datetime) -> Conclusion:
    original = _original(answer)
    request_id = str(operation.pk)
    if original is not None and not operation.instruction.agrees(original, request_id=request_id):
        words = f"MT5 says it did something else under this request before: {booked(original)}"
        return _left(State.EXCEPTION, "foreign", words, now, status=409, maybe_sent=True)
    if original is None or not operation.instruction.marked(original, request_id=request_id):
        words = "MT5 says it was done before, and not by whom. Looking it up."
        changes = _uncertain(now) | {"last_answer": CONFLICT}
        return _left(State.UNCERTAIN, "conflict", words, now, status=409, **changes)
    return _of_status(original, now, operation)


def _original(answer: failures.AlreadyApplied) -> Transaction | None:
    try:
        return shaped(answer.original, Transaction) if answer.original else None
    except failures.Unreadable:
        return None


def _again(
    operation: Operation, answer: Failure, signal: Signal, now: datetime, *, wait: float | None = None
) -> Conclusion:
    """Nothing happened: it is tried again, the later the longer it has been tried."""
    age = (now - (operation.approved_at or now)).total_seconds()
    due = {"due_at": now + timedelta(seconds=max(wait or 0, min(age / 10, LONGEST_WAIT)))}
    kind = type(answer).__name__
    return Conclusion(State.QUEUED, kind, answer.message, signal, answer.status, wait=wait, changes=due)


def _offline(answer: failures.ManagerOffline, now: datetime) -> Conclusion:
    """It may have been booked all the same; among the three sends that an operation has it is not counted."""
    told = _unknown(answer, Signal.OFFLINE, now)
    return replace(told, wait=answer.retry_after, changes=told.changes | {"counted": False})


def _unknown(answer: Failure, signal: Signal, now: datetime) -> Conclusion:
    kind = type(answer).__name__
    changes = _sent(now) | _uncertain(now)
    return Conclusion(State.UNCERTAIN, kind, answer.message, signal, answer.status, changes=changes)


def _left(
    to: State, meaning: str, words: str, now: datetime, *, status: int = 0, deal: str = "", **changes: Any
) -> Conclusion:
    """The conclusion of a call that left this machine."""
    return Conclusion(to, meaning, words, status=status, deal=deal, changes=_sent(now) | changes)


def _sent(now: datetime) -> dict[str, Any]:
    return {"last_send_at": now, "last_answer": "", "counted": True}


def _uncertain(now: datetime) -> dict[str, Any]:
    return {"maybe_sent": True, "due_at": now}


def _doubt(operation: Operation) -> dict[str, Any]:
    return {"maybe_sent": True} if operation.maybe_sent else {}


def booked(line: Transaction) -> str:
    amount = f", {line.amount:,f} {line.currency or ''}".rstrip() if line.amount is not None else ""
    balance = f", balance {line.new_balance:,f}" if line.new_balance is not None else ""
    return f"Deal {line.deal} on login {line.login}{amount}{balance}."
