"""The reckoning: the database's operations against everything that the sandbox ever took in."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count

from backoffice.audit import chain
from backoffice.audit.models import Entry
from backoffice.operations.models import Attempt, Operation, Resolution
from backoffice.operations.states import FINAL, State
from bench.faults.wishes import number_of

Ledger = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Reckoning:
    """Each list names operations, and all of them must be empty; `chain` is the trail's first fault, or empty."""

    states: dict[str, int]
    sends: int
    traces: int
    lost: list[str]
    doubled: list[str]
    out_of_order: list[str]
    wrongly_resolved: list[str]
    still_open: list[str]
    never_made: list[str]
    entries: int
    chain: str

    @property
    def holds(self) -> bool:
        wrong = (self.lost, self.doubled, self.out_of_order, self.wrongly_resolved, self.still_open, self.never_made)
        return not (any(wrong) or self.chain)


def reckoning(lines: list[dict[str, Any]], *, approved: dict[int, list[UUID]], wanted: int) -> Reckoning:
    """`lines` are the sandbox's ledger; `approved` is the order in which people approved, by login."""
    operations = list(Operation.objects.order_by("position", "pk"))
    ledger, made = _of_ours(lines, operations), _by_wish(operations)
    verdict = chain.verify(Entry.objects.order_by("seq").iterator())
    return Reckoning(
        states=dict(Operation.objects.values_list("state").annotate(Count("pk")).order_by("state")),
        sends=Attempt.objects.filter(purpose=Attempt.Purpose.SEND).count(),
        traces=Attempt.objects.filter(purpose=Attempt.Purpose.TRACE).count(),
        lost=[_named(row) for row in operations if row.state == State.APPLIED and not _booked(row, ledger)],
        doubled=[_named(row) for row in operations if _is_doubled(row, ledger)]
        + [f"wish {number} was made {len(rows)} times" for number, rows in made.items() if len(rows) > 1],
        out_of_order=_out_of_order(operations, ledger) + _not_as_approved(operations, approved),
        wrongly_resolved=_wrongly_resolved(ledger),
        still_open=[_named(row) for row in operations if row.state not in FINAL],
        never_made=[f"wish {number}" for number in range(wanted) if number not in made],
        entries=verdict.entries,
        chain=verdict.fault,
    )


def _of_ours(lines: list[dict[str, Any]], operations: list[Operation]) -> Ledger:
    """Lines by operation: by request id or by reference, so that a double under another request id is found too."""
    by_reference = {row.reference: str(row.pk) for row in operations}
    ledger: Ledger = defaultdict(list)
    for line in lines:
        ledger[by_reference.get(str(line["comment"])[:14]) or str(line["requestId"])].append(line)
    return ledger


def _by_wish(operations: list[Operation]) -> dict[int, list[Operation]]:
    made: dict[int, list[Operation]] = defaultdict(list)
    for row in operations:
        made[number_of(row)].append(row)
    return made


def _booked(row: Operation, ledger: Ledger) -> list[dict[str, Any]]:
    """What the Manager booked exactly as it was asked, the amount compared as the decimal that stands in its ledger."""
    lines = [line for line in ledger.get(str(row.pk), []) if line["status"] == "applied" and line["login"] == row.login]
    return [line for line in lines if abs(Decimal(line["amount"])) == row.amount]


def _is_doubled(row: Operation, ledger: Ledger) -> bool:
    lines = [line for line in ledger.get(str(row.pk), []) if line["status"] != "rejected"]
    return len(lines) > 1 or bool(lines and row.is_final and row.state != State.APPLIED)


def _out_of_order(operations: list[Operation], ledger: Ledger) -> list[str]:
    """Those that were booked after one of their login that stands behind them; `operations` are by position."""
    late, first_later = [], dict[int, tuple[str, int]]()
    for row in reversed(operations):
        moments = [(line["booksAt"] or line["time"], int(line["dealId"])) for line in _booked(row, ledger)]
        behind = first_later.get(row.login)
        if moments and behind and max(moments) > behind:
            late.append(_named(row))
        if moments:
            first_later[row.login] = min([*moments, behind] if behind else moments)
    return late


def _not_as_approved(operations: list[Operation], approved: dict[int, list[UUID]]) -> list[str]:
    """Those whose place in line is not the one that people gave them by approving one after the other."""
    known = {pk for pks in approved.values() for pk in pks}
    places: dict[int, list[UUID]] = defaultdict(list)
    for row in operations:
        if row.pk in known:
            places[row.login].append(row.pk)
    pairs = [pair for login, pks in approved.items() for pair in zip(pks, places[login], strict=False)]
    return [f"{was} approved in the place of {stands}" for was, stands in pairs if was != stands]


def _wrongly_resolved(ledger: Ledger) -> list[str]:
    """Settled as booked by a deal that is not ours, or as not booked what is booked."""
    wrong = []
    for settled in Resolution.objects.filter(confirmed=True).select_related("operation"):
        deals = [str(line["dealId"]) for line in _booked(settled.operation, ledger)]
        is_false = settled.deal not in deals if settled.outcome == State.APPLIED else bool(deals)
        if is_false and settled.outcome != State.QUEUED:
            wrong.append(f"{_named(settled.operation)} as {settled.get_outcome_display().lower()}")
    return wrong


def _named(row: Operation) -> str:
    return f"{row.reference} ({row.pk}, login {row.login}, {row.state}, sent {row.sends}x)"
