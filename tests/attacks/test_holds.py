"""Attacks through what everybody can reach: pages, forms, messages and clocks; and the one that drops the guards first."""

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.test import Client

from backoffice.audit.models import Entry
from backoffice.demo.cast import PASSWORD
from backoffice.operations import desk, tasks
from backoffice.operations.canonical import loaded
from backoffice.operations.models import Attempt, Decision, Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from tests import play
from tests.desk import seat
from tests.emptying import guards_aside
from tests.operations import rows
from tests.operations.test_resubmission import resubmitted, returned

pytestmark = pytest.mark.django_db(transaction=True)
ACTS = "approval rejection return cancellation resolution".split()


def unmoved(operation):
    return rows.fresh(operation).state == State.AWAITING_APPROVAL and not Decision.objects.exists()


# Links that are followed, and what is no person


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
def test_a_link_that_is_followed_decides_nothing(method, mia, carl, sandbox, signed_in):
    """A scanner of mails, a preview of a chat and a browser that fetches ahead open whatever they find."""
    operation, his = play.deposited(signed_in(mia), 128001, "250.00"), signed_in(carl)

    codes = [his.generic(method, f"/operations/{operation.pk}/{act}/").status_code for act in ACTS]
    his.generic(method, f"/operations/{operation.pk}/?reason_code=WITHIN_POLICY&seen={operation.seen}&act=approval")

    assert set(codes) == {405}
    assert unmoved(operation)


def test_a_form_of_another_site_and_a_script_without_a_form_decide_nothing(mia, carl, sandbox, signed_in):
    operation, robot = play.deposited(signed_in(mia), 128001, "250.00"), Client(enforce_csrf_checks=True)
    seat(carl, robot)
    address, typed = f"/operations/{operation.pk}/approval/", {"seen": operation.seen, "reason_code": "WITHIN_POLICY"}

    assert robot.post(address, typed).status_code == 403
    assert signed_in(carl).post(address, typed, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert unmoved(operation)


@pytest.mark.parametrize("header", ["Bearer demo-funding-key", "Basic Y2FybDpjYXJs", "Token carl"])
def test_whoever_holds_a_key_instead_of_a_session_is_nobody(header, mia, sandbox, signed_in):
    operation = play.deposited(signed_in(mia), 128001, "250.00")

    answer = Client().post(
        f"/operations/{operation.pk}/approval/",
        {"seen": operation.seen, "reason_code": "WITHIN_POLICY"},
        headers={"authorization": header},
    )

    assert answer.headers["Location"].startswith("/sign-in/")
    assert unmoved(operation)


def test_nobody_decides_as_nobody(mia):
    """A job, a hook or a robot has no person, and so no vote."""
    operation = rows.awaiting(mia)

    for robot in (None, AnonymousUser()):
        with pytest.raises(AttributeError):
            desk.approve(operation.pk, by=robot, seen=operation.seen, reason=Reason("WITHIN_POLICY"))
    assert unmoved(operation)


# Privileged, and not exempt


def test_an_administrator_decides_and_makes_nothing(mia, ada, sandbox, signed_in):
    operation, hers = play.deposited(signed_in(mia), 128001, "250.00"), signed_in(ada)

    codes = [hers.post(f"/operations/{operation.pk}/{act}/", {"seen": operation.seen}).status_code for act in ACTS]

    assert set(codes) == {403}
    with pytest.raises(desk.Refusal):
        desk.approve(operation.pk, by=ada, seen=operation.seen, reason=Reason("WITHIN_POLICY"))
    with pytest.raises(desk.Refusal):
        rows.awaiting(ada)
    assert unmoved(operation)


# What is shown, approved and sent


def test_the_page_of_a_decision_shows_every_field_that_is_hashed(mia, carl, sandbox, signed_in):
    operation = play.deposited(
        signed_in(mia), 128001, "2500.00", payment_reference="SEPA 99-12", received_amount="2300.00",
        received_currency="EUR", value_date="2026-11-23",
    )  # fmt: skip

    shown = play.page(signed_in(carl).get(f"/operations/{operation.pk}/"))

    payload = loaded(operation.payload)
    told = [label for label in operation.instruction.labels.values() if f">{label}<" in shown]
    assert {
        operation.instruction.labels[name]
        for name, value in payload.items()
        if value and name in operation.instruction.labels
    } <= set(told)
    for words in ("2,500.00", "2,300", "SEPA 99-12", "23 Nov 2026", operation.payload_hash[:8]):
        assert words in shown


def test_what_was_changed_after_approval_by_whoever_dropped_the_guards_is_not_sent(mia, carl, sandbox, signed_in):
    before = len(sandbox.ledger(128001))
    operation = play.approved(signed_in(mia), signed_in(carl), 128001, "250.00")
    with guards_aside():
        payload = operation.payload.replace('"250.00"', '"950.00"')
        assert payload != operation.payload
        Operation.objects.filter(pk=operation.pk).update(payload=payload)

    play.settle(operation)

    assert operation.state == State.RETURNED
    assert len(sandbox.ledger(128001)) == before


# Twice


def test_a_message_that_comes_again_and_again_sends_once(mia, carl, sandbox, signed_in):
    before = len(sandbox.ledger(128001))
    operation = play.approved(signed_in(mia), signed_in(carl), 128001, "250.00")

    for _ in range(4):
        tasks.drain("funding")

    assert rows.fresh(operation).state == State.APPLIED
    assert len(sandbox.ledger(128001)) == before + 1
    assert Attempt.objects.filter(operation=operation).count() == 1


def test_a_form_of_one_person_is_not_sent_by_another(mia, nils, sandbox, signed_in):
    """The request id is signed for whoever opened the form: nobody else can use it, or find out what it became."""
    hers = play.filled(signed_in(mia), "/funding/deposit/", 128001, amount="250.00", **play.WIRE)

    answer = signed_in(nils).post("/funding/deposit/", hers)

    assert answer.status_code == 422
    assert not Operation.objects.exists()


@pytest.mark.parametrize("act", ["rejection", "return"])
def test_what_was_turned_down_goes_under_no_other_id_without_being_decided_anew(act, mia, carl, sandbox, signed_in):
    before, maker, checker = len(sandbox.ledger(128001)), signed_in(mia), signed_in(carl)
    old = play.deposited(maker, 128001, "250.00") if act == "rejection" else returned(maker, checker)
    if act == "rejection":
        assert play.decide(checker, old, act).status_code == 302

    new = play.found(resubmitted(maker, old))
    tasks.drain("funding")

    assert rows.fresh(new).state == State.AWAITING_APPROVAL
    assert new.payload_hash != old.payload_hash
    assert not new.decisions.exists()
    assert play.decide(checker, rows.fresh(old)).status_code == 409
    assert len(sandbox.ledger(128001)) == before


# Secrets


def test_no_secret_comes_to_rest_anywhere(mia, carl, sandbox, signed_in):
    """Not in the trail, nor in any other row, nor in the cache: passwords that are typed, keys of the Manager and our own."""
    typed = "a-password-that-was-typed-into-the-wrong-field"
    Client().post("/sign-in/", {"login": "mia", "password": typed})
    Client().post("/sign-in/", {"login": typed, "password": "x"})
    assert Client().post("/sign-in/", {"login": "mia", "password": PASSWORD}).status_code == 302
    play.settle(play.approved(signed_in(mia), signed_in(carl), 128001, "250.00"))

    kept = "\n".join(str(list(model.objects.values_list())) for model in apps.get_models() if model._meta.managed)
    kept_by_us = [settings.AUDIT_KEY, *settings.MANAGER_KEYS.values()]
    secrets = [typed, PASSWORD, settings.SECRET_KEY, *(secret.reveal() for secret in kept_by_us)]

    assert Entry.objects.filter(action="operator.sign_in_refused").count() == 2
    assert [secret for secret in secrets if secret in kept] == []
    assert [key for key in ("mia", typed) if cache.get(key)] == []
