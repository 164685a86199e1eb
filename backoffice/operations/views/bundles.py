"""Bundles: the list of them, and the page of one, which is also where it is decided."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRefresh

from backoffice.access import MAKERS, access, holds
from backoffice.operations import claims
from backoffice.operations.batch import batch_of
from backoffice.operations.bundles import deciding, queries, say
from backoffice.operations.bundles.forms import BundleApprovalForm, BundleDeclineForm
from backoffice.operations.bundles.progress import progress, version
from backoffice.operations.bundles.shown import Shown, from_text, shown
from backoffice.operations.bundles.story import story
from backoffice.operations.desk import Refusal
from backoffice.operations.forms import CancellationForm
from backoffice.operations.freshness import of_bundle
from backoffice.operations.models import Bundle
from backoffice.operations.queries import PAGE
from backoffice.operations.signing import way, why_no_key_for
from backoffice.operations.terms import MAY_CHECK
from backoffice.operations.views.acts import CONFLICT, INVALID
from backoffice.operations.views.deciding import thread
from backoffice.operations.views.looking import looking
from backoffice.operations.views.pages import POLL_ENDS, SEES_OPERATIONS
from backoffice.operators.step_up import given
from backoffice.ui.pages import keyset
from backoffice.ui.parts import Tab


@access(*SEES_OPERATIONS)
def listed(request: HttpRequest) -> HttpResponse:
    rows = queries.ours().visible_to(request.user)
    is_all = request.GET.get("view") == "all"
    page, pager = keyset(rows if is_all else rows.filter(settled_at=None), request.GET, size=PAGE)
    tabs = [Tab(label="Open", url="?", is_current=not is_all), Tab(label="All", url="?view=all", is_current=is_all)]
    context = {"title": "Bundles", "rows": page, "pager": pager, "tabs": tabs, "may_make": _may_make(request.user)}
    return render(request, "operations/bundles.html", context)


@access(*SEES_OPERATIONS)
def bundle(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = visible(request, pk)
    if request.htmx and "version" in request.GET:  # type: ignore[attr-defined]  # django-htmx's middleware
        return _status(request, found)
    return show(request, found)


@access(*MAY_CHECK, methods=["POST"], step_up=of_bundle)
def approval(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = visible(request, pk)
    form = BundleApprovalForm(request.POST, totals=shown(found).sums, auto_id="approve_%s")
    approve = partial(deciding.approve, factor=given(request))
    return _decide(request, found, form, approve, name="approval_form", done="You approved it.")


@access(*MAY_CHECK, methods=["POST"])
def rejection(request: HttpRequest, pk: UUID) -> HttpResponse:
    form = BundleDeclineForm(request.POST, auto_id="reject_%s")
    return _decide(request, visible(request, pk), form, deciding.reject, name="rejection_form", done="Rejected.")


@access(*MAY_CHECK, methods=["POST"])
def returning(request: HttpRequest, pk: UUID) -> HttpResponse:
    form = BundleDeclineForm(request.POST, auto_id="return_%s")
    done = "Returned to its maker."
    return _decide(request, visible(request, pk), form, deciding.send_back, name="return_form", done=done)


@access(*sorted(MAKERS), methods=["POST"])
def cancellation(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, form = visible(request, pk), CancellationForm(request.POST, auto_id="cancel_%s")
    if not form.is_valid():
        return show(request, found, status=INVALID, cancellation_form=form)
    reason = form.cleaned_data["reason"]
    return _act(request, found, lambda: deciding.cancel(found.pk, by=request.user, reason=reason), done="Cancelled.")


@access(*SEES_OPERATIONS)
def decision(request: HttpRequest, pk: UUID, vote: int) -> HttpResponse:
    """What was seen with a vote, drawn from what was kept."""
    found = visible(request, pk)
    cast = get_object_or_404(found.decisions.select_related("by"), pk=vote)
    title = f"{found.reference} as {cast.by.name} saw it"
    context = {"title": title, "bundle": found, "vote": cast, "kept": from_text(cast.text) if cast.is_whole else None}
    return render(request, "operations/bundle_decision.html", context)


def visible(request: HttpRequest, pk: UUID) -> Bundle:
    return get_object_or_404(queries.ours().visible_to(request.user), pk=pk)  # type: ignore[no-any-return]  # untyped


def address(found: Bundle) -> str:
    return reverse("bundle", args=[found.pk])


def _decide(
    request: HttpRequest, found: Bundle, form: Any, act: Callable[..., Any], *, name: str, done: str
) -> HttpResponse:
    is_stale = form.data.get("seen") != shown(found).seen
    if not form.is_valid():
        if is_stale:
            # Its totals are others by now, so that the form may be wrong for no other reason.
            return _act(request, found, lambda: deciding.refuse_stale(found.pk, by=request.user), done="")
        return show(request, found, status=INVALID, **{name: form})
    asked = {"seen": form.cleaned_data["seen"], "reason": form.why}
    return _act(request, found, lambda: act(found.pk, by=request.user, **asked), done=done)


def _act(request: HttpRequest, found: Bundle, act: Callable[[], Any], *, done: str) -> HttpResponse:
    """Does it; what is refused is said on the page as it is now."""
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return show(request, visible(request, found.pk), status=CONFLICT)
    claims.release(found, by=request.user)
    messages.success(request, f"{found.reference}: {done}")
    return redirect("bundle", found.pk)


def show(request: HttpRequest, found: Bundle, *, status: int = 200, **bound: Any) -> HttpResponse:
    told = _told(request, found)
    told |= looking(request, found, may_claim="approval_form" in told)
    context = {
        "title": f"Bundle {found.reference}",
        "may_check": any(holds(request, role) for role in MAY_CHECK),
        **told,
        **bound,
    }
    return render(request, "operations/bundle.html", context, status=status)


def _status(request: HttpRequest, found: Bundle) -> HttpResponse:
    """The live part: 204 while nothing changed; while it waits the whole page comes anew, for nobody decides on half of one."""
    if request.GET["version"] == version(found):
        return HttpResponse(status=204)
    if found.is_pending or request.GET.get("was") == Bundle.State.PENDING:
        return HttpResponseClientRefresh()
    told = _told(request, found) | {"is_polled": True}
    return render(request, "operations/bundle.html#status", told, status=POLL_ENDS if told["progress"].is_over else 200)


def _told(request: HttpRequest, found: Bundle) -> dict[str, Any]:
    seen = shown(found)
    members = [line.member for line in seen.lines]
    told: dict[str, Any] = {"bundle": found, "shown": seen, "progress": progress(found, members)}
    told |= {"version": version(found), "story": story(found), "places": queries.in_words(found, seen.asked)}
    sums = seen.sums if found.is_pending else batch_of(member.operation.instruction for member in members).sums
    told |= {"seats": queries.seats(found, seen.asked), "sums": sums}
    return told | _forms(request, found, seen) | thread(found, by=request.user)


def _forms(request: HttpRequest, found: Bundle, seen: Shown) -> dict[str, Any]:
    by, forms = request.user, dict[str, Any]()
    if not say.why_not_cancel(found, by=by):
        forms["cancellation_form"] = CancellationForm(auto_id="cancel_%s")
    forms["why_not_decide"] = ""
    if found.is_pending:
        forms["why_not_decide"] = say.why_not_approve(found, by=by) or why_no_key_for(found, by=by)
    if say.why_not_decide(found, by=by):
        return forms
    initial = {"seen": seen.seen, "reason_code": "WITHIN_POLICY"}
    if not forms["why_not_decide"]:
        forms["approval_form"] = BundleApprovalForm(initial=initial, totals=seen.sums, auto_id="approve_%s")
        forms["signs"] = way(by, is_asked=seen.asked.is_signed)
    forms["rejection_form"] = BundleDeclineForm(initial={"seen": seen.seen}, auto_id="reject_%s")
    forms["return_form"] = BundleDeclineForm(initial={"seen": seen.seen}, auto_id="return_%s")
    return forms


def _may_make(operator: Any) -> bool:
    return bool(operator.roles & MAKERS)
