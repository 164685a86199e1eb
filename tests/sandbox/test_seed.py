"""The world at the beginning: the stories' accounts to the cent, and around them a believable broker."""

import json
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox import contract
from tests.sandbox.api import Api
from tests.sandbox_process import WEB, Sandbox

TOLD: list[tuple[int, dict[str, str]]] = [
    (128001, {"name": "Amelia Novak", "balance": "1240.10", "margin": "0.00", "currency": "USD"}),
    (128044, {"name": "Tomás Rivera", "balance": "4000.00", "credit": "1000.00", "floating": "-600.00", "margin": "900.00",
              "equity": "4400.00", "marginFree": "3500.00"}),
    (128077, {"name": "Hana Nguyen", "currency": "EUR"}),
    (128117, {"name": "Ingrid Dahl", "equity": "4650.00", "margin": "1480.00", "marginLevel": "314.19"}),
    (128123, {"name": "Jo Park", "equity": "820.00", "margin": "610.00", "leverage": "500", "marginLevel": "134.43"}),
    (128130, {"margin": "0.00"}),
    (128201, {"balance": "-182.40"}),
    (128202, {"balance": "-57.15"}),
    (128203, {"balance": "-3940.00"}),
    (128204, {"balance": "-12.00", "margin": "24.00"}),
    (128205, {"balance": "-410.55", "credit": "200.00"}),
    (128206, {"balance": "-75.00"}),
    (128254, {"name": "Kofi Fernandez", "currency": "USD"}),
    (128301, {"name": "Viktor Petrov", "currency": "USD"}),
    (128302, {"name": "Viktor Petrov", "currency": "USD"}),
]  # fmt: skip


@pytest.mark.parametrize(("login", "figures"), TOLD)
def test_the_stories_find_their_accounts(api: Api, login: int, figures: dict[str, str]):
    account = api.account(login)

    assert {name: str(account[name]) for name in figures} == figures


@pytest.fixture(scope="module")
def world(process: Sandbox) -> list[dict[str, Any]]:
    process.reset()
    with closing(Api(process.url).http) as http:
        everybody = [*range(128_001, 128_341), *range(129_001, 129_061), 129_901]
        headers = {"Authorization": f"Bearer {WEB}"}
        answers = [http.get(f"/accounts/{login}", headers=headers) for login in everybody]
    # The schema takes its time; one in ten is held against it.
    assert all(contract.check(answer) for answer in answers[::10])
    return [json.loads(answer.text, parse_float=Decimal) for answer in answers]


def test_every_account_is_of_the_contract_and_its_sums_hold(world: list[dict[str, Any]]):
    for account in world:
        assert account["equity"] == account["balance"] + account["credit"] + account["floating"]
        assert account["marginFree"] == account["equity"] - account["margin"]
        assert account["email"].isascii()
    assert len({account["email"] for account in world}) == len(world)


def test_the_payrolls_filter_finds_three_and_the_gap_left_six(world: list[dict[str, Any]]):
    dollars = [
        account for account in world if account["group"].startswith("real\\") and account["group"].endswith("-usd")
    ]
    risky = [one["login"] for one in dollars if one["leverage"] >= 200 and one["equity"] > 500]
    negative = [one["login"] for one in world if one["balance"] < 0]

    assert risky == [128117, 128123, 128130]
    assert negative == [*range(128_201, 128_207)]


def test_the_world_has_a_bit_of_everything(world: list[dict[str, Any]]):
    assert {account["status"] for account in world} == {"active", "readonly", "disabled"}
    assert len({account["group"] for account in world}) == 8
    assert len({account["country"] for account in world}) > 15
    assert sum(account["credit"] > 0 for account in world) > 10
    assert sum(account["margin"] > 0 for account in world) > 80


def test_the_past_leads_to_the_balance(sandbox: Sandbox, world: list[dict[str, Any]]):
    ledger = sandbox.ledger()
    for account in world:
        past = [deal for deal in ledger if deal["login"] == account["login"]]
        assert past
        assert past[-1]["newCredit"] in (0, account["credit"])
        assert sum(deal["amount"] for deal in past if deal["type"] == "creditIn") == account["credit"]
    by_hand = [deal for deal in ledger if deal["requestId"] is None]
    assert len(ledger) / 10 < len(by_hand) < len(ledger) / 3
    assert all(deal["dealer"] for deal in by_hand)


def test_the_seed_is_the_same_each_time(sandbox: Sandbox):
    def figures() -> list[tuple[int, str, Decimal]]:
        return [(deal["login"], deal["type"], deal["amount"]) for deal in sandbox.ledger()]

    before = figures()
    sandbox.reset()
    assert figures() == before
