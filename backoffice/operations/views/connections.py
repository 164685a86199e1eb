"""The MT5 connections: looking at them, pausing one or a kind of it, and reopening it together with somebody else."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from backoffice.access import EVERYONE, Role, access
from backoffice.operations import stops
from backoffice.operations.connections import connections, kinds, names, windows
from backoffice.operations.desk import Refusal
from backoffice.operations.forms import EndForm, MaintenanceForm, PauseForm, ReopeningForm
from backoffice.operations.models import MAY_STOP, Lane
from backoffice.operations.views import restores
from backoffice.operations.views.pages import SEES_OPERATIONS
from backoffice.operators.step_up import five_minutes

INVALID, CONFLICT = 422, 409
Bound = dict[tuple[str, str], Any]


@access(*EVERYONE)
def desk(request: HttpRequest) -> HttpResponse:
    if request.htmx and "live" in request.GET:  # type: ignore[attr-defined]  # django-htmx's middleware
        return render(request, "operations/connections.html#lanes", _seen(request))
    return show(request)


@access(*MAY_STOP, methods=["POST"])
def pause(request: HttpRequest, lane: str) -> HttpResponse:
    form = PauseForm(request.POST, kinds=kinds(known(lane)), auto_id=f"pause_{lane}_%s")
    if not form.is_valid():
        return show(request, status=INVALID, bound={("pause", lane): form})
    name, reason = form.cleaned_data["kind"] or lane, form.cleaned_data["reason"]
    done = f"Paused: {Lane(name=name).called}. Two people reopen it."
    return act(request, lambda: stops.pause(name, by=request.user, reason=reason), done=done)


@access(*MAY_STOP, methods=["POST"], step_up=five_minutes)
def reopening(request: HttpRequest, lane: str) -> HttpResponse:
    form = ReopeningForm(request.POST, auto_id=f"reopening_{known(lane)}_%s")
    if not form.is_valid():
        return show(request, status=INVALID, bound={("reopening", lane): form})
    reason = form.cleaned_data["reason"]
    done = f"Reopening is proposed: {Lane(name=lane).called}. Another person confirms it."
    return act(request, lambda: stops.propose_reopening(lane, by=request.user, reason=reason), done=done)


@access(*MAY_STOP, methods=["POST"], step_up=five_minutes)
def confirmation(request: HttpRequest, lane: str) -> HttpResponse:
    name, seen = known(lane), request.POST.get("seen", "")
    done = f"Reopened: {Lane(name=name).called}."
    return act(request, lambda: stops.confirm_reopening(name, by=request.user, seen=seen), done=done)


def known(name: str) -> str:
    """The name of a lane, or of a kind that is sent over one; raises Http404 for any other."""
    if Lane(name=name).lane not in settings.LANES:
        raise Http404(f"There is no connection {name[:16]}.")
    return name


def act(request: HttpRequest, doing: Callable[[], Any], *, done: str) -> HttpResponse:
    """Does it; what is refused is said on the page as it is now, with 409."""
    try:
        doing()
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return show(request, status=CONFLICT)
    messages.success(request, done)
    return redirect("connections")


def show(request: HttpRequest, *, status: int = 200, bound: Bound | None = None) -> HttpResponse:
    """The page; `bound` are forms that came back with errors, by their act and lane (none where it is of several)."""
    kept = bound or {}
    context = {"title": "MT5 connections", **_seen(request), "forms": [_forms(name, kept) for name in names()]}
    context["restores"] = restores.shown(by=request.user)
    context["plan_form"] = kept.get(("plan", "")) or MaintenanceForm(auto_id="plan_%s")
    context["end_forms"] = [
        (lane, kept.get(("end", lane)) or EndForm(auto_id=f"end_{lane}_%s")) for lane in settings.LANES
    ]
    return render(request, "operations/connections.html", context, status=status)


def _forms(name: str, kept: Bound) -> dict[str, Any]:
    pausing, reopening_form = kept.get(("pause", name)), kept.get(("reopening", name))
    return {
        "lane": Lane(name=name),
        "pause": pausing or PauseForm(kinds=kinds(name), auto_id=f"pause_{name}_%s"),
        "reopening": reopening_form or ReopeningForm(auto_id=f"reopening_{name}_%s"),
    }


def _seen(request: HttpRequest) -> dict[str, Any]:
    roles: frozenset[Role] = getattr(request.user, "roles", frozenset())
    may_act, may_look = bool(roles & set(MAY_STOP)), bool(roles & SEES_OPERATIONS)
    seen = {"connections": connections(by=request.user), "windows": windows(by=request.user)}
    return seen | {"may_act": may_act, "may_look": may_look}
