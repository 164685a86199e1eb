"""A backup of the test's database, and the restoring of it, as an operator does it: with nobody connected."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from django.db import connection, connections
from psycopg import sql

MAINTENANCE = "postgres"


class Backup:
    """`with Backup(folder) as backup: …; backup.restore()`: the database is then as it was when the backup was made."""

    def __init__(self, folder: Path) -> None:
        self.name = connection.settings_dict["NAME"]
        self.copy = folder / "backup.sqlite3"
        self.kept = f"{self.name}_backup"

    def __enter__(self) -> "Backup":
        connections.close_all()
        if connection.vendor == "sqlite":
            with closing(sqlite3.connect(self.name)) as ours, closing(sqlite3.connect(self.copy)) as copy:
                ours.backup(copy)
        else:
            self._copied(self.name, to=self.kept)
        return self

    def restore(self) -> None:
        connections.close_all()
        if connection.vendor == "sqlite":
            for suffix in ("-wal", "-shm"):
                Path(f"{self.name}{suffix}").unlink(missing_ok=True)
            shutil.copyfile(self.copy, self.name)
        else:
            self._copied(self.kept, to=self.name)

    def __exit__(self, *failure: object) -> None:
        if connection.vendor == "postgresql":
            with self._server() as server:
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.kept)))

    def _copied(self, name: str, *, to: str) -> None:
        with self._server() as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(to)))
            # Nobody may be connected to what is copied; a worker that was killed is for a moment.
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            copied = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(to), sql.Identifier(name))
            server.execute(copied)

    def _server(self) -> psycopg.Connection:
        given = connection.settings_dict
        return psycopg.connect(
            host=given["HOST"], port=given["PORT"] or 5432, user=given["USER"], password=given["PASSWORD"],
            dbname=MAINTENANCE, autocommit=True,
        )  # fmt: skip
