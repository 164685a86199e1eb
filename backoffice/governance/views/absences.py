"""Somebody else is away: proposed by an administrator, agreed to by another and by compliance."""

from django.http import HttpRequest, HttpResponse

from backoffice.access import Role, access
from backoffice.governance.forms import AbsenceForm
from backoffice.governance.views.changes import proposing
from backoffice.operators.step_up import five_minutes


@access(Role.ADMINISTRATOR, methods=["GET", "POST"], step_up=five_minutes)
def proposal(request: HttpRequest) -> HttpResponse:
    form = AbsenceForm(request.POST if request.method == "POST" else None, by=request.user)
    return proposing(request, form, "governance/absence.html", title="Somebody else is away")
