"""The transport may be down: people go on working, and the worker looks by itself."""

import subprocess
import sys

import pytest

from backoffice.operations.states import State
from tests.operations import rows
from tests.operations.test_kill import until
from tests.worker import HOUSE, Worker, environment

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = {"CELERY_BROKER_URL": "redis://127.0.0.1:1/0"}
APPROVE = """
import django
django.setup()
from backoffice.operations import desk
from backoffice.operations.models import Operation
from backoffice.operations.reasons import Reason
from backoffice.operators.models import Operator
row, carl = Operation.objects.get(), Operator.objects.get(username="carl")
desk.approve(row.pk, by=carl, seen=row.seen, reason=Reason("WITHIN_POLICY"))
"""


def approve_with_no_transport(sandbox):
    command, env = [sys.executable, "-W", "ignore", "-c", APPROVE], environment(sandbox.url) | NOBODY
    subprocess.run(command, cwd=HOUSE, env=env, check=True, timeout=30)


def test_an_approval_goes_through_while_the_transport_is_down(mia, carl, sandbox):
    operation = rows.awaiting(mia)

    approve_with_no_transport(sandbox)

    assert rows.fresh(operation).state == State.QUEUED


def test_what_nobody_was_woken_for_is_executed_all_the_same(mia, carl, sandbox):
    operation = rows.awaiting(mia)
    approve_with_no_transport(sandbox)

    with Worker("funding", manager=sandbox.url, **NOBODY):
        until(lambda: rows.fresh(operation).is_final)

    assert rows.fresh(operation).state == State.APPLIED
