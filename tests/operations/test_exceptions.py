"""The exceptions desk: what is open, what it suggests, whose turn it is; and the evidence on the operation's page."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.operations import assignment, exceptions, queries
from backoffice.operations.meaning import CONFLICT, KEY_AGE, MOST_SENDS
from backoffice.operations.models import Answer, Attempt, Operation, Resolution
from backoffice.operations.states import State
from backoffice.operations.suggestion import suggestion
from backoffice.operators.models import Grant, Operator
from tests import play
from tests.operations import rows

pytestmark = pytest.mark.django_db

Out = Resolution.Outcome
SUGGESTED = [
    ("foreign", {}, Out.NOT_APPLIED),
    ("doubled", {}, Out.APPLIED),
    ("moved", {}, Out.NOT_APPLIED),
    ("accepted", {}, None),
    ("blind", {}, None),
    ("", {}, None),
    ("something new", {}, None),
    ("absent", {"sends": MOST_SENDS}, Out.SEND_AGAIN),
    ("absent", {"sends": MOST_SENDS, "last_answer": CONFLICT}, Out.NOT_APPLIED),
    ("absent", {"sends": MOST_SENDS, "was_taken_in": True}, Out.NOT_APPLIED),
    ("absent", {"sends": MOST_SENDS, "age": KEY_AGE * 2}, Out.NOT_APPLIED),
    ("absent", {"sends": 1, "age": KEY_AGE * 2}, Out.NOT_APPLIED),
    ("absent", {"sends": 1, "last_answer": CONFLICT}, Out.NOT_APPLIED),
    ("absent", {"sends": 1}, None),
]


def answered(operation, meaning, words="What MT5 said."):
    attempt = Attempt.objects.create(operation=operation, purpose="trace", token=operation.pk, at=clock.now())
    Answer.objects.create(attempt=attempt, at=clock.now(), meaning=meaning, words=words)
    return operation


def proposed(operation, by, outcome=Out.NOT_APPLIED):
    fields = {"operation": operation, "version": operation.version, "outcome": outcome, "evidence": "Nothing there."}
    fields |= {"reason": "Not at MT5", "proposed_by": by, "proposed_person": by.person_id, "proposed_at": clock.now()}
    return Resolution.objects.create(**fields)


def since(operation, minutes):
    Operation.objects.filter(pk=operation.pk).update(moved_at=clock.now() - timedelta(minutes=minutes))
    return operation


def listed(client, view=""):
    return client.get("/exceptions/", {"view": view} if view else {})


def order(client, view=""):
    return [row.operation.pk for row in listed(client, view).context["rows"]]


@pytest.fixture
def both(db):
    roles = [Role.FUNDING, Role.SUPERVISOR]
    return Operator.objects.enrol(username="both", name="Both", operator_id="op-both", roles=roles, password="x" * 16)


@pytest.mark.parametrize(("last", "facts", "outcome"), SUGGESTED)
def test_what_the_evidence_suggests(last, facts, outcome):
    moved_at = clock.now()
    operation = SimpleNamespace(
        sends=facts.get("sends", 0),
        last_answer=facts.get("last_answer", ""),
        moved_at=moved_at,
        key_since=moved_at - facts.get("age", timedelta(minutes=1)),
    )

    found = suggestion(operation, last=last, was_taken_in=facts.get("was_taken_in", False))

    assert found.outcome == outcome
    assert found.words
    assert found.why


def test_mine_to_confirm_comes_first_and_then_the_oldest(mia, carl, chen, signed_in):
    young, old, theirs, mine = (
        since(rows.exception(mia, carl, login=n), age) for n, age in enumerate((5, 50, 90, 1), 1)
    )
    proposed(theirs, carl)
    proposed(mine, chen)

    assert order(signed_in(carl)) == [mine.pk, theirs.pk, old.pk, young.pk]
    assert order(signed_in(chen)) == [theirs.pk, old.pk, young.pk, mine.pk]


def test_the_views_and_their_counts(mia, carl, chen, vera, signed_in):
    young, old, theirs, mine = (
        since(rows.exception(mia, carl, login=n), age) for n, age in enumerate((5, 50, 90, 1), 1)
    )
    proposed(theirs, carl)
    proposed(mine, chen)
    client = signed_in(carl)

    assert order(client, "confirm") == [mine.pk]
    assert set(order(client, "proposed")) == {mine.pk, theirs.pk}
    assert order(client, "unproposed") == [old.pk, young.pk]
    assert order(client, "late") == [theirs.pk, old.pk]
    tabs = listed(client, "late").context["tabs"]
    assert [(tab.label, tab.count, tab.is_current) for tab in tabs] == [
        ("All", "4", False),
        ("Mine", "0", False),
        ("Mine to confirm", "1", False),
        ("Nobody’s", "4", False),
        ("Not proposed", "2", False),
        ("Proposed", "2", False),
        ("Over 30 min", "2", True),
    ]
    assert "Mine to confirm" not in play.page(listed(signed_in(vera)))


def test_what_one_may_not_confirm_is_not_theirs(mia, carl, chen, both, signed_in):
    own = rows.exception(both, carl, login=1)
    other = rows.exception(mia, carl, login=2)
    with unit():
        again = Operator.objects.create(username="again", name="Again", operator_id="again", person=carl.person)
        Grant.objects.create(operator=again, role=Role.SUPERVISOR)
    proposed(own, chen)
    proposed(other, carl)

    assert order(signed_in(both), "confirm") == [other.pk]
    assert order(signed_in(again), "confirm") == [own.pk]
    with unit():
        Grant.objects.filter(operator=carl).delete()
    assert order(signed_in(chen), "confirm") == []


def test_each_row_says_what_it_takes_to_decide(mia, carl, chen, signed_in):
    operation = answered(rows.exception(mia, carl), "foreign", "MT5 holds something else under this request.")
    proposed(operation, chen)

    shown = play.page(listed(signed_in(carl)))

    for words in (
        operation.reference, "128001", "Amelia Novak", "250.00", "MT5 holds something else under this request.",
        "Mark as not booked", "Yours to confirm", "Chen", f"/operations/{operation.pk}/",
    ):  # fmt: skip
        assert words in shown, words


def test_an_answer_of_yesterdays_send_is_not_the_last_word(mia, carl):
    operation = answered(rows.exception(mia, carl), "absent")
    attempt = Attempt.objects.create(operation=operation, purpose="send", token=carl.person_id, at=clock.now())
    Answer.objects.create(attempt=attempt, at=clock.now() - timedelta(days=1), meaning="foreign", words="Old.")

    (row,), _ = exceptions.rows(QueryDict(), operator=carl)

    assert (row.words, row.suggestion.outcome) == ("What MT5 said.", None)


def test_nothing_open_is_said_so(carl, vera, cora, signed_in):
    for who in (carl, vera, cora):
        assert "Every outcome is known." in play.page(listed(signed_in(who)))
    assert "Nothing in this view." in play.page(listed(signed_in(carl), "mine"))


def test_readers_see_it_and_are_offered_no_act(mia, carl, vera, cora, sandbox, signed_in):
    operation = rows.exception(mia, carl)

    for who in (vera, cora):
        client = signed_in(who)
        assert operation.reference in play.page(listed(client))
        assert not listed(client).context["shell"].here["link"].count
        shown = play.page(client.get(f"/operations/{operation.pk}/"))
        assert "Suggested:" in shown
        assert 'data-dialog="applied"' not in shown
        assert client.post(f"/operations/{operation.pk}/resolution/", {}).status_code == 403


@pytest.mark.parametrize("name", ["mia", "fay", "ada"])
def test_others_do_not_come_in(request, name, signed_in):
    assert listed(signed_in(request.getfixturevalue(name))).status_code == 403


def test_it_is_read_and_nothing_else(carl, signed_in):
    for method in ("POST", "PUT", "DELETE"):
        assert signed_in(carl).generic(method, "/exceptions/").status_code == 405


def test_the_menu_counts_for_supervisors(mia, carl, signed_in):
    rows.exception(mia, carl, login=1)
    rows.exception(mia, carl, login=2)
    client = signed_in(carl)

    assert listed(client).context["shell"].here["link"].count == 2
    assert 'href="/exceptions/" aria-label="Show all: Exceptions that need a decision"' in play.page(client.get("/"))


def test_another_environments_exception_is_not_there(mia, carl, signed_in, settings):
    rows.exception(mia, carl)
    settings.MANAGER_ENVIRONMENT = "another"

    assert not order(signed_in(carl))


def test_the_page_of_one_holds_every_attempt(mia, carl, sandbox, signed_in):
    operation = answered(rows.exception(mia, carl), "absent", "Sent 3 times and not in MT5's ledger.")

    shown = play.page(signed_in(carl).get(f"/operations/{operation.pk}/"))

    evidence = shown[shown.index("<h2>Evidence</h2>") :]
    for words in (
        "2 attempts",
        "Sent to MT5",
        "Looked up at MT5",
        "Sent 3 times and not in",
        "the worker that sent it",
    ):
        assert words in evidence, words


def test_every_case_is_on_one_page_once_whatever_is_taken_meanwhile(mia, carl, chen, signed_in, monkeypatch):
    monkeypatch.setattr(exceptions, "PAGE", 2)
    made = [since(rows.exception(mia, carl, login=n), age) for n, age in enumerate((5, 5, 50, 90, 1), 1)]
    Operation.objects.filter(pk=made[1].pk).update(moved_at=made[0].moved_at)
    proposed(made[4], chen)
    assignment.take(made[0].pk, by=carl, seen="")
    client, address, seen = signed_in(carl), "", []
    while not seen or address:
        page = client.get(f"/exceptions/{address}").context
        seen.append([row.operation.pk for row in page["rows"]])
        address = page["pager"].following
    back = client.get(f"/exceptions/{page['pager'].previous}").context["rows"]

    oldest = [made[3].pk, made[2].pk, *sorted(row.pk for row in made[1:2])]
    assert [pk for page in seen for pk in page] == [made[4].pk, made[0].pk, *oldest]
    assert [row.operation.pk for row in back] == seen[-2]


@pytest.mark.parametrize("place", ["0", "0~0", "a~b~c", "0~2026-11-23 10:00:00~1", "9~nowhere~1", "~~", "0~~0~0"])
def test_a_place_that_is_none_is_the_beginning(place, mia, carl, signed_in):
    operation = rows.exception(mia, carl)

    for name in ("after", "before"):
        found = signed_in(carl).get("/exceptions/", {name: place}).context["rows"]
        assert [row.operation.pk for row in found] == [operation.pk]


def test_twelve_cases_ask_no_more_of_the_database_than_one(mia, carl, chen, signed_in, django_assert_num_queries):
    client = signed_in(carl)

    def case(login):
        operation = answered(rows.exception(mia, carl, login=login), "absent")
        proposed(operation, chen)
        assignment.take(operation.pk, by=carl, seen="")

    case(1)
    with CaptureQueriesContext(connection) as alone:
        listed(client)
    for login in range(2, 13):
        case(login)
    with django_assert_num_queries(len(alone)):
        assert len(listed(client).context["rows"]) == 12


@pytest.mark.parametrize(("minutes", "tone"), [(29, ""), (31, "warn"), (239, "warn"), (241, "bad")])
def test_the_age_looks_as_grave_as_it_is(minutes, tone, mia, carl):
    since(rows.exception(mia, carl), minutes)

    (row,), _ = exceptions.rows(QueryDict(), operator=carl)

    assert row.tone == tone


def test_the_tabs_of_the_list_count_what_is_live(mia, carl, signed_in, monkeypatch):
    for login in range(1, 4):
        rows.awaiting(mia, login=login)
    rows.exception(mia, carl, login=9)

    def counts():
        return {tab.label: tab.count for tab in signed_in(carl).get("/operations/").context["tabs"]}

    assert counts() | {"Open": "4", State.AWAITING_APPROVAL.label: "3", State.EXCEPTION.label: "1"} == counts()
    assert (counts()["All"], counts()[State.APPLIED.label], counts()[State.UNCERTAIN.label]) == ("", "", "")
    monkeypatch.setattr(queries, "MOST_COUNTED", 2)
    assert counts()["Open"] == "2+"
