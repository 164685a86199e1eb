"""How the connected role stands: whether it owns the house, and whether it may do what the table says and no more."""

import logging
from collections.abc import Iterator

from django.conf import settings
from django.db import connection

from backoffice.database.privileges import WEB, WORKER, May, tables_of

HINT = "Run manage.py database_roles as the owner, and give each process the login of its own role."
OWNS = """
SELECT current_user, r.rolsuper OR r.rolcreaterole OR r.rolbypassrls, EXISTS (
    SELECT 1 FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND pg_has_role(c.relowner, 'MEMBER'))
FROM pg_roles r WHERE r.rolname = current_user
"""
HELD = """
SELECT c.relname::text, a.attname::text, has_column_privilege(c.oid, a.attnum, 'SELECT'),
    has_column_privilege(c.oid, a.attnum, 'INSERT'), has_column_privilege(c.oid, a.attnum, 'UPDATE'),
    has_table_privilege(c.oid, 'DELETE'), has_table_privilege(c.oid, 'TRUNCATE, TRIGGER, REFERENCES')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
CREATES = """
SELECT has_schema_privilege(current_schema(), 'CREATE') OR has_database_privilege(current_database(), 'CREATE, TEMPORARY')
"""
WAYS = ("read", "inserted", "changed", "deleted")
PARTS = {"web": WEB, "housekeeping": WORKER, "accounts": WORKER, "funding": WORKER, "reporting": WORKER}

logger = logging.getLogger(__name__)


def tell() -> None:
    """Says at the start of a process what is wrong with its role; a single owner works, and is what is warned of."""
    for words in warnings():
        logger.warning("%s %s", words, HINT)


def warnings() -> list[str]:
    """Nothing in the demo, on SQLite, and for what is no process: commands are the owner's."""
    if settings.DEMO or connection.vendor != "postgresql" or settings.PROCESS not in PARTS:
        return []
    return amiss(settings.PROCESS)


def amiss(process: str) -> list[str]:
    """What is wrong with the role that this process is connected as, in words; nothing where it is as it should be."""
    with connection.cursor() as cursor:
        cursor.execute(OWNS)
        name, is_powerful, owns = cursor.fetchone()
        if is_powerful or owns:
            return [f"The {process} process is connected as {name}, who {_power(owns=owns)}."]
        cursor.execute(HELD)
        held = cursor.fetchall()
        cursor.execute(CREATES)
        (creates,) = cursor.fetchone()
    found = [*(["tables can be made, which the triggers would take for the real ones"] if creates else [])]
    found += _differences(tables_of(PARTS[process]), held)
    return (
        [f"The role {name} of the {process} process is not what it should be: {'; '.join(found[:5])}."] if found else []
    )


def _power(*, owns: bool) -> str:
    return "owns its tables and could drop what guards them" if owns else "rules over the server"


def _differences(tables: dict[str, May], held: list[tuple[str, str, bool, bool, bool, bool, bool]]) -> Iterator[str]:
    for table, column, *has, beyond in held:
        may = tables.get(table, May(reads=""))
        wanted = [_covers(may.reads, column), may.inserts, _covers(may.updates, column), may.deletes]
        for what, is_held, is_wanted in zip(WAYS, has, wanted, strict=True):
            if is_held != is_wanted:
                yield f"{table}.{column} {'cannot' if is_wanted else 'can'} be {what}"
        if beyond:
            yield f"{table} can be emptied, or its triggers changed"


def _covers(columns: str, column: str) -> bool:
    return columns == "*" or column in columns.split()
