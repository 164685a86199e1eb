"""Idempotency: a request id that was applied is remembered with what it made, and never applied again."""

import sqlite3
from typing import Any

import msgspec

from sandbox import deals, refusals
from sandbox.switches import USUAL, Switches


def refuse_repeat(db: sqlite3.Connection, *, request_id: str | None, ways: Switches = USUAL) -> None:
    if (row := _remembered(db, request_id)) is not None:
        raise refusals.already_applied(_original(db, *row, ways=ways))


def first_answer(db: sqlite3.Connection, *, request_id: str | None, ways: Switches) -> Any:
    """What the first call under this id made, or None where there was none."""
    row = _remembered(db, request_id)
    return None if row is None else _original(db, *row, ways=ways)


def remember(
    db: sqlite3.Connection, *, request_id: str | None, deal_id: int | None = None, answer: bytes | None = None
) -> None:
    """Must stand in the same unit as what it remembers: a crash between the two would lose or double it."""
    if request_id is not None:
        kept = None if answer is None else answer.decode()
        db.execute("INSERT INTO requests VALUES (?, ?, ?)", (request_id, deal_id, kept))


def _remembered(db: sqlite3.Connection, request_id: str | None) -> tuple[int | None, str | None] | None:
    if request_id is None:
        return None
    found = db.execute("SELECT deal_id, answer FROM requests WHERE request_id = ?", (request_id,))
    row: tuple[int | None, str | None] | None = found.fetchone()
    return row


def _original(db: sqlite3.Connection, deal_id: int | None, answer: str | None, *, ways: Switches) -> Any:
    # A deal is shown as it stands now, since one that was accepted may have been booked meanwhile.
    if deal_id is not None:
        return deals.shown(deals.find(db, deal_id=deal_id), ways=ways)
    return msgspec.Raw((answer or "{}").encode())
