"""Sign-in in the database itself: raw SQL is refused, and each guard is what refuses it."""

import pytest
from allauth.mfa.models import Authenticator

from backoffice.database.privileges import WEB, WORKER
from backoffice.operators import factors, proving
from backoffice.operators.marks import mark_of
from tests.emptying import guards_aside
from tests.in_roles import as_role
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


def test_a_factor_comes_beside_its_own_entry_and_once(carl, chen):
    row, mark = attacks.app(carl), attacks._told(carl)
    assert not attack([attacks.another(row, mark, user_id=str(chen.pk))])
    assert not attack([attacks.another(row, mark, type="'recovery_codes'")])
    assert not attack([attacks.another(row, mark_of(row))])
    assert not attack([attacks.another(row, mark), attacks.another(row, mark, id="9998")])

    assert attack([attacks.another(row, mark)])


def test_a_factor_that_went_does_not_come_back(carl):
    row, mark = attacks.app(carl), attacks._told(carl)
    attacks.told(factors.REMOVED, carl, mark)

    assert not attack([attacks.another(row, mark)])


def test_a_factor_goes_beside_its_own_entry_alone(carl, chen):
    attacks.told(factors.REMOVED, carl, mark_of(attacks.app(carl)))

    assert not attack([attacks.delete(attacks.app(chen))])
    assert attack([attacks.delete(attacks.app(carl))])


def test_a_factor_from_before_there_were_marks_goes_by_its_number(carl):
    row = attacks.app(carl)
    with guards_aside():
        Authenticator.objects.filter(pk=row.pk).update(data={"secret": row.data["secret"]})
    row.refresh_from_db()
    assert not attack([attacks.delete(row)])

    attacks.told(factors.REMOVED, carl, mark_of(row))

    assert attack([attacks.delete(row)])


def test_a_code_is_crossed_out_beside_its_entry_and_nothing_else_of_the_codes_changes(carl):
    row = attacks.codes(carl, left=9)
    swapped = [*row.data["hashes"][:8], "0" * 64]
    assert not attack([attacks.crossed_out(row, keep=8)])
    assert not attack([attacks.crossed_out(row, keep=10)])
    assert not attack([attacks.crossed_out(row, keep=9, hashes=swapped)])
    assert not attack([attacks.crossed_out(row, keep=9, mark="x")])
    assert not attack([attacks.crossed_out(row, keep=9), attacks.crossed_out(row, keep=8)])

    assert attack([attacks.crossed_out(row, keep=9)])


def test_a_proof_stands_beside_one_entry_of_its_own_person(carl, chen):
    made, entry = attacks.proof(carl), attacks.proved(carl)
    others, next_step = attacks.proved(chen), {"step": str(attacks.STEP + 1)}
    assert not attack([attacks.spare(made, **next_step)])
    assert not attack([attacks.spare(made, **next_step, entry=others)])
    assert not attack([attacks.spare(made, **next_step, entry=str(attacks.told(proving.REFUSED, carl)))])

    assert attack([attacks.spare(made, **next_step, entry=entry)])


@pytest.mark.postgres
@pytest.mark.parametrize("role", [WEB, WORKER])
@pytest.mark.parametrize("name", attacks.OF_FACTORS)
def test_no_process_changes_a_factor_untold(name, role, house_roles, carl, chen):
    tried = attacks.ATTACKS[name]({"carl": carl, "chen": chen})

    with as_role(role):
        assert not attack(tried)


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["mfa_authenticator", "operators_proof", "operators_keyuse", "operators_sitting"])
def test_a_worker_reads_nothing_of_how_people_sign_in(table, house_roles):
    assert attack([f"SELECT 1 FROM {table}"])
    with as_role(WORKER):
        assert not attack([f"SELECT 1 FROM {table}"])
