"""The lanes: waking one, and how much it may begin now, given what people and machines have paused."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from backoffice.audit.vocabulary import register
from backoffice.operations.models import Lane, Operation
from backoffice.operations.states import State

PAUSED = register("lane.paused", "MT5 connection paused", "bad")
REOPENED = register("lane.reopened", "MT5 connection reopened", "ok")

DRAIN = "operations.drain"
WAKE_UP_EXPIRES = 30
logger = logging.getLogger(__name__)


def wake(lane: str) -> None:
    """Wakes the lane's worker once this unit has committed. A transport that is down never fails the request."""
    transaction.on_commit(lambda: publish(lane), robust=True)


def publish(lane: str) -> None:
    try:
        current_app.send_task(DRAIN, (lane,), queue=lane, expires=WAKE_UP_EXPIRES, ignore_result=True, retry=False)
    except (OperationalError, OSError) as failure:
        logger.warning("The wake-up of %s was not published (%s); its worker looks by itself.", lane, failure)


@dataclass(frozen=True)
class Allowance:
    """What a lane may begin now: at most `most` sends, none of the kinds in `closed`, one of each kind in `single`.

    `probes` says that a send may be a probe.
    """

    most: int
    closed: frozenset[str] = frozenset()
    single: frozenset[str] = frozenset()
    probes: bool = False

    def of(self, rows: Iterable[tuple[Any, str]]) -> list[Any]:
        """Those of the `(id, kind)` that may be begun together, in their order."""
        taken: dict[Any, str] = {}
        for pk, kind in rows:
            if kind not in self.single or kind not in taken.values():
                taken[pk] = kind
        return list(taken)


def allowance(lane: str, rows: Iterable[Lane], *, slots: int, now: datetime) -> Allowance:
    """Nothing while the lane is closed; one while it is in doubt and nothing of it is on the wire. So too for a kind.

    `rows` are the lane's and its kinds' as of now.
    """
    rows = list(rows)
    closed = {row.name for row in rows if row.is_closed(now)}
    doubted = {row.name for row in rows if row.doubted_since} - closed
    if lane in closed:
        return Allowance(0)
    on_the_wire = _on_the_wire(lane) if doubted else set()
    most = slots if lane not in doubted else min(slots, 0 if on_the_wire else 1)
    single = doubted - {lane} - on_the_wire
    return Allowance(most, frozenset(closed | (doubted & on_the_wire)), frozenset(single), probes=bool(doubted))


def are_open(rows: Iterable[Lane], *, now: datetime) -> bool:
    """Whether neither the lane nor a kind of it is closed or in doubt."""
    return not any(row.is_closed(now) or row.doubted_since for row in rows)


def _on_the_wire(lane: str) -> set[str]:
    """The kinds of which the lane is sending something."""
    running = Operation.objects.filter(environment=settings.MANAGER_ENVIRONMENT, lane=lane, state=State.RUNNING)
    return set(running.values_list("kind", flat=True).distinct())


def hold_all(lane: str, *, now: datetime) -> list[Lane]:
    """Locks the lane until this unit ends, and hands out its row and those of its kinds, as of now."""
    # In order of name the lane's own row is the first, as it is for everybody else who holds it.
    rows: list[Lane] = Lane.objects.of(lane).order_by("name").select_for_update().as_of(now)
    if any(row.name == lane for row in rows):
        return rows
    hold(lane)
    return hold_all(lane, now=now)


def hold(lane: str) -> Lane:
    """Locks the lane until this unit ends. Its kinds' rows are only written by whoever holds it."""
    held: Lane | None = Lane.objects.select_for_update().filter(name=lane).first()
    if held is None:
        Lane.objects.get_or_create(name=lane)
        held = Lane.objects.select_for_update().get(name=lane)
    return held


def troubled(now: datetime) -> list[Lane]:
    """The connections and kinds that are paused or serviced now."""
    rows = Lane.objects.select_related("stopped_by").order_by("name").as_of(now)
    return [row for row in rows if row.lane in settings.LANES and (row.is_paused or row.is_serviced(now))]
