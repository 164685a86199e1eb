"""What browsers report of pages that broke the content policy: it is logged, and nobody fills a log with it."""

import json
import logging

import pytest
from django.test import Client

from backoffice.safety import reports_of_browsers
from backoffice.safety.reports_of_browsers import LARGEST, MOST

pytestmark = pytest.mark.django_db
REPORT = {
    "csp-report": {
        "document-uri": "https://countersign.example/search/?q=mr+smith",
        "effective-directive": "script-src-elem",
        "blocked-uri": "https://evil.example/x.js\nnext",
        "original-policy": "left out",
    }
}


@pytest.fixture(autouse=True)
def heard(caplog):
    reports_of_browsers._logged.clear()
    caplog.set_level(logging.WARNING, logger=reports_of_browsers.__name__)
    return lambda: [record for record in caplog.records if record.name == reports_of_browsers.__name__]


def send(body, **more):
    return Client(enforce_csrf_checks=True).post("/csp-reports/", body, content_type="application/csp-report", **more)


def test_a_report_is_logged_without_what_somebody_searched_for(heard):
    assert send(json.dumps(REPORT)).status_code == 204

    (record,) = heard()
    assert record.report["effective-directive"] == "script-src-elem"
    assert record.report["document-uri"] == "https://countersign.example/search/"
    assert "smith" not in str(record.__dict__)
    assert "original-policy" not in record.report


@pytest.mark.parametrize("body", ["", "{", "[]", '"x"', '{"csp-report": []}', "[" * 4000, "\x00", '{"csp-report": {}}'])
def test_junk_is_answered_alike_and_not_logged(body, heard):
    assert send(body).status_code == 204
    assert send(b"\xff\xfe").status_code == 204
    assert heard() == []


def test_what_is_too_large_is_not_read(heard):
    assert send(json.dumps(REPORT | {"more": "x" * LARGEST})).status_code == 204
    assert heard() == []


def test_whoever_sends_many_fills_no_log(heard):
    for _ in range(MOST + 20):
        send(json.dumps(REPORT))

    assert len(heard()) == MOST


def test_another_sites_page_reports_nothing(heard):
    assert send(json.dumps(REPORT), headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert heard() == []
