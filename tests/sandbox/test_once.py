"""A request id is applied once, whatever is sent how often."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.api import Api, funds
from tests.sandbox_process import ACCOUNTS, Sandbox

PASSWORD = '{"type": "trading", "newPassword": "Tr4ding!pass"}'
OPENING = '{"group": "real\\\\standard-usd", "leverage": 100, "name": "A"}'


def test_a_repeat_is_answered_with_the_original(api: Api, sandbox: Sandbox):
    first = api.deposit(128001, "250.00", request_id="dep-1")
    again = api.deposit(128001, "250.00", request_id="dep-1")

    assert (again.status, again.error["code"]) == (409, "AlreadyApplied")
    assert again.error["original"] == first.body
    assert len(sandbox.deals_of("dep-1")) == 1


def test_a_repeat_that_asks_for_something_else_is_answered_the_same(api: Api, sandbox: Sandbox):
    first = api.deposit(128001, "250.00", request_id="dep-1")
    other = api.move("withdraw", funds(128254, "1"), request_id="dep-1")

    assert other.error["original"] == first.body
    assert len(sandbox.deals_of("dep-1")) == 1


def test_a_double_send_at_the_same_moment_books_once(api: Api, sandbox: Sandbox):
    sandbox.switch(processing_ms=30)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.deposit(128001, "250.00", request_id="dep-1"), range(8)))

    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    assert len(sandbox.deals_of("dep-1")) == 1


def test_what_was_refused_may_be_sent_again_under_its_id(api: Api, sandbox: Sandbox):
    refused = api.move("withdraw", funds(128001, "5000"), request_id="wdr-1")
    sandbox.terminal(128001, "deposit", "5000")
    again = api.move("withdraw", funds(128001, "5000"), request_id="wdr-1")

    assert (refused.status, again.status) == (400, 201)


def test_without_an_id_each_send_books(api: Api, sandbox: Sandbox):
    count = len(sandbox.ledger(128001))
    for _ in range(2):
        api.deposit(128001, "1", request_id=None)

    assert len(sandbox.ledger(128001)) == count + 2


def test_a_change_of_an_account_is_made_once(api: Api, sandbox: Sandbox):
    first = api.patch(128001, '{"leverage": 50}', request_id="upd-1")
    sandbox.terminal(128001, "change", leverage=200)
    again = api.patch(128001, '{"leverage": 50}', request_id="upd-1")

    assert (again.status, again.error["original"]) == (409, first.body)
    assert api.account(128001)["leverage"] == 200
    assert [change["requestId"] for change in sandbox.changes(128001)] == ["upd-1", None]


def test_an_account_is_opened_once(api: Api, sandbox: Sandbox):
    first, again = (api.create(OPENING, request_id="new-1") for _ in range(2))

    assert (again.status, again.error["original"]) == (409, first.body)
    assert len(sandbox.changes()) == 1


def test_a_password_is_rotated_once(api: Api, sandbox: Sandbox):
    first, again = (
        api.ask("POST", "/accounts/128001/password", key=ACCOUNTS, body=PASSWORD, request_id="pwd-1") for _ in range(2)
    )

    assert (again.status, again.error["original"]) == (409, first.body)
    assert len(sandbox.changes(128001)) == 1


@pytest.mark.parametrize("path", ["/accounts", "/transactions/deposit"])
def test_a_provider_may_not_keep_the_original(api: Api, sandbox: Sandbox, path: str):
    sandbox.switch(keeps_original=False)
    send = {"/accounts": lambda: api.create(OPENING, request_id="id-1"),
            "/transactions/deposit": lambda: api.deposit(128001, "1", request_id="id-1")}[path]  # fmt: skip
    send()
    again = send()

    assert again.status == 409
    assert "original" not in again.error


def test_a_provider_may_answer_a_repeat_as_it_answered_first(api: Api, sandbox: Sandbox):
    sandbox.switch(replays="same")
    first, again = (api.deposit(128001, "1", request_id="id-1") for _ in range(2))

    assert (again.status, again.body) == (201, first.body)
    assert len(sandbox.deals_of("id-1")) == 1


def test_a_provider_may_book_a_repeat_again(api: Api, sandbox: Sandbox):
    sandbox.switch(replays="again")
    first, again = (api.deposit(128001, "1", request_id="id-1") for _ in range(2))

    assert (again.status, again.body["newBalance"] - first.body["newBalance"]) == (201, 1)
    assert len(sandbox.deals_of("id-1")) == 2
