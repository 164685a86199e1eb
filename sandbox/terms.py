"""How one call is carried out where a fault bends it: later, hidden for a while, or with a field left out."""

from typing import NamedTuple

from sandbox.switches import USUAL, Switches


class Terms(NamedTuple):
    """Seconds are None where nothing is put off; `outcome` is what becomes of what is booked later;
    `ways` are the provider's, which no fault bends."""

    books_after: float | None = None
    outcome: str = "applied"
    shows_after: float = 0
    ignores: str | None = None
    ways: Switches = USUAL


PLAIN = Terms()


class By(NamedTuple):
    """Who made a change: a request of the Manager API, or a dealer in a terminal."""

    request_id: str | None
    operator_id: str | None
    dealer: int


# The MetaTrader login under which the Manager API itself works, and the one of a person at a terminal.
API_MANAGER = 1001
DEALER = 1014


def at_a_terminal() -> By:
    return By(None, None, DEALER)
