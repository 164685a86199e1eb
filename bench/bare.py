"""What our workers are measured against: a Celery task that does one call and nothing else, at its cheapest.

The application takes our transport and its options as they are, and leaves out Django's part of Celery, which would
look at database connections around each task. Each thread keeps one client, since making one costs more than a call.
"""

import itertools
import os
import threading
from pathlib import Path

import httpx
from celery import Celery
from uuid_utils.compat import uuid7

QUEUE = "bare"
# The worker writes here how many calls have succeeded, whenever a batch of them is whole.
DONE = Path(os.environ.get("DATA_DIR", "."), "bare-done")

app = Celery("bare", fixups=[])
app.config_from_object("backoffice.settings", namespace="CELERY")
_mine = threading.local()
_counted = itertools.count(1)


@app.task(name="bench.call")  # type: ignore[untyped-decorator]  # celery ships no types
def call(login: int, currency: str, batch: int) -> None:
    body = {"login": login, "amount": 1, "currency": currency, "comment": "bench"}
    client().post("/transactions/deposit", json=body, headers={"x-request-id": str(uuid7())}).raise_for_status()
    done = next(_counted)
    if done % batch == 0:
        DONE.write_text(str(done))


def client() -> httpx.Client:
    if not hasattr(_mine, "client"):
        headers = {"authorization": "Bearer demo-funding-key"}
        _mine.client = httpx.Client(base_url=os.environ["MANAGER_URL"], headers=headers, trust_env=False)
    found: httpx.Client = _mine.client
    return found
