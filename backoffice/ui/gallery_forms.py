"""Forms for the gallery alone; they show how fields look and check next to nothing."""

from django import forms
from django_filters.fields import RangeField

METHODS = (("", "Choose…"), ("wire", "Bank wire"), ("card", "Card"), ("ewallet", "E-wallet"), ("crypto", "Crypto"))
REASONS = (("", "Choose…"), ("EVIDENCE_MISSING", "Evidence missing"), ("NAME_MISMATCH", "Name mismatch (third party)"))
KINDS = (("", "Any"), ("deposit", "Deposit"), ("withdrawal", "Withdrawal"), ("credit", "Credit in"))


class DepositForm(forms.Form):
    login = forms.IntegerField(label="Login", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    amount = forms.RegexField(
        r"^\d+(\.\d{1,2})?$",
        label="Amount",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="Plain digits, at most 2 decimals.",
        error_messages={"invalid": "Plain digits only, such as 2500.00."},
    )
    method = forms.ChoiceField(label="Method", choices=METHODS)
    payment_reference = forms.CharField(
        label="Payment reference", max_length=64, help_text="As the bank or PSP wrote it."
    )
    value_date = forms.DateField(label="Value date", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    evidence = forms.FileField(
        label="Evidence", required=False, help_text="PDF or picture; its SHA-256 is approved with it."
    )
    comment = forms.CharField(
        label="MT5 comment (the client sees this, 31 characters)",
        max_length=16,
        required=False,
        help_text="16 of them are yours; the reference takes the others.",
    )
    credit_out = forms.ChoiceField(
        label="Credit on the account",
        choices=(("keep", "Keep"), ("all", "Take all of it out first")),
        widget=forms.RadioSelect,
        initial="keep",
    )
    attested = forms.BooleanField(label="I compared the payer's name with the client's")
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["amount"].suffix = "USD"  # type: ignore[attr-defined]
        self.fields["comment"].prefix = "DEP-7K2MQX4T9A"  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    reason_code = forms.ChoiceField(
        label="Reason",
        choices=(("CHECKED_EVIDENCE", "Checked the evidence"), ("CHECKED_CLIENT_CALL", "Called the client")),
    )
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 2}))


class ReasonForm(forms.Form):
    reason_code = forms.ChoiceField(label="Reason", choices=REASONS)
    note = forms.CharField(
        label="In your words", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Written to the audit trail. At least 10 characters.",
    )  # fmt: skip


class OperationsFilter(forms.Form):
    q = forms.CharField(label="Login, name or reference", required=False)
    kind = forms.ChoiceField(label="Kind", choices=KINDS, required=False)
    amount = RangeField(label="Amount", required=False)
    currency = forms.ChoiceField(
        label="Currency", choices=(("", "Any"), ("USD", "USD"), ("EUR", "EUR")), required=False
    )
    maker = forms.CharField(label="Requested by", required=False)
