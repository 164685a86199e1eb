"""A restored backup does not pay twice: what may have been sent in the lost time is looked up, and two people reopen."""

import time
from collections import Counter

import pytest
from django.db import connection

from backoffice.audit import keeping
from backoffice.audit.models import Entry
from backoffice.audit.vocabulary import RESTORED
from backoffice.operations import desk, reopening
from backoffice.operations.models import Operation, Restore
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operators.models import Operator
from tests.backup import Backup
from tests.operations import rows
from tests.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def until(holds, *, within=120):
    end = time.monotonic() + within
    while time.monotonic() < end:
        connection.close_if_unusable_or_obsolete()
        if holds():
            return
        time.sleep(0.05)
    states = Counter(Operation.objects.values_list("state", flat=True))
    raise AssertionError(f"It did not come about within {within} s: {states}")


def approve(operation, by):
    desk.approve(operation.pk, by=by, seen=operation.seen, reason=Reason("WITHIN_POLICY"))


def state(operation):
    return rows.fresh(operation).state


def settled(*operations):
    return lambda: all(rows.fresh(operation).is_final for operation in operations)


def reopened(by, second):
    (restore,) = Restore.objects.filter(reopened_at=None)
    reopening.propose(restore.pk, by=by, reason="The list of what is lost was gone through.")
    reopening.confirm(restore.pk, by=second, seen=Restore.objects.get(pk=restore.pk).seen)


def booked(sandbox):
    """How often each request id stands in the Manager's ledger."""
    return Counter(line["requestId"] for line in sandbox.ledger() if line["requestId"])


def forget_the_request_ids(sandbox):
    """A Manager keeps them for a day; a backup is often older. What was sent under them stands in its ledger as before."""
    sandbox.rewrite("DELETE FROM requests")


def only(witness, folder):
    """Leaves but one kind of what stands outside the database."""
    for path in folder.iterdir():
        if (path.suffix == ".mark") != (witness == "marks"):
            path.unlink()


@pytest.mark.parametrize("witness", ["marks", pytest.param("checkpoint", marks=pytest.mark.slow)])
def test_a_restored_backup_pays_nothing_twice(mia, carl, chen, sandbox, settings, tmp_path, witness):
    made = {"paid": rows.queued(mia, carl), "pending": rows.awaiting(mia, login=128002)}
    with Worker("funding", manager=sandbox.url):
        until(settled(made["paid"]))
    made |= {"waiting": rows.queued(mia, carl, login=128254), "running": rows.running(mia, carl, login=128255)}
    made |= {"idle": rows.awaiting(mia, login=128003)}
    keeping.keep()
    with Backup(tmp_path) as backup:
        lost = sent_in_the_lost_time(made, mia, carl, sandbox)
        settings.CHECKPOINT_EVERY = 0.001
        assert keeping.keep()
        only(witness, settings.DATA / "checkpoints")
        forget_the_request_ids(sandbox)
        backup.restore()

        assert {name: state(operation) for name, operation in made.items()} == {
            "paid": "applied", "pending": "awaiting_approval", "waiting": "queued", "running": "running", "idle": "awaiting_approval",
        }  # fmt: skip
        with Worker("funding", manager=sandbox.url):
            looked_up_and_nothing_sent(made, sandbox)
            reopened(carl, chen)
            until(settled(made["idle"]))
        made |= {"later": rows.queued(mia, carl)}
        with Worker("funding", manager=sandbox.url):
            until(settled(made["later"]))

    assert {state(operation) for operation in made.values()} == {State.APPLIED}
    counts = booked(sandbox)
    assert {counts[str(operation.pk)] for operation in (*made.values(), lost)} == {1}
    assert max(counts.values()) == 1
    assert Restore.objects.count() == Entry.objects.filter(action=RESTORED).count() == 1


def sent_in_the_lost_time(made, mia, carl, sandbox):
    """What waits is sent, what is pending is approved and sent, and one is made of which the backup knows nothing."""
    approve(made["pending"], carl)
    lost = rows.queued(mia, carl)
    with Worker("funding", manager=sandbox.url):
        until(settled(made["pending"], made["waiting"], made["running"], lost))
    return lost


def looked_up_and_nothing_sent(made, sandbox):
    """Carl approves once more what he finds pending; what was sent is found, and what was not waits for two people."""
    until(Restore.objects.exists)
    for operation in (made["pending"], made["idle"]):
        approve(operation, Operator.objects.get(username="carl"))
    until(settled(made["pending"], made["waiting"], made["running"]))
    assert max(booked(sandbox).values()) == 1
    until(lambda: state(made["idle"]) == State.QUEUED and rows.fresh(made["idle"]).cleared_at)
    time.sleep(1)
    assert state(made["idle"]) == State.QUEUED
    assert not sandbox.deals_of(str(made["idle"].pk))


@pytest.mark.slow
@pytest.mark.postgres
def test_a_database_that_is_exchanged_under_a_running_worker_pays_nothing_twice(mia, carl, sandbox, tmp_path):
    """On SQLite nobody exchanges a file that is open; on PostgreSQL the worker only sees that it is cut off for a moment."""
    made = {"pending": rows.awaiting(mia, login=128002), "waiting": rows.queued(mia, carl, login=128254)}
    made |= {"running": rows.running(mia, carl, login=128255), "idle": rows.awaiting(mia, login=128003)}
    with Backup(tmp_path) as backup:
        approve(made["pending"], carl)
        with Worker("funding", manager=sandbox.url) as worker:
            until(settled(made["pending"], made["waiting"], made["running"]))
            forget_the_request_ids(sandbox)
            backup.restore()
            looked_up_and_nothing_sent(made, sandbox)
            assert worker.process.poll() is None
