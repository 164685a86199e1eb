"""What no honest client sends: it is refused, and never makes the sandbox stumble."""

import pytest

from tests.sandbox.api import Api, funds
from tests.sandbox_process import ACCOUNTS, FUNDING, Sandbox

HOSTILE = [
    '"\\ud800"',
    "null",
    "[]",
    "{}",
    '[["x"]]',
    "true",
    "-0",
    "1e400",
    '"\\u0000"',
    '"' + "x" * 70_000 + '"',
    "18446744073709551616",
]
FIELDS = ["login", "amount", "comment", "currency", "type", "direction", "group", "leverage", "name", "permissions", "agent",
          "masterPassword", "newPassword", "shoeSize"]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/transactions/deposit", "/transactions/credit", "/accounts", "/accounts/128001/password"]
)
def test_hostile_fields_never_make_it_stumble(api: Api, sandbox: Sandbox, path: str):
    key = FUNDING if path.startswith("/transactions") else ACCOUNTS
    plain = (
        {"login": "128001", "amount": "1"} if key == FUNDING else {"group": '"real\\\\standard-usd"', "leverage": "100"}
    )
    for field in FIELDS:
        for value in HOSTILE:
            body = ", ".join(f'"{name}": {given}' for name, given in {**plain, field: value}.items())
            assert api.send("POST", path, key=key, body=f"{{{body}}}").status_code < 500, body[:200]
    assert api.patch(128001, '{"shoeSize": "\\ud800"}').status == 200
    assert sandbox.changes(128001)


@pytest.mark.parametrize("header", ["x-request-id", "x-operator-id", "x-environment"])
def test_bytes_in_a_header_that_are_no_text_are_refused(api: Api, sandbox: Sandbox, header: str):
    answer = api.send(
        "POST", "/transactions/deposit", key=FUNDING, body=funds(128001, "1"), headers={header: b"\xff\xfe"}
    )

    assert answer.status_code in (400, 403)
    assert sandbox.calls(1)
