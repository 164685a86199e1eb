"""What all changes of one sign-in have in common: whom they are about, and that nobody becomes an administrator and more."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from backoffice.access import Role
from backoffice.governance.amendments import Amendment
from backoffice.operators.models import Operator
from backoffice.operators.staff import Member, holders

MIXED = "An administrator holds no other role, by any sign-in of theirs."


@dataclass(frozen=True, kw_only=True)
class OfOperator(Amendment):
    """A change of one sign-in, which is named by its operator id, for that never changes."""

    operator: str

    @property
    def who(self) -> Operator | None:
        return Operator.objects.filter(operator_id=self.operator).select_related("person").first()

    def sign_in(self) -> Operator:
        """Where it is known to be there."""
        return Operator.objects.get(operator_id=self.operator)

    @property
    def called(self) -> str:
        return who.name if (who := self.who) else self.operator

    @property
    def targets(self) -> frozenset[UUID]:
        return frozenset({who.person_id}) if (who := self.who) else frozenset()

    def why_not(self) -> str:
        who = self.who
        return "" if who and who.is_active else f"{self.called} has no active sign-in."

    def held(self) -> frozenset[str]:
        return frozenset(map(str, who.roles)) if (who := self.who) else frozenset()


def why_not_mixed(members: Iterable[Member], persons: frozenset[UUID]) -> str:
    """That one of these humans would be an administrator and something else."""
    theirs = [holder for holder in holders(members) if holder.person in persons]
    return MIXED if any(Role.ADMINISTRATOR in holder.roles and len(holder.roles) > 1 for holder in theirs) else ""


def listed(roles: Iterable[str]) -> str:
    return ", ".join(sorted(map(str, roles))) or "None"
