"""Rules: which calls they befall, how often, and in which order."""

from typing import Any

import pytest

from tests.sandbox.wire import send
from tests.sandbox_process import Sandbox


def test_a_rule_counts_down_and_is_gone(sandbox: Sandbox):
    sandbox.rule("offline", times=2)

    assert [send(sandbox).status_code for _ in range(3)] == [503, 503, 201]
    assert sandbox.rules() == []


def test_the_first_rule_that_fires_wins(sandbox: Sandbox):
    sandbox.rule("unauthorized", times=None, login=128002)
    sandbox.rule("offline", probability=0, times=None)
    sandbox.rule("too_many")
    sandbox.rule("bad_gateway")

    assert [send(sandbox).status_code for _ in range(3)] == [429, 502, 201]


MATCHES = [({"method": "POST"}, True), ({"method": "GET"}, False), ({"path": "/transactions"}, True), ({"path": "/accounts"}, False),
           ({"path": "^.*deposit$"}, True), ({"path": "^/dep"}, False), ({"login": 128001}, True), ({"login": 128002}, False),
           ({"scope": "funds:write"}, True), ({"scope": "accounts:write"}, False), ({"method": "POST", "login": 128002}, False)]  # fmt: skip


@pytest.mark.parametrize(("match", "meets"), MATCHES)
def test_a_rule_meets_the_calls_it_names(sandbox: Sandbox, match: dict[str, Any], meets: Any):
    sandbox.rule("offline", **match)

    assert send(sandbox).status_code == (503 if meets else 201)


def test_chance_repeats_itself_with_its_seed(sandbox: Sandbox):
    runs = []
    for run in range(2):
        sandbox.clear()
        sandbox.rule("offline", times=None, probability=0.5, seed=7)
        runs.append([send(sandbox, request_id=f"{run}-{number}").status_code for number in range(12)])

    assert runs[0] == runs[1]
    assert set(runs[0]) == {201, 503}
