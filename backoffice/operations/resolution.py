"""How two people settle an exception: one proposes with evidence read at MT5, another confirms or declines."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.vocabulary import register
from backoffice.manager.client import Client
from backoffice.manager.failures import Failure
from backoffice.manager.reader import ask
from backoffice.manager.wire import Transaction, legible
from backoffice.operations.desk import Refusal, Stale, acting, move_one, release
from backoffice.operations.models import Operation, Resolution
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operations.trace import look, surely_by

PROPOSED = register("operation.resolution_proposed", "Resolution proposed", "warn")
DECLINED = register("operation.resolution_declined", "Resolution declined", "warn")
Outcome = Resolution.Outcome


@dataclass(frozen=True)
class Evidence:
    """What the Manager's ledger said when somebody looked: the deal where it is there, and it all in words."""

    outcome: str
    deal: str
    words: str
    version: int


def read_evidence(operation: Operation, *, outcome: str, deal: str, by: Any) -> Evidence:
    """Reads the Manager's ledger and holds it against what is claimed; raises Refusal where it says otherwise.

    No transaction may be open: it waits for the Manager.
    """
    read_at = clock.now()

    async def question(client: Client) -> list[Transaction] | Failure:
        return await look(operation, client, operator_id=by.operator_id, until=read_at)

    found = ask(question)
    if isinstance(found, Failure):
        raise Refusal(f"MT5's ledger cannot be read now, so nothing can be shown: {found.message}")
    if outcome == Outcome.APPLIED:
        return _named(operation, found, deal)
    return _absent(operation, found, outcome, read_at)


def propose(pk: UUID, *, by: Any, evidence: Evidence, reason: Reason) -> Resolution:
    """Puts a settlement before a second supervisor; neither may be the maker's person."""
    with acting(pk, by) as (operation, work):
        if why := why_not_resolve(operation, by=by):
            raise Refusal(why)
        if open_proposal(operation):
            raise Refusal("Somebody has proposed a resolution already; it is confirmed or declined first.")
        _insist_on_now(operation, evidence)
        resolution = Resolution.objects.create(
            operation=operation,
            version=operation.version,
            outcome=evidence.outcome,
            deal=evidence.deal,
            evidence=evidence.words,
            reason=reason.words,
            proposed_by=by,
            proposed_person=by.person_id,
            proposed_at=clock.now(),
        )
        told = {"outcome": evidence.outcome, "deal": evidence.deal, "evidence": evidence.words}
        operation.note(work, PROPOSED, by=by, reason=reason.words, detail=told)
    return resolution


def confirm(pk: UUID, *, by: Any, seen: str, evidence: Evidence) -> Operation:
    """The second supervisor agrees to the very proposal that they saw, on evidence read anew; the operation is settled."""
    with acting(pk, by) as (operation, _):
        resolution = _theirs(operation, by)
        if seen != resolution.seen:
            raise Stale("The proposal is not the one that you saw. Look at it again, then decide.")
        _insist_on_now(operation, evidence)
        if (resolution.outcome, resolution.deal) != (evidence.outcome, evidence.deal):
            raise Refusal("MT5's ledger now says otherwise than the proposal.")
        _close(resolution, by=by, confirmed=True)
        _settle(operation, resolution, by=by)
    return operation


def decline(pk: UUID, *, by: Any, reason: Reason) -> Operation:
    """The second supervisor disagrees, or the first takes it back; the exception stays open."""
    with acting(pk, by) as (operation, work):
        resolution = open_proposal(operation)
        if resolution is None or (why_not_resolve(operation, by=by)):
            raise Refusal(why_not_resolve(operation, by=by) or "There is no proposal to decline.")
        _close(resolution, by=by, confirmed=False)
        operation.note(work, DECLINED, by=by, reason=reason.words, detail={"outcome": resolution.outcome})
    return operation


def _insist_on_now(operation: Operation, evidence: Evidence) -> None:
    """Evidence speaks of the operation as it was when the ledger was read; since then it may have been sent again."""
    if evidence.version != operation.version:
        raise Stale("The operation has moved since MT5's ledger was read. Look at it again.")


def why_not_resolve(operation: Operation, *, by: Any) -> str:
    if operation.state != State.EXCEPTION:
        return f"There is nothing to resolve: {operation.get_state_display()}."
    if Role.SUPERVISOR not in by.roles:
        return "Resolving takes two supervisors."
    if operation.is_made_by(by):
        return "You made it, and nobody resolves what they made themselves."
    return ""


def why_not_confirm(operation: Operation, resolution: Resolution, *, by: Any) -> str:
    proposer = resolution.proposed_by
    if resolution.proposed_person == by.person_id or proposer.pk == by.pk:
        return "You proposed it; another supervisor confirms it."
    if not proposer.is_active or Role.SUPERVISOR not in proposer.roles:
        return "Whoever proposed it is no supervisor any more; decline it and propose anew."
    return why_not_resolve(operation, by=by)


def open_proposal(operation: Operation) -> Resolution | None:
    return operation.resolutions.filter(version=operation.version, confirmed=None).first()


def _theirs(operation: Operation, by: Any) -> Resolution:
    resolution = open_proposal(operation)
    if resolution is None:
        raise Refusal("There is no proposal to confirm.")
    if why := why_not_confirm(operation, resolution, by=by):
        raise Refusal(why)
    return resolution


def _close(resolution: Resolution, *, by: Any, confirmed: bool) -> None:
    resolution.settled_by, resolution.settled_person = by, by.person_id
    resolution.settled_at, resolution.confirmed = clock.now(), confirmed
    resolution.save(update_fields=["settled_by", "settled_person", "settled_at", "confirmed"])


def _settle(operation: Operation, resolution: Resolution, *, by: Any) -> None:
    if resolution.outcome == Outcome.SEND_AGAIN:
        release(operation, by=by, sends=0, key_since=None, cleared_at=clock.now(), last_answer="")
        return
    words = f"{resolution.get_outcome_display()}. {resolution.evidence}"
    move_one(
        operation, State(resolution.outcome), by=by, reason=resolution.reason, details={operation.pk: {"answer": words}}
    )


def _named(operation: Operation, found: list[Transaction], deal: str) -> Evidence:
    named = [line for line in found if deal in (line.deal, line.operation_id)]
    if not named:
        raise Refusal(f"MT5's ledger does not hold deal {deal} under this request id or reference.")
    line = named[0]
    if line.status != "applied" or not operation.instruction.agrees(line, request_id=str(operation.pk)):
        raise Refusal(f"Deal {deal} is not what was asked for: {line.type} {line.amount} on login {line.login}.")
    return Evidence(Outcome.APPLIED, line.deal, _told(found), operation.version)


def _absent(operation: Operation, found: list[Transaction], outcome: str, read_at: Any) -> Evidence:
    """That nothing of ours is booked. What MT5 rejected is not; what is another's under our mark is told, and not ours."""
    if holding := [line for line in found if _stands_against(operation, line, outcome)]:
        raise Refusal(f"MT5's ledger holds deal {holding[0].deal} ({holding[0].status}) under this request.")
    if read_at <= surely_by(operation):
        raise Refusal("It is too early to be sure that MT5 does not hold it. Try again in a minute.")
    return Evidence(outcome, "", _told(found), operation.version)


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
