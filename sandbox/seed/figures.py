"""An invented account's group, leverage, money and rights: believable, and never in the stories' way."""

import json
from random import Random

from sandbox import accounts
from sandbox.accounts import Account
from sandbox.clock import DAY
from sandbox.groups import GROUPS, Group
from sandbox.seed import people

LIVE = ("real\\standard-usd", "real\\pro-eur", "real\\islamic-usd", "real\\eu-retail-eur", "real\\standard-jpy",
        "real\\gold-usd")  # fmt: skip
SHARES = (46, 18, 12, 12, 6, 6)
YEN_A_DOLLAR = 150
# The payrolls story finds exactly three accounts of 1:200 and more with an equity above 500 USD: ours stay below.
SMALL = 400
MOST_FOR_THE_LARGE = 100


def drawn(rng: Random, *, login: int, group_name: str, now: int) -> Account:
    group = GROUPS[group_name]
    worth = min(rng.lognormvariate(7.9, 1.3), 400_000)
    fitting = [step for step in group.leverages if step <= MOST_FOR_THE_LARGE or worth < SMALL]
    leverage = rng.choice(fitting)
    balance = round(_in_units(worth, group))
    floating, margin = _positions(rng, balance=balance)
    credit = _in_units(rng.choice((50, 100, 200)), group) if rng.random() < 0.07 and worth > 500 else 0
    written = (json.dumps(_permissions(rng)), json.dumps(people.drawn(rng, login=login)))
    registered = now - rng.randrange(90, 900) * DAY
    seen = now - rng.randrange(DAY // 24, 40 * DAY)
    return Account(
        login, group.name, leverage, balance, round(credit), floating, margin, *written, registered, seen,
        registered + rng.randrange(DAY, 80 * DAY) if rng.random() < 0.4 else None,
    )  # fmt: skip


def live_group(rng: Random) -> str:
    return rng.choices(LIVE, SHARES)[0]


def _in_units(dollars: float, group: Group) -> float:
    return dollars * (YEN_A_DOLLAR if group.currency == "JPY" else 1) * float(10**group.digits)


def _positions(rng: Random, *, balance: int) -> tuple[int, int]:
    """Floating result and margin; two in five clients hold something, and few are near their margin call."""
    if rng.random() > 0.4:
        return 0, 0
    margin = round(balance * rng.betavariate(1.4, 6))
    return round(rng.gauss(0, 0.35) * margin), margin


def _permissions(rng: Random) -> dict[str, bool]:
    chance = rng.random()
    return {**accounts.PERMISSIONS, "enabled": chance > 0.03, "tradingAllowed": chance > 0.06,
            "expertsAllowed": rng.random() < 0.8}  # fmt: skip
