"""Somebody is away and another decides for them: whose vote it is, in which role, and that nobody becomes two people by it."""

from datetime import timedelta

import pytest

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.governance.absence import proposed as absence
from backoffice.governance.people import OperatorDeactivate, OperatorLink
from backoffice.governance.roles import RoleGrant, RoleRevoke
from backoffice.operations import approvals, delegations, desk, queries, quorum, say, showing, standing_in
from backoffice.operations.canonical import loaded
from backoffice.operations.desk import Refusal, Stale
from backoffice.operations.models import Decision, Delegation
from backoffice.operations.reasons import Reason
from backoffice.operations.shown import from_text
from backoffice.operations.states import State
from backoffice.operators.models import Grant, Operator
from tests.emptying import guards_aside
from tests.governance import house
from tests.governance.house import agree, fresh, granted, proposed
from tests.operations import rows

pytestmark = pytest.mark.django_db
WHY, NO = Reason("WITHIN_POLICY"), Reason("WRONG_AMOUNT", "It is another amount.")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LEAVE = "Two days of leave."


def away(of, to, *, since=timedelta(), until=2 * DAY):
    now = clock.now()
    return delegations.make(to=to, starts_at=now + since, ends_at=now + until, reason=LEAVE, by=fresh(of))


def big(by):
    """It takes a supervisor and finance."""
    operation = rows.awaiting(by, amount="60000.00")
    assert operation.judged.words == "Needs 2: supervisor + finance"
    return operation


def approve(operation, by):
    return desk.approve(operation.pk, by=fresh(by), seen=rows.fresh(operation).seen, reason=WHY)


def state(operation):
    return rows.fresh(operation).state


def last(action):
    return Entry.objects.filter(action=action).latest("seq")


def second_sign_in(of, name, *roles):
    with unit():
        operator = Operator.objects.create(username=name, name=name, operator_id=name, person=of.person)
        for role in roles:
            Grant.objects.create(operator=operator, role=role)
    return operator


# Whose vote it is


def test_who_stands_in_fills_the_place_of_who_is_away_and_both_names_stand_everywhere(mia, carl, cora, fay):
    operation = big(mia)
    away(fay, cora)
    approve(operation, carl)

    approve(operation, cora)

    assert state(operation) == State.QUEUED
    vote = Decision.objects.get(by=cora)
    assert (vote.who, vote.roles, vote.for_person) == ("Cora for Fay", ",finance,", fay.person_id)
    assert [seat.by for seat in quorum.seats(rows.fresh(operation))] == ["Carl", "Cora for Fay"]
    entry = last("operation.vote")
    assert (entry.operator_id, loaded(entry.detail)["for"], loaded(entry.detail)["for_name"]) == ("cora", "fay", "Fay")
    seen = from_text(vote.sight.text)
    assert (seen.by, seen.decides_for, seen.decides_for_id) == ("Cora", "Fay", "fay")
    assert "You decide for Fay." in [notice.heading for notice in seen.notices]


@pytest.mark.parametrize(("act", "action"), [("reject", "operation.rejected"), ("send_back", "operation.returned")])
def test_who_stands_in_may_say_no_and_the_trail_names_both(act, action, mia, cora, fay):
    operation = big(mia)
    away(fay, cora)

    getattr(desk, act)(operation.pk, by=cora, seen=operation.seen, reason=NO)

    assert loaded(last(action).detail)["for"] == "fay"


def test_ones_own_role_comes_first(mia, carl, chen, fay):
    """Fay would decide for Carl; where finance is asked, the vote is hers."""
    operation = big(mia)
    away(carl, fay)

    approve(operation, fay)

    assert (Decision.objects.get().who, Decision.objects.get().delegation) == ("Fay", None)


# One person is not two


def test_one_person_fills_one_place_whomever_they_do_it_for(mia, carl, fay):
    operation = big(mia)
    away(carl, fay)
    approve(operation, fay)

    with pytest.raises(Refusal, match="You have decided on it already"):
        approve(operation, fay)

    assert state(operation) == State.AWAITING_APPROVAL
    assert Decision.objects.count() == 1


def test_a_vote_for_somebody_and_then_ones_own_is_refused_too(mia, carl, cora):
    """Cora votes for Carl, where compliance is asked as well: she is still one person."""
    operation = rows.awaiting(mia, amount="250000.00")
    assert "compliance" in operation.judged.words
    lent = away(carl, cora)
    with unit():
        Decision.objects.create(
            operation=operation, by=cora, person=cora.person_id, verb="approval", payload_hash=operation.payload_hash,
            seen=operation.seen, code="X", at=clock.now(),
            **standing_in.Capacity(frozenset({"supervisor"}), lent).columns,
        )  # fmt: skip

    with pytest.raises(Refusal, match="You have decided on it already"):
        approve(operation, cora)


def test_who_is_away_has_voted_so_nobody_votes_for_them(mia, chen, carl, cora):
    operation = big(mia)
    away(carl, cora)
    approve(operation, carl)

    assert "vote of Carl on it already" in say.why_not_decide(rows.fresh(operation), by=cora)
    with pytest.raises(Refusal, match="vote of Carl"):
        approve(operation, cora)


def test_somebody_voted_for_them_so_who_is_away_does_not_vote(mia, carl, cora):
    operation = big(mia)
    away(carl, cora)
    approve(operation, cora)
    assert Decision.objects.get().who == "Cora for Carl"

    with pytest.raises(Refusal, match="in your place already"):
        approve(operation, carl)


def test_nor_does_another_who_stands_in_later(mia, carl, cora, fay):
    operation = rows.awaiting(mia, amount="250000.00")
    lent = away(carl, filip := second_sign_in(fay, "fay2", Role.FINANCE))
    approve(operation, filip)
    with guards_aside():
        Decision.objects.update(roles=",supervisor,", delegation=lent, for_person=carl.person_id)
    delegations.withdraw(lent.pk, by=carl)
    away(carl, cora)

    assert standing_in.why_barred(rows.fresh(operation), standing_in.lent_to(cora)[0])


def test_nobody_stands_in_on_what_either_of_them_made(both, carl, cora):
    operation = rows.awaiting(both)
    away(both, cora)

    with pytest.raises(Refusal, match="Both made it"):
        approve(operation, cora)


def test_the_maker_does_not_approve_by_standing_in(both, carl):
    operation = rows.awaiting(both)
    away(carl, both)

    with pytest.raises(Refusal, match="You made it"):
        approve(operation, both)


def test_a_second_sign_in_is_the_same_human_who_stands_in_for_nobody_but_others(mia, carl):
    again = second_sign_in(carl, "carl2", Role.FINANCE)

    with pytest.raises(Refusal, match="Nobody stands in for themselves"):
        away(carl, again)


def test_by_a_second_sign_in_they_do_not_vote_again(mia, carl, fay):
    again = second_sign_in(fay, "fay2", Role.COMPLIANCE)
    operation = big(mia)
    away(carl, again)
    approve(operation, fay)

    with pytest.raises(Refusal, match="You have decided on it already"):
        approve(operation, again)


@pytest.fixture
def both(db):
    roles = [Role.FUNDING, Role.SUPERVISOR]
    return Operator.objects.enrol(username="both", name="Both", operator_id="both", roles=roles, password="x" * 16)


# While it lasts


@pytest.mark.parametrize(("since", "until", "may"), [(-DAY, DAY, True), (HOUR, DAY, False), (-2 * DAY, -HOUR, False)])
def test_it_lends_nothing_before_it_begins_nor_once_it_is_over(since, until, may, mia, carl, cora):
    lent, now = away(carl, cora), clock.now()
    with guards_aside():
        Delegation.objects.filter(pk=lent.pk).update(starts_at=now + since, ends_at=now + until)
    operation = rows.awaiting(mia)

    if may:
        assert approve(operation, cora).state == State.QUEUED
    else:
        with pytest.raises(Refusal, match="Deciding takes the role supervisor"):
            approve(operation, cora)


@pytest.mark.parametrize("by", ["carl", "cora"])
def test_either_of_them_ends_it_and_what_was_voted_stays(by, mia, carl, cora, fay):
    operation = big(mia)
    lent = away(carl, cora)
    approve(operation, cora)

    delegations.withdraw(lent.pk, by={"carl": carl, "cora": cora}[by])

    with pytest.raises(Refusal, match="Deciding takes the role supervisor"):
        approve(rows.awaiting(mia), cora)
    approve(operation, fay)
    assert state(operation) == State.QUEUED
    with pytest.raises(Refusal, match="over already"):
        delegations.withdraw(lent.pk, by=carl)


def test_nobody_else_ends_it(carl, cora, chen):
    lent = away(carl, cora)

    with pytest.raises(Refusal, match="Carl ends it"):
        delegations.withdraw(lent.pk, by=chen)

    assert last("operation.act_refused").reason.startswith("Carl ends it")


CHANGES = {
    "another role of who is away": lambda s: RoleGrant(operator="carl", role=Role.FINANCE),
    "the role of who is away": lambda s: RoleRevoke(operator="carl", role=Role.SUPERVISOR),
    "another role of who stands in": lambda s: RoleGrant(operator="cyd", role=Role.FINANCE),
    "who is away leaves": lambda s: OperatorDeactivate(operator="carl"),
    "who stands in leaves": lambda s: OperatorDeactivate(operator="cyd"),
    "the human of who stands in": lambda s: OperatorLink(operator="cyd", person=str(s["vera"].person_id)),
}


@pytest.fixture
def more(mia, nils, carl, chen, cora, fay, filip, vera, ada, amir):
    """A house with people to spare, so that one of them may go."""
    for name, role in (("cyd", Role.COMPLIANCE), ("sam", Role.SUPERVISOR)):
        Operator.objects.enrol(username=name, name=name.title(), operator_id=name, roles=[role], password="x" * 16)
    house.found()
    return {who.username: who for who in Operator.objects.all()}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_either_ends_it_for_good(what, more):
    s = more
    lent = away(s["carl"], s["cyd"])

    agree(proposed(CHANGES[what](s), s["ada"]), s["amir"], s["cora"])

    lent.refresh_from_db()
    assert lent.ended_at
    assert lent.ended_reason == last("delegation.ended").reason != ""
    with pytest.raises(Refusal):
        approve(rows.awaiting(s["mia"]), s["cyd"])


def test_what_was_given_for_who_has_left_since_counts_for_nothing(more):
    s = more
    operation = big(s["mia"])
    away(s["carl"], s["cyd"])
    approve(operation, s["cyd"])

    agree(proposed(OperatorDeactivate(operator="carl"), s["ada"]), s["amir"], s["cora"])
    approve(operation, s["fay"])

    assert state(operation) == State.AWAITING_APPROVAL
    assert [vote.name for vote in quorum.votes(rows.fresh(operation))] == ["Fay"]


# Who may


@pytest.mark.parametrize(
    ("who", "words"), [("mia", "cannot stand in"), ("vera", "cannot stand in"), ("ada", "cannot stand in")]
)
def test_only_who_may_be_asked_to_agree_stands_in(who, words, more):
    with pytest.raises(Refusal, match=words):
        away(more["carl"], more[who])


def test_makers_are_missed_by_no_rule_and_an_administrator_has_nobody_stand_in(mia, ada, carl):
    with pytest.raises(Refusal, match="decides on nothing"):
        away(mia, None)
    with pytest.raises(Refusal, match="decides on no operation"):
        away(ada, carl)
    assert away(ada, None).is_absence


def test_who_stands_in_does_not_hand_on_nor_is_away(carl, chen, cora, fay):
    away(carl, cora)

    with pytest.raises(Refusal, match="does not hand on"):
        away(cora, fay)
    with pytest.raises(Refusal, match="away already"):
        away(carl, fay)
    with pytest.raises(Refusal, match="away themselves"):
        away(fay, carl)
    assert away(cora, None).is_absence
    assert away(cora, fay, since=3 * DAY, until=4 * DAY)


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (-HOUR, DAY, "in the past"),
        (HOUR, HOUR, "after it begins"),
        (HOUR, 32 * DAY, "31 days"),
        (400 * DAY, 401 * DAY, "a year"),
    ],
)
def test_an_absence_is_bounded_and_ahead(since, until, words, carl, cora):
    with pytest.raises(Refusal, match=words):
        away(carl, cora, since=since, until=until)


# What is seen of it


def test_what_they_may_decide_for_others_is_in_their_queue(mia, carl, cora, fay, signed_in):
    small = rows.awaiting(mia)
    assert not queries.to_decide(cora)
    away(carl, cora)

    assert list(queries.to_decide(fresh(cora))) == [small]
    (row,) = approvals.told([small.pk], operator=fresh(cora), now=clock.now())
    assert (row.is_mine, row.may_choose) == (True, False)
    page = signed_in(cora).get(f"/operations/{small.pk}/").content.decode()
    assert "You decide for Carl." in page
    assert "Approve for <bdi>Carl</bdi>" in page


def test_the_queue_says_of_each_what_the_desk_says(mia, both, carl, chen, cora, fay):
    """What somebody may decide in a list, for themselves or another, is just what they may decide on its page."""
    operations = [rows.awaiting(mia), big(mia), rows.awaiting(both), rows.awaiting(mia, amount="250000.00")]
    away(carl, cora)
    away(chen, fay)
    approve(operations[1], carl)
    approve(operations[3], fay)

    for who in (cora, fay, carl, chen):
        listed = set(queries.to_decide(fresh(who)).values_list("pk", flat=True))
        allowed = {each.pk for each in operations if not say.why_not_approve(rows.fresh(each), by=fresh(who))}
        told = approvals.told([each.pk for each in operations], operator=fresh(who), now=clock.now())
        assert listed == allowed == {row.operation.pk for row in told if row.is_mine}, who


def test_a_page_that_said_otherwise_is_no_basis_for_a_vote(mia, carl, cora, fay):
    operation = big(mia)
    lent = away(fay, cora)
    sight = showing.shown(operation, by=cora)
    delegations.withdraw(lent.pk, by=fay)
    away(carl, cora)

    with pytest.raises(Stale, match="not what stands here"):
        desk.approve(operation.pk, by=cora, seen=operation.seen, reason=WHY, sight=sight)


# For somebody who cannot say so themselves


def test_others_are_said_to_be_away_by_three_people(more):
    s = more
    now = clock.now().replace(microsecond=0)
    asked = absence(s["carl"], s["cyd"], starts_at=now, ends_at=now + DAY)

    change = agree(proposed(asked, s["ada"]), s["amir"], s["cora"])

    lent = Delegation.objects.get()
    assert (lent.of, lent.to, lent.made_by, lent.change, lent.ends_at) == (
        s["carl"], s["cyd"], s["ada"], change.pk, now + DAY,
    )  # fmt: skip
    assert lent.starts_at >= now
    approve(operation := rows.awaiting(s["mia"]), s["cyd"])
    assert Decision.objects.get(operation=operation).who == "Cyd for Carl"


def test_neither_of_whom_it_is_about_has_a_word_in_it(more):
    s = more
    now = clock.now()
    change = proposed(absence(s["carl"], s["cora"], starts_at=now, ends_at=now + DAY), s["ada"])

    with pytest.raises(Refusal, match="It is about you"):
        agree(change, s["cora"])

    agree(change, s["cyd"], s["amir"])
    assert Delegation.objects.get().to == s["cora"]


def test_it_is_looked_at_again_when_it_is_agreed_to(more):
    s = more
    now = clock.now()
    change = proposed(absence(s["carl"], s["cyd"], starts_at=now, ends_at=now + DAY), s["ada"])
    away(s["carl"], None)

    with pytest.raises(Refusal, match="away already"):
        agree(change, s["cora"], s["amir"])


def test_a_grant_to_somebody_else_ends_nothing(more):
    s = more
    lent = away(s["carl"], s["cyd"])

    granted(s["fay"], Role.AUDITOR, by=s["ada"], others=(s["amir"], s["cora"]))

    lent.refresh_from_db()
    assert lent.ended_at is None
