"""Money on the wire: each digit that comes in is kept, each that goes out is written, and nothing else is money."""

import json
from decimal import Decimal

import pytest

from backoffice.manager.failures import Unreadable
from backoffice.manager.wire import (
    Account,
    ErrorMessage,
    History,
    Money,
    Transaction,
    money,
    parsed,
    read,
    shaped,
    written,
)

ACCOUNT = '{"login": 1, "group": "g", "leverage": 100, "balance": %s}'
EXACT = [
    "0",
    "-0.01",
    "1240.10",
    "123456789012345.67",
    "999999999999999.12345678",
    "0.00000001",
    "1000000000000000",
    "7e2",
    "1E-3",
]
TEXTS = [
    "",
    " ",
    "NaN",
    "sNaN",
    "Infinity",
    "1_000",
    "1,000",
    "1e5",
    "+5",
    "0x1",
    " 5",
    "5 ",
    "２５０",
    "٢٥٠",
    "1.",
    ".5",
    "007",
    "--5",
]
NOT_MONEY = [
    *("NaN Infinity -Infinity 1e400 1e-400 1e16 1000000000000000.01 0.123456789 true false [] {} - 05 +5".split()),
    *(f'"{text}"' for text in TEXTS),
    '"5\\u0000"',
]


@pytest.mark.parametrize("digits", EXACT)
def test_every_digit_that_comes_in_is_kept(digits):
    balance = read(ACCOUNT.encode() % digits.encode(), Account).balance

    assert isinstance(balance, Money)
    assert (balance, balance.as_tuple().exponent) == (Decimal(digits), Decimal(digits).as_tuple().exponent)


@pytest.mark.parametrize("digits", ["1240.10", "-182.40", "123456789012345.67", "0.00000001"])
def test_a_decimal_in_a_string_is_the_same_money(digits):
    assert read(ACCOUNT.encode() % f'"{digits}"'.encode(), Account).balance == Decimal(digits)


@pytest.mark.parametrize("digits", NOT_MONEY)
def test_what_is_no_plain_decimal_is_unreadable(digits):
    with pytest.raises(Unreadable):
        read(ACCOUNT.encode() % digits.encode(), Account)


def test_a_float_cannot_become_money():
    for value in (0.1, 1.0, float("nan"), True, None, b"1", [1]):
        with pytest.raises(ValueError, match="not a decimal"):
            money(value)


def test_no_float_is_made_anywhere_in_a_message():
    body = b'{"a": [0.1, 1e300, -0.0, {"b": 12345678901234567890.123456789}], "c": 1e400}'

    numbers = [*parsed(body)["a"][:3], parsed(body)["a"][3]["b"], parsed(body)["c"]]

    assert [type(number) for number in numbers] == [Decimal] * 5
    assert str(numbers[3]) == "12345678901234567890.123456789"


@pytest.mark.parametrize("amount", ["250.00", "0.01", "123456789012345.67", "1E+3", "1E-8", "100", "0.10", "-0.00"])
def test_money_goes_out_digit_for_digit_as_a_number(amount):
    body = written({"amount": Decimal(amount)}).decode()

    assert body == f'{{"amount":{Decimal(amount):f}}}'
    assert "e" not in body.removeprefix('{"amount"').lower()
    assert json.loads(body, parse_float=Decimal, parse_int=Decimal)["amount"] == Decimal(amount)


def test_what_goes_out_is_json_whatever_the_text_holds():
    text = 'say "hello"\\ \u2028 Łódź 💶 </script>'

    body = written({"comment": text, "login": 128001, "none": None, "type": "balance"})

    assert json.loads(body) == {"comment": text, "login": 128001, "type": "balance"}


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), Decimal("sNaN"), 0.1, float("nan")])
def test_what_is_not_finite_and_what_is_a_float_never_goes_out(amount):
    with pytest.raises((ValueError, TypeError)):
        written({"amount": amount})


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"[]", b"<html>", b'{"login": 1', b'"text"', b"\xff\xfe{}", b"{}", b"0", b"[" * 100_000),
        b'{"login": "1", "group": "g", "leverage": 100}',
        b'{"login": 1.5, "group": "g", "leverage": 100}',
        b'{"login": true, "group": "g", "leverage": 100}',
        b'{"login": 1, "group": null, "leverage": 100}',
        b'{"login": ' + b"9" * 5000 + b', "group": "g", "leverage": 100}',
    ],
)
def test_what_is_not_of_the_contract_is_unreadable(body):
    with pytest.raises(Unreadable):
        read(body, Account)


def test_what_is_left_out_is_not_known_and_never_zero():
    account = read(b'{"login": 1, "group": "g", "leverage": 100, "newField": {"deep": 1}}', Account)

    assert (account.balance, account.credit, account.margin_free, account.permissions) == (None,) * 4


def test_a_history_is_a_list_of_lines():
    body = (
        b'{"items": [{"operationId": "dep_1", "status": "applied", "login": 1, "amount": -5.10}], "nextCursor": null}'
    )

    (raw,) = read(body, History).items
    line = shaped(raw, Transaction)

    assert (line.amount, line.request_id, line.deal, line.type) == (Decimal("-5.10"), None, "dep_1", None)
    assert read(b'{"operationId": "a", "status": "applied", "login": 1, "dealId": 7}', Transaction).deal == "7"


@pytest.mark.parametrize("status", ["APPLIED", "done", "processing", ""])
def test_a_status_that_is_not_the_contracts_is_unreadable_never_a_refusal(status):
    body = b'{"operationId": "dep_1", "status": "%s", "login": 1, "amount": 5}' % status.encode()

    with pytest.raises(Unreadable):
        read(body, Transaction)


@pytest.mark.parametrize("number", [b"1e99999999999999999999", b"1E9999999", b"1E-9999999"])
def test_a_number_beyond_all_bounds_is_unreadable(number):
    with pytest.raises(Unreadable):
        read(b'{"login": 1, "group": "g", "leverage": 1, "balance": %s}' % number, Account)


def test_an_error_needs_its_code_and_its_words():
    assert read(b'{"error": {"code": "NotFound", "message": "no"}}', ErrorMessage).error.details.mt_retcode == 0
    for body in (b'{"error": "no"}', b'{"error": {"code": 404, "message": "no"}}', b'{"message": "no"}'):
        with pytest.raises(Unreadable):
            read(body, ErrorMessage)
