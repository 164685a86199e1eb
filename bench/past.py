"""Finished operations in bulk: rows with their attempts, answers and entries as a house has them after years.

They are written by the database itself, since making a million of them here would take longer than what is measured.
Nobody verifies these entries: their digests are not sealed.
"""

from typing import Any

from django.conf import settings
from django.db import connection

from backoffice.audit.chain import key_name
from backoffice.audit.models import Entry
from backoffice.operations.models import Answer, Attempt, Counter, Operation
from backoffice.operations.states import State
from backoffice.operators.models import Operator
from bench import fill

SERIES = "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {most})"
# The time of version 7 in a past year; what counts is that, as in earnest, they were made in order.
PREFIX = "0190a0000000700080"
ENTRIES_EACH = 3
Columns = dict[str, str]


def live_through(count: int) -> None:
    """Writes that many operations that were applied, over the logins of the bench, and tidies up as autovacuum does."""
    if count:
        mia = Operator.objects.get(username="mia")
        with fill.unguarded(), connection.cursor() as cursor:
            for statement in _statements(count, fill.drawn(0, mia, 1)):
                cursor.execute(statement)
            name = f"position:{settings.MANAGER_ENVIRONMENT}"
            Counter.objects.update_or_create(name=name, defaults={"value": count})
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _statements(count: int, like: Operation) -> list[str]:
    return [
        _insert(Operation, _operation(like), f"{SERIES.format(most=count)} SELECT {{}} FROM series"),
        _insert(Attempt, _attempt(), f"SELECT {{}} FROM {_table(Operation)} WHERE state = '{State.APPLIED}'"),
        _insert(Answer, _answer(), f"SELECT {{}} FROM {_table(Attempt)}"),
        _insert(Entry, _entry(like), f"{SERIES.format(most=count * ENTRIES_EACH)} SELECT {{}} FROM series"),
    ]


def _insert(model: Any, columns: Columns, select: str) -> str:
    return f"INSERT INTO {_table(model)} ({', '.join(columns)}) {select.format(', '.join(columns.values()))}"  # our own names


def _operation(like: Operation) -> Columns:
    """Every column as the one that was drawn has it, but for what differs from row to row."""
    like.state, like.version, like.sends, like.first_sent_at = State.APPLIED, 4, 1, like.approved_at
    columns = {str(field.column): _literal(field, like) for field in Operation._meta.concrete_fields}
    return columns | {
        "id": _uuid("n"),
        "login": f"{fill.FIRST_LOGIN} + n % {fill.LOGINS}",
        "reference": f"'OLD-' || {_hex('n', 10)}",
        "position": "n",
    }


def _attempt() -> Columns:
    return {"operation_id": "id", "purpose": "'send'", "token": "id", "at": "moved_at"}


def _answer() -> Columns:
    said = {"meaning": "'applied'", "status": "201", "words": "'Booked. Deal ' || id", "deal": "CAST(id AS text)"}
    return {"attempt_id": "id", "at": "at", **said}


def _entry(like: Operation) -> Columns:
    """Three an operation, as its submission, its approval and its end leave."""
    blank = Entry(at=like.made_at, environment=like.environment, key=key_name())
    columns = {str(field.column): _literal(field, blank) for field in Entry._meta.concrete_fields}
    digest = f"'{'0' * 54}' || {_hex('n', 10)}"
    acts = "CASE n % 3 WHEN 0 THEN 'operation.submitted' WHEN 1 THEN 'operation.queued' ELSE 'operation.applied' END"
    return columns | {
        "seq": f"n + {Entry.objects.count()}",
        "action": acts,
        "operator_id": "CASE n % 3 WHEN 0 THEN 'mia' WHEN 1 THEN 'carl' ELSE '' END",
        "object_type": "'operation'",
        "object_id": f"CAST({_uuid(f'(n + 2) / {ENTRIES_EACH}')} AS text)",
        "login": f"{fill.FIRST_LOGIN} + n / {ENTRIES_EACH} % {fill.LOGINS}",
        "previous": digest,
        "digest": digest,
    }


def _literal(field: Any, row: Any) -> str:
    """A column's value as SQL, written by the database's own adapter."""
    value = field.get_db_prep_save(getattr(row, field.attname), connection)
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).upper() if connection.vendor == "postgresql" else str(int(value))
    text = str(value).replace("'", "''")
    typed = field.db_type(connection) if connection.vendor == "postgresql" else ""
    return f"CAST('{text}' AS {typed})" if typed else f"'{text}'"


def _uuid(n: str) -> str:
    written = f"'{PREFIX}' || {_hex(n, 14)}"
    return f"CAST({written} AS uuid)" if connection.vendor == "postgresql" else written


def _hex(n: str, digits: int) -> str:
    return f"lpad(to_hex({n}), {digits}, '0')" if connection.vendor == "postgresql" else f"printf('%0{digits}x', {n})"


def _table(model: Any) -> str:
    return str(model._meta.db_table)
