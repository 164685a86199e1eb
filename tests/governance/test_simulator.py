"""What a proposed policy would have meant for what was asked for lately: judged as then, and nothing is changed by it."""

from datetime import timedelta

import pytest

from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.governance import simulator
from backoffice.governance.policy import current
from backoffice.operations import desk
from backoffice.operations.models import Operation
from backoffice.operations.states import State
from tests.emptying import guards_aside
from tests.operations import rows
from tests.operations.rows import withdrawn

pytestmark = pytest.mark.django_db
ONE, TWO = [["supervisor"]], [["supervisor"], ["supervisor"]]


def rule(needs, *when, kinds=("*",), number="1", **more):
    return {
        "number": number,
        "words": f"Rule {number}",
        "kinds": list(kinds),
        "needs": needs,
        "when": list(when),
    } | more


def replayed(*rules, days=30, may_look=True):
    return simulator.replay(list(rules), days=days, now=clock.now(), may_look=may_look)


def ways(report):
    return sorted((row.operation.amount, row.way) for row in report.rows)


def usd(bound):
    return {"fact": "usd", "at_least": bound}


def aged(operation, **ago):
    """As if it had been made so long ago, and ended right then where it is over."""
    at = clock.now() - timedelta(**ago)
    with guards_aside():
        Operation.objects.filter(pk=operation.pk).update(made_at=at, moved_at=at)


def test_the_rules_in_force_change_nothing_and_give_what_was_asked(mia):
    for amount in ("100.00", "30000.00", "150000.00"):
        withdrawn(mia, amount, login=128300 + int(float(amount)) % 7)
    rows.awaiting(mia, amount="60000.00")

    report = replayed(*current())

    assert (report.judged, report.rows, report.agrees, report.left_out) == (4, [], 4, 0)
    assert report.words == "Of the last 30 days’ 4 operations none would have been treated otherwise."


def test_more_people_fewer_and_blocked_are_told_apart(mia):
    for login, amount in ((128001, "10.00"), (128002, "700.00"), (128003, "9000.00"), (128004, "60000.00")):
        rows.awaiting(mia, login=login, amount=amount)

    report = replayed(
        rule(ONE),
        rule(TWO, usd("500"), number="2"),
        rule("block", usd("5000"), {"fact": "login", "one_of": ["128003"]}, number="3"),
        rule(ONE, usd("50000"), number="4"),
    )

    assert ways(report) == [(700, "more"), (9000, "blocked"), (60000, "fewer")]
    assert "Of the last 30 days’ 4 operations" in report.words
    assert "1 would have been blocked, 1 would have needed more people" in report.words


def test_sums_are_those_of_the_moment_and_not_of_today(mia):
    """Three withdrawals of 400 a day apart from each other: none reaches 1,000 in 24 hours; in three days the third one does."""
    made = [withdrawn(mia, "400.00") for _ in range(3)]
    for operation, days in zip(made, (5, 3.5, 2.2), strict=True):
        desk.cancel(operation.pk, by=mia, reason="")
        with guards_aside():
            at = clock.now() - timedelta(days=days)
            Operation.objects.filter(pk=operation.pk).update(state=State.APPLIED, made_at=at, moved_at=at)

    def summed(hours, bound):
        window = {"sum": "login", "of": ["funding.withdrawal"], "hours": hours, "at_least": bound}
        return [row.operation.pk for row in replayed(rule(TWO, window)).rows]

    assert summed(24, "800") == []
    assert summed(24, "400") == [made[2].pk, made[1].pk, made[0].pk]
    assert summed(72, "1200") == [made[2].pk]
    assert summed(72, "800") == [made[2].pk, made[1].pk]


def test_what_was_under_way_counts_until_it_came_to_nothing(mia):
    """The first was cancelled before the second was made, and after the third: only the third one stood beside it."""
    first, third, second = (withdrawn(mia, "400.00") for _ in range(3))
    desk.cancel(first.pk, by=mia, reason="")
    now = clock.now()
    with guards_aside():
        Operation.objects.filter(pk=first.pk).update(
            made_at=now - timedelta(hours=9), moved_at=now - timedelta(hours=7)
        )
        Operation.objects.filter(pk=third.pk).update(made_at=now - timedelta(hours=8))
        Operation.objects.filter(pk=second.pk).update(made_at=now - timedelta(hours=6))
    window = {"sum": "login", "of": ["funding.withdrawal"], "hours": 24, "at_least": "800"}

    assert {row.operation.pk for row in replayed(rule(TWO, window)).rows} == {third.pk, second.pk}
    three = window | {"at_least": "1200"}
    assert replayed(rule(TWO, three)).rows == []


def test_what_is_older_is_not_in_it(mia):
    aged(rows.awaiting(mia), days=8)
    rows.awaiting(mia, login=128002)

    assert (replayed(rule(TWO), days=7).judged, replayed(rule(TWO), days=9).judged) == (1, 2)


def test_what_takes_too_long_is_left_out_and_said(mia, monkeypatch):
    for login in range(128001, 128005):
        rows.awaiting(mia, login=login)
    monkeypatch.setattr(simulator, "MOST", 3)

    report = replayed(rule(TWO))

    assert (report.judged, report.left_out, len(report.rows)) == (3, 1, 3)
    monkeypatch.setattr(simulator, "SECONDS", 0.0)
    assert replayed(rule(TWO)).left_out == 4


def test_sums_that_are_cut_are_said_to_be(mia, monkeypatch):
    rows.awaiting(mia)
    rows.awaiting(mia, login=128002)
    assert not replayed(rule(TWO)).is_cut

    monkeypatch.setattr(simulator, "MOST_KNOWN", 1)

    assert replayed(rule(TWO)).is_cut


def test_a_simulation_writes_nothing(mia):
    rows.awaiting(mia)
    before = Entry.objects.count(), Operation.objects.values().get()

    replayed(rule(TWO))

    assert (Entry.objects.count(), Operation.objects.values().get()) == before
