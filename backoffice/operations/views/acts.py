"""Acting on one operation: each is a POST to a noun, calls the desk once, and leads back to the operation's page."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from backoffice.access import Role, access
from backoffice.operations import assignment, claims, desk, resolution
from backoffice.operations.canonical import canonical
from backoffice.operations.evidence import read_evidence
from backoffice.operations.forms import (
    ApprovalForm,
    CancellationForm,
    DecisionForm,
    DeclineForm,
    ProposalForm,
    RejectionForm,
)
from backoffice.operations.freshness import of_approval, of_one
from backoffice.operations.models import Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.sealing import NoSight, unsealed
from backoffice.operations.shown import Shown
from backoffice.operations.terms import MAY_CHECK
from backoffice.operations.views.again import return_form
from backoffice.operations.views.pages import address, show, visible
from backoffice.operators.step_up import given

INVALID, CONFLICT = 422, 409


@access(*MAY_CHECK, methods=["POST"], step_up=of_approval)
def approval(request: HttpRequest, pk: UUID) -> HttpResponse:
    approve = partial(desk.approve, factor=given(request))
    return _decide(request, pk, ApprovalForm, approve, name="approval_form", done="You approved it.")


@access(*MAY_CHECK, methods=["POST"])
def rejection(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _decide(request, pk, RejectionForm, desk.reject, name="rejection_form", done="Rejected.")


@access(*MAY_CHECK, methods=["POST"])
def returning(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = visible(request, pk)
    form = return_form(found, request.POST)
    if not form.is_valid():
        return show(request, found, status=INVALID, return_form=form)
    seen, suggested = form.cleaned_data["seen"], canonical(form.suggested) if form.suggested else ""

    def send_back() -> None:
        sight = _sight(found, form, by=request.user)
        desk.send_back(pk, by=request.user, seen=seen, reason=form.why, suggested=suggested, sight=sight)

    return _act(request, found, send_back, done="Returned to its maker.")


@access(Role.FUNDING, Role.ACCOUNTS, Role.SUPERVISOR, methods=["POST"])
def cancellation(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, form = visible(request, pk), CancellationForm(request.POST, auto_id="cancel_%s")
    if not form.is_valid():
        return show(request, found, status=INVALID, cancellation_form=form)
    reason = form.cleaned_data["reason"]
    return _act(request, found, lambda: desk.cancel(pk, by=request.user, reason=reason), done="Cancelled.")


@access(Role.SUPERVISOR, methods=["POST"], step_up=of_one)
def proposal(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, form = visible(request, pk), ProposalForm(request.POST, auto_id="propose_%s")
    if not form.is_valid():
        return show(request, found, status=INVALID, proposal_form=form)
    typed = form.cleaned_data

    def propose() -> None:
        evidence = read_evidence(found, outcome=typed["outcome"], deal=typed["deal"], by=request.user)
        resolution.propose(pk, by=request.user, evidence=evidence, reason=form.why)

    return _act(request, found, propose, done="Proposed. Another supervisor confirms it.", form=("proposal_form", form))


@access(Role.SUPERVISOR, methods=["POST"], step_up=of_one)
def confirmation(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = visible(request, pk)

    def confirm() -> None:
        proposed = resolution.open_proposal(found)
        outcome, deal = (proposed.outcome, proposed.deal) if proposed else ("", "")
        evidence = read_evidence(found, outcome=outcome, deal=deal, by=request.user)
        resolution.confirm(pk, by=request.user, seen=request.POST.get("seen", ""), evidence=evidence)

    return _act(request, found, confirm, done="Resolved.")


@access(Role.SUPERVISOR, methods=["POST"])
def declining(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, form = visible(request, pk), DeclineForm(request.POST, auto_id="decline_%s")
    if not form.is_valid():
        return show(request, found, status=INVALID, decline_form=form)
    why = Reason("OTHER", form.cleaned_data["reason"])
    return _act(request, found, lambda: resolution.decline(pk, by=request.user, reason=why), done="Declined.")


@access(Role.SUPERVISOR, methods=["POST"])
def taking(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, seen = visible(request, pk), request.POST.get("seen", "")
    return _act(request, found, lambda: assignment.take(pk, by=request.user, seen=seen), done="It is yours.")


@access(Role.SUPERVISOR, methods=["POST"])
def handing_back(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = visible(request, pk)
    return _act(request, found, lambda: assignment.hand_back(pk, by=request.user), done="It is nobody’s now.")


def _decide(
    request: HttpRequest, pk: UUID, kind: type[DecisionForm], vote: Callable[..., Any], *, name: str, done: str
) -> HttpResponse:
    found, form = visible(request, pk), kind(request.POST, auto_id=f"{name.split('_')[0]}_%s")
    if not form.is_valid():
        return show(request, found, status=INVALID, **{name: form})
    seen = form.cleaned_data["seen"]

    def decide() -> None:
        vote(pk, by=request.user, seen=seen, reason=form.why, sight=_sight(found, form, by=request.user))

    return _act(request, found, decide, done=done)


def _sight(found: Operation, form: DecisionForm, *, by: Any) -> Shown:
    """What our page showed them. A decision that comes from no page of ours is refused, and put into the trail."""
    try:
        return unsealed(form.cleaned_data["sight"], found, by=by)
    except NoSight as none:
        desk.refuse(found, by=by, why=str(none))
        raise desk.Refusal(str(none)) from None


def _act(
    request: HttpRequest,
    found: Operation,
    act: Callable[[], Any],
    *,
    done: str,
    form: tuple[str, Any] | None = None,
) -> HttpResponse:
    """Does it; what the desk refuses is said on the page as it is now, with 409, and what was typed stays."""
    try:
        act()
    except desk.Refusal as refusal:
        messages.error(request, str(refusal))
        kept = {form[0]: form[1]} if form else {}
        return show(request, visible(request, found.pk), status=CONFLICT, **kept)
    claims.release(found, by=request.user)
    messages.success(request, f"{found.reference}: {done}")
    return redirect(back(request) or address(found))


def back(request: HttpRequest) -> str:
    """The page of ours that an act was begun on, where it says so: an address from the root on, and not the name of a view."""
    url = request.POST.get("back", "")
    return url if url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None) else ""
