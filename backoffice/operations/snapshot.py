"""The account as it is now, and as it is kept: read live at the Manager, written down as text."""

from typing import Any

from backoffice.audit import clients
from backoffice.manager.client import Caller
from backoffice.manager.reader import ask
from backoffice.manager.wire import Account, legible

FIGURES = ("balance", "credit", "equity", "margin", "margin_free", "margin_level", "floating")
# Who the client is, in what is kept of it.
CLIENT = ("name", "email")
PLAIN = ("login", "name", "email", "group", "currency", "status", "leverage", "currency_digits")


def live(login: int, *, by: Any) -> Account:
    """The account as the Manager reads it now, asked in the operator's name; raises a Failure of `manager.failures`."""
    return ask(lambda manager: manager.account(login, caller=Caller(by.operator_id)))


def snapshot(account: Account) -> dict[str, Any]:
    """The account's figures as text, so that no digit is lost; None is "not known", never zero."""
    figures = {name: None if (value := getattr(account, name)) is None else f"{value:f}" for name in FIGURES}
    plain = {name: getattr(account, name) for name in PLAIN}
    return {name: legible(value) if isinstance(value, str) else value for name, value in plain.items()} | figures


def kept(account: dict[str, Any], *, login: int) -> dict[str, Any]:
    """A snapshot as it is written down: with the client's key sealed who they are. Each call seals anew."""
    return account | {name: clients.seal(account[name], login=login) for name in CLIENT if name in account}
