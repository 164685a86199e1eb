"""How an instruction becomes a row: canonical texts, the hashes that people approve, and who asked from where."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings

from backoffice.audit import clients, clock
from backoffice.audit.where import here
from backoffice.operations import expiry
from backoffice.operations.canonical import canonical, hash_of, sha256
from backoffice.operations.instructions import Instruction, reference
from backoffice.operations.models import Operation
from backoffice.operations.policy import Verdict
from backoffice.operations.reasons import Reason
from backoffice.operations.snapshot import kept
from backoffice.operations.states import State
from backoffice.operations.terms import written


def drawn_up(
    instruction: Instruction,
    *,
    pk: UUID,
    snapshot: dict[str, Any],
    verdict: Verdict,
    reason: Reason,
    by: Any,
    resubmission_of: Operation | None,
) -> Operation:
    """The row of a new operation, not saved yet: its canonical payload, their hashes, and where it comes from."""
    payload, judged = instruction.canonical(), canonical(_sealed(verdict, login=instruction.login).fields())
    account = canonical(kept(snapshot, login=instruction.login))
    now, where = clock.now(), here()
    return Operation(
        id=pk,
        environment=settings.MANAGER_ENVIRONMENT,
        kind=instruction.kind,
        lane=instruction.lane,
        order_class=instruction.order_class,
        login=instruction.login,
        amount=getattr(instruction, "amount", None),
        currency=getattr(instruction, "currency", ""),
        payload=payload,
        payload_hash=hash_of(payload),
        snapshot=account,
        verdict=judged,
        seen=seen(hash_of(payload), account, judged),
        needs=verdict.needs,
        needs_signed=verdict.is_signed,
        waits_for=written(role for place in verdict.places for role in place),
        policy_id=verdict.policy,
        rule_id=verdict.rule_id,
        reference=reference(instruction.prefix, pk),
        exclusive=instruction.exclusive,
        reason_code=reason.code,
        reason=reason.text,
        made_by=by,
        maker_person=by.person_id,
        made_at=now,
        made_from=where.ip,
        device=where.device,
        resubmission_of=resubmission_of,
        state=State.AWAITING_APPROVAL,
        moved_at=now,
        lapses_at=expiry.of_request(now),
    )


def _sealed(verdict: Verdict, *, login: int) -> Verdict:
    """As it is written down: with the client's key sealed what people say in its checks."""
    checks = (
        replace(check, detail=clients.seal(check.detail, login=login)) if check.is_said else check
        for check in verdict.checks
    )
    return replace(verdict, checks=tuple(checks))


def told(operation: Operation, verdict: Verdict) -> dict[str, str]:
    """What the trail keeps of a submit beside the reason."""
    old = operation.resubmission_of
    kept = {"payload": operation.payload, "policy": verdict.rule, "needs": verdict.words}
    kept |= {"signed_by": verdict.signed_by} if verdict.is_signed else {}
    return kept | ({"resubmission_of": old.reference} if old else {})


def seen(payload_hash: str, snapshot: str, verdict: str) -> str:
    """The hash of all that a checker sees: what is asked, the account as the maker saw it, and the verdict that holds."""
    return sha256(payload_hash, snapshot, verdict)
