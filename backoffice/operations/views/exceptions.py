"""The exceptions desk: a list for those who settle exceptions, and for those who watch that they are settled."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from backoffice.access import Role, access, holds
from backoffice.operations import bulk, exceptions
from backoffice.operations.bulk import Case, Result
from backoffice.operations.forms import ProposalsForm
from backoffice.operations.models import Resolution
from backoffice.operations.views.acts import INVALID
from backoffice.operations.views.pages import USUALLY

Outcome = Resolution.Outcome


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


@access(Role.SUPERVISOR, methods=["GET", "POST"])
def proposals(request: HttpRequest) -> HttpResponse:
    """Shows what proposing one outcome for the chosen cases would mean; a POST does it."""
    asked = _asked(request)
    chosen, outcome = _chosen(asked), asked.get("outcome", "")
    if why := _why_not(chosen) or ("" if outcome in Outcome.values else "Say what is to be proposed."):
        return _back(request, why)
    form = ProposalsForm(request.POST or None, initial={"outcome": outcome, "reason_code": USUALLY[Outcome(outcome)]})
    if form.is_valid():
        results = bulk.propose_each(chosen, outcome=outcome, reason=form.why, by=request.user)
        return _told(request, "Proposals", results, chosen)
    cases = bulk.to_propose(chosen, outcome=outcome, by=request.user)
    title = f"{Outcome(outcome).label}: {_counted(cases)}"
    more = {"form": form, "outcome": outcome, "action": "proposals", "submit": "Propose for the chosen cases"}
    return _show(request, cases, title=title, status=INVALID if form.is_bound else 200, **more)


@access(Role.SUPERVISOR, methods=["GET", "POST"])
def confirmations(request: HttpRequest) -> HttpResponse:
    """Shows the proposals for the chosen cases; a POST confirms them."""
    chosen = _chosen(_asked(request))
    if why := _why_not(chosen):
        return _back(request, why)
    if request.method == "POST":
        return _told(request, "Confirmations", bulk.confirm_each(chosen, by=request.user), chosen)
    cases = bulk.to_confirm(chosen, by=request.user)
    return _show(
        request, cases, title=f"Confirm: {_counted(cases)}", action="confirmations", submit="Confirm the chosen cases"
    )


def _asked(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _chosen(asked: QueryDict) -> dict[UUID, str]:
    """The cases that were ticked, each with the hash of what was seen of it, once there is one; no id is no case."""
    found = {}
    for text in asked.getlist("case"):
        pk, _, seen = text.partition(":")
        with suppress(ValueError):
            found[UUID(pk)] = seen
    return found


def _why_not(chosen: dict[UUID, str]) -> str:
    if not chosen:
        return "No case was chosen."
    return f"At most {bulk.MOST} cases at once; {len(chosen)} were chosen." if len(chosen) > bulk.MOST else ""


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


def _told(request: HttpRequest, title: str, results: list[Result], chosen: dict[UUID, str]) -> HttpResponse:
    """Each case with what came of it; what was refused comes first, since somebody has to look at it."""
    results = sorted(results, key=lambda result: result.is_done)
    done = sum(result.is_done for result in results)
    missing = len(chosen) - len(results)
    context = {"title": title, "results": results, "done": done, "refused": len(results) - done, "missing": missing}
    return render(request, "operations/results.html", context)
