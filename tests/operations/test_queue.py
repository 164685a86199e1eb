"""The queue of approvals: whose turn, in which order, how late; it shows and counts what stands, and pages without gaps."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.calendar.queries import calendar
from backoffice.operations import approvals, claims, desk, queries, say, sla, submission, turns, work
from backoffice.operations.instructions import reference
from backoffice.operations.models import Operation
from backoffice.operations.policy import Check
from backoffice.operations.reasons import Reason
from backoffice.operators.models import Grant, Operator
from funding.instructions import Bonus, Correction, Deposit
from tests import play
from tests.emptying import guards_aside
from tests.operations import rows
from tests.operations.rows import withdrawn

pytestmark = pytest.mark.django_db
OK = Reason("WITHIN_POLICY")
LONG_AGO = timedelta(days=10)
ASKS = re.compile(r'id="live"[^>]*hx-get="([^"]+)"')


@pytest.fixture
def client(carl, signed_in):
    return signed_in(carl)


def warned(by, *, login=128001, amount="250.00"):
    pk = uuid7()
    asked = Deposit(
        login=login,
        amount=Decimal(amount),
        currency="USD",
        method="BANK_WIRE",
        comment=f"{reference('DEP', pk)} Bank wire",
    )
    checks = [Check("warn", 'The account is "disabled".')]
    return submission.submit(asked, pk=pk, snapshot=rows.ACCOUNT, checks=checks, reason=rows.WHY, by=by)


def aged(operation, *, by=LONG_AGO):
    """As if it had come in then; no code of ours may do that."""
    with guards_aside():
        Operation.objects.filter(pk=operation.pk).update(made_at=clock.now() - by)
    return rows.fresh(operation)


def lapsing(operation, *, at):
    with guards_aside():
        Operation.objects.filter(pk=operation.pk).update(lapses_at=at)


def shown(client, asked=""):
    response = client.get(f"/approvals/{asked}")
    assert response.status_code == 200
    return [row.operation.pk for row in response.context["rows"]]


def again(client, address):
    return client.get(f"/approvals/{address}", headers={"HX-Request": "true"})


def asks(response):
    return ASKS.search(play.page(response))[1].replace("&amp;", "&")


def test_mine_come_first_then_what_is_late_then_the_most_in_usd_then_the_oldest(client, mia, carl):
    with unit():
        Grant.objects.create(operator=carl, role=Role.FUNDING)
    his = rows.awaiting(Operator.objects.get(pk=carl.pk), login=7, amount="90000.00")
    small, level, other = (rows.awaiting(mia, login=n, amount="100.00") for n in (1, 2, 3))
    euros = rows.awaiting(mia, login=4, amount="95.00", currency="EUR")
    yen = rows.awaiting(mia, login=5, amount="9000", currency="JPY")
    unknown = rows.awaiting(mia, login=6, amount="1.00", currency="XAU")
    late = aged(rows.awaiting(mia, login=8, amount="5.00"))

    assert shown(client) == [row.pk for row in (late, unknown, euros, small, level, other, yen, his)]


def test_the_queue_agrees_with_the_desk_about_who_may_decide(mia, carl, chen, cora, fay, vera, funded):
    with unit():
        Grant.objects.create(operator=carl, role=Role.FUNDING)
        twin = Operator.objects.create(username="chen2", name="Chen", operator_id="chen2", person=chen.person)
        Grant.objects.create(operator=twin, role=Role.SUPERVISOR)
    people = [Operator.objects.get(pk=by.pk) for by in (mia, carl, chen, twin, cora, fay, vera)]
    made = [
        rows.awaiting(mia, login=1),
        rows.awaiting(people[1], login=2),
        withdrawn(mia, "25000.00"),
        withdrawn(mia, "100000.00"),
    ]
    made += [rows.awaiting(mia, login=9, amount="250000.00"), rows.queued(mia, chen, login=3)]
    half = withdrawn(mia, "30000.00", login=128302)
    desk.approve(half.pk, by=people[2], seen=half.seen, reason=OK)

    for by in people:
        may = {row.pk for row in [*made, half] if not say.why_not_approve(rows.fresh(row), by=by)}
        told = approvals.told([row.pk for row in [*made, half]], operator=by, now=clock.now())
        assert {row.pk for row in queries.to_decide(by)} == may, by
        assert {row.pk for row in approvals.mine(by)} == may, by
        if by.pk != mia.pk:
            assert {row.operation.pk for row in told if row.is_mine} == may, by


def test_a_request_that_lapsed_is_nobody_s_to_decide(client, mia, carl):
    lapsed = rows.awaiting(mia)
    lapsing(lapsed, at=clock.now())

    assert not queries.to_decide(carl).exists()
    (row,) = client.get("/approvals/").context["rows"]
    assert "It expired on" in row.why_not


def test_what_i_cannot_decide_says_why(client, mia, carl, funded):
    withdrawn(mia, "25000.00")
    both = withdrawn(mia, "100000.00", login=128302)
    desk.approve(both.pk, by=carl, seen=both.seen, reason=OK)

    (row,) = (row for row in client.get("/approvals/").context["rows"] if not row.is_mine)

    assert row.why_not == "You have decided on it already."
    assert row.why_not in play.page(client.get("/approvals/"))


def test_whose_place_is_filled_is_told_who_is_waited_for(signed_in, mia, carl, chen, funded):
    both = withdrawn(mia, "100000.00")
    desk.approve(both.pk, by=carl, seen=both.seen, reason=OK)

    (row,) = signed_in(chen).get("/approvals/").context["rows"]

    assert row.why_not == "Your place is filled; it waits for compliance."


@pytest.mark.parametrize(
    "kind",
    ["funding.deposit", "funding.withdrawal", "funding.correction", "funding.bonus"],
)
def test_what_the_database_finds_late_is_what_the_table_says(kind, mia, carl):
    """At every quarter of an hour around its limit, over a weekend too."""
    operation, house = made_of(kind, mia), calendar()
    due = sla.due(kind, operation.made_at, house)
    moments = [due.breaches_at + n * timedelta(minutes=15) for n in range(-6, 7)]

    for now in [*moments, due.breaches_at - timedelta(microseconds=1)]:
        late = turns.in_turn(turns.items(), operator=carl, now=now).filter(rank=0).exists()
        assert late == (due.standing(now) == sla.Standing.BREACHED), now


def made_of(kind, by):
    pk = uuid7()
    match kind:
        case "funding.deposit":
            return rows.awaiting(by)
        case "funding.withdrawal":
            return withdrawn(by, "10.00")
        case "funding.bonus":
            asked = Bonus(login=128001, amount=Decimal(5), currency="USD", comment=reference("BON", pk))
        case _:
            about = {"direction": "add", "corrects": "1", "comment": reference("COR", pk)}
            asked = Correction(login=128001, amount=Decimal(5), currency="USD", **about)
    return submission.submit(asked, pk=pk, snapshot=rows.ACCOUNT, reason=Reason("SWAP"), by=by)


def test_a_page_follows_a_page_without_a_gap_and_without_anything_twice(client, mia, settings, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 4)
    made = [rows.awaiting(mia, login=n, amount=f"{100 + n % 3}.00") for n in range(1, 14)]
    made += [rows.awaiting(mia, login=99, amount="7.00", currency="XAU"), aged(rows.awaiting(mia, login=98))]
    whole, address, pages = [], "", 0
    while True:
        response = client.get(f"/approvals/{address}")
        whole += [row.operation.pk for row in response.context["rows"]]
        pages += 1
        if not (address := response.context["pager"].following):
            break
    backwards = response.context["pager"].previous

    assert pages == 4
    assert len(whole) == len(set(whole)) == 15
    assert whole[0] == made[-1].pk
    assert shown(client, backwards) == whole[8:12]


def test_amounts_of_any_size_and_junk_for_a_place_break_nothing(client, mia):
    with guards_aside():
        giant = rows.awaiting(mia, amount="999999999999999.99")
    rows.awaiting(mia, login=2, amount="0.00000001")

    assert shown(client)[0] == giant.pk
    for junk in ("after=x", "after=0~0~99999999999999999999999~x~y", "before=1~2", "after=%00~%00~%00~%00~%00"):
        assert len(shown(client, f"?{junk}")) == 2


def test_filters_stand_in_the_address(client, mia, nils, carl):
    plain, other = rows.awaiting(mia, login=1, amount="10.00"), rows.awaiting(nils, login=2, amount="20.00")
    out, odd = withdrawn(mia, "30.00", login=3), warned(mia, login=4, amount="40.00")
    late = aged(rows.awaiting(mia, login=5, amount="50.00"))
    claims.look(plain, by=carl)

    for asked, found in {
        "kind=funding.withdrawal": {out},
        "kind=funding.withdrawal&kind=funding.deposit&login=3": {out},
        "login=2": {other},
        f"maker={nils.pk}": {other},
        "least=20&most=30": {other, out},
        "breached=on": {late},
        "warnings=on": {odd},
        "claim=any": {plain},
        "claim=none&breached=on": {late},
        "mine=on&least=40": {odd, late},
    }.items():
        assert set(shown(client, f"?{asked}")) == {row.pk for row in found}, asked


@pytest.mark.parametrize(
    "junk",
    ["kind=nothing", "login=0x10", "login=-1", "maker=mia", "least=1e999", "least=NaN", "most=1_000", "claim=maybe",
     "breached=perhaps", "kind=%00", "view=x", "maker=99999999999999999999"],
)  # fmt: skip
def test_a_filter_that_is_none_breaks_nothing(client, mia, junk):
    rows.awaiting(mia)

    assert client.get(f"/approvals/?{junk}").status_code == 200


def test_sums_are_exact_and_by_currency(client, mia):
    for n, (amount, currency) in enumerate(
        [("0.10", "USD"), ("0.20", "USD"), ("999999999.99", "USD"), ("7.00", "EUR")]
    ):
        rows.awaiting(mia, login=n + 1, amount=amount, currency=currency)

    figures = {figure.label: figure.value for figure in client.get("/approvals/").context["figures"]}

    assert figures["Sum in USD"] == Decimal("1000000000.29")
    assert figures["Sum in EUR"] == Decimal(7)
    assert figures["Waiting"] == "4"


def test_a_row_says_in_words_and_by_a_bar_how_long_it_may_still_wait(client, mia):
    aged(rows.awaiting(mia))

    page = play.page(client.get("/approvals/"))

    assert " over</span>" in page
    assert 'class="bar" data-tone="bad"' in page
    assert "Was due by" in page


def test_while_nothing_happens_the_queue_answers_204(client, mia):
    rows.awaiting(mia)
    address = asks(client.get("/approvals/"))

    # Where the minute turns between the two, the second look is the first of the new minute.
    assert 204 in [again(client, address).status_code, again(client, asks(client.get("/approvals/"))).status_code]


def test_what_is_decided_stays_in_its_place_and_what_is_new_is_counted(client, mia, chen):
    first, second = rows.awaiting(mia, login=1, amount="900.00"), rows.awaiting(mia, login=2)
    address = asks(client.get("/approvals/"))

    desk.approve(first.pk, by=chen, seen=first.seen, reason=OK)
    rows.awaiting(mia, login=3)
    response = again(client, address)
    page = play.page(response)

    assert [row.operation.pk for row in response.context["rows"]] == [first.pk, second.pk]
    assert "Approved, waiting to send" in page
    assert "1 new: show" in page
    assert {tab.label: tab.count for tab in response.context["tabs"]}["Mine to decide"] == "2"
    assert 'id="rows" hx-swap-oob="morph"' in page
    assert 'id="sums" hx-swap-oob="morph"' in page


def test_somebody_who_begins_to_look_is_seen_without_a_reload(client, mia, chen):
    operation = rows.awaiting(mia)
    address = asks(client.get("/approvals/"))

    claims.look(operation, by=chen)
    page = play.page(again(client, address))

    assert "<bdi>Chen</bdi>, <time" in page
    assert again(client, asks(client.get("/approvals/"))).status_code in (200, 204)


def test_of_a_full_page_only_what_came_later_is_new(client, mia, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 3)
    for n in range(1, 6):
        rows.awaiting(mia, login=n)
    address = asks(client.get("/approvals/"))

    rows.awaiting(mia, login=9)

    assert again(client, address).context["live"].new == 1
    assert again(client, re.sub("opened=[^&]*", "opened=junk", address)).status_code == 200


@pytest.mark.parametrize("who", ["carl", "cora"])
def test_the_page_of_fifty_asks_the_database_no_more_than_that_of_five(request, signed_in, mia, who):
    """Whether they may decide all of it or nothing."""
    client, counts = signed_in(request.getfixturevalue(who)), []
    for number in (5, 45):
        for n in range(number):
            rows.awaiting(mia, login=n + 1)
        with CaptureQueriesContext(connection) as asked:
            client.get("/approvals/")
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_my_work_shows_the_worst_first_and_what_runs_out_before_the_next_shift(mia, carl):
    rows.awaiting(mia, login=1, amount="900.00")
    late, ending = aged(rows.awaiting(mia, login=2, amount="1.00")), rows.awaiting(mia, login=3)
    lapsing(ending, at=clock.now() + timedelta(minutes=1))

    blocks = {block.title: [row.pk for row in block.rows] for block in work.blocks(carl)}

    assert blocks["Mine to decide now"][0] == late.pk
    assert blocks["Expires before the next shift"] == [ending.pk]


def test_makers_auditors_and_administrators_have_no_queue(signed_in, mia, vera, ada):
    for by in (mia, vera, ada):
        client = signed_in(by)
        assert client.get("/approvals/").status_code == 403
        assert client.post("/approvals/next/").status_code == 403
