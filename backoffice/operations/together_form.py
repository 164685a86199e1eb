"""What deciding on many asks of a person: the total of each currency, typed as it is shown, and one reason for all."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from backoffice.operations import reasons
from backoffice.operations.forms import ReasonForm

TYPED = re.compile(r"[0-9]{1,3}(,?[0-9]{3})*(\.[0-9]{1,8})?")


class TotalField(forms.CharField):
    """A total that is typed, with its thousands set apart or not, and is the one that is shown."""

    def __init__(self, total: Decimal, currency: str) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "amount"}
        super().__init__(label=f"Type the total in {currency}", max_length=40, widget=forms.TextInput(attrs=attrs))
        self.total = total

    def clean(self, value: Any) -> Any:
        typed = super().clean(value).strip()
        if not TYPED.fullmatch(typed) or Decimal(typed.replace(",", "")) != self.total:
            raise ValidationError("This is not the total that is shown.")
        return typed


class TogetherForm(ReasonForm):
    """`totals` are those of the very requests that are decided on."""

    def __init__(self, *args: Any, totals: Sequence[tuple[str, Decimal]], **options: Any) -> None:
        super().__init__(*args, **options)
        for currency, total in totals:
            self.fields[f"total_{currency}"] = TotalField(total, currency)
        self.order_fields([name for name in self.fields if name.startswith("total_")])


class ApprovalsForm(TogetherForm):
    codes = reasons.APPROVE


class RejectionsForm(TogetherForm):
    codes = reasons.DECLINE
