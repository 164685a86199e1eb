"""What is asked of whoever will be away: from when until when, why, and who decides for them."""

from typing import Any

from django import forms
from django.conf import settings

from backoffice.audit import clock
from backoffice.operations.delegations import LONGEST, candidates, why_not_times
from backoffice.operations.reasons import LEAST_WORDS
from backoffice.operations.terms import MAY_CHECK
from backoffice.operators.models import Operator
from backoffice.ui.fields import PlainTextField, ServerTimeField


class DelegationForm(forms.Form):
    """Of the person whose absence it is; nobody is offered to stand in for who decides on no operation."""

    to = forms.ChoiceField(label="Decides in your place", required=False, choices=[])
    starts_at = ServerTimeField(label="Away from")
    ends_at = ServerTimeField(label="Until")
    reason = PlainTextField(label="Why", min_length=LEAST_WORDS, max_length=300)

    def __init__(self, *args: Any, of: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].choices = [("", "Nobody"), *_able(of)]  # type: ignore[attr-defined]
        self.fields["to"].help_text = "They see what waits for your role. It stays one vote of one person: theirs."
        self.fields["starts_at"].help_text = f"Server time ({settings.SERVER_TIME_ZONE}), {LONGEST.days} days at most."
        self.fields["starts_at"].initial = clock.now

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("starts_at") and cleaned.get("ends_at"):
            field, why = why_not_times(cleaned["starts_at"], cleaned["ends_at"], now=clock.now())
            if why:
                self.add_error(field, why)
        return cleaned

    @property
    def stand_in(self) -> Operator | None:
        chosen = self.cleaned_data["to"]
        return Operator.objects.get(operator_id=chosen) if chosen else None


def offered(who: Operator) -> tuple[str, str]:
    """One sign-in as a choice."""
    roles = ", ".join(sorted(map(str, who.roles)))
    return who.operator_id, f"{who.name} ({roles})"


def _able(of: Any) -> list[tuple[str, str]]:
    if not of.roles & set(MAY_CHECK):
        return []
    return [offered(who) for who in candidates() if who.person_id != of.person_id]
