"""Changes of people: who has a sign-in, who leaves, and which human is behind a sign-in."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from uuid import UUID

from backoffice.audit.unit import Unit
from backoffice.governance import open_items
from backoffice.governance.amendments import Amendment, register
from backoffice.governance.of_operator import OfOperator, listed, why_not_mixed
from backoffice.operations import delegations
from backoffice.operators.models import Operator, Person
from backoffice.operators.staff import Member, staff
from backoffice.ui.parts import Change as Effect


@register
@dataclass(frozen=True, kw_only=True)
class OperatorAdd(Amendment):
    """A new sign-in, of a new human or of one who has others; it holds no role, and has no password, until it is given one."""

    kind: ClassVar[str] = "operator.add"
    name: ClassVar[str] = "New sign-in"

    operator: str
    username: str
    called: str
    email: str
    person: str
    is_new_person: bool

    @property
    def title(self) -> str:
        return f"Add the sign-in {self.username} for {self.called}"

    @property
    def about(self) -> str:
        return f"operator:{self.operator}"

    @property
    def targets(self) -> frozenset[UUID]:
        return frozenset({UUID(self.person)})

    def effects(self) -> list[Effect]:
        others = Operator.objects.filter(person=UUID(self.person)).order_by("pk").values_list("username", flat=True)
        of = "a new human" if self.is_new_person else f"the human of {', '.join(others)}"
        return [
            Effect(label="Sign-in", before="None", after=f"{self.username}, {self.called}"),
            Effect(label="Known to MT5 and the trail as", before="None", after=self.operator),
            Effect(label="Is", before="None", after=of),
            Effect(label="E-mail", before="None", after=self.email or "None"),
            Effect(label="Roles", before="None", after="None, until they are granted"),
        ]

    def why_not(self) -> str:
        for field, value in (("username", self.username), ("operator_id", self.operator)):
            if Operator.objects.filter(**{f"{field}__iexact": value}).exists():
                return f"There is a sign-in {value} already."
        is_there = Person.objects.filter(pk=UUID(self.person)).exists()
        return "" if is_there != self.is_new_person else "This human is not the one of whom it was said."

    def apply(self, change: Any, *, work: Unit) -> None:
        if self.is_new_person:
            Person.objects.create(pk=UUID(self.person), name=self.called)
        fields = {"username": self.username, "name": self.called, "email": self.email, "operator_id": self.operator}
        operator = Operator(person_id=UUID(self.person), **fields)
        operator.set_unusable_password()
        operator.full_clean(exclude=["password"])
        operator.save(force_insert=True)


@register
@dataclass(frozen=True, kw_only=True)
class OperatorDeactivate(OfOperator):
    """A leaver: the sign-in stays on record with what it did, and opens nothing any more; nothing makes it active again."""

    kind: ClassVar[str] = "operator.deactivate"
    name: ClassVar[str] = "Deactivation"

    @property
    def title(self) -> str:
        return f"Deactivate the sign-in of {self.called}"

    @property
    def about(self) -> str:
        return f"operator:{self.operator}"

    def effects(self) -> list[Effect]:
        label = f"Sign-in of {self.called} ({self.operator})"
        return [Effect(label=label, before=f"Active: {listed(self.held())}", after="Deactivated for good")]

    def apply(self, change: Any, *, work: Unit) -> None:
        who = self.sign_in()
        who.is_active = False
        who.save(update_fields=["is_active"])
        who.end_sessions()
        delegations.end_of(who, why=self.title, work=work)

    def staff(self, staff: Iterable[Member]) -> list[Member]:
        return [member for member in staff if member.operator != self.operator]


@register
@dataclass(frozen=True, kw_only=True)
class OperatorLink(OfOperator):
    """That a sign-in belongs to a human who has another one: from then on the two never count as two people."""

    kind: ClassVar[str] = "operator.link"
    name: ClassVar[str] = "Link of two sign-ins"

    person: str

    @property
    def title(self) -> str:
        return f"Link {self.called} ({self.operator}) to {self._others}"

    @property
    def about(self) -> str:
        return f"link:{self.operator}"

    @property
    def targets(self) -> frozenset[UUID]:
        return super().targets | {UUID(self.person)}

    @property
    def _others(self) -> str:
        theirs = Operator.objects.filter(person=UUID(self.person)).exclude(operator_id=self.operator).order_by("pk")
        return " and ".join(f"{who.name} ({who.operator_id})" for who in theirs) or "another human"

    def effects(self) -> list[Effect]:
        label = f"The human behind {self.called} ({self.operator})"
        who = self.who
        beside = Operator.objects.filter(person=who.person_id).exclude(pk=who.pk) if who else Operator.objects.none()
        alone = ", ".join(f"{o.name} ({o.operator_id})" for o in beside)
        before = f"The one of {alone}" if alone else "One of their own"
        return [Effect(label=label, before=before, after=f"The one of {self._others}")]

    def why_not(self) -> str:
        who = self.who
        if who is None or not Operator.objects.filter(person=UUID(self.person)).exclude(pk=who.pk).exists():
            return "There is no such sign-in to link it to."
        if str(who.person_id) == self.person:
            return "They belong to one human already."
        if waiting := open_items.made_by(who.person_id).count():
            # What was made as another human could else be checked by the one who made it.
            return f"{self.called} has {waiting} open operations; they end before the human behind them changes."
        return why_not_mixed(self.staff(staff()), frozenset({UUID(self.person)}))

    def apply(self, change: Any, *, work: Unit) -> None:
        who, why = self.sign_in(), self.title
        who.person_id = UUID(self.person)
        who.save(update_fields=["person"])
        who.end_sessions()
        delegations.end_of(who, why=why, work=work)

    def staff(self, staff: Iterable[Member]) -> list[Member]:
        return [replace(m, person=UUID(self.person)) if m.operator == self.operator else m for m in staff]
