"""What a person must know before they decide: what has moved, what it is part of, from where it was asked, what it would take now."""

from typing import Any

from backoffice.audit.where import here
from backoffice.manager.wire import Account
from backoffice.operations import binding
from backoffice.operations.binding import Read
from backoffice.operations.figures import Compared
from backoffice.operations.models import Judgement, Operation
from backoffice.operations.policy import Verdict
from backoffice.operations.shown import Notice
from backoffice.operations.standing_in import Capacity
from backoffice.operations.states import State
from backoffice.ui.text import figure, server

MATTERS = ("Balance", "Credit")


def notices(
    operation: Operation,
    *,
    by: Any,
    account: Read,
    now: Verdict | None,
    rows: list[Compared],
    capacity: Capacity | None,
) -> list[Notice]:
    """What matters most first. While it waits `now` is the verdict as it would be today, and `capacity` as whom they decide.

    `rows` are the account's figures side by side.
    """
    waits = operation.state == State.AWAITING_APPROVAL
    bound = _bound(operation, account) if waits else None
    told = [
        bound,
        _in_their_place(capacity) if capacity else None,
        _same_device(operation, by) if waits else None,
        _of_policy(operation, now) if now else None,
        _judged_again(operation),
        # Where what it binds has moved, that says it.
        None if bound and isinstance(account, Account) else _moved(operation, rows),
    ]
    return [notice for notice in told if notice]


def _bound(operation: Operation, account: Read) -> Notice | None:
    why = binding.why_not(operation, account)
    return Notice(tone="bad", heading="It cannot be approved as things stand.", text=why) if why else None


def _in_their_place(capacity: Capacity) -> Notice | None:
    if capacity.delegation is None:
        return None
    name, until = capacity.delegation.of.name, server(capacity.delegation.ends_at)
    words = f"They are away until {until}. The vote is yours, in their role, and both names stand on it."
    return Notice(tone="info", heading=f"You decide for {name}.", text=words)


def _same_device(operation: Operation, by: Any) -> Notice | None:
    """An office may share an address, and many a device reads alike: it is said, and decides nothing."""
    where = here()
    is_same = bool(where.ip) and (where.ip, where.device) == (operation.made_from, operation.device)
    if not is_same or operation.is_made_by(by):
        return None
    text = f"{operation.made_by.name} asked for it from {where.ip} on a device that reads exactly like yours."
    return Notice(tone="warn", heading="You are on the same address and device as its maker.", text=text)


def _of_policy(operation: Operation, now: Verdict) -> Notice | None:
    """That the policy blocks it by now, or would ask for more, and of which sums it is a part."""
    if now.blocks:
        return Notice(tone="bad", heading="The policy blocks it now.", text=" ".join(each.text for each in now.blocks))
    part = " ".join(f"Part of {part}." for part in now.part_of)
    more = f"The next approval asks for more: {now.words}." if now.is_stricter_than(operation.judged) else ""
    if not (part or more):
        return None
    holds = " What is stricter when the last approval is given holds." if more else ""
    text = f"{more} {now.rule}{holds}" if part else f"{now.rule}{holds}"
    return Notice(tone="warn", heading=part or more, text=text.strip())


def _judged_again(operation: Operation) -> Notice | None:
    last: Judgement | None = operation.judgements.order_by("-pk").first()
    if last is None:
        return None
    text = f"{operation.judged.rule} It was judged again on {last.at:%d %b, %H:%M} UTC; what was approved before still counts."
    heading = f"It takes more than when it was submitted: {operation.judged.words}."
    return Notice(tone="warn", heading=heading, text=text)


def _moved(operation: Operation, rows: list[Compared]) -> Notice | None:
    moved = [row for row in rows if row.has_moved and row.label in MATTERS]
    if not moved:
        return None
    told = [f"{row.label} was {_said(row.then)} and is {_said(row.now)} {operation.currency} now." for row in moved]
    return Notice(tone="warn", heading="The account has moved since this was submitted.", text=" ".join(told))


def _said(value: Any) -> str:
    return "not known" if value is None else figure(value)
