"""What an act asks of the database, statement by statement, and how much each of them touches there."""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

SAVEPOINT = "before_it_is_explained"
EXPLAINED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
TABLE_AFTER = {"SELECT": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE", "DELETE": "FROM", "WITH": "FROM"}

BY = re.compile(
    r"USING .*?(?:INDEX (?!sqlite_autoindex)(?P<name>\w+)|(?:sqlite_autoindex_\w+|PRIMARY KEY) ?(?P<columns>.*))"
)


@dataclass
class Asked:
    """One statement: how many buffers it touched (PostgreSQL), or steps it took (SQLite's machine), and SQLite's plan."""

    sql: str
    touched: int = 0
    plan: list[str] = field(default_factory=list)

    @property
    def indexes(self) -> list[str]:
        """What the plan searches by, in its order: an index by its name, and a key that has none by its columns."""
        found = [BY.search(step) for step in self.plan]
        return [match["name"] or match["columns"] for match in found if match]

    @property
    def scans(self) -> list[str]:
        """The steps that read a whole table, without so much as an index to go by."""
        whole = [step for step in self.plan if step.startswith("SCAN") and " USING " not in step]
        # What a statement made itself holds the rows that it has found by an index.
        made = (
            "CONSTANT ROW",
            "(subquery-",
            *(f"SCAN {name}" for name in re.findall(r"(\w+) (?:\(\w+\) )?AS \(", self.sql)),
        )
        return [step for step in whole if not any(words in step for words in made)]

    @property
    def label(self) -> str:
        """What it does and to which table, as short as it can be recognized by."""
        words = self.sql.replace('"', "").split()
        after = TABLE_AFTER[words[0]]
        table = words[words.index(after) + 1] if after in words else words[1].partition("(")[0]
        return f"{words[0]} {table}{' FOR UPDATE' if 'FOR UPDATE' in self.sql else ''}"


def asked_by(act: Callable[[], object]) -> list[Asked]:
    """Runs it once. On PostgreSQL each statement is first explained, in a savepoint that is rolled back."""
    own, asked = connections["default"], list[Asked]()
    own.ensure_connection()
    look = _explain if own.vendor == "postgresql" else _plan

    def around(execute: Callable[..., Any], sql: str, params: Any, many: Any, context: Any) -> Any:  # noqa: PLR0917  # Django calls it so
        if sql.split(None, 1)[0] in EXPLAINED:
            asked.append(look(own, sql, params))
        return execute(sql, params, many, context)

    def count() -> None:
        # Rows are stepped to after the statement was executed, while they are fetched.
        if asked:
            asked[-1].touched += 1

    _count_steps(own, count)
    try:
        with own.execute_wrapper(around):
            act()
    finally:
        _count_steps(own, None)
    return asked


def _count_steps(own: Any, count: Callable[[], None] | None) -> None:
    if own.vendor == "sqlite":
        own.connection.set_progress_handler(count, 1)


def _explain(own: Any, sql: str, params: Any) -> Asked:
    begin, undo = ("SAVEPOINT {0}", "ROLLBACK TO {0}; RELEASE {0}") if own.in_atomic_block else ("BEGIN", "ROLLBACK")
    # Past Django's cursor, whose wrappers would explain the explanation.
    with own.connection.cursor() as cursor:
        cursor.execute(begin.format(SAVEPOINT))
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
        ((told,),) = cursor.fetchall()
        cursor.execute(undo.format(SAVEPOINT))
    plan = told[0]["Plan"]
    return Asked(sql, touched=plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _plan(own: Any, sql: str, params: Any) -> Asked:
    with closing(own.connection.cursor(factory=SQLiteCursorWrapper)) as cursor:
        rows = cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params).fetchall()
    return Asked(sql, plan=[row[3] for row in rows])
