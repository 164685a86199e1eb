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


def margin_level_after(signed: Decimal, *, equity: str | None, margin: str | None) -> Decimal | None:
    """Per cent, as a snapshot's figures let one expect: an estimate. None where there is no margin, or MT5 does not say.

    Credit counts into equity as balance does, so that it is the same for what moves either.
    """
    if equity is None or margin is None or not Decimal(margin):
        return None
    return (Decimal(equity) + signed) / Decimal(margin) * 100
