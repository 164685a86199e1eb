"""What a proposed policy would have meant: the last days' operations judged anew by it, beside the rules that are in force.

Both are judged in the same way, each operation as when it was submitted: by its instruction, the account as its maker saw
it, the rate of that day, and the sums of that moment, made of the operations themselves. So whatever differs is the rules'.
It writes nothing, and holds no unit open.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from django.conf import settings
from django.db.models import Q

from backoffice.governance.policy import prepared
from backoffice.governance.replaying import History
from backoffice.operations import versions
from backoffice.operations.models import Operation
from backoffice.operations.policy import Rules, Verdict, judge
from backoffice.operations.states import FINAL

# At most so many are judged, and for so long; what is left out is said.
MOST, MOST_KNOWN, SECONDS = 5_000, 50_000, 10.0
MOST_SHOWN = 50
# How far back a window of any rule reaches.
LONGEST_WINDOW = timedelta(hours=745)
Way = Literal["blocked", "more", "stricter", "fewer", "free"]
WORDS: dict[Way, str] = {
    "blocked": "would have been blocked",
    "more": "would have needed more people",
    "stricter": "would have needed others, more senior or fewer to choose from",
    "fewer": "would have needed fewer people, or others",
    "free": "would no longer have been blocked",
}


@dataclass(frozen=True)
class Row:
    """One operation that the proposed rules would have treated otherwise."""

    operation: Operation
    before: Verdict
    after: Verdict
    way: Way

    @property
    def by(self) -> str:
        """The proposed rule that says so, or else the one in force that no longer does."""
        return self.after.rule.partition(": ")[2] or self.after.rule


@dataclass
class Report:
    """How many were judged, what differs, and what this cannot tell. `agrees` counts those whose real verdict the rules in force give."""

    days: int
    may_look: bool
    judged: int = 0
    left_out: int = 0
    agrees: int = 0
    rows: list[Row] = field(default_factory=list)
    is_cut: bool = False

    @property
    def shown(self) -> list[Row]:
        order = list(WORDS)
        return sorted(self.rows, key=lambda row: (order.index(row.way), row.operation.pk))[:MOST_SHOWN]

    @property
    def counts(self) -> list[tuple[int, str]]:
        return [(count, WORDS[way]) for way in WORDS if (count := sum(row.way == way for row in self.rows))]

    @property
    def words(self) -> str:
        of = f"Of the last {self.days} days’ {self.judged:,} operations"
        if not self.rows:
            return f"{of} none would have been treated otherwise."
        return f"{of} {', '.join(f'{count:,} {words}' for count, words in self.counts)}."


def replay(rules: Iterable[Mapping[str, Any]], *, days: int, now: datetime, may_look: bool) -> Report:
    """Judges what was submitted in the last days by these rules. Raises NoPolicy where none is in force."""
    before, after = versions.in_force(), prepared(rules)
    report, begun = Report(days, may_look), time.monotonic()
    since = now - timedelta(days=days)
    asked = (
        _ours()
        .filter(made_at__gte=since, made_at__lte=now)
        .select_related("made_by", "member")
        .order_by("-made_at", "-pk")
    )
    total = asked.count()
    history = _history(since)
    report.is_cut = history.is_cut
    for operation in asked[:MOST].iterator(chunk_size=500):
        if time.monotonic() - begun > SECONDS:
            break
        _judge(operation, report, before=before.rules, after=after, history=history)
    report.left_out = total - report.judged
    return report


def _judge(operation: Operation, report: Report, *, before: Rules, after: Rules, history: History) -> None:
    facts = history.facts(operation)
    kind = operation.kind
    sums = history.sums(operation, before.windows(kind) | after.windows(kind), facts)
    was, would = (judge(facts, rules, sums) for rules in (before, after))
    report.judged += 1
    report.agrees += was.places == operation.judged.places and not was.blocks
    if way := _way(was, would):
        report.rows.append(Row(operation, was, would, way))


def _way(was: Verdict, would: Verdict) -> Way | None:
    if bool(was.blocks) != bool(would.blocks):
        return "blocked" if would.blocks else "free"
    if was.blocks or (was.places, was.is_signed) == (would.places, would.is_signed):
        return None
    if would.needs > was.needs:
        return "more"
    return "stricter" if would.is_stricter_than(was) else "fewer"


def _history(since: datetime) -> History:
    """Whatever was under way or booked in any window of these days, without its payload."""
    reach = since - LONGEST_WINDOW
    rows = _ours().filter(Q(moved_at__gte=reach) | ~Q(state__in=FINAL))
    fields = ("pk", "login", "maker_person", "kind", "currency", "amount", "state", "made_at", "moved_at")
    known = list(rows.order_by("-made_at").values_list(*fields, named=True)[: MOST_KNOWN + 1])
    return History(known[:MOST_KNOWN], is_cut=len(known) > MOST_KNOWN)


def _ours() -> Any:
    return Operation.objects.filter(environment=settings.MANAGER_ENVIRONMENT)
