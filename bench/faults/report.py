"""What a run came to, for a person at a terminal."""

import os
from collections import Counter
from collections.abc import Mapping

from bench.faults.compare import Reckoning
from bench.faults.mischief import Mischief, Surroundings
from bench.faults.wanted import Wanted

MOST = 10


def told(
    result: Reckoning,
    *,
    wanted: Wanted,
    around: Surroundings,
    mischief: Mischief,
    resolved: Counter[str],
    failed: list[str],
) -> None:
    database = around.database_url.partition(":")[0] or "sqlite"
    transport = os.environ.get("CELERY_BROKER_URL", "").partition(":")[0] or "files"
    print(f"{wanted.operations} operations over {wanted.logins} logins, seed {wanted.seed}, {database} + {transport}")
    _figures("states", result.states)
    print(f"  sends {result.sends}, looks {result.traces}")
    _figures("faults", around.breaker.injected)
    _figures("kills", mischief.done)
    _figures("exceptions", resolved)
    _figures("signs of defects", around.crew.signs)
    _listed("at the desk", failed)
    _listed("mischief that failed", mischief.failed)
    for name in ("lost", "doubled", "out_of_order", "wrongly_resolved", "still_open"):
        _listed(name.replace("_", " "), getattr(result, name), always=True)
    if result.missing:
        print(f"  {result.missing} operations were never made")
    print(f"  audit chain: {result.chain or 'verified'}, {result.entries} entries")


def _figures(label: str, figures: Mapping[str, int]) -> None:
    if shown := ", ".join(f"{name} {count}" for name, count in sorted(figures.items()) if count):
        print(f"  {label} ({sum(figures.values())}): {shown}")


def _listed(label: str, names: list[str], *, always: bool = False) -> None:
    if names or always:
        print(f"  {label}: {len(names)}")
    for name in names[:MOST]:
        print(f"    {name}")
