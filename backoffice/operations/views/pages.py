"""Looking: my work, lists, and the page of one operation, which is also where it is decided."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from backoffice.access import EVERYONE, READERS, Role, access, holds
from backoffice.manager.failures import Failure
from backoffice.operations import desk, queries, resolution, work
from backoffice.operations.figures import figures
from backoffice.operations.filters import OperationFilter
from backoffice.operations.forms import (
    ApprovalForm,
    CancellationForm,
    DeclineForm,
    ProposalForm,
    RejectionForm,
    ReturnForm,
)
from backoffice.operations.models import Operation
from backoffice.operations.snapshot import live, snapshot
from backoffice.operations.states import State
from backoffice.operations.story import story
from backoffice.ui.pages import keyset
from backoffice.ui.parts import Check, Fact

SEES_OPERATIONS = READERS | {Role.ACCOUNTS, Role.FUNDING}
POLL_ENDS = 286


@access(*EVERYONE)
def home(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "home.html",
        {"title": "My work", "blocks": work.blocks(request.user), "may_make": holds(request, Role.FUNDING)},
    )


@access(*SEES_OPERATIONS)
def operations(request: HttpRequest) -> HttpResponse:
    chosen = OperationFilter(request.GET, queryset=queries.ours().visible_to(request.user))
    rows, pager = keyset(chosen.qs, request.GET, size=queries.PAGE)
    context = {"title": "Operations", "filter": chosen, "rows": rows, "pager": pager}
    return render(request, "operations/list.html", context)


@access(Role.SUPERVISOR)
def approvals(request: HttpRequest) -> HttpResponse:
    rows, pager = keyset(queries.to_decide(request.user), request.GET, size=queries.PAGE, oldest_first=True)
    others = queries.pending().count() - queries.to_decide(request.user).count()
    return render(
        request, "operations/approvals.html", {"title": "Approvals", "rows": rows, "pager": pager, "others": others}
    )


@access(*SEES_OPERATIONS)
def operation(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = visible(request, pk)
    if request.htmx and "version" in request.GET:  # type: ignore[attr-defined]  # django-htmx's middleware
        return _status(request, found)
    return show(request, found)


@access(*SEES_OPERATIONS)
def search(request: HttpRequest) -> HttpResponse:
    """A login leads to its account, one match to its operation, everything else to a list."""
    text = request.GET.get("q", "").strip()[:200]
    found = list(queries.sought(text, operator=request.user)[: queries.PAGE]) if text else []
    if text.isascii() and text.isdigit() and 0 < int(text) < 10**9:
        return redirect("account", int(text))
    if len(found) == 1:
        return redirect("operation", found[0].pk)
    return render(request, "operations/search.html", {"title": "Search", "text": text, "rows": found})


def visible(request: HttpRequest, pk: UUID) -> Operation:
    rows: Any = queries.ours().visible_to(request.user)
    return get_object_or_404(rows, pk=pk)  # type: ignore[no-any-return]  # managers are untyped here


def show(request: HttpRequest, found: Operation, *, status: int = 200, **bound: Any) -> HttpResponse:
    """The operation's page; `bound` are forms that came back with errors, by their name in the template."""
    context = {"title": found.reference, "operation": found, **_asked(found), **_told(found), **_now(request, found)}
    context |= _acts(request, found) | bound
    return render(request, "operations/operation.html", context, status=status)


def _status(request: HttpRequest, found: Operation) -> HttpResponse:
    """The live part alone: 204 while nothing changed, 286 (htmx stops asking) once nothing can change any more."""
    if request.GET["version"] == version(found):
        return HttpResponse(status=204)
    status = POLL_ENDS if found.is_final else 200
    context = {"operation": found, **_told(found), **_acts(request, found)}
    return render(request, "operations/operation.html#status", context, status=status)


def version(found: Operation) -> str:
    return f"{found.version}.{found.attempts.count()}.{found.decisions.count()}.{found.resolutions.count()}"


def _asked(found: Operation) -> dict[str, Any]:
    checks = [Check(verdict=c.verdict, text=c.text, detail=c.detail) for c in found.judged.checks]  # type: ignore[arg-type]
    effects = found.instruction.effects(found.account_at_submit)
    maker = [
        Fact(label="Requested by", value=found.made_by.name),
        Fact(label="Requested at", value=found.made_at),
        Fact(label="From", value=found.made_from),
        Fact(label="Device", value=found.device),
        Fact(label="Policy", value=found.judged.rule),
        Fact(label="Request id", value=str(found.pk)),
        Fact(label="Payload SHA-256", value=found.payload_hash),
    ]
    return {"checks": checks, "effects": effects, "fields": found.instruction.listed(), "maker": maker}


def _told(found: Operation) -> dict[str, Any]:
    words = queries.last_words(found) if found.state != State.AWAITING_APPROVAL else ""
    return {"story": story(found), "deal": queries.deal(found), "words": words, "version": version(found)}


def _now(request: HttpRequest, found: Operation) -> dict[str, Any]:
    at_submit = figures(found.account_at_submit)
    if found.is_final:
        return {"at_submit": at_submit, "now": None, "unread": ""}
    try:
        account = snapshot(live(found.login, by=request.user))
    except Failure as failure:
        return {"at_submit": at_submit, "now": None, "unread": failure.message}
    changed = [name for name in ("balance", "credit") if account[name] != found.account_at_submit[name]]
    return {"at_submit": at_submit, "now": figures(account), "unread": "", "has_changed": bool(changed)}


def _acts(request: HttpRequest, found: Operation) -> dict[str, Any]:
    by, seen = request.user, {"seen": found.seen}
    acts: dict[str, Any] = {"why_not_decide": desk.why_not_decide(found, by=by)}
    if not acts["why_not_decide"]:
        acts["approval_form"] = ApprovalForm(initial=seen | {"reason_code": "WITHIN_POLICY"}, auto_id="approve_%s")
        acts["rejection_form"] = RejectionForm(initial=seen, auto_id="reject_%s")
        acts["return_form"] = ReturnForm(initial=seen, auto_id="return_%s")
    if not desk.why_not_cancel(found, by=by):
        acts["cancellation_form"] = CancellationForm(auto_id="cancel_%s")
    return acts | _resolution(found, by)


def _resolution(found: Operation, by: Any) -> dict[str, Any]:
    if found.state != State.EXCEPTION:
        return {}
    proposal = resolution.open_proposal(found)
    acts: dict[str, Any] = {"proposal": proposal, "why_not_resolve": resolution.why_not_resolve(found, by=by)}
    if proposal:
        acts["why_not_confirm"] = resolution.why_not_confirm(found, proposal, by=by)
        acts["decline_form"] = DeclineForm(auto_id="decline_%s")
    elif not acts["why_not_resolve"]:
        acts["proposal_form"] = ProposalForm(auto_id="propose_%s")
    return acts


def address(found: Operation) -> str:
    return reverse("operation", args=[found.pk])
