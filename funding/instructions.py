"""The money instructions: what each asks of the Manager, and what it binds until it is sent."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from backoffice.manager.client import Caller, Client
from backoffice.manager.wire import Account, Transaction
from backoffice.operations.instructions import register
from funding.money import Money, Payment
from funding.rules import available_to_withdraw


@register
@dataclass(frozen=True, kw_only=True)
class Deposit(Payment):
    kind: ClassVar[str] = "funding.deposit"
    title: ClassVar[str] = "Deposit"
    plural: ClassVar[str] = "Deposits"
    prefix: ClassVar[str] = "DEP"
    books_as: ClassVar[str] = "deposit"


@register
@dataclass(frozen=True, kw_only=True)
class Withdrawal(Payment):
    """Binds what is available to withdraw: MetaTrader alone would pay out the broker's credit."""

    kind: ClassVar[str] = "funding.withdrawal"
    title: ClassVar[str] = "Withdrawal"
    plural: ClassVar[str] = "Withdrawals"
    prefix: ClassVar[str] = "WDR"
    books_as: ClassVar[str] = "withdrawal"
    sign: ClassVar[int] = -1
    binds: ClassVar[bool] = True

    def moved(self, account: Account) -> str:
        available = available_to_withdraw(account)
        if available is None:
            return "MT5 does not say what is available to withdraw."
        return f"Available to withdraw is now {available:,f} {self.currency}." if available < self.amount else ""


@dataclass(frozen=True, kw_only=True)
class Credit(Money):
    is_credit: ClassVar[bool] = True

    async def send(self, manager: Client, caller: Caller) -> Transaction:
        direction = "in" if self.direction_sign > 0 else "out"
        return await manager.credit(caller=caller, **self._asked(), direction=direction)


@register
@dataclass(frozen=True, kw_only=True)
class CreditIn(Credit):
    kind: ClassVar[str] = "funding.credit_in"
    title: ClassVar[str] = "Credit in"
    prefix: ClassVar[str] = "CRI"
    books_as: ClassVar[str] = "creditIn"


@register
@dataclass(frozen=True, kw_only=True)
class CreditOut(Credit):
    kind: ClassVar[str] = "funding.credit_out"
    title: ClassVar[str] = "Credit out"
    prefix: ClassVar[str] = "CRO"
    books_as: ClassVar[str] = "creditOut"
    sign: ClassVar[int] = -1
    binds: ClassVar[bool] = True

    def moved(self, account: Account) -> str:
        return _falls_short("credit", account.credit, self)


@register
@dataclass(frozen=True, kw_only=True)
class Correction(Money):
    """Adds or takes money to put something right, and names what it corrects (a deal or a reference)."""

    kind: ClassVar[str] = "funding.correction"
    title: ClassVar[str] = "Correction"
    plural: ClassVar[str] = "Corrections"
    prefix: ClassVar[str] = "COR"
    books_as: ClassVar[str] = "correction"
    type: ClassVar[str] = "correction"

    direction: str
    corrects: str

    @property
    def direction_sign(self) -> int:
        return {"add": 1, "take": -1}[self.direction]


@register
@dataclass(frozen=True, kw_only=True)
class Bonus(Money):
    kind: ClassVar[str] = "funding.bonus"
    title: ClassVar[str] = "Bonus (to balance)"
    plural: ClassVar[str] = "Bonuses (to balance)"
    prefix: ClassVar[str] = "BON"
    books_as: ClassVar[str] = "bonus"
    type: ClassVar[str] = "bonus"


@register
@dataclass(frozen=True, kw_only=True)
class Charge(Money):
    """Binds that it leaves no negative balance."""

    kind: ClassVar[str] = "funding.charge"
    title: ClassVar[str] = "Charge"
    plural: ClassVar[str] = "Charges"
    prefix: ClassVar[str] = "CHG"
    books_as: ClassVar[str] = "charge"
    type: ClassVar[str] = "charge"
    sign: ClassVar[int] = -1
    binds: ClassVar[bool] = True

    def moved(self, account: Account) -> str:
        return _falls_short("balance", account.balance, self)


@register
@dataclass(frozen=True, kw_only=True)
class NegativeBalanceReset(Money):
    """Brings a negative balance to zero; binds that very balance, and that no positions are open."""

    kind: ClassVar[str] = "funding.negative_balance_reset"
    title: ClassVar[str] = "Negative balance reset"
    plural: ClassVar[str] = "Negative balance resets"
    prefix: ClassVar[str] = "NBR"
    books_as: ClassVar[str] = "correction"
    type: ClassVar[str] = "correction"
    binds: ClassVar[bool] = True

    def moved(self, account: Account) -> str:
        if account.margin is None:
            return "MT5 does not say whether positions are open."
        if account.margin:
            return "The account has open positions."
        balance = account.balance
        if balance is None:
            return "MT5 does not say what the balance is."
        return "" if balance == -self.amount else f"The balance is now {balance:,f} {self.currency}."


def _falls_short(name: str, figure: Decimal | None, asked: Money) -> str:
    if figure is None:
        return f"MT5 does not say what the {name} is."
    return "" if figure >= asked.amount else f"The {name} is now {figure:,f} {asked.currency}."
