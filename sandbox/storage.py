"""The sandbox's own SQLite file: its tables, its one connection, its one way to write."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
  login INTEGER PRIMARY KEY, grp TEXT NOT NULL, leverage INTEGER NOT NULL,
  balance INTEGER NOT NULL, credit INTEGER NOT NULL, floating INTEGER NOT NULL, margin INTEGER NOT NULL,
  permissions TEXT NOT NULL, person TEXT NOT NULL,
  registered_at INTEGER NOT NULL, last_access_at INTEGER, last_password_change_at INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS deals (
  deal_id INTEGER PRIMARY KEY, login INTEGER NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL,
  currency TEXT NOT NULL, digits INTEGER NOT NULL, status TEXT NOT NULL,
  new_balance INTEGER, new_credit INTEGER, comment TEXT NOT NULL,
  request_id TEXT, operator_id TEXT, dealer INTEGER,
  time INTEGER NOT NULL, shows_at INTEGER NOT NULL, books_at INTEGER, outcome TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS deals_of_a_login ON deals (login, time);
CREATE INDEX IF NOT EXISTS deals_in_time ON deals (time);
CREATE INDEX IF NOT EXISTS deals_to_book ON deals (books_at) WHERE status = 'accepted';
CREATE TABLE IF NOT EXISTS changes (
  change_id INTEGER PRIMARY KEY, login INTEGER NOT NULL, kind TEXT NOT NULL, fields TEXT NOT NULL,
  request_id TEXT, operator_id TEXT, dealer INTEGER, time INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS requests (
  request_id TEXT PRIMARY KEY, deal_id INTEGER, answer TEXT
) STRICT, WITHOUT ROWID;
"""
TABLES = ("accounts", "deals", "changes", "requests")


def opened(folder: Path) -> sqlite3.Connection:
    """The database in `folder`; a second sandbox on the same folder is refused, as it would book twice."""
    folder.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(folder / "sandbox.sqlite3", isolation_level=None, cached_statements=256, timeout=0.3)
    try:
        _prepare(db)
    except sqlite3.OperationalError as refused:
        db.close()
        raise SystemExit(f"another sandbox works in {folder}, or it cannot be written: {refused}") from None
    return db


def _prepare(db: sqlite3.Connection) -> None:
    # Locked before WAL is switched on, SQLite needs no shared memory; a killed process loses nothing it committed.
    db.executescript(
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        "PRAGMA wal_autocheckpoint=8000; PRAGMA cache_size=-64000;" + SCHEMA
    )


@contextmanager
def unit(db: sqlite3.Connection) -> Iterator[None]:
    """All that is written inside is there, or nothing is."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def emptied(db: sqlite3.Connection) -> None:
    for table in TABLES:
        db.execute(f"DELETE FROM {table}")
