"""Who is told what is late: who may decide it, and past its limit whom the table escalates it to; nobody who made it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.calendar.queries import calendar
from backoffice.mail.telling import News, people
from backoffice.operations import delegations, late, say, standing_in
from backoffice.operations.late import Late
from backoffice.operations.models import Delegation, Operation
from backoffice.operations.sla import Standing
from backoffice.operations.states import State
from backoffice.operations.terms import MAY_CHECK, listed
from backoffice.operators.models import Operator

SUBJECT = "Countersign: {} for you to look at"


def remind() -> int:
    """Writes a letter to each who was not told yet of something that is late; returns how many. Nothing while no mail is sent."""
    if not settings.SENDS_MAIL:
        return 0
    now = clock.now()
    look = _Look.at(now)
    everything = [*late.requests(now, calendar()), *late.unknown(now), *late.paused(now)]
    news = News(each.item for each in everything)
    # What is past its limit comes first, whatever it is.
    for each in sorted(everything, key=lambda each: each.standing != Standing.BREACHED):
        for who in look.concerned(each):
            news.add(who, each.item)
    return news.tell(SUBJECT)


@dataclass(frozen=True)
class _Look:
    """Who there is at one moment, who of them is away, and who decides for whom."""

    now: datetime
    people: tuple[Operator, ...]
    away: frozenset[UUID]
    lent: dict[int, list[Delegation]]

    @classmethod
    def at(cls, now: datetime) -> "_Look":
        lent: dict[int, list[Delegation]] = {}
        for each in standing_in.holding(now):
            lent.setdefault(each.to_id or 0, []).append(each)
        away = delegations.standing(now).filter(starts_at__lte=now).values_list("of_person", flat=True)
        return cls(now, tuple(people()), frozenset(away), lent)

    def concerned(self, each: Late) -> list[Operator]:
        """A reminder is for whoever is there; past the limit all are told."""
        who = [*self._deciding(each)]
        if each.standing == Standing.REMIND:
            return [one for one in who if one.person_id not in self.away]
        escalated = self._of(each.limit.escalates_to)
        return list(dict.fromkeys([*who, *(one for one in escalated if not _made(each.operation, one))]))

    def _deciding(self, each: Late) -> Iterator[Operator]:
        """Who may do something about it: of what waits whoever its verdict asks, of everything else the supervisors."""
        for who in self._of(MAY_CHECK):
            if each.operation is None or each.operation.state != State.AWAITING_APPROVAL:
                if Role.SUPERVISOR in who.roles and not _made(each.operation, who):
                    yield who
            elif not _made(each.operation, who) and self._may(each.operation, who):
                yield who

    def _may(self, operation: Operation, who: Operator) -> bool:
        lent = self.lent.get(who.pk, [])
        if say.why_not_decide(operation, by=who, now=self.now, lent=lent):
            return False
        waits = listed(operation.waits_for)
        return bool(waits & standing_in.acting_as(operation, by=who, lent=lent, waits=waits).roles)

    def _of(self, roles: Iterable[Any]) -> list[Operator]:
        wanted = set(roles)
        return [who for who in self.people if who.roles & wanted]


def _made(operation: Operation | None, who: Operator) -> bool:
    return operation is not None and operation.is_made_by(who)
