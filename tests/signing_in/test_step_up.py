"""Step-up: what is grave takes a fresh second factor, of this person, in this sitting, and above the last tier for this alone."""

from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import get_resolver

from backoffice.access import EVERYONE, Role, StepUp, declared
from backoffice.audit.unit import unit
from backoffice.operations import desk, freshness
from backoffice.operations.bundles.shown import shown
from backoffice.operations.models import Claim, Decision
from backoffice.operators import recovery, step_up
from backoffice.operators.models import Proof, Sitting
from tests import play
from tests.operations import rows
from tests.operations.bundle_attacks import OK, bundled
from tests.signing_in import door
from tests.test_access import routes

pytestmark = pytest.mark.django_db
CODE = step_up.CODE


@pytest.fixture
def his(carl, sandbox):
    client = Client()
    assert door.enter(client, "carl").status_code == 302
    return client


def asked(answer):
    return (answer.status_code, answer.headers.get("Step-Up")) == (403, "required")


@contextmanager
def given(proof, need):
    """What the middleware leaves for the act of a request."""
    token = step_up._once.set(step_up.Once(proof, need))
    try:
        yield
    finally:
        step_up._once.reset(token)


def sent_again(client, answer, **typed):
    """What the page that asks brings along, with what a person types into it."""
    (form,) = [fields for fields in play.Fields(play.page(answer)).forms.values() if CODE in fields]
    (action,) = [action for action, fields in play.Fields(play.page(answer)).forms.items() if CODE in fields]
    return client.post(action, form | typed)


# How fresh, by what it moves


@pytest.mark.parametrize(
    ("amount", "age", "goes_on"),
    [
        ("24999.99", 14, True),
        ("24999.99", 15, False),
        ("25000.00", 4, True),
        ("25000.00", 5, False),
        ("99999.99", 4, True),
        ("99999.99", 5, False),
        ("100000.00", 0, False),
    ],
)
def test_the_larger_it_is_the_fresher_a_second_factor_it_takes(amount, age, goes_on, mia, his):
    operation = rows.awaiting(mia, amount=amount)
    door.age_proofs(minutes=age)

    answer = play.decide(his, operation)

    assert asked(answer) == (not goes_on)
    assert operation.decisions.exists() == goes_on


def test_what_is_in_another_currency_goes_by_its_worth_and_without_a_rate_by_the_last_tier(mia, his):
    operation = rows.awaiting(mia, login=128301, amount="24000.00", currency="EUR")
    door.age_proofs(minutes=6)
    assert asked(play.decide(his, operation))
    door.age_proofs(minutes=-6)
    assert not asked(play.decide(his, operation))

    assert asked(play.decide(his, rows.awaiting(mia, login=128302, amount="1.00", currency="CHF")))


def test_a_rejection_and_a_return_take_none(mia, his):
    door.age_proofs(minutes=60)

    first, second = rows.awaiting(mia), rows.awaiting(mia, login=128002)
    assert play.decide(his, first, "rejection", reason="The payer is a company.").status_code == 302
    assert play.decide(his, second, "return", reason="The payer is a company.").status_code == 302


def test_the_sum_of_what_is_decided_together_counts():
    def need(*amounts):
        return freshness._by([None if amount is None else Decimal(amount) for amount in amounts])

    assert need("10000", "14999.99") == freshness.WAVE
    assert need("10000", "15000") == freshness.USUAL
    assert need("60000", "40000") == need("1", None) == freshness.ALONE
    assert need() == freshness.WAVE


# The form comes along


def test_the_form_comes_along_and_the_code_sends_it(mia, his):
    operation = rows.awaiting(mia, amount="250.00")
    door.age_proofs(minutes=20)
    answer = play.decide(his, operation, reason="Checked by hand & found “right”.")
    assert asked(answer)
    assert not operation.decisions.exists()

    done = sent_again(his, answer, **{CODE: door.code("carl", near=1)})

    assert done.status_code == 302
    assert operation.decisions.get().reason == "Checked by hand & found “right”."
    given = door.told("second_factor_given")[-1]
    assert given.detail == f'{{"for":"/operations/{operation.pk}/approval/","grade":"totp"}}'


def test_nothing_of_the_form_comes_to_rest_in_the_session(mia, his):
    operation = rows.awaiting(mia, amount="250.00")
    door.age_proofs(minutes=20)

    play.decide(his, operation, reason="Words that nobody keeps.")

    assert "Words that nobody keeps" not in str(dict(his.session.items()))


def test_a_wrong_code_is_said_and_nothing_is_lost_or_done(mia, his):
    operation = rows.awaiting(mia, amount="250.00")
    door.age_proofs(minutes=20)
    first = play.decide(his, operation, reason="Looked at twice.")

    again = sent_again(his, first, **{CODE: door.wrong("carl")})

    assert asked(again)
    assert "This code is not right" in play.page(again)
    assert "Looked at twice." in play.page(again)
    assert not operation.decisions.exists()
    assert sent_again(his, again, **{CODE: door.code("carl", near=1)}).status_code == 302


def test_the_code_that_signed_in_does_not_step_up(mia, his):
    operation = rows.awaiting(mia, amount="250.00")
    used = Proof.objects.get()
    door.age_proofs(minutes=20)

    again = sent_again(his, play.decide(his, operation), **{CODE: door.app.code(door.member("carl").seed, used.step)})

    assert asked(again)
    assert "used already" in play.page(again)


def test_a_recovery_code_agrees_to_nothing(mia, carl, his):
    operation, shown = rows.awaiting(mia, amount="250.00"), door.new_codes(carl)
    door.age_proofs(minutes=20)

    assert asked(sent_again(his, play.decide(his, operation), **{CODE: shown[0]}))
    assert recovery.left(carl) == 10


def test_whoever_came_in_with_a_recovery_code_is_asked_even_at_once(mia, carl, sandbox):
    shown, client = door.new_codes(carl), Client()
    door.knock(client, "carl")
    client.post(door.SECOND, {"code": shown[0]})
    assert door.is_in(client)

    assert asked(play.decide(client, rows.awaiting(mia, amount="250.00")))


def test_five_wrong_codes_are_the_last(mia, his):
    operation = rows.awaiting(mia, amount="250.00")
    door.age_proofs(minutes=20)
    answer = play.decide(his, operation)
    for _ in range(5):
        answer = sent_again(his, answer, **{CODE: door.wrong("carl")})

    answer = sent_again(his, answer, **{CODE: door.code("carl", near=1)})

    assert "Too many tries" in play.page(answer)
    assert not operation.decisions.exists()


# For this alone


def test_above_the_last_tier_it_is_for_this_alone_and_spent_with_it(mia, nils, his):
    first, second = rows.awaiting(mia, amount="100000.00"), rows.awaiting(nils, login=128002, amount="100000.00")
    asking = play.decide(his, first)

    assert sent_again(his, asking, **{CODE: door.code("carl", near=1)}).status_code == 302

    assert asked(play.decide(his, second))
    assert Proof.objects.filter(spent_at=None).count() == 1
    (spent,) = door.told("second_factor_spent")
    assert spent.detail == f'{{"for":"/operations/{first.pk}/approval/","grade":"totp"}}'


def test_what_was_given_for_one_does_not_agree_to_another(mia, nils, his):
    first, second = rows.awaiting(mia, amount="100000.00"), rows.awaiting(nils, login=128002, amount="100000.00")
    wrongly = {CODE: door.code("carl", near=1), "seen": "x"}
    his.post(f"/operations/{first.pk}/approval/", wrongly, headers={step_up.ONLY_ASKS: "1"})
    assert Proof.objects.filter(purpose=f"/operations/{first.pk}/approval/", spent_at=None).exists()

    assert asked(play.decide(his, second))
    assert not asked(play.decide(his, first))


@pytest.mark.parametrize(("wrong", "status"), [({"reason_code": "NO_REASON"}, 422), ({"seen": "0" * 64}, 409)])
def test_it_is_spent_with_the_act_and_not_with_a_form_that_came_to_nothing(wrong, status, mia, his):
    operation = rows.awaiting(mia, amount="100000.00")
    asking = play.decide(his, operation)

    assert sent_again(his, asking, **{CODE: door.code("carl", near=1)} | wrong).status_code == status
    assert not door.told("second_factor_spent")

    assert play.decide(his, operation).status_code == 302
    assert len(door.told("second_factor_spent")) == 1
    assert operation.decisions.exists()
    assert asked(his.post(f"/operations/{operation.pk}/approval/", {"seen": operation.seen}))


def test_of_two_requests_with_one_proof_the_later_does_nothing_and_is_asked(mia, carl, his):
    """Both had looked at the proof before either of them spent it."""
    operation, need = rows.awaiting(mia, amount="100000.00"), freshness.ALONE
    proof = Proof.objects.get()
    with unit() as work, given(proof, need):
        step_up.spend(work)

    with given(proof, need), pytest.raises(step_up.AlreadySpent) as later:
        desk.approve(operation.pk, by=carl, seen=operation.seen, reason=OK)

    assert not operation.decisions.exists()
    assert later.value.need == need
    assert len(door.told("second_factor_spent")) == 1


def test_what_is_decided_together_spends_it_once(mia, nils, carl, his):
    both = [rows.awaiting(mia, amount="60000.00"), rows.awaiting(nils, login=128002, amount="60000.00")]
    proof = Proof.objects.get()

    with given(proof, freshness.ALONE):
        for operation in both:
            desk.approve(operation.pk, by=carl, seen=operation.seen, reason=OK)

    assert [operation.decisions.count() for operation in both] == [1, 1]
    assert len(door.told("second_factor_spent")) == 1


# The safe direction takes none


@pytest.mark.parametrize(
    ("address", "takes"),
    [
        ("/connections/funding/pause/", False), ("/connections/funding/reopening/", True),
        ("/connections/funding/reopening/confirmation/", True), ("/connections/maintenance/", False),
        ("/connections/maintenance/1/withdrawal/", False), ("/connections/funding/maintenance/end/", True),
        ("/connections/funding/maintenance/end/confirmation/", True), ("/connections/restores/1/reopening/", True),
        ("/connections/restores/1/reopening/confirmation/", True), ("/connections/restores/1/reopening/refusal/", False),
    ],
)  # fmt: skip
def test_whatever_lets_money_move_again_takes_one_and_whatever_stops_it_does_not(address, takes, his):
    door.age_proofs(minutes=6)

    answer = his.post(address, {"reason": "MT5 said that it is back."})

    assert asked(answer) == takes


# Whose, and where


def test_what_somebody_else_or_another_sitting_of_theirs_gave_counts_for_nothing(mia, carl, chen, his, sandbox):
    operation = rows.awaiting(mia, amount="250.00")
    door.age_proofs(minutes=20)
    other = Client()
    door.enter(other, "chen")
    again = Client()
    door.enter(again, "carl", near=1)

    assert asked(play.decide(his, operation))
    assert not asked(play.decide(again, operation))


def test_who_may_not_do_it_at_all_is_not_asked_for_a_code(mia, sandbox):
    client = Client()
    door.enter(client, "mia")
    door.age_proofs(minutes=20)

    answer = play.decide(client, rows.awaiting(mia))

    assert answer.status_code == 403
    assert "Step-Up" not in answer.headers


def test_what_is_not_theirs_to_see_is_404_and_no_question(his):
    door.age_proofs(minutes=20)

    assert his.post("/operations/00000000-0000-0000-0000-000000000000/approval/").status_code == 404


# The dialog


def test_a_script_asks_first_and_nothing_is_done(mia, his):
    operation = rows.awaiting(mia, amount="250.00")
    address, asks = f"/operations/{operation.pk}/approval/", {step_up.ONLY_ASKS: "1"}

    assert his.post(address, {"seen": operation.seen}, headers=asks).status_code == 204
    door.age_proofs(minutes=20)
    answer = his.post(address, {"seen": operation.seen}, headers=asks)

    assert asked(answer)
    assert play.page(answer).lstrip().startswith("<dialog")
    assert not operation.decisions.exists()


def test_asking_does_nothing_where_no_second_factor_is_taken(mia, his, sandbox):
    operation = rows.awaiting(mia, amount="250.00")

    answer = his.post(f"/operations/{operation.pk}/claim/", headers={step_up.ONLY_ASKS: "1"})

    assert answer.status_code == 204
    assert not Claim.objects.exists()
    assert not Decision.objects.exists()


# Which views


STEP_UP = {
    "approvals/approval/", "bundles/<uuid:pk>/approval/", "exceptions/proposals/", "exceptions/confirmations/", "operations/<uuid:pk>/approval/",
    "connections/<str:lane>/reopening/", "connections/<str:lane>/reopening/confirmation/", "connections/<str:lane>/maintenance/end/",
    "connections/<str:lane>/maintenance/end/confirmation/", "connections/restores/<int:pk>/reopening/",
    "connections/restores/<int:pk>/reopening/confirmation/",
    "operations/<uuid:pk>/resolution/", "operations/<uuid:pk>/resolution/confirmation/",
    "changes/<uuid:pk>/agreement/", "changes/<uuid:pk>/refusal/", "people/addition/", "people/<int:pk>/grant/",
    "people/<int:pk>/revocation/", "people/<int:pk>/deactivation/", "people/<int:pk>/link/", "people/<int:pk>/email/", "people/<int:pk>/reset/",
    "people/<int:pk>/password/", "clients/erasures/proposal/", "policy/proposal/", "calendar/proposal/", "delegations/own/", "delegations/proposal/", "second-factor/app/", "second-factor/passkey/",
    "second-factor/codes/", "second-factor/<int:pk>/removal/", "sessions/<uuid:pk>/end/", "sessions/others/end/", "sessions/all/end/",
}  # fmt: skip


def test_the_views_that_take_one_are_these():
    """Whoever takes the declaration off a view meets this list."""

    def views(patterns, before=""):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                yield from views(pattern.url_patterns, before + str(pattern.pattern))
            else:
                yield before + str(pattern.pattern), pattern.callback

    found = {route for route, view in views(get_resolver().url_patterns) if declared(view).step_up}
    assert found == STEP_UP
    assert set(routes(get_resolver().url_patterns)) >= STEP_UP


def test_governance_takes_one_of_five_minutes(ada, sandbox):
    client = Client()
    door.enter(client, "ada")
    door.age_proofs(minutes=5)

    assert asked(client.post("/people/addition/", {"username": "zoe"}))
    assert client.post("/people/addition/", {"username": "zoe", CODE: door.code("ada", near=1)}).status_code == 422


def test_simulating_a_policy_takes_none(ada, sandbox):
    client = Client()
    door.enter(client, "ada")
    door.age_proofs(minutes=20)

    answer = client.post("/policy/proposal/", {"rules": "[]", "note": "x", "simulate": "1", "days": "1"})

    assert answer.status_code == 422
    assert "Step-Up" not in answer.headers


def test_five_minutes_are_the_usual():
    assert step_up.five_minutes(None, {}) == freshness.USUAL == StepUp(seconds=300)
    assert Role.SUPERVISOR in EVERYONE
    assert not Sitting.objects.exists()


def test_a_bundle_goes_by_its_sum(mia, carl, his):
    bundle = bundled(mia, amount="50000.00")
    told = {"seen": shown(bundle).seen, "reason_code": "WITHIN_POLICY"}
    told |= {f"total_{currency}": str(amount) for currency, amount in shown(bundle).sums}

    asking = his.post(f"/bundles/{bundle.pk}/approval/", told)

    assert asked(asking)
    assert not bundle.decisions.exists()
    assert sent_again(his, asking, **{CODE: door.code("carl", near=1)}).status_code == 302
    assert bundle.decisions.exists()
    assert len(door.told("second_factor_spent")) == 1
