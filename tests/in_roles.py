"""Plays tests in the roles of PostgreSQL: what people do as the web's login, what machines do as a worker's.

`pytest --in-roles` does so for whole modules that know nothing of it, so that what a role lacks is found out by everything
that the house does; `tests/database` does so by name. A test that sees its own transaction alone changes the role of its
connection (SET ROLE); one with real transactions signs in anew.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from backoffice.database import roles
from backoffice.database.privileges import WEB, WORKER
from backoffice.safety.secret import Secret

PASSWORD = "of the tests, not of any server"
WHAT_PEOPLE_DO = {
    "desk": "approve reject send_back cancel",
    "submission": "submit",
    "resolution": "propose confirm decline",
    "assignment": "take hand_back",
    "stops": "pause propose_reopening confirm_reopening",
    "maintenance": "plan withdraw propose_end confirm_end",
    "reopening": "propose decline confirm",
    "bulk": "propose_each confirm_each",
    "bundles.submitting": "bundle_up submit",
    "bundles.deciding": "approve reject send_back cancel",
}
WHAT_MACHINES_DO = {
    "execution": "drain turn record",
    "queue": "sweep claim hold_for_trace",
    "expiry": "expire",
    "restored": "look declare",
    "tasks": "drain wake",
    "bundles.following": "follow lanes_with_something_left",
    "rates": "enter",
    "probe.record": "keep",
}
_in_role: ContextVar[str] = ContextVar("role", default="")


def name_of(part: str) -> str:
    """Roles belong to the whole server; the name keeps two runs on it apart."""
    return f"{settings.DATABASES['default']['NAME']}_{part}"


def logins() -> list[roles.Login]:
    return [roles.Login(part, name_of(part), Secret(PASSWORD)) for part in (WEB, WORKER)]


def forget() -> None:
    with connections["default"].cursor() as cursor:
        for login in logins():
            cursor.execute(f'DROP OWNED BY "{login.name}"')
            cursor.execute(f'DROP ROLE "{login.name}"')


@contextmanager
def as_role(part: str) -> Iterator[None]:
    """What is done inside is done by this role; a test may let people act in the middle of what a machine does."""
    before = _in_role.get()
    if before == part:
        yield
        return
    token = _in_role.set(part)
    try:
        with (_set_role if _is_test_of_one_transaction() else _signed_in)(part, before):
            yield
    finally:
        _in_role.reset(token)


def _is_test_of_one_transaction() -> bool:
    owner = connections["default"]
    return owner.in_atomic_block and owner.settings_dict["USER"] not in {name_of(WEB), name_of(WORKER)}


@contextmanager
def _set_role(part: str, before: str) -> Iterator[None]:
    with connections["default"].cursor() as cursor:
        cursor.execute(f'SET ROLE "{name_of(part)}"')
        try:
            yield
        finally:
            cursor.execute(f'SET ROLE "{name_of(before)}"' if before else "RESET ROLE")


@contextmanager
def _signed_in(part: str, _: str) -> Iterator[None]:
    with _another_connection(USER=name_of(part), PASSWORD=PASSWORD):
        yield


@contextmanager
def _another_connection(**other: str) -> Iterator[None]:
    owner, another = connections["default"], connections.create_connection("default")
    another.settings_dict = owner.settings_dict | other
    connections["default"] = another
    try:
        yield
    finally:
        another.close()
        connections["default"] = owner


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--in-roles", action="store_true", help="people act as the web's PostgreSQL role, machines as a worker's"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("in_roles") and settings.IS_SQLITE:
        raise pytest.UsageError("SQLite knows no roles: --in-roles takes a DATABASE_URL of PostgreSQL.")


@pytest.fixture(scope="session")
def house_roles(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    # The first test that asks for them may have a transaction open already, which is rolled back.
    with django_db_blocker.unblock(), _another_connection():
        roles.lay(logins())
    yield
    with django_db_blocker.unblock(), _another_connection():
        forget()


@pytest.fixture(autouse=True)
def _played_in_roles(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("in_roles") and request.node.get_closest_marker("django_db"):
        request.getfixturevalue("house_roles")
        patch = request.getfixturevalue("monkeypatch")
        patch.setattr(Client, "request", _played(WEB, Client.request))
        for part, done in ((WEB, WHAT_PEOPLE_DO), (WORKER, WHAT_MACHINES_DO)):
            for module, names in done.items():
                for name in names.split():
                    _play(patch, import_module(f"backoffice.operations.{module}"), name, part)


def _play(patch: pytest.MonkeyPatch, module: Any, name: str, part: str) -> None:
    patch.setattr(module, name, _played(part, getattr(module, name)))


def _played(part: str, act: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(act)
    def played(*args: Any, **options: Any) -> Any:
        with as_role(part):
            return act(*args, **options)

    return played
