"""An account is opened and changed: with MetaTrader's way of leaving out, in silence, what it does not take."""

import json
import sqlite3
from typing import Any

from sandbox import accounts, answers, changes, clock, groups, once, passwords, persons, refusals, storage
from sandbox.accounts import Account
from sandbox.answers import Answer
from sandbox.calls import LARGEST_LOGIN, Call
from sandbox.groups import Group
from sandbox.terms import By, Terms

FIRST_ALLOCATED, LAST_ALLOCATED = 130_001, 139_999
HIGHEST_LEVERAGE = 5000


def read(db: sqlite3.Connection, call: Call, terms: Terms) -> Answer:
    return Answer(200, answers.encoded(accounts.shown(accounts.find(db, login=call.login() or 0))))


def create(db: sqlite3.Connection, call: Call, terms: Terms) -> Answer:
    once.refuse_repeat(db, request_id=call.request_id)
    account = _opened(db, call.fields)
    return Answer(201, _kept(db, account, kind="create", by=call.by, fields=call.fields))


def update(db: sqlite3.Connection, call: Call, terms: Terms) -> Answer:
    once.refuse_repeat(db, request_id=call.request_id)
    account = accounts.find(db, login=call.login() or 0)
    if not call.fields:
        raise refusals.invalid("body", "name at least one field to change")
    asked = without(call.fields, field=terms.ignores)
    return Answer(200, _kept(db, changed(account, asked), kind="update", by=call.by, fields=call.fields))


def change_at_a_terminal(db: sqlite3.Connection, *, login: int, fields: dict[str, Any], by: By) -> Account:
    account = changed(accounts.find(db, login=login), fields)
    _kept(db, account, kind="update", by=by, fields=fields)
    return account


def changed(account: Account, asked: dict[str, Any]) -> Account:
    """The account with what MetaTrader takes of the request; a leverage that the group lacks is left out."""
    group = _group_after(account, asked)
    leverage = leverage_of(asked["leverage"]) if "leverage" in asked else account.leverage
    if leverage not in group.leverages:
        leverage = account.leverage
    return account._replace(
        group_name=group.name,
        leverage=leverage,
        # The positions are the same, so they bind margin in inverse proportion to the leverage.
        margin=(account.margin * account.leverage * 2 + leverage) // (leverage * 2),
        permissions=json.dumps(permissions(asked, before=json.loads(account.permissions))),
        person=json.dumps({**json.loads(account.person), **persons.read(asked)}),
    )


def without(fields: dict[str, Any], *, field: str | None) -> dict[str, Any]:
    """The request less one field, which may lie one level down: `permissions.enabled`."""
    name, _, inner = (field or "").partition(".")
    rest = {key: value for key, value in fields.items() if key != name or inner}
    if inner and isinstance(rest.get(name), dict):
        rest[name] = {key: value for key, value in rest[name].items() if key != inner}
    return rest


def _opened(db: sqlite3.Connection, fields: dict[str, Any]) -> Account:
    group = groups.known(fields.get("group"))
    leverage = leverage_of(fields.get("leverage"))
    if leverage not in group.leverages:
        raise refusals.invalid("leverage", f"leverage must be one of {', '.join(map(str, group.leverages))}")
    person = persons.read(fields)
    if not person.get("name", "").strip():
        raise refusals.invalid("name", "name is missing")
    for password in ("masterPassword", "investorPassword"):
        if password in fields:
            passwords.check(fields[password], field=password)
    rights = permissions(fields, before=accounts.PERMISSIONS)
    login, written = _login(db, fields), (json.dumps(rights), json.dumps(person))
    return Account(login, group.name, leverage, 0, 0, 0, 0, *written, registered_at=clock.now())


def _login(db: sqlite3.Connection, fields: dict[str, Any]) -> int:
    login = fields.get("login")
    if login is None:
        last = "SELECT coalesce(max(login), ?) + 1 FROM accounts WHERE login BETWEEN ? AND ?"
        return int(db.execute(last, (FIRST_ALLOCATED - 1, FIRST_ALLOCATED, LAST_ALLOCATED)).fetchone()[0])
    if type(login) is not int or not 1 <= login <= LARGEST_LOGIN:
        raise refusals.invalid("login", "login must be a whole number of at least 1")
    if accounts.exists(db, login=login):
        raise refusals.invalid("login", f"login {login} is taken", reason="loginExists", retcode=refusals.LOGIN_EXISTS)
    return login


def _kept(db: sqlite3.Connection, account: Account, *, kind: str, by: By, fields: dict[str, Any]) -> bytes:
    answer = answers.encoded(accounts.shown(account))
    told = {name: value for name, value in fields.items() if "assword" not in name}
    with storage.unit(db):
        accounts.keep(db, account=account)
        changes.add(db, login=account.login, kind=kind, fields=told, by=by)
        once.remember(db, request_id=by.request_id, answer=answer)
    return answer


def _group_after(account: Account, asked: dict[str, Any]) -> Group:
    group = groups.known(asked.get("group", account.group_name))
    has_money = account.balance or account.credit or account.floating or account.margin
    if has_money and group.currency != account.group.currency:
        raise refusals.invalid(
            "group",
            f"the account holds {account.group.currency}",
            reason="currencyMismatch",
            retcode=refusals.DIFFERENT_CURRENCY,
        )
    return group


def leverage_of(asked: object) -> int:
    if type(asked) is not int or not 1 <= asked <= HIGHEST_LEVERAGE:
        raise refusals.invalid("leverage", f"leverage must be between 1 and {HIGHEST_LEVERAGE}")
    return asked


def permissions(asked: dict[str, Any], *, before: dict[str, bool]) -> dict[str, bool]:
    wanted = asked.get("permissions", {})
    if not isinstance(wanted, dict):
        raise refusals.invalid("permissions", "permissions must be an object")
    for name in wanted.keys() & before.keys():
        if not isinstance(wanted[name], bool):
            raise refusals.invalid(f"permissions.{name}", f"{name} must be true or false")
    return {name: wanted.get(name, held) for name, held in before.items()}
