"""Celery's part: a message is a wake-up for a lane; lost, doubled or late, it changes nothing."""

import logging

from celery import shared_task
from celery.signals import task_prerun
from django.db import InterfaceError, OperationalError, close_old_connections

from backoffice.audit import clock
from backoffice.operations import execution, expiry, lanes, queue, reminders, watch
from backoffice.operations.bundles import following

LONGEST = 30.0
logger = logging.getLogger(__name__)


@shared_task(name=lanes.DRAIN)  # type: ignore[untyped-decorator]  # celery ships no types
def drain(lane: str) -> None:
    """Has members follow their bundles, ends what has lapsed, then works the lane until nothing is due, at most LONGEST
    seconds; what is left wakes it again.
    """
    close_old_connections()
    try:
        # What was approved in time follows before the clock ends what was not.
        is_more = following.follow(lane)
        expiry.expire(lane, now=clock.now())
        if not execution.drain(lane, until=LONGEST, stopping=watch.stopping.is_set) or is_more:
            lanes.publish(lane)
    except (OperationalError, InterfaceError) as failure:
        logger.warning("The lane %s is not worked while the database is away: %s", lane, failure)
    finally:
        close_old_connections()


@shared_task(name="operations.wake")  # type: ignore[untyped-decorator]  # celery ships no types
def wake() -> None:
    """Wakes each lane in which something is due; beat asks for it, so that a wake-up that was lost is made good."""
    for lane in sorted({*queue.lanes_with_something_due(), *following.lanes_with_something_left()}):
        lanes.publish(lane)


@shared_task(name="operations.remind")  # type: ignore[untyped-decorator]  # celery ships no types
def remind() -> None:
    """Tells people by mail what is late; what a turn misses the next one tells."""
    try:
        reminders.remind()
    except (OperationalError, InterfaceError) as failure:
        logger.warning("Nobody is told what is late while the database is away: %s", failure)


@task_prerun.connect  # type: ignore[untyped-decorator]  # celery ships no types
def fresh_connections(**_: object) -> None:
    """Celery keeps connections for CELERY_DB_REUSE_MAX tasks; a dead one must still be thrown away."""
    close_old_connections()
