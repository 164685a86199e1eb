"""Celery's part: changes that nobody decided on in time are ended; that they have lapsed holds whether or not it runs."""

import logging

from celery import shared_task
from django.db import InterfaceError, OperationalError

from backoffice.audit import clock
from backoffice.governance import addresses, changes, watch

EXPIRE, CHECK, TELL = "governance.expire", "governance.check_coverage", "governance.tell_addresses"
logger = logging.getLogger(__name__)


@shared_task(name=EXPIRE)  # type: ignore[untyped-decorator]  # celery ships no types
def expire() -> None:
    """Ends what has lapsed by now."""
    try:
        changes.expire(now=clock.now())
    except (OperationalError, InterfaceError) as failure:
        logger.warning("Changes do not expire while the database is away: %s", failure)


@shared_task(name=CHECK)  # type: ignore[untyped-decorator]  # celery ships no types
def check_coverage() -> None:
    """Checks the days ahead where today is not checked yet, and tells what is new; killed in between, the next turn tells it."""
    try:
        watch.check()
        watch.tell()
    except (OperationalError, InterfaceError) as failure:
        logger.warning("The coverage is not checked while the database is away: %s", failure)


@shared_task(name=TELL)  # type: ignore[untyped-decorator]  # celery ships no types
def tell_addresses() -> None:
    """Tells people at both addresses that theirs was changed."""
    try:
        addresses.tell()
    except (OperationalError, InterfaceError) as failure:
        logger.warning("Nobody is told of a new address while the database is away: %s", failure)
