"""A worker looks by itself: the transport may be down, and then nobody wakes it.

Before anything else it looks whether the database is the one that it was: of this environment, and not an older copy.
"""

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from celery import bootsteps, current_app
from celery.signals import worker_shutting_down
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from backoffice.audit import checkpoints, erased, guards, keeping, pin, signing, witnesses
from backoffice.database import standing
from backoffice.operations import restored
from backoffice.operations.lanes import DRAIN
from backoffice.safety import checks

logger = logging.getLogger(__name__)
stopping = threading.Event()


class Watch(bootsteps.StartStopStep):  # type: ignore[misc]  # celery ships no types
    """A thread beside the pool; it stands on the worker's blueprint because `worker_ready` waits for the transport."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        queues = worker.app.amqp.queues.consume_from
        self.lanes = [lane for lane in settings.LANES if lane in queues]
        self.keeps_house = settings.HOUSEKEEPING in queues
        self.thread = threading.Thread(target=self._look, name="watch", daemon=True)

    def start(self, worker: Any) -> None:
        if missing := [lane for lane in self.lanes if not settings.MANAGER_KEYS[lane]]:
            raise ImproperlyConfigured(f"This worker has no Manager key for {', '.join(missing)}.")
        if self.keeps_house:
            signing.secret()
        checks.insist()
        guards.insist(connection)
        standing.tell()
        pin.insist()
        witnesses.insist()
        try:
            self._is_whole()
        except checkpoints.Unreadable as failure:
            raise ImproperlyConfigured(str(failure)) from None
        connection.close()
        self.thread.start()

    def stop(self, worker: Any) -> None:
        stopping.set()
        if self.thread.is_alive():
            self.thread.join(settings.MANAGER_DEADLINE + 5)

    def _look(self) -> None:
        while not stopping.wait(settings.LOOK_EVERY):
            self._turn()

    def _turn(self) -> None:
        self._try(self._is_whole)
        if self.keeps_house:
            self._try(keeping.keep)
            self._try(erased.keep)
        for lane in self.lanes:
            self._try(partial(current_app.tasks[DRAIN], lane))
        close_old_connections()

    def _try(self, duty: Callable[[], Any]) -> None:
        try:
            duty()
        except checkpoints.Unreadable as failure:
            logger.error("%s", failure)
        except (OperationalError, InterfaceError) as failure:
            logger.warning("Nothing is looked after while the database is away: %s", failure)
        except Exception:  # the watch must outlive whatever befalls one turn
            logger.exception("Looking after %s failed; it is tried again.", ", ".join(self.lanes) or "the house")

    def _is_whole(self) -> None:
        """A database that was restored is put on record, once; what that stops is asked at each claim."""
        if restore := restored.look():
            logger.error("%s Nothing is sent until two people reopen the connections.", restore.reason)


@worker_shutting_down.connect  # type: ignore[untyped-decorator]  # celery ships no types
def stop_claiming(**_: object) -> None:
    stopping.set()
