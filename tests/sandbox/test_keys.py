"""Who may call: headers as the contract has them, the right environment, and what each key's scopes open."""

import pytest

from tests.sandbox.api import Api, funds
from tests.sandbox_process import ACCOUNTS, FUNDING, REPORTING, WEB

REPORTS = ("daily?date=2026-11-20", "groups?date=2026-11-20", "symbols?date=2026-11-20", "exposure")
HEADERS = [
    ("x-request-id", "with space", 400),
    ("x-request-id", "", 400),
    ("x-request-id", "a" * 65, 400),
    ("x-request-id", "ümlaut", 400),
    ("x-request-id", "A.b_c:d-9" * 7, 201),
    ("x-operator-id", "a/b", 400),
    ("x-operator-id", "op.mia", 201),
    ("x-environment", "e" * 33, 400),
]


@pytest.mark.parametrize(("header", "value", "status"), HEADERS)
def test_headers_are_held_to_the_contract(api: Api, header: str, value: str, status: int):
    answer = api.move("deposit", funds(128001, "1"), request_id=None, headers={header: value.encode()})

    assert answer.status == status
    assert status == 201 or answer.error["details"]["field"] == header


def test_another_environment_s_call_is_refused(api: Api):
    right = api.move("deposit", funds(128001, "1"), headers={"x-environment": "demo"})
    wrong = api.move("deposit", funds(128001, "1"), headers={"x-environment": "live"})

    assert right.status == 201
    assert (wrong.status, wrong.error["details"]["reason"]) == (403, "wrongEnvironment")


ASKED = {
    "accounts:read": ("GET", "/accounts/128001", None),
    "accounts:write": ("PATCH", "/accounts/128001", '{"city": "Brno"}'),
    "accounts:password": ("POST", "/accounts/128001/password", '{"type": "trading", "newPassword": "Tr4ding!pass"}'),
    "funds:read": ("GET", "/transactions/history?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z", None),
    "funds:write": ("POST", "/transactions/deposit", funds(128001, "1")),
}
SCOPES = {
    WEB: {"accounts:read", "funds:read"},
    ACCOUNTS: {"accounts:read", "accounts:write", "accounts:password"},
    FUNDING: {"accounts:read", "funds:read", "funds:write"},
    REPORTING: {"accounts:read", "funds:read"},
    "demo-other-key": set[str](),
    "": set[str](),
}


@pytest.mark.parametrize("scope", ASKED)
@pytest.mark.parametrize("key", SCOPES)
def test_a_key_opens_what_its_scopes_say(api: Api, key: str, scope: str):
    method, path, body = ASKED[scope]
    answer = api.ask(method, path, key=key or None, body=body)

    if scope in SCOPES[key]:
        assert answer.status in (200, 201)
    else:
        assert (answer.status, answer.error["code"]) == (401, "Unauthorized")


@pytest.mark.parametrize("report", REPORTS)
def test_a_key_without_the_scope_for_reports_is_told_so_before_anything_else(api: Api, report: str):
    answer = api.ask("GET", f"/reports/{report}", key=FUNDING)

    assert (answer.status, answer.error["code"]) == (401, "Unauthorized")
