"""The money forms: they validate what was typed against the live account, and build an instruction."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from backoffice.operations.forms import InstructionForm
from backoffice.operations.instructions import reference
from backoffice.operations.policy import Check
from backoffice.ui.fields import AmountField, PlainTextField, decimals
from funding import reasons
from funding.checks import checks
from funding.instructions import (
    Bonus,
    Charge,
    Correction,
    CreditIn,
    CreditOut,
    Deposit,
    NegativeBalanceReset,
    Withdrawal,
)
from funding.money import Money

WORDS = 16


class MoneyForm(InstructionForm):
    """What every money form asks: an amount in the account's currency, and words for the client."""

    makes: ClassVar[type[Money]]
    default_words: ClassVar[str] = ""
    rows: ClassVar[tuple[tuple[str, ...], ...]] = (("amount", "words"), ("reason_code", "reason"))

    amount = AmountField(label="Amount")
    words = PlainTextField(
        label="MT5 comment (the client sees this)",
        required=False,
        max_length=WORDS,
        help_text="After the reference; at most 16 characters.",
    )
    because = PlainTextField(
        label="Why this is not a repetition",
        required=False,
        max_length=500,
        min_length=10,
        help_text="Needed when something alike was made within 72 hours.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["amount"].suffix = self.account.currency  # type: ignore[attr-defined]  # ui/field.html shows it
        self.fields["amount"].widget.attrs["autofocus"] = True
        self.fields["words"].initial = self.default_words
        self.fields["reason"].widget.attrs["rows"] = 1

    def clean_amount(self) -> Decimal:
        """The amount with exactly the currency's decimals."""
        amount: Decimal = self.cleaned_data["amount"]
        digits = self.account.currency_digits
        if decimals(amount) > digits:
            raise ValidationError(f"{self.account.currency} has {digits} decimals.")
        return amount.quantize(Decimal(1).scaleb(-digits))

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        return (cls.makes.kind,)

    @classmethod
    def typed(cls, payload: Mapping[str, Any]) -> dict[str, str]:
        """The client's words stand behind the reference, which is each operation's own."""
        return super().typed(payload) | {"words": payload["comment"].partition(" ")[2]}

    def instruction(self, pk: UUID) -> Money:
        return self.makes(**self.common(pk, self.makes), **self.specific())

    def common(self, pk: UUID, kind: type[Money]) -> dict[str, Any]:
        comment = f"{reference(kind.prefix, pk)} {self.cleaned_data['words']}".strip()
        plain = {"login": self.account.login, "currency": self.account.currency, "comment": comment}
        return plain | {"amount": self.cleaned_data["amount"], "evidence": self.cleaned_data.get("evidence", ())}

    def specific(self) -> dict[str, Any]:
        return {}

    def checks(self, instruction: Any) -> list[Check]:
        return checks(instruction, self.account, because=self.cleaned_data.get("because", ""))

    def object_to(self, found: list[Check]) -> None:
        """What the checks object to, at the field that mends it."""
        for check in found:
            if check.verdict == "block":
                self.add_error("amount", check.text)
            elif check.text.startswith("Same login") and not self.cleaned_data["because"]:
                self.add_error("because", f"{check.text}. Say why this is not a repetition.")


class PaymentForm(MoneyForm):
    # Amount and reference first: of what a wire brings, these two are all that is typed.
    rows = (("amount", "payment_reference"), ("method", "value_date"), ("words", "reason_code"), ("reason",))
    seldom = ("received_amount", "received_currency", "rate")

    method = forms.ChoiceField(label="Payment method", choices=list(reasons.METHODS.items()))
    payment_reference = PlainTextField(
        label="Payment reference", required=False, max_length=64, help_text="The bank's or processor's own."
    )
    received_amount = AmountField(
        label="Received amount", required=False, help_text="Where it differs from what is credited."
    )
    received_currency = forms.RegexField(label="Received currency", regex=r"\A[A-Z]{3}\Z", required=False, max_length=3)
    rate = AmountField(label="Rate", required=False)
    value_date = forms.DateField(label="Value date", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    usual: ClassVar[str] = ""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason_code"].initial = self.usual

    def specific(self) -> dict[str, Any]:
        names = "method payment_reference received_amount received_currency rate value_date".split()
        return {name: self.cleaned_data[name] for name in names}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (cleaned.get("received_amount") is None) != (not cleaned.get("received_currency")):
            self.add_error("received_currency", "A received amount and its currency go together.")
        return cleaned


class DepositForm(PaymentForm):
    makes, codes, default_words = Deposit, reasons.DEPOSIT, "Bank wire"
    usual = "BANK_WIRE"


class WithdrawalForm(PaymentForm):
    makes, codes = Withdrawal, reasons.WITHDRAWAL
    usual = "CLIENT_REQUEST"


class CreditForm(MoneyForm):
    """Credit in and credit out, each with its own reasons."""

    makes, codes, default_words = CreditIn, reasons.CREDIT_IN | reasons.CREDIT_OUT, "Credit"
    rows = (("amount", "direction"), ("words", "reason_code"), ("reason",))
    direction = forms.ChoiceField(
        label="Direction",
        choices=[("in", "Credit in, not withdrawable"), ("out", "Credit out")],
        widget=forms.RadioSelect,
    )

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        return (CreditIn.kind, CreditOut.kind)

    @classmethod
    def typed(cls, payload: Mapping[str, Any]) -> dict[str, str]:
        return super().typed(payload) | {"direction": "in" if payload["kind"] == CreditIn.kind else "out"}

    def instruction(self, pk: UUID) -> Money:
        kind = CreditIn if self.cleaned_data["direction"] == "in" else CreditOut
        return kind(**self.common(pk, kind))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        listed = reasons.CREDIT_IN if cleaned.get("direction") == "in" else reasons.CREDIT_OUT
        if cleaned.get("direction") and cleaned.get("reason_code") and cleaned["reason_code"] not in listed:
            self.add_error("reason_code", "This reason belongs to the other direction.")
        return cleaned


class CorrectionForm(MoneyForm):
    makes, codes = Correction, reasons.CORRECTION
    rows = (("amount", "direction"), ("corrects", "words"), ("reason_code", "reason"))
    direction = forms.ChoiceField(
        label="Direction",
        choices=list(reasons.DIRECTIONS.items()),
        widget=forms.RadioSelect,
    )
    corrects = PlainTextField(
        label="Corrects", max_length=64, help_text="The deal number or reference that this puts right."
    )

    def specific(self) -> dict[str, Any]:
        return {"direction": self.cleaned_data["direction"], "corrects": self.cleaned_data["corrects"]}


class BonusForm(MoneyForm):
    makes, codes, default_words = Bonus, reasons.BONUS, "Bonus"


class ChargeForm(MoneyForm):
    makes, codes, default_words = Charge, reasons.CHARGE, "Fee"


class ResetForm(MoneyForm):
    makes, codes, default_words = NegativeBalanceReset, reasons.RESET, "NBP"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.account.balance is not None and self.account.balance < 0:
            self.fields["amount"].initial = f"{-self.account.balance:f}"
        self.fields["reason_code"].initial = "NEGATIVE_BALANCE_RESET"
