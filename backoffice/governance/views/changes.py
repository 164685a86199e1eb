"""Changes of the rules: what waits, what is over, one of them with its effect, and what this person may do about it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from backoffice.access import Role, access
from backoffice.audit import clock
from backoffice.governance import changes, queries
from backoffice.governance.forms import AgreeForm, DaysForm, RefuseForm
from backoffice.governance.models import Change
from backoffice.governance.say import missing, why_not_agree, why_not_decide, why_not_withdraw
from backoffice.governance.shown import effects, seats, story
from backoffice.operations.desk import Refusal
from backoffice.operators.step_up import five_minutes
from backoffice.ui.parts import Fact

SEES_CHANGES = (Role.ADMINISTRATOR, Role.COMPLIANCE, Role.AUDITOR)
DECIDES = (Role.ADMINISTRATOR, Role.COMPLIANCE)
INVALID, CONFLICT = 422, 409


@access(*SEES_CHANGES)
def listing(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    yours = {change.pk for change in queries.waiting_for(request.user, now=now)}
    rows = [
        {"change": change, "is_yours": change.pk in yours, "waits_for": ", ".join(missing(change))}
        for change in queries.pending(now=now)
    ]
    context = {"title": "Changes", "rows": rows, "ended": queries.ended(now=now), "now": now}
    return render(request, "governance/changes.html", context)


@access(*SEES_CHANGES)
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    return show(request, get_object_or_404(Change, pk=pk))


@access(*DECIDES, methods=["POST"], step_up=five_minutes)
def agreement(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, form = get_object_or_404(Change, pk=pk), AgreeForm(request.POST, auto_id="agree_%s")
    if not form.is_valid():
        return show(request, found, status=INVALID, agree_form=form)
    return _act(request, found, lambda: changes.agree(pk, by=request.user, **form.cleaned_data), done="You agreed.")


@access(*DECIDES, methods=["POST"], step_up=five_minutes)
def refusal(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, form = get_object_or_404(Change, pk=pk), RefuseForm(request.POST, auto_id="refuse_%s")
    if not form.is_valid():
        return show(request, found, status=INVALID, refuse_form=form)
    return _act(request, found, lambda: changes.refuse(pk, by=request.user, **form.cleaned_data), done="Refused.")


@access(Role.ADMINISTRATOR, methods=["POST"])
def withdrawal(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(Change, pk=pk)
    return _act(request, found, lambda: changes.withdraw(pk, by=request.user), done="Withdrawn.")


def proposing(request: HttpRequest, form: Any, template: str, **context: Any) -> HttpResponse:
    """The page of a form by which a change is proposed; sent, it is proposed, and what is wrong is said on the same page."""

    def page(*, status: int = 200) -> HttpResponse:
        return render(request, template, {"form": form, **context}, status=status)

    if request.method != "POST":
        return page()
    if not form.is_valid():
        return page(status=INVALID)
    return propose(request, form, reason=form.cleaned_data["reason"], again=page)


def propose(request: HttpRequest, form: Any, *, reason: str, again: Callable[..., HttpResponse]) -> HttpResponse:
    """Proposes what a valid form says; what is refused is said on the form's own page, with 409."""
    try:
        proposed = changes.propose(form.amendment(), by=request.user, reason=reason)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return again(status=CONFLICT)
    messages.success(request, "Proposed. Nothing is different until another administrator and compliance agree.")
    return redirect("change", proposed.pk)


def show(request: HttpRequest, found: Change, *, status: int = 200, **bound: Any) -> HttpResponse:
    """The page of one change; `bound` are forms that came back with errors."""
    now = clock.now()
    initial = {"seen": changes.seen_of(found)}
    why = {name: say(found, by=request.user, now=now) for name, say in SAYS.items()}
    forms = {
        "agree_form": AgreeForm(initial=initial, auto_id="agree_%s"),
        "refuse_form": RefuseForm(initial=initial, auto_id="refuse_%s"),
    }
    context = {
        "title": found.amendment.title,
        "change": found,
        "effects": effects(found),
        "seats": seats(found),
        "story": story(found),
        "facts": _facts(found),
        "has_lapsed": found.is_open and found.lapses_at <= now,
        "days_form": DaysForm() if found.kind == "policy.publish" and found.is_open else None,
    }
    return render(request, "governance/change.html", context | why | forms | bound, status=status)


SAYS = {"why_not_agree": why_not_agree, "why_not_decide": why_not_decide, "why_not_withdraw": why_not_withdraw}


def _facts(found: Change) -> list[Fact]:
    facts = [
        Fact(label="What", value=found.amendment.name),
        Fact(label="Proposed by", value=found.author.name),
        Fact(label="Proposed at", value=found.proposed_at),
    ]
    return [*facts, Fact(label="Expires", value=found.lapses_at)] if found.is_open else facts


def _act(request: HttpRequest, found: Change, doing: Callable[[], Change], *, done: str) -> HttpResponse:
    """Does it; what is refused is said on the page as it is now, with 409."""
    try:
        after = doing()
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return show(request, get_object_or_404(Change, pk=found.pk), status=CONFLICT)
    messages.success(request, "It is in force now." if after.state == Change.State.APPLIED else done)
    return redirect("change", found.pk)
