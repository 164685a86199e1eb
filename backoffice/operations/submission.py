"""How an instruction becomes an operation: judged, written down with its files, its needs and its entry, or refused with one."""

from collections.abc import Callable, Sequence
from typing import Any, NoReturn
from uuid import UUID

from django.db import IntegrityError

from backoffice.audit.unit import Unit, unit
from backoffice.files import keeping
from backoffice.operations import attaching, judging, queries, quorum, resubmission
from backoffice.operations.batch import ALONE, Batch
from backoffice.operations.desk import REFUSED, SENT_ALREADY, Blocked, Refusal, Stale, Taken, release
from backoffice.operations.draft import drawn_up, told
from backoffice.operations.instructions import Instruction
from backoffice.operations.models import MAKES, SUBMITTED, Operation
from backoffice.operations.policy import Check
from backoffice.operations.reasons import Reason


def submit(
    instruction: Instruction,
    *,
    pk: UUID,
    snapshot: dict[str, Any],
    checks: Sequence[Check] = (),
    reason: Reason,
    by: Any,
    again: Callable[[], Sequence[Check]] | None = None,
    resubmission_of: Operation | None = None,
) -> Operation:
    """Puts an instruction before the checkers that policy asks for. `snapshot` is the account as the maker saw it.

    It is judged while nobody else submits for this login or in this person's name; `again` makes the area's `checks` once
    more then: two forms sent together must see each other. Raises Refusal where policy blocks it, the maker may not, or a
    file that it names is gone, Taken where another live operation holds its payment, Stale where the checks are not those
    that the maker saw.
    """
    if MAKES[instruction.lane] not in by.roles:
        _refuse(instruction, pk, by, f"Making this takes the role {MAKES[instruction.lane]}.")
    if resubmission_of and (why := resubmission.why_not_as(instruction, resubmission_of, by=by)):
        _refuse(instruction, pk, by, why)
    drawn: Any = {"snapshot": snapshot, "checks": checks, "reason": reason, "resubmission_of": resubmission_of}
    try:
        with unit() as work:
            judging.alone(instruction.login, by)
            keeping.alone(file.sha256 for file in instruction.evidence)
            if resubmission_of:
                _hold(resubmission_of)
            if again and list(again()) != list(checks):
                raise Stale("Something was submitted for this login meanwhile. Look at the checks again.")
            operation = put_down(work, instruction, pk=pk, by=by, **drawn)
            if not operation.needs:
                release(operation, by=by)
    except (Blocked, keeping.Gone) as why_not:
        _refuse(instruction, pk, by, str(why_not))
    except IntegrityError:
        raise _taken(instruction, pk, resubmission_of) from None
    if not operation.needs:
        operation.refresh_from_db()
    return operation


def put_down(
    work: Unit,
    instruction: Instruction,
    *,
    pk: UUID,
    snapshot: dict[str, Any],
    checks: Sequence[Check],
    reason: Reason,
    by: Any,
    batch: Batch = ALONE,
    resubmission_of: Operation | None = None,
) -> Operation:
    """Judges it and writes down its row, its files, its needs and its entry, in a unit that is `judging.alone`.

    Raises Blocked, and keeping.Gone where a file that it names is no longer there.
    """
    verdict = judging.verdict(instruction, account=snapshot, checks=checks, by=by, batch=batch)
    if verdict.blocks:
        raise Blocked(" ".join(check.text for check in verdict.blocks))
    drawn: Any = {"snapshot": snapshot, "verdict": verdict, "reason": reason, "resubmission_of": resubmission_of}
    operation = drawn_up(instruction, pk=pk, by=by, **drawn)
    keeping.keep(instruction.evidence, by=by, work=work)
    operation.save(force_insert=True)
    quorum.pin(operation, verdict)
    operation.note(work, SUBMITTED, by=by, reason=reason.words, detail=told(operation, verdict))
    attaching.attach(operation, work=work, by=by)
    return operation


def _hold(old: Operation) -> None:
    """Whoever writes about the old one holds it while they make the client's key; the row that names it waits here for them,
    and not with that key in its hand."""
    Operation.objects.select_for_update(of=("self",)).get(pk=old.pk)


def _taken(instruction: Instruction, pk: UUID, old: Operation | None) -> Taken:
    if old and (again := resubmission.standing(old)) and again.pk != pk:
        return Taken(f"{old.reference} was submitted again already, as {again.reference}.", by=again)
    if instruction.exclusive and (other := queries.holding(instruction.exclusive)):
        return Taken(f"This payment is in {other.reference} for login {other.login} already.", by=other)
    earlier = Operation.objects.filter(pk=pk).first()
    return Taken(SENT_ALREADY if earlier else "The policy changed meanwhile. Submit it once more.", by=earlier)


def _refuse(instruction: Instruction, pk: UUID, by: Any, why: str) -> NoReturn:
    with unit() as work:
        detail = {"kind": instruction.kind, "payload": instruction.canonical()}
        work.note(REFUSED, by=by, on=("operation", pk), login=instruction.login, reason=why, detail=detail)
    raise Refusal(why)
