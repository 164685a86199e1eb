"""A deal's row in the funding ledger: how it is written, found and shown."""

import sqlite3
from typing import Any, NamedTuple

from sandbox import clock, money
from sandbox.switches import USUAL, Switches
from sandbox.terms import By, Terms

FIRST = 100_001
PREFIXES = {
    "deposit": "dep",
    "withdrawal": "wdr",
    "creditIn": "crd",
    "creditOut": "crd",
    "correction": "cor",
    "charge": "chg",
    "bonus": "bon",
}


class Deal(NamedTuple):
    """Amount, balance and credit are in units of 10^-digits; times in microseconds."""

    deal_id: int | None
    login: int
    kind: str
    amount: int
    currency: str
    digits: int
    status: str
    new_balance: int | None
    new_credit: int | None
    comment: str
    request_id: str | None
    operator_id: str | None
    dealer: int | None
    time: int
    shows_at: int
    books_at: int | None = None
    outcome: str = "applied"

    @property
    def moves_credit(self) -> bool:
        return self.kind in ("creditIn", "creditOut")

    def after(self, *, balance: int, credit: int) -> tuple[int, int]:
        """Balance and credit once this deal is booked."""
        if self.moves_credit:
            return balance, credit + self.amount
        return balance + self.amount, credit


def new(kind: str, *, login: int, amount: int, currency: str, digits: int, comment: str, by: By, terms: Terms) -> Deal:
    """A deal that is not yet written, with the times that its terms give it."""
    at, waits = clock.now(), terms.books_after
    told_at = at + terms.ways.clock_ahead_ms * clock.SECOND // 1000
    return Deal(
        None, login, kind, amount, currency, digits, "applied" if waits is None else "accepted", None, None,
        comment, by.request_id, by.operator_id, by.dealer, told_at, at + int(terms.shows_after * clock.SECOND),
        None if waits is None else at + int(waits * clock.SECOND), terms.outcome,
    )  # fmt: skip


def add(db: sqlite3.Connection, *, deal: Deal) -> Deal:
    cursor = db.execute("INSERT INTO deals VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", deal)
    return deal._replace(deal_id=cursor.lastrowid)


def find(db: sqlite3.Connection, *, deal_id: int) -> Deal:
    return Deal._make(db.execute("SELECT * FROM deals WHERE deal_id = ?", (deal_id,)).fetchone())


def shown(deal: Deal, *, ways: Switches = USUAL) -> dict[str, Any]:
    digits = deal.digits
    transaction: dict[str, Any] = {
        "operationId": f"{PREFIXES[deal.kind]}_{deal.deal_id}",
        "status": deal.status,
        "login": deal.login,
        "type": deal.kind,
        "amount": money.number(deal.amount, digits=digits),
        "currency": deal.currency,
        "comment": deal.comment,
        "requestId": _own_id(deal) if ways.own_request_ids else deal.request_id,
        "operatorId": deal.operator_id,
        "dealer": deal.dealer,
        "time": clock.written(deal.time),
    }
    # Until it is booked there is no deal and no new balance to speak of.
    if deal.new_balance is not None and deal.new_credit is not None:
        transaction["dealId"] = deal.deal_id
        transaction["newBalance"] = money.number(deal.new_balance, digits=digits)
        transaction["newCredit"] = money.number(deal.new_credit, digits=digits)
    return transaction


def _own_id(deal: Deal) -> str | None:
    return f"req_{deal.deal_id}" if deal.request_id else None


def told_in_full(deal: Deal) -> dict[str, Any]:
    """The truth for tests: also when it shows in the history, and when it was or will be booked."""
    books_at = None if deal.books_at is None else clock.written(deal.books_at)
    return {**shown(deal), "showsAt": clock.written(deal.shows_at), "booksAt": books_at}


def of(db: sqlite3.Connection, *, login: int | None, request_id: str | None) -> list[dict[str, Any]]:
    """All there is, or all of one login or of one request, in the order in which it was taken in."""
    asked = {"login = ?": login, "request_id = ?": request_id}
    given = {condition: value for condition, value in asked.items() if value is not None}
    where = " AND ".join(["true", *given])
    rows = db.execute(f"SELECT * FROM deals WHERE {where} ORDER BY deal_id", tuple(given.values()))
    return [told_in_full(Deal._make(row)) for row in rows]


def newest(db: sqlite3.Connection, *, most: int) -> list[dict[str, Any]]:
    rows = db.execute("SELECT * FROM deals ORDER BY deal_id DESC LIMIT ?", (most,))
    return [told_in_full(Deal._make(row)) for row in rows]
