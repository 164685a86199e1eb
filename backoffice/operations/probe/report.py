"""The findings for a person to read, and as JSON for a machine."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from backoffice.operations.models import Finding
from backoffice.operations.probe.judging import Judgement, judged
from backoffice.operations.probe.questions import IN_MILLISECONDS, NOT_SEEN, QUESTIONS

WIDTH = max(len(label) for label in QUESTIONS.values()) + 2


def judgements(findings: Sequence[Finding]) -> list[Judgement]:
    return judged({finding.name: finding.value for finding in findings})


def text(findings: Sequence[Finding]) -> str:
    """One line a question, with what was seen below it, and then what contradicts the settings."""
    if not findings:
        return "Nothing has been found out about this provider yet. Run manage.py manager_probe."
    named = {finding.name: finding for finding in findings}
    newest = max(finding.at for finding in findings)
    body = [line for name in QUESTIONS if name in named for line in _lines(named[name], newest)]
    told = [_judgement(judgement) for judgement in judgements(findings)]
    return "\n".join([_head(findings), "", *body, "", *(told or ["Nothing here contradicts the settings."])])


def _head(findings: Sequence[Finding]) -> str:
    newest = max(findings, key=lambda finding: finding.at)
    by = f", by {newest.by.name}" if newest.by else ""
    return f"The Manager API of the environment {settings.MANAGER_ENVIRONMENT}, {newest.at:%-d %b %Y %H:%M} UTC{by}"


def _lines(finding: Finding, newest: datetime) -> list[str]:
    """What an earlier run found, and this one did not ask, carries its day."""
    day = "" if finding.at == newest else f" (on {finding.at:%-d %b %Y})"
    unit = " ms" if finding.name in IN_MILLISECONDS and finding.value != NOT_SEEN else ""
    told = [f"{'':{WIDTH}}{finding.evidence}"] if finding.evidence else []
    return [f"{QUESTIONS[finding.name]:{WIDTH}}{finding.value}{unit}{day}", *told]


def _judgement(judgement: Judgement) -> str:
    setting = f" Set {judgement.setting}." if judgement.setting else ""
    return f"{judgement.level.upper():9}{judgement.words}{setting}"


def as_json(findings: Sequence[Finding]) -> str:
    told = {
        "environment": settings.MANAGER_ENVIRONMENT,
        "findings": {finding.name: _fields(finding) for finding in findings},
        "judgements": [vars(judgement) for judgement in judgements(findings)],
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _fields(finding: Finding) -> dict[str, Any]:
    by = finding.by.operator_id if finding.by else ""
    return {"value": finding.value, "evidence": finding.evidence, "at": finding.at.isoformat(), "by": by}
