"""Changes of an e-mail address: to another one of the same sign-in, and told at the old one and at the new."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.urls import reverse

from backoffice.audit import clock
from backoffice.audit.unit import Unit
from backoffice.governance.amendments import register
from backoffice.governance.models import Change
from backoffice.governance.of_operator import OfOperator
from backoffice.mail.telling import Item, told, write
from backoffice.ui.parts import Change as Effect

SUBJECT = "Countersign: your address was changed"
HEADING = "Your e-mail address"
WORDS = {
    "old": "You are written to at another address from now on. If you know nothing of it, tell an administrator at once",
    "new": "You are written to at this address from now on",
}
# For so long housekeeping may have been away; whoever turns mail on later is told nothing old.
TELLS = timedelta(days=1)


@register
@dataclass(frozen=True, kw_only=True)
class OperatorEmail(OfOperator):
    """Another address in the place of the one that is theirs as it is agreed to; where they had none it is their first."""

    kind: ClassVar[str] = "operator.email"
    name: ClassVar[str] = "E-mail address"
    concerns_coverage: ClassVar[bool] = False

    before: str
    email: str

    @property
    def title(self) -> str:
        return f"Change the e-mail address of {self.called}"

    @property
    def about(self) -> str:
        return f"email:{self.operator}"

    def effects(self) -> list[Effect]:
        label = f"E-mail of {self.called} ({self.operator})"
        return [Effect(label=label, before=self.before or "None", after=self.email)]

    def why_not(self) -> str:
        if why := super().why_not():
            return why
        if self.sign_in().email != self.before:
            return f"{self.called} has another address by now."
        return "This is their address already." if self.email == self.before else ""

    def apply(self, change: Any, *, work: Unit) -> None:
        who = self.sign_in()
        who.email = self.email
        who.full_clean(exclude=["password"])
        who.save(update_fields=["email"])


def tell() -> int:
    """Writes to both addresses of each change of the last day, once; returns how many letters. Nothing while no mail is sent."""
    if not settings.SENDS_MAIL:
        return 0
    recent = Change.objects.filter(kind=OperatorEmail.kind, state=Change.State.APPLIED)
    return sum(_tell(change) for change in recent.filter(ended_at__gt=clock.now() - TELLS).order_by("number"))


def _tell(change: Change) -> int:
    amendment: Any = change.amendment
    who, items = amendment.sign_in(), [_item(change, level) for level in WORDS if level == "new" or amendment.before]
    known = {level for _, level, _ in told(items)}
    fresh = [item for item in items if item.level not in known]
    for item in fresh:
        write(who, [item], subject=SUBJECT, address=amendment.before if item.level == "old" else "")
    return len(fresh)


def _item(change: Change, level: str) -> Item:
    return Item(key=f"email:{change.pk.hex}", level=level, heading=HEADING, text=WORDS[level], path=reverse("home"))
