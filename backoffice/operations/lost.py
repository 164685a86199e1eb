"""What the lost time left at MT5: the ledger's lines under references of this house that are not booked here."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import register
from backoffice.manager.client import Caller, Client
from backoffice.manager.reader import ask
from backoffice.manager.wire import Transaction, legible, shaped
from backoffice.operations.instructions import ALPHABET, KINDS
from backoffice.operations.models import Operation, Restore
from backoffice.operations.states import State
from backoffice.operations.trace import MARGIN

LISTED = register("restore.listed", "Restored database: lost operations listed", "warn")
HOUSE = "countersign"


@dataclass(frozen=True)
class Lost:
    """A line of MT5's ledger, and our operation of its reference as it stands here; None where it is not known at all."""

    reference: str
    line: Transaction
    operation: Operation | None

    @property
    def here(self) -> str:
        return self.operation.get_state_display() if self.operation else "not known here"


def listed(restore: Restore) -> list[Lost]:
    """Reads MT5's ledger of all logins since the restore's lost time began; leaves an entry. Raises a Failure."""
    until = clock.now()
    lines = ask(lambda client: _ours(client, restore, until=until))
    known = {row.reference: row for row in _rows([reference for reference, _ in lines])}
    lost = [Lost(reference, line, known.get(reference)) for reference, line in lines]
    lost = [found for found in lost if found.operation is None or found.operation.state != State.APPLIED]
    with unit() as work:
        told = {"references": " ".join(found.reference for found in lost), "count": str(len(lost))}
        work.note(LISTED, on=("restore", restore.pk), detail=told)
    return lost


async def _ours(client: Client, restore: Restore, *, until: datetime) -> list[tuple[str, Transaction]]:
    prefixes = "|".join(sorted({kind.prefix for kind in KINDS.values()}))
    ours = re.compile(f"(?:{prefixes})-[{ALPHABET}]{{10}}")
    history = client.history(None, since=restore.since - MARGIN, until=until + MARGIN, caller=Caller(HOUSE))
    found: list[tuple[str, Transaction]] = []
    async for line in history:
        if marked := ours.match(str(line.get("comment") or "")):
            found.append((marked[0], shaped(line | {"comment": legible(str(line["comment"]))}, Transaction)))  # noqa: PERF401  # the match is used twice
    return found


def _rows(references: list[str]) -> list[Operation]:
    ours = Operation.objects.filter(environment=settings.MANAGER_ENVIRONMENT)
    batches = (references[n : n + 500] for n in range(0, len(references), 500))
    return [row for batch in batches for row in ours.filter(reference__in=batch)]
