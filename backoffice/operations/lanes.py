"""The lanes: waking one, and pausing one whose connection does not work, until a call gets through again.

What people do to a lane stands in `stops`; the two pauses do not know of each other, and either is enough.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from kombu.exceptions import OperationalError

from backoffice.audit import clock
from backoffice.audit.unit import Unit
from backoffice.audit.vocabulary import register
from backoffice.operations.meaning import Signal
from backoffice.operations.models import Lane

PAUSED = register("lane.paused", "MT5 connection paused", "bad")
REOPENED = register("lane.reopened", "MT5 connection reopened", "ok")

DRAIN = "operations.drain"
WAKE_UP_EXPIRES = 30
FIRST_PROBE, LAST_PROBE = 0.25, 30.0
STRIKES = 3
WORDS = {
    Signal.OFFLINE: "MT5 is offline or cannot be reached.",
    Signal.UNAUTHORIZED: "MT5 does not accept the credential of this connection. An administrator is needed.",
    Signal.STRIKE: "MT5 denied the service account three times without a reason.",
    Signal.WAIT: "MT5 asked to slow down.",
}
logger = logging.getLogger(__name__)


def wake(lane: str) -> None:
    """Wakes the lane's worker once this unit has committed. A transport that is down never fails the request."""
    transaction.on_commit(lambda: publish(lane), robust=True)


def publish(lane: str) -> None:
    try:
        current_app.send_task(DRAIN, (lane,), queue=lane, expires=WAKE_UP_EXPIRES, ignore_result=True, retry=False)
    except (OperationalError, OSError) as failure:
        logger.warning("The wake-up of %s was not published (%s); its worker looks by itself.", lane, failure)


def allowance(name: str, *, slots: int) -> int:
    """How many sends the lane may begin now: none while people stop it or it waits for its probe, one while in doubt."""
    lane = Lane.objects.filter(name=name).first()
    if lane is None:
        return slots
    if lane.stopped_at or (lane.probe_at and lane.probe_at > clock.now()):
        return 0
    return 1 if lane.paused_at else slots


def listen(work: Unit, name: str, signals: Iterable[tuple[Signal, float | None]]) -> None:
    """Takes in what a turn's answers say of the connection: pauses it, moves its probe on, or reopens it."""
    heard = list(signals)
    counts = Counter(signal for signal, _ in heard)
    troubles = [
        signal for signal in (Signal.UNAUTHORIZED, Signal.OFFLINE, Signal.STRIKE, Signal.WAIT) if counts[signal]
    ]
    if not troubles and (not counts[Signal.WORKS] or not _in_doubt(name)):
        return
    Lane.objects.get_or_create(name=name)
    lane = Lane.objects.select_for_update().get(name=name)
    if troubles:
        waits = [after for _, after in heard if after]
        _trouble(work, lane, troubles[0], strikes=counts[Signal.STRIKE], waits=waits)
    else:
        _works(work, lane)


def _in_doubt(name: str) -> bool:
    return Lane.objects.filter(name=name).filter(Q(paused_at__isnull=False) | Q(failures__gt=0)).exists()


def _trouble(work: Unit, lane: Lane, signal: Signal, *, strikes: int, waits: list[float]) -> None:
    lane.failures += 1
    lane.strikes += strikes
    wait = max([min(FIRST_PROBE * 2 ** min(lane.failures - 1, 10), LAST_PROBE), *waits])
    lane.probe_at = clock.now() + timedelta(seconds=wait)
    pauses = signal in (Signal.OFFLINE, Signal.UNAUTHORIZED) or lane.strikes >= STRIKES
    if pauses and lane.paused_at is None:
        lane.paused_at, lane.reason = clock.now(), WORDS[signal]
        work.note(PAUSED, on=("lane", lane.name), reason=lane.reason)
    lane.save()


def _works(work: Unit, lane: Lane) -> None:
    if lane.paused_at:
        work.note(REOPENED, on=("lane", lane.name), reason="A call got through.")
    waits = not lane.paused_at and lane.probe_at is not None and lane.probe_at > clock.now()
    # A wait that MT5 asked for is kept, whatever gets through meanwhile.
    lane.probe_at = lane.probe_at if waits else None
    lane.paused_at, lane.reason, lane.failures, lane.strikes = None, "", 0, 0
    lane.save()


def paused() -> list[Lane]:
    """The connections that are paused now, for the banner on every page."""
    stands = Q(paused_at__isnull=False) | Q(stopped_at__isnull=False)
    return list(Lane.objects.filter(stands, name__in=settings.LANES).select_related("stopped_by").order_by("name"))
