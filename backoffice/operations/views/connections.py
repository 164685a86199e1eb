"""The MT5 connections: looking at them, pausing one, and reopening it together with somebody else."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from backoffice.access import EVERYONE, Role, access
from backoffice.operations import stops
from backoffice.operations.connections import connections
from backoffice.operations.desk import Refusal
from backoffice.operations.forms import PauseForm, ReopeningForm
from backoffice.operations.models import MAY_STOP
from backoffice.operations.views import restores
from backoffice.operations.views.pages import SEES_OPERATIONS

INVALID, CONFLICT = 422, 409


@access(*EVERYONE)
def desk(request: HttpRequest) -> HttpResponse:
    if request.htmx and "live" in request.GET:  # type: ignore[attr-defined]  # django-htmx's middleware
        return render(request, "operations/connections.html#lanes", _seen(request))
    return _show(request)


@access(*MAY_STOP, methods=["POST"])
def pause(request: HttpRequest, lane: str) -> HttpResponse:
    form = PauseForm(request.POST, auto_id=f"pause_{_known(lane)}_%s")
    if not form.is_valid():
        return _show(request, status=INVALID, bound={("pause", lane): form})
    reason = form.cleaned_data["reason"]
    return _act(
        request, lambda: stops.pause(lane, by=request.user, reason=reason), done=f"{lane.capitalize()} is paused."
    )


@access(*MAY_STOP, methods=["POST"])
def reopening(request: HttpRequest, lane: str) -> HttpResponse:
    form = ReopeningForm(request.POST, auto_id=f"reopening_{_known(lane)}_%s")
    if not form.is_valid():
        return _show(request, status=INVALID, bound={("reopening", lane): form})
    reason = form.cleaned_data["reason"]
    done = f"Reopening {lane.capitalize()} is proposed. Another person confirms it."
    return _act(request, lambda: stops.propose_reopening(lane, by=request.user, reason=reason), done=done)


@access(*MAY_STOP, methods=["POST"])
def confirmation(request: HttpRequest, lane: str) -> HttpResponse:
    name, seen = _known(lane), request.POST.get("seen", "")
    done = f"{lane.capitalize()} is reopened."
    return _act(request, lambda: stops.confirm_reopening(name, by=request.user, seen=seen), done=done)


def _known(lane: str) -> str:
    if lane not in settings.LANES:
        raise Http404(f"There is no connection {lane[:16]}.")
    return lane


def _act(request: HttpRequest, act: Callable[[], Any], *, done: str) -> HttpResponse:
    """Does it; what is refused is said on the page as it is now, with 409."""
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return _show(request, status=CONFLICT)
    messages.success(request, done)
    return redirect("connections")


def _seen(request: HttpRequest) -> dict[str, Any]:
    roles: frozenset[Role] = getattr(request.user, "roles", frozenset())
    may_act, may_look = bool(roles & set(MAY_STOP)), bool(roles & SEES_OPERATIONS)
    return {"connections": connections(by=request.user), "may_act": may_act, "may_look": may_look}


def _show(request: HttpRequest, *, status: int = 200, bound: dict[tuple[str, str], Any] | None = None) -> HttpResponse:
    """The page; `bound` are forms that came back with errors, by their act and lane."""
    kept = bound or {}
    forms = [
        {
            "lane": lane,
            "pause": kept.get(("pause", lane)) or PauseForm(auto_id=f"pause_{lane}_%s"),
            "reopening": kept.get(("reopening", lane)) or ReopeningForm(auto_id=f"reopening_{lane}_%s"),
        }
        for lane in settings.LANES
    ]
    context = {
        "title": "MT5 connections",
        "forms": forms,
        "restores": restores.shown(by=request.user),
        **_seen(request),
    }
    return render(request, "operations/connections.html", context, status=status)
