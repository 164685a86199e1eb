"""Celery's part: beat asks for it; a turn that is lost is made good by the next."""

import logging

from celery import shared_task
from django.db import InterfaceError, OperationalError

from backoffice.mail import sending

logger = logging.getLogger(__name__)


@shared_task(name="mail.send")  # type: ignore[untyped-decorator]  # celery ships no types
def send() -> None:
    """Sends the letters that are due."""
    try:
        sending.send()
    except (OperationalError, InterfaceError) as failure:
        logger.warning("No mail is sent while the database is away: %s", failure)
