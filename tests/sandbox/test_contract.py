"""What the sandbox answers where nothing is broken; every answer here is held against openapi.yaml."""

import pytest
import yaml

from tests.sandbox import contract
from tests.sandbox.api import Api, funds, money
from tests.sandbox_process import ACCOUNTS, HOUSE, REPORTING, WEB, Sandbox

PASSWORD = "Tr4ding!pass"


def test_an_account_is_read_with_its_figures(api: Api):
    account = api.account(128044)

    assert account["equity"] == money("4400.00")
    assert account["marginFree"] == money("3500.00")
    assert account["marginLevel"] == money("488.89")
    assert (account["currency"], account["currencyDigits"], account["status"]) == ("USD", 2, "active")


def test_answers_have_no_field_that_the_contract_does_not_know(api: Api):
    assert api.account(128044).keys() <= contract.properties("Account")
    assert api.deposit(128001, "1").body.keys() <= contract.properties("Transaction")


def test_margin_level_is_zero_while_margin_is_zero(api: Api):
    assert api.account(128001)["marginLevel"] == 0


def test_an_unknown_login_is_not_found(api: Api):
    answer = api.ask("GET", "/accounts/999999", key=WEB)

    assert (answer.status, answer.error["code"]) == (404, "NotFound")


@pytest.mark.parametrize("path", ["/reports/daily?date=2026-11-20", "/nothing", "/accounts/0", "/accounts/abc"])
def test_what_is_not_there_is_not_found_in_the_contract_s_words(api: Api, path: str):
    answer = api.send("GET", path, key=REPORTING)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NotFound")


def test_an_account_is_opened_in_its_group_and_can_be_read(api: Api):
    body = '{"group": "real\\\\pro-eur", "leverage": 200, "name": "Łucja Żak", "email": "l.z@example.com"}'
    opened = api.create(body)

    assert opened.status == 201
    assert opened.body["currency"] == "EUR"
    assert opened.body["balance"] == 0
    assert api.account(opened.body["login"]) == opened.body


def test_an_account_is_opened_under_a_login_that_was_reserved(api: Api, sandbox: Sandbox):
    body = f'{{"login": 600001, "group": "demo\\\\standard-usd", "leverage": 100, "name": "A", "masterPassword": "{PASSWORD}"}}'
    opened = api.create(body, request_id="open-1")

    assert opened.body["login"] == 600001
    [change] = sandbox.changes(600001)
    assert (change["kind"], change["requestId"]) == ("create", "open-1")
    assert PASSWORD not in str(change)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ('"leverage": 100, "group": "real\\\\standard-usd"', "name"),
        ('"leverage": 100, "group": "real\\\\standard-usd", "name": " "', "name"),
        ('"name": "A", "group": "real\\\\standard-usd"', "leverage"),
        ('"name": "A", "group": "real\\\\standard-usd", "leverage": 33', "leverage"),
        ('"name": "A", "group": "real\\\\standard-usd", "leverage": 100, "login": 128001', "login"),
        ('"name": "A", "group": "real\\\\standard-usd", "leverage": 100, "login": "7"', "login"),
        ('"name": "A", "group": "real\\\\standard-usd", "leverage": 100, "masterPassword": "weak"', "masterPassword"),
        ('"name": 5, "group": "real\\\\standard-usd", "leverage": 100', "name"),
        ('"name": "\\ud800", "group": "real\\\\standard-usd", "leverage": 100', "name"),
    ],
)
def test_an_account_is_not_opened_with(api: Api, fields: str, field: str):
    answer = api.create(f"{{{fields}}}")

    assert (answer.status, answer.error["details"]["field"]) == (400, field)


@pytest.mark.parametrize("group", ["real\\\\nowhere", "", "REAL\\\\STANDARD-USD"])
def test_an_unknown_group_is_answered_as_a_lack_of_permission(api: Api, group: str):
    opened = api.create(f'{{"group": "{group}", "leverage": 100, "name": "A"}}')
    moved = api.patch(128001, f'{{"group": "{group}"}}')

    for answer in (opened, moved):
        assert (answer.status, answer.error["details"]["reason"]) == (403, "unknownGroup")


def test_a_change_is_made_and_read_back(api: Api):
    answer = api.patch(128001, '{"leverage": 50, "permissions": {"enabled": false}, "city": "Brno"}')

    assert (answer.body["leverage"], answer.body["status"], answer.body["city"]) == (50, "disabled", "Brno")
    assert api.account(128001) == answer.body


def test_read_only_is_trading_not_allowed(api: Api):
    assert api.patch(128001, '{"permissions": {"tradingAllowed": false}}').body["status"] == "readonly"


def test_a_leverage_that_the_group_lacks_is_ignored_in_silence(api: Api):
    answer = api.patch(128001, '{"leverage": 77, "city": "Brno", "shoeSize": 44}')

    assert (answer.status, answer.body["leverage"], answer.body["city"]) == (200, 100, "Brno")


@pytest.mark.parametrize("leverage", ["0", "5001", "1.5", '"50"', "true", "null"])
def test_a_leverage_that_is_none_is_refused(api: Api, leverage: str):
    answer = api.patch(128001, f'{{"leverage": {leverage}}}')

    assert (answer.status, answer.error["details"]["field"]) == (400, "leverage")


@pytest.mark.parametrize(
    "body", ["{}", "[]", "", "nonsense", '"text"', "\xff", "[" * 100_000, '{"leverage": ' + "9" * 5000 + "}"]
)
def test_a_body_that_is_no_change_is_refused(api: Api, body: str):
    answer = api.patch(128001, body)

    assert (answer.status, answer.error["code"]) == (400, "ValidationError")


def test_the_same_positions_bind_more_margin_at_a_lower_leverage(api: Api):
    ingrid, jo = (api.patch(login, '{"leverage": 100}').body for login in (128117, 128123))

    assert (ingrid["margin"], ingrid["marginLevel"]) == (money("2960.00"), money("157.09"))
    assert (jo["margin"], jo["marginLevel"]) == (money("3050.00"), money("26.89"))


def test_a_group_of_another_currency_is_refused_while_there_is_money(api: Api):
    answer = api.patch(128001, '{"group": "real\\\\pro-eur"}')

    assert (answer.status, answer.error["details"]["reason"]) == (400, "currencyMismatch")
    assert api.patch(128001, '{"group": "real\\\\islamic-usd"}').body["group"] == "real\\islamic-usd"


def test_texts_are_cut_in_silence(api: Api):
    long = "x" * 200
    answer = api.patch(128001, f'{{"comment": "{long}", "name": "{long}"}}')
    deal = api.move("deposit", funds(128001, "1", f', "comment": "{long}"'))

    assert (len(answer.body["comment"]), len(answer.body["name"])) == (63, 127)
    assert deal.body["comment"] == "x" * 31


@pytest.mark.parametrize("which", ["trading", "investor"])
def test_a_password_is_rotated_and_kept_nowhere(api: Api, sandbox: Sandbox, which: str):
    body = f'{{"type": "{which}", "newPassword": "{PASSWORD}"}}'
    answer = api.ask("POST", "/accounts/128001/password", key=ACCOUNTS, body=body)

    assert (answer.status, answer.body["type"]) == (200, which)
    assert api.account(128001)["lastPasswordChangeAt"] == answer.body["changedAt"]
    kept = b"".join(file.read_bytes() for file in sandbox.data.iterdir())
    assert PASSWORD.encode() not in kept


@pytest.mark.parametrize(
    "password", ["Sh0rt!", "nodigits!A", "NOLOWER1!", "noupper1!", "NoSpecial11", "Lóng3nough!", "W" * 13 + "aaa1!", 7]
)
def test_a_weak_password_is_refused(api: Api, password: object):
    written = f'"{password}"' if isinstance(password, str) else password
    body = f'{{"type": "trading", "newPassword": {written}}}'
    answer = api.ask("POST", "/accounts/128001/password", key=ACCOUNTS, body=body)

    assert (answer.status, answer.error["details"]["reason"]) == (400, "passwordPolicy")


def test_the_contract_here_is_a_whole_one():
    assert yaml.safe_load((HOUSE / "sandbox/openapi.yaml").read_text())["info"]["version"] == "2026.11"
