"""A change of the rules takes three people, none of whom it is about, and then is so, once and whole."""

from datetime import timedelta

import pytest

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.governance import changes
from backoffice.governance.models import Change
from backoffice.governance.people import OperatorAdd, OperatorDeactivate, OperatorLink
from backoffice.governance.roles import RoleGrant, RoleRevoke
from backoffice.operations import desk, quorum
from backoffice.operations.desk import Refusal, Stale
from backoffice.operations.reasons import Reason
from backoffice.operators.models import Grant, Operator
from tests.emptying import guards_aside
from tests.governance.house import WHY, agree, fresh, granted, proposed
from tests.operations import rows

pytestmark = pytest.mark.django_db


def grant(who, role=Role.FINANCE):
    return RoleGrant(operator=who.operator_id, role=role)


def newcomer(**other):
    fields = {"operator": "op-zoe", "username": "zoe", "called": "Zoe", "email": "", "is_new_person": True}
    return OperatorAdd(**(fields | {"person": "0194f3a0-0000-7000-8000-00000000000a"} | other))


def test_a_role_is_held_once_another_administrator_and_compliance_agree(everybody, three, carl):
    ada, amir, cora = three
    change = proposed(grant(carl), ada)
    assert agree(change, amir).state == "proposed"
    assert Role.FINANCE not in fresh(carl).roles

    assert agree(change, cora).state == "applied"

    assert fresh(carl).roles == {Role.SUPERVISOR, Role.FINANCE}
    assert Change.objects.get().number == 1


def test_the_order_of_the_two_does_not_matter(everybody, three, carl):
    ada, amir, cora = three

    assert agree(proposed(grant(carl), ada), cora, amir).state == "applied"


def test_who_proposed_it_does_not_agree_to_it_by_any_sign_in(everybody, three, carl):
    ada, _amir, _cora = three
    change = proposed(grant(carl), ada)
    with guards_aside(), unit():
        twin = Operator.objects.create(username="ada2", name="Ada", operator_id="ada2", person=ada.person)
        Grant.objects.create(operator=twin, role=Role.ADMINISTRATOR)

    for by in (ada, fresh(twin)):
        with pytest.raises(Refusal, match="You proposed it"):
            agree(change, by)


def test_one_seat_is_filled_once(everybody, three, carl):
    ada, amir, _cora = three
    with guards_aside():
        third = Operator.objects.enrol(
            username="aya", name="Aya", operator_id="aya", roles=[Role.ADMINISTRATOR], password="x" * 16
        )
    change = agree(proposed(grant(carl), ada), amir)

    with pytest.raises(Refusal, match="waits for compliance"):
        agree(change, third)
    with pytest.raises(Refusal, match="You have agreed"):
        agree(change, amir)


@pytest.mark.parametrize("who", ["mia", "carl", "fay", "vera"])
def test_nobody_else_proposes_or_agrees(who, everybody, three, chen):
    change = proposed(grant(chen), three[0])

    with pytest.raises(Refusal):
        proposed(grant(chen, Role.COMPLIANCE), everybody[who])
    with pytest.raises(Refusal):
        agree(change, everybody[who])


def test_compliance_does_not_propose(everybody, three, carl):
    with pytest.raises(Refusal, match="takes an administrator"):
        proposed(grant(carl), three[2])


def test_nobody_changes_their_own_roles(everybody, three):
    ada, _amir, _cora = three

    with pytest.raises(Refusal, match="It is about you"):
        proposed(RoleRevoke(operator="ada", role=Role.ADMINISTRATOR), ada)


def test_whom_it_is_about_does_not_decide_on_it(everybody, three):
    ada, amir, cora = three
    change = proposed(RoleGrant(operator="cora", role=Role.AUDITOR), ada)

    with pytest.raises(Refusal, match="It is about you"):
        agree(change, amir, cora)
    with pytest.raises(Refusal, match="It is about you"):
        changes.refuse(change.pk, by=cora, seen=changes.seen_of(change), reason="I do not want to.")


def test_one_refusal_ends_it(everybody, three, carl):
    ada, amir, cora = three
    change = agree(proposed(grant(carl), ada), amir)

    changes.refuse(change.pk, by=cora, seen=changes.seen_of(change), reason="He does not need it.")

    assert Change.objects.get().state == "refused"
    with pytest.raises(Refusal, match="It is over"):
        agree(change, cora)
    assert Role.FINANCE not in fresh(carl).roles


def test_its_author_takes_it_back_and_nobody_else(everybody, three, carl):
    ada, amir, _cora = three
    change = proposed(grant(carl), ada)
    with pytest.raises(Refusal, match="Only who proposed it"):
        changes.withdraw(change.pk, by=amir)

    changes.withdraw(change.pk, by=ada)

    with pytest.raises(Refusal, match="It is over"):
        agree(change, amir)


def test_what_one_saw_is_what_stands_there(everybody, three, carl):
    """Meanwhile Carl got another role: who looked before sees the new page before they agree."""
    ada, amir, cora = three
    change = proposed(grant(carl), ada)
    seen = changes.seen_of(change)
    granted(carl, Role.AUDITOR, by=ada, others=(amir, cora))

    with pytest.raises(Stale):
        changes.agree(change.pk, by=amir, seen=seen)
    assert not change.votes.exists()


def test_it_expires_on_the_business_calendar(everybody, three, carl):
    ada, amir, cora = three
    change = agree(proposed(grant(carl), ada), amir)
    with guards_aside():
        Change.objects.update(proposed_at=clock.now() - timedelta(days=9), lapses_at=clock.now() - timedelta(minutes=1))

    with pytest.raises(Refusal, match="It expired on"):
        agree(change, cora)
    assert changes.expire(now=clock.now()) == 1
    assert Change.objects.get().state == "expired"
    assert changes.expire(now=clock.now()) == 0


def test_what_lapsed_unnoticed_stands_in_nobodys_way(everybody, three, carl):
    proposed(grant(carl), three[0])
    with guards_aside():
        Change.objects.update(lapses_at=clock.now() - timedelta(minutes=1))

    proposed(grant(carl), three[1])

    assert sorted(Change.objects.values_list("state", flat=True)) == ["expired", "proposed"]


def test_the_same_is_proposed_once_at_a_time(everybody, three, carl):
    proposed(grant(carl), three[0])

    with pytest.raises(Refusal, match="It is proposed already"):
        proposed(grant(carl), three[1])


def test_an_author_who_is_no_administrator_any_more_changes_nothing(everybody, three, carl):
    ada, amir, cora = three
    change = agree(proposed(grant(carl), ada), amir)
    with guards_aside(), unit():
        Grant.objects.filter(operator=ada).delete()

    with pytest.raises(Refusal, match="no administrator any more"):
        agree(change, cora)


def test_an_agreement_of_one_who_lost_the_role_does_not_count(everybody, three, carl):
    ada, amir, cora = three
    change = agree(proposed(grant(carl), ada), amir)
    with guards_aside(), unit():
        Grant.objects.filter(operator=amir).delete()

    assert agree(change, cora).state == "proposed"


def test_a_change_that_cannot_be_applied_leaves_nothing_behind(everybody, three, carl):
    """The last agreement applies it or is not given: half of it is never there."""
    ada, amir, cora = three
    change = agree(proposed(grant(carl), ada), amir)
    with guards_aside():
        Operator.objects.filter(pk=carl.pk).update(is_active=False)

    with pytest.raises(Refusal, match="cannot be done now"):
        agree(change, cora)
    assert (Change.objects.get().state, change.votes.count()) == ("proposed", 1)


def test_an_administrator_holds_no_other_role_by_any_sign_in(everybody, three, carl):
    ada, amir, cora = three
    with pytest.raises(Refusal, match="no other role"):
        proposed(grant(carl, Role.ADMINISTRATOR), ada)
    agree(proposed(newcomer(person=str(carl.person_id), is_new_person=False), ada), amir, cora)

    with pytest.raises(Refusal, match="no other role"):
        proposed(RoleGrant(operator="op-zoe", role=Role.ADMINISTRATOR), ada)


def test_a_new_sign_in_begins_without_a_role_and_without_a_password(everybody, three):
    ada, amir, cora = three

    agree(proposed(newcomer(), ada), amir, cora)

    zoe = Operator.objects.get(username="zoe")
    assert (zoe.roles, zoe.has_usable_password(), zoe.is_active) == (frozenset(), False, True)


def test_a_name_that_is_taken_is_not_taken_again(everybody, three):
    for taken in ({"username": "CARL"}, {"operator": "carl"}):
        with pytest.raises(Refusal, match="already"):
            proposed(newcomer(**taken), three[0])


def test_a_leaver_opens_nothing_and_comes_back_as_nobody(everybody, three, vera, signed_in):
    ada, amir, cora = three
    client = signed_in(vera)
    assert client.get("/audit/").status_code == 200

    agree(proposed(OperatorDeactivate(operator="vera"), ada), amir, cora)

    assert client.get("/audit/").status_code == 302
    with pytest.raises(Refusal, match="no active sign-in"):
        proposed(grant(vera), ada)


def test_a_change_of_roles_ends_the_sessions_of_that_sign_in_alone(everybody, three, carl, chen, signed_in):
    ada, amir, cora = three
    his, hers = signed_in(carl), signed_in(chen)

    granted(carl, Role.FINANCE, by=ada, others=(amir, cora))

    assert (his.get("/approvals/").status_code, hers.get("/approvals/").status_code) == (302, 200)


def test_a_role_that_comes_later_makes_no_more_of_an_old_vote(everybody, three, carl):
    """Role change to become a checker: Carl's vote as a supervisor is not finance's, although he is finance by now."""
    ada, amir, cora = three
    operation = rows.awaiting(everybody["mia"], amount="60000.00")
    desk.approve(operation.pk, by=carl, seen=operation.seen, reason=Reason("WITHIN_POLICY"))

    granted(carl, Role.FINANCE, by=ada, others=(amir, cora))

    assert quorum.waits_for(rows.fresh(operation)) == {"finance"}


def test_a_maker_who_becomes_a_supervisor_does_not_check_what_they_made(everybody, three, mia):
    ada, amir, cora = three
    operation = rows.awaiting(mia)

    granted(mia, Role.SUPERVISOR, by=ada, others=(amir, cora))

    with pytest.raises(Refusal):
        desk.approve(operation.pk, by=fresh(mia), seen=operation.seen, reason=Reason("WITHIN_POLICY"))


def test_two_sign_ins_of_one_human_are_linked_and_never_two_people_again(everybody, three, mia):
    ada, amir, cora = three
    agree(proposed(newcomer(), ada), amir, cora)
    zoe = Operator.objects.get(username="zoe")
    granted(zoe, Role.SUPERVISOR, by=ada, others=(amir, cora))
    operation = rows.awaiting(mia)

    agree(proposed(OperatorLink(operator="op-zoe", person=str(mia.person_id)), ada), amir, cora)

    with pytest.raises(Refusal):
        desk.approve(operation.pk, by=fresh(zoe), seen=operation.seen, reason=Reason("WITHIN_POLICY"))


def test_a_sign_in_with_open_operations_is_not_linked(everybody, three, mia, nils):
    """What Mia made as one human she could check as the other."""
    ada, _amir, _cora = three
    rows.awaiting(mia)

    with pytest.raises(Refusal, match="1 open operation"):
        proposed(OperatorLink(operator="mia", person=str(nils.person_id)), ada)


def test_votes_given_before_two_sign_ins_were_linked_count_as_nobodys(everybody, three, carl, chen):
    ada, amir, cora = three
    agree(proposed(newcomer(), ada), amir, cora)
    zoe = Operator.objects.get(username="zoe")
    granted(zoe, Role.FINANCE, by=ada, others=(amir, cora))
    operation = rows.awaiting(everybody["mia"], amount="300000.00")
    for who in (carl, fresh(zoe)):
        desk.approve(operation.pk, by=who, seen=operation.seen, reason=Reason("WITHIN_POLICY"))

    agree(proposed(OperatorLink(operator="op-zoe", person=str(carl.person_id)), ada), amir, cora)

    assert [vote.name for vote in quorum.votes(rows.fresh(operation))] == ["Carl"]


def test_each_act_stands_in_the_trail(everybody, three, carl):
    ada, amir, cora = three
    agree(proposed(grant(carl), ada), amir, cora)
    with pytest.raises(Refusal):
        proposed(RoleRevoke(operator="ada", role=Role.ADMINISTRATOR), ada)

    told = list(Entry.objects.filter(action__startswith="change.").order_by("seq").values_list("action", "operator_id"))

    assert told == [
        ("change.proposed", "ada"),
        ("change.agreed", "amir"),
        ("change.agreed", "cora"),
        ("change.applied", "ada"),
        ("change.act_refused", "ada"),
    ]
    assert WHY in Entry.objects.get(action="change.applied").reason
