"""The Celery application, and the watch that each worker keeps over its lanes."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

app = Celery("countersign")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect  # type: ignore[untyped-decorator]  # celery ships no types
def keep_watch(sender: Celery, **_: object) -> None:
    from backoffice.operations.watch import Watch  # it reads the settings, which this module comes before

    sender.steps["worker"].add(Watch)
