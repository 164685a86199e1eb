"""What MT5's ledger says of an exception when somebody looks, held against what they claim of it. Nothing here writes."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.audit import clock
from backoffice.manager.client import Client
from backoffice.manager.failures import Failure, NoAnswer
from backoffice.manager.reader import ask, ask_each
from backoffice.manager.wire import Transaction, legible
from backoffice.operations import ways
from backoffice.operations.canonical import sha256
from backoffice.operations.desk import Refusal
from backoffice.operations.models import Operation, Resolution
from backoffice.operations.trace import UNTOLD, look, surely_by

AT_ONCE, WITHIN = 8, 20.0
Found = list[Transaction] | Failure
Outcome = Resolution.Outcome


@dataclass(frozen=True)
class Evidence:
    """What the Manager's ledger said when somebody looked: the deal where it is there, and it all in words."""

    outcome: str
    deal: str
    words: str
    version: int

    @property
    def seen(self) -> str:
        """The hash of everything that a person sees of it before they propose."""
        return sha256(str(self.outcome), self.deal, self.words, str(self.version))


@dataclass(frozen=True)
class Look:
    """The lines of one operation in the ledger, or why they could not be read; `read_at` is before it was asked."""

    operation: Operation
    found: Found
    read_at: datetime


def read_evidence(operation: Operation, *, outcome: str, deal: str, by: Any) -> Evidence:
    """Reads the Manager's ledger and holds it against what is claimed; raises Refusal where it says otherwise.

    No transaction may be open: it waits for the Manager.
    """
    read_at = clock.now()
    looked = Look(operation, ask(_question(operation, by, read_at)), read_at)
    return held_against(looked, outcome=outcome, deal=deal)


def look_at_each(operations: Sequence[Operation], *, by: Any) -> list[Look]:
    """Reads the Manager's ledger for many operations, AT_ONCE at a time; what takes too long could not be read.

    No transaction may be open: it waits for the Manager, WITHIN seconds at most.
    """
    read_at = clock.now()
    questions = [_question(operation, by, read_at) for operation in operations]
    answers: list[Found | None] = ask_each(questions, at_once=AT_ONCE, within=WITHIN)
    unread = NoAnswer("There was no time left to read it.")
    return [
        Look(operation, unread if answer is None else answer, read_at)
        for operation, answer in zip(operations, answers, strict=True)
    ]


def _question(operation: Operation, by: Any, until: datetime) -> Callable[[Client], Awaitable[Found]]:
    async def question(client: Client) -> Found:
        return await look(operation, client, operator_id=by.operator_id, until=until)

    return question


def held_against(looked: Look, *, outcome: str, deal: str) -> Evidence:
    """The evidence for an outcome, and for `deal` where it is said to be booked; raises Refusal where it is none."""
    if isinstance(looked.found, Failure):
        raise Refusal(f"MT5's ledger cannot be read now, so nothing can be shown: {looked.found.message}")
    if outcome == Outcome.APPLIED:
        return _named(looked.operation, looked.found, deal)
    return _absent(looked.operation, looked.found, outcome, looked.read_at)


def only_deal(looked: Look) -> str:
    """The deal that the ledger leaves no choice about; raises Refusal where a person has to choose, or there is none."""
    if isinstance(looked.found, Failure):
        return ""
    if len(looked.found) > 1:
        raise Refusal(f"MT5's ledger holds {len(looked.found)} deals under this request. Name the one on its own page.")
    if not looked.found:
        raise Refusal(_told(looked.found))
    return looked.found[0].deal


def _named(operation: Operation, found: list[Transaction], deal: str) -> Evidence:
    named = [line for line in found if deal in (line.deal, line.operation_id)]
    if not named:
        raise Refusal(f"MT5's ledger does not hold deal {deal} under this request id or reference.")
    line = named[0]
    if line.status != "applied":
        raise Refusal(f"MT5 says that deal {deal} is {line.status}, not booked.")
    if not operation.instruction.agrees(line, request_id=str(operation.pk)):
        raise Refusal(f"Deal {deal} is not what was asked for: {line.type} {line.amount} on login {line.login}.")
    return Evidence(Outcome.APPLIED, line.deal, _told(found), operation.version)


def _absent(operation: Operation, found: list[Transaction], outcome: str, read_at: datetime) -> Evidence:
    """That nothing of ours is booked. What MT5 rejected is not; what is another's under our mark is told, and not ours."""
    if holding := [line for line in found if _stands_against(operation, line, outcome)]:
        raise Refusal(f"MT5's ledger holds deal {holding[0].deal} ({holding[0].status}) under this request.")
    found_out = ways.known()
    if read_at <= surely_by(operation, found_out):
        raise Refusal("It is too early to be sure that MT5 does not hold it. Try again in a minute.")
    told = _told(found) if found_out.tells_absence else f"{_told(found)} {UNTOLD}"
    return Evidence(outcome, "", told, operation.version)


def _stands_against(operation: Operation, line: Transaction, outcome: str) -> bool:
    if line.status == "rejected":
        return False
    is_ours = operation.instruction.agrees(line, request_id=str(operation.pk))
    return is_ours or line.status == "accepted" or outcome == Outcome.SEND_AGAIN


def _told(found: list[Transaction]) -> str:
    if not found:
        return "MT5's ledger holds nothing under this request id or reference."
    lines = (f"deal {line.deal}, {line.status}, {line.type} {line.amount} {line.currency or ''}" for line in found)
    return legible("MT5's ledger holds " + "; ".join(lines) + ".", most=2000)
