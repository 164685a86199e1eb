"""The trail's page; reading it is itself an entry."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.access import Role, access
from backoffice.audit.clients import opened_within
from backoffice.audit.filters import TrailFilter
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
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
    """An entry with its action's words and its detail as pairs."""
    detail = json.loads(opened_within(entry.detail))
    return {
        "entry": entry,
        "action": ACTIONS.get(entry.action),
        "detail": [(name.replace("_", " ").capitalize(), value) for name, value in detail.items()],
        "reference": detail.get("reference"),
    }
