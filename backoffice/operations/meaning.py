"""What an answer means for an operation: the wire table as a pure function. It reads no clock and no database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings

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
    """What an answer says of the connection itself."""

    WORKS = "works"
    OFFLINE = "offline"
    UNAUTHORIZED = "unauthorized"
    STRIKE = "strike"
    WAIT = "wait"
    SILENT = "silent"


@dataclass(frozen=True)
class Moved:
    """Not sent: what the instruction binds no longer holds, in words."""

    words: str


@dataclass(frozen=True)
class Conclusion:
    """Where the operation goes (None: it stays), in what words, and what it says of the connection."""

    to: State | None
    meaning: str
    words: str
    signal: Signal = Signal.WORKS
    status: int = 0
    deal: str = ""
    wait: float | None = None
    changes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What is kept is legible, whatever the Manager put into it."""
        object.__setattr__(self, "words", legible(self.words, most=2000))


Answered = Transaction | Failure | Moved


def of_send(operation: Operation, answer: Answered, *, now: datetime) -> Conclusion:
    """What an attempt to send came to. `now` is when the answer was recorded: the send was no later."""
    match answer:
        case Transaction():
            return _of_echo(operation, answer, now)
        case Moved():
            to = State.EXCEPTION if operation.maybe_sent else State.RETURNED
            return Conclusion(to, "moved", answer.words, Signal.SILENT, changes=_doubt(operation))
        case failures.NotConnected():
            return _again(operation, answer, Signal.OFFLINE, now)
        case failures.NotSent():
            return _again(operation, answer, Signal.SILENT, now, wait=1.0)
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
            return _unknown(answer, Signal.OFFLINE, now, wait=answer.retry_after)
        case _:
            return _unknown(answer, Signal.SILENT, now)


def of_trace(operation: Operation, found: Sequence[Transaction] | Failure, *, held_at: datetime) -> Conclusion:
    """What a look at the Manager's ledger came to. `held_at` is before the ledger was read."""
    if isinstance(found, Failure):
        return _of_blind(operation, found, held_at)
    ours = [line for line in found if operation.instruction.agrees(line, request_id=str(operation.pk))]
    if len(found) > 1:
        return _exception("doubled", f"MT5 holds {len(found)} transactions under this request.", ours or found)
    if found and not ours:
        return _exception("foreign", "MT5 holds something else under this request.", found)
    if ours:
        return _of_found(operation, ours[0], held_at)
    return _of_absence(operation, held_at)


def surely_by(operation: Operation) -> datetime:
    """From when on an absence at the Manager is certain: the last send, its longest processing, and the skew."""
    last = operation.last_send_at or operation.moved_at
    return last + timedelta(seconds=settings.MANAGER_PROCESSING + settings.MANAGER_SKEW)


def _of_echo(operation: Operation, echo: Transaction, now: datetime) -> Conclusion:
    if not operation.instruction.agrees(echo, request_id=str(operation.pk)):
        return _left(State.UNCERTAIN, "foreign", "MT5 answered for something else.", now, **_uncertain(now))
    return _of_status(echo, now, operation)


def _of_status(line: Transaction, now: datetime, operation: Operation) -> Conclusion:
    if line.status == "applied":
        return _left(State.APPLIED, "applied", _booked(line), now, deal=line.deal)
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
        words = f"MT5 says it did something else under this request before: {_booked(original)}"
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


def _unknown(answer: Failure, signal: Signal, now: datetime, *, wait: float | None = None) -> Conclusion:
    kind = type(answer).__name__
    changes = _sent(now) | _uncertain(now)
    return Conclusion(State.UNCERTAIN, kind, answer.message, signal, answer.status, wait=wait, changes=changes)


def _of_found(operation: Operation, line: Transaction, held_at: datetime) -> Conclusion:
    if line.status == "applied":
        return Conclusion(State.APPLIED, "found", f"Found at MT5. {_booked(line)}", deal=line.deal)
    if line.status == "rejected":
        return Conclusion(State.REFUSED, "refused", "MT5 took it in and rejected it.")
    if _is_old(operation, held_at):
        return _exception("accepted", "MT5 took it in and has not booked it since.", [line])
    to = None if operation.state == State.ACCEPTED else State.ACCEPTED
    return Conclusion(
        to, "accepted", "MT5 took it in; it is not booked yet.", changes={"due_at": _later(operation, held_at)}
    )


def _of_absence(operation: Operation, held_at: datetime) -> Conclusion:
    is_old = _is_old(operation, held_at)
    if operation.state == State.ACCEPTED or operation.last_answer == CONFLICT:
        said = "took it in" if operation.state == State.ACCEPTED else "says it was done"
        if is_old:
            return _exception("absent", f"MT5 {said}, and its ledger does not hold it.", [])
        return _stay("MT5's ledger does not hold it yet.", due_at=_later(operation, held_at))
    if held_at <= surely_by(operation):
        due = min(_later(operation, held_at), surely_by(operation) + SOON / 10)
        return _stay("Not in MT5's ledger so far.", due_at=due)
    if operation.last_answer == REFUSED:
        return Conclusion(State.REFUSED, "refused", "MT5 refused it, and its ledger does not hold it.")
    if operation.sends >= MOST_SENDS:
        return _exception("absent", f"Sent {operation.sends} times and not in MT5's ledger.", [])
    if operation.key_since and held_at - operation.key_since > KEY_AGE:
        return _exception("absent", "Its request id is too old to be sent again safely.", [])
    changes = {"due_at": held_at, "cleared_at": held_at}
    return Conclusion(State.QUEUED, "absent", "Surely not in MT5's ledger; it is sent again.", changes=changes)


def _of_blind(operation: Operation, failure: Failure, held_at: datetime) -> Conclusion:
    """The ledger could not be read. A connection's fault never makes an exception of the operation."""
    lanes_fault = isinstance(
        failure, failures.NotSent | failures.ManagerOffline | failures.Unauthorized | failures.TooManyRequests
    )
    if _is_old(operation, held_at) and not lanes_fault:
        return _exception("blind", f"MT5's ledger cannot be read: {failure.message}", [])
    return _stay(failure.message, signal=Signal.SILENT, status=failure.status, due_at=_later(operation, held_at))


def _left(
    to: State, meaning: str, words: str, now: datetime, *, status: int = 0, deal: str = "", **changes: Any
) -> Conclusion:
    """The conclusion of a call that left this machine."""
    return Conclusion(to, meaning, words, status=status, deal=deal, changes=_sent(now) | changes)


def _stay(words: str, *, signal: Signal = Signal.SILENT, status: int = 0, **changes: Any) -> Conclusion:
    return Conclusion(None, "looked", words, signal, status, changes=changes)


def _exception(meaning: str, words: str, lines: Sequence[Transaction]) -> Conclusion:
    told = " ".join([words, *(_booked(line) for line in lines)])
    return Conclusion(State.EXCEPTION, meaning, told, changes={"maybe_sent": True})


def _sent(now: datetime) -> dict[str, Any]:
    return {"last_send_at": now, "last_answer": "", "counted": True}


def _uncertain(now: datetime) -> dict[str, Any]:
    return {"maybe_sent": True, "due_at": now}


def _doubt(operation: Operation) -> dict[str, Any]:
    return {"maybe_sent": True} if operation.maybe_sent else {}


def _later(operation: Operation, held_at: datetime) -> datetime:
    """The next look: soon at first, then at a quarter of the age, at most a minute apart."""
    age = (held_at - (operation.last_send_at or operation.moved_at)).total_seconds()
    return held_at + timedelta(seconds=min(max(age / 4, 0.5), 60))


def _is_old(operation: Operation, held_at: datetime) -> bool:
    age = held_at - (operation.last_send_at or operation.moved_at)
    return age > timedelta(seconds=settings.UNCERTAIN_LIMIT)


def _booked(line: Transaction) -> str:
    amount = f", {line.amount:f} {line.currency or ''}".rstrip() if line.amount is not None else ""
    balance = f", balance {line.new_balance:f}" if line.new_balance is not None else ""
    return f"Deal {line.deal} on login {line.login}{amount}{balance}."
