"""Looking an operation up at the Manager: what is read there, and what it means. The meaning reads no clock."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from backoffice.manager import failures
from backoffice.manager.client import Caller, Client
from backoffice.manager.failures import Failure
from backoffice.manager.wire import Transaction
from backoffice.operations.instructions import Window
from backoffice.operations.meaning import CONFLICT, KEY_AGE, MOST_SENDS, REFUSED, SOON, Conclusion, booked
from backoffice.operations.models import Operation
from backoffice.operations.states import State
from backoffice.operations.ways import Ways

MARGIN = timedelta(minutes=10)
UNTOLD = (
    "As the last probe found, MT5's ledger does not show what is ours, and a repeat is booked again: look it up in MT5."
)
EPOCH, UUID_OF_TIME = datetime(1970, 1, 1, tzinfo=UTC), 7


async def look(
    operation: Operation, client: Client, *, operator_id: str, until: datetime
) -> list[Transaction] | Failure:
    """The ledger's lines that carry this operation's mark, from before its first attempt on."""
    window = Window(since=earliest(operation) - MARGIN, until=until + MARGIN)
    try:
        return await operation.instruction.trace(
            client, Caller(operator_id), window=window, request_id=str(operation.pk)
        )
    except Failure as failure:
        return failure


def earliest(operation: Operation) -> datetime:
    """When its first attempt was made; a database that was restored may have lost that, but nothing is sent before its id is made."""
    known = operation.first_sent_at or operation.made_at
    return min(known, made_at(operation.pk)) if operation.pk.version == UUID_OF_TIME else known


def made_at(pk: UUID) -> datetime:
    """A UUIDv7 begins with the milliseconds of its making."""
    return EPOCH + timedelta(milliseconds=pk.int >> 80)


def of_trace(
    operation: Operation, found: Sequence[Transaction] | Failure, *, held_at: datetime, ways: Ways
) -> Conclusion:
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
    return _of_absence(operation, held_at, ways)


def surely_by(operation: Operation, ways: Ways) -> datetime:
    """From when on an absence at the Manager is certain: the last send, its longest processing, and the skew."""
    last = operation.last_send_at or operation.moved_at
    return last + ways.shows_within + ways.skew


def _of_found(operation: Operation, line: Transaction, held_at: datetime) -> Conclusion:
    if line.status == "applied":
        return Conclusion(State.APPLIED, "found", f"Found at MT5. {booked(line)}", deal=line.deal)
    if line.status == "rejected":
        return Conclusion(State.REFUSED, "refused", "MT5 took it in and rejected it.")
    if _is_old(operation, held_at):
        return _exception("accepted", "MT5 took it in and has not booked it since.", [line])
    to = None if operation.state == State.ACCEPTED else State.ACCEPTED
    return Conclusion(
        to, "accepted", "MT5 took it in; it is not booked yet.", changes={"due_at": _later(operation, held_at)}
    )


def _of_absence(operation: Operation, held_at: datetime, ways: Ways) -> Conclusion:
    is_old = _is_old(operation, held_at)
    if operation.state == State.ACCEPTED or operation.last_answer == CONFLICT:
        said = "took it in" if operation.state == State.ACCEPTED else "says it was done"
        if is_old:
            return _exception("absent", f"MT5 {said}, and its ledger does not hold it.", [])
        return _stay("MT5's ledger does not hold it yet.", due_at=_later(operation, held_at))
    if not ways.tells_absence:
        return _exception("blind", UNTOLD, [])
    if held_at <= surely_by(operation, ways):
        due = min(_later(operation, held_at), surely_by(operation, ways) + SOON / 10)
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
    return _stay(failure.message, status=failure.status, due_at=_later(operation, held_at))


def _later(operation: Operation, held_at: datetime) -> datetime:
    """The next look: soon at first, then at a quarter of the age, at most a minute apart."""
    age = (held_at - (operation.last_send_at or operation.moved_at)).total_seconds()
    return held_at + timedelta(seconds=min(max(age / 4, 0.5), 60))


def _is_old(operation: Operation, held_at: datetime) -> bool:
    age = held_at - (operation.last_send_at or operation.moved_at)
    return age > timedelta(seconds=settings.UNCERTAIN_LIMIT)


def _stay(words: str, *, status: int = 0, **changes: Any) -> Conclusion:
    return Conclusion(None, "looked", words, status=status, changes=changes)


def _exception(meaning: str, words: str, lines: Sequence[Transaction]) -> Conclusion:
    told = " ".join([words, *(booked(line) for line in lines)])
    return Conclusion(State.EXCEPTION, meaning, told, changes={"maybe_sent": True})
