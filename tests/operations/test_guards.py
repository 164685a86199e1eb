"""Four eyes in the database: raw SQL is refused, and each guard is what refuses it."""

import dataclasses

import pytest
from django.db import Error, connection, transaction

from backoffice.access import Role
from backoffice.audit import guards
from backoffice.operators.models import Operator
from tests.governance import attacks as governance_attacks
from tests.operations import policy_attacks
from tests.operations.attacks import ATTACKS as ON_OPERATIONS
from tests.operations.attacks import GAP, TWICE_HELD, scene
from tests.operations.attacks import REPLACEMENTS as OF_OPERATIONS

# Each test is one transaction that is rolled back, a dropped trigger included.
pytestmark = pytest.mark.django_db
ATTACKS = ON_OPERATIONS | policy_attacks.ATTACKS
REPLACEMENTS = OF_OPERATIONS | policy_attacks.REPLACEMENTS
TRIED = ATTACKS | (REPLACEMENTS if connection.vendor == "sqlite" else {})


@pytest.fixture
def both(db):
    roles = [Role.FUNDING, Role.SUPERVISOR]
    return Operator.objects.enrol(username="both", name="Both", operator_id="op-both", roles=roles, password="x" * 16)


@pytest.fixture
def there(mia, carl, chen, both, ada, amir, cora):
    return scene(mia, carl, chen, both) | {"ada": ada, "amir": amir, "cora": cora}


@pytest.fixture(autouse=True)
def careless(db):
    """An attacker's own connection need not have switched on that REPLACE asks the delete triggers."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers = OFF")
            yield
            cursor.execute("PRAGMA recursive_triggers = ON")
    else:
        yield


def attack(statements):
    """Runs the statements as one transaction; True where all of them got through."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            transaction.set_rollback(True)
    except Error:
        return False
    return True


def drop(name):
    """Lays all guards but this one."""
    guards.lay(connection, [guard for guard in guards.listed(connection.vendor) if guard.name != name])


@pytest.mark.parametrize("name", TRIED)
def test_raw_sql_does_not_get_through(name, there):
    assert not attack(TRIED[name](there))


@pytest.mark.parametrize("name", TRIED)
def test_without_its_guard_the_attack_gets_through(name, there):
    drop(name)

    assert attack(TRIED[name](there))


def test_every_guard_has_its_attack():
    named = {guard.name for guard in guards.listed("sqlite")}

    elsewhere = governance_attacks.ATTACKS.keys() | governance_attacks.REPLACEMENTS.keys()
    assert named - TWICE_HELD - policy_attacks.TWICE_HELD - elsewhere == set(ATTACKS) | set(REPLACEMENTS)
    assert elsewhere <= named


def test_a_missing_or_altered_guard_is_noticed(db):
    drop("operation_quorum")

    assert guards.missing(connection) == ["operation_quorum"]
    lay_a_toothless_one("operation_quorum")
    assert guards.missing(connection) == ["operation_quorum"]
    with pytest.raises(guards.Unguarded):
        guards.insist(connection)


def lay_a_toothless_one(name):
    """The same name on the same table, which refuses nothing."""
    listed = guards.listed(connection.vendor)
    toothless = [
        dataclasses.replace(guard, refuse_when=f"1 = 0 AND ({guard.refuse_when})") if guard.name == name else guard
        for guard in listed
    ]
    guards.lay(connection, toothless)


def test_an_entry_leaves_no_gap(there):
    assert not attack(GAP(there))
    drop("audit_entry_follows")
    assert attack(GAP(there))


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["audit_entry", "operations_operation", "operations_decision"])
def test_no_table_of_the_record_is_emptied(table, there):
    assert not attack([f"TRUNCATE {table} CASCADE"])
