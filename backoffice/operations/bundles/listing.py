"""Bundles as rows: those that wait in the queue of approvals, yours first, and what somebody could make one of."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backoffice.audit import clock
from backoffice.calendar.queries import calendar
from backoffice.operations import approvals, sla
from backoffice.operations import queries as operations
from backoffice.operations.bundles import queries, say
from backoffice.operations.canonical import loaded
from backoffice.operations.meter import Meter, meter
from backoffice.operations.models import Bundle, Operation
from backoffice.operations.policy import from_fields
from backoffice.operations.rules import USUAL, needs_in_words, strictness

# As many stand in the queue, and are held against a person's votes; all of them are on the list of bundles.
MOST_LISTED = 20
# By these filters a bundle is chosen, too; any other is about one request.
CHOOSING = {"mine", "breached", "warnings"}
PASSING = {"claim", "version", "shown", "opened", "after", "before"}


@dataclass(frozen=True)
class Row:
    """A bundle that waits: what it comes to, how long it may still wait, and why this person cannot approve it."""

    bundle: Bundle
    kind: str
    inside: int
    sums: tuple[tuple[str, Decimal], ...]
    warnings: int
    meter: Meter
    needs: str
    why_not: str

    @property
    def is_breached(self) -> bool:
        return self.meter.tone == "bad"

    @property
    def shown(self) -> str:
        """What changes of it."""
        return f"{self.bundle.pk} {self.inside} {self.meter.words} {self.why_not} {self.needs}"


def waiting(operator: Any) -> list[Row]:
    """Those that this person may see, the ones that they may approve first."""
    rows = queries.pending().visible_to(operator).prefetch_related("decisions")[:MOST_LISTED]
    told = [row for bundle in rows if (row := _row(bundle, operator)).inside]
    return sorted(told, key=lambda row: bool(row.why_not))


def chosen(operator: Any, asked: Mapping[str, str]) -> list[Row]:
    """Of those the ones that the filters of the queue choose; only its first page has them."""
    set_ = {name for name in asked if asked[name]}
    if set_ - CHOOSING - PASSING or set_ & {"after", "before"} or asked.get("claim") == "any":
        return []
    rows = waiting(operator)
    rows = [row for row in rows if not row.why_not] if "mine" in set_ else rows
    rows = [row for row in rows if row.is_breached] if "breached" in set_ else rows
    return [row for row in rows if row.warnings] if "warnings" in set_ else rows


def count_mine(operator: Any) -> int:
    rows = queries.pending().prefetch_related("decisions")[:MOST_LISTED]
    return sum(not say.why_not_approve(bundle, by=operator) for bundle in rows)


def could_be_bundled(operator: Any) -> Any:
    """What they have waiting that nobody has voted on and that is in no bundle."""
    rows = operations.pending().filter(maker_person=operator.person_id, decisions=None, member=None)
    return rows.filter(lapses_at__gt=clock.now()).order_by("pk")


def _row(bundle: Bundle, operator: Any) -> Row:
    inside = Operation.objects.filter(member__in=queries.inside(bundle))
    now, house, first = clock.now(), calendar(), inside.first()
    verdicts = inside.order_by().values_list("verdict", flat=True).distinct()
    asked = [from_fields(loaded(verdict)).places for verdict in verdicts]
    return Row(
        bundle=bundle,
        kind=first.instruction.title if first else "",
        inside=inside.count(),
        sums=tuple(approvals.totals(inside)),
        warnings=inside.filter(verdict__contains=approvals.WARNS).count(),
        meter=meter(sla.due(first.kind if first else "", bundle.made_at, house), now, house),
        needs=needs_in_words(max(asked, key=strictness, default=()) or USUAL),
        why_not=say.why_not_approve(bundle, by=operator, now=now),
    )
