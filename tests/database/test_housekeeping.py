"""What housekeeping does about people, in a worker's role of PostgreSQL: it reads no secret, and writes what is its own."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection

from backoffice.audit import clients, clock, erased
from backoffice.audit.models import ClientKey, Entry, Erasure
from backoffice.audit.unit import unit
from backoffice.calendar.queries import calendar
from backoffice.database.privileges import WEB, WORKER
from backoffice.governance import watch
from backoffice.governance.models import CoverageCheck
from backoffice.mail import queries, sending
from backoffice.mail.models import Letter, Notice
from backoffice.operations import delegations, desk, reminders
from backoffice.operations.models import Decision, Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from tests.emptying import guards_aside
from tests.in_roles import as_role
from tests.operations import rows
from tests.operations.test_reminders import HOUR, aged, stopped

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("house_roles")]
DAY = timedelta(days=1)


def test_it_reminds_and_sends_as_a_worker(mia, carl, chen, cora, ada):
    now = clock.now()
    with as_role(WEB):
        delegations.make(to=cora, starts_at=now, ends_at=now + DAY, reason="Two days of leave.", by=carl)
    aged(rows.awaiting(mia), 2 * HOUR)
    unknown = rows.exception(mia, carl, login=128002)
    with guards_aside():
        Operation.objects.filter(pk=unknown.pk).update(last_send_at=now - HOUR)
    stopped(carl, HOUR)

    with as_role(WORKER):
        reminders.remind()
        assert sending.send() == Letter.objects.count() == 4

    with as_role(WEB):
        assert queries.amiss(clock.now()) == []


def test_it_keeps_outside_who_was_erased_and_tells_who_is_back_as_a_worker(settings, tmp_path):
    settings.CHECKPOINT_DIR = str(tmp_path)
    with unit():
        clients.keys_of([128001])
    key = ClientKey.objects.get()
    with guards_aside():
        Erasure.objects.create(key=key.pk, environment=key.environment, login=key.login, change=key.pk, at=clock.now())

    with as_role(WORKER):
        erased.keep()
        erased.keep()

    assert Entry.objects.filter(action="client.back").count() == 1
    with as_role(WEB):
        assert erased.back() == [128001]


def test_it_checks_the_coverage_as_a_worker(mia, carl, chen, cora, fay, ada, amir, monkeypatch):
    house, now = calendar(), clock.now()
    span = next(s for n in range(1, 40) if (s := house.span(house.server.day(now) + n * DAY)))
    with as_role(WEB):
        delegations.make(to=fay, starts_at=span[0], ends_at=span[1], reason="Two days of leave.", by=carl)
    monkeypatch.setattr(watch.clock, "now", lambda: span[0])

    with as_role(WORKER):
        watch.check()
        watch.tell()

    assert CoverageCheck.objects.get().told["new"]
    assert Notice.objects.exists()


def test_a_vote_for_somebody_is_given_as_the_web_and_the_delegation_ended_as_the_web(mia, carl, cora):
    now = clock.now()
    with as_role(WEB):
        lent = delegations.make(to=cora, starts_at=now, ends_at=now + DAY, reason="Two days of leave.", by=carl)
        operation = rows.awaiting(mia)
        desk.approve(operation.pk, by=cora, seen=operation.seen, reason=Reason("WITHIN_POLICY"))
        delegations.withdraw(lent.pk, by=carl)

    assert rows.fresh(operation).state == State.QUEUED
    assert Decision.objects.get().who == "Cora for Carl"


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        (WORKER, "INSERT INTO operations_delegation (reason) SELECT reason FROM operations_delegation WHERE 1 = 0"),
        (WORKER, "UPDATE operations_delegation SET ended_at = now() WHERE 1 = 0"),
        (WEB, "UPDATE operations_delegation SET ends_at = now() WHERE 1 = 0"),
        (WEB, "INSERT INTO mail_letter (text) SELECT text FROM mail_letter WHERE 1 = 0"),
        (WEB, "SELECT item FROM mail_notice"),
        (WEB, "INSERT INTO governance_coveragecheck (text) SELECT text FROM governance_coveragecheck WHERE 1 = 0"),
        (WORKER, "UPDATE mail_letter SET text = '' WHERE 1 = 0"),
    ],
)
def test_neither_writes_what_is_the_others(role, statement):
    with as_role(role), pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)
