"""Planned maintenance: planning it, taking it back, and ending it early together with somebody else."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from backoffice.access import access
from backoffice.operations import maintenance
from backoffice.operations.desk import Refusal
from backoffice.operations.forms import EndForm, MaintenanceForm
from backoffice.operations.models import MAY_STOP, Lane, Maintenance
from backoffice.operations.views.connections import INVALID, act, known, show
from backoffice.operators.step_up import five_minutes

LARGEST = 2**63 - 1


@access(*MAY_STOP, methods=["POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """What overlaps is told in the form, so that nobody types all of it again."""
    form = MaintenanceForm(request.POST, auto_id="plan_%s")
    if form.is_valid():
        asked = form.cleaned_data
        when = {"starts_at": asked["starts_at"], "ends_at": asked["ends_at"]}
        try:
            maintenance.plan(asked["lanes"], **when, reason=asked["reason"], by=request.user)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The maintenance is planned. It begins and ends by itself.")
            return redirect("connections")
    return show(request, status=INVALID, bound={("plan", ""): form})


@access(*MAY_STOP, methods=["POST"])
def withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    window = get_object_or_404(Maintenance, pk=min(pk, LARGEST))
    return act(request, lambda: maintenance.withdraw(window.pk, by=request.user), done="The maintenance is withdrawn.")


@access(*MAY_STOP, methods=["POST"], step_up=five_minutes)
def end(request: HttpRequest, lane: str) -> HttpResponse:
    form = EndForm(request.POST, auto_id=f"end_{_whole(lane)}_%s")
    if not form.is_valid():
        return show(request, status=INVALID, bound={("end", lane): form})
    reason = form.cleaned_data["reason"]
    done = "The early end is proposed. Another person confirms it."
    return act(request, lambda: maintenance.propose_end(lane, by=request.user, reason=reason), done=done)


@access(*MAY_STOP, methods=["POST"], step_up=five_minutes)
def confirmation(request: HttpRequest, lane: str) -> HttpResponse:
    name, seen = _whole(lane), request.POST.get("seen", "")
    done = f"The maintenance is over: {Lane(name=name).called}."
    return act(request, lambda: maintenance.confirm_end(name, by=request.user, seen=seen), done=done)


def _whole(lane: str) -> str:
    if Lane(name=known(lane)).is_kind:
        raise Http404("A kind has no maintenance of its own.")
    return lane
