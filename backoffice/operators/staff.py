"""Who works here and may do what, as one reads it in one go: sign-ins with their person and roles, and persons with theirs."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from backoffice.operators.models import Operator


@dataclass(frozen=True)
class Member:
    """An active sign-in: its operator id, the human behind it, what they are called, and its roles."""

    operator: str
    person: UUID
    name: str
    roles: frozenset[str]


@dataclass(frozen=True)
class Holder:
    """One human with the roles of all their sign-ins, and those in which they decide for whoever is away."""

    person: UUID
    name: str
    roles: frozenset[str]
    lent: frozenset[str] = frozenset()


def staff() -> list[Member]:
    """Every active sign-in."""
    active = Operator.objects.filter(is_active=True).defer("password", "last_login", "email")
    active = active.prefetch_related("grants").order_by("pk")
    return [
        Member(who.operator_id, who.person_id, who.name, frozenset(grant.role for grant in who.grants.all()))
        for who in active
    ]


def holders(members: Iterable[Member]) -> list[Holder]:
    """The humans behind sign-ins."""
    of: dict[UUID, list[Member]] = defaultdict(list)
    for member in members:
        of[member.person].append(member)
    return [
        Holder(person, theirs[0].name, frozenset().union(*(member.roles for member in theirs)))
        for person, theirs in of.items()
    ]
