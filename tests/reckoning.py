"""The sandbox's ledger held against the database: what is booked there is what was applied here, once each, and nothing else."""

from collections import Counter
from decimal import Decimal
from typing import Any

from backoffice.operations.models import Operation
from backoffice.operations.states import State
from tests.sandbox_process import Sandbox


def reckoned(sandbox: Sandbox, *, since: int) -> tuple[Counter[tuple[Any, ...]], Counter[tuple[Any, ...]]]:
    """Two counts that must be equal: of the deals that name a request id, and of the operations that were applied.

    `since` is how many deals the ledger had before. Each is counted by request id, maker, login, kind of deal, signed amount,
    currency and comment, so that a deal booked twice, of nobody's, or of another amount is one too many or too few.
    """
    deals = [deal for deal in sandbox.ledger()[since:] if deal["requestId"]]
    there = Counter(
        (
            deal["requestId"],
            deal["operatorId"],
            deal["login"],
            deal["type"],
            Decimal(deal["amount"]),
            deal["currency"],
            deal["comment"],
        )
        for deal in deals
    )
    applied = Operation.objects.filter(state=State.APPLIED).select_related("made_by")
    return there, Counter(_as_a_deal(operation) for operation in applied)


def _as_a_deal(operation: Operation) -> tuple[Any, ...]:
    asked: Any = operation.instruction
    booked = (asked.login, asked.books_as, asked.signed, asked.currency, asked.comment)
    return (str(operation.pk), operation.made_by.operator_id, *booked)
