"""A change that says that somebody else is away, who could not say so themselves, and who decides for them meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from backoffice.audit import clock
from backoffice.audit.unit import Unit
from backoffice.governance.amendments import register
from backoffice.governance.of_operator import OfOperator
from backoffice.operations import delegations
from backoffice.operators.models import Operator
from backoffice.ui import text
from backoffice.ui.parts import Change as Effect


@register
@dataclass(frozen=True, kw_only=True)
class DelegationMake(OfOperator):
    """`to` is the operator id of whoever stands in and `person` their human's id, both empty where nobody does.

    The times are whole seconds in UTC, `2026-11-30T08:00:00Z`. It begins when it is agreed to, where that is later.
    """

    kind: ClassVar[str] = "delegation.make"
    name: ClassVar[str] = "Delegation for somebody else"
    # Nobody's roles are others by it; what an absence leaves uncovered, the daily check says.
    concerns_coverage: ClassVar[bool] = False

    to: str
    person: str
    starts_at: str
    ends_at: str

    @property
    def title(self) -> str:
        stand_in = self.stand_in
        return f"{self.called} is away, and {stand_in.name} decides for them" if stand_in else f"{self.called} is away"

    @property
    def about(self) -> str:
        return f"delegation:{self.operator}"

    @property
    def targets(self) -> frozenset[UUID]:
        """Whoever gains by it has no say in it either."""
        return super().targets | ({UUID(self.person)} if self.person else frozenset())

    @property
    def stand_in(self) -> Operator | None:
        return Operator.objects.filter(operator_id=self.to, person_id=UUID(self.person)).first() if self.to else None

    @property
    def span(self) -> tuple[datetime, datetime]:
        return datetime.fromisoformat(self.starts_at), datetime.fromisoformat(self.ends_at)

    def effects(self) -> list[Effect]:
        starts_at, ends_at = map(text.server, self.span)
        stand_in = self.stand_in
        return [
            Effect(label=f"{self.called} ({self.operator})", before="There", after=f"Away from {starts_at} until {ends_at}"),
            Effect(label="Decides for them", before="Nobody", after=stand_in.name if stand_in else "Nobody"),
        ]  # fmt: skip

    def why_not(self) -> str:
        if why := super().why_not():
            return why
        if self.to and self.stand_in is None:
            return "Whoever was to stand in is not there, or not that human."
        (starts_at, ends_at), now = self.span, clock.now()
        when = {"starts_at": starts_at, "ends_at": ends_at, "now": now}
        return delegations.why_not_length(**when)[1] or delegations.why_not(self.sign_in(), self.stand_in, **when)

    def apply(self, change: Any, *, work: Unit) -> None:
        starts_at, ends_at = self.span
        whose = {"of": self.sign_in(), "to": self.stand_in, "by": change.author, "reason": change.reason}
        delegations.put(**whose, starts_at=starts_at, ends_at=ends_at, work=work, change=change.pk)


def proposed(of: Operator, to: Operator | None, *, starts_at: datetime, ends_at: datetime) -> DelegationMake:
    who = {"to": to.operator_id if to else "", "person": str(to.person_id) if to else ""}
    times = {"starts_at": text.machine(starts_at), "ends_at": text.machine(ends_at)}
    return DelegationMake(operator=of.operator_id, **who, **times)
