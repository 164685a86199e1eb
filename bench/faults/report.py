"""What a run came to, for a person at a terminal."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.faults.compare import Reckoning
from bench.faults.mischief import Mischief, Surroundings
from bench.faults.wanted import Wanted

MOST = 10


@dataclass(kw_only=True)
class Told:
    """What the people's side has to tell of a run; `seconds` are since its beginning."""

    at_pages: Counter[str]
    resolved: Counter[str] = field(default_factory=Counter)
    failed: list[str]
    seconds: dict[str, float] = field(default_factory=dict)


def told(result: Reckoning, *, wanted: Wanted, around: Surroundings, mischief: Mischief, told_of: Told) -> None:
    database = around.database_url.partition(":")[0] or "sqlite"
    transport = os.environ.get("CELERY_BROKER_URL", "").partition(":")[0] or "files"
    down = " that is down" if wanted.redis_is_down else ""
    print(
        f"{wanted.operations} operations over {wanted.logins} logins, seed {wanted.seed}, {database} + {transport}{down}"
    )
    _figures("states", result.states)
    print(f"  sends {result.sends}, looks {result.traces}")
    _figures("faults", around.breaker.injected)
    _figures("kills", mischief.done)
    _figures("at the pages", told_of.at_pages)
    _figures("exceptions", told_of.resolved)
    _figures("signs of defects", around.crew.signs)
    _listed("at the desk", told_of.failed)
    _listed("mischief that failed", mischief.failed)
    for name in ("lost", "doubled", "out_of_order", "wrongly_resolved", "still_open"):
        _listed(name.replace("_", " "), getattr(result, name), always=True)
    _listed("never made", result.never_made)
    print(f"  audit chain: {result.chain or 'verified'}, {result.entries} entries")
    print(f"  seconds: {', '.join(f'{what} {seconds:.0f}' for what, seconds in told_of.seconds.items())}")


def _figures(label: str, figures: Mapping[str, int]) -> None:
    if shown := ", ".join(f"{name} {count}" for name, count in sorted(figures.items()) if count):
        print(f"  {label} ({sum(figures.values())}): {shown}")


def _listed(label: str, names: list[str], *, always: bool = False) -> None:
    if names or always:
        print(f"  {label}: {len(names)}")
    for name in names[:MOST]:
        print(f"    {name}")
