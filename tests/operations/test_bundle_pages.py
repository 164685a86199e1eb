"""The pages of bundles: made by ticking, decided by typing what it comes to, live while its members follow."""

import re

import pytest

from backoffice.access import Role
from backoffice.audit.models import Entry
from backoffice.operations import desk, execution
from backoffice.operations.bundles import following
from backoffice.operations.bundles.shown import shown
from backoffice.operations.models import Bundle, BundleDecision
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operators.models import Operator
from tests import play
from tests.operations import rows
from tests.operations.bundle_attacks import approve, bundled, members, put_together
from tests.operations.rows import withdrawn
from tests.operations.test_queue import warned

pytestmark = pytest.mark.django_db
FORM_ID = re.compile(r'name="form_id" value="([^"]+)"')
CASES = re.compile(r'name="case" value="([0-9a-f-]{36}:[0-9a-f]{64})"')


@pytest.fixture
def maker(mia, signed_in):
    return signed_in(mia)


@pytest.fixture
def checker(carl, signed_in):
    return signed_in(carl)


def at(bundle, part=""):
    return f"/bundles/{bundle.pk}/{part}"


def make(client, cases, **typed):
    page = play.page(client.get("/bundles/new/"))
    told = {
        "kind": "funding.deposit",
        "title": "Refunds",
        "reason_code": "SAME_CAUSE",
        "form_id": FORM_ID.search(page)[1],
    }
    return client.post("/bundles/new/", told | {"case": cases} | typed)


def decide(client, bundle, part="approval", **typed):
    told = {"seen": shown(bundle).seen, "reason_code": "WITHIN_POLICY" if part == "approval" else "DUPLICATE"}
    totals = {f"total_{currency}": str(amount) for currency, amount in shown(bundle).sums} if part == "approval" else {}
    return client.post(at(bundle, f"{part}/"), told | totals | typed)


# Making one


def test_a_maker_ticks_what_waits_and_submits_it_as_one(maker, mia):
    made = [rows.awaiting(mia, login=n) for n in (1, 2, 3)]
    offered = CASES.findall(play.page(maker.get("/bundles/new/")))
    assert offered == [f"{row.pk}:{row.seen}" for row in made]

    response = make(maker, offered[:2])

    bundle = Bundle.objects.get()
    assert response.headers["Location"] == at(bundle)
    assert [member.operation_id for member in members(bundle)] == [row.pk for row in made[:2]]
    assert len(CASES.findall(play.page(maker.get("/bundles/new/")))) == 1


def test_a_second_click_makes_nothing_and_leads_to_the_first(maker, mia):
    for n in (1, 2, 3, 4):
        rows.awaiting(mia, login=n)
    page = play.page(maker.get("/bundles/new/"))
    told = {
        "kind": "funding.deposit",
        "title": "Refunds",
        "reason_code": "SAME_CAUSE",
        "form_id": FORM_ID.search(page)[1],
    }
    cases = CASES.findall(page)

    first = maker.post("/bundles/new/", told | {"case": cases[:2]})
    again = maker.post("/bundles/new/", told | {"case": cases[:2]})
    other = maker.post("/bundles/new/", told | {"case": cases[2:]})

    assert Bundle.objects.count() == 1
    assert again.status_code in (302, 409)
    assert other.headers["Location"] == first.headers["Location"]


@pytest.mark.parametrize(
    "typed",
    [
        {"title": ""},
        {"title": "x"},
        {"reason_code": ""},
        {"reason_code": "OTHER"},
        {"case": []},
        {"case": ["x"]},
        {"form_id": "forged"},
    ],
)
def test_bad_input_makes_nothing_and_loses_nothing(maker, mia, typed):
    made = [rows.awaiting(mia, login=n) for n in (1, 2)]
    cases = [f"{row.pk}:{row.seen}" for row in made]

    response = make(maker, cases, **typed)

    assert response.status_code == 422
    assert not Bundle.objects.exists()
    page = play.page(response)
    assert page.count(" checked") == (0 if "case" in typed else 2)
    assert FORM_ID.search(page)


def test_what_is_another_makers_cannot_be_ticked(maker, mia, nils):
    mine, his = rows.awaiting(mia, login=1), rows.awaiting(nils, login=2)
    assert str(his.pk) not in play.page(maker.get("/bundles/new/"))

    response = make(maker, [f"{row.pk}:{row.seen}" for row in (mine, his)])

    assert response.status_code == 409
    assert not Bundle.objects.exists()


def test_each_kind_is_offered_by_itself(maker, mia):
    rows.awaiting(mia, login=1)
    rows.awaiting(mia, login=2)
    one = withdrawn(mia, "10.00")

    assert str(one.pk) not in play.page(maker.get("/bundles/new/"))
    assert str(one.pk) in play.page(maker.get("/bundles/new/?kind=funding.withdrawal"))


# Its page


def test_its_page_shows_what_it_is_and_each_member_with_all_that_is_sent(checker, mia):
    bundle = put_together(
        [rows.awaiting(mia, login=1), warned(mia, login=2, amount="100.00")], by=mia, title="July refunds"
    )

    page = play.page(checker.get(at(bundle)))

    assert "July refunds" in page
    assert "350.00" in page
    assert page.index("disabled") < page.index("Members")
    for member in members(bundle):
        assert member.operation.reference in page
        assert member.operation.instruction.comment in page


def test_it_is_approved_by_typing_what_it_comes_to(checker, mia):
    bundle = bundled(mia)

    assert decide(checker, bundle, total_USD="499.00").status_code == 422
    assert not BundleDecision.objects.exists()
    assert decide(checker, bundle, total_USD="500").status_code == 302
    again = decide(checker, bundle)

    assert again.status_code == 409
    assert BundleDecision.objects.count() == 1
    assert Bundle.objects.get().state == "approved"


@pytest.mark.parametrize("part", ["approval", "rejection", "return"])
def test_a_vote_on_a_page_that_is_no_longer_so_is_answered_with_the_new_one(checker, mia, chen, part):
    bundle = bundled(mia, count=3)
    typed = {"seen": shown(bundle).seen, "total_USD": "750.00"}
    out = members(bundle)[0].operation
    desk.reject(out.pk, by=chen, seen=out.seen, reason=Reason("DUPLICATE"))

    response = decide(checker, bundle, part, **typed)

    assert response.status_code == 409
    assert "500.00" in play.page(response)
    assert "What you saw is not what stands here" in play.page(response)
    assert not BundleDecision.objects.exists()
    assert Entry.objects.filter(action="bundle.act_refused").count() == 1


@pytest.mark.parametrize("seen", ["", "x" * 64, "0" * 64])
def test_what_was_not_seen_is_not_decided(checker, mia, seen):
    assert decide(checker, bundled(mia), seen=seen).status_code == 409
    assert not BundleDecision.objects.exists()


@pytest.mark.parametrize(("part", "state"), [("rejection", "rejected"), ("return", "returned")])
def test_it_is_turned_down_with_a_reason(checker, maker, mia, part, state):
    bundle = bundled(mia)
    assert decide(checker, bundle, part, reason_code="").status_code == 422

    assert decide(checker, bundle, part).status_code == 302

    assert Bundle.objects.get().state == state


def test_its_maker_decides_nothing_and_may_take_it_back(maker, mia):
    bundle = bundled(mia)
    assert decide(maker, bundle).status_code == 403
    page = play.page(maker.get(at(bundle)))
    assert "Approve all" not in page
    assert "nobody decides on what they made themselves" in page

    assert maker.post(at(bundle, "cancellation/"), {"reason": "The bank called."}).status_code == 302
    assert Bundle.objects.get().state == "cancelled"


def test_another_lanes_maker_does_not_see_it(signed_in, mia, nils):
    bundle, names = bundled(mia), {"username": "anna", "name": "Anna", "operator_id": "op-anna"}
    anna = Operator.objects.enrol(**names, roles=[Role.ACCOUNTS], password="a-long-enough-password")

    assert signed_in(nils).get(at(bundle)).status_code == 200
    assert signed_in(anna).get(at(bundle)).status_code == 404
    assert signed_in(anna).get("/bundles/?view=all").context["rows"] == []
    assert signed_in(nils).get("/bundles/00000000-0000-7000-8000-000000000000/").status_code == 404


def poll(client, url):
    return client.get(url, headers={"HX-Request": "true"})


def asks(page):
    return re.search(r'id="status"[^>]*hx-get="([^"]+)"', page)[1].replace("&amp;", "&")


def test_its_page_is_live_until_every_member_is_done(checker, mia, carl, sandbox):
    made = [rows.awaiting(mia, login=login) for login in (128001, 128002)]
    bundle = put_together(made, by=mia)
    url = asks(play.page(checker.get(at(bundle))))
    assert poll(checker, url).status_code == 204

    approve(bundle, carl)
    assert poll(checker, url).headers["HX-Refresh"] == "true"
    url = asks(play.page(checker.get(at(bundle))))
    following.follow("funding")
    page = play.page(poll(checker, url))
    assert "2 of 2" in page
    assert page.count('id="became-') == 2
    execution.drain("funding", until=5)
    last = poll(checker, asks(page))

    assert last.status_code == 286
    assert "2 booked" in play.page(last)
    assert play.page(last).count("Completed") >= 2
    assert "hx-get" not in play.page(last)


def test_what_was_seen_with_a_vote_is_shown_again(checker, mia, carl):
    bundle = approve(bundled(mia, title="July refunds"), carl)

    page = play.page(checker.get(at(bundle, f"decisions/{BundleDecision.objects.get().pk}/")))

    assert "July refunds" in page
    for member in members(bundle):
        assert member.operation.reference in page
    assert BundleDecision.objects.get().seen in page


# Elsewhere


def test_in_the_queue_a_bundle_is_one_row_and_its_members_are_none(checker, mia, carl):
    alone, bundle = rows.awaiting(mia, login=9), bundled(mia, count=3)

    response = checker.get("/approvals/")

    of_all, of_one = response.context["rows"]
    assert (of_all.bundle, of_all.inside, of_all.why_not, of_one.operation) == (bundle, 3, "", alone)
    assert bundle.reference in play.page(response)
    assert "750.00" in play.page(response)
    approve(bundle, carl)
    assert [row.found for row in checker.get("/approvals/").context["rows"]] == [alone]


def test_an_operation_says_which_bundle_it_is_in_and_what_was_done_to_it(checker, mia, carl):
    bundle = bundled(mia)
    operation = members(bundle)[0].operation
    page = play.page(checker.get(f"/operations/{operation.pk}/"))
    assert "Member 1 of 2 in a bundle" in page
    assert f"It is approved with its bundle {bundle.reference}" in page

    approve(bundle, carl)
    following.follow("funding")

    page = play.page(checker.get(f"/operations/{operation.pk}/"))
    assert "approved its bundle" in page
    assert rows.fresh(operation).state == State.QUEUED


def test_the_list_of_bundles_has_those_that_are_open_and_all(checker, mia, carl):
    done, open_ = approve(bundled(mia), carl), bundled(mia)
    following.follow("funding")

    assert [row.pk for row in checker.get("/bundles/").context["rows"]] == [open_.pk]
    assert [row.pk for row in checker.get("/bundles/?view=all").context["rows"]] == [open_.pk, done.pk]
