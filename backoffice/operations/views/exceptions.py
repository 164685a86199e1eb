"""The exceptions desk: what two supervisors have to settle, whose turn it is, and where each one's evidence stands."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.access import Role, access
from backoffice.operations import exceptions


@access(Role.SUPERVISOR, Role.COMPLIANCE, Role.AUDITOR)
def desk(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("view", "")
    view = asked if asked in exceptions.VIEWS else ""
    context = {
        "title": "Exceptions",
        "tabs": exceptions.tabs(view, operator=request.user),
        "rows": exceptions.rows(view, operator=request.user),
        "view": view,
        "most": exceptions.SHOWN,
    }
    return render(request, "operations/exceptions.html", context)
