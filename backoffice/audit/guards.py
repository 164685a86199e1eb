"""Triggers that hold what code promises; each area lists its own, and they are laid anew after every migration."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate, pre_migrate
from django.dispatch import receiver

PREFIX = "guard_"
# How pg_trigger.tgtype writes BEFORE, ROW or STATEMENT, and the event.
POSTGRES_TYPES = {"INSERT": 7, "DELETE": 11, "UPDATE": 19, "TRUNCATE": 34}


@dataclass(frozen=True)
class Guard:
    """One trigger: `refuse_when` is an SQL condition over OLD and NEW that must never be true for this event."""

    name: str
    table: str
    event: str
    refuse_when: str
    words: str


_listed: list[Callable[[str], Iterable[Guard]]] = []


def register(guards: Callable[[str], Iterable[Guard]]) -> None:
    """Adds a list of guards; it is asked with the database's vendor, "postgresql" or "sqlite"."""
    _listed.append(guards)


def listed(vendor: str) -> list[Guard]:
    """Every guard; on PostgreSQL what is never deleted from is never emptied either."""
    guards = [guard for guards in _listed for guard in guards(vendor)]
    tables = [guard.table for guard in guards if guard.event == "DELETE"] if vendor == "postgresql" else []
    return guards + [Guard(f"{t}_no_truncate", t, "TRUNCATE", "1 = 1", f"{t} is never emptied") for t in tables]


def append_only(table: str, *keys: str) -> list[Guard]:
    """No change, no deletion, and no replacement; `keys` are the unique ones, each as columns with blanks between."""
    return [
        Guard(f"{table}_no_update", table, "UPDATE", "1 = 1", f"{table} is append-only"),
        *kept(table),
        not_replaced(table, *keys),
    ]


def not_replaced(table: str, *keys: str) -> Guard:
    """SQLite's REPLACE deletes whatever row stands in the way of any unique key, and passes the delete triggers by."""
    there = " OR ".join(f"({' AND '.join(f'{column} = NEW.{column}' for column in key.split())})" for key in keys)
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE {there})"
    return Guard(f"{table}_no_replace", table, "INSERT", exists, f"a row of {table} is never replaced")


def kept(table: str) -> list[Guard]:
    return [Guard(f"{table}_no_delete", table, "DELETE", "1 = 1", f"{table} is never deleted from")]


def install(connection: BaseDatabaseWrapper) -> None:
    """Lays every guard anew: a table that SQLite remakes in a migration silently loses its triggers."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        _remove(connection, cursor)
        tables = set(connection.introspection.table_names(cursor))
        for guard in listed(connection.vendor):
            if guard.table in tables:
                for statement in _statements(guard, connection.vendor):
                    cursor.execute(statement)


def lift_all(connection: BaseDatabaseWrapper) -> None:
    """Takes every guard away, for as long as tables are remade; whoever calls it lays them anew with `install`."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        _remove(connection, cursor)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Guards that are listed and not installed as they are written here."""
    installed, vendor = _installed(connection), connection.vendor
    return [guard.name for guard in listed(vendor) if installed.get(PREFIX + guard.name) != _expected(guard, vendor)]


@receiver(pre_migrate)
def lift(sender: Any, using: str, **_: Any) -> None:
    """AlterField fails on a table that another table's trigger names."""
    if using == "default" and sender.label == "audit":
        lift_all(connections[using])


@receiver(post_migrate)
def lay(sender: Any, using: str, **_: Any) -> None:
    if using == "default" and sender.label == "audit":
        install(connections[using])


class Unguarded(RuntimeError):
    """The database's guards are not the ones written here; nothing is served on it."""


def insist(connection: BaseDatabaseWrapper) -> None:
    """Refuses to go on where a guard is absent or altered; raises Unguarded."""
    if absent := missing(connection):
        words = f"{len(absent)} guards are not installed: {', '.join(absent[:5])}. Run manage.py migrate."
        raise Unguarded(words)


def _statements(guard: Guard, vendor: str) -> list[str]:
    name, each = PREFIX + guard.name, "STATEMENT" if guard.event == "TRUNCATE" else "ROW"
    on = f"BEFORE {guard.event} ON {guard.table} FOR EACH {each}"
    if vendor == "sqlite":
        refusal = f"SELECT RAISE(ABORT, '{_quoted(guard)}')"
        # What cannot be told (NULL) is refused.
        return [f"CREATE TRIGGER {name} {on} WHEN (COALESCE(({guard.refuse_when}), 1)) BEGIN {refusal}; END"]
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard${_body(guard)}$guard$",
        f"CREATE TRIGGER {name} {on} EXECUTE FUNCTION {name}()",
    ]


def _body(guard: Guard) -> str:
    returned = {"DELETE": "OLD", "TRUNCATE": "NULL"}.get(guard.event, "NEW")
    refusal = f"RAISE EXCEPTION '{_quoted(guard)}' USING ERRCODE = 'integrity_constraint_violation'"
    return f"BEGIN IF COALESCE(({guard.refuse_when}), TRUE) THEN {refusal}; END IF; RETURN {returned}; END"


def _quoted(guard: Guard) -> str:
    return guard.words.replace("'", "''")


def _expected(guard: Guard, vendor: str) -> str:
    """What `_installed` says of a guard that is there, unaltered and on its own table."""
    if vendor == "sqlite":
        return _statements(guard, vendor)[0]
    return f"{_body(guard)} ON {guard.table} {POSTGRES_TYPES[guard.event]}"


def _remove(connection: BaseDatabaseWrapper, cursor: Any) -> None:
    if connection.vendor == "sqlite":
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard!_%' ESCAPE '!'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")
        return
    cursor.execute(
        "SELECT proname FROM pg_proc WHERE proname LIKE 'guard!_%' ESCAPE '!' AND pronamespace = current_schema()::regnamespace"
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP FUNCTION {name}() CASCADE")


def _installed(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """The whole of each installed trigger, by its name; a disabled one counts as absent."""
    sqlite = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    postgres = (
        "SELECT t.tgname, p.prosrc || ' ON ' || t.tgrelid::regclass || ' ' || t.tgtype FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
    )
    with connection.cursor() as cursor:
        cursor.execute(sqlite if connection.vendor == "sqlite" else postgres)
        return dict(cursor.fetchall())


def entries(vendor: str) -> list[Guard]:
    gap = "NEW.seq <> (SELECT COALESCE(MAX(seq), 0) FROM audit_entry) + 1"
    head = "(SELECT digest FROM audit_entry WHERE seq = NEW.seq - 1)"
    broken = f"NEW.previous <> COALESCE({head}, '{'0' * 64}')"
    return [
        Guard("audit_entry_no_gap", "audit_entry", "INSERT", gap, "the trail has no gaps"),
        Guard("audit_entry_follows", "audit_entry", "INSERT", broken, "an entry follows the one before it"),
        *append_only("audit_entry", "seq"),
        *append_only("audit_edit", "id"),
        *append_only("audit_pin", "number"),
    ]


register(entries)
