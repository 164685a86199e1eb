"""Everything an area needs in order to be thin."""

from backoffice.celery import app as celery_app

__all__ = ["celery_app"]
