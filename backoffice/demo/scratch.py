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

from backoffice.demo import ports
from backoffice.demo.processes import Place

# Where one connects in order to make and drop databases; every server has it.
MAINTENANCE = "postgres"


@contextmanager
def place() -> Iterator[Place]:
    """Free ports, an empty folder, and where DATABASE_URL names a server, an empty database beside the named one."""
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder, _database() as extra:
        port, manager_port, break_port = ports.free(3)
        yield Place(data=Path(folder), port=port, manager_port=manager_port, break_port=break_port, extra=dict(extra))


@contextmanager
def _database() -> Iterator[dict[str, str]]:
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith(("postgres:", "postgresql:")):
        yield {}
        return
    name = f"countersign_check_{secrets.token_hex(4)}"
    with psycopg.connect(_renamed(url, MAINTENANCE), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield {"DATABASE_URL": _renamed(url, name)}
        finally:
            # A worker that was killed may still hold its connection for a moment.
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _renamed(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
