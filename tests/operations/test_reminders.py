"""Who is told by mail what is late: whom it concerns, once a level, in one letter, and without anything that mail should not carry."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail

from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.calendar.queries import calendar
from backoffice.mail import sending, telling
from backoffice.mail.models import Letter, Notice
from backoffice.operations import breaker, desk, late, maintenance, reminders, sla, stops
from backoffice.operations.canonical import loaded
from backoffice.operations.models import Decision, Lane, Operation
from backoffice.operations.reasons import Reason
from backoffice.operators.models import Operator
from tests.emptying import guards_aside
from tests.operations import rows
from tests.operations.test_delegation import away, both, fresh, second_sign_in  # noqa: F401  # a fixture

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def aged(operation, age):
    """Came in so much business time ago."""
    made_at = calendar().before(clock.now(), age)
    with guards_aside():
        Operation.objects.filter(pk=operation.pk).update(made_at=made_at, lapses_at=clock.now() + DAY)
    return rows.fresh(operation)


def letters():
    return {letter.to.username: letter for letter in Letter.objects.select_related("to")}


def told(level):
    people = {who.person_id: who.username for who in Operator.objects.order_by("-pk")}
    return sorted(people[notice.person] for notice in Notice.objects.filter(level=level))


def test_who_may_decide_is_reminded_and_past_the_limit_all_supervisors_are(mia, nils, carl, chen, cora, fay, vera, ada):
    operation = aged(rows.awaiting(mia), 31 * MINUTE)

    assert reminders.remind() == 2
    assert told("remind") == ["carl", "chen"]

    aged(operation, 61 * MINUTE)
    assert reminders.remind() == 2
    assert told("breached") == ["carl", "chen"]


def test_nothing_is_told_before_it_is_late_nor_of_what_is_over(mia, carl, chen):
    aged(rows.awaiting(mia), 29 * MINUTE)
    decided = aged(rows.awaiting(mia), HOUR)
    desk.approve(decided.pk, by=carl, seen=decided.seen, reason=Reason("WITHIN_POLICY"))
    lapsed = aged(rows.awaiting(mia), HOUR)
    with guards_aside():
        Operation.objects.filter(pk=lapsed.pk).update(lapses_at=clock.now())

    assert reminders.remind() == 0


def test_a_withdrawal_escalates_to_finance_too(mia, carl, chen, fay, filip, cora, sandbox):
    sandbox.account(128301, balance=Decimal(900_000))
    operation = aged(rows.withdrawn(mia, "300.00"), 3 * HOUR)
    assert reminders.remind() == 2

    aged(operation, 5 * HOUR)
    reminders.remind()

    assert told("breached") == ["carl", "chen", "fay", "filip"]


def test_the_makers_person_is_told_nothing_of_their_own_by_whatever_sign_in(both, carl):  # noqa: F811  # the fixture
    again = second_sign_in(both, "both2", "supervisor")
    Operator.objects.filter(pk__in=[both.pk, again.pk]).update(email="both@example.com")
    operation = aged(rows.awaiting(fresh(both)), 31 * MINUTE)
    reminders.remind()
    aged(operation, 2 * HOUR)
    reminders.remind()

    assert (told("remind"), told("breached")) == (["carl"], ["carl"])


def test_whose_place_is_filled_is_not_reminded(mia, carl, chen, fay, filip):
    operation = rows.awaiting(mia, amount="60000.00")
    desk.approve(operation.pk, by=carl, seen=operation.seen, reason=Reason("WITHIN_POLICY"))
    aged(operation, 31 * MINUTE)

    reminders.remind()

    assert told("remind") == ["fay", "filip"]


def test_who_is_away_is_not_reminded_and_who_stands_in_is(mia, carl, chen, cora):
    away(carl, cora)
    operation = aged(rows.awaiting(mia), 31 * MINUTE)

    reminders.remind()
    aged(operation, 2 * HOUR)
    reminders.remind()

    assert told("remind") == ["chen", "cora"]
    assert told("breached") == ["carl", "chen", "cora"]


def test_one_human_with_two_sign_ins_gets_one_letter(mia, carl):
    again = second_sign_in(carl, "carl2", "supervisor")
    Operator.objects.filter(pk=again.pk).update(email="carl2@example.com")
    aged(rows.awaiting(mia), 31 * MINUTE)

    assert reminders.remind() == 1
    assert Notice.objects.count() == 1


def test_many_items_are_one_letter_and_each_is_told_once(mia, carl):
    for _ in range(40):
        aged(rows.awaiting(mia), 31 * MINUTE)

    assert [reminders.remind(), reminders.remind()] == [1, 0]
    letter = letters()["carl"]
    assert letter.subject == "Countersign: 40 for you to look at"
    assert letter.text.count("- DEP-") == 30
    assert "And 10 more." in letter.text
    assert Notice.objects.count() == 40

    aged(rows.awaiting(mia), 31 * MINUTE)
    assert reminders.remind() == 1
    assert Letter.objects.latest("pk").subject == "Countersign: 1 for you to look at"


def test_it_stands_in_the_trail_whom_and_of_what(mia, carl):
    operation = aged(rows.awaiting(mia), 31 * MINUTE)

    reminders.remind()

    entry = Entry.objects.get(action="mail.written")
    assert loaded(entry.detail) == {
        "to": "carl", "subject": "Countersign: 1 for you to look at", "items": f"operation:{operation.pk.hex} remind",
    }  # fmt: skip


def test_a_letter_says_what_is_late_and_nothing_that_mail_should_not_carry(mia, carl):
    operation = aged(rows.awaiting(mia, amount="4321.09", payment_reference="SEPA 77"), 31 * MINUTE)

    reminders.remind()

    text = letters()["carl"].text
    assert operation.reference in text
    assert re.search(r"Deposit: came in .* E[ES]T, due .* E[ES]T", text)
    for secret in ("Amelia", "Novak", "a@example.com", "128001", "4321", "4,321", "SEPA", "Mia"):
        assert secret not in text, secret


def test_unknown_outcomes_are_told_to_supervisors_by_the_clock_on_the_wall(mia, carl, chen, fay):
    operation = rows.exception(mia, carl)
    since = clock.now() - 16 * MINUTE
    with guards_aside():
        Operation.objects.filter(pk=operation.pk).update(last_send_at=since)

    reminders.remind()
    assert told("remind") == ["carl", "chen"]
    with guards_aside():
        Operation.objects.filter(pk=operation.pk).update(last_send_at=since, state="uncertain")
    assert reminders.remind() == 0

    with guards_aside():
        Operation.objects.filter(pk=operation.pk).update(last_send_at=clock.now() - 31 * MINUTE)
    reminders.remind()
    assert told("breached") == ["carl", "chen"]
    assert "Outcome unknown" in Operation(state="uncertain").get_state_display()


def stopped(by, age):
    stops.pause("funding", by=by, reason="The figures are wrong.")
    with guards_aside():
        Lane.objects.filter(name="funding").update(stopped_at=clock.now() - age)


def test_a_paused_connection_is_told_at_once_and_after_ten_minutes_to_administrators(carl, chen, ada, amir, fay):
    stopped(carl, MINUTE)
    reminders.remind()
    assert told("remind") == ["carl", "chen"]

    stops_at = Lane.objects.get(name="funding").stopped_at
    assert "MT5 connection Funding: nothing is sent since" in letters()["chen"].text
    assert "The figures" not in letters()["chen"].text
    with guards_aside():
        Lane.objects.filter(name="funding").update(stopped_at=stops_at - 10 * MINUTE)
    reminders.remind()
    assert set(told("breached")) >= {"ada", "amir"}


def test_planned_maintenance_wakes_nobody(carl, ada):
    now = clock.now()
    maintenance.plan(["funding"], starts_at=now, ends_at=now + HOUR, reason="MT5 gets a new version.", by=carl)
    Lane.objects.filter(name="funding").update(
        paused_at=now - 20 * MINUTE, reason=breaker.WORDS[breaker.Signal.OFFLINE]
    )

    assert reminders.remind() == 0


def test_without_mail_nothing_is_noted_so_that_it_is_told_once_there_is_some(mia, carl, settings):
    aged(rows.awaiting(mia), 31 * MINUTE)
    settings.SENDS_MAIL = False
    assert reminders.remind() == 0
    assert not Notice.objects.exists()

    settings.SENDS_MAIL = True
    assert reminders.remind() == 1


def test_killed_between_two_letters_the_rest_is_told_at_the_next_look(mia, carl, chen, monkeypatch):
    aged(rows.awaiting(mia), 31 * MINUTE)
    write, count = telling.write, []

    def killed(who, items, *, subject):
        count.append(who)
        if len(count) == 2:
            raise KeyboardInterrupt
        write(who, items, subject=subject)

    monkeypatch.setattr(telling, "write", killed)
    with pytest.raises(KeyboardInterrupt):
        reminders.remind()
    assert Letter.objects.count() == Notice.objects.count() == 1
    monkeypatch.undo()

    assert reminders.remind() == 1
    assert told("remind") == ["carl", "chen"]


def test_a_mail_scanner_that_follows_every_link_changes_nothing(mia, carl, client, signed_in):
    """As anybody, and even with a supervisor's session: a link leads to a page, and a page decides nothing."""
    operation = aged(rows.awaiting(mia), 2 * HOUR)
    unknown = rows.exception(mia, carl, login=128002)
    with guards_aside():
        Operation.objects.filter(pk=unknown.pk).update(last_send_at=clock.now() - HOUR)
    stopped(carl, HOUR)
    reminders.remind()
    sending.send()
    links = {link for sent in mail.outbox for link in re.findall(r"https?://\S+", sent.body)}
    assert len(links) == 3
    before = _state_of_the_house()

    for link in sorted(links):
        for who in (client, signed_in(carl)):
            for method in ("GET", "HEAD", "OPTIONS"):
                answer = who.generic(method, link.removeprefix("http://localhost:8000"))
                assert answer.status_code < 500
                if who is client:
                    assert answer.status_code == 302

    assert _state_of_the_house() == before
    assert rows.fresh(operation).state == "awaiting_approval"


def _state_of_the_house():
    return (
        list(Operation.objects.order_by("pk").values()),
        list(Lane.objects.order_by("pk").values()),
        Decision.objects.count(),
        Letter.objects.count(),
    )


def test_the_table_has_the_rows_that_exist():
    assert (sla.UNKNOWN.remind, sla.UNKNOWN.breach) == (15 * MINUTE, 30 * MINUTE)
    assert (sla.PAUSED.remind, sla.PAUSED.breach, sla.PAUSED.escalates_to) == (
        timedelta(), 10 * MINUTE, (sla.Role.ADMINISTRATOR,),
    )  # fmt: skip


def test_every_kind_falls_under_one_line_of_the_table(mia):
    """Else it would be told twice, or never."""
    operation = aged(rows.awaiting(mia), 31 * MINUTE)

    found = list(late.requests(clock.now(), calendar()))

    assert [each.operation for each in found] == [operation]
