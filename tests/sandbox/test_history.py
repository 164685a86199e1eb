"""The history: by time, by login, page by page."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.sandbox.api import Api, funds
from tests.sandbox_process import WEB, Sandbox


def test_pages_hold_everything_once_and_oldest_first(api: Api, sandbox: Sandbox):
    items: list[dict[str, Any]] = []
    cursor, pages = None, 0
    while pages == 0 or cursor:
        page = api.history(limit=500, **({"cursor": cursor} if cursor else {})).body
        items, cursor, pages = items + page["items"], page["nextCursor"], pages + 1

    assert pages == len(items) // 500 + 1
    assert [item["time"] for item in items] == sorted(item["time"] for item in items)
    assert {item["operationId"] for item in items} == {deal["operationId"] for deal in sandbox.ledger()}
    assert len(items) == len(sandbox.ledger())


def test_a_page_that_is_just_full_is_the_last(api: Api, sandbox: Sandbox):
    count = len(sandbox.ledger(128044))

    assert api.history(login=128044, limit=count).body["nextCursor"] is None
    assert api.history(login=128044, limit=count - 1).body["nextCursor"]


def test_one_page_holds_a_thousand_unless_asked_otherwise(api: Api):
    assert len(api.history().body["items"]) == 1000


def test_the_window_takes_its_beginning_and_leaves_its_end(api: Api):
    deal = api.deposit(128001, "1").body
    time = deal["time"]
    after = time[:-2] + ("9Z" if time[-2] != "9" else "99Z")

    found = api.history(login=128001, **{"from": time, "to": after}).body["items"]
    assert [item["operationId"] for item in found] == [deal["operationId"]]
    assert api.history(login=128001, **{"from": "2026-01-01T00:00:00Z", "to": time}).body["items"][-1] != deal


def test_an_offset_is_understood(api: Api):
    asked = {"from": "2026-11-01T02:00:00+02:00", "to": "2026-11-20T02:00:00+02:00"}
    same = {"from": "2026-11-01T00:00:00Z", "to": "2026-11-20T00:00:00Z"}

    assert api.history(**asked).body == api.history(**same).body


def test_an_unknown_login_has_no_history(api: Api):
    assert api.history(login=999999).body == {"items": [], "nextCursor": None}


WRONG = [("from", "yesterday"), ("from", "2026-11-01"), ("to", "2026-11-01T00:00:00"), ("limit", "0"), ("limit", "10001"),
         ("limit", "x"), ("login", "-1"), ("login", "9" * 30), ("cursor", "nonsense"), ("from", "")]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_wrong_parameters_are_named(api: Api, name: str, value: str):
    answer = api.history(**{name: value})

    assert (answer.status, answer.error["details"]["field"]) == (400, name)


def test_both_ends_are_asked_for(api: Api):
    assert api.ask("GET", "/transactions/history", key=WEB).status == 400


def test_a_deal_made_at_a_terminal_has_no_request_id_and_a_dealer(api: Api, sandbox: Sandbox):
    sandbox.terminal(128001, "deposit", "12.50", comment="CRM deposit")
    deal = api.history(login=128001).body["items"][-1]

    assert (deal["requestId"], deal["operatorId"], deal["dealer"]) == (None, None, 1014)
    assert deal["comment"] == "CRM deposit"


def test_a_provider_may_not_tell_request_ids(api: Api, sandbox: Sandbox):
    api.deposit(128001, "1", headers={"x-operator-id": "mia"})
    told = api.history(login=128001).body["items"][-1]
    sandbox.switch(request_id_in_history=False)
    silent = api.history(login=128001).body["items"][-1]

    assert told["operatorId"] == "mia"
    assert {**silent, "requestId": told["requestId"]} == told
    assert "requestId" not in silent


def test_a_provider_may_put_ids_of_its_own_in_the_place_of_the_callers(api: Api, sandbox: Sandbox):
    sandbox.switch(own_request_ids=True)
    answer = api.deposit(128001, "1", request_id="dep-1")
    again = api.deposit(128001, "1", request_id="dep-1")
    line = api.history(login=128001).body["items"][-1]

    own = f"req_{answer.body['dealId']}"
    assert (answer.body["requestId"], line["requestId"], again.error["original"]["requestId"]) == (own, own, own)
    assert sandbox.terminal(128001, "deposit", "1")["requestId"] is None


def test_a_provider_may_not_tell_operators(api: Api, sandbox: Sandbox):
    sandbox.switch(operator_id_in_history=False)
    answer = api.deposit(128001, "1", headers={"x-operator-id": "mia"})

    assert answer.body["operatorId"] == "mia"
    assert "operatorId" not in api.history(login=128001).body["items"][-1]


def test_a_provider_may_give_no_next_page(api: Api, sandbox: Sandbox):
    sandbox.switch(next_cursor=False)
    page = api.history(limit=5).body

    assert (len(page["items"]), page["nextCursor"]) == (5, None)


def test_a_provider_may_cut_a_comment_shorter(api: Api, sandbox: Sandbox):
    sandbox.switch(comment_length=10)

    assert api.move("deposit", funds(128001, "1", ', "comment": "DEP-0123456789 Wire"')).body["comment"] == "DEP-012345"


def test_a_providers_clock_may_be_ahead(api: Api, sandbox: Sandbox):
    sandbox.switch(clock_ahead_ms=90_000)
    began = datetime.now(UTC)
    answer = api.deposit(128001, "1")

    assert timedelta(seconds=89) < datetime.fromisoformat(answer.body["time"]) - began < timedelta(seconds=95)
    assert timedelta(seconds=88) < parsedate_to_datetime(answer.headers["Date"]) - began < timedelta(seconds=95)
    assert api.history(login=128001).body["items"][-1]["operationId"] == answer.body["operationId"]
