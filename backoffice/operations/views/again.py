"""Asking again, as people see it: what a checker suggests, what differs from the old request, and the form filled in."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse

from backoffice.files import tokens
from backoffice.files.attached import Attached
from backoffice.operations import queries, resubmission
from backoffice.operations.canonical import loaded
from backoffice.operations.forms import InstructionForm
from backoffice.operations.models import Operation
from backoffice.operations.return_form import ReturnForm
from backoffice.ui.fields import AmountField
from backoffice.ui.parts import Change

# The forms by the kinds that they make, each with its address's name; areas put them here.
FORMS: dict[str, tuple[type[InstructionForm], str]] = {}


def register(form: type[InstructionForm], url_name: str) -> None:
    FORMS.update(dict.fromkeys(form.kinds(), (form, url_name)))


def return_form(found: Operation, data: QueryDict | None = None, *, sight: str = "", mark: str = "") -> ReturnForm:
    """The question to whoever returns it, with the fields of its own form to suggest other values in."""
    form, account = _form(found.kind), found.account_at_submit
    initial = {"seen": found.seen, "sight": sight} | form.typed(loaded(found.payload))
    options = {"auto_id": f"return{mark}_%s", "initial": initial}
    return ReturnForm(data, suggestible=form.suggestible(), account=account, **options)


def again(found: Operation, *, by: Any) -> dict[str, Any]:
    """What the page of an operation says of the one that it takes the place of, and of the one that takes its place."""
    told: dict[str, Any] = {}
    asked = _form(found.kind).typed(loaded(found.payload))
    if old := found.resubmission_of:
        before = _form(old.kind).typed(loaded(old.payload))
        told |= {"replaces": old, "ended_by": resubmission.ended_by(old)}
        told["changed"] = [*differences(found, before, asked), *_of_evidence(old, found)]
    if found.came_to_nothing:
        suggested = resubmission.suggested(found)
        told["replaced_by"] = resubmission.standing(found)
        told["suggested_by"] = resubmission.returned_by(found) if suggested else None
        told["suggestions"] = differences(found, asked, asked | suggested)
        told |= _ways(found, suggested) if not resubmission.why_not(found, by=by) else {}
    return told


def _ways(found: Operation, suggested: Mapping[str, str]) -> dict[str, str]:
    """The addresses of the form, filled in as it was asked, and as the checker suggests."""
    if found.kind not in FORMS:
        return {}
    asked = {"login": found.login, "resubmission_of": found.pk}
    way = reverse(FORMS[found.kind][1])
    ways = {"as_it_was_url": f"{way}?{urlencode(asked)}"}
    return ways | ({"as_suggested_url": f"{way}?{urlencode(asked | {'with': 'suggested'})}"} if suggested else {})


def _form(kind: str) -> type[InstructionForm]:
    """A kind that no person types has no fields to suggest anything in."""
    return FORMS[kind][0] if kind in FORMS else InstructionForm


def replaced(request: HttpRequest, form: type[InstructionForm]) -> Operation | None:
    """The operation that this form asks for again, where its address or the form itself names one; 404 for another's."""
    named = request.POST.get("resubmission_of") or request.GET.get("resubmission_of")
    if not named:
        return None
    try:
        found = queries.ours().visible_to(request.user).filter(pk=UUID(named), kind__in=form.kinds()).first()
    except ValueError:
        found = None
    if found is None or not found.is_made_by(request.user):
        raise Http404
    return found  # type: ignore[no-any-return]  # managers are untyped here


def filled_in(request: HttpRequest, form: type[InstructionForm], old: Operation) -> dict[str, Any]:
    """What was typed for the old one, and over it what its checker suggests, where that is asked for."""
    typed = form.typed(loaded(old.payload)) | {"reason_code": old.reason_code, "reason": old.reason}
    typed |= {"resubmission_of": str(old.pk)}
    evidence = [tokens.sealed(file, by=request.user) for file in old.instruction.evidence]
    suggested = resubmission.suggested(old) if request.GET.get("with") == "suggested" else {}
    return typed | suggested | {"evidence": evidence}


def differences(found: Operation, before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Only what differs, in the words of the form."""
    fields = _form(found.kind).suggestible()
    return [
        Change(
            label=str(field.label),
            before=_shown(field, before.get(name, "")),
            after=_shown(field, after.get(name, "")),
            currency=found.currency if name == "amount" else "",
        )
        for name, field in fields.items()
        if before.get(name, "") != after.get(name, "")
    ]


def _of_evidence(before: Operation, after: Operation) -> list[Change]:
    """Where the files are not the same, their names."""
    old, new = before.instruction.evidence, after.instruction.evidence
    if {file.sha256 for file in old} == {file.sha256 for file in new}:
        return []
    return [Change(label="Evidence", before=_names(old), after=_names(new))]


def _names(evidence: Sequence[Attached]) -> str:
    return ", ".join(f"{file.name} ({file.sha256[:8]})" for file in evidence)


def _shown(field: Any, text: str) -> Any:
    if not isinstance(field, AmountField):
        return dict(getattr(field, "choices", ())).get(text, text)
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return text
