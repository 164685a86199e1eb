"""A lane's worker as a process of its own, on the test's database, transport and sandbox."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import connection

HOUSE = Path(__file__).resolve().parent.parent
FLAGS = "-P threads -c 1 --without-gossip --without-mingle --without-heartbeat -l warning".split()


class Worker:
    """`with Worker("funding", manager=sandbox.url) as worker: …`; it is ended by SIGTERM unless it was killed."""

    def __init__(self, lane: str, *, manager: str, **more: str) -> None:
        words = [sys.executable, "-m", "celery", "-A", "backoffice", "worker", "-Q", lane, "-n", f"{lane}@test", *FLAGS]
        self.process = subprocess.Popen(words, cwd=HOUSE, env=environment(manager) | more)

    def kill(self) -> None:
        """kill -9, in the middle of whatever it does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()


def environment(manager: str) -> dict[str, str]:
    """This process's environment, but the database is the test's own."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        url = f"sqlite:///{name}"
    else:
        given = connection.settings_dict
        url = f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT'] or 5432}/{name}"
    return os.environ | {"DATABASE_URL": url, "MANAGER_URL": manager, "DATA_DIR": str(settings.DATA)}
