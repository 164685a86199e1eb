"""Money on the wire: exact in, exact out, and refused where it is not money."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from tests.sandbox.api import Api, funds, money
from tests.sandbox_process import FUNDING, Sandbox

NOT_MONEY = [
    "0", "-1", "0.001", "10.005", "1e-3", "1000000000.01", "1e10", "NaN", "Infinity", "-Infinity", "true", "null",
    '"250.00"', "[1]", "{}", "0." + "1" * 40, "1" + "0" * 400, "1e999999999", "1e-999999999",
]  # fmt: skip


@pytest.mark.parametrize("amount", NOT_MONEY)
def test_what_is_no_amount_is_refused_and_moves_nothing(api: Api, sandbox: Sandbox, amount: str):
    before = sandbox.ledger(128001)
    answer = api.deposit(128001, amount)

    assert (answer.status, answer.error["code"]) == (400, "ValidationError")
    assert answer.error["details"]["field"] == "amount"
    assert sandbox.ledger(128001) == before


@pytest.mark.parametrize("amount", ["0.01", "0.1", "250", "250.00", "250.000", "2.5e2", "1000000000", "33.33"])
def test_an_amount_is_booked_to_the_unit(api: Api, amount: str):
    answer = api.deposit(128001, amount)

    assert answer.body["amount"] == Decimal(amount)
    assert answer.body["newBalance"] == Decimal("1240.10") + Decimal(amount)


def test_money_is_written_with_its_decimals_and_as_a_number(api: Api):
    answer = api.send("POST", "/transactions/deposit", key=FUNDING, body=funds(128001, "9.9"))

    assert '"amount":9.90,' in answer.text
    assert '"newBalance":1250.00,' in answer.text


def test_a_thousand_cents_are_ten(api: Api):
    for _ in range(100):
        api.deposit(128001, "0.1")

    assert api.account(128001)["balance"] == money("1250.10")


def test_yen_have_no_decimals(api: Api, sandbox: Sandbox):
    opened = api.create('{"group": "real\\\\standard-jpy", "leverage": 100, "name": "Sato Yuki"}').body["login"]

    assert api.deposit(opened, "1000").body["newBalance"] == 1000
    assert api.deposit(opened, "1000.0").status == 201
    assert api.deposit(opened, "0.5").status == 400
    assert '"amount":1000,' in sandbox._client.get(f"/ledger?login={opened}").text


def test_the_currency_must_be_the_account_s(api: Api):
    right = api.move("deposit", funds(128077, "5", ', "currency": "EUR"'))
    wrong = api.move("deposit", funds(128077, "5", ', "currency": "USD"'))

    assert right.status == 201
    assert (wrong.status, wrong.error["details"]["reason"]) == (400, "currencyMismatch")


@pytest.mark.parametrize("login", ["0", "-1", "1.5", '"128001"', "null", "9223372036854775808", "true"])
def test_a_login_that_is_none_is_refused(api: Api, login: str):
    answer = api.move("deposit", f'{{"login": {login}, "amount": 1}}')

    assert (answer.status, answer.error["details"]["field"]) == (400, "login")


def test_money_for_an_unknown_login_is_not_found(api: Api):
    assert api.deposit(999999, "1").status == 404
    assert api.deposit(2**63 - 1, "1").status == 404


def test_a_disabled_account_still_takes_money(api: Api, sandbox: Sandbox):
    sandbox.account(128001, enabled=False)

    assert api.deposit(128001, "1").status == 201


def test_a_withdrawal_takes_from_the_balance(api: Api):
    answer = api.move("withdraw", funds(128001, "240.10"))

    assert (answer.body["type"], answer.body["amount"]) == ("withdrawal", money("-240.10"))
    assert answer.body["newBalance"] == money("1000.00")


@pytest.mark.parametrize(
    ("login", "amount"),
    [
        (128001, "1240.11"),
        (128044, "3500.01"),  # above the free margin, though the balance would cover it
        (128205, "0.01"),  # a negative balance
    ],
)
def test_a_withdrawal_that_is_not_covered_is_refused(api: Api, login: int, amount: str):
    answer = api.move("withdraw", funds(login, amount))

    assert (answer.status, answer.error["details"]) == (
        400, {"field": "amount", "reason": "insufficientFunds", "mtRetcode": 10019},
    )  # fmt: skip


def test_metatrader_lets_a_client_withdraw_against_the_broker_s_credit(api: Api):
    answer = api.move("withdraw", funds(128044, "3000.00"))

    assert (answer.status, answer.body["newBalance"], answer.body["newCredit"]) == (201, 1000, 1000)


def test_credit_goes_in_and_out_beside_the_balance(api: Api):
    given = api.move("credit", funds(128001, "50"))
    taken = api.move("credit", funds(128001, "20", ', "direction": "out"'))
    too_much = api.move("credit", funds(128001, "30.01", ', "direction": "out"'))

    assert (given.body["type"], given.body["newCredit"]) == ("creditIn", 50)
    assert (taken.body["type"], taken.body["amount"], taken.body["newCredit"]) == ("creditOut", -20, 30)
    assert taken.body["newBalance"] == money("1240.10")
    assert (too_much.status, too_much.error["details"]["reason"]) == (400, "insufficientFunds")


@pytest.mark.parametrize("kind", ["correction", "charge", "bonus"])
def test_the_type_says_how_metatrader_books_it(api: Api, kind: str):
    up = api.move("deposit", funds(128001, "10", f', "type": "{kind}"'))
    down = api.move("withdraw", funds(128001, "10", f', "type": "{kind}"'))

    assert [(deal.body["type"], deal.body["amount"]) for deal in (up, down)] == [(kind, 10), (kind, -10)]


@pytest.mark.parametrize(("what", "more"), [("deposit", ', "type": "gift"'), ("credit", ', "direction": "up"'),
                                            ("deposit", ', "comment": 5'), ("deposit", ', "type": ["balance"]')])  # fmt: skip
def test_other_words_are_refused(api: Api, what: str, more: str):
    assert api.move(what, funds(128001, "1", more)).status == 400


def test_many_at_once_add_up(api: Api, sandbox: Sandbox):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.deposit(128301, "0.07"), range(200)))

    assert {answer.status for answer in answers} == {201}
    assert sandbox.account(128301)["balance"] == Decimal("48250.00") + 200 * Decimal("0.07")
