"""`python -m bench`: measures every area, or the one that ONLY names, in a place of its own; BENCH=full takes longer."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from backoffice.demo import processes, scratch
from backoffice.demo.prepare import prepare
from backoffice.demo.processes import Place
from backoffice.demo.supervise import House, Process

SLOTS = "16"
# A worker that takes no part in what is measured has come up by then; it says nothing of itself.
SECONDS_TO_SETTLE = 4


def main() -> int:
    only = os.environ.get("ONLY", "")
    if only and only not in AREAS:
        sys.stderr.write(f"ONLY takes one of {', '.join(AREAS)}, not {only}.\n")
        return 2
    return max(run(area) for area in AREAS if only in ("", area))


def run(area: str) -> int:
    """One area, with a sandbox and the workers that it names, on the given databases or on embedded ones."""
    with scratch.place() as place, House(say=lambda line: None) as house:
        prepare(place)
        house.start([processes.sandbox(place)])
        house.start(worker(place) for worker in AREAS[area])
        time.sleep(SECONDS_TO_SETTLE if AREAS[area] else 0)
        house.look()
        pids = {f"PID_{child.process.name.upper()}": str(child.popen.pid) for child in house.children}
        command = [sys.executable, "-m", f"bench.{area}"]
        environment = place.environment() | pids | {"BREAK_URL": place.break_url}
        return subprocess.run(command, env=environment, check=False).returncode


def funding(place: Place) -> Process:
    return processes.worker(place, lane="funding")


def bare(place: Place) -> Process:
    """A worker with the flags of ours, but for another application, and one thread for each of our slots."""
    ours = funding(place)
    others = {"backoffice.celery": "bench.bare", "funding": "bare", "funding@%h": "bare@%h", "1": SLOTS}
    return replace(ours, name="bare", command=[others.get(part, part) for part in ours.command])


# Each area with the workers that run beside it.
AREAS: dict[str, list[Callable[[Place], Process]]] = {
    "latency": [funding],
    "throughput": [],
    "task": [funding, bare],
    "finished": [],
    "policy": [],
    "bundles": [],
    "page": [],
}


if __name__ == "__main__":
    sys.exit(main())
