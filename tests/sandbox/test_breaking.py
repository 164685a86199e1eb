"""The page that breaks it and its JSON: what may be asked, by whom, and what is shown."""

import re
from pathlib import Path

import httpx
import pytest

from tests.sandbox.api import Api
from tests.sandbox_process import FUNDING, Sandbox, client

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def door(sandbox: Sandbox):
    with client(sandbox.break_url, timeout=5) as http:
        yield http


FOREIGN = [
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example:9401"},
    {"Host": ""},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": "http://[broken"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_cannot_drive_it(door: httpx.Client, sandbox: Sandbox, headers: dict[str, str]):
    sandbox.rule("offline", times=None)
    for path in ("/reset", "/rules", "/terminal", "/switches", "/presets", "/accounts/128001"):
        answer = door.post(path, headers=headers, data={"preset": "Manager offline", "fault": "cut"})
        assert answer.status_code == 403, path

    assert len(sandbox.rules()) == 1


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_its_own_page_can(door: httpx.Client, name: str):
    answer = door.post("/rules", json={"fault": "cut"}, headers={"Origin": f"http://{name}:9401", "Host": name})

    assert answer.status_code == 200


def test_both_doors_are_on_loopback_only(sandbox: Sandbox):
    for url in (sandbox.url, sandbox.break_url):
        port = f"{httpx.URL(url).port:04X}"
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()]
        assert [row[1] for row in rows if row[1].endswith(f":{port}") and row[3] == "0A"] == [f"0100007F:{port}"]


WRONG = [
    {"fault": "nonsense"},
    {"fault": "cut", "params": {"aplied": True}},
    {"fault": "slow", "params": {"ms": "soon"}},
    {"fault": "slow", "params": {"ms": True}},
    {"fault": "offline", "params": {"applied": 1}},
    {"fault": "cut", "match": {"url": "/"}},
    {"fault": "cut", "match": {"login": "128001"}},
    {"fault": "cut", "match": {"path": "^("}},
    {"fault": "cut", "times": 0},
    {"fault": "cut", "probability": 2},
    {"fault": "cut", "probability": "often"},
    {"fault": "cut", "time": 3},
    {"fault": "cut", "seed": "x"},
    {"fault": "cut", "match": []},
    {"fault": "accepted", "params": {"outcome": "lost"}},
    {},
]


@pytest.mark.parametrize("rule", WRONG)
def test_a_rule_with_a_slip_is_refused(door: httpx.Client, sandbox: Sandbox, rule: dict[str, object]):
    assert door.post("/rules", json=rule).status_code == 400
    assert sandbox.rules() == []


@pytest.mark.parametrize("switches", [{"latency": 5}, {"latency_ms": "5"}, {"keeps_original": 1}, {"latency_ms": -1},
                                      {"replays": "never"}, {"replays": True}])  # fmt: skip
def test_a_switch_with_a_slip_is_refused(door: httpx.Client, switches: dict[str, object]):
    before = door.get("/switches").json()

    assert door.post("/switches", json={"processing_ms": 9, **switches}).status_code == 400
    assert door.get("/switches").json() == before


def test_a_presenter_can_do_it_all_with_forms(door: httpx.Client, api: Api, sandbox: Sandbox):
    sent = [
        door.post("/presets", data={"preset": "Books, then drops the connection"}),
        door.post("/rules", data={"fault": "slow", "params": '{"ms": 5}', "login": "128001", "times": "", "path": "", "probability": "1"}),
        door.post("/switches", data={"keeps_original": "false", "request_id_in_history": "true", "latency_ms": "1"}),
        door.post("/terminal", data={"login": "128001", "action": "deposit", "amount": "9.90", "comment": "CRM", "group": ""}),
        door.post("/terminal", data={"login": "128001", "action": "change", "amount": "", "leverage": "50", "comment": ""}),
        door.post("/accounts", data={"login": "128001", "floating": "-5.5", "margin": "100", "enabled": "", "balance": ""}),
    ]  # fmt: skip

    assert [(answer.status_code, answer.headers["Location"]) for answer in sent] == [(303, "/")] * 6
    assert [(rule["fault"], rule["times"], rule["match"].get("login")) for rule in sandbox.rules()] == [
        ("reset_after", 1, None), ("slow", None, 128001),
    ]  # fmt: skip
    account = sandbox.account(128001)
    assert [str(account[name]) for name in ("balance", "floating", "margin", "leverage")] == [
        "1250.00",
        "-5.50",
        "100.00",
        "50",
    ]
    removal = f"/rules/{sandbox.rules()[0]['id']}/removal"
    assert door.post(removal, headers=FORM).status_code == 303
    assert [rule["fault"] for rule in sandbox.rules()] == ["slow"]
    assert door.post("/rules/removal", headers=FORM).status_code == 303
    assert sandbox.rules() == []


def test_the_page_offers_each_switch_with_what_holds_now_first(door: httpx.Client, sandbox: Sandbox):
    sandbox.switch(replays="again", keeps_original=False, comment_length=16)
    shown = door.get("/").text

    assert re.findall(r'<select name="replays">(.+?)</select>', shown)[0].startswith('<option value="again">')
    assert re.findall(r'<select name="keeps_original">(.+?)</select>', shown)[0].startswith('<option value="false">')
    assert 'name="comment_length" value="16"' in shown


def test_every_preset_is_a_rule(door: httpx.Client, sandbox: Sandbox):
    names = re.findall(r'name="preset" value="([^"]+)"', door.get("/").text)
    for name in names:
        sent = door.post("/presets", data={"preset": name.replace("&#x27;", "'")})
        assert sent.status_code == 303, name

    assert len(sandbox.rules()) == len(names) > 10


def test_a_preset_can_be_used_twice(door: httpx.Client, sandbox: Sandbox):
    for _ in range(2):
        door.post("/presets", data={"preset": "Half an answer"})

    assert [rule["times"] for rule in sandbox.rules()] == [1, 1]


def test_the_page_has_no_script_and_escapes_what_it_shows(door: httpx.Client, api: Api, sandbox: Sandbox):
    sandbox.terminal(128001, "deposit", "1", comment="<script>alert(1)</script>")
    sandbox.rule("cut", path="/<b>")
    api.send("GET", "/accounts/<img src=x>", key=FUNDING)
    answer = door.get("/")

    assert "<script" not in answer.text
    assert "<img" not in answer.text
    assert "<b>&" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_calls_tell_who_asked_for_what_and_never_the_key(door: httpx.Client, api: Api, sandbox: Sandbox):
    api.deposit(128001, "1", request_id="dep-1", headers={"x-operator-id": "mia", "x-environment": "demo"})
    [call] = sandbox.calls(1)

    assert {**call, "time": ""} == {
        "time": "", "method": "POST", "path": "/transactions/deposit", "requestId": "dep-1", "operatorId": "mia",
        "environment": "demo", "key": "funding", "status": 201, "fault": None,
    }  # fmt: skip
    assert FUNDING not in door.get("/calls").text + door.get("/").text


@pytest.mark.parametrize("fields", [{"login": 1, "action": "deposit", "amount": 1}, {"login": 128001, "action": "steal"}, {},
                                    {"login": 128001, "action": "withdraw", "amount": 99999}])  # fmt: skip
def test_a_terminal_is_refused_what_cannot_be(door: httpx.Client, fields: dict[str, object]):
    assert door.post("/terminal", json=fields).status_code in (400, 404)


def test_a_correction_goes_both_ways_at_a_terminal(sandbox: Sandbox):
    up, down = sandbox.terminal(128206, "correction", "75.00"), sandbox.terminal(128001, "correction_out", "0.10")

    assert (up["type"], up["newBalance"]) == ("correction", 0)
    assert (down["type"], down["newBalance"]) == ("correction", 1240)


@pytest.mark.parametrize("figures", [{"shoe": 1}, {"floating": "much"}, {"margin": 0.001}, {"enabled": "yes"}, {"leverage": "x"},
                                     {"margin": None}, {"name": 5}])  # fmt: skip
def test_figures_with_a_slip_are_refused(door: httpx.Client, figures: dict[str, object]):
    assert door.post("/accounts/128001", json=figures).status_code == 400


def test_reset_begins_again(api: Api, sandbox: Sandbox):
    api.deposit(128001, "1", request_id="dep-1")
    sandbox.rule("offline", times=None)
    sandbox.switch(latency_ms=1, keeps_original=False)
    sandbox.reset()

    assert (sandbox.rules(), sandbox.calls(), sandbox.deals_of("dep-1")) == ([], [], [])
    assert api.deposit(128001, "1", request_id="dep-1").status == 201
    assert api.deposit(128001, "1", request_id="dep-1").error["original"]
