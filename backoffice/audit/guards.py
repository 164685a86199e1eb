"""Triggers that hold what code promises; each area lists its own, and they are laid anew after every migration."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate, pre_migrate
from django.dispatch import receiver

PREFIX = "guard_"
# A temporary table comes before the real one of its name, unless the path says otherwise; each function keeps this one.
REAL_TABLES = "SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)"
# How pg_trigger.tgtype writes BEFORE, ROW or STATEMENT, and the event.
POSTGRES_TYPES = {"INSERT": 7, "DELETE": 11, "UPDATE": 19, "TRUNCATE": 34}


@dataclass(frozen=True)
class Guard:
    """`refuse_when` is an SQL condition over OLD and NEW that must never be true for this event; NULL counts as true.

    `only_when` is a cheap condition on the row alone: where it is false, what costs a query is not asked.
    """

    name: str
    table: str
    event: str
    refuse_when: str
    words: str
    only_when: str = "1 = 1"
    vendors: tuple[str, ...] = ("postgresql", "sqlite")


_listed: list[Callable[[str], Iterable[Guard]]] = []


def register(guards: Callable[[str], Iterable[Guard]]) -> None:
    """Adds a list of guards; it is asked with the database's vendor, "postgresql" or "sqlite"."""
    _listed.append(guards)


def listed(vendor: str) -> list[Guard]:
    """Every guard; on PostgreSQL what is never deleted from is never emptied either."""
    guards = [guard for guards in _listed for guard in guards(vendor) if vendor in guard.vendors]
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
    """SQLite's REPLACE deletes whatever row stands in the way of any unique key, and passes the delete triggers by.

    PostgreSQL has no such word: there the keys refuse it.
    """
    there = " OR ".join(f"({' AND '.join(f'{column} = NEW.{column}' for column in key.split())})" for key in keys)
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE {there})"
    words = f"a row of {table} is never replaced"
    return Guard(f"{table}_no_replace", table, "INSERT", exists, words, vendors=("sqlite",))


def kept(table: str) -> list[Guard]:
    return [Guard(f"{table}_no_delete", table, "DELETE", "1 = 1", f"{table} is never deleted from")]


def install(connection: BaseDatabaseWrapper) -> None:
    """Lays every guard anew: a table that SQLite remakes in a migration silently loses its triggers."""
    lay(connection, listed(connection.vendor))


def lay(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> None:
    """Lays these guards, and only these."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        _remove(connection, cursor)
        if connection.vendor == "postgresql":
            cursor.execute(REAL_TABLES)
        tables = set(connection.introspection.table_names(cursor))
        for trigger in _triggers([guard for guard in guards if guard.table in tables], connection.vendor):
            for statement in trigger.statements(connection.vendor):
                cursor.execute(statement)


def lift_all(connection: BaseDatabaseWrapper) -> None:
    """Takes every guard away, for as long as tables are remade; whoever calls it lays them anew with `install`."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        _remove(connection, cursor)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Guards that are listed and not installed as they are written here."""
    installed, vendor = _installed(connection), connection.vendor
    triggers = _triggers(listed(vendor), vendor)
    return [name for each in triggers for name in each.absent_from(installed.get(each.name, ""), vendor)]


@receiver(pre_migrate)
def lift_first(sender: Any, using: str, **_: Any) -> None:
    """AlterField fails on a table that another table's trigger names."""
    if using == "default" and sender.label == "audit":
        lift_all(connections[using])


@receiver(post_migrate)
def lay_anew(sender: Any, using: str, **_: Any) -> None:
    if using == "default" and sender.label == "audit":
        install(connections[using])


class Unguarded(RuntimeError):
    """The database's guards are not the ones written here; nothing is served on it."""


def insist(connection: BaseDatabaseWrapper) -> None:
    """Refuses to go on where a guard is absent or altered; raises Unguarded."""
    if absent := missing(connection):
        words = f"{len(absent)} guards are not installed: {', '.join(absent[:5])}. Run manage.py migrate."
        raise Unguarded(words)


@dataclass(frozen=True)
class Trigger:
    """One trigger: on SQLite of one guard; on PostgreSQL of all that watch an event, for each call of one costs."""

    name: str
    guards: tuple[Guard, ...]

    @property
    def on(self) -> str:
        first = self.guards[0]
        each = "STATEMENT" if first.event == "TRUNCATE" else "ROW"
        return f"BEFORE {first.event} ON {first.table} FOR EACH {each}"

    def statements(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            (guard,) = self.guards
            refusal = f"SELECT RAISE(ABORT, '{_quoted(guard)}')"
            condition = f"COALESCE(({guard.only_when}), 1) AND COALESCE(({guard.refuse_when}), 1)"
            return [f"CREATE TRIGGER {self.name} {self.on} WHEN ({condition}) BEGIN {refusal}; END"]
        return [
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $guard${self._body()}$guard$",
            f"CREATE TRIGGER {self.name} {self.on} EXECUTE FUNCTION {self.name}()",
        ]

    def absent_from(self, installed: str, vendor: str) -> list[str]:
        """Which of its guards what is installed under its name lacks; all, where something else is in it."""
        if vendor == "sqlite":
            return [] if installed == self.statements(vendor)[0] else [guard.name for guard in self.guards]
        first = self.guards[0]
        if installed == f"{self._body()} ON {first.table} {POSTGRES_TYPES[first.event]}":
            return []
        return [guard.name for guard in self.guards if _test(guard) not in installed] or [
            guard.name for guard in self.guards
        ]

    def _body(self) -> str:
        returned = {"DELETE": "OLD", "TRUNCATE": "NULL"}.get(self.guards[0].event, "NEW")
        return "\n".join(["BEGIN", *(_test(guard) for guard in self.guards), f"RETURN {returned};", "END"])


def _triggers(guards: Iterable[Guard], vendor: str) -> list[Trigger]:
    if vendor == "sqlite":
        return [Trigger(PREFIX + guard.name, (guard,)) for guard in guards]
    watching: dict[tuple[str, str], list[Guard]] = defaultdict(list)
    for guard in guards:
        watching[guard.table, guard.event].append(guard)
    return [Trigger(f"{PREFIX}{table}_{event.lower()}", tuple(group)) for (table, event), group in watching.items()]


def _test(guard: Guard) -> str:
    refusal = f"RAISE EXCEPTION '{_quoted(guard)}' USING ERRCODE = 'integrity_constraint_violation'"
    asked = f"IF COALESCE(({guard.refuse_when}), TRUE) THEN {refusal}; END IF;"
    return f"IF COALESCE(({guard.only_when}), TRUE) THEN {asked} END IF;"


def _quoted(guard: Guard) -> str:
    return guard.words.replace("'", "''")


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
        "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') "
        "AND p.proconfig = ARRAY['search_path=' || quote_ident(current_schema()) || ', pg_temp']"
    )
    with connection.cursor() as cursor:
        cursor.execute(sqlite if connection.vendor == "sqlite" else postgres)
        return dict(cursor.fetchall())


def entries(vendor: str) -> list[Guard]:
    follows = "EXISTS (SELECT 1 FROM audit_entry WHERE seq = NEW.seq - 1 AND digest = NEW.previous)"
    first = f"NEW.seq = 1 AND NEW.previous = '{'0' * 64}' AND NOT EXISTS (SELECT 1 FROM audit_entry)"
    return [
        # The number before it being there, and its own not (that is the key), there is no gap and no fork.
        Guard(
            "audit_entry_follows", "audit_entry", "INSERT", f"NOT ({follows} OR ({first}))", "an entry follows the last"
        ),
        *append_only("audit_entry", "seq"),
        *append_only("audit_edit", "id"),
        *append_only("audit_pin", "number"),
    ]


register(entries)
