"""The broker's groups: what an account has from its group and not of its own."""

from dataclasses import dataclass

from sandbox import refusals


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    currency: str
    digits: int
    leverages: tuple[int, ...]
    margin_call: int
    stop_out: int


USUAL = (30, 50, 100, 200, 500)

GROUPS = {
    group.name: group
    for group in (
        Group("real\\standard-usd", "USD", 2, USUAL, 100, 50),
        Group("real\\pro-eur", "EUR", 2, (1, 10, 25, 30, 50, 100, 200, 300, 400, 500), 80, 50),
        Group("real\\islamic-usd", "USD", 2, USUAL, 100, 50),
        Group("real\\eu-retail-eur", "EUR", 2, (30,), 100, 50),
        Group("real\\standard-jpy", "JPY", 0, USUAL, 100, 50),
        Group("real\\gold-usd", "USD", 2, (20, 50, 100, 200), 100, 50),
        Group("demo\\standard-usd", "USD", 2, (*USUAL, 1000), 100, 50),
        Group("coverage\\lp1", "USD", 2, (50, 100), 100, 0),
    )
}


def known(name: object) -> Group:
    """Refuses a name that is no group as MetaTrader does: with a lack of permission."""
    group = GROUPS.get(name) if isinstance(name, str) else None
    if group is None:
        raise refusals.unknown_group(name)
    return group
