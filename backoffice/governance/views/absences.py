"""Somebody else is away: proposed by an administrator, agreed to by another and by compliance."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.access import Role, access
from backoffice.governance.forms import AbsenceForm
from backoffice.governance.views.changes import INVALID, propose
from backoffice.operators.step_up import five_minutes


@access(Role.ADMINISTRATOR, methods=["GET", "POST"], step_up=five_minutes)
def proposal(request: HttpRequest) -> HttpResponse:
    form = AbsenceForm(request.POST if request.method == "POST" else None, by=request.user)

    def page(*, status: int = 200) -> HttpResponse:
        context = {"title": "Somebody else is away", "form": form}
        return render(request, "governance/absence.html", context, status=status)

    if request.method != "POST":
        return page()
    if not form.is_valid():
        return page(status=INVALID)
    return propose(request, form, reason=form.cleaned_data["reason"], again=page)
