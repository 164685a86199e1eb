"""The record of every change to an account that is not money: what tests read to see that it happened once."""

import json
import sqlite3
from typing import Any

import msgspec

from sandbox import clock
from sandbox.terms import By


def add(db: sqlite3.Connection, *, login: int, kind: str, fields: dict[str, Any], by: By) -> None:
    written = json.dumps(fields, default=str)
    db.execute("INSERT INTO changes VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", (login, kind, written, *by, clock.now()))


def of(db: sqlite3.Connection, *, login: int | None) -> list[dict[str, Any]]:
    where, values = ("", ()) if login is None else ("WHERE login = ?", (login,))
    rows = db.execute(f"SELECT * FROM changes {where} ORDER BY change_id", values)
    return [_shown(row) for row in rows]


def _shown(row: tuple[Any, ...]) -> dict[str, Any]:
    change_id, login, kind, fields, request_id, operator_id, dealer, time = row
    return {
        "changeId": change_id,
        "login": login,
        "kind": kind,
        # As it was written: half a character in a field that nobody reads must not spoil the whole record.
        "fields": msgspec.Raw(fields.encode()),
        "requestId": request_id,
        "operatorId": operator_id,
        "dealer": dealer,
        "time": clock.written(time),
    }
