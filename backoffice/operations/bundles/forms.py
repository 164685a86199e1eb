"""What a bundle asks of people: its title and why from its maker, the totals and a reason from its checkers."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from backoffice.operations import reasons
from backoffice.operations.forms import ReasonForm
from backoffice.operations.together_form import TogetherForm
from backoffice.ui.fields import PlainTextField


class NewBundleForm(ReasonForm):
    """`form_id` is the bundle's id, signed, so that a second click bundles nothing twice."""

    codes = reasons.BUNDLE
    form_id = forms.CharField(widget=forms.HiddenInput, max_length=200)
    kind = forms.CharField(widget=forms.HiddenInput, max_length=48)
    title = PlainTextField(
        label="What it is", min_length=3, max_length=120, help_text="It is about many: name no client."
    )
    field_order = ("form_id", "kind", "title", "reason_code", "reason")


class BundleApprovalForm(TogetherForm):
    """Whoever approves types what it comes to; `seen` is the hash of what the page showed."""

    codes = reasons.APPROVE
    seen = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)

    def __init__(self, *args: Any, totals: Sequence[tuple[str, Decimal]], **options: Any) -> None:
        super().__init__(*args, totals=totals, **options)
        self.order_fields(["seen", *self.fields])


class BundleDeclineForm(ReasonForm):
    codes = reasons.DECLINE
    seen = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)
