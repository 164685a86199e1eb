"""Forms of the desk: what every instruction asks of its maker, and what a decision asks of its checker."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from backoffice.audit import clock
from backoffice.files.fields import FilesField
from backoffice.manager.wire import Account
from backoffice.operations import reasons
from backoffice.operations.instructions import Instruction
from backoffice.operations.maintenance import why_not_times
from backoffice.operations.models import LONGEST_COMMENT, Resolution
from backoffice.operations.policy import Check
from backoffice.operations.reasons import LEAST_WORDS, Reason
from backoffice.ui.fields import PlainTextField, ServerTimeField

# What the maker says and shows beside the instruction, and is no part of what is sent.
NOT_SENT = {"reason_code", "reason", "because", "evidence"}
LONGEST_SIGHT = 650_000


class ReasonForm(forms.Form):
    """A reason from a closed list, with words of one's own where the code alone says too little."""

    codes: ClassVar[dict[str, bool]] = {}
    reason_code = forms.ChoiceField(label="Reason", choices=[])
    reason = PlainTextField(label="In your words", required=False, lines=True, max_length=1000)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason_code"].choices = reasons.choices(self.codes)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        needs_words = self.codes.get(cleaned.get("reason_code", ""), False)
        if needs_words and len(cleaned.get("reason", "")) < LEAST_WORDS and "reason" not in self.errors:
            self.add_error("reason", f"This reason needs at least {LEAST_WORDS} characters of your own words.")
        return cleaned

    @property
    def why(self) -> Reason:
        return Reason(self.cleaned_data["reason_code"], self.cleaned_data["reason"])


class InstructionForm(ReasonForm):
    """A form that builds an instruction for a login whose account was just read."""

    # How the fields stand: those of one row beside each other, those that are seldom needed folded away.
    rows: ClassVar[tuple[tuple[str, ...], ...]] = ()
    seldom: ClassVar[tuple[str, ...]] = ()

    form_id = forms.CharField(widget=forms.HiddenInput, max_length=200)
    login = forms.IntegerField(widget=forms.HiddenInput)
    currency = forms.CharField(widget=forms.HiddenInput, max_length=16)
    resubmission_of = forms.UUIDField(widget=forms.HiddenInput, required=False)
    evidence = FilesField(label="Evidence")

    def __init__(self, *args: Any, account: Account, by: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.account = account
        self.fields["evidence"].belong_to(by)  # type: ignore[attr-defined]  # it is a FilesField
        self.order_fields([name for name in self.fields if not name.startswith("reason") and name != "because"])

    @property
    def laid_out(self) -> list[list[forms.BoundField]]:
        return [[self[name] for name in row] for row in self.rows]

    @property
    def folded(self) -> list[forms.BoundField]:
        return [self[name] for name in self.seldom]

    @property
    def is_unfolded(self) -> bool:
        """What holds something, or is wrong, is not hidden from the person who typed it."""
        return any(field.errors or field.value() for field in self.folded)

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"]
        if currency != self.account.currency:
            raise ValidationError(f"The account is in {self.account.currency}, not in {currency[:16]}.")
        return currency

    def clean_login(self) -> int:
        login: int = self.cleaned_data["login"]
        if login != self.account.login:
            raise ValidationError("The login of the form is not the one that was looked up.")
        return login

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        """The kinds of instruction that this form makes."""
        raise NotImplementedError

    @classmethod
    def typed(cls, payload: Mapping[str, Any]) -> dict[str, str]:
        """What a person types into this form to make that payload again."""
        return {name: payload[name] or "" for name in cls.suggestible() if name in payload}

    @classmethod
    def suggestible(cls) -> dict[str, forms.Field]:
        """The fields of which the instruction is made, in the order in which they stand."""
        names = [name for row in (*cls.rows, cls.seldom) for name in row if name not in NOT_SENT]
        return {name: cls.base_fields[name] for name in names}

    def instruction(self, pk: UUID) -> Instruction:
        raise NotImplementedError

    def checks(self, instruction: Any) -> list[Check]:
        raise NotImplementedError

    def object_to(self, found: list[Check]) -> None:
        raise NotImplementedError


class DecisionForm(ReasonForm):
    """`seen` is the hash of what the vote is bound to, `sight` all that the page showed, signed."""

    seen = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)
    sight = forms.CharField(widget=forms.HiddenInput, required=False, max_length=LONGEST_SIGHT)


class ApprovalForm(DecisionForm):
    codes = reasons.APPROVE

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        keep_over_swaps(self, "reason_code", "reason")


class RejectionForm(DecisionForm):
    codes = reasons.DECLINE


class CommentForm(forms.Form):
    """`key` is the comment's id, signed for whoever writes it here."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=200)
    text = PlainTextField(label="Comment", lines=True, max_length=LONGEST_COMMENT)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields[
            "text"
        ].help_text = "For your colleagues: it decides nothing, and neither MT5 nor the client sees it."
        keep_over_swaps(self, "text")


def keep_over_swaps(form: forms.Form, *names: str) -> None:
    """What somebody is typing outlives the part of a live page that it stands in."""
    for name in names:
        form.fields[name].widget.attrs["hx-preserve"] = "true"


class CancellationForm(forms.Form):
    reason = PlainTextField(label="Why", required=False, max_length=500)


class PauseForm(forms.Form):
    """`kinds` are the kinds that may be paused alone, with what people call them."""

    kind = forms.ChoiceField(label="What is paused", required=False, choices=[])
    reason = PlainTextField(
        label="Why", min_length=LEAST_WORDS, max_length=300, help_text="Everybody reads it, at the top of every page."
    )

    def __init__(self, *args: Any, kinds: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = [("", "Everything"), *kinds.items()]  # type: ignore[attr-defined]
        if not kinds:
            self.fields["kind"].widget = forms.HiddenInput()


class ReopeningForm(forms.Form):
    reason = PlainTextField(
        label="Why it may be reopened", min_length=LEAST_WORDS, max_length=300, help_text="Another person confirms it."
    )


class EndForm(forms.Form):
    reason = PlainTextField(
        label="Why it may end now", min_length=LEAST_WORDS, max_length=300, help_text="Another person confirms it."
    )


class MaintenanceForm(forms.Form):
    """When MT5 will be away, and for which connections."""

    lanes = forms.MultipleChoiceField(label="Connections", choices=[], widget=forms.CheckboxSelectMultiple)
    starts_at = ServerTimeField(label="Begins")
    ends_at = ServerTimeField(label="Ends")
    reason = PlainTextField(
        label="Why", min_length=LEAST_WORDS, max_length=300, help_text="Everybody reads it while it lasts."
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["lanes"].choices = [(lane, lane.capitalize()) for lane in settings.LANES]  # type: ignore[attr-defined]
        self.fields["lanes"].initial = list(settings.LANES)
        self.fields["starts_at"].help_text = f"Server time ({settings.SERVER_TIME_ZONE})."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("starts_at") and cleaned.get("ends_at"):
            field, why = why_not_times(cleaned["starts_at"], cleaned["ends_at"], now=clock.now())
            if why:
                self.add_error(field, why)
        return cleaned


class ProposalForm(ReasonForm):
    """What a supervisor proposes for an exception; a deal is named where it is said to be booked."""

    codes = reasons.RESOLVE
    outcome = forms.ChoiceField(label="Resolution", choices=Resolution.Outcome.choices, widget=forms.RadioSelect)
    deal = PlainTextField(
        label="Deal #", required=False, max_length=64, help_text="The deal at MT5, where it was booked."
    )

    field_order = ("outcome", "deal", "reason_code", "reason")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("outcome") == Resolution.Outcome.APPLIED and not cleaned.get("deal"):
            self.add_error("deal", "Name the deal that MT5 booked.")
        return cleaned


class ProposalsForm(ReasonForm):
    """One outcome, with one reason, for many exceptions at once; a deal is nobody's to type."""

    codes = reasons.RESOLVE
    outcome = forms.ChoiceField(choices=Resolution.Outcome.choices, widget=forms.HiddenInput)


class DeclineForm(forms.Form):
    reason = PlainTextField(label="Why not", max_length=500, min_length=LEAST_WORDS)
