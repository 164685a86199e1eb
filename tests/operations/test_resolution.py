"""Exceptions: two supervisors settle them on what MT5's ledger says, and nothing else does."""

import time
from decimal import Decimal

import pytest

from backoffice.access import Role
from backoffice.audit import chain
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.operations import execution
from backoffice.operations.models import Operation, Resolution
from backoffice.operations.states import State
from backoffice.operators.models import Grant, Operator
from tests import play

pytestmark = pytest.mark.django_db

LOGIN = 128001
ON_MONEY = {"path": "/transactions/", "method": "POST"}
ON_HISTORY = {"path": "/transactions/history"}
CODES = {"applied": "FOUND_AT_MT5", "not_applied": "NOT_AT_MT5", "queued": "SENT_AGAIN"}
SURE = 0.3  # processing and skew, and a little


def _at_desk(name, member):
    @pytest.fixture(name=name)
    def client(request, sandbox, signed_in):
        return signed_in(request.getfixturevalue(member))

    return client


maker, first, second = _at_desk("maker", "mia"), _at_desk("first", "carl"), _at_desk("second", "chen")


@pytest.fixture
def quick(settings):
    """What cannot be told is an exception at once, and an absence is soon sure."""
    settings.UNCERTAIN_LIMIT, settings.MANAGER_PROCESSING, settings.MANAGER_SKEW = 0.2, 0.1, 0.1


@pytest.fixture
def booked(maker, first, sandbox, quick):
    """An exception that MT5 did book: its ledger could not be read in time."""
    sandbox.rule("reset_after", **ON_MONEY)
    sandbox.rule("garbage", times=None, **ON_HISTORY)
    return _exception(maker, first, sandbox)


@pytest.fixture
def absent(maker, first, sandbox, quick):
    """An exception that MT5 did not book: it said it had been done before, and by nobody."""
    sandbox.rule("bare_conflict", **ON_MONEY)
    return _exception(maker, first, sandbox)


def _exception(maker, checker, sandbox):
    operation = play.settle(play.approved(maker, checker, LOGIN, "250.00"))
    assert operation.state == State.EXCEPTION
    sandbox.clear()
    return operation


def propose(client, operation, outcome, *, deal="", **typed):
    fields = {"outcome": outcome, "deal": deal, "reason_code": CODES.get(outcome, "")} | typed
    return client.post(f"/operations/{operation.pk}/resolution/", fields)


def confirm(client, operation, seen=None):
    """Confirms the proposal that stands there, or the one that `seen` is the hash of."""
    proposal = operation.resolutions.filter(confirmed=None).first()
    seen = seen or (proposal.seen if proposal else "")
    return client.post(f"/operations/{operation.pk}/resolution/confirmation/", {"seen": seen})


def test_a_proposal_that_was_changed_behind_the_page_is_not_confirmed(first, second, absent):
    """The first supervisor shows "not booked", takes it back, and proposes to send it again."""
    propose(first, absent, "not_applied")
    seen = absent.resolutions.get().seen
    decline(first, absent)
    propose(first, absent, "queued")

    refused(confirm(second, absent, seen=seen), absent)


def test_what_mt5_rejected_later_can_be_closed_as_not_booked(maker, first, second, sandbox, quick):
    sandbox.rule("accepted", seconds=1.5, outcome="rejected", **ON_MONEY)
    operation = _exception(maker, first, sandbox)
    time.sleep(SURE + 1.5)

    assert propose(first, operation, "not_applied").status_code == 302
    assert confirm(second, operation).status_code == 302

    assert Operation.objects.get(pk=operation.pk).state == State.NOT_APPLIED


def decline(client, operation, reason="The bank says otherwise."):
    return client.post(f"/operations/{operation.pk}/resolution/refusal/", {"reason": reason})


def deal_of(sandbox, operation):
    return str(sandbox.deals_of(str(operation.pk))[0]["dealId"])


def refused(response, operation, *, status=409):
    """It is said so with a status, and the exception is as open as before."""
    assert response.status_code == status, response.status_code
    operation.refresh_from_db()
    assert operation.state == State.EXCEPTION
    assert not Resolution.objects.filter(confirmed=True).exists()
    return response


def test_two_supervisors_mark_it_as_booked_and_name_the_deal(maker, first, second, sandbox, booked, carl, chen):
    deal = deal_of(sandbox, booked)

    assert propose(first, booked, "applied", deal=deal).status_code == 302
    assert confirm(second, booked).status_code == 302

    booked.refresh_from_db()
    settled = Resolution.objects.get()
    assert (booked.state, settled.deal, settled.confirmed) == (State.APPLIED, deal, True)
    assert (settled.proposed_by, settled.settled_by) == (carl, chen)
    assert deal in settled.evidence
    said = Entry.objects.filter(object_id=str(booked.pk)).order_by("-seq")[:2]
    assert [(entry.action, entry.operator_id) for entry in said] == [
        ("operation.applied", "chen"),
        ("operation.resolution_proposed", "carl"),
    ]
    assert chain.verify(Entry.objects.order_by("seq").iterator()).fault == ""
    again = [propose(first, booked, "queued"), confirm(second, booked), decline(second, booked)]
    assert [response.status_code for response in again] == [409] * 3
    assert play.settle(play.approved(maker, first, LOGIN, "1.00")).state == State.APPLIED


def test_two_supervisors_close_it_as_not_booked(maker, first, second, sandbox, absent):
    time.sleep(SURE)

    assert propose(first, absent, "not_applied").status_code == 302
    assert confirm(second, absent).status_code == 302

    absent.refresh_from_db()
    assert absent.state == State.NOT_APPLIED
    assert execution.drain("funding", until=0.5)
    assert not sandbox.deals_of(str(absent.pk))
    assert play.settle(play.approved(maker, first, LOGIN, "1.00")).state == State.APPLIED


def test_two_supervisors_send_it_again_under_the_same_request_id(first, second, sandbox, absent):
    time.sleep(SURE)
    propose(first, absent, "queued")
    confirm(second, absent)
    absent.refresh_from_db()
    assert (absent.state, absent.sends, absent.maybe_sent) == (State.QUEUED, 0, True)

    play.settle(absent)

    assert (absent.state, absent.sends) == (State.APPLIED, 1)
    (line,) = sandbox.deals_of(str(absent.pk))
    assert line["amount"] == Decimal("250.00")


def test_what_was_sent_again_and_got_through_before_is_not_booked_twice(first, second, sandbox, absent):
    """The first one lands after all, between the confirmation and the second send."""
    time.sleep(SURE)
    propose(first, absent, "queued")
    confirm(second, absent)
    comment = f"{absent.reference} Bank wire"
    sandbox.terminal(LOGIN, "deposit", "250.00", comment=comment)
    sandbox.switch(request_id_in_history=False)
    sandbox.rule("reset_before", **ON_MONEY)

    play.settle(absent)

    assert absent.state == State.APPLIED
    assert len([line for line in sandbox.ledger(LOGIN) if line["comment"] == comment]) == 1


def test_one_person_alone_settles_nothing(first, sandbox, booked):
    propose(first, booked, "applied", deal=deal_of(sandbox, booked))

    refused(confirm(first, booked), booked)


def test_one_human_with_two_sign_ins_is_one_person(first, sandbox, booked, carl, signed_in):
    with unit():
        twin = Operator(username="carl2", name="Carl", operator_id="carl2", person=carl.person)
        twin.set_unusable_password()
        twin.save()
        Grant.objects.create(operator=twin, role=Role.SUPERVISOR)
    propose(first, booked, "applied", deal=deal_of(sandbox, booked))

    refused(confirm(signed_in(twin), booked), booked)


def test_the_makers_person_neither_proposes_nor_confirms(first, sandbox, booked, mia, signed_in):
    with unit():
        Grant.objects.create(operator=mia, role=Role.SUPERVISOR)
    maker, deal = signed_in(mia), deal_of(sandbox, booked)

    refused(propose(maker, booked, "applied", deal=deal), booked)
    propose(first, booked, "applied", deal=deal)
    refused(confirm(maker, booked), booked)
    refused(decline(maker, booked), booked)
    assert Entry.objects.filter(action="operation.act_refused", operator_id="mia").count() == 3


def test_only_supervisors_resolve(sandbox, booked, maker, cora, ada, signed_in):
    for client in (maker, signed_in(cora), signed_in(ada)):
        refused(propose(client, booked, "applied", deal="1"), booked, status=403)
        refused(confirm(client, booked), booked, status=403)
        refused(decline(client, booked), booked, status=403)


def test_a_deal_that_is_not_there_or_not_ours_is_no_evidence(first, sandbox, booked):
    foreign = sandbox.terminal(LOGIN, "deposit", "250.00")
    elsewhere = sandbox.terminal(128002, "deposit", "250.00", comment=f"{booked.reference} Bank wire")

    for deal in ("999999", str(foreign["dealId"]), str(elsewhere["dealId"]), "0", "deal", "' OR 1=1"):
        refused(propose(first, booked, "applied", deal=deal), booked)
    assert not Resolution.objects.exists()


def test_a_line_with_our_mark_and_another_amount_is_no_evidence_of_ours(first, sandbox, absent):
    other = sandbox.terminal(LOGIN, "deposit", "25.00", comment=f"{absent.reference} Bank wire")
    sandbox.switch(request_id_in_history=False)

    refused(propose(first, absent, "applied", deal=str(other["dealId"])), absent)
    refused(propose(first, absent, "queued"), absent)
    assert propose(first, absent, "not_applied").status_code == 302
    assert str(other["dealId"]) in absent.resolutions.get().evidence


def test_it_is_not_marked_as_not_booked_while_the_ledger_has_it(first, sandbox, booked):
    time.sleep(SURE)

    refused(propose(first, booked, "not_applied"), booked)
    refused(propose(first, booked, "queued"), booked)


def test_it_is_not_marked_at_all_while_mt5_says_accepted(maker, first, sandbox, quick):
    sandbox.rule("accepted", seconds=60, **ON_MONEY)
    operation = _exception(maker, first, sandbox)
    time.sleep(SURE)

    for outcome in ("applied", "not_applied", "queued"):
        refused(
            propose(first, operation, outcome, deal=sandbox.deals_of(str(operation.pk))[0]["operationId"]), operation
        )


def test_too_early_is_too_early(first, sandbox, absent, settings):
    settings.MANAGER_PROCESSING = 60

    refused(propose(first, absent, "not_applied"), absent)
    refused(propose(first, absent, "queued"), absent)


def test_a_confirmation_reads_the_ledger_anew(first, second, sandbox, absent):
    time.sleep(SURE)
    propose(first, absent, "not_applied")
    sandbox.terminal(LOGIN, "deposit", "250.00", comment=f"{absent.reference} Bank wire")
    sandbox.switch(request_id_in_history=False)

    refused(confirm(second, absent), absent)


def test_while_the_ledger_cannot_be_read_nothing_is_settled(first, second, sandbox, booked):
    propose(first, booked, "applied", deal=deal_of(sandbox, booked))
    sandbox.rule("offline", times=None)

    response = refused(confirm(second, booked), booked)
    assert "cannot be read" in " ".join(map(str, response.context["messages"]))


def test_what_was_declined_can_be_proposed_again(first, second, sandbox, booked):
    deal = deal_of(sandbox, booked)
    propose(first, booked, "applied", deal=deal)
    refused(propose(second, booked, "applied", deal=deal), booked)

    assert decline(second, booked).status_code == 302
    refused(confirm(second, booked), booked)
    assert propose(second, booked, "applied", deal=deal).status_code == 302
    assert confirm(first, booked).status_code == 302

    assert [row.confirmed for row in Resolution.objects.order_by("pk")] == [False, True]


def test_what_is_typed_badly_is_said_and_stays(first, sandbox, booked):
    for fields in (
        {"outcome": "applied"},
        {"outcome": "final"},
        {"outcome": "applied", "deal": "x" * 65},
        {},
        {"reason_code": "SWAP"},
    ):
        response = first.post(f"/operations/{booked.pk}/resolution/", {"reason_code": "FOUND_AT_MT5"} | fields)
        assert refused(response, booked, status=422).context["proposal_form"].errors
    propose(first, booked, "applied", deal=deal_of(sandbox, booked))
    refused(decline(first, booked, "short"), booked, status=422)
