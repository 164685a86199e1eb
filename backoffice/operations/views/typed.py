"""What was typed into a form that cannot be shown now, or could not then: to be sent again, and read by whoever typed it."""

from typing import Any

from django.http import HttpRequest

from backoffice.files import tokens
from backoffice.manager.wire import Account
from backoffice.operations import reasons
from backoffice.operations.forms import InstructionForm
from backoffice.operators import drafts
from backoffice.ui.parts import Fact


def kept(request: HttpRequest, form: type[InstructionForm]) -> dict[str, Any]:
    """What was typed, to be sent again as it is, and to be read by whoever typed it."""
    typed = [(name, str(value)) for name, values in request.POST.lists() for value in values]
    held = [(name, value) for name, value in typed if name not in ("csrfmiddlewaretoken", "preview")]
    fields = form.base_fields
    shown = [_fact(fields[name], value) for name, value in held if value and name in fields and name != "evidence"]
    shown += [_evidence(value, by=request.user) for name, value in held if name == "evidence"]
    return {"kept": held, "kept_facts": [fact for fact in shown if fact]}


def _evidence(token: str, *, by: Any) -> Fact | None:
    try:
        return Fact(label="Evidence", value=tokens.unsealed(token, by=by).name)
    except tokens.Stale:
        return None


def _fact(field: Any, value: str) -> Fact | None:
    words = dict(getattr(field, "choices", ())).get(value) or (reasons.label(value) if value.isupper() else value)
    return None if field.widget.is_hidden else Fact(label=field.label, value=words)


def typed_before(request: HttpRequest, form: type[InstructionForm], account: Account) -> dict[str, Any]:
    """What this person had typed for this login when the clock signed them out; files are chosen anew."""
    draft = {} if "empty" in request.GET else drafts.of(request)
    if draft.get("login") != str(account.login) or draft.get("currency") != account.currency:
        return {}
    return {name: value for name, value in draft.items() if name in form.base_fields and name != "evidence"}
