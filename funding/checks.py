"""What a maker and a checker must know before money moves: checked against the live account and our own operations."""

from datetime import timedelta
from decimal import Decimal

from backoffice.audit import clock
from backoffice.manager.wire import Account
from backoffice.operations.policy import Check
from backoffice.operations.queries import alike, alike_key, holding, locked
from funding.instructions import Charge, CreditOut, Deposit, NegativeBalanceReset, Withdrawal
from funding.money import Money, Payment
from funding.rules import available_to_withdraw

SAME_WITHIN = timedelta(hours=72)


def checks(instruction: Money, account: Account, *, because: str = "") -> list[Check]:
    """The checks strip of one instruction, worst first; `because` is what the maker says of a repetition."""
    made = [
        _unlocked(instruction),
        _payment(instruction),
        _enough(instruction, account),
        _not_alike(instruction, because),
        *_account(instruction, account),
    ]
    order = ("block", "warn", "ok")
    return sorted((check for check in made if check), key=lambda check: order.index(check.verdict))


def _unlocked(instruction: Money) -> Check:
    if held := locked(instruction.login, instruction.order_class):
        since = f"{held.made_by.name}, since {held.moved_at:%d %b %H:%M} UTC"
        return Check("block", f"Login {held.login} is locked: the outcome of {held.reference} is unknown.", since)
    return Check("ok", "No unknown outcome on this login")


def _payment(instruction: Money) -> Check | None:
    if not instruction.exclusive:
        return None
    if other := holding(instruction.exclusive):
        text = f"This payment is in {other.reference} for login {other.login} already."
        return Check("block", text, f"{other.made_by.name}, {other.get_state_display()}")
    if others := alike_key(f"{instruction.reference_key}:") if isinstance(instruction, Payment) else []:
        text = f"The same payment reference by another method: {', '.join(other.reference for other in others)}"
        return Check("warn", text)
    return Check("ok", "Payment reference is new")


def _not_alike(instruction: Money, because: str) -> Check:
    others = alike(instruction.kind, instruction.login, instruction.amount, since=clock.now() - SAME_WITHIN)
    if not others:
        return Check("ok", "Nothing alike within 72 hours")
    text = f"Same login, kind and amount within 72 hours: {', '.join(other.reference for other in others)}"
    return Check("warn", text, f"Maker: {because}", is_said=True) if because else Check("warn", text)


def _enough(instruction: Money, account: Account) -> Check | None:
    match instruction:
        case Withdrawal():
            return _covered(available_to_withdraw(account), "Available to withdraw", instruction)
        case CreditOut():
            return _covered(account.credit, "Credit", instruction)
        case Charge():
            return _covered(account.balance, "Balance", instruction)
        case NegativeBalanceReset() if words := instruction.moved(account):
            return Check("block", words)
    return None


def _covered(available: Decimal | None, label: str, instruction: Money) -> Check:
    if available is None:
        return Check("block", f"MT5 does not say the {label.lower()} of this account.")
    figure = f"{available:,.{account_digits(instruction)}f} {instruction.currency}"
    if instruction.amount > available:
        return Check("block", f"{label} now: {figure}.")
    return Check("ok", f"{label}: {figure}")


def account_digits(instruction: Money) -> int:
    return max(0, -int(instruction.amount.as_tuple().exponent))


def _account(instruction: Money, account: Account) -> list[Check]:
    found = []
    if account.status in ("disabled", "archived"):
        found.append(Check("warn", f"The account is {account.status}."))
    balance = account.balance
    if isinstance(instruction, Deposit) and balance is not None and balance < 0:
        text = (
            f"The balance is {balance:,f}: reset it first, else {min(-balance, instruction.amount):,f} of this is gone."
        )
        found.append(Check("warn", text))
    if isinstance(instruction, Withdrawal) and account.credit:
        found.append(Check("warn", f"Credit of {account.credit:,f} {instruction.currency} is on the account."))
    return found
