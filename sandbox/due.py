"""What was only accepted is booked, or rejected, when its time comes: also after a restart."""

import asyncio
import sqlite3

from sandbox import accounts, clock, funds, storage
from sandbox.deals import Deal
from sandbox.refusals import Refused

IDLE_SECONDS = 3600.0


class Bookings:
    """Due times stand in the ledger and not in memory, so a killed sandbox goes on where it stood."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.news = asyncio.Event()

    async def run(self) -> None:
        while True:
            self.news.clear()
            book_due(self.db)
            try:
                await asyncio.wait_for(self.news.wait(), timeout=seconds_to_next(self.db))
            except TimeoutError:
                continue


def book_due(db: sqlite3.Connection) -> None:
    ripe = "SELECT * FROM deals WHERE status = 'accepted' AND books_at <= ? ORDER BY books_at, deal_id"
    for row in db.execute(ripe, (clock.now(),)).fetchall():
        _book(db, Deal._make(row))


def seconds_to_next(db: sqlite3.Connection) -> float:
    (at,) = db.execute("SELECT min(books_at) FROM deals WHERE status = 'accepted'").fetchone()
    return IDLE_SECONDS if at is None else max(0.0, (at - clock.now()) / clock.SECOND)


def _book(db: sqlite3.Connection, deal: Deal) -> None:
    account = accounts.find(db, login=deal.login)
    balance, credit = deal.after(balance=account.balance, credit=account.credit)
    with storage.unit(db):
        if deal.outcome == "rejected" or not _covered(account, deal):
            db.execute("UPDATE deals SET status = 'rejected' WHERE deal_id = ?", (deal.deal_id,))
            return
        accounts.keep_money(db, login=deal.login, balance=balance, credit=credit)
        booked = "UPDATE deals SET status = 'applied', new_balance = ?, new_credit = ? WHERE deal_id = ?"
        db.execute(booked, (balance, credit, deal.deal_id))


def _covered(account: accounts.Account, deal: Deal) -> bool:
    try:
        funds.refuse_uncovered(account, deal)
    except Refused:
        return False
    return True
