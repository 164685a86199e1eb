"""The probe of a provider: what it finds at a sandbox of each of the ways, what it moves, and what it refuses."""

import json
import math
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from backoffice.audit import chain
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.operations import queries, stops
from backoffice.operations.models import Finding
from backoffice.operations.probe import moving
from backoffice.operations.probe.asking import apart
from backoffice.operations.probe.reading import in_order
from backoffice.safety.secret import Secret
from tests.operations import rows
from tests.sandbox_process import HOUSE

pytestmark = pytest.mark.django_db

LOGIN = 128130
ON_MONEY = {"path": "/transactions/", "method": "POST"}
SECOND = timedelta(seconds=1)
LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def login(settings, sandbox):
    settings.PROBE_LOGIN = LOGIN
    return LOGIN


def probe(*words, **options):
    """What the command prints, what it complains of, and with which error it ends."""
    out, complaints = StringIO(), StringIO()
    try:
        call_command("manager_probe", *words, stdout=out, stderr=complaints, no_color=True, wait=2.0, **options)
    except CommandError as error:
        return out.getvalue(), complaints.getvalue(), str(error)
    return out.getvalue(), complaints.getvalue(), ""


def written(**options):
    return probe("--write", operator="ada", **options)


def found():
    return {finding.name: finding.value for finding in queries.findings()}


def judgements():
    told = json.loads(probe("--show", "--json")[0])["judgements"]
    return {(each["name"], each["level"]) for each in told}


def advice():
    return {each["setting"] for each in json.loads(probe("--show", "--json")[0])["judgements"]}


def posts(sandbox):
    """Every call that asked to move money, the oldest first."""
    return [call for call in reversed(sandbox.calls(5000)) if call["method"] == "POST"]


def balance(sandbox):
    return sandbox.account(LOGIN)["balance"]


# What it finds


def test_a_provider_of_the_contract_is_found_to_be_one(ada, sandbox, login):
    before = balance(sandbox)
    report, complaints, error = written()

    assert (complaints, error, judgements()) == ("", "", set())
    assert "Nothing here contradicts the settings." in report
    values = found()
    assert int(values.pop("delay")) < 500
    assert int(values.pop("read_time")) < 500 > int(values.pop("write_time"))
    assert values == {
        "address": sandbox.url,
        "missing_scope": "401 Unauthorized",
        "unknown_login": "404 NotFound",
        "nonsense_read": "400 ValidationError, field from",
        "order": "oldest first",
        "paging": "works",
        "booking": "at once",
        "echo": "ours",
        "replay": "409 AlreadyApplied",
        "original": "equal to the first answer",
        "other_body": "409 AlreadyApplied",
        "request_id": "ours",
        "operator_id": "ours",
        "comment": "31",
        "reference": "kept",
        "time": "given",
        "nonsense_write": "400 ValidationError, field amount",
        "skew": "0",
        "retry_after": "no 429 seen",
        "balance": "as before",
    }
    assert balance(sandbox) == before


# the provider's ways, the finding that they turn, and how that is judged
WAYS = [
    ({"request_id_in_history": False}, "request_id", "none", None),
    ({"own_request_ids": True}, "request_id", "another, with our reference", "warning"),
    ({"own_request_ids": True}, "echo", "another, with our reference", None),
    ({"own_request_ids": True, "comment_length": 10}, "echo", "another", "error"),
    ({"own_request_ids": True, "comment_length": 10}, "reference", "lost", "error"),
    ({"keeps_original": False}, "original", "missing", None),
    ({"comment_length": 16}, "comment", "16", "warning"),
    ({"comment_length": 14}, "reference", "kept", None),
    ({"comment_length": 13}, "reference", "lost", "warning"),
    ({"comment_length": 13, "request_id_in_history": False}, "reference", "lost", "error"),
    ({"replays": "same"}, "replay", "the first answer again", None),
    ({"replays": "same"}, "original", "no 409", None),
    ({"replays": "same"}, "other_body", "the first answer again", None),
    ({"replays": "again"}, "replay", "booked again", "error"),
    ({"replays": "again"}, "other_body", "booked", "error"),
    ({"operator_id_in_history": False}, "operator_id", "none", "warning"),
    ({"next_cursor": False}, "paging", "no next page", "warning"),
]


@pytest.mark.parametrize(("ways", "name", "value", "level"), WAYS, ids=str)
def test_each_of_a_providers_ways_is_seen_and_judged_and_put_back(ada, sandbox, login, ways, name, value, level):
    sandbox.switch(**ways)
    before = balance(sandbox)

    _, complaints, error = written()

    assert found()[name] == value
    assert {told for judged, told in judgements() if judged == name} == ({level} if level else set())
    assert (found()["balance"], balance(sandbox), complaints) == ("as before", before, "")
    assert bool(error) == any(told == "error" for _, told in judgements())


def test_a_ledger_that_lags_is_measured_and_the_setting_named(ada, sandbox, login):
    sandbox.rule("history_late", times=None, shows_after=0.8, **ON_MONEY)
    written()

    delay = int(found()["delay"])
    assert 700 < delay < 1500
    assert ("delay", "warning") in judgements()
    assert advice() == {f"MANAGER_PROCESSING={math.ceil(delay / 500)}"}


def test_a_ledger_that_lags_where_repeats_are_booked_is_an_error(ada, sandbox, login):
    sandbox.switch(replays="again")
    sandbox.rule("history_late", times=None, shows_after=0.8, **ON_MONEY)

    assert written()[2]
    assert ("delay", "error") in judgements()


def test_a_line_that_never_shows_is_an_error(ada, sandbox, login):
    sandbox.rule("history_late", times=1, shows_after=60, **ON_MONEY)
    _, _, error = written()

    assert (found()["delay"], found()["request_id"], found()["balance"]) == ("not seen", "not seen", "as before")
    assert ("delay", "error") in judgements()
    assert error


def test_a_clock_that_is_ahead_is_measured_and_the_setting_named(ada, sandbox, login):
    sandbox.switch(clock_ahead_ms=3000)
    written()

    assert 2900 < int(found()["skew"]) <= 3000
    assert ("skew", "warning") in judgements()
    assert advice() == {"MANAGER_SKEW=6"}
    assert found()["balance"] == "as before"


def test_a_slow_provider_is_measured_and_the_setting_named(ada, sandbox, login, settings):
    settings.MANAGER_DEADLINE = 0.25
    sandbox.switch(latency_ms=150)
    written()

    assert 150 <= int(found()["write_time"]) < 250
    assert {("read_time", "warning"), ("write_time", "warning")} <= judgements()
    assert advice() == {"MANAGER_DEADLINE=1"}


def test_how_a_missing_scope_is_answered_is_seen(sandbox, login):
    sandbox.rule("forbidden", path="/reports/", times=None, reason="missingScope")
    probe()
    assert found()["missing_scope"] == "403 PermissionDenied, reason missingScope"
    assert ("missing_scope", "warning") in judgements()

    sandbox.clear()
    sandbox.rule("forbidden", path="/reports/", times=None)
    probe()
    assert (found()["missing_scope"], judgements()) == ("403 PermissionDenied", set())


def test_a_429_is_waited_for_and_its_wait_kept(ada, sandbox, login):
    sandbox.rule("too_many", retry_after=0, **ON_MONEY)
    _, complaints, error = written()

    assert (complaints, error) == ("", "")
    assert (found()["retry_after"], found()["booking"], found()["balance"]) == ("given", "at once", "as before")
    assert Finding.objects.get(name="retry_after").evidence == "waits that came with it: 0 s"


def test_what_is_only_accepted_is_followed_until_it_is_booked(ada, sandbox, login):
    sandbox.rule("accepted", times=None, seconds=0.3, **ON_MONEY)
    before = balance(sandbox)
    _, complaints, error = written()

    assert (complaints, error) == ("", "")
    assert (found()["booking"], found()["balance"], balance(sandbox)) == ("later", "as before", before)


# What it moves


def test_every_move_has_an_entry_before_it_and_one_after_it(ada, sandbox, login):
    written()

    entries = [entry for entry in Entry.objects.order_by("seq") if entry.action.startswith("manager.probe_")]
    sent, answered = entries[::2], entries[1::2]
    calls = posts(sandbox)
    assert [entry.action for entry in entries] == ["manager.probe_sent", "manager.probe_answered"] * len(calls)
    for before, after, call in zip(sent, answered, calls, strict=True):
        assert before.request_id == after.request_id == call["requestId"]
        assert before.at <= datetime.fromisoformat(call["time"]) <= after.at
        assert {entry.operator_id for entry in (before, after)} == {call["operatorId"]} == {"ada"}
        assert {entry.login for entry in (before, after)} == {LOGIN}
    assert json.loads(answered[0].detail)["answer"] == "201"
    assert Entry.objects.filter(action="manager.probed", operator_id="ada").count() == 1
    assert chain.verify(Entry.objects.order_by("seq").iterator()).fault == ""


def test_it_moves_hundredths_and_no_other_login(ada, sandbox, login):
    before = sandbox.ledger()
    written()

    made = sandbox.ledger()[len(before) :]
    assert {line["login"] for line in made} == {LOGIN}
    assert sorted(line["amount"] for line in made) == [Decimal("-0.01")] * 3 + [Decimal("0.01")] * 3


def test_without_its_entry_nothing_is_moved(ada, sandbox, login, monkeypatch):
    def away(**_):
        raise OperationalError("the database is starting up")

    monkeypatch.setattr(moving, "unit", away)
    with pytest.raises(OperationalError):
        written()

    assert posts(sandbox) == []


def test_what_was_booked_is_put_back_though_its_second_entry_failed(ada, sandbox, login, monkeypatch):
    before, turns = balance(sandbox), iter(range(100))

    def away_once(**given):
        if next(turns) == 1:
            raise OperationalError("the database is starting up")
        return unit(**given)

    monkeypatch.setattr(moving, "unit", away_once)
    with pytest.raises(OperationalError):
        written()

    assert balance(sandbox) == before
    assert [call["path"] for call in posts(sandbox)] == ["/transactions/deposit", "/transactions/withdraw"]


@pytest.mark.parametrize(("fault", "params"), [("reset_after", {}), ("offline", {"applied": True}), ("cut", {}),
                                               ("bad_gateway", {"applied": True}), ("garbage", {"applied": True})])  # fmt: skip
def test_what_was_booked_without_an_answer_is_found_and_put_back(ada, sandbox, login, fault, params):
    before = balance(sandbox)
    sandbox.rule(fault, **ON_MONEY, **params)
    _, complaints, error = written()

    assert (found()["booking"], found()["balance"], balance(sandbox)) == ("refused", "as before", before)
    assert complaints == ""
    assert error


def test_what_nobody_can_say_is_said_loudly(ada, sandbox, login):
    sandbox.rule("reset_before", **ON_MONEY)
    _, complaints, error = written()

    (call,) = posts(sandbox)
    assert call["requestId"] in complaints
    assert "by hand" in complaints
    assert error


def test_a_balance_that_is_not_as_it_was_is_said_loudly(ada, sandbox, login):
    sandbox.rule("forbidden", path="/transactions/withdraw", times=None, reason="noRights")
    before = balance(sandbox)
    report, complaints, error = written()

    assert balance(sandbox) - before == Decimal("0.01")
    assert "+0.01 USD are still in login 128130." in complaints
    assert "ERROR    The balance of the probe’s login is not what it was." in report
    assert (found()["balance"], bool(error)) == ("not as before", True)


def test_what_was_booked_behind_a_refusal_is_not_taken_out_on_a_guess(ada, sandbox, login):
    before = balance(sandbox)
    sandbox.rule("bare_conflict", path="/transactions/deposit", applied=True)
    _, _, error = written()

    assert balance(sandbox) - before == Decimal("0.01")
    assert (found()["balance"], bool(error)) == ("not as before", True)


# What it refuses, and what it does not do


def test_without_write_nothing_is_moved_and_it_says_so(sandbox, login):
    _, complaints, error = probe()

    assert (posts(sandbox), error) == ([], "")
    assert "Without --write nothing was moved" in complaints
    assert "replay" not in found()
    assert Entry.objects.get(action="manager.probed").operator_id == ""


def test_without_a_login_no_account_is_asked_and_it_says_so(sandbox):
    _, complaints, error = probe()

    asked = {call["path"] for call in sandbox.calls(5000)}
    assert asked == {"/reports/exposure", "/accounts/999999999999999999", "/transactions/history"}
    assert "PROBE_LOGIN is empty" in complaints
    assert error == ""
    assert found()["paging"] == "works"


def test_without_a_login_nothing_can_be_written(ada, sandbox):
    _, _, error = written()

    assert "PROBE_LOGIN" in error
    assert sandbox.calls() == []


@pytest.mark.parametrize("username", ["", "mia", "carl", "vera", "nobody"])
def test_only_an_administrator_moves_money_with_it(ada, mia, carl, vera, sandbox, login, username):
    _, _, error = probe("--write", operator=username)

    assert "active administrator" in error
    assert sandbox.calls() == []
    assert not Finding.objects.exists()


def test_an_administrator_who_left_moves_no_money_with_it(ada, sandbox, login):
    with unit():
        ada.is_active = False
        ada.save()

    assert "no active administrator" in written()[2]
    assert sandbox.calls() == []


@pytest.mark.parametrize(("process", "keys", "said"), [("web", None, "PROCESS=funding"), ("accounts", None, "PROCESS=funding"),
                                                       ("funding", {"funding": Secret("")}, "MANAGER_KEY_FUNDING")])  # fmt: skip
def test_a_process_without_the_key_says_so(ada, sandbox, login, settings, process, keys, said):
    settings.PROCESS, settings.MANAGER_KEYS = process, settings.MANAGER_KEYS | (keys or {})

    for words in ((), ("--write",)):
        assert said in probe(*words, operator="ada")[2]
    assert sandbox.calls() == []


def test_a_connection_that_people_paused_stays_paused(ada, carl, sandbox, login):
    stops.pause("funding", by=carl, reason="The figures are wrong.")

    assert "paused" in written()[2]
    assert sandbox.calls() == []


def test_an_unfinished_operation_of_the_login_comes_first(ada, mia, carl, sandbox, login):
    rows.queued(mia, carl, login=LOGIN)

    assert f"login {LOGIN} is not finished" in written()[2]
    assert sandbox.calls() == []


@pytest.mark.parametrize("figures", [{"balance": -5}, {"margin": 9999}, {"group": "real\\standard-jpy"}])
def test_a_login_that_cannot_give_a_hundredth_back_is_left_alone(ada, sandbox, login, figures):
    sandbox.account(LOGIN, **figures)

    assert "Nothing was moved" in written()[2]
    assert posts(sandbox) == []


@pytest.mark.parametrize("wait", [0, -1, 601, float("nan")])
def test_a_wait_has_its_bounds(sandbox, login, wait):
    with pytest.raises(CommandError, match="--wait"):
        call_command("manager_probe", wait=wait)


def test_a_manager_that_is_not_there_is_no_finding(settings):
    settings.MANAGER_URL = "http://127.0.0.1:9"

    assert "gives no answer" in probe()[2]
    assert not Finding.objects.exists()


def test_show_asks_nobody_and_takes_no_key(ada, sandbox, login, settings):
    assert "Nothing has been found out" in probe("--show")[0]
    sandbox.switch(replays="again")
    written()
    calls = len(sandbox.calls(5000))
    settings.PROCESS, settings.MANAGER_URL = "web", "http://127.0.0.1:9"

    report, _, error = probe("--show")

    assert "booked again" in report
    assert "MANAGER_URL is another" in report
    assert error == ""
    assert len(sandbox.calls(5000)) == calls


def test_what_an_earlier_run_found_stays_with_its_day(ada, sandbox, login, settings):
    written()
    Finding.objects.create(environment="demo", name="replay", value="older", at=LONG_AGO)
    Finding.objects.create(environment="elsewhere", name="replay", value="booked again", at=LONG_AGO)
    probe()

    report = probe("--show")[0]
    assert found()["replay"] == "older"
    assert "older (on 5 Jan 2026)" in report
    assert "booked again" not in report


def test_the_json_says_all_that_the_report_says(ada, sandbox, login):
    told = json.loads(written(json=True)[0])

    assert told["environment"] == "demo"
    assert told["findings"]["balance"]["value"] == "as before"
    assert told["findings"]["echo"]["by"] == "ada"
    assert told["judgements"] == []


@pytest.mark.parametrize(("given", "said"), [("128001x", "takes a login"), ("0", "takes a login"), ("٣", "takes a login"),
                                             ("128001", "128001"), ("", "None")])  # fmt: skip
def test_a_setting_that_names_no_login_stops_the_start(given, said):
    words = [sys.executable, "-c", "from backoffice import settings; print(settings.PROBE_LOGIN)"]
    told = subprocess.run(
        words, cwd=HOUSE, env=os.environ | {"PROBE_LOGIN": given}, check=False, capture_output=True, text=True
    )

    assert said in told.stdout + told.stderr


# The leaves


@pytest.mark.parametrize(
    ("moment", "grain", "wanted"),
    [
        (NOON, 0 * SECOND, 0 * SECOND),
        (NOON + SECOND, 0 * SECOND, 0 * SECOND),
        (NOON + 3 * SECOND, 0 * SECOND, 2 * SECOND),
        (NOON - 3 * SECOND, 0 * SECOND, -3 * SECOND),
        (NOON - 3 * SECOND, 2 * SECOND, -1 * SECOND),
        (NOON - SECOND, 2 * SECOND, 0 * SECOND),
    ],
)
def test_a_clock_is_apart_only_as_far_as_is_sure(moment, grain, wanted):
    assert apart(moment, before=NOON, after=NOON + SECOND, grain=grain) == wanted


@pytest.mark.parametrize(
    ("times", "wanted"),
    [
        ([], "too few lines to tell"),
        (["1"], "too few lines to tell"),
        (["1", "1"], "too few lines to tell"),
        (["1", "1", "2"], "oldest first"),
        (["2", "1", "1"], "newest first"),
        (["1", "3", "2"], "none"),
    ],
)
def test_the_order_of_lines_is_told(times, wanted):
    assert in_order(times) == wanted
