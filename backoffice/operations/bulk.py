"""Many exceptions at once: MT5's ledger is read for all of them first; then each is a unit of its own, with its own result."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from backoffice.operations import each, exceptions, resolution
from backoffice.operations.desk import Refusal, Stale
from backoffice.operations.each import CHANGED, Result
from backoffice.operations.evidence import Evidence, Look, held_against, look_at_each, only_deal
from backoffice.operations.exceptions import Row
from backoffice.operations.models import Resolution
from backoffice.operations.reasons import Reason

Chosen = Mapping[UUID, str]


@dataclass(frozen=True)
class Case:
    """A chosen case before anything is done with it: what would be, on what evidence, and the hash of both; or why not."""

    row: Row
    will: str = ""
    evidence: str = ""
    seen: str = ""
    why_not: str = ""


def to_propose(chosen: Chosen, *, outcome: str, by: Any) -> list[Case]:
    """What proposing this outcome for these cases would mean now, read from the Manager; nothing is written."""
    rows = exceptions.chosen(chosen, operator=by)
    looked = _look_at_each([row for row in rows if not _why_not_propose(row, by)], by)
    return [_foreseen(row, looked.get(row.operation.pk), outcome, by) for row in rows]


def to_confirm(chosen: Chosen, *, by: Any) -> list[Case]:
    """What confirming the proposals for these cases would mean; nothing is written, and the Manager is not asked."""
    return [_waiting(row, by) for row in exceptions.chosen(chosen, operator=by)]


def propose_each(chosen: Chosen, *, outcome: str, reason: Reason, by: Any) -> list[Result]:
    """Proposes one outcome for each case, as it was seen (the `seen` of its Case). Each of them is done or refused alone.

    No transaction may be open: it waits for the Manager.
    """
    rows = exceptions.chosen(chosen, operator=by)
    looked = _look_at_each([row for row in rows if chosen[row.operation.pk]], by)

    def propose(row: Row) -> str:
        evidence = _evidence(_of(looked, row), outcome)
        if evidence.seen != chosen[row.operation.pk]:
            raise Stale(CHANGED)
        resolution.propose(row.operation.pk, by=by, evidence=evidence, reason=reason)
        return f"Proposed: {_said(outcome, evidence.deal)}."

    return [each.done(row.operation, partial(propose, row)) for row in rows]


def confirm_each(chosen: Chosen, *, by: Any) -> list[Result]:
    """Confirms each case's proposal, as it was seen, on evidence read anew. Each of them is done or refused alone.

    No transaction may be open: it waits for the Manager.
    """
    rows = exceptions.chosen(chosen, operator=by)
    as_seen = [row for row in rows if row.proposal and row.proposal.seen == chosen[row.operation.pk]]
    looked = _look_at_each(as_seen, by)

    def confirm(row: Row) -> str:
        read, proposal = _of(looked, row), row.proposal
        if proposal is None:
            raise Stale(CHANGED)
        evidence = held_against(read, outcome=proposal.outcome, deal=proposal.deal)
        resolution.confirm(row.operation.pk, by=by, seen=proposal.seen, evidence=evidence)
        return f"Resolved: {_said(proposal.outcome, proposal.deal)}."

    return [each.done(row.operation, partial(confirm, row)) for row in rows]


def _foreseen(row: Row, looked: Look | None, outcome: str, by: Any) -> Case:
    if looked is None:
        return Case(row, why_not=_why_not_propose(row, by))
    try:
        evidence = _evidence(looked, outcome)
    except Refusal as refusal:
        return Case(row, why_not=str(refusal))
    return Case(row, will=_said(outcome, evidence.deal), evidence=evidence.words, seen=evidence.seen)


def _waiting(row: Row, by: Any) -> Case:
    if row.proposal is None:
        return Case(
            row, why_not=resolution.why_not_resolve(row.operation, by=by) or "Nobody has proposed anything yet."
        )
    if why := resolution.why_not_confirm(row.operation, row.proposal, by=by):
        return Case(row, why_not=why)
    will = _said(row.proposal.outcome, row.proposal.deal)
    return Case(row, will=will, evidence=row.proposal.evidence, seen=row.proposal.seen)


def _why_not_propose(row: Row, by: Any) -> str:
    if why := resolution.why_not_resolve(row.operation, by=by):
        return why
    return "Somebody has proposed a resolution already." if row.proposal else ""


def _look_at_each(rows: list[Row], by: Any) -> dict[UUID, Look]:
    return {looked.operation.pk: looked for looked in look_at_each([row.operation for row in rows], by=by)}


def _of(looked: dict[UUID, Look], row: Row) -> Look:
    if row.operation.pk not in looked:
        raise Stale(CHANGED)
    return looked[row.operation.pk]


def _evidence(looked: Look, outcome: str) -> Evidence:
    """In bulk nobody types a deal: it is the only one in the ledger, or there is no evidence."""
    deal = only_deal(looked) if outcome == Resolution.Outcome.APPLIED else ""
    return held_against(looked, outcome=outcome, deal=deal)


def _said(outcome: str, deal: str) -> str:
    label = Resolution.Outcome(outcome).label
    return f"{label}, deal {deal}" if deal else str(label)
