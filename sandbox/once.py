"""Idempotency: a request id that was applied is remembered with what it made, and never applied again."""

import sqlite3
from typing import Any

import msgspec

from sandbox import deals, refusals


def refuse_repeat(db: sqlite3.Connection, *, request_id: str | None) -> None:
    if request_id is None:
        return
    row = db.execute("SELECT deal_id, answer FROM requests WHERE request_id = ?", (request_id,)).fetchone()
    if row is not None:
        raise refusals.already_applied(_original(db, *row))


def remember(
    db: sqlite3.Connection, *, request_id: str | None, deal_id: int | None = None, answer: bytes | None = None
) -> None:
    """Must stand in the same unit as what it remembers: a crash between the two would lose or double it."""
    if request_id is not None:
        kept = None if answer is None else answer.decode()
        db.execute("INSERT INTO requests VALUES (?, ?, ?)", (request_id, deal_id, kept))


def _original(db: sqlite3.Connection, deal_id: int | None, answer: str | None) -> Any:
    # A deal is shown as it stands now, since one that was accepted may have been booked meanwhile.
    if deal_id is not None:
        return deals.shown(deals.find(db, deal_id=deal_id))
    return msgspec.Raw((answer or "{}").encode())
