"""A worker looks by itself: the transport may be down, and then nobody wakes it."""

import logging
import threading
from typing import Any

from celery import bootsteps, current_app
from celery.signals import worker_shutting_down
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from backoffice.audit import guards
from backoffice.operations.lanes import DRAIN

logger = logging.getLogger(__name__)
stopping = threading.Event()


class Watch(bootsteps.StartStopStep):  # type: ignore[misc]  # celery ships no types
    """A thread beside the pool; it stands on the worker's blueprint because `worker_ready` waits for the transport."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self.lanes = [lane for lane in settings.LANES if lane in worker.app.amqp.queues.consume_from]
        self.thread = threading.Thread(target=self._look, name="watch", daemon=True)

    def start(self, worker: Any) -> None:
        if missing := [lane for lane in self.lanes if not settings.MANAGER_KEYS[lane]]:
            raise ImproperlyConfigured(f"This worker has no Manager key for {', '.join(missing)}.")
        guards.insist(connection)
        connection.close()
        self.thread.start()

    def stop(self, worker: Any) -> None:
        stopping.set()
        if self.thread.is_alive():
            self.thread.join(settings.MANAGER_DEADLINE + 5)

    def _look(self) -> None:
        while not stopping.wait(settings.LOOK_EVERY):
            for lane in self.lanes:
                self._work(lane)

    def _work(self, lane: str) -> None:
        try:
            current_app.tasks[DRAIN](lane)
        except Exception:  # the watch must outlive a database that is away for a while
            logger.exception("Looking after the lane %s failed; it is tried again.", lane)


@worker_shutting_down.connect  # type: ignore[untyped-decorator]  # celery ships no types
def stop_claiming(**_: object) -> None:
    stopping.set()
