"""`python -m bench`: measures every area, or the one that ONLY names, in a place of its own; BENCH=full takes longer."""

import os
import subprocess
import sys

from backoffice.demo import processes, scratch
from backoffice.demo.prepare import prepare
from backoffice.demo.supervise import House

# Each area with the lanes whose workers run beside it.
AREAS = {"latency": ["funding"], "throughput": [], "policy": []}


def main() -> int:
    only = os.environ.get("ONLY", "")
    if only and only not in AREAS:
        sys.stderr.write(f"ONLY takes one of {', '.join(AREAS)}, not {only}.\n")
        return 2
    return max(run(area) for area in AREAS if only in ("", area))


def run(area: str) -> int:
    """One area, with a sandbox and a funding worker of its own, on the given databases or on embedded ones."""
    with scratch.place() as place, House(say=lambda line: None) as house:
        prepare(place)
        house.start([processes.sandbox(place)])
        house.start(processes.worker(place, lane=lane) for lane in AREAS[area])
        command, more = [sys.executable, "-m", f"bench.{area}"], {"BREAK_URL": place.break_url}
        return subprocess.run(command, env=place.environment() | more, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
