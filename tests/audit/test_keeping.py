"""Housekeeping as a process: it writes checkpoints by itself, holds no Manager key, and beat wakes what is due."""

import os
import subprocess
import sys
import time

import pytest
from django.db import connection

from backoffice.audit import checkpoints
from backoffice.audit.models import Entry
from backoffice.operations import queue, tasks
from tests.operations import rows
from tests.operations.test_transport import NOBODY
from tests.worker import HOUSE, Worker, environment

GIVEN = {
    "SECRET_KEY": "s" * 40, "AUDIT_KEY": "a" * 40, "SEAL_KEYS": "k" * 40, "CLIENT_KEYS": "c" * 40,
    "ALLOWED_HOSTS": "countersign.example", "MANAGER_URL": "https://manager.example",
    "MANAGER_ENVIRONMENT": "live", "DATABASE_URL": "sqlite://:memory:", "CACHE_URL": "redis://127.0.0.1:1/0",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_it_writes_checkpoints_while_the_transport_is_down(mia, sandbox):
    with Worker("housekeeping", manager=sandbox.url, PROCESS="housekeeping", **NOBODY):
        end = time.monotonic() + 30
        while checkpoints.last() is None and time.monotonic() < end:
            time.sleep(0.1)

    connection.close()
    last = checkpoints.last()
    assert last is not None
    assert Entry.objects.get(seq=last.seq).digest == last.digest


@pytest.mark.django_db
def test_what_is_due_is_woken(mia, carl, monkeypatch):
    woken = []
    monkeypatch.setattr("backoffice.operations.lanes.publish", woken.append)
    tasks.wake()
    assert woken == []

    rows.queued(mia, carl)
    tasks.wake()

    assert woken == queue.lanes_with_something_due() == ["funding"]


def starts(**given):
    words = [sys.executable, "-c", "import backoffice.settings"]
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "DATA_DIR")}
    ran = subprocess.run(words, cwd=HOUSE, env=kept | GIVEN | given, capture_output=True, text=True, check=False)
    return ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("process", ["funding", "accounts", "reporting", "housekeeping"])
def test_without_a_folder_for_checkpoints_no_worker_starts(process, tmp_path):
    holds, said = starts(PROCESS=process, CHECKPOINT_KEY="key" if process == "housekeeping" else "")
    assert not holds
    assert f"The {process} process needs CHECKPOINT_DIR" in said

    key = {"CHECKPOINT_KEY": "key"} if process == "housekeeping" else {}
    assert starts(PROCESS=process, CHECKPOINT_DIR=str(tmp_path), **key)[0]


def test_only_housekeeping_holds_the_key_and_no_managers(tmp_path):
    folder = {"CHECKPOINT_DIR": str(tmp_path)}

    assert "CHECKPOINT_KEY (or CHECKPOINT_KEY_FILE) is missing" in starts(PROCESS="housekeeping", **folder)[1]
    for process in ("web", "funding", "beat"):
        assert "only housekeeping signs" in starts(PROCESS=process, CHECKPOINT_KEY="key", **folder)[1]
    for process in ("housekeeping", "beat"):
        given = folder | ({"CHECKPOINT_KEY": "key"} if process == "housekeeping" else {})
        assert starts(PROCESS=process, **given)[0]
        assert "Manager key of funding" in starts(PROCESS=process, MANAGER_KEY_FUNDING="key", **given)[1]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_beat_asks_for_what_is_due(mia, sandbox, settings, tmp_path):
    """With nobody else to take it away, its message lies in the transport."""
    words = [sys.executable, "-m", "celery", "--quiet", "-A", "backoffice", "beat", "-l", "warning", "--pidfile="]
    env = environment(sandbox.url) | {"PROCESS": "beat", "DATA_DIR": str(tmp_path)}
    env.pop("CELERY_BROKER_URL", None)
    beat = subprocess.Popen(words, cwd=HOUSE, env=env)
    try:
        end, sent = time.monotonic() + 60, []
        while not sent and time.monotonic() < end:
            sent = list((tmp_path / "transport").glob("*housekeeping*"))
            time.sleep(0.2)
    finally:
        beat.terminate()
        beat.wait(10)

    assert sent
    assert b"operations.wake" in sent[0].read_bytes()
    assert not list(HOUSE.glob("celerybeat*"))
    assert list(tmp_path.glob("beat-schedule*"))
