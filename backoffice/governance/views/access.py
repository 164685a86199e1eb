"""Who may do what: the page, its two exports, and the record that somebody of compliance has reviewed it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from backoffice.access import Role, access
from backoffice.audit import clock
from backoffice.governance import open_items, reviewing
from backoffice.governance import rights as doings
from backoffice.governance.forms import ReviewForm
from backoffice.governance.queries import pending
from backoffice.governance.views.changes import CONFLICT, INVALID, SEES_CHANGES
from backoffice.operations.desk import Refusal
from backoffice.operators.models import Operator
from backoffice.ui.sheets import csv_response


@access(*SEES_CHANGES)
def desk(request: HttpRequest) -> HttpResponse:
    return _show(request, ReviewForm(initial={"seen": reviewing.seen()}))


@access(*SEES_CHANGES)
def people(request: HttpRequest) -> HttpResponse:
    reviewing.note_export(by=request.user, what="people")
    header = (
        "Operator id",
        "User name",
        "Name",
        "Person",
        "E-mail",
        "State",
        *(role.capitalize() for role in Role),
        "Signed in last",
    )
    rows = [
        (
            who.operator_id, who.username, who.name, str(who.person_id), who.email, "active" if who.is_active else "deactivated",
            *("holds" if role in _roles(who) else "" for role in Role), who.last_login,
        )
        for who in _everybody()
    ]  # fmt: skip
    return csv_response("people-and-roles", header, rows)


@access(*SEES_CHANGES)
def rights(request: HttpRequest) -> HttpResponse:
    reviewing.note_export(by=request.user, what="rights")
    header = ("Area", "What", *(role.capitalize() for role in Role))
    return csv_response(
        "roles-and-rights", header, [(right.section, right.words, *right.cells()) for right in doings.rights()]
    )


@access(Role.COMPLIANCE, methods=["POST"])
def review(request: HttpRequest) -> HttpResponse:
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=INVALID)
    try:
        reviewing.record(by=request.user, seen_hash=form.cleaned_data["seen"], note=form.cleaned_data["note"])
    except Refusal as refusal:
        messages.error(request, str(refusal))
        again = {"seen": reviewing.seen(), "note": form.cleaned_data["note"]}
        return _show(request, ReviewForm(initial=again), status=CONFLICT)
    messages.success(request, "The review stands in the audit trail.")
    return redirect("access")


def _show(request: HttpRequest, form: ReviewForm, *, status: int = 200) -> HttpResponse:
    now, before = clock.now(), reviewing.last()
    context = {
        "title": "Access",
        "roles": list(Role),
        "sections": _sections(),
        "rows": [{"who": who, "roles": sorted(_roles(who))} for who in _everybody()],
        "leavers": _leavers(),
        "last": before,
        "is_due": before is None or before.is_due(now),
        "differences": reviewing.differences(before),
        "form": form,
        "why_not_review": reviewing.why_not_review(by=request.user),
    }
    return render(request, "governance/access.html", context, status=status)


def _sections() -> list[dict[str, Any]]:
    named = {right.section: None for right in doings.rights()}
    return [{"name": name, "rights": [right for right in doings.rights() if right.section == name]} for name in named]


def _leavers() -> list[dict[str, Any]]:
    """Who has left or is about to, and still has something open."""
    leaving = {
        getattr(change.amendment, "operator", "")
        for change in pending(now=clock.now())
        if change.kind == "operator.deactivate"
    }
    gone = [who for who in _everybody() if not who.is_active or who.operator_id in leaving]
    return [{"who": who, "items": items} for who in gone if (items := open_items.of(who))]


def _everybody() -> list[Operator]:
    return list(Operator.objects.prefetch_related("grants").order_by("-is_active", "name", "pk"))


def _roles(who: Operator) -> set[str]:
    return {grant.role for grant in who.grants.all()}
