"""Empties the tables between tests with real transactions, which is just what the house's triggers are there to refuse."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection

ALL = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
BEGUN_ANEW = """
    SELECT setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace AND relname <> 'django_migrations_id_seq'
"""


def empty_the_tables() -> None:
    """In one transaction, and only what holds something: Django's flush has the disk wait for each table and each trigger."""
    with connection.cursor() as cursor:
        full = _full(cursor)
        emptied = [f'DELETE FROM "{table}"' for table in full]
        if connection.vendor == "postgresql":
            statements = ["SET LOCAL session_replication_role = replica", *emptied, BEGUN_ANEW]
        else:
            triggers = [(name, sql) for name, table, sql in cursor.execute(ALL).fetchall() if table in full]
            dropped, laid = [f'DROP TRIGGER "{name}"' for name, _ in triggers], [sql for _, sql in triggers]
            statements = [*dropped, *emptied, "DELETE FROM sqlite_sequence", *laid]
    connection.ops.execute_sql_flush(statements)
    ContentType.objects.clear_cache()


def _full(cursor: Any) -> list[str]:
    """A table of a library whose model we replaced still stands, and points at ours: it goes along."""
    names = [name for name in connection.introspection.table_names(cursor) if name != "django_migrations"]
    cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names))
    return [name for (name,) in cursor.fetchall()]


@contextmanager
def guards_aside() -> Iterator[None]:
    if connection.vendor == "postgresql":
        yield from _on_postgresql()
    else:
        yield from _on_sqlite()


def _on_postgresql() -> Iterator[None]:
    """As a replica a session fires no triggers; it takes a superuser, which tests may be and the product never is."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = origin")


def _on_sqlite() -> Iterator[None]:
    with connection.cursor() as cursor:
        triggers = cursor.execute(ALL).fetchall()
        for name, _, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for *_, sql in triggers:
            cursor.execute(sql)
