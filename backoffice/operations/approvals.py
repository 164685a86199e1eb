"""The queue of approvals: what this person may decide, then what waits for others, requests and bundles alike; its rows and sums."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Max

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.calendar.business import Calendar
from backoffice.calendar.queries import calendar
from backoffice.operations import claims, live, queries, say, sla, standing_in, together, turns
from backoffice.operations.bundles import listing
from backoffice.operations.bundles.queries import inside_each
from backoffice.operations.meter import Meter, meter
from backoffice.operations.models import Bundle, Claim, Operation
from backoffice.operations.states import State
from backoffice.operations.sums import Digits, summed
from backoffice.operations.terms import listed
from backoffice.operations.turns import ALONE, TURN


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
    def found(self) -> Operation:
        return self.operation

    @property
    def is_mine(self) -> bool:
        return self.meter is not None and not self.why_not

    @property
    def shown(self) -> str:
        """What changes of it though nobody does anything to it."""
        looked = f"{self.claim.by_id} {self.claim.since}" if self.claim else ""
        return f"{self.meter and self.meter.words} {looked}"


def mine(operator: Any) -> Any:
    """What this person may decide now, in the order of the queue; of a bundle the first that is in it."""
    rows = turns.in_turn(turns.items(), operator=operator, now=clock.now())
    return rows.filter(turn=0).order_by(*TURN)


def first_of_mine(operator: Any, *, most: int) -> list[Row | listing.Row]:
    """The first so many of what this person may decide, as the queue shows them."""
    return told([row.item for row in mine(operator)[:most]], operator=operator, now=clock.now())


def take_next(operator: Any) -> Operation | Bundle | None:
    """The first that they may decide and that nobody looks at, theirs to look at from now on."""
    first: Any = claims.take_first(mine(operator), by=operator)
    found: Operation | Bundle | None = first.member.bundle if first and first.in_bundle else first
    return found


def told(items: Sequence[UUID], *, operator: Any, now: datetime) -> list[Row | listing.Row]:
    """What stands of these requests and bundles now, decided or not, in the order in which they are named."""
    rows: dict[UUID, Row | listing.Row] = {**_requests(items, operator, now)}
    rows |= listing.told([pk for pk in items if pk not in rows], operator=operator, now=now)
    return [rows[pk] for pk in items if pk in rows]


def _requests(pks: Sequence[UUID], operator: Any, now: datetime) -> dict[UUID, Row]:
    found = queries.ours().visible_to(operator).filter(pk__in=pks).select_related("made_by", "member")
    found = found.prefetch_related("decisions__by", "decisions__delegation__of", "asked_for")
    looked = {claim.on: claim for claim in claims.standing(now).filter(on__in=pks).select_related("by")}
    look = _Look(operator, now, calendar(), together.Bounds(now), standing_in.lent_to(operator, now=now))
    return {operation.pk: look.row(operation, looked.get(operation.pk)) for operation in found}


def totals(items: Any) -> list[tuple[str, Decimal]]:
    """What all that these items stand for moves, by currency; empty where there are more than anybody adds up."""
    items = items.order_by()
    bundles = list(items.exclude(ALONE).values_list("in_bundle", flat=True)[: queries.MOST_COUNTED])
    parts = [rows.filter(amount__isnull=False) for rows in (items.filter(ALONE), inside_each(bundles))]
    amounts: list[tuple[str, Decimal]] = []
    for rows in parts:
        amounts += rows.values_list("currency", "amount")[: queries.MOST_COUNTED + 1]
    if len(amounts) > queries.MOST_COUNTED:
        return []
    digits = Digits(*parts)
    return [(currency, digits.as_asked(total, currency)) for currency, total in summed(amounts)]


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
