"""Copies of the prepared database that lie side by side, so that a bench can go from one to another by turns."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

CHECKPOINTS = Path(settings.CHECKPOINT_DIR)


@contextmanager
def copies(count: int) -> Iterator[list[str]]:
    """Their names, for `go_to`; they are gone afterwards, and the connection is back where it was."""
    origin = str(connection.settings_dict["NAME"])
    names = [f"{origin}_{secrets.token_hex(3)}" for _ in range(count)]
    postgres = connection.vendor == "postgresql"
    try:
        for name in names:
            _copy_on_server(origin, name) if postgres else _copy_file(origin, name)
        yield names
    finally:
        for name in names if postgres else []:
            _on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        go_to(origin)


def go_to(name: str) -> None:
    """To a copy, and to the marks beside it: by another copy's marks this one would be a database that was restored."""
    connection.close()
    connection.settings_dict["NAME"] = name
    settings.CHECKPOINT_DIR = str(_beside(name))


def _beside(name: str) -> Path:
    own = CHECKPOINTS.with_name(f"{CHECKPOINTS.name}-{Path(name).name}")
    if not own.exists():
        shutil.copytree(CHECKPOINTS, own)
    return own


def _copy_on_server(origin: str, name: str) -> None:
    _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{origin}"')


def _copy_file(origin: str, name: str) -> None:
    """The folder is the bench's own and goes as a whole."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    shutil.copyfile(origin, Path(name))


def _on_server(statement: str) -> None:
    """From another database: nobody may be connected to one that is copied or dropped."""
    go_to("postgres")
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
