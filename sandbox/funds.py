"""Deposits, withdrawals and credit: what MetaTrader books, and what it refuses for want of money."""

import sqlite3
from typing import Any

from sandbox import accounts, answers, calls, deals, money, once, refusals, storage
from sandbox.accounts import Account
from sandbox.answers import Answer
from sandbox.calls import Call
from sandbox.deals import Deal
from sandbox.terms import By, Terms

TYPES = ("balance", "correction", "charge", "bonus")


def deposit(db: sqlite3.Connection, call: Call, terms: Terms) -> Answer:
    return _answered(db, call, "deposit", terms)


def withdraw(db: sqlite3.Connection, call: Call, terms: Terms) -> Answer:
    return _answered(db, call, "withdraw", terms)


def credit(db: sqlite3.Connection, call: Call, terms: Terms) -> Answer:
    return _answered(db, call, "credit", terms)


def _answered(db: sqlite3.Connection, call: Call, action: str, terms: Terms) -> Answer:
    ways = terms.ways
    if ways.replays == "conflict":
        once.refuse_repeat(db, request_id=call.request_id, ways=ways)
    first = once.first_answer(db, request_id=call.request_id, ways=ways) if ways.replays == "same" else None
    if first is None:
        first = deals.shown(book(db, action, fields=call.fields, by=call.by, terms=terms), ways=ways)
    return Answer(201, answers.encoded(first))


def book(db: sqlite3.Connection, action: str, *, fields: dict[str, Any], by: By, terms: Terms) -> Deal:
    """Books, or takes in, what the fields ask for: deal, balance and request id in one unit."""
    account = accounts.find(db, login=calls.login_of(fields))
    deal = _asked(account, action, fields=fields, by=by, terms=terms)
    refuse_uncovered(account, deal)
    with storage.unit(db):
        if terms.books_after is None:
            deal = _settled(db, account, deal)
        deal = deals.add(db, deal=deal)
        if terms.ways.replays != "again":
            once.remember(db, request_id=by.request_id, deal_id=deal.deal_id)
    return deal


def refuse_uncovered(account: Account, deal: Deal) -> None:
    """MetaTrader counts credit into free margin, so it lets a client withdraw against the broker's credit."""
    if deal.amount >= 0:
        return
    covered = account.credit if deal.moves_credit else min(account.balance, account.margin_free)
    if -deal.amount > covered:
        raise refusals.invalid("amount", "not enough money", reason="insufficientFunds", retcode=refusals.NO_MONEY)


def _asked(account: Account, action: str, *, fields: dict[str, Any], by: By, terms: Terms) -> Deal:
    group = account.group
    amount = money.units(fields.get("amount"), digits=group.digits)
    currency = fields.get("currency", group.currency)
    if currency != group.currency:
        raise refusals.invalid("currency", f"the account is in {group.currency}", reason="currencyMismatch")
    kind, sign = _kind(action, fields)
    comment = calls.text(fields.get("comment", ""), field="comment", most=terms.ways.comment_length)
    return deals.new(
        kind, login=account.login, amount=sign * amount, currency=group.currency, digits=group.digits,
        comment=comment, by=by, terms=terms,
    )  # fmt: skip


def _kind(action: str, fields: dict[str, Any]) -> tuple[str, int]:
    booked_as = _one_of("type", fields.get("type", "balance"), TYPES)
    if action == "credit":
        goes_in = _one_of("direction", fields.get("direction", "in"), ("in", "out")) == "in"
        return ("creditIn", 1) if goes_in else ("creditOut", -1)
    sign = 1 if action == "deposit" else -1
    plain = "deposit" if sign > 0 else "withdrawal"
    return (plain if booked_as == "balance" else booked_as), sign


def _one_of(field: str, value: object, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise refusals.invalid(field, f"{field} must be one of {', '.join(allowed)}")
    return value


def _settled(db: sqlite3.Connection, account: Account, deal: Deal) -> Deal:
    balance, credit = deal.after(balance=account.balance, credit=account.credit)
    accounts.keep_money(db, login=account.login, balance=balance, credit=credit)
    return deal._replace(new_balance=balance, new_credit=credit)
