"""Approving or rejecting many requests at once: a page shows what is chosen and what it comes to; a POST of the very same does it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from backoffice.access import Role, access
from backoffice.operations import together
from backoffice.operations.freshness import of_ticked
from backoffice.operations.models import Decision
from backoffice.operations.sums import summed
from backoffice.operations.together import Case
from backoffice.operations.together_form import ApprovalsForm, RejectionsForm, TogetherForm
from backoffice.operations.views.acts import CONFLICT, INVALID
from backoffice.operations.views.ticked import Misread, asked, ticked, told

Verb = Decision.Verb
FORMS: dict[Verb, type[TogetherForm]] = {Verb.APPROVAL: ApprovalsForm, Verb.REJECTION: RejectionsForm}
NAMES = {
    Verb.APPROVAL: ("Approve", "Approvals", "approvals_approval"),
    Verb.REJECTION: ("Reject", "Rejections", "approvals_rejection"),
}
QUEUE = {"desk": "approvals", "desk_title": "Approvals", "back_words": "Back to the approvals", "next": True}


@access(Role.SUPERVISOR, methods=["GET", "POST"], step_up=of_ticked)
def approval(request: HttpRequest) -> HttpResponse:
    return _decide(request, Verb.APPROVAL)


@access(Role.SUPERVISOR, methods=["GET", "POST"])
def rejection(request: HttpRequest) -> HttpResponse:
    return _decide(request, Verb.REJECTION)


def _decide(request: HttpRequest, verb: Verb) -> HttpResponse:
    is_sent = request.method == "POST"
    try:
        chosen = ticked(asked(request), what="request")
    except Misread as misread:
        messages.error(request, str(misread))
        return redirect("approvals")
    # What was not looked at on this page is only foreseen; a vote names what was seen.
    cases = together.foreseen(chosen if is_sent else dict.fromkeys(chosen), by=request.user)
    ready = [case for case in cases if not case.why_not]
    if is_sent and len(ready) < len(chosen):
        messages.error(request, "Nothing was done: not all of what was chosen can be decided together as it was seen.")
        return _show(request, verb, cases, FORMS[verb](totals=_totals(ready), initial=_usual(verb)), status=CONFLICT)
    form = FORMS[verb](request.POST if is_sent else None, totals=_totals(ready), initial=_usual(verb))
    if is_sent and form.is_valid():
        results = together.decide_each(ready, verb, reason=form.why, by=request.user)
        return told(request, NAMES[verb][1], results, chosen=len(chosen), **QUEUE)
    return _show(request, verb, cases, form, status=INVALID if is_sent else 200)


def _show(request: HttpRequest, verb: Verb, cases: Sequence[Case], form: TogetherForm, *, status: int) -> HttpResponse:
    ready, left_out = [c for c in cases if not c.why_not], [c for c in cases if c.why_not]
    kind, count = ready[0].operation.instruction.title if ready else "", len(ready)
    does, _, action = NAMES[verb]
    title = f"{does}: {count} {kind.lower()}{'' if count == 1 else 's'}" if ready else f"{does} together"
    context = {"title": title, "ready": ready, "left_out": left_out, "form": form, "totals": _totals(ready)}
    context |= {"does": does, "action": action, "is_rejection": verb == Verb.REJECTION}
    return render(request, "operations/together.html", context, status=status)


def _totals(ready: Sequence[Case]) -> list[Any]:
    amounts = [(case.operation.currency, case.operation.instruction.amount) for case in ready]  # type: ignore[attr-defined]  # what moves no money is not ready
    return summed(amounts)


def _usual(verb: Verb) -> dict[str, str]:
    return {"reason_code": "WITHIN_POLICY"} if verb == Verb.APPROVAL else {}
