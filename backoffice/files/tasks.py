"""Celery's part: uploads that came to nothing are deleted. Late or never, it loses nothing but room."""

import logging

from celery import shared_task
from django.db import InterfaceError, OperationalError

from backoffice.files import keeping

FORGET = "files.forget"
MOST_TURNS = 50
logger = logging.getLogger(__name__)


@shared_task(name=FORGET)  # type: ignore[untyped-decorator]  # celery ships no types
def forget() -> None:
    """A unit of its own for each few, so that nobody waits for long."""
    try:
        for _ in range(MOST_TURNS):
            if not keeping.forget():
                return
    except (OperationalError, InterfaceError) as failure:
        logger.warning("Uploads are not deleted while the database is away: %s", failure)
