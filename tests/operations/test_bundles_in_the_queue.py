"""Bundles in the queue of approvals: items as any other, in its order, its sums, its filters, claimed, and led to."""

import re
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.operations import approvals, claims, desk, queries, work
from backoffice.operations.bundles import deciding, listing, say
from backoffice.operations.bundles.shown import from_text, shown
from backoffice.operations.canonical import canonical, loaded
from backoffice.operations.models import Bundle, Claim, Comment
from backoffice.operations.reasons import Reason
from backoffice.operators.models import Grant, Operator
from tests import play
from tests.operations import rows
from tests.operations.bundle_attacks import approve, bundled, members, put_together
from tests.operations.rows import withdrawn
from tests.operations.test_queue import again, aged, asks, warned
from tests.operations.test_races import at_once

pytestmark = pytest.mark.django_db
OK, NO = Reason("WITHIN_POLICY"), Reason("DUPLICATE")


@pytest.fixture
def his(carl, sandbox, signed_in):
    return signed_in(carl)


@pytest.fixture
def hers(chen, sandbox, signed_in):
    return signed_in(chen)


def listed(client, asked=""):
    response = client.get(f"/approvals/{asked}")
    assert response.status_code == 200
    return [row.found.pk for row in response.context["rows"]]


def anew(operator):
    return Operator.objects.get(pk=operator.pk)


def of(by, *amounts, **fields):
    """A bundle of deposits of these amounts."""
    made = [rows.awaiting(by, login=128601 + n, amount=amount, **fields) for n, amount in enumerate(amounts)]
    return put_together(made, by=by)


# Its place


def test_a_bundle_stands_where_what_it_comes_to_puts_it(his, mia):
    most, least = rows.awaiting(mia, login=1, amount="900.00"), rows.awaiting(mia, login=2, amount="700.00")
    bundle, small = of(mia, "400.00", "400.00"), of(mia, "10.00", "9.00")
    unknown = of(mia, "1.00", "1.00", currency="XAU")
    nothing = rows.awaiting(mia, login=3, amount="0.50")

    assert listed(his) == [row.pk for row in (unknown, most, bundle, least, small, nothing)]


def test_it_is_late_as_soon_as_anybody_in_it_is_however_young_it_is(his, mia):
    rows.awaiting(mia, login=1, amount="9000.00")
    old = aged(rows.awaiting(mia, login=2, amount="5.00"))
    bundle = put_together([rows.awaiting(mia, login=3), old], by=mia)

    (first, _) = his.get("/approvals/").context["rows"]

    assert first.bundle == bundle
    assert first.meter.tone == "bad"
    assert listed(his, "?breached=on") == [bundle.pk]
    desk.reject(old.pk, by=Operator.objects.get(username="carl"), seen=old.seen, reason=NO)
    assert listed(his, "?breached=on") == []


def test_the_queue_agrees_with_the_page_about_who_may_approve_it(mia, nils, carl, chen, cora, fay, vera, funded):
    with unit():
        Grant.objects.create(operator=carl, role=Role.FUNDING)
        twin = Operator.objects.create(username="chen2", name="Chen", operator_id="chen2", person=chen.person)
        Grant.objects.create(operator=twin, role=Role.SUPERVISOR)
    people = [anew(by) for by in (mia, nils, carl, chen, twin, cora, fay, vera)]
    half, filled = of(mia, "13000.00", "13000.00"), of(mia, "13000.00", "13000.00")
    approve(half, chen)
    approve(filled, fay)
    large = put_together([withdrawn(nils, "100000.00"), withdrawn(nils, "10.00", login=128302)], by=nils)
    made = [bundled(mia), of(people[2], "1.00", "1.00"), half, filled, large, approve(bundled(nils), carl)]

    for by in people:
        may = {bundle.pk for bundle in made if not say.why_not_approve(again_from_disk(bundle), by=by)}
        assert listing.theirs(by, now=clock.now()) == may, by
        assert {row.item for row in approvals.mine(by)} == may, by
        told = approvals.told([bundle.pk for bundle in made], operator=by, now=clock.now())
        if by.roles - {Role.FUNDING}:
            assert {row.pk for row in told if row.is_mine} == may, by


def again_from_disk(bundle):
    return Bundle.objects.get(pk=bundle.pk)


def test_every_bundle_is_in_it_and_a_page_follows_a_page(his, mia, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 7)
    made = {bundled(mia, amount=f"{10 + n}.00").pk for n in range(23)} | {rows.awaiting(mia, login=1).pk}
    whole, address = [], ""
    while True:
        response = his.get(f"/approvals/{address}")
        whole += [row.found.pk for row in response.context["rows"]]
        if not (address := response.context["pager"].following):
            break

    assert len(whole) == len(made) == 24
    assert set(whole) == made
    assert listed(his, response.context["pager"].previous) == whole[-10:-3]


def test_whoever_is_taken_out_changes_what_it_comes_to_and_not_that_it_is_one(his, mia, carl, chen):
    bundle = of(mia, "400.00", "300.00", "200.00")
    claims.look(bundle, by=chen)
    first = members(bundle)[0].operation

    desk.reject(first.pk, by=carl, seen=first.seen, reason=NO)

    (row,) = his.get("/approvals/").context["rows"]
    assert (row.bundle, row.inside, row.sums) == (bundle, 2, (("USD", Decimal("500.00")),))
    assert row.claim.by == chen


# What it adds up to, and what chooses it


def test_the_sums_of_the_queue_hold_everybody_in_it(his, mia):
    rows.awaiting(mia, login=1, amount="0.10")
    of(mia, "0.20", "999999999.99")
    of(mia, "7.00", "8.00", currency="EUR")

    figures = {figure.label: figure.value for figure in his.get("/approvals/").context["figures"]}

    assert (figures["Sum in USD"], figures["Sum in EUR"]) == (Decimal("1000000000.29"), Decimal("15.00"))
    assert figures["Waiting"] == "3"
    filtered = {figure.label: figure.value for figure in his.get("/approvals/?login=1").context["figures"]}
    assert filtered["Sum in USD"] == Decimal("0.10")


def test_it_is_chosen_by_anybody_in_it_and_by_what_it_comes_to(his, mia, nils, carl, funded):
    plain = rows.awaiting(mia, login=1, amount="10.00")
    deposits, large = of(mia, "40.00", "50.00"), of(nils, "900.00", "800.00")
    out = put_together([withdrawn(mia, "30.00", login=3), withdrawn(mia, "30.00", login=4)], by=mia)
    odd = put_together([warned(mia, login=5, amount="1.00"), rows.awaiting(mia, login=6, amount="1.00")], by=mia)
    claims.look(large, by=carl)

    for asked, found in {
        "kind=funding.withdrawal": {out},
        "login=128602": {deposits, large},
        "login=4": {out},
        f"maker={nils.pk}": {large},
        "least=60&most=100": {deposits, out},
        "least=1000": {large},
        "most=50": {plain, odd},
        "warnings=on": {odd},
        "claim=any": {large},
        "claim=none&least=20": {deposits, out},
        "mine=on": {plain, deposits, large, out, odd},
    }.items():
        assert set(listed(his, f"?{asked}")) == {row.pk for row in found}, asked


# Live


def test_a_bundle_that_is_made_of_what_waited_is_new_and_its_members_are_no_longer_to_be_decided(his, mia):
    made = [rows.awaiting(mia, login=n) for n in (1, 2)]
    address = asks(his.get("/approvals/"))

    bundle = put_together(made, by=mia)
    response = again(his, address)

    assert response.context["live"].new == 1
    assert [row.is_mine for row in response.context["rows"]] == [False, False]
    assert listed(his) == [bundle.pk]


def test_a_bundle_that_is_decided_stays_in_its_place_and_says_so(his, mia, chen):
    bundle = bundled(mia)
    address = asks(his.get("/approvals/"))

    approve(bundle, chen)
    response = again(his, address)

    (row,) = response.context["rows"]
    assert row.bundle == bundle
    assert Bundle.State.APPROVED.label in play.page(response)


def test_a_vote_that_is_not_the_last_is_seen(his, mia, chen, carl):
    bundle = of(mia, "13000.00", "13000.00")
    address = asks(his.get("/approvals/"))

    approve(bundle, chen)

    assert again(his, address).status_code == 200


# Who looks at it, and the next


def test_whoever_opens_it_is_seen_to_look_until_they_leave_or_decide(his, hers, mia, carl):
    bundle = bundled(mia)
    his.get(f"/bundles/{bundle.pk}/")

    assert Claim.objects.get().by == carl
    assert "<bdi>Carl</bdi> is looking" in play.page(hers.get(f"/bundles/{bundle.pk}/"))
    assert "<bdi>Carl</bdi>, <time" in play.page(hers.get("/approvals/"))
    his.post(f"/bundles/{bundle.pk}/claim/end/")
    assert not Claim.objects.exists()
    his.post(f"/bundles/{bundle.pk}/claim/")
    assert Claim.objects.get().on == bundle.pk
    assert play.decide_all(his, bundle, totals={"USD": "500.00"}).status_code == 302
    assert not Claim.objects.exists()


def test_who_cannot_decide_it_does_not_look_and_is_told_why(signed_in, his, mia, carl, sandbox):
    bundle = of(mia, "13000.00", "13000.00")
    approve(bundle, carl)
    his.get(f"/bundles/{bundle.pk}/")

    response = his.post(f"/bundles/{bundle.pk}/claim/", follow=True)

    assert "You have decided on it already." in play.page(response)
    assert signed_in(mia).post(f"/bundles/{bundle.pk}/claim/").status_code == 403
    assert not Claim.objects.exists()


def test_the_open_page_says_again_that_they_look_and_stops_once_it_is_decided(his, mia, chen):
    bundle = bundled(mia)
    says = {"HX-Request": "true"}
    assert his.post(f"/bundles/{bundle.pk}/claim/", headers=says).status_code == 200

    approve(bundle, chen)

    assert his.post(f"/bundles/{bundle.pk}/claim/", headers=says).status_code == 286


def test_the_next_leads_to_a_bundle_and_from_it_to_the_next(his, mia):
    bundle, small = of(mia, "400.00", "400.00"), rows.awaiting(mia, login=1, amount="5.00")

    assert his.post("/approvals/next/").headers["Location"] == f"/bundles/{bundle.pk}/"
    assert 'action="/approvals/next/"' in play.page(his.get(f"/bundles/{bundle.pk}/"))
    assert his.post("/approvals/next/").headers["Location"] == f"/operations/{small.pk}/"
    assert his.post("/approvals/next/").headers["Location"] == "/approvals/"


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_are_led_to_a_bundle_and_to_a_request(mia, carl, chen):
    for _ in range(4):
        bundle, operation = of(mia, "400.00", "400.00"), rows.awaiting(mia, login=1)

        outcomes = at_once(*(lambda by=by: approvals.take_next(by) for by in (carl, chen)))

        assert {outcome.pk for outcome in outcomes} == {bundle.pk, operation.pk}, outcomes
        deciding.cancel(bundle.pk, by=mia, reason="")
        desk.cancel(operation.pk, by=mia, reason="")
        Claim.objects.all().delete()


def test_my_work_has_it_in_its_place(his, mia, carl):
    bundle, small = of(mia, "400.00", "400.00"), rows.awaiting(mia, login=1, amount="5.00")

    (block,) = (block for block in work.blocks(carl) if block.title == "Mine to decide now")

    assert [row.pk for row in block.rows] == [bundle.pk, small.pk]
    page = play.page(his.get("/"))
    assert f'href="/bundles/{bundle.pk}/"' in page
    assert re.search(r"800\.00", page)


# What it costs


def test_the_queue_asks_the_database_no_more_for_thirty_bundles_than_for_two(his, mia):
    counts = []
    for many in (2, 28):
        for n in range(many):
            bundled(mia, count=2 + n % 3)
        with CaptureQueriesContext(connection) as asked:
            his.get("/approvals/")
        counts.append(len(asked))

    assert counts[0] == counts[1]


# Its thread


def form_of(client, bundle, text="Which bank were they from?"):
    fields = play.Fields(play.page(client.get(f"/bundles/{bundle.pk}/"))).forms
    return fields[f"/bundles/{bundle.pk}/comments/"] | {"text": text}


def test_a_comment_on_it_is_read_by_all_and_decides_nothing(his, mia, signed_in):
    bundle = bundled(mia)
    form = form_of(his, bundle)

    answers = [his.post(f"/bundles/{bundle.pk}/comments/", form) for _ in range(2)]

    assert [answer.headers["Location"] for answer in answers] == [f"/bundles/{bundle.pk}/#thread"] * 2
    said = bundle.comments.get()
    assert (said.by.username, said.operation) == ("carl", None)
    assert said.text in play.page(signed_in(mia).get(f"/bundles/{bundle.pk}/"))
    assert again_from_disk(bundle).is_pending


def test_a_vote_is_bound_to_what_was_written_and_keeps_it(his, mia, carl, chen, signed_in):
    bundle = bundled(mia)
    before = shown(bundle).seen
    signed_in(chen).post(
        f"/bundles/{bundle.pk}/comments/", form_of(signed_in(chen), bundle, "The bank called it back.")
    )

    with pytest.raises(desk.Stale):
        deciding.approve(bundle.pk, by=carl, seen=before, reason=OK)

    assert play.decide_all(his, bundle, totals={"USD": "500.00"}).status_code == 302
    vote = bundle.decisions.get()
    assert "The bank called it back." in play.page(his.get(f"/bundles/{bundle.pk}/decisions/{vote.pk}/"))


@pytest.mark.parametrize("both", [True, False])
def test_a_comment_is_on_one_thing(both, mia):
    bundle, fields = bundled(mia), {"id": rows.uuid7(), "by": mia, "person": mia.person_id, "at": clock.now()}
    on = {"bundle": bundle, "operation": members(bundle)[0].operation} if both else {}

    with pytest.raises(IntegrityError):
        Comment.objects.create(text="Hello.", **fields, **on)


def test_what_was_kept_before_there_were_threads_is_still_drawn(mia):
    before = {name: value for name, value in loaded(shown(bundled(mia)).text).items() if name != "thread"}

    named = [member | {"name": rows.ACCOUNT["name"]} for member in before["members"]]
    assert from_text(canonical(before)) == before | {"thread": [], "members": named}


def test_who_has_no_part_in_it_writes_nothing_and_a_comment_is_of_its_own_page(his, mia, vera, signed_in):
    bundle, other = bundled(mia), bundled(mia)

    assert signed_in(vera).post(f"/bundles/{bundle.pk}/comments/", {"text": "Hello."}).status_code == 403
    answer = his.post(f"/bundles/{bundle.pk}/comments/", form_of(his, other, "Hello."))
    assert answer.status_code == 422
    assert "Hello." in play.page(answer)
    assert his.post(f"/bundles/{bundle.pk}/comments/", form_of(his, bundle, "pay \u202e0052")).status_code == 422
    assert his.get(f"/bundles/{bundle.pk}/comments/").status_code == 405
    assert not bundle.comments.exists()


@pytest.mark.postgres
def test_no_statement_is_compiled_before_it_runs():
    """The queue's took a second to compile and eight milliseconds to run."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
