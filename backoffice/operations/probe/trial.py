"""The part of the probe that moves money: one deposit and its repeats, then a few in and out again, and the balance after."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import takewhile
from typing import Any

from backoffice.manager.failures import Unreadable
from backoffice.manager.wire import Account, shaped
from backoffice.manager.witness import Heard
from backoffice.operations.probe.asking import Asked, Asker
from backoffice.operations.probe.moving import OTHER, ZERO, Mover, Request, Seen, new
from backoffice.operations.probe.questions import (
    ANOTHER,
    AS_BEFORE,
    AT_ONCE,
    BOOKED,
    BOOKED_AGAIN,
    CONFLICT,
    DIFFERS,
    EQUAL,
    GIVEN,
    KEPT,
    LATER,
    LOST,
    MISSING,
    NO_CONFLICT,
    NONE,
    NOT_AS_BEFORE,
    NOT_SEEN,
    OURS,
    REFUSED,
    SAME_ANSWER,
    UNDER_OURS,
    Found,
    milliseconds,
)
from backoffice.operations.probe.reading import refused_as

ROUNDS = 3
# What execution holds an answer against; a balance or a time may well have moved on.
COMPARED = ("operationId", "login", "type", "amount", "currency", "requestId")


def trial(mover: Mover) -> list[Found]:
    """Moves, measures and puts back; what is still inside afterwards, nobody but a person can take out."""
    try:
        return list(_measured(mover))
    finally:
        mover.put_back()


def _measured(mover: Mover) -> Iterator[Found]:
    request = new("deposit")
    first = mover.move(request)
    if not first.heard.is_success:
        yield Found("booking", REFUSED, first.heard.words)
        return
    seen = mover.seen(request, first)
    yield _booking(first.heard, seen)
    yield _echo(first.heard, request)
    yield from _of_line(seen.line, request, operator_id=mover.asker.operator_id)
    yield from _repeats(mover, request, first.heard)
    yield Found("nonsense_write", _as(mover.move(new("deposit", ZERO)).heard, otherwise=BOOKED))
    yield _delay(mover, [(first, seen), *_rounds(mover)])


def _booking(first: Heard, seen: Seen) -> Found:
    status = first.fields.get("status")
    told = f"answered {status}"
    if seen.line:
        told += f", in the ledger {seen.line.get('status')}"
    return Found("booking", AT_ONCE if status == "applied" else LATER, told)


def _echo(first: Heard, request: Request) -> Found:
    theirs = first.fields.get("requestId")
    told = f"asked {request.request_id}, answered {theirs}"
    return Found("echo", _whose(theirs, first.fields.get("comment"), request), told)


def _whose(theirs: Any, comment: Any, request: Request) -> str:
    if theirs is None:
        return NONE
    if str(theirs).casefold() == request.request_id:
        return OURS
    return UNDER_OURS if str(comment or "").startswith(request.reference) else ANOTHER


def _of_line(line: dict[str, Any] | None, request: Request, *, operator_id: str) -> Iterator[Found]:
    """What the ledger's line keeps of what was asked."""
    if line is None:
        yield from (Found(name, NOT_SEEN) for name in ("request_id", "operator_id", "comment", "reference", "time"))
        return
    theirs, comment = line.get("requestId"), str(line.get("comment") or "")
    yield Found("request_id", _whose(theirs, comment, request), f"asked {request.request_id}, found {theirs}")
    operator = line.get("operatorId")
    whose = NONE if operator is None else OURS if operator == operator_id else ANOTHER
    yield Found("operator_id", whose, f"asked {operator_id}, found {operator}")
    kept = _in_common(comment, request.comment)
    yield Found("comment", str(kept), f"sent {request.comment!r}, found {comment!r}")
    yield Found("reference", KEPT if kept >= len(request.reference) else LOST, f"{request.reference} of {comment!r}")
    yield Found("time", GIVEN if line.get("time") else NONE, str(line.get("time") or ""))


def _in_common(one: str, other: str) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _repeats(mover: Mover, request: Request, first: Heard) -> Iterator[Found]:
    """The same request twice more: as it was, and with another amount."""
    again = mover.move(request).heard
    yield Found("replay", _as(again, otherwise=_twice(again, first, BOOKED_AGAIN)), _deals(first, again))
    yield _original(again, first)
    other = mover.move(replace(request, amount=OTHER)).heard
    told = f"{OTHER} under the id that had asked for {request.amount}; {_deals(first, other)}"
    yield Found("other_body", _as(other, otherwise=_twice(other, first, BOOKED)), told)


def _deals(first: Heard, again: Heard) -> str:
    """What the first answer named, and what the later one does: of its own, or as the original."""
    original = again.error.get("original")
    later = again.fields.get("operationId") or (original.get("operationId") if isinstance(original, dict) else None)
    return f"first {first.fields.get('operationId')}, then {later or 'none'}"


def _as(heard: Heard, *, otherwise: str) -> str:
    """How it was refused, or what its success is called."""
    if (heard.status, heard.code) == (409, "AlreadyApplied"):
        return CONFLICT
    return otherwise if heard.is_success else refused_as(heard)


def _twice(heard: Heard, first: Heard, booked: str) -> str:
    return SAME_ANSWER if heard.fields.get("operationId") == first.fields.get("operationId") else booked


def _original(again: Heard, first: Heard) -> Found:
    original = again.error.get("original")
    if again.status != 409:
        return Found("original", NO_CONFLICT)
    if not isinstance(original, dict) or not original:
        return Found("original", MISSING)
    differing = [name for name in COMPARED if original.get(name) != first.fields.get(name)]
    told = f"compared {', '.join(COMPARED)}" if not differing else f"differs in {', '.join(differing)}"
    return Found("original", DIFFERS if differing else EQUAL, f"{told}: {original.get('operationId')}")


def _rounds(mover: Mover) -> Iterator[tuple[Asked, Seen]]:
    """The first deposit out again, then in and out, so that a median is of something."""
    for way in ("withdraw", *("deposit", "withdraw") * (ROUNDS - 1)):
        request = new(way)
        asked = mover.move(request)
        if not asked.heard.is_success:
            return
        yield asked, mover.seen(request, asked)


def _delay(mover: Mover, rounds: list[tuple[Asked, Seen]]) -> Found:
    """The longest of some; the ledger's times are held against the database's clock on the way."""
    for asked, seen in rounds:
        if seen.line and (moment := _moment(seen.line.get("time"))):
            mover.asker.note_clock(moment, asked, grain=timedelta(seconds=0 if moment.microsecond else 1))
    times = [seen.after for _, seen in rounds]
    told = ", ".join(NOT_SEEN if after is None else f"{milliseconds(after)} ms" for after in times)
    known = [after for after in times if after is not None]
    if len(known) < len(times):
        return Found("delay", NOT_SEEN, f"within {mover.wait:g} s: {told}")
    return Found("delay", milliseconds(max(known)), f"from the answer to the ledger: {told}")


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def read_account(asker: Asker, login: int) -> Account | None:
    """The account as it is, or None where that cannot be read."""
    heard = asker.read(f"/accounts/{login}")
    try:
        return shaped(heard.body, Account) if heard.is_success else None
    except Unreadable:
        return None


def balance(mover: Mover, *, before: Decimal | None) -> Found:
    """Whether the balance is as it was; it is given as long as a line is given to show."""
    end = time.monotonic() + (mover.wait if not mover.inside else 0)
    while True:
        account = read_account(mover.asker, mover.login)
        after = account.balance if account else None
        if after == before or time.monotonic() > end:
            break
        time.sleep(0.5)
    told = f"{before} before, {after} after"
    if mover.lost:
        told += f"; no answer and no line for {', '.join(mover.lost)}"
    return Found("balance", AS_BEFORE if after == before else NOT_AS_BEFORE, told)
