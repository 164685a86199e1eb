"""The trade's arithmetic of money on an account."""

from decimal import Decimal

from backoffice.manager.wire import Account


def available_to_withdraw(account: Account) -> Decimal | None:
    """max(0, min(balance, free margin - credit)) in the account's currency; None where MT5 does not say enough.

    Credit is the broker's money: MetaTrader counts it into the free margin, and alone would pay it out.
    """
    if account.balance is None or account.margin_free is None or account.credit is None:
        return None
    return max(Decimal(0), min(Decimal(account.balance), account.margin_free - account.credit))
