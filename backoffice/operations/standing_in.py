"""As whom somebody decides: as themselves where their own roles bring it further, else for somebody who is away.

Nobody becomes two people by it: a vote is of the human who gives it, once, and neither they nor whoever they stand in for
made the request or has another vote on it. The guards on votes say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from backoffice.audit import clock
from backoffice.operations import quorum
from backoffice.operations.models import Delegation, Operation
from backoffice.operations.terms import MAY_CHECK, listed, written

# The database looks at its clock a moment later than we do.
MARGIN = timedelta(seconds=5)
# Workers, who tell people what waits for them, read no secrets.
UNREAD = [f"{who}__{name}" for who in ("of", "to") for name in ("password", "last_login")]
Lent = Sequence[Delegation]


@dataclass(frozen=True)
class Capacity:
    """The roles as which somebody decides, and the delegation that lends them; None where they are their own."""

    roles: frozenset[str]
    delegation: Delegation | None = None

    @property
    def of(self) -> str:
        """The operator id of whoever they decide for; empty where it is themselves."""
        return self.delegation.of.operator_id if self.delegation else ""

    @property
    def name(self) -> str:
        return self.delegation.of.name if self.delegation else ""

    @property
    def told(self) -> dict[str, str]:
        """What the trail says of it."""
        return {"for": self.of, "for_name": self.name} if self.delegation else {}

    @property
    def columns(self) -> dict[str, Any]:
        """What a vote says of it."""
        lent = self.delegation
        return {"roles": written(self.roles), "delegation": lent, "for_person": lent and lent.of_person}


def lent_to(operator: Any, *, now: datetime | None = None) -> list[Delegation]:
    """The delegations by which this sign-in may decide for others now."""
    if not operator.roles & set(MAY_CHECK):
        return []
    now = now or clock.now()
    rows = Delegation.objects.filter(to=operator.pk, starts_at__lte=now, ends_at__gt=now + MARGIN)
    return [row for row in _holding(rows) if row.to_roles == written(operator.roles)]


def holding(now: datetime) -> list[Delegation]:
    """All that lends somebody something now."""
    rows = _holding(Delegation.objects.filter(starts_at__lte=now, ends_at__gt=now))
    return [row for row in rows if row.to_roles == _held(row.to)]


def acting_as(
    operation: Operation, *, by: Any, lent: Lent | None = None, waits: frozenset[str] | None = None
) -> Capacity:
    """Whichever brings it further, their own first; else whichever has a say in it. `waits` are the roles that it waits for."""
    own = Capacity(quorum.roles_of(by))
    if waits is None:
        waits = quorum.waits_for(operation)
    if own.roles & waits:
        return own
    lends = [Capacity(lent_roles(row), row) for row in lent_or_read(lent, by) if not why_barred(operation, row)]
    ways = [own, *lends]
    return next((way for wanted in (waits, quorum.eligible(operation)) for way in ways if way.roles & wanted), own)


def why_barred(operation: Operation, lent: Delegation) -> str:
    """Why nobody votes for this person on it, in words; empty where somebody may."""
    of = lent.of
    if of.pk == operation.made_by_id or lent.of_person == operation.maker_person:
        return f"{of.name} made it, and you would decide in their place."
    if any(lent.of_person in (vote.person, vote.for_person) for vote in operation.decisions.all()):
        return f"There is a vote of {of.name} on it already, or one for them."
    return ""


def lent_roles(lent: Delegation) -> frozenset[str]:
    return listed(lent.of_roles) & set(map(str, MAY_CHECK))


def lent_or_read(lent: Lent | None, by: Any) -> Lent:
    return lent_to(by) if lent is None else lent


def hold(capacity: Capacity) -> bool:
    """Keeps anybody from ending the delegation until this unit ends; whether it still stands."""
    if capacity.delegation is None:
        return True
    held = Delegation.objects.select_for_update(of=("self",)).filter(pk=capacity.delegation.pk, ended_at=None)
    return bool(held.first())


def _holding(rows: Any) -> list[Delegation]:
    """Those in which both are still who they were, and whoever is away holds what they held."""
    still = rows.filter(ended_at=None, of__is_active=True, to__is_active=True)
    still = still.filter(of__person=F("of_person"), to__person=F("to_person"))
    still = still.select_related("of", "to").defer(*UNREAD).prefetch_related("of__grants", "to__grants").order_by("pk")
    return [row for row in still if row.of_roles == _held(row.of)]


def _held(operator: Any) -> str:
    return written(grant.role for grant in operator.grants.all())
