"""Every attack in raw SQL that the house knows of: as the web's login and a worker's none gets through, as the owner few."""

import psycopg
import pytest
from django.db import connection, transaction

from backoffice.audit import guards
from tests.attacks import raw_sql
from tests.attacks.raw_sql import OF_A_ROLE, OF_A_WORKER, OF_AN_OWNER, OF_NO_PROCESS, OF_THE_WEB
from tests.attacks.tally import TRIED, Tried
from tests.governance import attacks as governance_attacks
from tests.in_roles import PASSWORD, as_role, name_of
from tests.operations import (
    attachment_attacks,
    bundle_attacks,
    delegation_attacks,
    policy_attacks,
    rows,
    telling_attacks,
)
from tests.operations.attacks import ATTACKS, GAP, REPLACEMENTS
from tests.operations.test_guards import attack, both, careless, drop, there  # noqa: F401  # fixtures

ON_ROWS = (
    ATTACKS
    | policy_attacks.ATTACKS
    | raw_sql.ATTACKS
    | attachment_attacks.ATTACKS
    | bundle_attacks.ATTACKS
    | delegation_attacks.ATTACKS
    | telling_attacks.ATTACKS
    | {"leaves a gap in the trail": GAP, "lays a table before the real one": raw_sql.shadow}
)
ONLY_ON_SQLITE = (
    REPLACEMENTS
    | policy_attacks.REPLACEMENTS
    | attachment_attacks.REPLACEMENTS
    | bundle_attacks.REPLACEMENTS
    | delegation_attacks.REPLACEMENTS
    | telling_attacks.REPLACEMENTS
)
OF_ROLES = {
    "web": OF_NO_PROCESS | OF_THE_WEB | {name: tried for name, (role, tried) in OF_A_ROLE.items() if role == "web"},
    "worker": OF_NO_PROCESS
    | OF_A_WORKER
    | {name: tried for name, (role, tried) in OF_A_ROLE.items() if role == "worker"},
}
# Refused by a privilege, by a guard, or by a constraint; anything else says nothing of the attack.
REFUSALS = (psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityError)


@pytest.mark.django_db
def test_as_the_owner_only_the_guards_and_tables_themselves_can_be_taken_away(there):  # noqa: F811  # the fixture
    tried = ON_ROWS | (ONLY_ON_SQLITE if connection.vendor == "sqlite" else {}) | OF_AN_OWNER[connection.vendor]

    through = [name for name, statements in tried.items() if attack(statements(there))]

    TRIED.append(Tried(f"{connection.vendor}, as the owner", len(tried), through))
    assert set(through) == set(OF_AN_OWNER[connection.vendor])


@pytest.mark.postgres
@pytest.mark.parametrize("role", OF_ROLES)
@pytest.mark.django_db(transaction=True)
def test_as_a_process_none_gets_through(role, house_roles, there):  # noqa: F811  # the fixture
    tried = ON_ROWS | OF_ROLES[role]

    through = through_login(role, {name: statements(there) for name, statements in tried.items()})

    TRIED.append(Tried(f"postgresql, signed in as the {role} role", len(tried), through))
    assert through == []


@pytest.mark.postgres
@pytest.mark.parametrize("role", OF_ROLES)
@pytest.mark.django_db(transaction=True)
def test_as_a_process_nobody_changes_the_rules_alone(
    role, house_roles, mia, nils, carl, cora, fay, filip, vera, ada, amir, chen
):
    cast = {who.username: who for who in (mia, nils, carl, chen, cora, fay, filip, vera, ada, amir)}
    governed = governance_attacks.scene(cast)

    tried = governance_attacks.ATTACKS | {"uses a change twice": governance_attacks.replay}
    through = through_login(role, {name: statements(governed) for name, statements in tried.items()})

    TRIED.append(Tried(f"postgresql, as the {role} role, on the rules", len(tried), through))
    assert through == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_same_logins_do_what_is_theirs(house_roles, there):  # noqa: F811  # the fixture
    """Else an attack would fail for no better reason than that nothing works."""
    approved = raw_sql.released(there, approved_at="CURRENT_TIMESTAMP", lapses_at="CURRENT_TIMESTAMP")
    claimed = raw_sql._running(there["queued"])

    assert through_login("web", {"approves": approved}) == ["approves"]
    assert through_login("worker", {"claims": claimed}) == ["claims"]


def through_login(role, tried):
    """The names of those that got through; each is one transaction of a connection of its own login, rolled back."""
    told = connection.settings_dict
    where = {"host": told["HOST"], "port": told["PORT"], "dbname": told["NAME"]}
    with psycopg.connect(**where, user=name_of(role), password=PASSWORD, autocommit=True) as client:
        return [name for name, statements in tried.items() if _got_through(client, statements)]


def _got_through(client, statements):
    try:
        with client.transaction(force_rollback=True):
            for statement in statements:
                client.execute(statement.encode())
    except REFUSALS:
        return False
    return True


@pytest.mark.postgres
@pytest.mark.parametrize("name", OF_A_ROLE)
@pytest.mark.django_db
def test_a_guard_that_asks_for_the_role_is_what_stops_it(name, house_roles, there):  # noqa: F811  # the fixture
    role, tried = OF_A_ROLE[name]

    assert not _through_as(role, tried(there))
    drop(name)
    assert _through_as(role, tried(there))


def _through_as(role, statements):
    with as_role(role):
        return attack(statements)


@pytest.mark.postgres
@pytest.mark.django_db
def test_where_one_owner_does_everything_these_guards_say_nothing(mia, carl):
    queued = rows.queued(mia, carl)

    assert attack(raw_sql._running(queued))


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_guard_reads_the_real_tables_whatever_lies_before_them(there):  # noqa: F811  # the fixture
    """Where the function's path is not fixed, a temporary table answers in the place of the real one."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION guard_operations_operation_update() RESET search_path")

    assert attack(raw_sql.shadow(there))
    assert "operation_quorum" in guards.missing(connection)


@pytest.mark.django_db
def test_a_guard_that_is_dropped_is_missed_at_the_next_start(db):
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in OF_AN_OWNER[connection.vendor]["drops a trigger"]({}):
            cursor.execute(statement)

    with pytest.raises(guards.Unguarded):
        guards.insist(connection)
