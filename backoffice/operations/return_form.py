"""What returning a request asks of its checker: why, and whatever else they would approve."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from backoffice.operations import reasons
from backoffice.operations.forms import DecisionForm
from backoffice.ui.fields import decimals


class ReturnForm(DecisionForm):
    """A reason, and whatever else the checker would approve: fields of the instruction's own form, filled in as asked."""

    codes = reasons.DECLINE
    template_name = "operations/return_fields.html"

    def __init__(
        self, *args: Any, suggestible: Mapping[str, forms.Field], account: Mapping[str, Any], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.suggestible, self.digits = suggestible, account["currency_digits"]
        for name, field in suggestible.items():
            self.fields[name] = deepcopy(field)
            self.fields[name].required = False
        if "amount" in self.fields:
            self.fields["amount"].suffix = account["currency"]  # type: ignore[attr-defined]  # ui/field.html shows it

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (amount := cleaned.get("amount")) and decimals(amount) > self.digits:
            self.add_error("amount", f"This currency has {self.digits} decimals.")
        return cleaned

    @property
    def asking(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in self.suggestible]

    @property
    def suggesting(self) -> list[forms.BoundField]:
        return [self[name] for name in self.suggestible]

    @property
    def is_unfolded(self) -> bool:
        return any(field.errors for field in self.suggesting)

    @property
    def suggested(self) -> dict[str, str]:
        """What differs from what was asked, as it would be typed; what the instruction needs is not taken away."""
        return {
            name: _typed(self.cleaned_data[name])
            for name, field in self.suggestible.items()
            if _differs(field, self.cleaned_data[name], asked=self.initial.get(name, ""))
        }


def _differs(field: forms.Field, value: Any, *, asked: str) -> bool:
    """Whether a value is another one than was asked, however both are written; what is needed cannot be emptied."""
    if not value and field.required:
        return False
    try:
        return bool(value != field.clean(asked))
    except ValidationError:
        return True


def _typed(value: Any) -> str:
    match value:
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case _:
            return str(value or "")
