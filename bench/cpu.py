"""What processes have used of the CPU: this one, and others by their ids."""

import os
import resource
import subprocess
from collections.abc import Iterable
from pathlib import Path

from django.db import connection

Used = dict[int, float]


def own() -> float:
    """Seconds of this process, all its threads together."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def of(pids: Iterable[int]) -> Used:
    """Seconds by process; one that is gone, or that this machine does not let us see, is left out."""
    read = _from_proc if Path("/proc/self/stat").exists() else _from_ps
    found = {pid: read(pid) for pid in pids}
    return {pid: seconds for pid, seconds in found.items() if seconds is not None}


def between(before: Used, after: Used) -> float:
    """Seconds that were used meanwhile by the processes that are there afterwards, new ones included."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def backends() -> list[int]:
    """The processes with which PostgreSQL serves this database, ours the first; none on SQLite, which has none."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
            " ORDER BY pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def _from_proc(pid: int) -> float | None:
    try:
        # A process's name may hold blanks and brackets; what follows the last bracket does not.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _from_ps(pid: int) -> float | None:
    """macOS: `ps` says minutes, seconds and hundredths, and hours where there are any."""
    told = subprocess.run(["/bin/ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=False)
    parts = told.stdout.strip().split(":")
    if told.returncode or not all(parts):
        return None
    return sum(float(part) * (60.0**n) for n, part in enumerate(reversed(parts)))
