"""Sessions in the database; where it is the database that fails, that is said, and not that the session is gone."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError


class SessionStore(db.SessionStore):
    def save(self, must_create: Any = False) -> None:  # noqa: FBT002  # as Django calls it
        """Django takes every failure of an update for a session that somebody has ended, and answers with 400."""
        try:
            super().save(must_create)
        except UpdateError as told:
            if isinstance(told.__context__, OperationalError | InterfaceError):
                raise told.__context__ from None
            raise
