"""How what a page shows of an operation comes about: from its row, what stands beside it, and a read of the account."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from backoffice.audit import clock
from backoffice.audit.personal import raw
from backoffice.manager.failures import Failure
from backoffice.manager.wire import Account
from backoffice.operations import beside, binding, judging, quorum, say, signing, standing_in
from backoffice.operations.binding import Read
from backoffice.operations.figures import compared
from backoffice.operations.models import Bundle, Comment, Operation
from backoffice.operations.notices import notices
from backoffice.operations.reasons import Reason
from backoffice.operations.shown import REASON, Place, Said, Shown
from backoffice.operations.snapshot import live, snapshot
from backoffice.operations.states import State
from backoffice.operations.strip import strip
from backoffice.ui.parts import Change, Fact


def look(operation: Operation, *, by: Any) -> Read:
    """The account as it is now, or why it cannot be read; None once that cannot matter any more.

    No transaction may be open: it waits for the Manager.
    """
    try:
        return None if operation.is_final else live(operation.login, by=by)
    except Failure as failure:
        return failure


def shown(
    operation: Operation,
    *,
    by: Any,
    account: Read = None,
    page: str = "",
    changed: Sequence[Change] = (),
    replaces: str = "",
) -> Shown:
    """What this person is shown of it now. `page` names the page that is drawn from it; it is empty where none is."""
    figures = snapshot(account) if isinstance(account, Account) else None
    newest, kept, now = figures or operation.account_at_submit, operation.account_at_submit, clock.now()
    waits = operation.state == State.AWAITING_APPROVAL
    verdict = judging.again(operation) if waits else None
    rows = compared(kept, figures, operation.instruction.effects(newest))
    capacity = standing_in.acting_as(operation, by=by) if waits else None
    return Shown(
        page=page,
        by=by.name,
        operator_id=by.operator_id,
        looked_at=now,
        **_of_row(operation),
        replaces=replaces,
        why_not_approve=why_not_approve(operation, by=by, account=account) if waits else "",
        read_at=now if figures else None,
        unread=account.message if isinstance(account, Failure) else "",
        effects=operation.instruction.effects(kept),
        fields=operation.instruction.listed(),
        places=[Place(words=seat.words, by=seat.by) for seat in quorum.seats(operation)],
        notices=notices(operation, by=by, account=account, now=verdict, rows=rows, capacity=capacity),
        checks=strip(
            operation.instruction, operation.judged, newest, since=beside.since(operation, account) if waits else []
        ),
        request=_request(operation),
        changed=list(changed),
        account=rows,
        sums=beside.sums(operation) if waits else [],
        history=beside.history(operation, by=by) if page == "operation" else [],
        thread=thread(operation),
        decides_for=capacity.name if capacity else "",
        decides_for_id=capacity.of if capacity else "",
    )


def in_a_list(operation: Operation, *, by: Any) -> Shown:
    """What a list of requests that are decided together shows of one: what is sent, and who asked for it and when."""
    unseen = dict.fromkeys(("email", "group", "verdict", "rule"), "")
    return Shown(
        page="together",
        by=by.name,
        operator_id=by.operator_id,
        looked_at=clock.now(),
        **(_of_row(operation) | unseen),
        fields=operation.instruction.listed(),
        request=_request(operation)[:2],
    )


def why_not_approve(operation: Operation, *, by: Any, account: Read) -> str:
    """Why an approval of theirs would bring it no further, as far as that can be told beforehand; empty where it would.

    Where the account could only not be read, that is for the moment when they approve.
    """
    if why := say.why_not_approve(operation, by=by) or signing.why_no_key(operation, by=by):
        return why
    return binding.why_not(operation, account) if isinstance(account, Account) else ""


def thread(found: Operation | Bundle) -> list[Said]:
    return [_said(row) for row in found.comments.select_related("by")]


def newer(operation: Operation, since: Shown, *, by: Any) -> list[Said]:
    """What others have written that was not there to be read."""
    read = {said.id for said in since.thread}
    others = operation.comments.exclude(person=by.person_id).exclude(pk__in=read).select_related("by")
    return [_said(row) for row in others]


def _said(row: Comment) -> Said:
    return Said(id=str(row.pk), by=row.by.name, at=row.at, text=raw(row, "text"))


def _of_row(operation: Operation) -> dict[str, Any]:
    kept, judged = operation.account_at_submit, operation.judged
    return {
        "reference": operation.reference,
        "title": operation.instruction.title,
        "login": operation.login,
        "state": str(operation.get_state_display()),
        "payload_hash": operation.payload_hash,
        "seen": operation.seen,
        "name": kept["name"],
        "email": kept["email"],
        "group": kept["group"],
        "amount": getattr(operation.instruction, "amount", None),
        "currency": operation.currency,
        "verdict": judged.words,
        "evidence": operation.instruction.evidence,
        "rule": judged.rule,
    }


def _request(operation: Operation) -> list[Fact]:
    at: datetime = operation.made_at
    return [
        Fact(label="Requested by", value=operation.made_by.name),
        Fact(label="Requested at", value=at),
        Fact(label=REASON, value=Reason(operation.reason_code, raw(operation, "reason")).words),
        Fact(label="From", value=operation.made_from),
        Fact(label="Device", value=operation.device),
        Fact(label="Policy", value=operation.judged.rule),
        Fact(label="Request id", value=str(operation.pk)),
        *([Fact(label="Signed votes", value=f"By {operation.judged.signed_by}.")] if operation.needs_signed else []),
    ]
