"""Bundles as items of the queue of approvals, all of a page at once; and what somebody could make one of."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Min

from backoffice.audit import clock
from backoffice.calendar.business import Calendar
from backoffice.calendar.queries import calendar
from backoffice.operations import claims, sla
from backoffice.operations import queries as operations
from backoffice.operations.bundles import queries, say
from backoffice.operations.canonical import loaded
from backoffice.operations.instructions import KINDS
from backoffice.operations.meter import Meter, meter
from backoffice.operations.models import Bundle, Claim
from backoffice.operations.policy import Verdict, from_fields
from backoffice.operations.sums import Digits, summed


@dataclass(frozen=True)
class Row:
    """A bundle in the queue: what it comes to, how long it may still wait, who looks at it, and why this person cannot approve it.

    Once it is decided there is no meter.
    """

    bundle: Bundle
    kind: str = ""
    inside: int = 0
    sums: tuple[tuple[str, Decimal], ...] = ()
    warnings: int = 0
    meter: Meter | None = None
    needs: str = ""
    why_not: str = ""
    claim: Claim | None = None
    is_claimed_by_me: bool = False
    may_choose: bool = False

    @property
    def pk(self) -> UUID:
        return self.bundle.pk

    @property
    def found(self) -> Bundle:
        return self.bundle

    @property
    def is_mine(self) -> bool:
        return self.meter is not None and not self.why_not

    @property
    def shown(self) -> str:
        """What changes of it though nobody decides on it."""
        looked = f"{self.claim.by_id} {self.claim.since}" if self.claim else ""
        return f"{self.inside} {self.sums} {self.meter and self.meter.words} {self.why_not} {self.needs} {looked}"


@dataclass
class _Inside:
    """Those that are still in a bundle, taken together: what they are, whom they ask for, and since when each kind waits."""

    counts: dict[str, int] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    warnings: int = 0
    amounts: list[tuple[str, Decimal]] = field(default_factory=list)

    def add(self, kind: str, count: int, first_at: datetime, verdict: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + count
        self.since[kind] = min(first_at, self.since.get(kind, first_at))
        self.verdicts.append(from_fields(loaded(verdict)))

    def due(self, house: Calendar) -> sla.Due:
        """As soon as the first of them."""
        each = [sla.due(kind, since, house) for kind, since in self.since.items()]
        return min(each, key=lambda due: due.breaches_at)


def theirs(operator: Any, *, now: datetime) -> set[UUID]:
    """Those that this person may approve now, in as many statements for a thousand as for one."""
    rows = list(queries.pending().visible_to(operator).prefetch_related("decisions"))
    asked = queries.asked_of([bundle.pk for bundle in rows]) if rows else {}
    return {row.pk for row in rows if not say.why_not_approve(row, by=operator, now=now, asked=asked[row.pk])}


def told(pks: Collection[UUID], *, operator: Any, now: datetime) -> dict[UUID, Row]:
    """What stands of these now, decided or not, by their ids."""
    rows = queries.ours().visible_to(operator).filter(pk__in=pks).prefetch_related("decisions")
    found = {bundle.pk: bundle for bundle in rows}
    waiting = [pk for pk, bundle in found.items() if bundle.is_pending]
    if not waiting:
        return {pk: Row(bundle) for pk, bundle in found.items()}
    asked, inside, house = queries.asked_of(waiting), _inside_of(waiting), calendar()
    looked = {claim.on: claim for claim in claims.standing(now).filter(on__in=waiting).select_related("by")}
    digits, made = Digits(queries.inside_each(waiting)), dict[UUID, Row]()
    for pk, bundle in found.items():
        if pk not in inside:
            made[pk] = Row(bundle)
            continue
        claim, within = looked.get(pk), inside[pk]
        made[pk] = Row(
            bundle=bundle,
            kind=_called(within.counts),
            inside=asked[pk].inside,
            sums=tuple((c, digits.as_asked(total, c)) for c, total in summed(within.amounts)),
            warnings=within.warnings,
            meter=meter(within.due(house), now, house),
            needs=queries.strictest(within.verdicts).words,
            why_not=say.why_not_approve(bundle, by=operator, now=now, asked=asked[pk]),
            claim=claim,
            is_claimed_by_me=bool(claim and claims.is_theirs(claim, operator)),
        )
    return made


def could_be_bundled(operator: Any) -> Any:
    """What they have waiting that nobody has voted on and that is in no bundle."""
    rows = operations.pending().filter(maker_person=operator.person_id, decisions=None, member=None)
    return rows.filter(lapses_at__gt=clock.now()).order_by("pk")


def _inside_of(pks: Collection[UUID]) -> dict[UUID, _Inside]:
    """Of each that anybody is left in. A rule asks for the same whomever it is asked for, so that one verdict of each is read."""
    found, rows = defaultdict[UUID, _Inside](_Inside), queries.inside_each(pks).order_by()
    alike = rows.values_list("member__bundle", "kind", "rule", "needs", "needs_signed")
    for pk, kind, _, _, _, count, first_at, verdict in alike.annotate(
        n=Count("pk"), at=Min("made_at"), v=Min("verdict")
    ):
        found[pk].add(kind, count, first_at, verdict)
    warned = rows.filter(operations.warned()).values_list("member__bundle").annotate(n=Count("pk"))
    for pk, count in warned:
        found[pk].warnings = count
    moved = rows.filter(amount__isnull=False).values_list("member__bundle", "currency", "amount")
    for pk, currency, amount in moved:
        found[pk].amounts.append((currency, amount))
    return found


def _called(counts: dict[str, int]) -> str:
    """Of what most of it is."""
    return KINDS[max(counts, key=lambda kind: (counts[kind], kind))].title
