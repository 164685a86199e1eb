"""Servers of the run's own, which it may therefore kill: a Redis that forgets everything, and a PostgreSQL cluster."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from backoffice.demo import ports

SECONDS_TO_START = 30.0
ROOT = 0


class Impossible(Exception):
    """Such a server cannot be started here; the words say why."""


@dataclass
class Server:
    """One server process on a port of its own; it is always ended by its own id."""

    command: list[str]
    port: int
    folder: Path
    user: str | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        silent = subprocess.DEVNULL
        self.process = subprocess.Popen(
            self.command, cwd=self.folder, user=self.user, stdin=silent, stdout=silent, stderr=silent, process_group=0
        )
        end = time.monotonic() + SECONDS_TO_START
        while not _listens(self.port):
            if self.process.poll() is not None or time.monotonic() > end:
                raise Impossible(f"{self.command[0]} did not come up.")
            time.sleep(0.05)

    def end(self, how: signal.Signals) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.send_signal(how)
            self.process.wait(30)


@contextmanager
def redis() -> Iterator[Server]:
    """A Redis that keeps nothing on disk. Raises Impossible."""
    if not (program := shutil.which("redis-server")):
        raise Impossible("there is no redis-server")
    with tempfile.TemporaryDirectory(prefix="countersign-redis-") as folder:
        (port,) = ports.free(1)
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with _running(Server(command, port, Path(folder)), ended_by=signal.SIGKILL) as server:
            yield server


@contextmanager
def postgres() -> Iterator[Server]:
    """A cluster made now, in a folder that is gone afterwards. Raises Impossible; PostgreSQL refuses to run as root."""
    programs, user = _postgres_programs(), _unprivileged()
    with tempfile.TemporaryDirectory(prefix="countersign-postgres-") as folder:
        if user:
            shutil.chown(folder, user)
        _make_cluster(programs / "initdb", Path(folder), user)
        (port,) = ports.free(1)
        command = [str(programs / "postgres"), "-D", f"{folder}/data", "-p", str(port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        with _running(Server(command, port, Path(folder), user), ended_by=signal.SIGINT) as server:
            yield server


def _postgres_programs() -> Path:
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    # Debian keeps them off the path.
    if places := sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return places[-1].parent
    raise Impossible("there is no initdb")


def _unprivileged() -> str | None:
    if os.geteuid() != ROOT:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise Impossible("this is root, and there is no user postgres to run it as") from None


def _make_cluster(initdb: Path, folder: Path, user: str | None) -> None:
    command = [str(initdb), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    made = subprocess.run(command, cwd=folder, user=user, capture_output=True, text=True, check=False)
    if made.returncode:
        raise Impossible(f"initdb failed: {made.stderr.strip()[-300:]}")


@contextmanager
def _running(server: Server, *, ended_by: signal.Signals) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.end(ended_by)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
