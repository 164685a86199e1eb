"""Forms of governance: each validates what was typed and builds an amendment of it."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from uuid_utils.compat import uuid7

from backoffice.access import Role
from backoffice.governance import absence, policy
from backoffice.governance.absence import DelegationMake
from backoffice.governance.addresses import OperatorEmail
from backoffice.governance.clients import MOST, ClientErase
from backoffice.governance.people import OperatorAdd, OperatorDeactivate, OperatorLink
from backoffice.governance.policy import PolicyPublish
from backoffice.governance.roles import RoleGrant, RoleRevoke
from backoffice.governance.second_factors import FactorsReset
from backoffice.operations.delegation_form import offered
from backoffice.operations.delegations import LONGEST, candidates
from backoffice.operations.reasons import LEAST_WORDS
from backoffice.operations.rule_text import Unfit
from backoffice.operations.terms import CHECKERS
from backoffice.operators.models import Operator
from backoffice.ui.fields import LOGIN, AddressField, PlainTextField, ServerTimeField

NEW = "new"
USERNAME = RegexValidator(r"\A[a-z0-9][a-z0-9._-]*\Z", "Small letters, digits, dots and dashes.")
OPERATOR_ID = RegexValidator(r"\A[A-Za-z0-9._:-]+\Z", "Letters, digits and . _ : - only.")


class WhyForm(forms.Form):
    reason = PlainTextField(label="Why", lines=True, min_length=LEAST_WORDS, max_length=1000)


class AddForm(WhyForm):
    """A new sign-in; its human is new, or one who has a sign-in already."""

    name = PlainTextField(label="Name", max_length=150)
    username = forms.CharField(label="User name", max_length=64, validators=[USERNAME])
    operator_id = forms.CharField(
        label="Operator id", max_length=64, validators=[OPERATOR_ID],
        help_text="What MT5 and the audit trail know them by. It never changes.",
    )  # fmt: skip
    email = AddressField(label="E-mail", required=False)
    human = forms.ChoiceField(
        label="Who it is", choices=[], help_text="Two sign-ins of one human never count as two people."
    )
    field_order = ("name", "username", "operator_id", "email", "human", "reason")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["human"].choices = [(NEW, "A new human"), *_sign_ins("The human of ")]  # type: ignore[attr-defined]

    def amendment(self) -> OperatorAdd:
        typed = self.cleaned_data
        other = None if typed["human"] == NEW else Operator.objects.get(operator_id=typed["human"])
        return OperatorAdd(
            operator=typed["operator_id"],
            username=typed["username"],
            called=typed["name"],
            email=typed["email"],
            person=str(other.person_id if other else uuid7()),
            is_new_person=other is None,
        )


class OperatorForm(WhyForm):
    """A change of one sign-in."""

    def __init__(self, *args: Any, operator: Operator, **options: Any) -> None:
        super().__init__(*args, **options)
        self.operator = operator


class GrantForm(OperatorForm):
    role = forms.ChoiceField(label="Role", choices=[])
    field_order = ("role", "reason")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"].choices = _roles(set(Role) - self.operator.roles)  # type: ignore[attr-defined]

    def amendment(self) -> RoleGrant:
        return RoleGrant(operator=self.operator.operator_id, role=self.cleaned_data["role"])


class RevokeForm(OperatorForm):
    role = forms.ChoiceField(label="Role", choices=[])
    field_order = ("role", "reason")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["role"].choices = _roles(self.operator.roles)  # type: ignore[attr-defined]

    def amendment(self) -> RoleRevoke:
        return RoleRevoke(operator=self.operator.operator_id, role=self.cleaned_data["role"])


class DeactivateForm(OperatorForm):
    def amendment(self) -> OperatorDeactivate:
        return OperatorDeactivate(operator=self.operator.operator_id)


class ResetForm(OperatorForm):
    def amendment(self) -> FactorsReset:
        return FactorsReset(operator=self.operator.operator_id)


class EmailForm(OperatorForm):
    email = AddressField(label="The new address")
    field_order = ("email", "reason")

    def amendment(self) -> OperatorEmail:
        who = self.operator
        return OperatorEmail(operator=who.operator_id, before=who.email, email=self.cleaned_data["email"])


class EraseForm(WhyForm):
    """A client, by the logins of all their trading accounts."""

    logins = PlainTextField(
        label="Logins of the client",
        max_length=160,
        help_text=f"All of one client’s, at most {MOST}, with blanks between.",
    )
    field_order = ("logins", "reason")

    def clean_logins(self) -> str:
        typed = self.cleaned_data["logins"].split()
        if any(not LOGIN.fullmatch(login) for login in typed):
            raise ValidationError("Write logins in plain digits with blanks between, like 128001 128002.")
        if len(typed) > MOST:
            raise ValidationError(f"These are {len(typed)} logins; at most {MOST} are erased at once.")
        return " ".join(str(login) for login in sorted({int(login) for login in typed}))

    def amendment(self) -> ClientErase:
        return ClientErase(logins=self.cleaned_data["logins"])


class LinkForm(OperatorForm):
    other = forms.ChoiceField(label="The other sign-in of this human", choices=[])
    field_order = ("other", "reason")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        others = [pair for pair in _sign_ins("") if pair[0] != self.operator.operator_id]
        self.fields["other"].choices = [("", "Choose a sign-in"), *others]  # type: ignore[attr-defined]

    def amendment(self) -> OperatorLink:
        other = Operator.objects.get(operator_id=self.cleaned_data["other"])
        return OperatorLink(operator=self.operator.operator_id, person=str(other.person_id))


class AbsenceForm(WhyForm):
    """Somebody else is away, and who decides for them."""

    of = forms.ChoiceField(label="Who is away", choices=[])
    to = forms.ChoiceField(label="Decides in their place", required=False, choices=[])
    starts_at = ServerTimeField(label="Away from")
    ends_at = ServerTimeField(label="Until", help_text=f"{LONGEST.days} days at most.")
    field_order = ("of", "to", "starts_at", "ends_at", "reason")

    def __init__(self, *args: Any, by: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        missed = Operator.objects.filter(is_active=True, grants__role__in=CHECKERS).exclude(person=by.person_id)
        people = [offered(who) for who in missed.distinct().order_by("name", "pk")]
        self.fields["of"].choices = [("", "Choose somebody"), *people]  # type: ignore[attr-defined]
        self.fields["to"].choices = [("", "Nobody"), *map(offered, candidates())]  # type: ignore[attr-defined]
        self.fields["starts_at"].help_text = f"Server time ({settings.SERVER_TIME_ZONE})."

    def amendment(self) -> DelegationMake:
        typed = self.cleaned_data
        of, to = Operator.objects.get(operator_id=typed["of"]), Operator.objects.filter(operator_id=typed["to"]).first()
        return absence.proposed(of, to, starts_at=typed["starts_at"], ends_at=typed["ends_at"])


class ReviewForm(forms.Form):
    """What stood on the page that was reviewed, and what its reviewer has to say of it."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    note = PlainTextField(
        label="What you looked at, and what follows", lines=True, min_length=LEAST_WORDS, max_length=1000
    )


class PolicyForm(forms.Form):
    """The rules as text, a rule a line; what is wrong is said of the first rule that is wrong."""

    rules = forms.CharField(
        label="Rules", max_length=policy.LONGEST, strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "code", "wrap": "off"}),
        help_text="JSON, a rule a line. The version is published as a whole.",
    )  # fmt: skip
    note = PlainTextField(label="What changes, and why", lines=True, min_length=LEAST_WORDS, max_length=1000)

    def clean_rules(self) -> list[dict[str, Any]]:
        try:
            return policy.parsed(self.cleaned_data["rules"])
        except Unfit as failure:
            raise ValidationError(str(failure)) from None

    def amendment(self) -> PolicyPublish:
        return policy.proposed(self.cleaned_data["rules"], note=self.cleaned_data["note"])


class DaysForm(forms.Form):
    """How far back a simulation goes."""

    days = forms.IntegerField(label="Days", min_value=1, max_value=92, initial=30)


class AgreeForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)
    reason = PlainTextField(label="In your words", lines=True, required=False, max_length=1000)


class RefuseForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)
    reason = PlainTextField(label="Why not", lines=True, min_length=LEAST_WORDS, max_length=1000)


def _sign_ins(before: str) -> list[tuple[str, str]]:
    active = Operator.objects.filter(is_active=True).order_by("name", "pk")
    return [(who.operator_id, f"{before}{who.name} ({who.username})") for who in active]


def _roles(roles: Any) -> list[tuple[str, str]]:
    return [("", "Choose a role"), *((role.value, role.value.capitalize()) for role in Role if role in roles)]
