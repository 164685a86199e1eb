"""Bundles: made of what waits or with it, decided as one, and followed by their members, each exactly once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import Error, connection, transaction
from uuid_utils.compat import uuid7

from backoffice.access import Role
from backoffice.audit import chain, clock
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.operations import comments, desk, execution, expiry, queries, reopening, restored
from backoffice.operations.bundles import deciding, following, submitting
from backoffice.operations.bundles import queries as of_bundles
from backoffice.operations.bundles.shown import from_text, shown
from backoffice.operations.bundles.submitting import About, Asked
from backoffice.operations.canonical import hash_of
from backoffice.operations.desk import Refusal, Stale, Taken
from backoffice.operations.instructions import reference
from backoffice.operations.models import Bundle, BundleDecision, Decision, Member, Operation
from backoffice.operations.models.bundle import hash_over
from backoffice.operations.policy import Check
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operators.models import Grant, Operator
from funding.instructions import Deposit
from tests.emptying import guards_aside
from tests.operations import rows
from tests.operations.bundle_attacks import approve, ballot, bundled, followed, members, put_together
from tests.operations.policy_attacks import insert
from tests.operations.rows import withdrawn
from tests.operations.test_queue import warned
from tests.operations.test_verdicts import publish

pytestmark = pytest.mark.django_db
NO, resolution = Reason("DUPLICATE"), timedelta.resolution


def states(bundle):
    return [member.operation.state for member in members(bundle)]


def fresh(bundle):
    return Bundle.objects.get(pk=bundle.pk)


def asked(login, amount="20.00", **fields):
    pk = uuid7()
    told = {"currency": "USD", "method": "BANK_WIRE", "comment": f"{reference('DEP', pk)} Bank wire"} | fields
    return Asked(Deposit(login=login, amount=Decimal(amount), **told), pk, rows.ACCOUNT)


def submitted(by, wanted, *, title="Refunds"):
    return submitting.submit(wanted, pk=uuid7(), about=About(title, Reason("SAME_CAUSE"), by))


# Made of what waits


def test_what_waits_becomes_one_in_the_order_in_which_it_was_chosen(mia):
    made = [rows.awaiting(mia, login=n) for n in (3, 1, 2)]

    bundle = put_together(made, by=mia)

    assert [member.operation.login for member in members(bundle)] == [3, 1, 2]
    assert [member.position for member in members(bundle)] == [1, 2, 3]
    assert bundle.hash == hash_over([row.payload_hash for row in made])
    assert bundle.hash == hash_of("\n".join(row.payload_hash for row in made))
    assert Entry.objects.get(action="bundle.submitted").object_id == str(bundle.pk)


def why_not(made, by, **seen):
    with pytest.raises(Refusal) as refusal:
        put_together(made, by=by)
    assert not Bundle.objects.filter(made_by=by).exclude(pk__in=seen.get("there", [])).exists()
    return str(refusal.value)


def test_what_is_not_ones_own_or_decided_or_of_another_kind_or_bundled_is_in_none(mia, nils, carl, both):
    mine = rows.awaiting(mia, login=1)

    assert "is not yours" in why_not([rows.awaiting(nils, login=2), mine], mia)
    assert "no longer pending" in why_not([rows.queued(mia, carl, login=3), mine], mia)
    assert "one kind" in why_not([withdrawn(mia, "10.00"), mine], mia)
    assert "2 to 500" in why_not([mine], mia)
    two = rows.awaiting(mia, login=5, amount="60000.00")
    desk.approve(two.pk, by=carl, seen=two.seen, reason=Reason("WITHIN_POLICY"))
    assert "decided on" in why_not([two, mine], mia)
    there = put_together([mine, rows.awaiting(mia, login=6)], by=mia)
    assert "in a bundle already" in why_not([mine, rows.awaiting(mia, login=7)], mia, there=[there.pk])


def test_what_has_changed_since_it_was_seen_is_not_bundled(mia):
    made = [rows.awaiting(mia, login=n) for n in (1, 2)]
    about = About("Refunds", Reason("SAME_CAUSE"), mia)

    with pytest.raises(Stale):
        submitting.bundle_up({made[0].pk: made[0].seen, made[1].pk: "0" * 64}, pk=uuid7(), about=about)
    assert not Member.objects.exists()


@pytest.fixture
def both(db):
    roles = [Role.FUNDING, Role.SUPERVISOR]
    return Operator.objects.enrol(username="both", name="Both", operator_id="op-both", roles=roles, password="x" * 16)


# Submitted with it


def test_instructions_are_submitted_as_one_or_none_of_them_is(mia):
    bundle = submitted(mia, [asked(1), asked(2), asked(3)])

    assert states(bundle) == [State.AWAITING_APPROVAL] * 3
    assert Entry.objects.filter(action="operation.submitted").count() == 3
    with pytest.raises(Refusal, match="Login 5"):
        submitted(mia, [asked(4), blocked(5)])
    assert not Operation.objects.filter(login=4).exists()
    assert Entry.objects.filter(action="bundle.act_refused").count() == 1


def blocked(login):
    row = asked(login)
    return Asked(row.instruction, row.pk, row.snapshot, (Check("block", "The account is closed."),))


def test_one_payment_twice_in_a_bundle_is_refused(mia):
    with pytest.raises(Taken):
        submitted(mia, [asked(1, payment_reference="SEPA 1"), asked(2, payment_reference="SEPA 1")])
    assert not Operation.objects.exists()


@pytest.mark.parametrize(
    ("count", "amount", "needs"), [(50, "1.00", 1), (51, "1.00", 2), (4, "6249.99", 1), (4, "6250.00", 2)]
)
def test_more_than_fifty_rows_or_25000_take_two(mia, count, amount, needs):
    bundle = submitted(mia, [asked(n + 1, amount) for n in range(count)])

    assert {member.operation.needs for member in members(bundle)} == {needs}
    assert shown(bundle).asked.needs == needs


def test_what_waits_already_is_judged_as_the_batch_that_it_becomes(mia):
    made = [rows.awaiting(mia, login=n, amount="13000.00") for n in (1, 2)]
    assert {row.needs for row in made} == {1}

    bundle = put_together(made, by=mia)

    assert {member.operation.needs for member in members(bundle)} == {2}
    assert Entry.objects.filter(action="operation.judged_again").count() == 2


def test_the_strictest_row_is_the_bundles_verdict(mia, carl, chen, fay):
    made = [rows.awaiting(mia, login=1), rows.awaiting(mia, login=2, amount="60000.00")]
    bundle = put_together(made, by=mia)

    assert "supervisor + finance" in of_bundles.in_words(bundle, shown(bundle).asked)
    bundle = approve(bundle, carl)
    assert bundle.state == "pending"
    with pytest.raises(Refusal, match="waits for finance"):
        approve(bundle, chen)
    assert approve(bundle, fay).state == "approved"


# Decided


def test_approving_moves_the_bundle_and_its_members_follow(mia, carl):
    bundle = approve(bundled(mia, count=3), carl)
    assert bundle.state == "approved"
    assert states(bundle) == [State.AWAITING_APPROVAL] * 3

    later = rows.queued(mia, carl, login=9)
    assert following.follow("funding") is False

    positions = [member.operation.position for member in members(bundle)]
    assert states(bundle) == [State.QUEUED] * 3
    assert positions == [1, 2, 3]
    assert later.position == 4
    assert {member.operation.approved_at for member in members(bundle)} == {bundle.decided_at}
    assert fresh(bundle).settled_at
    assert Entry.objects.filter(action="operation.queued").count() == 4


def test_a_vote_keeps_what_the_page_showed_and_its_hash(mia, carl):
    bundle = bundled(mia)
    seen = shown(bundle)

    approve(bundle, carl)

    vote = BundleDecision.objects.get()
    assert (vote.seen, vote.hash, vote.is_whole) == (seen.seen, bundle.hash, True)
    kept = from_text(vote.text)
    assert [row["login"] for row in kept["members"]] == [128401, 128402]
    assert {row["seen"] for row in kept["members"]} == {member.operation.seen for member in members(bundle)}


def test_each_field_that_is_sent_is_in_what_was_shown(mia):
    bundle = submitted(mia, [asked(1, payment_reference="SEPA 1"), asked(2)])

    for line, row in zip(shown(bundle).lines, from_text(shown(bundle).text)["members"], strict=True):
        told = str(row)
        for fact in line.member.operation.instruction.listed():
            if fact.value not in (None, ""):
                assert str(fact.value) in told, fact.label


def test_the_maker_cannot_vote_by_whatever_sign_in(mia, both):
    own = bundled(both)
    with unit():
        twin = Operator.objects.create(username="mia2", name="Mia", operator_id="mia2", person=mia.person)
        Grant.objects.create(operator=twin, role=Role.SUPERVISOR)

    with pytest.raises(Refusal, match="You made it"):
        approve(own, both)
    with pytest.raises(Refusal, match="You made it, as mia"):
        approve(bundled(mia), twin)
    assert not BundleDecision.objects.exists()
    assert Entry.objects.filter(action="bundle.act_refused").count() == 2


def test_one_person_with_two_sign_ins_is_one_vote(mia, carl):
    bundle = approve(bundled(mia, amount="13000.00"), carl)
    with unit():
        twin = Operator.objects.create(username="carl2", name="Carl", operator_id="carl2", person=carl.person)
        Grant.objects.create(operator=twin, role=Role.SUPERVISOR)

    with pytest.raises(Refusal, match="decided on it already"):
        approve(bundle, twin)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ballot(bundle, twin))
    assert fresh(bundle).state == "pending"


@pytest.mark.parametrize(
    ("act", "ended", "state"),
    [(deciding.reject, "rejected", State.REJECTED), (deciding.send_back, "returned", State.RETURNED)],
)
def test_one_word_against_it_ends_it_for_all(mia, carl, chen, act, ended, state):
    bundle = approve(bundled(mia, amount="13000.00"), chen)

    act(bundle.pk, by=carl, seen=shown(bundle).seen, reason=NO)
    following.follow("funding")

    assert fresh(bundle).state == ended
    assert states(bundle) == [state] * 2
    assert fresh(bundle).settled_at
    with pytest.raises(Refusal, match="no longer pending"):
        approve(bundle, carl)


def test_its_maker_takes_all_of_it_back(mia, nils, carl):
    bundle = bundled(mia)
    with pytest.raises(Refusal, match="Only its maker"):
        deciding.cancel(bundle.pk, by=nils, reason="")

    deciding.cancel(bundle.pk, by=mia, reason="The bank called.")
    following.follow("funding")

    assert states(bundle) == [State.CANCELLED] * 2


def test_a_member_is_not_approved_by_itself_and_stands_in_no_queue_of_its_own(mia, carl):
    bundle = bundled(mia)
    operation = members(bundle)[0].operation

    with pytest.raises(Refusal, match=f"approved with its bundle {bundle.reference}"):
        desk.approve(operation.pk, by=carl, seen=operation.seen, reason=Reason("WITHIN_POLICY"))
    assert not queries.to_decide(carl).exists()
    assert not queries.alone().exists()


@pytest.mark.parametrize("act", ["reject", "return", "cancel"])
def test_a_member_can_be_taken_out_and_is_then_not_released(mia, carl, act):
    bundle, seen = bundled(mia, count=3), ""
    out = members(bundle)[1].operation
    seen = shown(bundle).seen
    {
        "reject": lambda: desk.reject(out.pk, by=carl, seen=out.seen, reason=NO),
        "return": lambda: desk.send_back(out.pk, by=carl, seen=out.seen, reason=NO),
        "cancel": lambda: desk.cancel(out.pk, by=mia, reason=""),
    }[act]()

    with pytest.raises(Stale):
        deciding.approve(bundle.pk, by=carl, seen=seen, reason=Reason("WITHIN_POLICY"))
    approve(bundle, carl)
    following.follow("funding")

    assert fresh(bundle).hash == bundle.hash
    assert [state == State.QUEUED for state in states(bundle)] == [True, False, True]
    assert [member.operation.position for member in members(bundle)] == [1, None, 3]
    assert fresh(bundle).settled_at


def test_what_somebody_wrote_meanwhile_makes_a_vote_stale(mia, carl):
    bundle = bundled(mia)
    seen = shown(bundle).seen
    comments.write(members(bundle)[0].operation_id, key=uuid7(), by=mia, text="Wait, the payer called.")

    with pytest.raises(Stale):
        deciding.approve(bundle.pk, by=carl, seen=seen, reason=Reason("WITHIN_POLICY"))


def test_when_nobody_is_left_in_it_it_ends_by_itself(mia, carl):
    bundle = bundled(mia)
    for member in members(bundle):
        desk.cancel(member.operation_id, by=mia, reason="")
    with pytest.raises(Refusal, match="Nobody is left"):
        approve(bundle, carl)

    following.follow("funding")
    following.follow("funding")

    assert fresh(bundle).state == "empty"
    assert fresh(bundle).settled_at


def lapse(bundle):
    with guards_aside():
        Operation.objects.filter(member__bundle=bundle.pk).update(lapses_at=clock.now())
        Bundle.objects.filter(pk=bundle.pk).update(lapses_at=clock.now())


def test_what_nobody_decided_on_in_time_is_over_for_all(mia, carl):
    bundle = bundled(mia)
    lapse(bundle)

    with pytest.raises(Refusal, match="It expired on"):
        approve(bundle, carl)
    following.follow("funding")
    following.follow("funding")

    assert fresh(bundle).state == "expired"
    assert states(bundle) == [State.EXPIRED] * 2


def test_what_was_approved_in_time_is_released_though_its_own_time_is_over_by_then(mia, carl):
    bundle = approve(bundled(mia), carl)
    with guards_aside():
        for member in members(bundle):
            Operation.objects.filter(pk=member.operation_id).update(lapses_at=bundle.decided_at + resolution)
    assert rows.fresh(members(bundle)[0].operation).lapses_at <= clock.now()

    following.follow("funding")
    expiry.expire("funding", now=clock.now())

    assert states(bundle) == [State.QUEUED] * 2


# Released


def test_it_goes_on_where_it_was_stopped_and_releases_each_once(mia, carl, chen, monkeypatch):
    """A worker dies in the middle of the second hundred: what it did of it is undone, and another one does it."""
    bundle = submitted(mia, [asked(n + 1, "1.00") for n in range(250)])
    approve(bundle, carl)
    approve(bundle, chen)
    assert following.follow("funding", turns=1) is True
    assert states(bundle).count(State.QUEUED) == 100
    move = Operation.move

    def killed(*args, **options):
        move(*args, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(Operation, "move", killed)
    with pytest.raises(KeyboardInterrupt):
        following.follow("funding")
    monkeypatch.undo()
    assert states(bundle).count(State.QUEUED) == 100
    assert fresh(bundle).settled_at is None

    while following.follow("funding", turns=1):
        pass

    assert states(bundle) == [State.QUEUED] * 250
    assert [member.operation.position for member in members(bundle)] == list(range(1, 251))
    assert set(Operation.objects.values_list("version", flat=True)) == {2}
    assert Entry.objects.filter(action="operation.queued").count() == 250
    assert chain.verify(Entry.objects.order_by("seq").iterator()).fault == ""
    assert fresh(bundle).settled_at


def test_a_stricter_policy_at_the_last_vote_is_pinned_and_asks_for_more(mia, carl, chen, ada, amir, cora):
    bundle = bundled(mia)
    stricter(ada, amir, cora)

    bundle = approve(bundle, carl)

    assert bundle.state == "pending"
    assert {member.operation.needs for member in members(bundle)} == {2}
    assert approve(bundle, chen).state == "approved"


def test_what_asks_for_more_at_its_release_is_left_out_with_the_reason(mia, carl, chen, ada, amir, cora):
    bundle = approve(bundled(mia), carl)
    stricter(ada, amir, cora)

    following.follow("funding")

    assert states(bundle) == [State.AWAITING_APPROVAL] * 2
    left = members(bundle)[0]
    assert "it needs more than that had. Needs 2" in left.left_why
    assert fresh(bundle).settled_at
    for by in (carl, chen):
        desk.approve(left.operation_id, by=by, seen=rows.fresh(left.operation).seen, reason=Reason("WITHIN_POLICY"))
    assert rows.fresh(left.operation).state == State.QUEUED


def stricter(ada, amir, cora):
    publish(ada, amir, cora, deposits=[["supervisor"]] * 2)


def test_an_approval_of_somebody_who_lost_the_role_releases_nothing(mia, carl):
    bundle = approve(bundled(mia), carl)
    with guards_aside(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM operators_grant WHERE operator_id = %s", [carl.pk])

    following.follow("funding")

    assert states(bundle) == [State.AWAITING_APPROVAL] * 2
    assert "not enough of its approvals count" in members(bundle)[0].left_why


def test_a_warned_member_stands_first_in_the_checks_with_how_many_and_whom(mia):
    made = [rows.awaiting(mia, login=1), warned(mia, login=2)]

    checks = shown(put_together(made, by=mia)).checks

    assert checks[0].verdict == "warn"
    assert made[1].reference in checks[0].detail


def test_the_worker_has_them_follow_and_sends_them(mia, carl, sandbox):
    made = [rows.awaiting(mia, login=login) for login in (128001, 128002, 128101)]
    before = len(sandbox.ledger(128001))
    bundle = approve(put_together(made, by=mia), carl)

    following.follow("funding")
    execution.drain("funding", until=5)

    assert states(bundle) == [State.APPLIED] * 3
    assert len(sandbox.ledger(128001)) == before + 1


# What a restore leaves in doubt


def test_after_a_restore_it_can_be_approved_but_not_ended_unsent(mia, carl, chen):
    bundle, other = bundled(mia), bundled(mia)
    deciding.reject(other.pk, by=carl, seen=shown(other).seen, reason=NO)
    restore = restored.declare(reason="The disk was exchanged.")

    with pytest.raises(Refusal, match="restored from a backup"):
        deciding.reject(bundle.pk, by=carl, seen=shown(bundle).seen, reason=NO)
    with pytest.raises(Refusal, match="restored from a backup"):
        deciding.cancel(bundle.pk, by=mia, reason="")
    following.follow("funding")
    assert states(other) == [State.AWAITING_APPROVAL] * 2
    assert approve(bundle, carl).state == "approved"

    reopening.propose(restore.pk, by=carl, reason="All of it was gone through.")
    restore.refresh_from_db()
    reopening.confirm(restore.pk, by=chen, seen=restore.seen)
    following.follow("funding")
    assert states(other) == [State.REJECTED] * 2


# What raw SQL would make of an approved bundle


def through(*statements):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            transaction.set_rollback(True)
    except Error:
        return False
    return True


def test_raw_sql_releases_a_member_as_its_bundle_says_and_in_no_other_way(mia, carl):
    bundle, pending = approve(bundled(mia), carl), bundled(mia)

    assert through(followed(bundle, 1))
    assert not through(followed(bundle, 1, position="99"))
    assert not through(followed(bundle, 2, position="1"))
    assert not through(followed(bundle, 1, approved_at="CURRENT_TIMESTAMP"))
    assert not through(followed(bundle, 1, approved_at="'2020-01-01 09:00:00+00:00'"))
    assert not through(followed(pending, 1))
    left = f"UPDATE operations_member SET left_at = CURRENT_TIMESTAMP WHERE id = {members(bundle)[0].pk}"
    assert not through(left, followed(bundle, 1))
    ask = insert("operations_need", operation_id="{}", roles="',finance,'", at_least=1)
    pk = members(bundle)[0].operation_id
    pk = f"'{pk}'" if connection.vendor == "postgresql" else f"'{pk.hex}'"
    assert not through(ask.format(pk), followed(bundle, 1))


def test_no_other_operation_is_released_by_a_bundle(mia, carl):
    bundle = approve(bundled(mia), carl)
    alone = rows.awaiting(mia, login=9)
    asked_ = followed(bundle, 1)
    inside, outside = members(bundle)[0].operation, alone
    asked_ = asked_.replace(str(inside.pk), str(outside.pk)).replace(inside.pk.hex, outside.pk.hex)

    assert not through(asked_)
    assert not Decision.objects.exists()
    assert execution.claim("funding", most=4, now=clock.now()) == []
