"""People and their sign-ins: who they are, what they may do, what they have open; and how all that is changed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from backoffice.access import Role, access
from backoffice.audit import clock
from backoffice.governance import coverage, open_items, passwords, queries
from backoffice.governance.forms import (
    AddForm,
    DeactivateForm,
    EmailForm,
    GrantForm,
    LinkForm,
    OperatorForm,
    ResetForm,
    RevokeForm,
)
from backoffice.governance.views.changes import CONFLICT, INVALID, SEES_CHANGES, propose, proposing
from backoffice.operations.desk import Refusal
from backoffice.operations.versions import NoPolicy
from backoffice.operators import factors
from backoffice.operators.models import Operator
from backoffice.operators.step_up import five_minutes
from backoffice.ui.parts import Fact

FORMS: dict[str, type[OperatorForm]] = {
    "grant": GrantForm,
    "revocation": RevokeForm,
    "deactivation": DeactivateForm,
    "email": EmailForm,
    "link": LinkForm,
    "reset": ResetForm,
}


@access(*SEES_CHANGES)
def listing(request: HttpRequest) -> HttpResponse:
    people = list(
        Operator.objects.select_related("person").prefetch_related("grants").order_by("-is_active", "name", "pk")
    )
    pending = {getattr(change.amendment, "operator", "") for change in queries.pending(now=clock.now())}
    rows = [_row(who, people, pending) for who in people]
    context = {"title": "People", "rows": rows, "may_propose": _may_propose(request), "short": _short()}
    return render(request, "governance/people.html", context)


@access(Role.ADMINISTRATOR, methods=["GET", "POST"], step_up=five_minutes)
def addition(request: HttpRequest) -> HttpResponse:
    form = AddForm(request.POST if request.method == "POST" else None)
    return proposing(request, form, "governance/addition.html", title="Add a sign-in")


@access(*SEES_CHANGES)
def person(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, get_object_or_404(Operator, pk=pk))


@access(Role.ADMINISTRATOR, methods=["POST"], step_up=five_minutes)
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    return _proposed(request, pk, "grant")


@access(Role.ADMINISTRATOR, methods=["POST"], step_up=five_minutes)
def revocation(request: HttpRequest, pk: int) -> HttpResponse:
    return _proposed(request, pk, "revocation")


@access(Role.ADMINISTRATOR, methods=["POST"], step_up=five_minutes)
def deactivation(request: HttpRequest, pk: int) -> HttpResponse:
    return _proposed(request, pk, "deactivation")


@access(Role.ADMINISTRATOR, methods=["POST"], step_up=five_minutes)
def email(request: HttpRequest, pk: int) -> HttpResponse:
    return _proposed(request, pk, "email")


@access(Role.ADMINISTRATOR, methods=["POST"], step_up=five_minutes)
def link(request: HttpRequest, pk: int) -> HttpResponse:
    return _proposed(request, pk, "link")


@access(Role.ADMINISTRATOR, methods=["POST"], step_up=five_minutes)
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    return _proposed(request, pk, "reset")


@access(Role.ADMINISTRATOR, methods=["POST"], step_up=five_minutes)
def password(request: HttpRequest, pk: int) -> HttpResponse:
    """Shown in this answer alone, which no cache keeps."""
    operator = get_object_or_404(Operator, pk=pk)
    try:
        made = passwords.make(pk, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return show(request, operator, status=CONFLICT)
    return show(request, get_object_or_404(Operator, pk=pk), password=made)


def show(request: HttpRequest, operator: Operator, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of one sign-in; `more` are forms that came back with errors, or a password that was just made."""
    may = (
        _may_propose(request) and operator.is_active and operator.person_id != getattr(request.user, "person_id", None)
    )
    forms = {name: form(operator=operator, auto_id=f"{name}_%s") for name, form in FORMS.items()} if may else {}
    context = {
        "title": operator.name,
        "operator": operator,
        "facts": _facts(operator),
        "open_items": open_items.of(operator),
        "pending": queries.of_operator(operator, now=clock.now()),
        "forms": forms | {name: form for name, form in more.items() if name in FORMS},
        "is_oneself": operator.person_id == getattr(request.user, "person_id", None),
        "may_make_password": may and not passwords.why_not(operator, by=request.user),
        "has_factors": bool(may and factors.are_there(operator)),
        "password": more.get("password", ""),
    }
    return render(request, "governance/person.html", context, status=status)


def _proposed(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    operator = get_object_or_404(Operator, pk=pk)
    form = FORMS[name](request.POST, operator=operator, auto_id=f"{name}_%s")
    if not form.is_valid():
        return show(request, operator, status=INVALID, **{name: form})
    reason = form.cleaned_data["reason"]
    return propose(request, form, reason=reason, again=lambda *, status: show(request, operator, status=status))


def _row(who: Operator, people: list[Operator], pending: set[str]) -> dict[str, Any]:
    others = [other.username for other in people if other.person_id == who.person_id and other.pk != who.pk]
    roles = sorted(grant.role for grant in who.grants.all())
    return {"who": who, "roles": roles, "others": others, "is_pending": who.operator_id in pending}


def _facts(operator: Operator) -> list[Fact]:
    beside = Operator.objects.filter(person=operator.person_id).exclude(pk=operator.pk).order_by("pk")
    first = operator.first_passwords.order_by("-pk").first()
    made = [Fact(label="First password", value=f"made by {first.made_by}")] if first else []
    return [
        Fact(label="User name", value=operator.username),
        Fact(label="Operator id", value=operator.operator_id),
        Fact(label="E-mail", value=operator.email),
        Fact(label="Roles", value=", ".join(sorted(map(str, operator.roles)))),
        Fact(label="Other sign-ins of this human", value=", ".join(other.username for other in beside)),
        Fact(label="Second factors", value=", ".join(each.name for each in factors.of(operator)) or "None yet"),
        Fact(label="Signed in last", value=operator.last_login),
        *made,
    ]


def _short() -> list[str]:
    """What could be asked for today and never be given."""
    try:
        return sorted({each.words for each in coverage.today()})
    except NoPolicy:
        return []


def _may_propose(request: HttpRequest) -> bool:
    return Role.ADMINISTRATOR in getattr(request.user, "roles", frozenset())
