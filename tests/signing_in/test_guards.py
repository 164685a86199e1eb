"""Sign-in in the database itself: raw SQL is refused, and each guard is what refuses it."""

import pytest

from tests.operations.test_guards import attack, careless, drop
from tests.signing_in import attacks

pytestmark = pytest.mark.django_db
__all__ = ["careless"]


@pytest.mark.parametrize("name", attacks.TRIED)
def test_raw_sql_does_not_get_through(name, carl, chen):
    assert not attack(attacks.TRIED[name]({"carl": carl, "chen": chen}))


@pytest.mark.parametrize("name", attacks.TRIED)
def test_without_its_guard_the_attack_gets_through(name, carl, chen):
    drop(name)

    assert attack(attacks.TRIED[name]({"carl": carl, "chen": chen}))


@pytest.mark.parametrize(
    "what",
    ["method = 'passkey', step = NULL", "purpose = 'x'", "at = CURRENT_TIMESTAMP", "operator_id = operator_id + 1"],
)
def test_nothing_of_a_proof_changes_with_its_being_spent(what, carl):
    made = attacks.proof(carl)

    assert not attack([attacks.change(made, f"{what}, spent_at = CURRENT_TIMESTAMP")])
    assert attack([attacks.change(made, "spent_at = CURRENT_TIMESTAMP")])


@pytest.mark.parametrize("what", ["user_id = user_id + 1", "type = 'recovery_codes'", 'data = \'{"secret": "x"}\''])
def test_no_factor_becomes_another(what, carl, chen):
    assert not attack([attacks.change(attacks.app(carl), what)])
