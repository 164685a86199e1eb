"""Changes of second factors: somebody who lost theirs, and every recovery code, is let in again by three persons."""

from dataclasses import dataclass
from typing import Any, ClassVar

from backoffice.audit.unit import Unit
from backoffice.governance.amendments import register
from backoffice.governance.of_operator import OfOperator
from backoffice.operators import factors
from backoffice.ui.parts import Change as Effect


@register
@dataclass(frozen=True, kw_only=True)
class FactorsReset(OfOperator):
    """Their factors and recovery codes count no more, their sessions end, and their password leads to the enrolment alone."""

    kind: ClassVar[str] = "factors.reset"
    name: ClassVar[str] = "Reset of second factors"
    # Whoever enrols anew can do what they could before.
    concerns_coverage: ClassVar[bool] = False

    @property
    def title(self) -> str:
        return f"Reset the second factors of {self.called}"

    @property
    def about(self) -> str:
        return f"factors:{self.operator}"

    def effects(self) -> list[Effect]:
        held = ", ".join(each.name for each in factors.of(self.who)) if self.who else ""
        label = f"Second factors of {self.called} ({self.operator})"
        return [Effect(label=label, before=held or "None", after="None, until they enrol one")]

    def why_not(self) -> str:
        if why := super().why_not():
            return why
        return "" if factors.are_there(self.who) else f"{self.called} has no second factor to reset."

    def apply(self, change: Any, *, work: Unit) -> None:
        factors.reset(self.sign_in(), work=work)
