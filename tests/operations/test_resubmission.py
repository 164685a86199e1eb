"""Returned with suggested values, and asked for again: by its maker, once, naming the old one, and judged anew."""

import threading
from contextlib import suppress

import pytest
from django.utils.html import escape
from uuid_utils.compat import uuid7

from backoffice.audit import clients
from backoffice.audit.models import ClientKey, Entry
from backoffice.operations import comments, desk, expiry, resubmission
from backoffice.operations.canonical import loaded
from backoffice.operations.models import Comment, Decision, Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from tests import play
from tests.emptying import guards_aside
from tests.operations import rows
from tests.operations.test_races import at_once

pytestmark = pytest.mark.django_db
WIRE = {"payment_reference": "HBKGB 2311-88412", "reason": "The wire of this morning."}
OTHER = {"amount": "2000.00", "payment_reference": "HBKGB 2311-88413"}


@pytest.fixture
def maker(signed_in, mia, sandbox):
    return signed_in(mia)


@pytest.fixture
def checker(signed_in, carl):
    return signed_in(carl)


def returned(maker, checker, **suggested):
    """A deposit of 2,500.00, sent back; what is suggested is typed over what stands in the form."""
    operation = play.deposited(maker, 128001, "2500.00", **WIRE)
    shown = play.Fields(play.page(checker.get(f"/operations/{operation.pk}/"))).forms
    form = shown[f"/operations/{operation.pk}/return/"] | {"method": "BANK_WIRE", "reason_code": "WRONG_AMOUNT"}
    answer = checker.post(f"/operations/{operation.pk}/return/", form | suggested)
    assert answer.status_code == 302, play.page(answer)
    return rows.fresh(operation)


def form_of(maker, address):
    """The form as it opens at an address, with what a select says left to `play.WIRE`."""
    shown = play.page(maker.get(address))
    return next(form for form in play.Fields(shown).forms.values() if "form_id" in form)


def again(operation, **more):
    return f"/funding/deposit/?login={operation.login}&resubmission_of={operation.pk}" + "".join(
        f"&{name}={value}" for name, value in more.items()
    )


def resubmitted(maker, operation, **more):
    form = form_of(maker, again(operation, **more)) | {"method": "BANK_WIRE", "reason_code": "BANK_WIRE"}
    return maker.post("/funding/deposit/", form)


@pytest.mark.postgres  # on SQLite nobody else writes while a unit is open
@pytest.mark.django_db(transaction=True)
def test_who_asks_again_and_who_comments_on_the_old_one_do_not_wait_crosswise_for_the_client_s_key(
    mia, carl, monkeypatch
):
    """Nothing is sealed about this client yet, and both are about to make the key."""
    old = rows.awaiting(mia)
    old = desk.reject(old.pk, by=carl, seen=old.seen, reason=Reason("WRONG_AMOUNT"))
    with guards_aside():
        ClientKey.objects.all().delete()
    keys_of, gate = clients.keys_of, threading.Barrier(2)

    def together(logins):
        # Where one of them waits for the other before, it is alone here.
        with suppress(threading.BrokenBarrierError):
            gate.wait(1)
        return keys_of(logins)

    monkeypatch.setattr(clients, "keys_of", together)
    outcomes = at_once(
        lambda: rows.awaiting(mia, amount="12.00", resubmission_of=old),
        lambda: comments.write(old.pk, key=uuid7(), by=mia, text="She called again."),
    )

    assert [type(outcome) for outcome in outcomes] == [Operation, Comment], outcomes


# What a checker suggests


def test_what_a_checker_suggests_is_kept_with_the_vote_and_in_the_trail(maker, checker):
    operation = returned(maker, checker, **(OTHER | {"amount": "2000"}))

    vote = Decision.objects.get(operation=operation)
    assert vote.suggested == '{"amount":"2000","payment_reference":"HBKGB 2311-88413"}'
    assert resubmission.suggested(operation) == {"amount": "2000", "payment_reference": "HBKGB 2311-88413"}
    entry = Entry.objects.filter(object_id=str(operation.pk)).latest("seq")
    assert entry.action == "operation.returned"
    assert clients.opened(loaded(entry.detail)["suggested"], login=operation.login) == vote.suggested
    assert (operation.state, operation.amount) == (State.RETURNED, 2500)


def test_what_stays_as_it_was_asked_is_no_suggestion_however_it_is_written(maker, checker):
    operation = returned(maker, checker, amount="2500", words="Bank wire")

    assert Decision.objects.get(operation=operation).suggested == ""


def test_what_the_instruction_needs_cannot_be_suggested_away_and_the_rest_can(maker, checker):
    operation = returned(maker, checker, amount="", payment_reference="", value_date="2026-11-20")

    assert resubmission.suggested(operation) == {"payment_reference": "", "value_date": "2026-11-20"}


@pytest.mark.parametrize("amount", ["2000.001", "2,000", "-1", "1e3", "0"])
def test_a_suggested_amount_is_as_strict_as_the_form_s_and_returns_nothing(maker, checker, amount):
    operation = play.deposited(maker, 128001, "2500.00", **WIRE)

    answer = play.decide(checker, operation, "return", amount=amount)

    assert answer.status_code == 422
    assert 'id="return_amount_error"' in play.page(answer)
    assert rows.fresh(operation).state == State.AWAITING_APPROVAL


def test_a_vote_without_the_fields_of_the_form_suggests_nothing_of_what_is_needed(maker, checker):
    operation = play.deposited(maker, 128001, "2500.00")

    assert play.decide(checker, operation, "return").status_code == 302

    assert resubmission.suggested(operation).keys() <= {"words"}


def test_an_approval_and_a_rejection_suggest_nothing(maker, checker):
    operation = play.deposited(maker, 128001, "2500.00", **WIRE)

    play.decide(checker, operation, "rejection", **OTHER)

    assert Decision.objects.get(operation=operation).suggested == ""


# The maker's page


def test_the_maker_sees_what_differs_and_two_ways_to_ask_again(maker, checker):
    operation = returned(maker, checker, **OTHER)

    shown = play.page(maker.get(f"/operations/{operation.pk}/"))

    assert "Suggested by Carl" in shown
    assert '<del><data class="money" value="2500.00">' in shown
    assert '<ins><data class="money" value="2000.00">' in shown
    assert escape(again(operation, **{"with": "suggested"})) in shown
    assert escape(again(operation)) + '"' in shown


def test_others_see_the_suggestion_and_no_way_to_ask_again(maker, checker, signed_in, nils):
    operation = returned(maker, checker, **OTHER)

    for client in (checker, signed_in(nils)):
        shown = play.page(client.get(f"/operations/{operation.pk}/"))
        assert "Suggested by Carl" in shown
        assert "resubmission_of" not in shown


@pytest.mark.parametrize("with_suggested", [True, False])
def test_the_form_opens_filled_in_as_suggested_or_as_it_was(maker, checker, with_suggested):
    operation = returned(maker, checker, **OTHER)

    form = form_of(maker, again(operation, **({"with": "suggested"} if with_suggested else {})))

    typed = OTHER if with_suggested else {"amount": "2500.00", "payment_reference": WIRE["payment_reference"]}
    assert typed.items() <= form.items()
    assert (form["words"], form["resubmission_of"]) == ("Bank wire", str(operation.pk))


def test_the_form_says_what_it_takes_the_place_of(maker, checker):
    operation = returned(maker, checker)

    shown = play.page(maker.get(again(operation)))

    assert f'Resubmission of <a href="/operations/{operation.pk}/">{operation.reference}</a>' in shown
    assert "The wire of this morning." in shown
    assert "by <bdi>Carl</bdi>: Wrong amount" in shown


# The new operation


def test_the_new_operation_names_the_old_one_and_is_decided_anew(maker, checker):
    old = returned(maker, checker, **OTHER)

    new = play.found(resubmitted(maker, old, **{"with": "suggested"}))

    assert new.resubmission_of == old
    assert (new.amount, new.instruction.payment_reference) == (2000, "HBKGB 2311-88413")
    assert new.reference != old.reference
    assert new.instruction.comment == f"{new.reference} Bank wire"
    assert (new.state, new.decisions.count()) == (State.AWAITING_APPROVAL, 0)
    assert old.reference in Entry.objects.get(object_id=str(new.pk), action="operation.submitted").detail
    assert play.decide(checker, new).status_code == 302


def test_its_checker_sees_the_old_one_how_it_ended_and_what_is_different(maker, checker):
    old = returned(maker, checker, **OTHER)
    new = play.found(resubmitted(maker, old, **{"with": "suggested"}))

    shown = play.page(checker.get(f"/operations/{new.pk}/"))

    assert f'Resubmission of <a href="/operations/{old.pk}/">{old.reference}</a>' in shown
    assert "Wrong amount" in shown
    different = shown[shown.index("What is different") :]
    for words in ('value="2500.00"', 'value="2000.00"', "HBKGB 2311-88412</bdi></del>", "HBKGB 2311-88413</bdi></ins>"):
        assert words in different, words
    assert new.reference in play.page(checker.get(f"/operations/{old.pk}/"))


def test_the_payment_is_free_for_it_only_because_the_old_one_came_to_nothing(maker, checker, mia):
    pending = rows.awaiting(mia, payment_reference="SEPA 1")
    with pytest.raises(desk.Refusal, match="Only what came to nothing"):
        rows.awaiting(mia, payment_reference="SEPA 1", resubmission_of=pending)
    with pytest.raises(desk.Taken, match=pending.reference):
        rows.awaiting(mia, payment_reference="SEPA 1")

    desk.cancel(pending.pk, by=mia, reason="")

    assert (
        rows.awaiting(mia, payment_reference="SEPA 1", resubmission_of=rows.fresh(pending)).state == "awaiting_approval"
    )


@pytest.mark.parametrize("end", ["rejected", "returned", "cancelled", "expired"])
def test_whatever_came_to_nothing_can_be_asked_for_again(end, mia, carl, maker):
    old = rows.awaiting(mia, payment_reference="SEPA 1")
    ends = {
        "rejected": lambda: desk.reject(old.pk, by=carl, seen=old.seen, reason=Reason("LIMIT")),
        "returned": lambda: desk.send_back(old.pk, by=carl, seen=old.seen, reason=Reason("LIMIT")),
        "cancelled": lambda: desk.cancel(old.pk, by=mia, reason=""),
        "expired": lambda: expiry.expire("funding", now=old.lapses_at),
    }
    ends[end]()

    assert "Resubmit</a>" in play.page(maker.get(f"/operations/{old.pk}/"))
    assert play.found(resubmitted(maker, old)).resubmission_of == old


@pytest.mark.parametrize("state", [State.AWAITING_APPROVAL, State.QUEUED, State.RUNNING, State.EXCEPTION])
def test_what_lives_is_not_asked_for_again(state, mia, carl, maker):
    make = {
        State.AWAITING_APPROVAL: lambda: rows.awaiting(mia), State.QUEUED: lambda: rows.queued(mia, carl),
        State.RUNNING: lambda: rows.running(mia, carl), State.EXCEPTION: lambda: rows.exception(mia, carl),
    }  # fmt: skip
    old = make[state]()

    answer = maker.get(again(old))

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/operations/{old.pk}/")
    with pytest.raises(desk.Refusal, match="Only what came to nothing"):
        rows.awaiting(mia, resubmission_of=old)


def test_it_is_asked_for_again_once_until_that_came_to_nothing_too(maker, checker, mia):
    old = returned(maker, checker)
    form = form_of(maker, again(old)) | {"method": "BANK_WIRE", "reason_code": "BANK_WIRE"}
    second = form_of(maker, again(old)) | {
        "method": "BANK_WIRE",
        "reason_code": "BANK_WIRE",
        "payment_reference": "X",
        "because": "A second wire came.",
    }
    new = play.found(maker.post("/funding/deposit/", form))

    answer = maker.post("/funding/deposit/", second)

    assert answer.status_code == 422
    assert f"submitted again already, as {new.reference}" in play.page(answer)
    assert "Submitted again" in play.page(maker.get(f"/operations/{old.pk}/"))
    assert maker.get(again(old)).status_code == 302
    desk.cancel(new.pk, by=mia, reason="")
    assert maker.get(again(old)).status_code == 200


def test_nobody_asks_again_for_what_another_made(maker, checker, signed_in, nils):
    old = returned(maker, checker)
    his = signed_in(nils)

    assert his.get(again(old)).status_code == 404
    form = play.filled(his, "/funding/deposit/", 128001, amount="1.00", **play.WIRE) | {"resubmission_of": str(old.pk)}
    assert his.post("/funding/deposit/", form).status_code == 404
    with pytest.raises(desk.Refusal, match="Only its maker"):
        rows.awaiting(nils, resubmission_of=old)
    assert Operation.objects.count() == 1


@pytest.mark.parametrize("named", ["", "x", "0" * 32, "aaf6063a-7d9c-4774-bba8-8ca92b84c566", "../../etc/passwd"])
def test_a_name_of_nothing_is_not_found(maker, named):
    assert maker.get(f"/funding/deposit/?login=128001&resubmission_of={named}").status_code == (404 if named else 200)


def test_another_login_or_another_kind_is_not_the_same_request_again(maker, checker, mia):
    old = returned(maker, checker)

    assert maker.get(again(old).replace("deposit", "withdrawal")).status_code == 404
    with pytest.raises(desk.Refusal, match="not the same request"):
        rows.awaiting(mia, login=128002, resubmission_of=old)


def test_the_page_that_cannot_be_read_keeps_what_it_was_asked_for(maker, checker, sandbox):
    old = returned(maker, checker, **OTHER)
    sandbox.rule("offline", path="/accounts", method="GET", times=None)

    shown = play.page(maker.get(again(old, **{"with": "suggested"})))

    assert f'name="resubmission_of" value="{old.pk}"' in shown
    assert 'name="with" value="suggested"' in shown


@pytest.mark.django_db(transaction=True)
def test_two_forms_that_ask_again_at_once_make_one_operation(mia, carl):
    for _ in range(6):
        old = rows.awaiting(mia)
        desk.reject(old.pk, by=carl, seen=old.seen, reason=Reason("LIMIT"))
        ended = rows.fresh(old)
        outcomes = at_once(*(lambda old=ended: rows.awaiting(mia, resubmission_of=old) for _ in range(2)))

        assert sorted(type(one).__name__ for one in outcomes) in (["Operation", "Refusal"], ["Operation", "Taken"])
        assert old.resubmissions.count() == 1
