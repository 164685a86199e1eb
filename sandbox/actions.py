"""What the API offers: path and method, the scope it asks for, and who carries it out."""

import re
import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from sandbox import funds, history, lifecycle, passwords, refusals
from sandbox.answers import Answer
from sandbox.calls import Call
from sandbox.terms import Terms


class Action(NamedTuple):
    scope: str
    carry_out: Callable[[sqlite3.Connection, Call, Terms], Answer]


FIXED = {
    ("POST", "/accounts"): Action("accounts:write", lifecycle.create),
    ("POST", "/transactions/deposit"): Action("funds:write", funds.deposit),
    ("POST", "/transactions/withdraw"): Action("funds:write", funds.withdraw),
    ("POST", "/transactions/credit"): Action("funds:write", funds.credit),
    ("GET", "/transactions/history"): Action("funds:read", history.page),
}
OF_A_LOGIN = {
    ("GET", ""): Action("accounts:read", lifecycle.read),
    ("PATCH", ""): Action("accounts:write", lifecycle.update),
    ("POST", "/password"): Action("accounts:password", passwords.rotate),
}
# Not built yet; a key without the scope is told so all the same.
REPORTS = ("/reports/daily", "/reports/groups", "/reports/symbols", "/reports/exposure")
ACCOUNT = re.compile(r"/accounts/[1-9][0-9]{0,17}(|/password)")


def allowed(call: Call) -> Action:
    """The action that the call names, where its key has the scope for it."""
    action = FIXED.get((call.method, call.path))
    if action is None and (account := ACCOUNT.fullmatch(call.path)):
        action = OF_A_LOGIN.get((call.method, account[1]))
    if call.method == "GET" and call.path in REPORTS:
        _refuse_without(call, "reports:read")
    if action is None:
        raise refusals.not_found(f"{call.method} {call.path!a}")
    _refuse_without(call, action.scope)
    return action


def _refuse_without(call: Call, scope: str) -> None:
    if call.key is None or scope not in call.key.scopes:
        raise refusals.unauthorized(f"manager credential lacks {scope}")
