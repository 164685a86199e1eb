"""What comes later than its answer, or than the client waits: applied, booked, shown."""

import time
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.sandbox.api import Api, funds
from tests.sandbox.wire import BOOKED, NOT, booked, eventually, send
from tests.sandbox_process import Sandbox


def newest(api: Api) -> dict[str, Any]:
    return dict(api.history(login=128001).body["items"][-1])


@pytest.mark.parametrize(("applied", "deals"), [(True, BOOKED), (False, NOT)])
def test_slow_applies_before_or_after_its_wait(sandbox: Sandbox, applied: Any, deals: int):
    sandbox.rule("slow", ms=400, applied=applied)
    with pytest.raises(httpx.ReadTimeout):
        send(sandbox, timeout=0.1)

    assert booked(sandbox) == deals
    assert eventually(lambda: booked(sandbox) == 1)


def test_processing_goes_on_when_the_client_has_left(sandbox: Sandbox):
    sandbox.switch(processing_ms=400)
    with pytest.raises(httpx.ReadTimeout):
        send(sandbox, timeout=0.1)

    assert booked(sandbox) == 0
    assert eventually(lambda: booked(sandbox) == 1)


def test_latency_holds_up_every_answer(sandbox: Sandbox):
    sandbox.switch(latency_ms=80)
    began = time.monotonic()
    send(sandbox)

    assert time.monotonic() - began > 0.08


def test_what_is_accepted_is_booked_later(api: Api, sandbox: Sandbox):
    sandbox.rule("accepted", seconds=0.4)
    taken_in = api.deposit(128001, "250.00", request_id="dep-1")
    waiting = api.deposit(128001, "250.00", request_id="dep-1").error["original"]
    seen = newest(api)

    assert taken_in.body["status"] == waiting["status"] == seen["status"] == "accepted"
    assert "newBalance" not in taken_in.body
    assert api.account(128001)["balance"] == Decimal("1240.10")
    assert eventually(lambda: newest(api)["status"] == "applied")
    assert api.account(128001)["balance"] == Decimal("1490.10")


def test_what_is_accepted_may_be_rejected_later(api: Api, sandbox: Sandbox):
    sandbox.rule("accepted", seconds=0.1, outcome="rejected")
    api.deposit(128001, "250.00")

    assert eventually(lambda: newest(api)["status"] == "rejected")
    assert api.account(128001)["balance"] == Decimal("1240.10")


def test_what_is_accepted_is_rejected_when_the_money_has_gone(api: Api, sandbox: Sandbox):
    sandbox.rule("accepted", seconds=0.3)
    api.move("withdraw", funds(128001, "1000"))
    sandbox.terminal(128001, "withdraw", "500")

    assert eventually(lambda: [deal["status"] for deal in sandbox.ledger(128001)[-2:]] == ["rejected", "applied"])


@pytest.mark.parametrize("fault", ["history_late", "reset_after"])
def test_a_deal_may_come_late_into_the_history(api: Api, sandbox: Sandbox, fault: str):
    sandbox.rule(fault, shows_after=0.4)
    try:
        send(sandbox)
    except httpx.ReadError:
        assert fault == "reset_after"

    assert booked(sandbox) == 1
    assert newest(api)["requestId"] != "dep-1"
    assert eventually(lambda: newest(api)["requestId"] == "dep-1")
