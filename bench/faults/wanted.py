"""What a run is asked for: numbers out of the environment, each with a default that ends within two minutes."""

import os
from dataclasses import dataclass

# Short limits, so that what takes minutes in earnest takes seconds here; the faults keep within what they promise.
LIMITS = {
    "MANAGER_DEADLINE": "1",
    "MANAGER_PROCESSING": "0.5",
    "MANAGER_SKEW": "0.2",
    "UNCERTAIN_LIMIT": "6",
    "LOOK_EVERY": "0.3",
}
# An exception waits for two people, and a paused connection for its probe: up to half a minute after the last fault.
TO_SETTLE = 150.0
# A machine that gets fewer done a second, between all the kills, is too slow for the limits above.
SLOWEST = 2.0


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """`rate` is operations released a second; `every` is seconds between a worker that is up and the next kill; `limit` is seconds for everything, from the first release on."""

    operations: int
    logins: int
    seed: int
    rate: float
    every: float
    limit: float
    own_servers: bool
    redis_is_down: bool
    log: str


def wanted() -> Wanted:
    """Raises ValueError where a number is none, or none that makes sense."""
    operations, rate = int(_given("N", "300")), float(_given("RATE", "20"))
    limit = float(_given("LIMIT", "0")) or TO_SETTLE + operations / min(rate, SLOWEST)
    every = float(_given("EVERY", "2"))
    logins, seed = int(_given("LOGINS", "60")), int(_given("SEED", "1"))
    if not (0 < operations <= 100_000 and 0 < logins <= 200 and min(rate, every, limit) > 0):
        raise ValueError("N takes 1 to 100000, LOGINS 1 to 200, RATE, EVERY and LIMIT more than 0.")
    return Wanted(
        operations=operations,
        logins=logins,
        seed=seed,
        rate=rate,
        every=every,
        limit=limit,
        own_servers=_given("OWN", "0") == "1",
        redis_is_down=_given("REDIS", "") == "down",
        log=_given("LOG", os.devnull),
    )


def _given(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default
