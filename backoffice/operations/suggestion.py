"""What the evidence suggests for an exception: a table over what MT5 last answered. It reads no clock and no database."""

from dataclasses import dataclass

from backoffice.operations.meaning import CONFLICT, KEY_AGE, MOST_SENDS
from backoffice.operations.models import Operation, Resolution

Outcome = Resolution.Outcome


@dataclass(frozen=True)
class Suggestion:
    """The outcome to propose (None: nothing can be shown yet), in the words of its button, and why."""

    outcome: Outcome | None
    words: str
    why: str


def _propose(outcome: Outcome, why: str) -> Suggestion:
    return Suggestion(outcome, str(outcome.label), why)


LOOK = Suggestion(
    None, "Look at MT5 first", "Nothing on record says whether it was booked. A proposal reads MT5’s ledger."
)
BY_ANSWER = {
    "foreign": _propose(
        Outcome.NOT_APPLIED, "What MT5 holds under this request is something else, so this was not booked."
    ),
    "doubled": _propose(
        Outcome.APPLIED,
        "MT5 holds more than one deal under this request. Name the one that is it; each other one needs a correction.",
    ),
    "moved": _propose(
        Outcome.NOT_APPLIED,
        "MT5’s ledger did not hold it, and since then the account has moved, so it was not sent again.",
    ),
    "accepted": Suggestion(
        None,
        "Wait for MT5",
        "MT5 took it in and still has it. Until it is booked or rejected there, nothing can be proposed.",
    ),
    "blind": Suggestion(
        None,
        "Look at MT5 first",
        "MT5’s ledger could not be read. A proposal reads it again: what it holds then decides.",
    ),
}
TAKEN_IN = _propose(
    Outcome.NOT_APPLIED, "MT5 took it in, and its ledger does not hold it. Ask who runs MT5 before closing it."
)
SAID_DONE = _propose(
    Outcome.NOT_APPLIED,
    "MT5 says it was done, and its ledger does not hold it. Sent again it would say the same: close it, and ask anew.",
)
USED_UP = _propose(
    Outcome.SEND_AGAIN, f"It was sent {MOST_SENDS} times and is surely not in MT5’s ledger. It can be sent again."
)
TOO_OLD = _propose(
    Outcome.NOT_APPLIED,
    "It is not in MT5’s ledger, and its request id is too old to be sent again safely: close it, and ask anew.",
)


def suggestion(operation: Operation, *, last: str, was_taken_in: bool) -> Suggestion:
    """`last` is the meaning of the last answer, `was_taken_in` whether MT5 ever said that it took the operation in."""
    if last != "absent":
        return BY_ANSWER.get(last, LOOK)
    if was_taken_in:
        return TAKEN_IN
    if operation.last_answer == CONFLICT:
        return SAID_DONE
    is_old = bool(operation.key_since and operation.moved_at - operation.key_since > KEY_AGE)
    return TOO_OLD if is_old else USED_UP if operation.sends >= MOST_SENDS else LOOK
