"""Looking: my work, lists, and the page of one operation, which is also where it is decided."""

from typing import Any
from uuid import UUID

from django.db.models import Count
from django.forms import HiddenInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from backoffice.access import EVERYONE, READERS, Role, access, holds
from backoffice.audit import clock
from backoffice.manager.failures import Failure
from backoffice.operations import attempts, claims, exceptions, expiry, judging, queries, quorum, resolution, say, work
from backoffice.operations.canonical import sha256
from backoffice.operations.figures import compared
from backoffice.operations.forms import (
    ApprovalForm,
    CancellationForm,
    DeclineForm,
    ProposalForm,
    RejectionForm,
)
from backoffice.operations.models import Operation, Resolution
from backoffice.operations.snapshot import live, snapshot
from backoffice.operations.states import State
from backoffice.operations.story import story
from backoffice.operations.terms import MAY_CHECK
from backoffice.operations.views.again import again, return_form
from backoffice.ui.parts import Check, Fact

SEES_OPERATIONS = READERS | {Role.ACCOUNTS, Role.FUNDING}
POLL_ENDS = 286
USUALLY = {
    Resolution.Outcome.APPLIED: "FOUND_AT_MT5",
    Resolution.Outcome.NOT_APPLIED: "NOT_AT_MT5",
    Resolution.Outcome.SEND_AGAIN: "SENT_AGAIN",
}


@access(*EVERYONE)
def home(request: HttpRequest) -> HttpResponse:
    may = {"may_make": holds(request, Role.FUNDING), "may_check": _may_check(request.user)}
    return render(request, "home.html", {"title": "My work", "blocks": work.blocks(request.user), **may})


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
    rows: Any = queries.ours().visible_to(request.user).select_related("assignment__to")
    return get_object_or_404(rows, pk=pk)  # type: ignore[no-any-return]  # managers are untyped here


def show(request: HttpRequest, found: Operation, *, status: int = 200, **bound: Any) -> HttpResponse:
    """The operation's page; `bound` are forms that came back with errors, by their name in the template."""
    title = f"{found.instruction.title} {found.reference}"
    context = {"title": title, "operation": found, **_asked(found), **_judged(found), **_told(found)}
    context |= _now(request, found)
    context |= _acts(request, found) | bound
    context |= _looking(request, found, may_claim=not context["why_not_decide"])
    return render(request, "operations/operation.html", context, status=status)


def _status(request: HttpRequest, found: Operation) -> HttpResponse:
    """The live part alone: 204 while nothing changed, 286 (htmx stops asking) once nothing can change any more."""
    if request.GET["version"] == version(found):
        return HttpResponse(status=204)
    status = POLL_ENDS if found.is_final else 200
    context = {"operation": found, "is_polled": True, **_told(found), **_acts(request, found)}
    return render(request, "operations/operation.html#status", context, status=status)


def version(found: Operation) -> str:
    """Of everything that is live on its page: its moves, attempts, votes, settlements, and whose it is."""
    tried = found.attempts.aggregate(begun=Count("pk"), answered=Count("answer"))
    proposed = found.resolutions.aggregate(made=Count("pk"), settled=Count("settled_at"))
    held = getattr(found, "assignment", None)  # a row that is not there is no attribute
    parts = (found.version, found.decisions.count(), *tried.values(), *proposed.values(), held.at if held else 0)
    return sha256(*(str(part) for part in parts))[:16]


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
    ]
    return {"checks": checks, "effects": effects, "fields": found.instruction.listed(), "maker": maker}


def _judged(found: Operation) -> dict[str, Any]:
    """That it takes more than it did at submit; and while it waits, that it would take more if it were approved now."""
    judged: dict[str, Any] = {"judged_again": found.judgements.order_by("-pk").first()}
    if found.state == State.AWAITING_APPROVAL:
        now = judging.again(found)
        judged["foreseen"] = now if now.blocks or now.is_stricter_than(found.judged) else None
    return judged


def _told(found: Operation) -> dict[str, Any]:
    is_pending = found.state == State.AWAITING_APPROVAL
    words, waits_for = ("", quorum.in_words(found)) if is_pending else (queries.last_words(found), "")
    runs, tries = attempts.runs(found), found.attempts.count()
    told: dict[str, Any] = {"deal": queries.deal(found), "version": version(found), "story": story(found, tried=runs)}
    told |= {"words": words, "waits_for": waits_for, "runs_out": expiry.runs_out(found, now=clock.now())}
    return told | {"runs": runs, "tries": tries, "left_out": max(0, tries - attempts.MOST)}


def _now(request: HttpRequest, found: Operation) -> dict[str, Any]:
    """The account at submit, as it is now (while that can still matter), and as it will be."""
    account, unread = None, ""
    try:
        account = None if found.is_final else snapshot(live(found.login, by=request.user))
    except Failure as failure:
        unread = failure.message
    rows = compared(found.account_at_submit, account, found.instruction.effects(account or found.account_at_submit))
    moved = [row for row in rows if row.has_moved and row.label in ("Balance", "Credit")]
    return {"account": rows, "is_live": account is not None, "unread": unread, "moved": moved}


def _acts(request: HttpRequest, found: Operation) -> dict[str, Any]:
    by, seen = request.user, {"seen": found.seen}
    acts: dict[str, Any] = {"why_not_decide": say.why_not_approve(found, by=by)}
    acts["may_check"] = _may_check(by)
    if found.state == State.AWAITING_APPROVAL:
        seats = quorum.seats(found)
        acts |= {"seats": seats, "filled": sum(1 for seat in seats if seat.by)}
    if not acts["why_not_decide"]:
        acts["approval_form"] = ApprovalForm(initial=seen | {"reason_code": "WITHIN_POLICY"}, auto_id="approve_%s")
    if not say.why_not_decide(found, by=by):
        acts["rejection_form"] = RejectionForm(initial=seen, auto_id="reject_%s")
        acts["return_form"] = return_form(found)
    if not say.why_not_cancel(found, by=by):
        acts["cancellation_form"] = CancellationForm(auto_id="cancel_%s")
    return acts | again(found, by=by) | _resolution(found, by)


def _may_check(operator: Any) -> bool:
    return bool(operator.roles & set(MAY_CHECK))


def _looking(request: HttpRequest, found: Operation, *, may_claim: bool) -> dict[str, Any]:
    """Who looks at it; whoever opens what they may decide does, from then on."""
    opens = may_claim and request.method == "GET"
    held = claims.look(found, by=request.user) if opens else claims.holder(found)
    return claims.told(held, by=request.user, may_claim=may_claim)


def _resolution(found: Operation, by: Any) -> dict[str, Any]:
    if found.state != State.EXCEPTION:
        return {}
    proposal = resolution.open_proposal(found)
    acts: dict[str, Any] = {"proposal": proposal, "why_not_resolve": resolution.why_not_resolve(found, by=by)}
    acts["row"] = exceptions.told(found, operator=by)
    acts["suggested"] = acts["row"].suggestion
    if proposal:
        acts["why_not_confirm"] = resolution.why_not_confirm(found, proposal, by=by)
        acts["decline_form"] = DeclineForm(auto_id="decline_%s")
    elif not acts["why_not_resolve"]:
        acts["proposal_forms"] = [_proposal(outcome) for outcome in Resolution.Outcome]
    return acts


def _proposal(outcome: Resolution.Outcome) -> ProposalForm:
    """Each outcome is a question of its own, with the reason that usually goes with it."""
    initial = {"outcome": outcome.value, "reason_code": USUALLY[outcome]}
    form = ProposalForm(initial=initial, auto_id=f"{outcome.value}_%s")
    form.fields["outcome"].widget = HiddenInput()
    if outcome != Resolution.Outcome.APPLIED:
        del form.fields["deal"]
    return form


def address(found: Operation) -> str:
    return reverse("operation", args=[found.pk])
