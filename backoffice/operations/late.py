"""What is late now, by the table of limits: requests, unknown outcomes and paused connections, each as something to tell."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from backoffice.calendar.business import Calendar, NeverOpen
from backoffice.mail.telling import Item
from backoffice.operations import sla
from backoffice.operations.instructions import KINDS
from backoffice.operations.models import Lane, Operation
from backoffice.operations.sla import Due, Limit, Standing
from backoffice.operations.states import UNSETTLED, State
from backoffice.ui import text

# Of each limit the oldest; behind so many the house has other cares, and they come up as these are decided.
MOST = 500
HEADINGS = {Standing.BREACHED: "Past the limit", Standing.REMIND: "Waiting for you"}


@dataclass(frozen=True)
class Late:
    """Something that is due for a reminder, or past its limit; of a paused connection there is no operation."""

    item: Item
    limit: Limit
    standing: Standing
    operation: Operation | None = None


def requests(now: datetime, house: Calendar) -> Iterator[Late]:
    """What waits for a decision, in business time."""
    for limit, which in _by_limit():
        try:
            reminded = sla.marks(limit, now, house).reminded
        except NeverOpen:
            continue
        rows = _ours().filter(which, state=State.AWAITING_APPROVAL, made_at__lte=reminded, lapses_at__gt=now)
        rows = rows.prefetch_related("decisions", "asked_for").order_by("made_at", "pk")
        for row in rows[:MOST]:
            due = sla.due(row.kind, row.made_at, house)
            said = f"came in {text.server(row.made_at, now)}, due {text.server(due.breaches_at, now)}"
            yield _late(row, due, now, key=f"operation:{row.pk.hex}", said=said)


def unknown(now: datetime) -> Iterator[Late]:
    """What nobody knows whether it was booked, since it was sent last; sent again, it is another case."""
    rows = _ours().filter(state__in=UNSETTLED).annotate(since=Coalesce("last_send_at", "moved_at"))
    for row in rows.filter(since__lte=now - sla.UNKNOWN.remind).order_by("since", "pk")[:MOST]:
        due = sla.due_by_the_clock(sla.UNKNOWN, row.since)
        said = f"{row.get_state_display().lower()}, since {text.server(row.since, now)}"
        yield _late(row, due, now, key=f"unknown:{row.pk.hex}:{text.machine(row.since)}", said=said)


def paused(now: datetime) -> Iterator[Late]:
    """Connections, and kinds of what goes over one, that are paused outside of planned maintenance."""
    rows = Lane.objects.order_by("name").as_of(now)
    serviced = {row.name for row in rows if row.is_serviced(now)}
    for row in rows:
        if row.lane in settings.LANES and row.since and (row.stopped_at or row.lane not in serviced):
            due = sla.due_by_the_clock(sla.PAUSED, row.since)
            words = row.called if row.is_kind else f"MT5 connection {row.called}"
            item = Item(
                key=f"lane:{row.name}:{text.machine(row.since)}",
                level=due.standing(now).value,
                heading="Paused",
                text=f"{words}: nothing is sent since {text.server(row.since, now)}",
                path=reverse("connections"),
            )
            yield Late(item, sla.PAUSED, due.standing(now))


def _by_limit() -> Iterator[tuple[Limit, Q]]:
    """Each line of the table with the kinds under it; the last with all that no other names."""
    named = {kind: sla.limit_of(kind) for kind in KINDS}
    for limit in sla.TABLE:
        kinds = sorted(kind for kind, of in named.items() if of is limit)
        if kinds:
            yield limit, Q(kind__in=kinds)
    yield sla.USUAL, ~Q(kind__in=sorted(kind for kind, of in named.items() if of is not sla.USUAL))


def _late(row: Operation, due: Due, now: datetime, *, key: str, said: str) -> Late:
    standing = due.standing(now)
    title = KINDS[row.kind].title if row.kind in KINDS else row.kind
    item = Item(
        key=key,
        level=standing.value,
        heading=HEADINGS[standing],
        text=f"{row.reference} {title}: {said}",
        path=reverse("operation", args=[row.pk]),
    )
    return Late(item, due.limit, standing, row)


def _ours() -> Any:
    return Operation.objects.filter(environment=settings.MANAGER_ENVIRONMENT)
