"""Each fault by what a client sees of it and by what the ledger says happened."""

import threading
import time
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.sandbox.api import Api
from tests.sandbox.wire import BOOKED, NOT, booked, eventually, raw, send, send_in_vain
from tests.sandbox_process import Sandbox

ANSWERED: list[tuple[str, dict[str, Any], int, int]] = [
    ("offline", {}, 503, NOT),
    ("offline", {"applied": True}, 503, BOOKED),
    ("garbage", {}, 200, NOT),
    ("garbage", {"applied": True}, 200, BOOKED),
    ("bad_gateway", {}, 502, NOT),
    ("bad_gateway", {"applied": True}, 502, BOOKED),
    ("redirect", {}, 302, NOT),
    ("redirect", {"applied": True}, 302, BOOKED),
    ("foreign_conflict", {}, 409, NOT),
    ("foreign_conflict", {"applied": True}, 409, BOOKED),
    ("bare_conflict", {}, 409, NOT),
    ("bare_conflict", {"applied": True}, 409, BOOKED),
    ("unauthorized", {}, 401, NOT),
    ("forbidden", {}, 403, NOT),
    ("too_many", {}, 429, NOT),
    ("slow", {"ms": 50}, 201, BOOKED),
    ("slow", {"ms": 50, "applied": True}, 201, BOOKED),
    ("trickle", {"ms": 1}, 201, BOOKED),
    ("accepted", {"seconds": 60}, 201, BOOKED),
    ("wrong_echo", {}, 201, BOOKED),
    ("history_late", {}, 201, BOOKED),
]


@pytest.mark.parametrize(("fault", "params", "status", "deals"), ANSWERED)
def test_a_fault_answers_and_books_as_it_says(
    sandbox: Sandbox, fault: str, params: dict[str, Any], status: int, deals: int
):
    sandbox.rule(fault, **params)
    response = send(sandbox)

    assert (response.status_code, booked(sandbox)) == (status, deals)
    assert sandbox.calls(1)[0] | {"fault": fault, "status": status} == sandbox.calls(1)[0]


@pytest.mark.parametrize(
    "fault", ["offline", "bare_conflict", "unauthorized", "forbidden", "too_many", "foreign_conflict"]
)
def test_what_the_manager_itself_answers_is_of_the_contract(api: Api, sandbox: Sandbox, fault: str):
    sandbox.rule(fault, times=2)

    assert api.deposit(128001, "250.00").error["code"]
    assert api.patch(128001, '{"leverage": 50}').error["code"]


@pytest.mark.parametrize("fault", ["garbage", "bad_gateway"])
def test_what_a_proxy_answers_is_html(sandbox: Sandbox, fault: str):
    sandbox.rule(fault)

    assert send(sandbox).headers["Content-Type"].startswith("text/html")


UNANSWERED = [
    ("reset_before", httpx.ReadError, NOT),
    ("reset_after", httpx.ReadError, BOOKED),
    ("timeout_before", httpx.ReadTimeout, NOT),
    ("timeout_after", httpx.ReadTimeout, BOOKED),
    ("cut", httpx.RemoteProtocolError, BOOKED),
]


@pytest.mark.parametrize(("fault", "failure", "deals"), UNANSWERED)
def test_a_fault_gives_no_whole_answer_and_books_as_it_says(
    sandbox: Sandbox, fault: str, failure: type[Exception], deals: int
):
    sandbox.rule(fault)
    with pytest.raises(failure):
        send(sandbox, timeout=0.2)

    assert booked(sandbox) == deals
    assert send(sandbox).status_code == (409 if deals else 201)


def test_a_reset_is_a_real_one(sandbox: Sandbox):
    sandbox.rule("reset_after")
    with pytest.raises(ConnectionResetError):
        raw(sandbox)


def test_a_cut_answer_is_half_of_it(sandbox: Sandbox):
    sandbox.rule("cut")
    head, _, body = raw(sandbox).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 201")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(body) == length // 2


def test_a_time_out_ends_by_itself(sandbox: Sandbox):
    sandbox.rule("timeout_after", seconds=0.1)
    with pytest.raises(httpx.ReadError):
        send(sandbox)


def test_a_trickling_answer_outlives_a_time_out_per_read(sandbox: Sandbox):
    sandbox.rule("trickle", ms=5)
    began = time.monotonic()
    response = send(sandbox, timeout=0.8)

    assert response.json()["amount"] == 250
    assert time.monotonic() - began > 0.8


def test_retry_after_is_told_where_it_is_known(sandbox: Sandbox):
    sandbox.rule("offline")
    sandbox.rule("offline", retry_after=7)
    sandbox.rule("too_many", retry_after=3)

    assert [send(sandbox).headers.get("Retry-After") for _ in range(3)] == [None, "7", "3"]


def test_a_refusal_may_have_a_reason(sandbox: Sandbox):
    sandbox.rule("forbidden")
    sandbox.rule("forbidden", reason="dealerLimit")
    bare, named = (send(sandbox).json()["error"] for _ in range(2))

    assert "details" not in bare
    assert named["details"]["reason"] == "dealerLimit"


def test_somebody_else_s_conflict_shows_somebody_else_s_operation(sandbox: Sandbox):
    sandbox.rule("foreign_conflict", times=2)
    first = send(sandbox).json()["error"]["original"]

    assert (first["requestId"], first["amount"], first["login"]) == ("crm-77120", 260, 128001)
    sandbox.clear()
    sandbox.rule("foreign_conflict", amount=Decimal("250.00"), params={"login": 128002})
    second = send(sandbox).json()["error"]["original"]
    assert (second["amount"], second["login"]) == (250, 128002)


def test_a_wrong_echo_speaks_of_another(sandbox: Sandbox):
    sandbox.rule("wrong_echo")
    sandbox.rule("wrong_echo", amount=Decimal("25.00"))
    login, amount = send(sandbox).json(), send(sandbox, request_id="dep-2").json()

    assert (login["login"], login["amount"]) == (128002, 250)
    assert (amount["login"], amount["amount"]) == (128001, 25)
    assert [deal["amount"] for deal in sandbox.ledger(128001)[-2:]] == [250, 250]


@pytest.mark.parametrize(
    ("field", "body"),
    [("leverage", '{"leverage": 50}'), ("permissions.enabled", '{"permissions": {"enabled": false}}')],
)
def test_a_field_is_ignored_in_silence(api: Api, sandbox: Sandbox, field: str, body: str):
    before = api.account(128001)
    sandbox.rule("ignore_field", method="PATCH", field=field)

    assert api.patch(128001, body).body == before
    assert api.patch(128001, body).body != before


def test_a_waiting_call_does_not_hold_up_others(api: Api, sandbox: Sandbox):
    sandbox.rule("timeout_before", login=128001, seconds=2)
    stuck = threading.Thread(target=send_in_vain, args=(sandbox,))
    stuck.start()
    assert eventually(lambda: len(sandbox.calls()) == 1)
    assert api.deposit(128254, "1").status == 201

    assert stuck.is_alive()
    stuck.join()
