"""Three people in the database: raw SQL is refused, and each guard is what refuses it."""

import pytest
from django.db import connection

from backoffice.governance.models import Founding
from tests.governance.attacks import NORA, back, held, nora, replay, scene, sign_in, tried
from tests.operations.test_guards import attack, careless, drop  # noqa: F401  # a fixture

# Each test is one transaction that is rolled back, a dropped trigger included.
pytestmark = pytest.mark.django_db
TRIED = tried()


@pytest.fixture
def there(mia, nils, carl, chen, cora, fay, filip, vera, ada, amir):
    return scene({who.username: who for who in (mia, nils, carl, chen, cora, fay, filip, vera, ada, amir)})


@pytest.mark.parametrize("name", TRIED)
def test_raw_sql_does_not_get_through(name, there):
    assert not attack(TRIED[name](there))


@pytest.mark.parametrize("name", TRIED)
def test_without_its_guard_the_attack_gets_through(name, there):
    drop(name)

    assert attack(TRIED[name](there))


def test_an_applied_change_is_not_used_twice(there):
    """Nils was an auditor by a change of three people, until another one: the newest is what holds."""
    assert not attack(replay(there))
    drop("grant_agreed")
    assert attack(replay(there))


def test_a_change_of_an_address_is_not_used_twice(there):
    assert not attack(back(there))
    drop("operator_address")
    assert attack(back(there))


def test_a_sign_in_comes_with_the_address_that_was_agreed_to(there):
    assert not attack(nora(there, "nora@evil.example"))
    assert attack(nora(there, NORA["email"]))


def test_before_it_is_founded_a_house_takes_people_in_and_afterwards_not(carl, mia):
    assert not Founding.objects.exists()
    assert attack([held(mia, "supervisor")])
    assert attack([sign_in(carl)])


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["governance_change", "governance_vote", "governance_founding"])
def test_no_table_of_the_record_is_emptied(table, there):
    assert connection.vendor == "postgresql"
    assert not attack([f"TRUNCATE {table} CASCADE"])
