"""What every test stands on: the environment, the databases, the cast, the sandbox and the browser."""

import os
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.beside import databases_of_redis, folder

# Settings are read once, so the environment is made before anything of Django's is imported.
DATA = folder()
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "backoffice.settings",
    "DEMO": "1",
    "DATA_DIR": str(DATA),
    "MANAGER_DEADLINE": "1",
    "MANAGER_PROCESSING": "0.5",
    "MANAGER_SKEW": "0.2",
    "LOOK_EVERY": "0.2",
    "LOG_LEVEL": "WARNING",
    # Playwright's loop stands open in the thread that also runs the tests; the ORM is called beside it, not in it.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
    **databases_of_redis(),
}

import django

django.setup()

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client, TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from backoffice.audit import witnesses
from backoffice.demo.cast import CAST
from backoffice.demo.management.commands.seed_cast import enrol
from backoffice.operators.models import Operator
from tests import ground
from tests.desk import seat
from tests.emptying import empty_the_tables
from tests.sandbox_process import Sandbox

pytest_plugins = ["tests.browser", "tests.in_roles"]

USES_DATABASE = {"db", "transactional_db", "live_server", "django_db_reset_sequences", "django_db_serialized_rollback"}


def pytest_configure() -> None:
    # The same hashes at a thousandth of their price: passwords are guarded elsewhere than in tests.
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1
    # How long an example takes says how busy the machine is, and nothing of what it shows.
    hypothesis.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    hypothesis.load_profile("unhurried")


def pytest_xdist_setupnodes() -> None:
    """Each worker makes an environment of its own; pytest-django would read the settings before it does."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure() -> None:
    shutil.rmtree(DATA, ignore_errors=True)


def pytest_report_header() -> list[str]:
    return [f"database: {settings.DATABASES['default']['ENGINE'].rpartition('.')[2]}"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    elsewhere = [item for item in items if settings.IS_SQLITE and item.get_closest_marker("postgres")]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]
    for item in items:
        _allow_all_databases(item)


def _allow_all_databases(item: pytest.Item) -> None:
    said = item.get_closest_marker("django_db")
    if said or USES_DATABASE & set(getattr(item, "fixturenames", ())):
        options = {"databases": "__all__", **(said.kwargs if said else {})}
        item.add_marker(pytest.mark.django_db(**options), append=False)


# The databases


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """On SQLite a file, not memory, so that threads and other processes see what a test wrote."""
    for alias in connections:
        if connections[alias].vendor == "sqlite":
            connections[alias].settings_dict["TEST"]["NAME"] = str(DATA / f"test-{alias}.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        _not_to_wait_for_the_disk()
        ground.lay()


def _not_to_wait_for_the_disk() -> None:
    """For PostgreSQL what memory is for a file: every session that begins from here on commits without waiting for it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit = off')
        connection.close()


@pytest.fixture(scope="session", autouse=True)
def _emptied_by_us() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: _as_on_the_first_day())
        yield


def _as_on_the_first_day() -> None:
    empty_the_tables()
    ground.lay()


@pytest.fixture(autouse=True)
def _fresh_checkpoints() -> None:
    """Each test begins with another database; what stands outside of the last one's says nothing of it."""
    for path in Path(settings.CHECKPOINT_DIR).iterdir():
        path.unlink()
    witnesses._mine.clear()


@pytest.fixture(autouse=True)
def _fresh_cache(request: pytest.FixtureRequest) -> None:
    """Rate limits of one test are none of the next one's business."""
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("_django_db_helper")
        cache.clear()


# The cast


def _member(name: str) -> Any:
    member = next(member for member in CAST if member.username == name)

    @pytest.fixture(name=name)
    def enrolled(db: None) -> Operator:
        return enrol(member)

    return enrolled


mia, nils = _member("mia"), _member("nils")
carl, chen = _member("carl"), _member("chen")
cora, vera = _member("cora"), _member("vera")
fay, filip = _member("fay"), _member("filip")
ada, amir = _member("ada"), _member("amir")


@pytest.fixture
def signed_in(db: None) -> Callable[[Operator], Client]:
    """`signed_in(mia)` is a client of hers; it does not follow redirects of itself."""

    def client_of(operator: Operator) -> Client:
        return seat(operator)

    return client_of


@pytest.fixture
def at_mia(mia: Operator, signed_in: Callable[[Operator], Client]) -> Client:
    return signed_in(mia)


@pytest.fixture
def at_nils(nils: Operator, signed_in: Callable[[Operator], Client]) -> Client:
    return signed_in(nils)


@pytest.fixture
def at_carl(carl: Operator, signed_in: Callable[[Operator], Client]) -> Client:
    return signed_in(carl)


@pytest.fixture
def at_chen(chen: Operator, signed_in: Callable[[Operator], Client]) -> Client:
    return signed_in(chen)


# The Manager


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox, settings: Any) -> Sandbox:
    """The Manager API that this test talks to, as on its first day."""
    sandbox_process.reset()
    settings.MANAGER_URL = sandbox_process.url
    return sandbox_process


@pytest.fixture
def funded(sandbox: Sandbox) -> Sandbox:
    """The accounts that rows are withdrawn from hold enough, since whoever approves a withdrawal has it compared."""
    for login in (128001, 128002, 128101, 128102, 128103, 128301, 128302, 128303):
        sandbox.account(login, balance=Decimal(900_000))
    return sandbox
