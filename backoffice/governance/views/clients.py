"""Erased clients: which ones, by which change; and how it is proposed to erase one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.access import Role, access, holds
from backoffice.audit import clock, erased
from backoffice.governance import clients, queries
from backoffice.governance.forms import EraseForm
from backoffice.governance.models import Change
from backoffice.governance.views.changes import SEES_CHANGES, proposing
from backoffice.operators.step_up import five_minutes


@access(*SEES_CHANGES)
def erasures(request: HttpRequest) -> HttpResponse:
    rows = clients.erasures()
    changes = Change.objects.select_related("author").in_bulk([row.change for row in rows])
    context = {
        "title": "Erased clients",
        "rows": [(row, changes[row.change]) for row in rows],
        "pending": [change for change in queries.pending(now=clock.now()) if change.kind == clients.ClientErase.kind],
        "back": ", ".join(map(str, erased.back())),
        "may_propose": holds(request, Role.ADMINISTRATOR),
    }
    return render(request, "governance/erasures.html", context)


@access(Role.ADMINISTRATOR, methods=["GET", "POST"], step_up=five_minutes)
def proposal(request: HttpRequest) -> HttpResponse:
    form = EraseForm(request.POST if request.method == "POST" else None)
    return proposing(request, form, "governance/erasure.html", title="Erase a client")
