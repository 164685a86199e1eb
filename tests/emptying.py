"""Empties the tables between tests with real transactions, which is just what the house's triggers are there to refuse."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

ALL = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"


def empty_the_tables() -> None:
    """Without telling the apps that they migrated: they would lay every trigger anew, test by test."""
    with guards_aside():
        # A table of a library whose model we replaced still stands, and points at ours: it goes along.
        call_command("flush", verbosity=0, interactive=False, allow_cascade=True, inhibit_post_migrate=True)
    ContentType.objects.clear_cache()


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
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _, sql in triggers:
            cursor.execute(sql)
