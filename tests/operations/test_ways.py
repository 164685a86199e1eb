"""Providers differ where the contract is silent: whatever their ways, the ledger has it once and nobody is told otherwise."""

import time
from datetime import timedelta

import pytest

from backoffice.audit import clock
from backoffice.operations import meaning, ways
from backoffice.operations.models import Finding
from backoffice.operations.states import State
from tests import play
from tests.operations.test_faults import ON_MONEY, S, end_of, posts, settle

pytestmark = pytest.mark.django_db

WAYS = [
    {"own_request_ids": True},
    {"request_id_in_history": False},
    {"own_request_ids": True, "keeps_original": False},
    {"request_id_in_history": False, "comment_length": 14},
    {"comment_length": 10},
    {"comment_length": 0, "keeps_original": False},
    {"replays": "same"},
    {"replays": "again"},
    {"replays": "again", "request_id_in_history": False},
    {"operator_id_in_history": False},
    {"clock_ahead_ms": 200_000},
]


@pytest.fixture
def maker(mia, sandbox, signed_in):
    return signed_in(mia)


@pytest.fixture
def checker(carl, signed_in):
    return signed_in(carl)


@pytest.fixture
def approved(maker, checker):
    """`approved(login, amount)` is a deposit that waits to be sent."""
    return lambda login=128001, amount="100", **typed: play.approved(maker, checker, login, amount, **typed)


@pytest.mark.parametrize("ways", WAYS, ids=str)
def test_an_answer_that_came_an_answer_that_was_lost_and_a_send_that_was_lost(approved, sandbox, ways):
    sandbox.switch(**ways)
    sandbox.rule("reset_after", login=128002, **ON_MONEY)
    sandbox.rule("reset_before", login=128006, **ON_MONEY)

    came, answer_lost, send_lost = settle([approved(login) for login in (128001, 128002, 128006)])

    assert end_of(sandbox, came) == (S.APPLIED, 1, 1, False)
    assert end_of(sandbox, answer_lost) == (S.APPLIED, 1, 1, True)
    assert end_of(sandbox, send_lost) == (S.APPLIED, 1, 2, True)


@pytest.mark.parametrize("ways", [{"own_request_ids": True}, {"replays": "same"}], ids=str)
def test_a_history_that_lags_beyond_all_promises_is_made_good_by_the_repeat(approved, sandbox, ways):
    sandbox.switch(**ways)
    sandbox.rule("reset_after", shows_after=2.5, **ON_MONEY)

    (operation,) = settle([approved()])

    assert end_of(sandbox, operation) == (S.APPLIED, 1, 2, True)
    assert posts(sandbox) == {str(operation.pk): 2}


@pytest.mark.parametrize("keeps_original", [True, False])
def test_where_no_mark_of_ours_survives_only_the_repeat_tells_and_else_people(
    approved, sandbox, settings, keeps_original
):
    settings.UNCERTAIN_LIMIT = 1
    sandbox.switch(request_id_in_history=False, comment_length=10, keeps_original=keeps_original)
    sandbox.rule("reset_after", **ON_MONEY)

    (operation,) = settle([approved()])

    assert end_of(sandbox, operation) == (S.APPLIED if keeps_original else S.EXCEPTION, 1, 2, True)


def test_what_a_provider_booked_under_an_id_of_its_own_is_not_closed_as_not_booked(
    approved, sandbox, chen, checker, signed_in, settings
):
    settings.UNCERTAIN_LIMIT = 0.5
    sandbox.switch(own_request_ids=True)
    sandbox.rule("reset_after", **ON_MONEY)
    sandbox.rule("garbage", path="/transactions/history", method="GET", times=8, scope="funds:write")
    (operation,) = settle([approved()])
    assert operation.state == S.EXCEPTION
    sandbox.ask("DELETE", "/rules")
    time.sleep(0.8)
    address, why = f"/operations/{operation.pk}/resolution/", {"reason_code": "FOUND_AT_MT5"}

    (line,) = sandbox.deals_of(str(operation.pk))
    checker.post(address, {"outcome": "not_applied", **why})
    assert not operation.resolutions.exists()
    checker.post(address, {"outcome": "applied", "deal": str(line["dealId"]), **why})

    assert operation.resolutions.get().outcome == State.APPLIED


def test_an_answer_under_another_id_that_does_not_name_our_reference_is_somebody_elses(approved, sandbox):
    operation = approved()
    told = {
        "operationId": "d",
        "status": "applied",
        "login": 128001,
        "type": "deposit",
        "amount": 100,
        "currency": "USD",
    }

    for comment in ("", "Bank wire", operation.reference.lower(), f"x{operation.reference}"):
        line = meaning.shaped(told | {"requestId": "crm-1", "comment": comment}, meaning.Transaction)
        assert not operation.instruction.agrees(line, request_id=str(operation.pk)), comment
    ours = meaning.shaped(told | {"requestId": "crm-1", "comment": operation.reference}, meaning.Transaction)
    assert operation.instruction.agrees(ours, request_id=str(operation.pk))


HIDES_ALL = {"request_id_in_history": False, "comment_length": 10}
FOUND_HIDING = {"reference": "lost", "request_id": "none"}


def find_out(**found):
    for name, value in found.items():
        Finding.objects.create(environment="demo", name=name, value=value, at=clock.now())


def test_where_no_absence_can_be_told_and_a_repeat_is_booked_again_nothing_is_sent_twice(approved, sandbox):
    find_out(**FOUND_HIDING, replay="booked again")
    sandbox.switch(**HIDES_ALL, replays="again")
    sandbox.rule("reset_after", login=128002, **ON_MONEY)
    sandbox.rule("reset_before", login=128006, **ON_MONEY)

    answer_lost, send_lost = settle([approved(login) for login in (128002, 128006)])

    assert end_of(sandbox, answer_lost) == (S.EXCEPTION, 1, 1, True)
    assert end_of(sandbox, send_lost) == (S.EXCEPTION, 0, 1, True)
    assert "look it up in MT5" in answer_lost.attempts.latest("pk").answer.words


def test_without_the_finding_it_would_have_been_booked_twice(approved, sandbox):
    sandbox.switch(**HIDES_ALL, replays="again")
    sandbox.rule("reset_after", **ON_MONEY)

    (operation,) = settle([approved()])

    assert end_of(sandbox, operation)[1] == 2


@pytest.mark.parametrize("replay", ["409 AlreadyApplied", "the first answer again"])
def test_where_a_repeat_is_safe_it_still_tells(approved, sandbox, replay):
    find_out(**FOUND_HIDING, replay=replay)
    sandbox.switch(**HIDES_ALL)
    sandbox.rule("reset_after", **ON_MONEY)

    (operation,) = settle([approved()])

    assert end_of(sandbox, operation) == (S.APPLIED, 1, 2, True)


def test_an_absence_is_believed_only_after_the_delay_that_was_found(approved, sandbox):
    find_out(delay="2500", replay="booked again")
    sandbox.switch(replays="again")
    sandbox.rule("reset_after", shows_after=2.0, **ON_MONEY)

    (operation,) = settle([approved()])

    assert end_of(sandbox, operation) == (S.APPLIED, 1, 1, True)


def test_what_was_found_only_ever_makes_it_more_careful(settings):
    usual = ways.of({})

    assert ways.of({"delay": "1", "skew": "-1"}) == usual
    assert ways.of({"delay": "9000"}).shows_within == timedelta(seconds=9)
    assert ways.of({"skew": "-9000"}).skew == timedelta(seconds=9)
    assert not ways.of({"delay": "not seen", "replay": "booked again"}).tells_absence
    assert not ways.of({**FOUND_HIDING, "replay": "500"}).tells_absence
    assert ways.of({**FOUND_HIDING, "request_id": "ours", "replay": "booked again"}).tells_absence
    assert ways.of({"skew": "nonsense"}) == usual
