"""An account's row: how it is found, kept, reckoned and shown."""

import json
import sqlite3
from decimal import Decimal
from typing import Any, NamedTuple

from sandbox import clock, money, refusals
from sandbox.groups import GROUPS, Group

PERMISSIONS = {
    "enabled": True,
    "tradingAllowed": True,
    "passwordChangeAllowed": True,
    "expertsAllowed": True,
    "reportsEnabled": True,
    "mustChangePassword": False,
}


class Account(NamedTuple):
    """Money is in units of the group's digits; `permissions` and `person` are JSON, read only when shown."""

    login: int
    group_name: str
    leverage: int
    balance: int
    credit: int
    floating: int
    margin: int
    permissions: str
    person: str
    registered_at: int
    last_access_at: int | None = None
    last_password_change_at: int | None = None

    @property
    def group(self) -> Group:
        return GROUPS[self.group_name]

    @property
    def equity(self) -> int:
        return self.balance + self.credit + self.floating

    @property
    def margin_free(self) -> int:
        return self.equity - self.margin

    @property
    def margin_level(self) -> Decimal:
        if not self.margin:
            return Decimal(0)
        return (Decimal(self.equity) * 100 / self.margin).quantize(Decimal("0.01"))


def find(db: sqlite3.Connection, *, login: int) -> Account:
    row = db.execute("SELECT * FROM accounts WHERE login = ?", (login,)).fetchone()
    if row is None:
        raise refusals.not_found(f"login {login}")
    return Account._make(row)


def exists(db: sqlite3.Connection, *, login: int) -> bool:
    return db.execute("SELECT 1 FROM accounts WHERE login = ?", (login,)).fetchone() is not None


def keep(db: sqlite3.Connection, *, account: Account) -> None:
    db.execute("INSERT OR REPLACE INTO accounts VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", account)


def keep_money(db: sqlite3.Connection, *, login: int, balance: int, credit: int) -> None:
    db.execute("UPDATE accounts SET balance = ?, credit = ? WHERE login = ?", (balance, credit, login))


def shown(account: Account) -> dict[str, Any]:
    group, permissions = account.group, json.loads(account.permissions)
    return {
        "login": account.login,
        "group": account.group_name,
        "leverage": account.leverage,
        "currency": group.currency,
        "currencyDigits": group.digits,
        "status": _status(permissions),
        "permissions": permissions,
        **json.loads(account.person),
        **_figures(account, digits=group.digits),
        "registeredAt": clock.written(account.registered_at),
        "lastAccessAt": _perhaps(account.last_access_at),
        "lastPasswordChangeAt": _perhaps(account.last_password_change_at),
    }


def _status(permissions: dict[str, bool]) -> str:
    if not permissions["enabled"]:
        return "disabled"
    return "active" if permissions["tradingAllowed"] else "readonly"


def _figures(account: Account, *, digits: int) -> dict[str, Decimal]:
    return {
        "balance": money.number(account.balance, digits=digits),
        "credit": money.number(account.credit, digits=digits),
        "equity": money.number(account.equity, digits=digits),
        "margin": money.number(account.margin, digits=digits),
        "marginFree": money.number(account.margin_free, digits=digits),
        "marginLevel": account.margin_level,
        "floating": money.number(account.floating, digits=digits),
    }


def _perhaps(at: int | None) -> str | None:
    return None if at is None else clock.written(at)
