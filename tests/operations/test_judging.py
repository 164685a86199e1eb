"""What findings mean for the settings: the table in full, and Django's check that reads it from the database."""

from datetime import UTC, datetime

import pytest
from django.core.checks import Warning as Warned
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from backoffice.operations.models import Finding
from backoffice.operations.probe.contradictions import contradictions
from backoffice.operations.probe.judging import judged
from backoffice.operations.probe.questions import QUESTIONS, Found

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ERROR, WARNING, FINE = "error", "warning", None
# what was found, the question that it is held against, how it is judged, and the setting that is named
TABLE = [
    ({}, "", FINE, ""),
    ({"replay": "409 AlreadyApplied"}, "replay", FINE, ""),
    ({"replay": "the first answer again"}, "replay", FINE, ""),
    ({"replay": "booked again"}, "replay", ERROR, ""),
    ({"replay": "400 ValidationError"}, "replay", WARNING, ""),
    ({"replay": "no answer"}, "replay", WARNING, ""),
    ({"other_body": "409 AlreadyApplied"}, "other_body", FINE, ""),
    ({"other_body": "400 ValidationError, field amount"}, "other_body", FINE, ""),
    ({"other_body": "the first answer again"}, "other_body", FINE, ""),
    ({"other_body": "booked"}, "other_body", ERROR, ""),
    ({"original": "equal to the first answer"}, "original", FINE, ""),
    ({"original": "missing"}, "original", FINE, ""),
    ({"original": "differs from the first answer"}, "original", WARNING, ""),
    ({"echo": "ours"}, "echo", FINE, ""),
    ({"echo": "none"}, "echo", FINE, ""),
    ({"echo": "another, with our reference"}, "echo", FINE, ""),
    ({"echo": "another"}, "echo", ERROR, ""),
    ({"request_id": "ours", "reference": "kept"}, "request_id", FINE, ""),
    ({"request_id": "none", "reference": "kept"}, "request_id", FINE, ""),
    ({"request_id": "another, with our reference", "reference": "kept"}, "request_id", WARNING, ""),
    ({"request_id": "ours", "reference": "kept"}, "reference", FINE, ""),
    ({"request_id": "none", "reference": "kept"}, "reference", FINE, ""),
    ({"request_id": "ours", "reference": "lost"}, "reference", WARNING, ""),
    ({"request_id": "none", "reference": "lost"}, "reference", ERROR, ""),
    ({"request_id": "another", "reference": "lost"}, "reference", ERROR, ""),
    ({"reference": "kept", "comment": "31"}, "comment", FINE, ""),
    ({"reference": "kept", "comment": "30"}, "comment", WARNING, ""),
    ({"reference": "not seen", "comment": "not seen"}, "comment", FINE, ""),
    ({"operator_id": "ours"}, "operator_id", FINE, ""),
    ({"operator_id": "none"}, "operator_id", WARNING, ""),
    ({"operator_id": "another"}, "operator_id", WARNING, ""),
    ({"paging": "works"}, "paging", FINE, ""),
    ({"paging": "all at once"}, "paging", FINE, ""),
    ({"paging": "too few lines to tell"}, "paging", FINE, ""),
    ({"paging": "no next page"}, "paging", WARNING, ""),
    ({"paging": "repeats"}, "paging", WARNING, ""),
    ({"paging": "leaves out"}, "paging", WARNING, ""),
    ({"missing_scope": "401 Unauthorized"}, "missing_scope", FINE, ""),
    ({"missing_scope": "403 PermissionDenied"}, "missing_scope", FINE, ""),
    ({"missing_scope": "403 PermissionDenied, reason x"}, "missing_scope", WARNING, ""),
    ({"missing_scope": "404 NotFound"}, "missing_scope", WARNING, ""),
    ({"missing_scope": "400 ValidationError"}, "missing_scope", WARNING, ""),
    ({"missing_scope": "answered"}, "missing_scope", WARNING, ""),
    ({"unknown_login": "404 NotFound"}, "unknown_login", FINE, ""),
    ({"unknown_login": "400 ValidationError, field login"}, "unknown_login", FINE, ""),
    ({"unknown_login": "403 PermissionDenied, reason noRights"}, "unknown_login", FINE, ""),
    ({"unknown_login": "403 PermissionDenied"}, "unknown_login", WARNING, ""),
    ({"unknown_login": "401 Unauthorized"}, "unknown_login", WARNING, ""),
    ({"unknown_login": "502"}, "unknown_login", WARNING, ""),
    ({"unknown_login": "answered"}, "unknown_login", WARNING, ""),
    ({"nonsense_write": "400 ValidationError, field amount"}, "nonsense_write", FINE, ""),
    ({"nonsense_write": "409 AlreadyApplied"}, "nonsense_write", WARNING, ""),
    ({"nonsense_write": "booked"}, "nonsense_write", ERROR, ""),
    ({"booking": "at once"}, "booking", FINE, ""),
    ({"booking": "later"}, "booking", FINE, ""),
    ({"booking": "refused"}, "booking", ERROR, ""),
    ({"retry_after": "no 429 seen"}, "retry_after", FINE, ""),
    ({"retry_after": "given"}, "retry_after", FINE, ""),
    ({"retry_after": "not given"}, "retry_after", WARNING, ""),
    ({"balance": "as before"}, "balance", FINE, ""),
    ({"balance": "not as before"}, "balance", ERROR, ""),
    ({"delay": "20000"}, "delay", FINE, ""),
    ({"delay": "20001"}, "delay", WARNING, "MANAGER_PROCESSING=41"),
    ({"delay": "20001", "replay": "the first answer again"}, "delay", WARNING, "MANAGER_PROCESSING=41"),
    ({"delay": "20001", "replay": "booked again"}, "delay", ERROR, "MANAGER_PROCESSING=41"),
    ({"delay": "not seen"}, "delay", ERROR, ""),
    ({"skew": "5000"}, "skew", FINE, ""),
    ({"skew": "-5000"}, "skew", FINE, ""),
    ({"skew": "5001"}, "skew", WARNING, "MANAGER_SKEW=11"),
    ({"skew": "-7000"}, "skew", WARNING, "MANAGER_SKEW=14"),
    ({"skew": "600001"}, "skew", ERROR, ""),
    ({"skew": "-600001"}, "skew", ERROR, ""),
    ({"skew": "not seen"}, "skew", FINE, ""),
    ({"read_time": "5000"}, "read_time", FINE, ""),
    ({"read_time": "5001"}, "read_time", WARNING, "MANAGER_DEADLINE=21"),
    ({"write_time": "9000"}, "write_time", WARNING, "MANAGER_DEADLINE=36"),
    ({"address": "http://manager.example"}, "address", FINE, ""),
    ({"address": "http://elsewhere.example"}, "address", WARNING, ""),
]  # fmt: skip


@pytest.fixture(autouse=True)
def limits(settings):
    settings.MANAGER_PROCESSING, settings.MANAGER_SKEW, settings.MANAGER_DEADLINE = 20, 5, 10
    settings.MANAGER_URL = "http://manager.example"


@pytest.mark.parametrize(("found", "name", "level", "setting"), TABLE, ids=str)
def test_each_finding_is_judged(found, name, level, setting):
    told = [(each.level, each.setting) for each in judged(found) if each.name == name]

    assert told == ([(level, setting)] if level else [])
    assert set(found) <= set(QUESTIONS)


def test_errors_come_first():
    told = judged({"operator_id": "none", "retry_after": "not given", "replay": "booked again"})

    assert [each.level for each in told] == [ERROR, WARNING, WARNING]


def test_what_the_manager_says_is_kept_fit_to_be_stored_and_shown():
    found = Found("time", "x" * 100 + "\x00", "no\x00 \ud800 " + "x" * 2000)

    assert (len(found.value), len(found.evidence)) == (64, 1000)
    assert "\x00" not in found.evidence
    with pytest.raises(ValueError, match="Nobody asks"):
        Found("shoe size", "44")


def test_where_neither_mark_nor_repeat_helps_it_is_said_that_money_is_booked_twice():
    lost = {"request_id": "none", "reference": "lost"}
    words = {value: judged(lost | {"replay": value})[-1].words for value in ("409 AlreadyApplied", "booked again")}

    assert "booked twice" not in words["409 AlreadyApplied"]
    assert "booked twice" in words["booked again"]


# The system check


def keep(**found):
    for name, value in found.items():
        Finding.objects.create(environment="demo", name=name, value=value, at=NOON)


def test_the_check_reads_the_database_only_where_it_is_named(db):
    keep(replay="booked again")

    assert contradictions() == contradictions(databases=None) == contradictions(databases=[]) == []
    assert contradictions(databases=["cache"]) == []
    assert [told.obj for told in contradictions(databases=["default"])] == ["replay"]


def test_the_check_warns_of_errors_too_since_an_error_would_stop_migrate(db):
    keep(replay="booked again", skew="7000")
    told = contradictions(databases=["default"])

    assert [(type(each), each.id, each.hint) for each in told] == [
        (Warned, "manager.error", None),
        (Warned, "manager.warning", "Set MANAGER_SKEW=14."),
    ]
    call_command("migrate", verbosity=0, skip_checks=False)


def test_check_says_it_and_fails_where_that_is_asked(db, capsys):
    call_command("check", databases=["default"], fail_level="WARNING")
    keep(skew="7000")

    call_command("check", "--tag", "manager", fail_level="WARNING")
    with pytest.raises(SystemCheckError, match="MANAGER_SKEW=14"):
        call_command("check", "--tag", "manager", databases=["default"], fail_level="WARNING")
    assert "MANAGER_SKEW=14" not in capsys.readouterr().err


def test_before_the_table_is_made_there_is_nothing_to_say(db, monkeypatch):
    keep(replay="booked again")
    monkeypatch.setattr(connection.introspection, "table_names", lambda *given: ["django_migrations"])

    assert contradictions(databases=["default"]) == []


def test_a_setting_that_was_mended_is_no_contradiction_any_more(db, settings):
    keep(skew="7000")
    settings.MANAGER_SKEW = 14

    assert contradictions(databases=["default"]) == []
