"""Which processes make up the demo: their command lines, and the environment that each of them is given."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from backoffice.demo.supervise import Process

ROOT = Path(__file__).resolve().parent.parent.parent
LANES = ("funding", "accounts")
HOUSEKEEPING = "housekeeping"
WEB_THREADS = "8"
# Said to whoever deploys, and beside the point here: nothing is collected, and a container's only user is root.
NOT_SAID = "ignore:No directory at,ignore:You're running the worker with superuser"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a demo runs: its ports, its folder, and what else its processes find in their environment."""

    data: Path
    port: int
    manager_port: int
    break_port: int
    extra: dict[str, str] = field(default_factory=dict)
    # Where each process has a login of its own: its database, by the process.
    databases: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        # Passkeys and cookies belong to a name; an address of numbers would not do.
        return f"http://localhost:{self.port}"

    @property
    def break_url(self) -> str:
        return f"http://127.0.0.1:{self.break_port}"

    def environment(self, process: str = "") -> dict[str, str]:
        """What one process finds in its environment: of the Manager's keys, its own alone."""
        own = f"MANAGER_KEY_{process.upper()}"
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("MANAGER_KEY_") or name.removesuffix("_FILE") == own
        }
        return inherited | {
            "DEMO": "1",
            "PROCESS": process,
            "DATA_DIR": str(self.data),
            "MANAGER_URL": f"http://127.0.0.1:{self.manager_port}",
            "PUBLIC_URL": self.url,
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": NOT_SAID,
            **self.extra,
            **({"DATABASE_URL": self.databases[process]} if process in self.databases else {}),
        }


def sandbox(place: Place) -> Process:
    ports = ["--port", str(place.manager_port), "--break-port", str(place.break_port)]
    command = [sys.executable, "-m", "sandbox", *ports, "--data", str(place.data / "sandbox")]
    return Process(name="sandbox", command=command, environment=place.environment("sandbox"), ready="listening")


def house(place: Place) -> list[Process]:
    """Everything that is ours, to be started once the sandbox is up."""
    return [web(place), *(worker(place, lane=name) for name in (*LANES, HOUSEKEEPING)), beat(place)]


def web(place: Place) -> Process:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(place.port)]
    command += ["--workers", "1", "--blocking-threads", WEB_THREADS, "--log-level", "error"]
    command += ["backoffice.wsgi:application"]
    return Process(name="web", command=command, environment=place.environment("web"), ready=f"{place.url}/readyz")


def worker(place: Place, *, lane: str) -> Process:
    command = [
        sys.executable,
        "-m",
        "celery",
        "--quiet",
        "-A",
        "backoffice.celery",
        "worker",
        "-P",
        "threads",
        "-c",
        "1",
    ]
    command += ["-Q", lane, "-n", f"{lane}@%h", "-l", "warning"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Process(name=lane, command=command, environment=place.environment(lane))


def beat(place: Place) -> Process:
    command = [
        sys.executable,
        "-m",
        "celery",
        "--quiet",
        "-A",
        "backoffice.celery",
        "beat",
        "-l",
        "warning",
        "--pidfile=",
    ]
    return Process(name="beat", command=command, environment=place.environment("beat"))


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]
