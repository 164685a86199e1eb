"""Changes of roles: one is granted to a sign-in, or taken from it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from backoffice.audit.unit import Unit
from backoffice.governance.amendments import register
from backoffice.governance.of_operator import OfOperator, listed, why_not_mixed
from backoffice.operations import delegations
from backoffice.operators.models import Grant
from backoffice.operators.staff import Member, staff
from backoffice.ui.parts import Change as Effect


@dataclass(frozen=True, kw_only=True)
class OfRole(OfOperator):
    """Whoever works with other roles signs in anew."""

    role: str

    @property
    def about(self) -> str:
        return f"role:{self.operator}:{self.role}"

    def effects(self) -> list[Effect]:
        before = self.held()
        after = {role for member in self.staff(staff()) if member.operator == self.operator for role in member.roles}
        return [Effect(label=f"Roles of {self.called} ({self.operator})", before=listed(before), after=listed(after))]


@register
@dataclass(frozen=True, kw_only=True)
class RoleGrant(OfRole):
    kind: ClassVar[str] = "role.grant"
    name: ClassVar[str] = "Grant of a role"

    @property
    def title(self) -> str:
        return f"Grant {self.called} the role {self.role}"

    def why_not(self) -> str:
        if why := super().why_not():
            return why
        if self.role in self.held():
            return f"{self.called} holds this role already."
        return why_not_mixed(self.staff(staff()), self.targets)

    def apply(self, change: Any, *, work: Unit) -> None:
        Grant.objects.create(operator=self.sign_in(), role=self.role)
        self.sign_in().end_sessions()
        delegations.end_of(self.sign_in(), why=self.title, work=work)

    def staff(self, staff: Iterable[Member]) -> list[Member]:
        return [replace(m, roles=m.roles | {self.role}) if m.operator == self.operator else m for m in staff]


@register
@dataclass(frozen=True, kw_only=True)
class RoleRevoke(OfRole):
    kind: ClassVar[str] = "role.revoke"
    name: ClassVar[str] = "Revocation of a role"

    @property
    def title(self) -> str:
        return f"Take the role {self.role} from {self.called}"

    def why_not(self) -> str:
        if why := super().why_not():
            return why
        return "" if self.role in self.held() else f"{self.called} does not hold this role."

    def apply(self, change: Any, *, work: Unit) -> None:
        Grant.objects.get(operator=self.sign_in(), role=self.role).delete()
        self.sign_in().end_sessions()
        delegations.end_of(self.sign_in(), why=self.title, work=work)

    def staff(self, staff: Iterable[Member]) -> list[Member]:
        return [replace(m, roles=m.roles - {self.role}) if m.operator == self.operator else m for m in staff]
