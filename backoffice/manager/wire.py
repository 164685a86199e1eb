"""The contract's messages as types, and money in its one exact form: a number in, a number out, never a float."""

import json
import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar

import msgspec

from backoffice.manager.failures import Unreadable

MOST = Decimal(10) ** 15
# Cc controls (PostgreSQL refuses NUL), Cf what turns or hides text, Cs halves of characters.
UNFIT = {"Cc", "Cf", "Cs"}
M = TypeVar("M", bound="Message")
PLAIN = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,8})?")


class Money(Decimal):
    """An amount in the account's currency: finite, at most 8 decimals, at most 1e15 in magnitude."""


class Message(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A message of the contract: unknown fields are ignored, a missing optional field is None, never zero."""


class Permissions(Message, frozen=True):
    enabled: bool | None = None
    trading_allowed: bool | None = None
    password_change_allowed: bool | None = None
    experts_allowed: bool | None = None
    reports_enabled: bool | None = None
    must_change_password: bool | None = None


class Account(Message, frozen=True):
    """An account as the Manager reads it. Money is in `currency`; `margin_level` is per cent, 0 while margin is 0."""

    login: int
    group: str
    leverage: int
    name: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    currency: str = ""
    currency_digits: int = 2
    status: str = ""
    permissions: Permissions | None = None
    balance: Money | None = None
    credit: Money | None = None
    equity: Money | None = None
    margin: Money | None = None
    margin_free: Money | None = None
    margin_level: Money | None = None
    floating: Money | None = None
    registered_at: datetime | None = None
    last_access_at: datetime | None = None
    last_password_change_at: datetime | None = None


class Transaction(Message, frozen=True):
    """A line of the Manager's ledger. `amount` is signed: positive adds to balance or credit."""

    operation_id: str
    status: Literal["accepted", "applied", "rejected"]
    login: int
    deal_id: int | None = None
    type: str | None = None
    amount: Money | None = None
    currency: str | None = None
    new_balance: Money | None = None
    new_credit: Money | None = None
    comment: str = ""
    request_id: str | None = None
    operator_id: str | None = None
    dealer: int | None = None
    time: datetime | None = None

    @property
    def deal(self) -> str:
        """The deal number that people quote, else the provider's own id."""
        return legible(str(self.deal_id) if self.deal_id else self.operation_id, most=64)


class History(Message, frozen=True):
    """A page of the ledger. Its lines are shaped one by one: one that is odd must not hide the others."""

    items: list[dict[str, Any]]
    next_cursor: str | None = None


class Details(Message, frozen=True):
    field: str = ""
    reason: str = ""
    mt_retcode: int = 0


class ErrorFields(Message, frozen=True):
    code: str
    message: str
    details: Details = Details()
    original: dict[str, Any] | None = None


class ErrorMessage(Message, frozen=True):
    error: ErrorFields


def legible(text: str, *, most: int = 500) -> str:
    """The Manager's words as we may keep and show them: no NUL, no controls, no lone surrogates, at most `most` long."""
    if text.isascii() and text.isprintable():
        return text[:most]
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in UNFIT else c for c in text[:most])


def money(value: object) -> Money:
    """The one way in for money. Raises ValueError for what is not a plain, finite, bounded decimal."""
    if isinstance(value, bool | float) or not isinstance(value, int | Decimal | str):
        raise ValueError("not a decimal")
    if isinstance(value, str) and not PLAIN.fullmatch(value):
        raise ValueError("not a plain decimal")
    try:
        amount = Money(value)
    except ArithmeticError:
        raise ValueError("not a decimal") from None
    if not amount.is_finite() or abs(amount) > MOST or -int(amount.as_tuple().exponent) > 8:
        raise ValueError("beyond the bounds of money")
    return amount


def legible_account(account: Account) -> Account:
    """The account with every text of it legible."""
    texts = {name: legible(value) for name, value in msgspec.structs.asdict(account).items() if isinstance(value, str)}
    return msgspec.structs.replace(account, **texts)


def read(body: bytes, kind: type[M]) -> M:
    """A message of the contract from an answer's body; raises Unreadable for anything else."""
    return shaped(parsed(body), kind)


def shaped(value: object, kind: type[M]) -> M:
    try:
        return msgspec.convert(value, type=kind, dec_hook=_money_hook)
    except (msgspec.ValidationError, ValueError, ArithmeticError, RecursionError) as failure:
        raise Unreadable(f"The answer is not the contract's: {failure}") from None


def parsed(body: bytes) -> object:
    """JSON with every digit kept; NaN, Infinity and what is not JSON are unreadable."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, ArithmeticError, RecursionError):
        raise Unreadable("The answer is not JSON.") from None


def written(fields: dict[str, object]) -> bytes:
    """A request's body: Decimals become JSON numbers digit for digit, fields that are None are left out."""
    pairs = (f"{json.dumps(name)}:{_literal(value)}" for name, value in fields.items() if value is not None)
    return ("{" + ",".join(pairs) + "}").encode()


def _literal(value: object) -> str:
    if isinstance(value, float):
        raise TypeError("Money is a Decimal; a float has lost digits already.")
    if not isinstance(value, Decimal):
        return json.dumps(value)
    if not value.is_finite():
        raise ValueError("Money is finite.")
    return format(value, "f")


def _money_hook(kind: type, value: object) -> Any:
    if kind is Money:
        return money(value)
    raise NotImplementedError(kind)


def _no_constant(name: str) -> Any:
    raise ValueError(name)
