"""The main job: Mia asks, Carl approves, the machine sends, the ledger there has it once, the trail tells it all."""

import json

import pytest

from backoffice.access import Role
from backoffice.audit import chain
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.operations.models import Decision, Operation
from backoffice.operations.states import State
from backoffice.operators.models import Grant, Operator
from tests import play

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_deposit_goes_from_the_form_to_the_ledger_once(mia, carl, sandbox, signed_in):
    before = len(sandbox.ledger(128001))
    operation = play.approved(signed_in(mia), signed_in(carl), 128001, "250.00")

    play.settle(operation)

    booked = sandbox.ledger(128001)[before:]
    assert operation.state == State.APPLIED
    assert [(line["requestId"], line["operatorId"]) for line in booked] == [(str(operation.pk), mia.operator_id)]
    assert booked[0]["comment"] == f"{operation.reference} Bank wire"


def test_the_trail_tells_who_asked_who_agreed_and_what_mt5_said(mia, carl, sandbox, signed_in):
    operation = play.settle(play.approved(signed_in(mia), signed_in(carl), 128001, "250.00"))

    told = list(Entry.objects.filter(object_id=str(operation.pk)).order_by("seq"))
    said = [(entry.action, entry.operator_id) for entry in told]

    assert said == [
        ("operation.submitted", mia.operator_id),
        ("operation.vote", carl.operator_id),
        ("operation.queued", carl.operator_id),
        ("operation.running", ""),
        ("operation.applied", ""),
    ]
    assert "Deal" in json.loads(told[-1].detail)["answer"]
    assert chain.verify(Entry.objects.order_by("seq").iterator()).fault == ""


def test_a_second_post_of_the_same_form_only_leads_to_the_first(mia, sandbox, signed_in):
    client = signed_in(mia)
    form = play.filled(client, "/funding/deposit/", 128001, amount="250.00", **play.WIRE)

    first, second = client.post("/funding/deposit/", form), client.post("/funding/deposit/", form)

    assert first.headers["Location"] == second.headers["Location"]
    assert Operation.objects.count() == 1


def test_a_second_post_while_mt5_is_away_does_not_say_that_nothing_was_submitted(mia, sandbox, signed_in):
    client = signed_in(mia)
    form = play.filled(client, "/funding/deposit/", 128001, amount="250.00", **play.WIRE)
    first = client.post("/funding/deposit/", form)
    sandbox.rule("offline", times=None)

    second = client.post("/funding/deposit/", form)

    assert second.headers["Location"] == first.headers["Location"]


def test_a_second_approval_by_the_same_person_changes_nothing(mia, carl, sandbox, signed_in):
    checker = signed_in(carl)
    operation = play.deposited(signed_in(mia), 128001, "250.00")

    assert play.decide(checker, operation).status_code == 302
    assert play.decide(checker, operation).status_code == 409

    assert Decision.objects.count() == 1


def test_a_maker_who_is_a_supervisor_too_cannot_approve_their_own_deposit(db, sandbox, signed_in):
    roles = [Role.FUNDING, Role.SUPERVISOR]
    both = Operator.objects.enrol(username="both", name="Both", operator_id="op-both", roles=roles, password="x" * 16)
    client = signed_in(both)
    operation = play.deposited(client, 128001, "250.00")

    response = play.decide(client, operation)

    assert response.status_code == 409
    assert "You made it" in play.page(client.get(f"/operations/{operation.pk}/"))
    assert Operation.objects.get().state == State.AWAITING_APPROVAL
    assert Entry.objects.filter(action="operation.act_refused", operator_id="op-both").count() == 1


def test_two_sign_ins_of_one_human_are_one_person(mia, carl, sandbox, signed_in):
    second = second_sign_in(mia)
    operation = play.deposited(signed_in(mia), 128001, "250.00")

    assert play.decide(signed_in(second), operation).status_code == 409
    assert Operation.objects.get().state == State.AWAITING_APPROVAL


def second_sign_in(operator):
    """Another login of the same human, a supervisor's."""
    with unit():
        other = Operator(username="mia2", name="Mia", operator_id="mia2", person=operator.person)
        other.set_unusable_password()
        other.save()
        Grant.objects.create(operator=other, role=Role.SUPERVISOR)
    return other


def test_what_was_cancelled_cannot_be_approved(mia, carl, sandbox, signed_in):
    maker = signed_in(mia)
    operation = play.deposited(maker, 128001, "250.00")
    maker.post(f"/operations/{operation.pk}/cancellation/", {"reason": ""})

    response = play.decide(signed_in(carl), operation)

    operation.refresh_from_db()
    assert response.status_code == 409
    assert operation.state == State.CANCELLED
    assert not Decision.objects.exists()


def test_a_decision_on_a_stale_page_is_not_taken(mia, carl, sandbox, signed_in):
    operation = play.deposited(signed_in(mia), 128001, "250.00")

    response = play.decide(signed_in(carl), operation, seen="0" * 64)

    operation.refresh_from_db()
    assert response.status_code == 409
    assert operation.state == State.AWAITING_APPROVAL
    assert Entry.objects.filter(action="operation.act_refused").count() == 1
