"""A database that was restored from a backup: what people see of it, and how two of them let it send again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from backoffice.access import access
from backoffice.operations import queries, reopening, restored
from backoffice.operations.desk import Refusal
from backoffice.operations.forms import ReopeningForm
from backoffice.operations.models import MAY_STOP, Restore
from backoffice.operations.states import State
from backoffice.operators.step_up import five_minutes

INVALID, CONFLICT = 422, 409


@dataclass(frozen=True)
class Open:
    """A restore that two people have yet to reopen, with what is still in doubt, as bounded text, and this person's part."""

    restore: Restore
    pending: str
    unknown: str
    exceptions: str
    why_not_propose: str
    why_not_confirm: str
    why_not_decline: str
    form: ReopeningForm


def shown(*, by: Any, bound: ReopeningForm | None = None) -> list[Open]:
    """Every restore that is open; `bound` is a form that came back with errors."""
    rows = restored.open_ones().select_related("reopening_by", "reopened_by")
    return [_open(restore, by, bound) for restore in rows]


@access(*MAY_STOP, methods=["POST"], step_up=five_minutes)
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    form = ReopeningForm(request.POST, auto_id=f"restore_{_known(pk)}_%s")
    if not form.is_valid():
        return _show(request, status=INVALID, bound=form)
    reason = form.cleaned_data["reason"]
    done = "Reopening is proposed. Another person confirms it."
    return _act(request, lambda: reopening.propose(pk, by=request.user, reason=reason), done=done)


@access(*MAY_STOP, methods=["POST"], step_up=five_minutes)
def confirmation(request: HttpRequest, pk: int) -> HttpResponse:
    seen = request.POST.get("seen", "")
    done = "The restored database sends again."
    return _act(request, lambda: reopening.confirm(_known(pk), by=request.user, seen=seen), done=done)


@access(*MAY_STOP, methods=["POST"])
def declining(request: HttpRequest, pk: int) -> HttpResponse:
    done = "The proposal is declined; nothing is sent."
    return _act(request, lambda: reopening.decline(_known(pk), by=request.user), done=done)


def _known(pk: int) -> int:
    return get_object_or_404(Restore, pk=pk).pk


def _open(restore: Restore, by: Any, bound: ReopeningForm | None) -> Open:
    ours = queries.ours()
    return Open(
        restore=restore,
        pending=queries.bounded(ours.filter(restored.doubt(restore), state=State.AWAITING_APPROVAL)),
        unknown=queries.bounded(ours.filter(state__in=[State.UNCERTAIN, State.ACCEPTED])),
        exceptions=queries.bounded(ours.filter(state=State.EXCEPTION)),
        why_not_propose=reopening.why_not_propose(restore, by=by),
        why_not_confirm=reopening.why_not_confirm(restore, by=by),
        why_not_decline=reopening.why_not_decline(restore, by=by),
        form=bound or ReopeningForm(auto_id=f"restore_{restore.pk}_%s"),
    )


def _act(request: HttpRequest, act: Callable[[], Any], *, done: str) -> HttpResponse:
    """Does it; what is refused is said on the page as it is now, with 409."""
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return _show(request, status=CONFLICT)
    messages.success(request, done)
    return redirect("connections")


def _show(request: HttpRequest, *, status: int, bound: ReopeningForm | None = None) -> HttpResponse:
    restores = shown(by=request.user, bound=bound)
    context = {"title": "Restored database", "restores": restores, "may_act": True, "may_look": True}
    return render(request, "operations/restored_page.html", context, status=status)
