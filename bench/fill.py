"""The work of a bench: deposits that wait to be sent, written past people and past the guards that ask for their votes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cache

import httpx
from django.conf import settings
from django.db import connection
from uuid_utils.compat import uuid7

from backoffice.audit import clock, guards
from backoffice.operations.draft import drawn_up
from backoffice.operations.instructions import reference
from backoffice.operations.models import Counter, Operation
from backoffice.operations.policy import judge
from backoffice.operations.reasons import Reason
from backoffice.operations.states import FINAL, State
from backoffice.operators.models import Operator
from funding.instructions import Deposit

FIRST_LOGIN, LOGINS = 128001, 300
KEY = "demo-funding-key"


def queue(operations: int) -> None:
    """As many as people's approvals would leave them: approved, with a place in line, and due now."""
    mia = Operator.objects.get(username="mia")
    counter, _ = Counter.objects.get_or_create(name=f"position:{settings.MANAGER_ENVIRONMENT}")
    rows = [drawn(n, mia, counter.value + n + 1) for n in range(operations)]
    with unguarded():
        Operation.objects.bulk_create(rows, batch_size=200)
        Counter.objects.filter(pk=counter.pk).update(value=counter.value + operations)
    analyze()


def drawn(n: int, mia: Operator, position: int) -> Operation:
    pk, login, now = uuid7(), FIRST_LOGIN + n % LOGINS, clock.now()
    comment = f"{reference('DEP', pk)} bench"
    currency = currencies()[login]
    asked = Deposit(login=login, amount=Decimal(1), currency=currency, comment=comment, method="CARD")
    kept = {"login": login, "balance": "0.00", "credit": "0.00", "currency": currency}
    row = drawn_up(asked, pk=pk, snapshot=kept, verdict=judge({}), reason=Reason("CARD"), by=mia, resubmission_of=None)
    row.state, row.position, row.approved_at, row.due_at, row.version = State.QUEUED, position, now, now, 2
    return row


@contextmanager
def unguarded() -> Iterator[None]:
    """Without the database's guards, which are laid anew whatever happens."""
    guards.lift_all(connection)
    try:
        yield
    finally:
        guards.install(connection)


def analyze() -> None:
    """What autovacuum does by itself in production, a minute after so many rows came in. SQLite is never told to."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def insist_on_all_applied() -> None:
    """Raises RuntimeError where anything came to another end: the figure would be worth nothing."""
    others = [state for state in State if state != State.APPLIED]
    if left := Operation.objects.filter(state__in=others).count():
        raise RuntimeError(f"{left} operations were not applied; the figure would be worth nothing.")


def is_anything_open() -> bool:
    return bool(Operation.objects.filter(state__in=[state for state in State if state not in FINAL]).exists())


@cache
def currencies() -> dict[int, str]:
    """What each login is in: a deposit in another currency would be refused."""
    with httpx.Client(
        base_url=settings.MANAGER_URL, headers={"authorization": f"Bearer {KEY}"}, trust_env=False
    ) as http:
        logins = range(FIRST_LOGIN, FIRST_LOGIN + LOGINS)
        return {login: http.get(f"/accounts/{login}").json().get("currency", "") for login in logins}


def latency(milliseconds: int) -> None:
    """How long the sandbox lets each call wait from now on."""
    url = f"{os.environ['BREAK_URL']}/switches"
    httpx.post(url, json={"latency_ms": milliseconds}, trust_env=False).raise_for_status()


def place() -> str:
    """Where it is measured, in two words."""
    return f"{connection.vendor} + {settings.CELERY_BROKER_URL.partition(':')[0]}"
