"""An account's past in the funding ledger: deposits, payouts and credit of the last weeks that lead to its balance."""

from collections.abc import Iterator
from random import Random

from sandbox.accounts import Account
from sandbox.clock import DAY, SECOND
from sandbox.deals import Deal
from sandbox.terms import API_MANAGER, DEALER, By

WAYS = ("Bank wire", "Card VISA", "Card Mastercard", "Skrill", "USDT", "SEPA")
WEEKS = 60 * DAY
# The newest is a day old, so that no look at "just now" finds an invented deal.
NEWEST = DAY


def of(rng: Random, account: Account, *, now: int) -> list[Deal]:
    """Oldest first; what the sums lack to the balance was won or lost in trading."""
    amounts = _amounts(rng, account)
    times = sorted(now - rng.randrange(NEWEST, WEEKS) for _ in amounts)
    steps = zip(times, amounts, _balances(account, amounts), strict=True)
    return [_deal(rng, account, time=time, what=what, balance=balance) for time, what, balance in steps]


def _amounts(rng: Random, account: Account) -> list[tuple[str, int]]:
    # Clients pay in whole fifties; MetaTrader keeps units, so a fifty is 5000 of a currency with cents.
    fifty = 50 * 10**account.group.digits
    paid = max(account.balance, 4 * fifty) * rng.uniform(0.8, 1.3)
    parts = rng.randint(1, 5)
    amounts = [("deposit", max(1, round(paid / parts * rng.uniform(0.7, 1.3) / fifty)) * fifty) for _ in range(parts)]
    if account.balance > 6 * fifty and rng.random() < 0.45:
        amounts.append(("withdrawal", -max(1, round(account.balance * rng.uniform(0.05, 0.3) / fifty)) * fifty))
    if account.credit:
        amounts.append(("creditIn", account.credit))
    return amounts


def _balances(account: Account, amounts: list[tuple[str, int]]) -> Iterator[int]:
    """The balance after each deal, with the trading result spread evenly over the time between."""
    moved = sum(amount for kind, amount in amounts if kind != "creditIn")
    result, held = account.balance - moved, 0
    for place, (kind, amount) in enumerate(amounts):
        held += amount if kind != "creditIn" else 0
        yield held + result * place // len(amounts)


def _deal(rng: Random, account: Account, *, time: int, what: tuple[str, int], balance: int) -> Deal:
    group, by_hand, (kind, amount) = account.group, rng.random() < 0.2, what
    number = rng.randrange(100_000, 999_999)
    comment = "Welcome credit" if kind == "creditIn" else f"{rng.choice(WAYS)} {number}"
    by = By(None, None, DEALER) if by_hand else By(f"crm-{account.login}-{number}", "crm", API_MANAGER)
    # Whole seconds: nobody types faster, and they read better.
    at = time // SECOND * SECOND
    credit = account.credit if kind == "creditIn" else 0
    return Deal(
        None, account.login, kind, amount, group.currency, group.digits, "applied", balance, credit, comment,
        by.request_id, by.operator_id, by.dealer, at, at,
    )  # fmt: skip
