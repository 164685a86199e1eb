"""MetaTrader's rule for passwords, and their rotation; no password is kept anywhere."""

import sqlite3

from sandbox import accounts, answers, changes, clock, once, refusals, storage
from sandbox.answers import Answer
from sandbox.calls import Call
from sandbox.terms import Terms


def rotate(db: sqlite3.Connection, call: Call, terms: Terms) -> Answer:
    once.refuse_repeat(db, request_id=call.request_id)
    account = accounts.find(db, login=call.login() or 0)
    which, now = call.fields.get("type"), clock.now()
    if which not in ("trading", "investor"):
        raise refusals.invalid("type", "type must be trading or investor")
    check(call.fields.get("newPassword"), field="newPassword")
    answer = answers.encoded({"login": account.login, "type": which, "changedAt": clock.written(now)})
    with storage.unit(db):
        accounts.keep(db, account=account._replace(last_password_change_at=now))
        changes.add(db, login=account.login, kind="password", fields={"type": which}, by=call.by)
        once.remember(db, request_id=call.request_id, answer=answer)
    return Answer(200, answer)


def check(password: object, *, field: str) -> None:
    if not isinstance(password, str) or not _is_strong(password):
        raise refusals.invalid(
            field, "the password does not meet the policy", reason="passwordPolicy", retcode=refusals.INVALID_PASSWORD
        )


def _is_strong(password: str) -> bool:
    kinds = (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum())
    is_typed = password.isascii() and password.isprintable()
    return is_typed and 8 <= len(password) <= 16 and all(any(map(kind, password)) for kind in kinds)
