"""The trail's page; reading it is itself an entry."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.access import Role, access
from backoffice.audit.clients import opened
from backoffice.audit.filters import TrailFilter
from backoffice.audit.models import Entry
from backoffice.audit.personal import raw
from backoffice.audit.unit import THEIR_WORDS, unit
from backoffice.audit.vocabulary import ACTIONS, READ_TRAIL
from backoffice.ui.pages import keyset

PAGE = 50


@access(Role.AUDITOR, Role.COMPLIANCE)
def trail(request: HttpRequest) -> HttpResponse:
    chosen = TrailFilter(request.GET, queryset=Entry.objects.all())
    rows, pager = keyset(chosen.qs, request.GET, size=PAGE)
    with unit(by=request.user) as work:
        work.note(READ_TRAIL, detail={"filter": chosen.described, "place": request.GET.get("after", "")[:20]})
    context = {"title": "Audit trail", "filter": chosen, "rows": [_shown(row) for row in rows], "pager": pager}
    return render(request, "audit/trail.html", context)


def _shown(entry: Entry) -> dict[str, Any]:
    """An entry with its action's words and its detail as pairs, opened where people's words about a client are sealed."""
    detail = json.loads(entry.detail)
    if (is_theirs := bool(entry.operator_id)) and (login := entry.login) is not None:
        detail |= {name: opened(detail[name], login=login) for name in THEIR_WORDS if name in detail}
    return {
        "entry": entry,
        "action": ACTIONS.get(entry.action),
        "detail": [(name.replace("_", " ").capitalize(), value) for name, value in detail.items()],
        "reference": detail.get("reference"),
        "reason": entry.reason if is_theirs else raw(entry, "reason"),
    }
