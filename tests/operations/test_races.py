"""Two people, or two machines, at the same moment: one outcome each."""

import threading
from decimal import Decimal

import pytest
from django.db import connection
from uuid_utils.compat import uuid7

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.operations import desk, execution
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
    return desk.submit(asked, pk=pk, snapshot=rows.ACCOUNT, reason=Reason("PROMOTION"), by=by)
