"""The list of operations while it is looked at: cheap while nothing happens, true once something does, and never jumping."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.access import Role
from backoffice.audit.unit import unit
from backoffice.audit.vocabulary import READ_TRAIL
from backoffice.operations import desk, live, queries
from backoffice.operations.models import Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operators.models import Operator
from tests import play
from tests.operations import rows

pytestmark = pytest.mark.django_db
ASKS = re.compile(r'hx-get="([^"]+)"')


@pytest.fixture
def client(carl, signed_in):
    return signed_in(carl)


@pytest.fixture
def opener(db):
    """Somebody who makes accounts, and sees nothing of the money."""
    fields = {"username": "opener", "name": "Opener", "operator_id": "opener", "password": "x" * 16}
    return Operator.objects.enrol(roles=[Role.ACCOUNTS], **fields)


def asks(response):
    """The address that the page asks for what has changed, as it stands on it; None where it does not."""
    found = ASKS.search(play.page(response))
    return found and found[1].replace("&amp;", "&")


def again(client, address):
    return client.get(f"/operations/{address}", headers={"HX-Request": "true"})


def approve(operation, by):
    return desk.approve(operation.pk, by=by, seen=operation.seen, reason=Reason("WITHIN_POLICY"))


def test_while_nothing_happens_it_costs_one_look_at_the_end_of_the_trail(client, mia):
    rows.awaiting(mia)
    address = asks(client.get("/operations/?open=on"))

    with CaptureQueriesContext(connection) as asked:
        response = again(client, address)

    assert response.status_code == 204
    # Who asks, and by the database's clock whether their sitting is over, is asked of every page.
    of_the_sitting = ("operator", "session", "SELECT clock_timestamp()")
    of_the_list = [query["sql"] for query in asked if not any(word in query["sql"] for word in of_the_sitting)]
    assert len(of_the_list) == 1
    assert "MAX" in of_the_list[0]
    assert "audit_entry" in of_the_list[0]


def test_what_moves_is_told_in_its_place_though_it_fits_the_filter_no_more(client, mia, carl):
    first, second = rows.awaiting(mia), rows.awaiting(mia)
    address = asks(client.get(f"/operations/?state={State.AWAITING_APPROVAL}"))

    approve(first, carl)
    response = again(client, address)

    shown = play.page(response)
    assert response.status_code == 200
    assert shown.index(second.reference) < shown.index(first.reference)
    assert "Approved, waiting to send" in shown
    assert 'id="rows" hx-swap-oob="morph"' in shown
    counts = {tab.label: tab.count for tab in response.context["tabs"]}
    assert (counts[State.AWAITING_APPROVAL.label], counts["Approved"]) == ("1", "1")
    assert again(client, asks(response)).status_code == 204


def test_a_vote_that_moves_nothing_yet_is_seen_too(client, mia, chen):
    operation = rows.awaiting(mia, amount="60000.00")
    address = asks(client.get("/operations/"))

    desk.approve(operation.pk, by=chen, seen=operation.seen, reason=Reason("WITHIN_POLICY"))

    assert rows.fresh(operation).state == State.AWAITING_APPROVAL
    assert "<bdi>Chen</bdi>" in play.page(again(client, address))


def test_what_is_new_is_counted_and_not_pushed_between(client, mia, carl):
    rows.awaiting(mia)
    address = asks(client.get("/operations/?open=on"))

    new = [rows.awaiting(mia) for _ in range(3)]
    response = again(client, address)

    shown = play.page(response)
    assert "3 new: show" in shown
    assert 'href="?open=on"' in shown
    assert not any(operation.reference in shown for operation in new)
    rows.queued(mia, carl)
    assert "4 new: show" in play.page(again(client, asks(response)))


def test_what_comes_to_fit_the_filter_is_new_and_what_does_not_is_not(client, mia, carl):
    old = rows.queued(mia, carl)
    address = asks(client.get(f"/operations/?state={State.EXCEPTION}"))

    rows.awaiting(mia)
    assert "new: show" not in play.page(again(client, address))
    rows.exception(mia, carl, login=2)
    assert "1 new: show" in play.page(again(client, address))
    assert old.reference not in play.page(again(client, address))


def test_past_the_end_of_a_full_page_nothing_is_new(client, mia, carl, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    oldest = rows.queued(mia, carl, login=1)
    for login in (2, 3):
        rows.exception(mia, carl, login=login)
    address = asks(client.get(f"/operations/?state={State.EXCEPTION}"))
    with unit():
        Operation.move(Operation.objects.filter(pk=oldest.pk), to=State.EXCEPTION, expecting=[State.QUEUED])

    assert "new: show" not in play.page(again(client, address))


def test_what_happens_elsewhere_brings_no_rows_along_and_is_known_afterwards(client, mia, vera):
    operation = rows.awaiting(mia)
    address = asks(client.get("/operations/"))

    with unit(by=vera) as work:
        work.note(READ_TRAIL)
    response = again(client, address)

    assert response.status_code == 200
    assert operation.reference not in play.page(response)
    assert 'id="tabs"' not in play.page(response)
    assert again(client, asks(response)).status_code == 204


def test_only_the_newest_page_asks(client, mia, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    for _ in range(3):
        rows.awaiting(mia)

    newest = client.get("/operations/")

    assert asks(newest)
    assert not asks(client.get(f"/operations/{newest.context['pager'].following}"))


def test_nobody_is_told_of_what_they_may_not_see(signed_in, mia, carl, opener):
    """The ids that a page hands back are anybody's to write."""
    theirs = rows.awaiting(mia)
    client = signed_in(opener)

    response = again(client, f"?version=0.x&shown={theirs.pk.hex}")

    assert response.status_code == 200
    assert theirs.reference not in play.page(response)
    assert "new: show" not in play.page(response)


@pytest.mark.parametrize("junk", ["", "\x00", "0.0", "9" * 40, "' OR 1=1 --", "a,b,c", "," * 500, "\U0001f4b6" * 50])
def test_junk_that_a_page_hands_back_is_no_failure_of_ours(client, mia, junk):
    rows.awaiting(mia)

    for name in ("version", "shown"):
        asked = {"version": "1.x", "shown": ""} | {name: junk}
        response = client.get("/operations/", asked, headers={"HX-Request": "true"})
        assert response.status_code in (200, 204)


def test_it_works_from_an_empty_list_on(client, mia):
    address = asks(client.get("/operations/"))

    rows.awaiting(mia)

    assert "1 new: show" in play.page(again(client, address))


def test_beyond_what_anybody_counts_it_says_so(client, mia, monkeypatch):
    monkeypatch.setattr(live, "MOST_NEW", 2)
    address = asks(client.get("/operations/"))
    for _ in range(4):
        rows.awaiting(mia)

    assert "2+ new: show" in play.page(again(client, address))


def test_the_address_keeps_every_filter(client):
    address = asks(client.get("/operations/?state=queued&state=running&login=128001"))

    asked = parse_qs(urlsplit(address).query)

    assert (asked["state"], asked["login"]) == (["queued", "running"], ["128001"])
