"""A place that is gone afterwards: a folder of its own, and on PostgreSQL a database of its own."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from backoffice.database.privileges import WEB, WORKER
from backoffice.database.standing import PARTS
from backoffice.demo import ports
from backoffice.demo.processes import Place

# Where one connects in order to make and drop databases; every server has it.
MAINTENANCE = "postgres"


@contextmanager
def place() -> Iterator[Place]:
    """Free ports, an empty folder, and where DATABASE_URL names a server, an empty database beside the named one."""
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder, _database() as (extra, databases):
        port, manager_port, break_port = ports.free(3)
        where = {"port": port, "manager_port": manager_port, "break_port": break_port}
        yield Place(data=Path(folder), **where, extra=extra, databases=databases)


@contextmanager
def _database() -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """What every process finds in its environment, and the database of each that has a login of its own."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith(("postgres:", "postgresql:")):
        yield {}, {}
        return
    name = f"countersign_check_{secrets.token_hex(4)}"
    logins = {part: (f"{name}_{part}", secrets.token_hex(16)) for part in (WEB, WORKER)}
    given = {f"DATABASE_PASSWORD_{part.upper()}": password for part, (_, password) in logins.items()}
    with psycopg.connect(_renamed(url, MAINTENANCE), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            mine = _renamed(url, name)
            yield (
                {"DATABASE_URL": mine, **given},
                {process: _of(mine, *logins[part]) for process, part in PARTS.items()},
            )
        finally:
            # A worker that was killed may still hold its connection for a moment.
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            for login, _ in logins.values():
                server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(login)))


def _renamed(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _of(url: str, login: str, password: str) -> str:
    """The same database, signed in to as a role of its own."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    return urlunsplit(urlsplit(url)._replace(netloc=f"{login}:{password}@{host}"))
