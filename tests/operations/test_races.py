"""Two people, or two machines, at the same moment: one outcome each."""

import os
import threading
from collections import Counter
from decimal import Decimal

import pytest
from django.db import connection
from uuid_utils.compat import uuid7

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.operations import desk, execution, submission, together
from backoffice.operations.instructions import reference
from backoffice.operations.models import Decision, Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from backoffice.operators.models import Grant, Operator
from funding.instructions import Bonus
from tests.operations import rows
from tests.operations.rows import withdrawn

pytestmark = pytest.mark.django_db(transaction=True)
WHY = Reason("WITHIN_POLICY")
# How often two checkers race: a few dozen times with every run, a thousand for who wants to be sure.
RACES = int(os.environ.get("RACES", "24"))


def at_once(*acts):
    """Runs the acts in threads that start together; what each returned or raised."""
    gate, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        gate.wait()
        try:
            outcomes[place] = act()
        except Exception as failure:  # noqa: BLE001  # whatever it is, the test looks at it
            outcomes[place] = failure
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_two_supervisors_who_approve_at_once_make_one_approval(mia, carl, chen):
    for _ in range(8):
        operation = rows.awaiting(mia)
        outcomes = at_once(
            *(lambda by=by: desk.approve(operation.pk, by=by, seen=operation.seen, reason=WHY) for by in (carl, chen))
        )

        assert [type(outcome) for outcome in outcomes].count(desk.Refusal) == 1, outcomes
        assert Decision.objects.filter(operation=operation).count() == 1
        assert rows.fresh(operation).state == State.QUEUED


@pytest.mark.parametrize("other", ["approval", "rejection", "return"])
def test_of_two_checkers_one_has_the_outcome_however_often_they_race(mia, carl, chen, other):
    """Chen approves; what the other one wants, and whoever is first, there is one vote, one move, and one who is told."""
    acts = {"approval": desk.approve, "rejection": desk.reject, "return": desk.send_back}
    state = {"approval": State.QUEUED, "rejection": State.REJECTED, "return": State.RETURNED}
    won = Counter()
    for _ in range(RACES // 3):
        operation = rows.awaiting(mia)
        given = {"seen": operation.seen, "reason": WHY}
        outcomes = at_once(
            lambda row=operation, given=given: desk.approve(row.pk, by=chen, **given),
            lambda row=operation, given=given: acts[other](row.pk, by=carl, **given),
        )

        assert [isinstance(outcome, desk.Refusal) for outcome in outcomes].count(True) == 1, outcomes
        vote = Decision.objects.get(operation=operation)
        assert rows.fresh(operation).state == state[vote.verb]
        assert rows.fresh(operation).version == operation.version + 1
        won[vote.by.username] += 1
    assert won.total() == RACES // 3


def test_two_who_decide_on_the_same_many_and_one_who_decides_on_one_of_them_have_one_outcome_each(mia, carl, chen):
    """Three acts at once: Carl approves four together, Chen rejects the same four together, and rejects one more time."""
    for _ in range(max(1, RACES // 12)):
        made = [rows.awaiting(mia, login=n) for n in range(1, 5)]
        seen = {row.pk: row.seen for row in made}
        no = Reason("DUPLICATE")
        cases = {by: together.foreseen(seen, by=by) for by in (carl, chen)}
        outcomes = at_once(
            lambda c=cases: together.decide_each(c[carl], Decision.Verb.APPROVAL, reason=WHY, by=carl),
            lambda c=cases: together.decide_each(c[chen], Decision.Verb.REJECTION, reason=no, by=chen),
            lambda row=made[0]: desk.reject(row.pk, by=chen, seen=row.seen, reason=no),
        )

        votes = {vote.operation_id: vote for vote in Decision.objects.filter(operation__in=seen)}
        assert len(votes) == Decision.objects.filter(operation__in=seen).count() == 4, outcomes
        for row in made:
            moved = State.QUEUED if votes[row.pk].verb == Decision.Verb.APPROVAL else State.REJECTED
            assert rows.fresh(row).state == moved
        told = [result.is_done for results in outcomes[:2] for result in results]
        assert told.count(True) + (not isinstance(outcomes[2], desk.Refusal)) == 4, outcomes


def test_approving_and_cancelling_at_once_have_one_outcome(mia, carl):
    for _ in range(8):
        operation = rows.awaiting(mia)
        outcomes = at_once(
            lambda: desk.approve(operation.pk, by=carl, seen=operation.seen, reason=WHY),
            lambda: desk.cancel(operation.pk, by=mia, reason=""),
        )

        final = rows.fresh(operation).state
        assert final in (State.QUEUED, State.CANCELLED), outcomes
        assert final == State.CANCELLED or Decision.objects.filter(operation=operation).count() == 1


def test_one_payment_that_two_people_submit_at_once_is_one_operation(mia, nils):
    for n in range(6):
        outcomes = at_once(
            *(lambda by=by: rows.awaiting(by, payment_reference=f"SEPA {n}") for by in (mia, nils)),
        )

        assert [type(outcome) for outcome in outcomes].count(desk.Taken) == 1, outcomes
        assert Operation.objects.filter(exclusive=f"funding.deposit:sepa{n}:BANK_WIRE").count() == 1


def test_two_machines_never_claim_the_same_login(mia, carl):
    for n in range(6):
        rows.queued(mia, carl, login=128001 + n % 2)

    at_once(*(lambda: execution.claim("funding", most=4, now=clock.now()) for _ in range(4)))

    running = list(Operation.objects.filter(state=State.RUNNING).values_list("login", flat=True))
    assert sorted(running) == [128001, 128002]


def test_positions_follow_the_order_of_commits_without_gaps(mia, carl):
    made = [rows.awaiting(mia, login=128001 + n) for n in range(8)]

    at_once(*(lambda row=row: desk.approve(row.pk, by=carl, seen=row.seen, reason=WHY) for row in made))

    positions = sorted(Operation.objects.values_list("position", flat=True))
    assert positions == list(range(1, 9))


def test_two_withdrawals_at_once_see_each_other_in_their_sum(mia, nils):
    """Each of them alone is under the bound; whoever makes them, together they reach it."""
    for n in range(6):
        outcomes = at_once(*(lambda by=by: withdrawn(by, "15000.00", login=128001 + n) for by in (mia, nils)))

        assert sorted(operation.needs for operation in outcomes) == [1, 2], outcomes


def test_one_person_at_two_sign_ins_at_once_is_one_sum(mia):
    with unit():
        twin = Operator.objects.create(username="mia2", name="Mia", operator_id="mia2", person=mia.person)
        Grant.objects.create(operator=twin, role=Role.FUNDING)
    for n in range(6):
        outcomes = at_once(*(lambda by=by: given(by, login=200_000 + 10 * n + by.pk) for by in (mia, twin)))

        assert [type(outcome) for outcome in outcomes].count(desk.Refusal) == 1, outcomes
        (made,) = (outcome for outcome in outcomes if isinstance(outcome, Operation))
        desk.cancel(made.pk, by=made.made_by, reason="")


def given(by, *, login):
    pk = uuid7()
    asked = Bonus(login=login, amount=Decimal(60_000), currency="USD", comment=reference("BON", pk))
    return submission.submit(asked, pk=pk, snapshot=rows.ACCOUNT, reason=Reason("PROMOTION"), by=by)
