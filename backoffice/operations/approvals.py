"""The queue of approvals: what this person may decide, then what waits for others; what is late, then the most, then the oldest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Case, Count, F, IntegerField, Max, Q, Value, When
from django.db.models.functions import Cast, Least

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.calendar.business import Calendar
from backoffice.calendar.queries import calendar
from backoffice.operations import claims, live, queries, rates, say, sla, standing_in, together
from backoffice.operations.instructions import KINDS
from backoffice.operations.meter import Meter, meter
from backoffice.operations.models import Claim, Operation
from backoffice.operations.states import State
from backoffice.operations.terms import listed

# What is level in one is told apart by the next; the id alone is unique.
TURN = ("turn", "rank", "less", "made_at", "pk")
# In USD; above it nothing is more, so that no figure is too large for a database's integers.
MOST = 10**15
# How a list of checks is written in a verdict; within a text these quotes would be escaped.
WARNS = '"verdict":"warn"'


@dataclass(frozen=True)
class Row:
    """One request as the queue shows it: how long it may still wait, who looks at it, and why this person cannot decide it.

    `may_choose` says that it may be decided together with others; once it is decided there is no meter.
    """

    operation: Operation
    meter: Meter | None = None
    claim: Claim | None = None
    is_claimed_by_me: bool = False
    why_not: str = ""
    may_choose: bool = False

    @property
    def is_mine(self) -> bool:
        return self.meter is not None and not self.why_not

    @property
    def shown(self) -> str:
        """What changes of it though nobody does anything to it."""
        looked = f"{self.claim.by_id} {self.claim.since}" if self.claim else ""
        return f"{self.meter and self.meter.words} {looked}"


def in_turn(rows: Any, *, operator: Any, now: datetime) -> Any:
    """With what their place in the queue of this person is made of (TURN), and whether anybody looks at them."""
    theirs = queries.is_theirs_to_decide(operator, now)
    return rows.annotate(
        turn=Case(When(theirs, then=0), default=1, output_field=IntegerField()),
        rank=Case(When(_is_breached(now), then=0), default=1, output_field=IntegerField()),
        less=_less(now),
        is_claimed=claims.is_claimed(now),
    )


def mine(operator: Any) -> Any:
    """What this person may decide now, in the order of the queue."""
    rows = in_turn(queries.pending(), operator=operator, now=clock.now())
    return rows.filter(turn=0).order_by(*TURN)


def take_next(operator: Any) -> Operation | None:
    """The first that they may decide and that nobody looks at, theirs to look at from now on."""
    return claims.take_first(mine(operator), by=operator)


def told(pks: Sequence[UUID], *, operator: Any, now: datetime) -> list[Row]:
    """What stands of these now, decided or not, in the order in which they are named."""
    found = queries.ours().visible_to(operator).filter(pk__in=pks).select_related("made_by", "member")
    found = found.prefetch_related("decisions__by", "decisions__delegation__of", "asked_for")
    looked = {
        claim.operation_id: claim for claim in claims.standing(now).filter(operation__in=pks).select_related("by")
    }
    by_pk = {operation.pk: operation for operation in found}
    look = _Look(operator, now, calendar(), together.Bounds(now), standing_in.lent_to(operator, now=now))
    return [look.row(by_pk[pk], looked.get(pk)) for pk in pks if pk in by_pk]


def totals(rows: Any) -> list[tuple[str, Decimal]]:
    """What these requests move, by currency; empty where there are more than anybody adds up."""
    rows = rows.order_by().filter(amount__isnull=False)
    amounts = list(rows.values_list("currency", "amount")[: queries.MOST_COUNTED + 1])
    if len(amounts) > queries.MOST_COUNTED:
        return []
    return [(currency, _as_asked(total, rows.filter(currency=currency)[0])) for currency, total in summed(amounts)]


def summed(amounts: Iterable[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """Here and not in the database: SQLite adds decimals up as floats."""
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return sorted(sums.items())


def _as_asked(total: Decimal, one: Any) -> Decimal:
    """With as many digits as an amount of its currency was asked with; the column has eight of every currency."""
    rounded = total.quantize(one.instruction.amount)
    return rounded if rounded == total else total.normalize()


def mark(now: datetime) -> str:
    """How far everything is that the queue shows: the trail, who looks at what, and the minute, since limits pass by themselves."""
    looked = claims.standing(now).aggregate(count=Count("pk"), last=Max("since"))
    last = looked["last"]
    return f"{live.mark()}-{looked['count']}-{int(last.timestamp() * 1e6) if last else 0}-{int(now.timestamp()) // 60}"


def moment(text: str) -> datetime:
    """When a page was opened, as it hands it back; what is no time is the beginning of all."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class _Look:
    """What all rows of a page are told by: who looks, when, by which calendar, and by which bounds."""

    by: Any
    now: datetime
    house: Calendar
    bounds: together.Bounds
    lent: standing_in.Lent

    def row(self, found: Operation, claim: Claim | None) -> Row:
        if found.state != State.AWAITING_APPROVAL:
            return Row(found)
        why_not = self._why_not(found)
        return Row(
            operation=found,
            meter=meter(sla.due(found.kind, found.made_at, self.house), self.now, self.house),
            claim=claim,
            is_claimed_by_me=bool(claim and claims.is_theirs(claim, self.by)),
            why_not=why_not,
            may_choose=not why_not and Role.SUPERVISOR in self.by.roles and not self.bounds.why_alone(found),
        )

    def _why_not(self, found: Operation) -> str:
        """What `say.why_not_approve` says, from what the list has read already."""
        if why := say.why_not_decide(found, by=self.by, now=self.now, lent=self.lent):
            return why
        if hasattr(found, "member") and found.member.left_at is None:
            return say.why_not_alone(found)
        waits = listed(found.waits_for)
        if waits & standing_in.acting_as(found, by=self.by, lent=self.lent, waits=waits).roles:
            return ""
        return f"Your place is filled; it waits for {' or '.join(sorted(waits))}."


def _is_breached(now: datetime) -> Q:
    house, late, named = calendar(), Q(), set[str]()
    for limit in sla.TABLE:
        kinds = {kind for kind in KINDS if sla.limit_of(kind) is limit}
        if kinds:
            late |= Q(kind__in=sorted(kinds), made_at__lte=sla.marks(limit, now, house).breached)
        named |= kinds
    usual = sla.marks(sla.USUAL, now, house).breached
    return late | Q(~Q(kind__in=sorted(named)), made_at__lte=usual)


def _less(now: datetime) -> Case:
    """The amount in whole USD by the day's rate, counted down; what no fresh rate tells counts as most, no money as none."""
    known = {rates.BASE: Decimal(1)} | {
        rate.currency: rate.usd
        for rate in rates.newest_of_each(today=now.date())
        if not rates.is_stale(rate.day, today=now.date())
    }
    whens = [When(currency=currency, then=_counted_down(rate)) for currency, rate in known.items()]
    nothing = When(amount__isnull=True, then=Value(0))
    return Case(nothing, *whens, default=Value(-MOST - 1), output_field=BigIntegerField())


def _counted_down(rate: Decimal) -> Any:
    usd = Least(F("amount") * Value(rate), Value(Decimal(MOST)))
    return Value(0) - Cast(usd, BigIntegerField())
