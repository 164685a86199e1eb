"""What every money instruction has in common: how it is sent, found again, and told from others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from backoffice.manager.client import Caller, Client
from backoffice.manager.wire import Account, Transaction, shaped
from backoffice.operations.canonical import hash_of
from backoffice.operations.instructions import Instruction, Window
from backoffice.ui.parts import Change
from funding.reasons import DIRECTIONS, METHODS

LONGEST_KEY = 64
LABELS = {
    "login": "Login",
    "amount": "Amount",
    "currency": "Currency",
    "comment": "MT5 comment (the client sees this)",
    "method": "Payment method",
    "payment_reference": "Payment reference",
    "received_amount": "Received amount",
    "received_currency": "Received currency",
    "rate": "Rate",
    "value_date": "Value date",
    "direction": "Direction",
    "corrects": "Corrects",
    "balance": "Balance that is reset",
}


@dataclass(frozen=True, kw_only=True)
class Money(Instruction):
    """Moves `amount` (positive, digits of the currency) on a login; `comment` begins with the reference."""

    lane: ClassVar[str] = "funding"
    order_class: ClassVar[str] = "money"
    labels: ClassVar[dict[str, str]] = LABELS
    currencies: ClassVar[dict[str, str]] = {"amount": "currency", "received_amount": "received_currency"}
    words: ClassVar[dict[str, Mapping[str, str]]] = {"method": METHODS, "direction": DIRECTIONS}
    books_as: ClassVar[str] = ""
    type: ClassVar[str] = "balance"
    sign: ClassVar[int] = 1
    is_credit: ClassVar[bool] = False

    amount: Decimal
    currency: str
    comment: str

    @property
    def direction_sign(self) -> int:
        return self.sign

    @property
    def signed(self) -> Decimal:
        """The amount as the ledger shows it: positive adds."""
        return self.amount * self.direction_sign

    async def send(self, manager: Client, caller: Caller) -> Transaction:
        call = manager.deposit if self.direction_sign > 0 else manager.withdraw
        return await call(caller=caller, **self._asked(), type=self.type)

    def agrees(self, line: Transaction, *, request_id: str) -> bool:
        same_type = line.type in (None, self.books_as)
        same_money = line.amount in (None, self.signed) and line.currency in (None, self.currency)
        # A provider may put an id of its own where ours is expected: under our reference that contradicts nothing.
        not_anothers = not line.request_id or self.marked(line, request_id=request_id)
        return line.login == self.login and same_type and same_money and not_anothers

    def marked(self, line: Transaction, *, request_id: str) -> bool:
        return self._marks(line.request_id, line.comment, request_id)

    def _marks(self, theirs: object, comment: object, request_id: str) -> bool:
        """By the request id, or by our reference whatever stands as request id: a provider may put its own there."""
        return str(theirs or "").casefold() == request_id or str(comment or "")[:14] == self.comment[:14]

    async def trace(self, manager: Client, caller: Caller, *, window: Window, request_id: str) -> list[Transaction]:
        history = manager.history(self.login, since=window.since, until=window.until, caller=caller)
        lines = [line async for line in history]
        ours = [line for line in lines if self._marks(line.get("requestId"), line.get("comment"), request_id)]
        return [shaped(line, Transaction) for line in ours]

    def moved(self, account: Account) -> str:
        return ""

    def effects(self, account: Mapping[str, Any]) -> list[Change]:
        name, label = ("credit", "Credit") if self.is_credit else ("balance", "Balance")
        if account.get(name) is None:
            return []
        before = Decimal(account[name])
        return [Change(label=label, before=before, after=before + self.signed, currency=self.currency)]

    def _asked(self) -> dict[str, object]:
        return {"login": self.login, "amount": self.amount, "currency": self.currency, "comment": self.comment}


@dataclass(frozen=True, kw_only=True)
class Payment(Money):
    """Money that came from or goes to the client's own bank, card or wallet."""

    method: str
    payment_reference: str = ""
    received_amount: Decimal | None = None
    received_currency: str = ""
    rate: Decimal | None = None
    value_date: date | None = None

    @property
    def exclusive(self) -> str | None:
        """One payment is one operation: method and reference, without what people write differently."""
        prefix = self.reference_key
        return f"{prefix}:{self.method}" if prefix else None

    @property
    def reference_key(self) -> str:
        """The payment reference as all its spellings share it, whatever the method; empty where there is none."""
        normal = "".join(c for c in self.payment_reference.casefold() if c.isalnum())
        if len(normal) > LONGEST_KEY:
            normal = hash_of(normal)
        return f"{self.kind}:{normal}" if normal else ""
