"""Strict form fields: plain digits and plain text; what looks like a number to a library is not one to a bank."""

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from backoffice.safety.sealing import MARK
from backoffice.ui import text

AMOUNT = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,8})?")
LOGIN = re.compile(r"[1-9][0-9]{0,17}")
# Plain ASCII, so that no two letters look alike or are one another's capitals: who signs in first through the firm's
# identity provider is known by it. Nothing quoted, no address of a machine, no header of a mail.
ATOM, LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(rf"(?=.{{1,64}}@)(?=.{{3,254}}\Z){ATOM}(?:\.{ATOM})*@(?:{LABEL}\.)+(?=[A-Za-z])(?!.*-\Z){LABEL}")
MOST = Decimal("1e9")
# Cc controls, Cf format (bidi overrides, zero-width), Cs lone surrogates, Co private use, Cn unassigned, Zl/Zp separators.
NOT_DECODED = "\N{REPLACEMENT CHARACTER}"
REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class AmountField(forms.CharField):
    """A positive amount in plain ASCII digits, at most 1e9; how many decimals it may have is the currency's matter."""

    def __init__(self, **options: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "amount"}
        super().__init__(max_length=21, widget=forms.TextInput(attrs=attrs), **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        if not AMOUNT.fullmatch(text):
            raise ValidationError("Write the amount in plain digits, like 2500 or 2500.00.")
        amount = Decimal(text)
        if not 0 < amount <= MOST:
            raise ValidationError("The amount is more than 0 and at most 1,000,000,000.")
        return amount


class LoginField(forms.CharField):
    """A login at the Manager: plain ASCII digits, without a leading zero."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=18, **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        if not LOGIN.fullmatch(text):
            raise ValidationError("A login is a number in plain digits.")
        return int(text)


class AddressField(forms.CharField):
    """An e-mail address in plain ASCII, as it stands in one header of a mail; at most 254 characters."""

    def __init__(self, **options: Any) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false"}
        super().__init__(max_length=254, widget=forms.EmailInput(attrs=attrs), **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text and not EMAIL.fullmatch(text):
            raise ValidationError("Write one address in plain letters, like name@example.com.")
        return text


class PlainTextField(forms.CharField):
    """Text in NFC without controls, bidi overrides, zero-width characters or lone surrogates; lines where they fit."""

    def __init__(self, *, lines: bool = False, **options: Any) -> None:
        self.lines = lines
        if lines:
            options.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        text = unicodedata.normalize("NFC", super().to_python(value) or "").replace("\r\n", "\n")
        allowed = "\n" if self.lines else ""
        if any((unicodedata.category(c) in REFUSED or c == NOT_DECODED) and c not in allowed for c in text):
            raise ValidationError("The text holds invisible or control characters. Type it instead of pasting it.")
        # Nobody has the house open for them what they found sealed elsewhere.
        if MARK in text:
            raise ValidationError(f"The text holds “{MARK}”, with which sealed text begins here.")
        return text


class ServerTimeField(forms.DateTimeField):
    """A moment to the minute, typed and shown in the trade server's zone; an hour that there is twice or not is refused."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **options)

    def to_python(self, value: Any) -> Any:
        with timezone.override(text.server_zone()):
            return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(text.server_zone()):
            return super().prepare_value(value)


def decimals(amount: Decimal) -> int:
    """How many decimals an amount was written with."""
    return max(0, -int(amount.as_tuple().exponent))
