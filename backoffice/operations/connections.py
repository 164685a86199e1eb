"""What people see of the lanes: each connection's state, what waits for it, and what this person may do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode

from backoffice.audit import clock
from backoffice.operations import maintenance, queries, restored, stops
from backoffice.operations.models import Lane, Maintenance, kinds_of
from backoffice.operations.states import State
from backoffice.ui import text
from backoffice.ui.parts import Tone

PROBED = (State.UNCERTAIN, State.ACCEPTED)


@dataclass(frozen=True)
class Connection:
    """One lane, or a paused kind of it: the counts are bounded text, `oldest` is since when the first in line waits."""

    lane: Lane
    now: datetime
    is_restored: bool
    queued: str
    unknown: str
    oldest: datetime | None
    oldest_unknown: datetime | None
    why_not_pause: str
    why_not_propose: str
    why_not_confirm: str

    @property
    def name(self) -> str:
        return self.lane.called

    @property
    def address(self) -> str:
        """Of the list of its operations."""
        return f"{reverse('operations')}?{urlencode({'kind' if self.lane.is_kind else 'lane': self.lane.name})}"

    @property
    def state(self) -> str:
        if self.lane.stopped_by:
            return f"Paused by {self.lane.stopped_by.name}"
        if self.lane.is_serviced(self.now):
            return "Planned maintenance"
        if self.is_restored:
            return "Nothing is sent"
        if self.lane.paused_at:
            return "Paused"
        return "Waits" if self.waits_until else "One at a time" if self.lane.doubted_since else "Open"

    @property
    def tone(self) -> Tone:
        tones: dict[str, Tone] = {"Planned maintenance": "info", "Waits": "warn", "One at a time": "warn", "Open": "ok"}
        return tones.get(self.state, "bad")

    @property
    def probe_at(self) -> datetime | None:
        """When the next probe may go, where that is yet to come."""
        return self._ahead(self.lane.probe_at)

    @property
    def waits_until(self) -> datetime | None:
        """Until when MT5 asked it to wait."""
        return self._ahead(self.lane.waits_until)

    @property
    def is_serviced(self) -> bool:
        return self.lane.is_serviced(self.now)

    @property
    def sends_singly(self) -> bool:
        """Whether it sends, and one at a time, until a write gets through."""
        return bool(self.lane.doubted_since) and not self.lane.stopped_at and not self.is_serviced

    def _ahead(self, moment: datetime | None) -> datetime | None:
        return moment if moment and moment > self.now else None


@dataclass(frozen=True)
class Window:
    """Maintenance that runs or is yet to come, its times in the server's zone."""

    row: Maintenance
    begins: str
    ends: str
    runs: bool
    why_not_withdraw: str
    why_not_propose: str
    why_not_confirm: str

    @property
    def name(self) -> str:
        return self.row.lane.capitalize()


def connections(*, by: Any) -> list[Connection]:
    """Every lane, those too that nothing has ever been heard of, and after each the kinds of it that are paused."""
    now = clock.now()
    rows = Lane.objects.select_related("stopped_by", "reopening_by").as_of(now)
    known, is_restored = {lane.name: lane for lane in rows}, restored.open_ones().exists()
    return [
        _connection(lane, now, by, is_restored=is_restored) for name in settings.LANES for lane in _shown(name, known)
    ]


def windows(*, by: Any) -> list[Window]:
    now = clock.now()
    return [_window(row, now, by) for row in maintenance.standing(now)]


def names() -> list[str]:
    """The lanes, and the kinds that are paused now."""
    paused = [lane.name for lane in Lane.objects.order_by("name") if lane.is_kind and lane.is_paused]
    return [*settings.LANES, *paused]


def kinds(lane: str) -> dict[str, str]:
    """The kinds of a lane with what people call them."""
    return {name: Lane(name=name).called for name in kinds_of(lane)}


def _shown(name: str, known: dict[str, Lane]) -> Iterable[Lane]:
    yield known.get(name) or Lane(name=name)
    yield from (known[kind] for kind in kinds_of(name) if kind in known and known[kind].is_paused)


def _connection(lane: Lane, now: datetime, by: Any, *, is_restored: bool) -> Connection:
    waits = queries.ours().filter(lane=lane.lane, **({"kind": lane.name} if lane.is_kind else {}))
    queued, unknown = waits.filter(state=State.QUEUED), waits.filter(state__in=PROBED)
    return Connection(
        lane=lane,
        now=now,
        is_restored=is_restored,
        queued=queries.bounded(queued),
        unknown=queries.bounded(unknown),
        oldest=queued.order_by("position").values_list("approved_at", flat=True).first(),
        oldest_unknown=unknown.order_by("moved_at").values_list("moved_at", flat=True).first(),
        why_not_pause=stops.why_not_pause(lane, by=by),
        why_not_propose=stops.why_not_propose(lane, by=by),
        why_not_confirm=stops.why_not_confirm(lane, by=by),
    )


def _window(row: Maintenance, now: datetime, by: Any) -> Window:
    runs = row.starts_at <= now
    return Window(
        row=row,
        begins=text.server(row.starts_at, now),
        ends=text.server(row.ends_at, now),
        runs=runs,
        why_not_withdraw=maintenance.why_not_withdraw(row, by=by),
        why_not_propose=maintenance.why_not_propose_end(row, by=by),
        why_not_confirm=maintenance.why_not_confirm_end(row, by=by),
    )
