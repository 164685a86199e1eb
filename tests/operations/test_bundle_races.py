"""Several people and several machines at one bundle at the same moment, and as many members as one holds."""

import pytest

from backoffice.audit import chain
from backoffice.audit.models import Entry
from backoffice.operations import desk
from backoffice.operations.bundles import deciding, following
from backoffice.operations.bundles.shown import shown
from backoffice.operations.models import Bundle, BundleDecision, Decision, Member, Operation
from backoffice.operations.reasons import Reason
from backoffice.operations.states import State
from tests.operations import rows
from tests.operations.bundle_attacks import approve, bundled, members, put_together
from tests.operations.test_bundles import asked, fresh, states, submitted
from tests.operations.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
OK, NO = Reason("WITHIN_POLICY"), Reason("DUPLICATE")


def test_two_checkers_at_once_have_one_outcome(mia, carl, chen):
    for _ in range(6):
        bundle = bundled(mia)
        given = {"seen": shown(bundle).seen}
        outcomes = at_once(
            lambda b=bundle, given=given: deciding.approve(b.pk, by=carl, reason=OK, **given),
            lambda b=bundle, given=given: deciding.reject(b.pk, by=chen, reason=NO, **given),
        )

        assert [isinstance(outcome, desk.Refusal) for outcome in outcomes].count(True) == 1, outcomes
        vote = BundleDecision.objects.get(bundle=bundle)
        assert fresh(bundle).state == {"approval": "approved", "rejection": "rejected"}[vote.verb]


def test_two_last_votes_at_once_take_its_places_once(mia, carl, chen, fay):
    for _ in range(4):
        bundle = approve(bundled(mia, amount="13000.00"), carl)
        given = {"seen": shown(bundle).seen, "reason": OK}
        outcomes = at_once(
            *(lambda by=by, b=bundle, given=given: deciding.approve(b.pk, by=by, **given) for by in (chen, fay))
        )

        assert [isinstance(outcome, desk.Refusal) for outcome in outcomes].count(True) == 1, outcomes
        assert fresh(bundle).state == "approved"
    firsts = sorted(Bundle.objects.values_list("first_position", flat=True))
    assert firsts == [1, 3, 5, 7]


def test_approving_it_and_taking_a_member_out_never_releases_what_was_taken_out(mia, carl, chen):
    for _ in range(6):
        bundle = bundled(mia, count=3)
        out, seen = members(bundle)[0].operation, shown(bundle).seen
        outcomes = at_once(
            lambda b=bundle, seen=seen: deciding.approve(b.pk, by=carl, seen=seen, reason=OK),
            lambda row=out: desk.reject(row.pk, by=chen, seen=row.seen, reason=NO),
        )
        following.follow("funding")

        assert Decision.objects.filter(operation=out).exists() == (rows.fresh(out).state == State.REJECTED), outcomes
        others = {State.QUEUED} if fresh(bundle).state == "approved" else {State.AWAITING_APPROVAL}
        assert set(states(bundle)[1:]) == others


def test_one_request_that_is_put_into_two_bundles_at_once_is_in_one(mia):
    for n in range(4):
        first, common, last = (rows.awaiting(mia, login=10 * n + place) for place in (1, 2, 3))
        outcomes = at_once(
            lambda a=first, b=common: put_together([a, b], by=mia),
            lambda a=common, b=last: put_together([a, b], by=mia),
        )

        assert [isinstance(outcome, desk.Refusal) for outcome in outcomes].count(True) == 1, outcomes
        assert Member.objects.filter(operation=common).count() == 1


def test_two_machines_release_each_member_once(mia, carl, chen):
    bundle = submitted(mia, [asked(n + 1, "1.00") for n in range(220)])
    for by in (carl, chen):
        approve(bundle, by)

    at_once(*(lambda: following.follow("funding", turns=9) for _ in range(3)))
    while following.follow("funding"):
        pass

    assert states(bundle) == [State.QUEUED] * 220
    assert set(Operation.objects.values_list("version", flat=True)) == {2}
    assert Entry.objects.filter(action="operation.queued").count() == 220
    assert Entry.objects.filter(action="bundle.settled").count() == 1


@pytest.mark.slow
def test_five_hundred_members_are_released_in_hundreds_in_their_order(mia, carl, chen):
    bundle = submitted(mia, [asked(n + 1, "1.00") for n in range(500)])
    for by in (carl, chen):
        approve(bundle, by)

    hundreds = 0
    while following.follow("funding", turns=1):
        hundreds += 1
        assert states(bundle) == [State.QUEUED] * 100 * hundreds + [State.AWAITING_APPROVAL] * (500 - 100 * hundreds)

    assert hundreds == 4
    assert [member.operation.position for member in members(bundle)] == list(range(1, 501))
    assert fresh(bundle).settled_at
    assert chain.verify(Entry.objects.order_by("seq").iterator()).fault == ""
