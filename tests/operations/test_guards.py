"""Four eyes in the database: raw SQL is refused, and each guard is what refuses it."""

import dataclasses

import pytest
from django.db import Error, connection, transaction

from backoffice.access import Role
from backoffice.audit import guards
from backoffice.operators.models import Operator
from tests.attacks import raw_sql
from tests.governance import attacks as governance_attacks
from tests.operations import (
    attachment_attacks,
    bundle_attacks,
    delegation_attacks,
    policy_attacks,
    sight_attacks,
    signature_attacks,
    telling_attacks,
)
from tests.operations.attacks import APPROVED, GAP, TRUE, scene, to
from tests.operations.attacks import ATTACKS as ON_OPERATIONS
from tests.operations.attacks import REPLACEMENTS as OF_OPERATIONS
from tests.signing_in import attacks as sign_in_attacks

# Each test is one transaction that is rolled back, a dropped trigger included.
pytestmark = pytest.mark.django_db
OTHERS = (
    policy_attacks,
    sight_attacks,
    signature_attacks,
    attachment_attacks,
    bundle_attacks,
    delegation_attacks,
    telling_attacks,
)
ATTACKS = ON_OPERATIONS | raw_sql.ATTACKS | {name: act for other in OTHERS for name, act in other.ATTACKS.items()}
REPLACEMENTS = OF_OPERATIONS | {name: act for other in OTHERS for name, act in other.REPLACEMENTS.items()}
TRIED = ATTACKS | (REPLACEMENTS if connection.vendor == "sqlite" else {})


@pytest.fixture
def both(db):
    roles = [Role.FUNDING, Role.SUPERVISOR]
    return Operator.objects.enrol(username="both", name="Both", operator_id="op-both", roles=roles, password="x" * 16)


@pytest.fixture
def there(mia, carl, chen, both, ada, amir, cora):
    bundles = bundle_attacks.scene(mia, carl, both)
    return bundles | scene(mia, carl, chen, both) | {"ada": ada, "amir": amir, "cora": cora}


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


def drop(*names):
    """Lays all guards but these."""
    guards.lay(connection, [guard for guard in guards.listed(connection.vendor) if guard.name not in names])


@pytest.mark.parametrize("name", TRIED)
def test_raw_sql_does_not_get_through(name, there):
    assert not attack(TRIED[name](there))


@pytest.mark.parametrize("name", TRIED)
def test_without_its_guard_the_attack_gets_through(name, there):
    drop(name)

    assert attack(TRIED[name](there))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL knows no REPLACE.")
@pytest.mark.parametrize("name", policy_attacks.TWICE_HELD)
def test_what_two_guards_hold_each_of_them_holds_alone(name, there):
    other, tried = policy_attacks.TWICE_HELD[name]

    for held_by in (name, other):
        assert not attack(tried(there)), held_by
        drop(held_by)
        assert not attack(tried(there)), held_by

    drop(name, other)
    assert attack(tried(there))


@pytest.mark.parametrize("name", delegation_attacks.VOTES)
def test_no_vote_for_somebody_makes_one_person_two(name, there):
    assert not attack(delegation_attacks.VOTES[name](there))


def test_a_vote_for_somebody_who_is_away_gets_through_as_it_should(there):
    assert attack([delegation_attacks.for_carl(there, delegation_attacks.stands(there))])


@pytest.mark.parametrize("name", signature_attacks.UNSIGNED)
def test_where_votes_are_to_be_signed_no_other_counts(name, there):
    assert not attack(signature_attacks.UNSIGNED[name](there))
    drop(name)
    assert attack(signature_attacks.UNSIGNED[name](there))


def test_what_is_signed_as_it_should_be_gets_through(there):
    says = f"{APPROVED}, is_signed = {TRUE()}"
    assert attack([*signature_attacks.signed(there), to(there["awaiting"], "queued", says)])


def test_every_guard_has_its_attack():
    named = {guard.name for vendor in ("sqlite", "postgresql") for guard in guards.listed(vendor)}
    emptying = {guard.name for guard in guards.listed("postgresql") if guard.event == "TRUNCATE"}

    elsewhere = governance_attacks.ATTACKS.keys() | governance_attacks.REPLACEMENTS.keys()
    elsewhere |= sign_in_attacks.ATTACKS.keys() | sign_in_attacks.REPLACEMENTS.keys()
    covered = {*elsewhere, *ATTACKS, *REPLACEMENTS, *policy_attacks.TWICE_HELD, *raw_sql.OF_A_ROLE}
    assert named - emptying == covered


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


EMPTIED = [guard.table for guard in guards.listed("postgresql") if guard.event == "TRUNCATE"]


@pytest.mark.postgres
@pytest.mark.parametrize("table", EMPTIED)
def test_no_table_of_the_record_is_emptied_and_each_holds_alone(table, there):
    emptied = ["SET CONSTRAINTS ALL IMMEDIATE", f"TRUNCATE {table} CASCADE"]
    others = [f"{other}_no_truncate" for other in EMPTIED if other != table]

    assert not attack(emptied)
    drop(*others)
    assert not attack(emptied)
    drop(f"{table}_no_truncate", *others)
    assert attack(emptied)
