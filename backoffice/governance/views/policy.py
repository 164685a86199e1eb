"""A new version of the policy: the editor, what it would have meant for what was asked for lately, and the proposal."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from backoffice.access import READERS, Role, StepUp, access
from backoffice.audit import clock
from backoffice.governance import policy, simulator
from backoffice.governance.forms import DaysForm, PolicyForm
from backoffice.governance.models import Change
from backoffice.governance.views.changes import DECIDES, INVALID, propose
from backoffice.operations.versions import NoPolicy
from backoffice.operators.step_up import five_minutes


def _unless_simulated(request: HttpRequest, named: Any) -> StepUp | None:
    return None if "simulate" in request.POST else five_minutes(request, named)


@access(Role.ADMINISTRATOR, methods=["GET", "POST"], step_up=_unless_simulated)
def proposal(request: HttpRequest) -> HttpResponse:
    """The editor; its second button simulates what stands in it, and proposes nothing."""
    begun = {"rules": policy.written(policy.current())}
    form = PolicyForm(request.POST) if request.method == "POST" else PolicyForm(initial=begun)
    days = DaysForm(request.POST if "simulate" in request.POST else None)

    def page(*, status: int = 200, **more: Any) -> HttpResponse:
        context = {"title": "Propose a change", "form": form, "days_form": days, **more}
        return render(request, "governance/policy_proposal.html", context, status=status)

    if request.method != "POST":
        return page()
    if not form.is_valid() or (days.is_bound and not days.is_valid()):
        return page(status=INVALID)
    if days.is_bound:
        report = _simulated(request, form.cleaned_data["rules"], days=days.cleaned_data["days"])
        return page(effects=form.amendment().effects(), report=report)
    return propose(request, form, reason=form.cleaned_data["note"], again=page)


@access(*DECIDES)
def simulation(request: HttpRequest) -> HttpResponse:
    """What a proposed version would have meant: for those who agree to it."""
    pk, days = request.GET.get("change", ""), DaysForm(request.GET)
    found = get_object_or_404(Change.objects.filter(kind="policy.publish"), pk=pk if _is_uuid(pk) else None)
    report = None
    if days.is_valid():
        report = _simulated(request, found.amendment.wording, days=days.cleaned_data["days"])
    context = {"title": "Simulation", "change": found, "days_form": days, "report": report}
    return render(request, "governance/simulation.html", context, status=200 if report else INVALID)


def _simulated(request: HttpRequest, rules: list[dict[str, Any]], *, days: int) -> simulator.Report | None:
    """What it found; nothing, and a word about it, where there is no policy that can be believed to compare it with."""
    may_look = bool(getattr(request.user, "roles", frozenset()) & READERS)
    try:
        return simulator.replay(rules, days=days, now=clock.now(), may_look=may_look)
    except NoPolicy as failure:
        messages.error(request, str(failure))
        return None


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and all(c in "0123456789abcdef-" for c in text)
