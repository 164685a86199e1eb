"""Soft claims: others see who looks, nobody is kept from deciding, and two who ask for the next are led apart."""

from datetime import timedelta

import pytest

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.operations import approvals, claims, desk
from backoffice.operations.models import Claim, Decision
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operators.models import Grant, Operator
from tests import play
from tests.operations import rows
from tests.operations.rows import withdrawn
from tests.operations.test_queue import aged
from tests.operations.test_races import at_once

pytestmark = pytest.mark.django_db
OK = Reason("WITHIN_POLICY")


@pytest.fixture
def his(carl, sandbox, signed_in):
    return signed_in(carl)


@pytest.fixture
def hers(chen, sandbox, signed_in):
    return signed_in(chen)


def run_out(operation):
    Claim.objects.filter(on=operation.pk).update(until=clock.now())


def test_whoever_opens_what_they_may_decide_is_seen_to_look(his, hers, mia, carl):
    operation = rows.awaiting(mia)

    his.get(f"/operations/{operation.pk}/")

    assert Claim.objects.get().by == carl
    assert "<bdi>Carl</bdi> is looking" in play.page(hers.get(f"/operations/{operation.pk}/"))
    assert "<bdi>Carl</bdi>, <time" in play.page(hers.get("/approvals/"))
    assert "You are looking" in play.page(his.get(f"/operations/{operation.pk}/"))
    assert Claim.objects.get().by == carl


@pytest.mark.parametrize("act", ["head", "maker", "decided", "voted"])
def test_nobody_looks_who_has_nothing_to_decide(act, his, mia, carl, signed_in, funded):
    operation = withdrawn(mia, "100000.00") if act == "voted" else rows.awaiting(mia)
    if act in ("decided", "voted"):
        desk.approve(operation.pk, by=carl, seen=operation.seen, reason=OK)
    client = signed_in(mia) if act == "maker" else his

    client.head(f"/operations/{operation.pk}/") if act == "head" else client.get(f"/operations/{operation.pk}/")

    assert not Claim.objects.exists()


def test_a_claim_leaves_no_entry_and_decides_nothing(his, mia, carl):
    operation = rows.awaiting(mia)
    before = Entry.objects.count()

    his.post(f"/operations/{operation.pk}/claim/")
    his.post(f"/operations/{operation.pk}/claim/end/")

    assert Entry.objects.count() == before
    assert not Decision.objects.exists()
    assert rows.fresh(operation).version == operation.version
    assert not Claim.objects.exists()


def test_what_one_looks_at_another_may_decide(his, hers, mia):
    operation = rows.awaiting(mia)
    his.get(f"/operations/{operation.pk}/")

    assert play.decide(hers, operation).status_code == 302
    assert rows.fresh(operation).state == State.QUEUED


def test_a_claim_runs_out_unless_it_is_said_again(his, mia, carl, chen):
    operation = rows.awaiting(mia)
    claims.look(operation, by=carl)
    first = Claim.objects.get()
    assert first.until - first.since == timedelta(minutes=2)

    Claim.objects.update(until=clock.now() + timedelta(seconds=80))
    his.post(f"/operations/{operation.pk}/claim/", headers={"HX-Request": "true"})
    assert Claim.objects.get().until > clock.now() + timedelta(seconds=110)
    assert Claim.objects.get().since == first.since

    run_out(operation)
    assert claims.holder(operation) is None
    assert claims.look(operation, by=chen).by == chen


def test_what_is_fresh_is_not_written_again(his, mia, carl):
    operation = rows.awaiting(mia)
    claims.look(operation, by=carl)
    until = Claim.objects.get().until

    his.post(f"/operations/{operation.pk}/claim/")

    assert Claim.objects.get().until == until


def test_claiming_what_another_looks_at_changes_nothing_and_says_who(his, mia, chen):
    operation = rows.awaiting(mia)
    claims.look(operation, by=chen)

    page = play.page(his.post(f"/operations/{operation.pk}/claim/", {"back": "/approvals/"}, follow=True))

    assert "Chen is looking at it already." in page
    assert Claim.objects.get().by == chen
    his.post(f"/operations/{operation.pk}/claim/end/")
    assert Claim.objects.get().by == chen


def test_the_page_says_again_who_looks_and_stops_once_there_is_nothing_to_decide(his, mia, chen):
    operation = rows.awaiting(mia)
    live = {"HX-Request": "true"}

    assert "You are looking" in play.page(his.post(f"/operations/{operation.pk}/claim/", headers=live))
    desk.approve(operation.pk, by=chen, seen=operation.seen, reason=OK)

    assert his.post(f"/operations/{operation.pk}/claim/", headers=live).status_code == 286


def test_deciding_ends_it_and_the_page_leads_on(his, mia, carl, funded):
    operation = withdrawn(mia, "25000.00")
    his.get(f"/operations/{operation.pk}/")
    assert Claim.objects.exists()

    answer = play.decide(his, operation)
    page = play.page(his.get(answer.url))

    assert not Claim.objects.exists()
    assert 'action="/approvals/next/"' in page
    assert 'class="button primary" type="submit" data-shortcut="n"' in page


def test_two_sign_ins_of_one_person_are_one_who_looks(mia, carl):
    with unit():
        twin = Operator.objects.create(username="carl2", name="Carl", operator_id="carl2", person=carl.person)
        Grant.objects.create(operator=twin, role=Role.SUPERVISOR)
    operation = rows.awaiting(mia)
    claims.look(operation, by=carl)

    assert claims.is_theirs(claims.look(operation, by=twin), twin)
    claims.release(operation, by=twin)
    assert not Claim.objects.exists()


def test_next_is_the_worst_that_nobody_looks_at(his, hers, mia, carl):
    small, large = rows.awaiting(mia, login=1, amount="10.00"), rows.awaiting(mia, login=2, amount="900.00")
    late = aged(rows.awaiting(mia, login=3, amount="1.00"))

    led = [play.found(client.post("/approvals/next/")) for client in (his, hers, his)]

    assert [operation.pk for operation in led] == [late.pk, large.pk, small.pk]
    nothing = his.post("/approvals/next/", follow=True)
    assert "Nothing that nobody looks at waits for you." in play.page(nothing)
    run_out(late)
    assert play.found(hers.post("/approvals/next/")).pk == late.pk


def test_next_leads_nobody_to_what_they_cannot_decide(his, mia, carl):
    with unit():
        Grant.objects.create(operator=carl, role=Role.FUNDING)
    rows.awaiting(Operator.objects.get(pk=carl.pk), login=1)
    rows.awaiting(mia, login=2, amount="50000.00")
    done = rows.awaiting(mia, login=3, amount="60000.00")
    desk.approve(done.pk, by=carl, seen=done.seen, reason=OK)

    assert play.found(his.post("/approvals/next/")).login == 2
    assert his.post("/approvals/next/").headers["Location"] == "/approvals/"


def test_claims_that_ran_out_do_not_pile_up(mia, carl):
    made = [rows.awaiting(mia, login=n) for n in range(1, 6)]
    for operation in made:
        claims.look(operation, by=carl)
        run_out(operation)

    assert Claim.objects.count() == 1


@pytest.mark.parametrize("path", ["claim/", "claim/end/"])
def test_it_is_a_post_of_those_who_may_check(path, his, mia, vera, signed_in):
    operation = rows.awaiting(mia)

    assert his.get(f"/operations/{operation.pk}/{path}").status_code == 405
    for by in (mia, vera):
        assert signed_in(by).post(f"/operations/{operation.pk}/{path}").status_code == 403
    assert (
        his.post(f"/operations/{operation.pk}/{path}", {"back": "https://elsewhere.example/"})
        .headers["Location"]
        .startswith("/")
    )
    for junk in ("?", "nothing", "approvals", "//x", "\\x", "javascript:alert(1)"):
        assert (
            his.post(f"/operations/{operation.pk}/{path}", {"back": junk})
            .headers["Location"]
            .startswith(("/operations/", "/approvals/"))
        )
    assert his.post(f"/operations/00000000-0000-0000-0000-000000000000/{path}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_all_who_ask_for_the_next_at_once_get_different_ones(mia, carl, chen):
    people = [carl, chen, carl, chen]
    for _ in range(6):
        made = {rows.awaiting(mia, login=n).pk for n in range(1, 5)}

        outcomes = at_once(*(lambda by=by: approvals.take_next(by) for by in people))

        assert {found.pk for found in outcomes} == made, outcomes
        assert Claim.objects.count() == 4
        for operation in outcomes:
            desk.cancel(operation.pk, by=mia, reason="")
        Claim.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_one_that_is_left_is_led_to_by_one_of_them(mia, carl, chen):
    for _ in range(6):
        operation = rows.awaiting(mia)

        outcomes = at_once(*(lambda by=by: approvals.take_next(by) for by in (carl, chen)))

        assert sorted(outcome is None for outcome in outcomes) == [False, True], outcomes
        desk.cancel(operation.pk, by=mia, reason="")
        Claim.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_opening_at_once_makes_one_of_them_the_first(mia, carl, chen):
    for _ in range(6):
        operation = rows.awaiting(mia)

        outcomes = at_once(*(lambda by=by, row=operation: claims.look(row, by=by) for by in (carl, chen)))

        assert len({claim.by_id for claim in outcomes}) == 1, outcomes
        Claim.objects.all().delete()
