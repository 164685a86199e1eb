"""The roles of PostgreSQL: the statements that make them what the table of privileges says, however they were before."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from backoffice.database.privileges import May, tables_of
from backoffice.safety.secret import Secret

# One process that stalls in a transaction must not stop the house.
LIMITS = {"lock_timeout": "'5s'", "idle_in_transaction_session_timeout": "'5s'"}
# It signs in, and that is all that it may do to the server.
PLAIN = "LOGIN NOCREATEDB NOCREATEROLE NOINHERIT"
# Only a superuser may so much as mention these of a role that is there, and only one could have given them.
POWERS = {"SUPERUSER": "rolsuper", "REPLICATION": "rolreplication", "BYPASSRLS": "rolbypassrls"}
MEMBERS = """
SELECT m.rolname, g.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = a.roleid
WHERE m.rolname = ANY(%s)
"""


@dataclass(frozen=True)
class Login:
    """A role by its part (`web`, `worker`) and by the name that it has on this server; its password, where one is given."""

    part: str
    name: str
    password: Secret = field(default_factory=lambda: Secret(""))


def lay(logins: list[Login]) -> None:
    """Makes the roles what they should be, all of it or nothing; whoever calls it owns the tables and may make roles."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements(logins):
            cursor.execute(statement)
        for login in logins:
            if login.password:
                cursor.execute(_password(login))


def statements(logins: list[Login]) -> list[str]:
    """Everything but the passwords, in words that PostgreSQL takes and a person can read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_schema(), current_user")
        database, schema, owner = cursor.fetchone()
        powers, groups = _there(cursor, [login.name for login in logins])
    if taken := [login.name for login in logins if login.name == owner]:
        raise ValueError(f"{taken[0]} owns the tables; web and worker are other roles.")
    made = [*_closed(database, schema)]
    for login in logins:
        made += [*_role(login, powers.get(login.name)), *_left(login, groups), *_home(login, database, schema)]
        made += _tables(login, schema)
    return made


def _there(cursor: Any, names: list[str]) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """Which of the roles are there, each with the powers that it has; and what they are members of."""
    cursor.execute(f"SELECT rolname, {', '.join(POWERS.values())} FROM pg_roles WHERE rolname = ANY(%s)", [names])
    powers = {
        name: [power for power, has in zip(POWERS, held, strict=True) if has] for name, *held in cursor.fetchall()
    }
    cursor.execute(MEMBERS, [names])
    return powers, cursor.fetchall()


def _closed(database: str, schema: str) -> Iterator[str]:
    """Nobody else comes in; and no role can make a table of its own, which the guards would take for the real one."""
    yield _said("REVOKE ALL ON DATABASE {} FROM PUBLIC", database)
    yield _said("REVOKE CREATE ON SCHEMA {} FROM PUBLIC", schema)
    yield _said("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM PUBLIC", schema)


def _role(login: Login, powers: list[str] | None) -> Iterator[str]:
    if powers is None:
        yield _said(f"CREATE ROLE {{}} {PLAIN}", login.name)
    else:
        yield _said(" ".join(["ALTER ROLE {}", PLAIN, *(f"NO{power}" for power in powers)]), login.name)


def _left(login: Login, groups: list[tuple[str, str]]) -> Iterator[str]:
    """Whoever is a member of the owner can become it."""
    for member, group in groups:
        if member == login.name:
            yield _said("REVOKE {} FROM {}", group, login.name)


def _home(login: Login, database: str, schema: str) -> Iterator[str]:
    for name, value in LIMITS.items():
        yield _said(f"ALTER ROLE {{}} IN DATABASE {{}} SET {name} = {value}", login.name, database)
    yield _said("ALTER ROLE {} IN DATABASE {} SET search_path = {}, pg_temp", login.name, database, schema)
    yield _said("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}", schema, login.name)
    yield _said("REVOKE ALL ON ALL SEQUENCES IN SCHEMA {} FROM {}", schema, login.name)
    yield _said("REVOKE ALL ON SCHEMA {} FROM {}", schema, login.name)
    yield _said("GRANT CONNECT ON DATABASE {} TO {}", database, login.name)
    yield _said("GRANT USAGE ON SCHEMA {} TO {}", schema, login.name)


def _tables(login: Login, schema: str) -> Iterator[str]:
    for table, may in sorted(tables_of(login.part).items()):
        if privileges := ", ".join(_privileges(may)):
            yield _said(f"GRANT {privileges} ON {{}}.{{}} TO {{}}", schema, table, login.name)


def _privileges(may: May) -> Iterator[str]:
    if may.reads:
        yield f"SELECT{_columns(may.reads)}"
    if may.inserts:
        yield "INSERT"
    if may.updates:
        yield f"UPDATE{_columns(may.updates)}"
    if may.deletes:
        yield "DELETE"


def _columns(columns: str) -> str:
    return "" if columns == "*" else f" ({', '.join(columns.split())})"


def _said(text: str, *names: str) -> str:
    return sql.SQL(text).format(*(sql.Identifier(name) for name in names)).as_string(connection.connection)


def _password(login: Login) -> str:
    """Sent as its SCRAM verifier: the password itself would stand in the server's log."""
    hashed = connection.connection.pgconn.encrypt_password(
        login.password.reveal().encode(), login.name.encode(), b"scram-sha-256"
    )
    said = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login.name), sql.Literal(hashed.decode()))
    return said.as_string(connection.connection)
