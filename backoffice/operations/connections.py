"""What people see of the lanes: each connection's state, what waits for it, and what this person may do about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from backoffice.audit import clock
from backoffice.operations import queries, stops
from backoffice.operations.models import Lane
from backoffice.operations.states import State

PROBED = (State.UNCERTAIN, State.ACCEPTED)


@dataclass(frozen=True)
class Connection:
    """One lane: the counts are bounded text, `oldest` is since when the first in line waits, `probe_at` is yet to come."""

    lane: Lane
    queued: str
    unknown: str
    oldest: datetime | None
    oldest_unknown: datetime | None
    probe_at: datetime | None
    why_not_pause: str
    why_not_propose: str
    why_not_confirm: str

    @property
    def name(self) -> str:
        return self.lane.name.capitalize()

    @property
    def state(self) -> str:
        if self.lane.stopped_by:
            return f"Paused by {self.lane.stopped_by.name}"
        return "Paused" if self.lane.paused_at else "Open"

    @property
    def tone(self) -> str:
        return "bad" if self.lane.is_paused else "ok"


def connections(*, by: Any) -> list[Connection]:
    """Every lane, those too that nothing has ever been heard of."""
    known = {lane.name: lane for lane in Lane.objects.select_related("stopped_by", "reopening_by")}
    return [_connection(known.get(name) or Lane(name=name), by) for name in settings.LANES]


def _connection(lane: Lane, by: Any) -> Connection:
    waits = queries.ours().filter(lane=lane.name)
    queued, unknown = waits.filter(state=State.QUEUED), waits.filter(state__in=PROBED)
    return Connection(
        lane=lane,
        queued=queries.bounded(queued),
        unknown=queries.bounded(unknown),
        oldest=queued.order_by("position").values_list("approved_at", flat=True).first(),
        oldest_unknown=unknown.order_by("moved_at").values_list("moved_at", flat=True).first(),
        probe_at=lane.probe_at if lane.probe_at and lane.probe_at > clock.now() else None,
        why_not_pause=stops.why_not_pause(lane, by=by),
        why_not_propose=stops.why_not_propose(lane, by=by),
        why_not_confirm=stops.why_not_confirm(lane, by=by),
    )
