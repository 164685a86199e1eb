"""The exceptions desk: a list for those who settle exceptions, and for those who watch that they are settled."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from backoffice.access import Role, access, holds
from backoffice.operations import bulk, exceptions
from backoffice.operations.bulk import Case
from backoffice.operations.forms import ProposalsForm
from backoffice.operations.freshness import of_ticked
from backoffice.operations.models import Resolution
from backoffice.operations.views.acts import INVALID
from backoffice.operations.views.pages import USUALLY
from backoffice.operations.views.ticked import Misread, asked, ticked, told

Outcome = Resolution.Outcome
DESK = {"desk": "exceptions", "desk_title": "Exceptions", "back_words": "Back to the exceptions"}


@access(Role.SUPERVISOR, Role.COMPLIANCE, Role.AUDITOR)
def desk(request: HttpRequest) -> HttpResponse:
    rows, pager = exceptions.rows(request.GET, operator=request.user)
    context = {
        "title": "Exceptions",
        "tabs": exceptions.tabs(request.GET, operator=request.user),
        "rows": rows,
        "pager": pager,
        "view": exceptions.view(request.GET),
        "may_settle": holds(request, Role.SUPERVISOR),
        "outcomes": Outcome,
    }
    return render(request, "operations/exceptions.html", context)


@access(Role.SUPERVISOR, methods=["GET", "POST"], step_up=of_ticked)
def proposals(request: HttpRequest) -> HttpResponse:
    """Shows what proposing one outcome for the chosen cases would mean; a POST does it."""
    outcome = asked(request).get("outcome", "")
    try:
        chosen = _chosen(request)
        if outcome not in Outcome.values:
            raise Misread("Say what is to be proposed.")  # all that was misread leads to one place
    except Misread as misread:
        return _back(request, str(misread))
    form = ProposalsForm(request.POST or None, initial={"outcome": outcome, "reason_code": USUALLY[Outcome(outcome)]})
    if form.is_valid():
        results = bulk.propose_each(chosen, outcome=outcome, reason=form.why, by=request.user)
        return told(request, "Proposals", results, chosen=len(chosen), **DESK)
    cases = bulk.to_propose(chosen, outcome=outcome, by=request.user)
    title = f"{Outcome(outcome).label}: {_counted(cases)}"
    more = {"form": form, "outcome": outcome, "action": "proposals", "submit": "Propose for the chosen cases"}
    return _show(request, cases, title=title, status=INVALID if form.is_bound else 200, **more)


@access(Role.SUPERVISOR, methods=["GET", "POST"], step_up=of_ticked)
def confirmations(request: HttpRequest) -> HttpResponse:
    """Shows the proposals for the chosen cases; a POST confirms them."""
    try:
        chosen = _chosen(request)
    except Misread as misread:
        return _back(request, str(misread))
    if request.method == "POST":
        results = bulk.confirm_each(chosen, by=request.user)
        return told(request, "Confirmations", results, chosen=len(chosen), **DESK)
    cases = bulk.to_confirm(chosen, by=request.user)
    return _show(
        request, cases, title=f"Confirm: {_counted(cases)}", action="confirmations", submit="Confirm the chosen cases"
    )


def _chosen(request: HttpRequest) -> dict[UUID, str]:
    return ticked(asked(request), what="case")


def _counted(cases: Iterable[Case]) -> str:
    count = sum(1 for case in cases if case.seen)
    return f"{count} case{'' if count == 1 else 's'}"


def _back(request: HttpRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return redirect("exceptions")


def _show(request: HttpRequest, cases: list[Case], *, title: str, status: int = 200, **more: Any) -> HttpResponse:
    ready = [case for case in cases if case.seen]
    left_out = [case for case in cases if not case.seen]
    context = {"title": title, "ready": ready, "left_out": left_out, **more}
    return render(request, "operations/bulk.html", context, status=status)
