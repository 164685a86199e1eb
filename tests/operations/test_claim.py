"""What a claim reads of a row is all that its send, and the meaning of whatever comes back, will ask of it."""

import asyncio

import pytest
from django.db import connection

from backoffice.audit import clock
from backoffice.manager import failures
from backoffice.manager.client import Client
from backoffice.manager.reader import context
from backoffice.manager.wire import Transaction
from backoffice.operations import meaning, queue
from backoffice.operations.meaning import Moved
from backoffice.operations.models import Operation
from backoffice.safety.secret import Secret
from funding.instructions import Withdrawal
from tests.operations import rows

pytestmark = pytest.mark.django_db(transaction=True)
FAILURES = [
    failures.NotConnected("away"),
    failures.TooLate("late"),
    failures.NotSent("unread"),
    failures.Unauthorized("no key"),
    failures.OutOfScope("no scope"),
    failures.ValidationFailed("no", field="amount"),
    failures.PermissionDenied("no"),
    failures.PermissionDenied("no", reason="group"),
    failures.NotFound("no login"),
    failures.AlreadyApplied("done"),
    failures.AlreadyApplied("done", original={"operationId": "1", "status": "applied", "login": 1}),
    failures.TooManyRequests("wait", retry_after=2.0),
    failures.ManagerOffline("offline"),
    failures.NoAnswer("cut"),
    failures.Unreadable("html"),
    Moved("less is available"),
]


def refuse(execute, sql, *_):
    raise AssertionError(f"Something more of the row is read: {sql}")


@pytest.mark.parametrize("maybe_sent", [False, True])
@pytest.mark.parametrize("makes", [rows.Deposit, Withdrawal])
def test_a_send_and_the_meaning_of_its_answer_read_nothing_more_of_the_row(mia, carl, sandbox, makes, maybe_sent):
    operation = rows.queued(mia, carl, makes=makes)
    Operation.objects.filter(pk=operation.pk).update(maybe_sent=maybe_sent)
    (send,) = queue.claim("funding", most=4, now=clock.now())

    with connection.execute_wrapper(refuse):
        answers = [asyncio.run(_over(send)), *FAILURES]
        told = [meaning.of_send(send.operation, answer, now=send.claimed_at) for answer in answers]

    assert isinstance(answers[0], Transaction)
    assert all(each.words for each in told)


async def _over(send):
    client = Client(Secret("demo-funding-key"), context=context())
    try:
        return await send.over(client)
    finally:
        await client.close()
