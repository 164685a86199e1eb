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
from backoffice.operations import attempts, exceptions, expiry, queries, quorum, resolution, say, work
from backoffice.operations.bundles.queries import of_operation
from backoffice.operations.canonical import sha256
from backoffice.operations.forms import CancellationForm, DeclineForm, ProposalForm
from backoffice.operations.models import Operation, Resolution
from backoffice.operations.shown import Shown
from backoffice.operations.states import State
from backoffice.operations.story import story
from backoffice.operations.terms import MAY_CHECK
from backoffice.operations.views import deciding
from backoffice.operations.views.again import again
from backoffice.operations.views.looking import looking

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
    context = {"title": title, "operation": found, **_told(found)}
    acts = _acts(request, found, deciding.look(request, found, page="operation"))
    context |= acts | deciding.renewed(bound, acts)
    context |= looking(request, found, may_claim="approval_form" in acts)
    return render(request, "operations/operation.html", context, status=status)


def _status(request: HttpRequest, found: Operation) -> HttpResponse:
    """The live part alone: 204 while nothing changed, 286 (htmx stops asking) once nothing can change any more.

    While it waits, all that a decision rests on comes along as it is now, the account too: nobody decides on half a page.
    """
    if request.GET["version"] == version(found):
        return HttpResponse(status=204)
    waits = found.state == State.AWAITING_APPROVAL
    seen = deciding.look(request, found, page="operation") if waits else deciding.recall(request, found)
    context = {"operation": found, "is_polled": True, "is_seen_anew": waits, **_told(found)}
    context |= _acts(request, found, seen)
    status = POLL_ENDS if found.is_final else 200
    return render(request, "operations/operation.html#status", context, status=status)


def version(found: Operation) -> str:
    """Of everything that is live on its page: its moves, attempts, votes, verdicts, comments, settlements, and whose it is."""
    tried = found.attempts.aggregate(begun=Count("pk"), answered=Count("answer"))
    proposed = found.resolutions.aggregate(made=Count("pk"), settled=Count("settled_at"))
    held = getattr(found, "assignment", None)  # a row that is not there is no attribute
    added = (found.decisions.count(), found.judgements.count(), found.comments.count())
    member = of_operation(found)
    parts = (found.version, *added, *tried.values(), *proposed.values(), held.at if held else 0)
    parts += (member.bundle.state, member.left_at) if member else ()
    return sha256(*(str(part) for part in parts))[:16]


def _told(found: Operation) -> dict[str, Any]:
    is_pending = found.state == State.AWAITING_APPROVAL
    words, waits_for = ("", quorum.in_words(found)) if is_pending else (queries.last_words(found), "")
    runs, tries = attempts.runs(found), found.attempts.count()
    told: dict[str, Any] = {"deal": queries.deal(found), "version": version(found), "story": story(found, tried=runs)}
    told["member"] = of_operation(found)
    told |= {"words": words, "waits_for": waits_for, "runs_out": expiry.runs_out(found, now=clock.now())}
    return told | {"runs": runs, "tries": tries, "left_out": max(0, tries - attempts.MOST)}


def _acts(request: HttpRequest, found: Operation, seen: Shown) -> dict[str, Any]:
    by = request.user
    acts: dict[str, Any] = {
        "shown": seen.opened,
        "may_check": _may_check(by),
        **deciding.forms(found, seen, by=by),
        **deciding.thread(found, by=by),
    }
    if not say.why_not_cancel(found, by=by):
        acts["cancellation_form"] = CancellationForm(auto_id="cancel_%s")
    return acts | again(found, by=by) | _resolution(found, by)


def _may_check(operator: Any) -> bool:
    return bool(operator.roles & set(MAY_CHECK))


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
