"""How two people settle an exception: one proposes with evidence read at MT5, another confirms or declines."""

from typing import Any
from uuid import UUID

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.vocabulary import register
from backoffice.operations.desk import Refusal, Stale, acting, move_one, release
from backoffice.operations.evidence import Evidence
from backoffice.operations.models import Operation, Resolution
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State

PROPOSED = register("operation.resolution_proposed", "Resolution proposed", "warn")
DECLINED = register("operation.resolution_declined", "Resolution declined", "warn")
Outcome = Resolution.Outcome


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
        operation,
        State(resolution.outcome),
        by=by,
        reason=resolution.reason,
        details={operation.pk: {"evidence": words}},
    )
