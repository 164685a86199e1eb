"""Absences: who is away and who decides for them; saying so of oneself, and ending it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from backoffice.access import Role, access
from backoffice.audit import clock
from backoffice.operations import delegations
from backoffice.operations.delegation_form import DelegationForm
from backoffice.operations.desk import Refusal
from backoffice.operations.models import Delegation
from backoffice.operations.terms import CHECKERS, MAY_CHECK
from backoffice.operations.views.acts import INVALID
from backoffice.operators.step_up import five_minutes
from backoffice.ui import text
from backoffice.ui.parts import Tone

SEES = (*MAY_CHECK, Role.AUDITOR, Role.ADMINISTRATOR)
MOST, RECENT, LARGEST = 200, 50, 2**63 - 1


@dataclass(frozen=True)
class Row:
    """One absence, its times in the server's zone."""

    of: Delegation
    begins: str
    ends: str
    state: str
    tone: Tone
    is_mine: bool
    may_withdraw: bool


@access(*SEES)
def desk(request: HttpRequest) -> HttpResponse:
    return show(request)


@access(*CHECKERS, methods=["POST"], step_up=five_minutes)
def own(request: HttpRequest) -> HttpResponse:
    """What cannot be so is told in the form, so that nobody types all of it again."""
    form = DelegationForm(request.POST, of=request.user, auto_id="away_%s")
    if form.is_valid():
        asked = form.cleaned_data
        when = {"starts_at": asked["starts_at"], "ends_at": asked["ends_at"]}
        try:
            delegations.make(to=form.stand_in, **when, reason=asked["reason"], by=request.user)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "It is written down. It begins and ends by itself.")
            return redirect("delegations")
    return show(request, status=INVALID, form=form)


@access(*CHECKERS, methods=["POST"])
def withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Delegation, pk=min(pk, LARGEST))
    try:
        delegations.withdraw(found.pk, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return show(request, status=409)
    messages.success(request, "It is over. What was decided under it stays.")
    return redirect("delegations")


def show(request: HttpRequest, *, status: int = 200, form: DelegationForm | None = None) -> HttpResponse:
    by: Any = request.user
    now, may = clock.now(), bool(by.roles & set(CHECKERS))
    context = {
        "title": "Delegations",
        "rows": [_row(each, by, now) for each in delegations.standing(now)[:MOST]],
        "over": [_row(each, by, now) for each in delegations.over(now)[:RECENT]],
        "form": form or (DelegationForm(of=by, auto_id="away_%s") if may else None),
        "may_delegate": bool(by.roles & set(MAY_CHECK)),
    }
    return render(request, "operations/delegations.html", context, status=status)


def _row(each: Delegation, by: Any, now: datetime) -> Row:
    state, tone = _state(each, now)
    begins, ends = (text.server(moment, now) for moment in (each.starts_at, each.ended_at or each.ends_at))
    may = not delegations.why_not_withdraw(each, by=by, now=now)
    return Row(each, begins, ends, state, tone, by.person_id in (each.of_person, each.to_person), may)


def _state(each: Delegation, now: datetime) -> tuple[str, Tone]:
    if each.ended_at:
        return f"Ended by {each.ended_by.name}" if each.ended_by else "Ended", ""
    if each.ends_at <= now:
        return "Over", ""
    return ("Away", "info") if each.starts_at <= now else ("To come", "")
