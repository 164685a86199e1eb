"""What others do at the server while we look away: a dealer at a terminal, and the market itself."""

import json
import sqlite3
from typing import Any

from sandbox import accounts, calls, deals, funds, groups, lifecycle, money, persons, refusals, storage
from sandbox.accounts import Account
from sandbox.terms import PLAIN, at_a_terminal

BOOKS: dict[str, tuple[str, dict[str, str]]] = {
    "deposit": ("deposit", {}),
    "withdraw": ("withdraw", {}),
    "credit": ("credit", {}),
    "credit_out": ("credit", {"direction": "out"}),
    "correction": ("deposit", {"type": "correction"}),
    "correction_out": ("withdraw", {"type": "correction"}),
}
MONEY = ("balance", "credit", "floating", "margin")


def act(db: sqlite3.Connection, *, fields: dict[str, Any]) -> dict[str, Any]:
    """Books or changes without a request id, as a person with a terminal does; `action` says what."""
    action = fields.get("action")
    asked = {name: value for name, value in fields.items() if name != "action"}
    if action == "change":
        login = calls.login_of({"login": asked.pop("login", None)})
        changed = lifecycle.change_at_a_terminal(db, login=login, fields=asked, by=at_a_terminal())
        return accounts.shown(changed)
    if action not in BOOKS:
        raise refusals.invalid("action", f"action must be one of {', '.join([*BOOKS, 'change'])}")
    name, fixed = BOOKS[action]
    return deals.told_in_full(funds.book(db, name, fields={**asked, **fixed}, by=at_a_terminal(), terms=PLAIN))


def set_figures(db: sqlite3.Connection, *, login: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Sets an account's figures outright, with no deal and no change on record: the market moved."""
    account = accounts.find(db, login=login)
    known = {*MONEY, *accounts.PERMISSIONS, *persons.LENGTHS, "agent", "leverage", "group"}
    for name in fields.keys() - known:
        raise refusals.invalid(name, f"an account has no {name} to set")
    account = _with(account, fields)
    with storage.unit(db):
        accounts.keep(db, account=account)
    return accounts.shown(account)


def _with(account: Account, fields: dict[str, Any]) -> Account:
    group = groups.known(fields.get("group", account.group_name))
    given = {name: fields[name] for name in MONEY if name in fields}
    figures = {name: money.figure(value, digits=group.digits, field=name) for name, value in given.items()}
    rights = {name: fields[name] for name in accounts.PERMISSIONS if name in fields}
    return account._replace(
        group_name=group.name,
        leverage=lifecycle.leverage_of(fields.get("leverage", account.leverage)),
        permissions=json.dumps(lifecycle.permissions({"permissions": rights}, before=json.loads(account.permissions))),
        person=json.dumps({**json.loads(account.person), **persons.read(fields)}),
        **figures,
    )
