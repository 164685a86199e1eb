"""Deciding on many at once: what is seen and nothing else, small and plain and of one kind, each a vote of its own."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError
from uuid_utils.compat import uuid7

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.operations import approvals, claims, desk, each, submission, together
from backoffice.operations.instructions import reference
from backoffice.operations.models import Decision, Operation, Policy, Rate
from backoffice.operations.reasons import Reason
from backoffice.operations.shown import from_text
from backoffice.operations.states import State
from backoffice.operations.together import FIRST_TIER, Bounds
from backoffice.operators.models import Grant, Operator
from funding.instructions import Correction
from tests import play
from tests.emptying import guards_aside
from tests.operations import rows
from tests.operations.rows import withdrawn
from tests.operations.test_queue import lapsing, warned

pytestmark = pytest.mark.django_db
OK = Reason("WITHIN_POLICY")
PATHS = {"approval": "/approvals/approval/", "rejection": "/approvals/rejection/"}
CODES = {"approval": "WITHIN_POLICY", "rejection": "DUPLICATE"}
PAIR = re.compile(r'name="case" value="([0-9a-f-]{36}:[0-9a-f]{64})"')
VERBS = pytest.mark.parametrize("verb", PATHS)


@pytest.fixture
def client(carl, signed_in):
    return signed_in(carl)


@pytest.fixture
def three(mia):
    """750.00 USD in three deposits for three logins."""
    return [rows.awaiting(mia, login=n) for n in (1, 2, 3)]


def looked(client, operations, verb="approval"):
    return client.get(PATHS[verb], {"case": [str(operation.pk) for operation in operations]})


def pairs(response):
    return PAIR.findall(play.page(response))


def pair(operation):
    return f"{operation.pk}:{operation.seen}"


def send(client, cases, verb="approval", **typed):
    fields = {"total_USD": "750.00", "reason_code": CODES[verb]} | typed
    return client.post(
        PATHS[verb], {"case": list(cases)} | {name: value for name, value in fields.items() if value is not None}
    )


def results(response):
    assert response.status_code == 200
    return {result.operation.login: (result.is_done, result.words) for result in response.context["results"]}


def left_out(response):
    return {case.operation.login: case.why_not for case in response.context["left_out"]}


def untouched(operations):
    assert not Decision.objects.exists()
    assert {rows.fresh(operation).state for operation in operations} == {State.AWAITING_APPROVAL}
    assert not Entry.objects.filter(action__in=("operation.vote", "operation.act_refused")).exists()


@VERBS
def test_many_are_decided_each_by_a_vote_of_its_own(client, three, carl, verb):
    page = looked(client, three, verb)
    assert len(pairs(page)) == 3
    assert "750.00" in play.page(page)

    said = results(send(client, pairs(page), verb))

    assert {done for done, _ in said.values()} == {True}
    state = {"approval": State.QUEUED, "rejection": State.REJECTED}[verb]
    assert {rows.fresh(operation).state for operation in three} == {state}
    votes = Decision.objects.values_list("operation", "by", "verb", "code", "seen")
    assert set(votes) == {(row.pk, carl.pk, verb, CODES[verb], row.seen) for row in three}
    assert Entry.objects.filter(action=f"operation.{state}").count() == 3


@VERBS
def test_looking_decides_nothing_and_shows_everything_that_is_sent(client, three, verb):
    page = play.page(looked(client, three, verb))

    for operation in three:
        assert operation.reference in page
        assert operation.instruction.comment in page
    untouched(three)


@VERBS
@pytest.mark.parametrize(
    "total", [None, "", "0", "750.01", "749.99", "7.5e2", "٧٥٠", "75O.00", "-750.00", "250.00", "75,0.00", "750.00 USD"]
)
def test_another_total_than_the_one_that_is_shown_decides_nothing(client, three, verb, total):
    response = send(client, map(pair, three), verb, total_USD=total)

    assert response.status_code == 422
    assert len(pairs(response)) == 3
    untouched(three)


@pytest.mark.parametrize("total", ["750", "750.0", "750.00", " 750.00 "])
def test_the_total_is_a_figure_and_not_its_spelling(client, three, total):
    assert len(results(send(client, map(pair, three), total_USD=total))) == 3
    assert Decision.objects.count() == 3


def test_thousands_may_be_set_apart_as_they_are_shown(client, mia):
    made = [rows.awaiting(mia, login=n, amount="4000.00") for n in (1, 2, 3)]

    assert len(results(send(client, map(pair, made), total_USD="12,000.00"))) == 3


def test_each_currency_has_a_total_of_its_own(client, mia):
    made = [rows.awaiting(mia, login=1), rows.awaiting(mia, login=2, amount="90.00", currency="EUR")]

    assert send(client, map(pair, made), total_USD="340.00").status_code == 422
    assert send(client, map(pair, made), total_USD="250.00").status_code == 422
    untouched(made)
    assert len(results(send(client, map(pair, made), total_USD="250.00", total_EUR="90.00"))) == 2


@VERBS
def test_a_reason_from_the_list_is_asked_for(client, three, verb):
    for code in ("", "SWAP", "OTHER"):
        assert send(client, map(pair, three), verb, reason_code=code).status_code == 422
    untouched(three)


@VERBS
def test_one_that_was_put_in_by_hand_makes_the_total_another(client, three, mia, verb):
    """Its hash is right and it could be decided: but it was not in the total that the person typed."""
    slipped = rows.awaiting(mia, login=9, amount="10.00")

    response = send(client, [*map(pair, three), pair(slipped)], verb)

    assert response.status_code == 422
    untouched([*three, slipped])


@VERBS
def test_one_for_another_of_the_same_amount_takes_its_hash(client, three, mia, verb):
    swapped = rows.awaiting(mia, login=9)

    response = send(client, [*map(pair, three[:2]), f"{swapped.pk}:{three[2].seen}"], verb)

    assert response.status_code == 409
    assert left_out(response) == {9: each.CHANGED}
    untouched([*three, swapped])


@VERBS
@pytest.mark.parametrize("seen", ["", ":", ":" + "0" * 64, ":seen", ":" + "F" * 64])
def test_what_was_not_seen_is_not_decided_and_nor_are_the_others(client, three, verb, seen):
    response = send(client, [*map(pair, three[:2]), f"{three[2].pk}{seen}"], verb)

    assert response.status_code == 409
    assert len(pairs(response)) == 2
    untouched(three)


def ineligible(mia, carl, chen):
    """What is decided by itself, each for another reason."""
    with unit():
        Grant.objects.create(operator=carl, role=Role.FUNDING)
    own = rows.awaiting(Operator.objects.get(pk=carl.pk), login=11)
    lapsed, decided, gone = (rows.awaiting(mia, login=n) for n in (12, 13, 14))
    lapsing(lapsed, at=clock.now())
    desk.approve(decided.pk, by=chen, seen=decided.seen, reason=OK)
    desk.cancel(gone.pk, by=mia, reason="")
    return {
        "You made it": own,
        "It expired on": lapsed,
        "no longer pending: Approved": decided,
        "no longer pending: Cancelled": gone,
        "it is 10,000 USD or more": rows.awaiting(mia, login=15, amount="10000.00"),
        "it is 10,000 USD or more.": rows.awaiting(mia, login=16, amount="9999.99", currency="EUR"),
        "no fresh FX rate of XAU": rows.awaiting(mia, login=17, amount="1.00", currency="XAU"),
        "disabled": warned(mia, login=18),
        "another kind": withdrawn(mia, "10.00", login=19),
    }


@VERBS
@pytest.mark.parametrize(
    "why",
    ["You made it", "It expired on", "no longer pending: Approved", "no longer pending: Cancelled", "it is 10,000 USD or more",
     "it is 10,000 USD or more.", "no fresh FX rate of XAU", "disabled", "another kind"],
)  # fmt: skip
def test_what_is_decided_by_itself_is_refused_before_anything_happens(client, three, mia, carl, chen, verb, why):
    odd = ineligible(mia, carl, chen)[why]
    before = Decision.objects.count()

    foreseen = looked(client, [*three, odd], verb)
    response = send(client, [*map(pair, three), pair(odd)], verb)

    for answer in (foreseen, response):
        assert why in left_out(answer)[odd.login]
        assert len(pairs(answer)) == 3
    assert response.status_code == 409
    assert Decision.objects.count() == before
    assert {rows.fresh(operation).state for operation in three} == {State.AWAITING_APPROVAL}


def test_just_below_the_tier_is_small(client, mia):
    made = [rows.awaiting(mia, login=1, amount="9999.99")]

    assert results(send(client, map(pair, made), total_USD="9999.99"))[1][0]


def test_the_tier_of_a_kind_is_where_the_policy_has_one_below_the_usual(client, mia):
    """Corrections are two supervisors' from 1,000 USD on, so that there a bulk of 999.99 is the most."""
    bounds = Bounds(clock.now())

    assert bounds.tier("funding.deposit") == FIRST_TIER == 10_000
    assert bounds.tier("funding.correction") == 1_000
    assert bounds.tier("nothing.known") == FIRST_TIER


def test_without_the_policy_that_was_published_nothing_is_decided_together(client, three):
    with guards_aside():
        Policy.objects.update(digest="0" * 64)

    assert pairs(looked(client, three)) == []
    assert approvals.told([three[0].pk], operator=three[0].made_by, now=clock.now())[0].may_choose is False
    assert Bounds(clock.now()).tier("funding.deposit") == 0


def test_what_needs_two_is_decided_by_itself(client, mia):
    odd = corrected(mia, "1000.00")

    assert "it is 1,000 USD or more" in left_out(looked(client, [odd]))[odd.login]
    assert "needs 2" in together._why_not_plain(odd.judged)


def corrected(by, amount):
    pk = uuid7()
    about = {"direction": "add", "corrects": "1", "comment": reference("COR", pk)}
    asked = Correction(login=128001, amount=Decimal(amount), currency="USD", **about)
    return submission.submit(asked, pk=pk, snapshot=rows.ACCOUNT, reason=Reason("SWAP"), by=by)


@VERBS
def test_parts_of_one_login_are_small_only_where_their_sum_is(client, mia, verb):
    made = [rows.awaiting(mia, login=1, amount="5000.00"), rows.awaiting(mia, login=1, amount="5000.00")]
    other = rows.awaiting(mia, login=2, amount="5000.00")

    response = send(client, map(pair, [*made, other]), verb, total_USD="15000.00")

    assert response.status_code == 409
    assert set(left_out(response)) == {1}
    assert "with the others chosen for login 1 it is 10,000.00 USD" in left_out(response)[1]
    untouched([*made, other])


def test_withdrawals_that_reach_a_bound_together_are_not_small_though_each_is_chosen_alone(client, mia):
    """The policy adds them up: 27,000 in a day takes two, though the first was judged when it was alone."""
    made = [withdrawn(mia, "9000.00") for _ in range(3)]

    (why,) = left_out(looked(client, made[:1])).values()

    assert "needs 2" in why
    assert send(client, [pair(made[0])], total_USD="9000.00").status_code == 409
    untouched(made)


def test_the_same_one_twice_is_refused_as_a_whole(client, three):
    for cases in (
        [*map(pair, three), pair(three[0])],
        [pair(three[0]), f"{three[0].pk}:{'0' * 64}"],
        [str(three[0].pk).upper(), pair(three[0])],
    ):
        response = send(client, cases)
        assert response.headers["Location"] == "/approvals/"
    untouched(three)


@VERBS
def test_junk_nothing_and_too_many_are_said_so(client, three, verb):
    crowd = [f"{uuid7()}:{'0' * 64}" for _ in range(1000)]
    for cases in (
        [],
        ["nonsense"],
        ["'; DROP TABLE operations_operation; --"],
        ["\x00"],
        crowd[: each.MOST + 1],
        [*map(pair, three), "x"],
    ):
        for response in (send(client, cases, verb), client.get(PATHS[verb], {"case": cases})):
            assert response.headers["Location"] == "/approvals/", cases
    assert send(client, crowd, verb).status_code in (302, 400)
    assert send(client, [*map(pair, three), crowd[0]], verb).status_code == 409
    untouched(three)


def test_a_second_click_is_told_so_and_decides_nothing(client, three):
    cases = list(map(pair, three))
    send(client, cases)

    response = send(client, cases)

    assert response.status_code == 409
    assert set(left_out(response)) == {1, 2, 3}
    assert Decision.objects.count() == 3


def test_one_that_somebody_decides_in_between_is_refused_alone_and_the_others_go_on(three, carl, chen):
    """Between the look that this act begins with and its own vote."""
    cases = together.foreseen({row.pk: row.seen for row in three}, by=carl)
    desk.reject(three[1].pk, by=chen, seen=three[1].seen, reason=Reason("DUPLICATE"))

    told = together.decide_each(cases, Decision.Verb.APPROVAL, reason=OK, by=carl)

    assert [result.is_done for result in told] == [True, False, True]
    assert "no longer pending" in told[1].words
    assert [rows.fresh(row).state for row in three] == [State.QUEUED, State.REJECTED, State.QUEUED]


def test_one_that_takes_more_by_then_counts_as_one_vote_and_is_not_sent(mia, carl, funded):
    """Another request of the same login comes in between: the sum takes two, and the desk judges again."""
    first = withdrawn(mia, "9000.00")
    cases = together.foreseen({first.pk: first.seen}, by=carl)
    withdrawn(mia, "9000.00"), withdrawn(mia, "9000.00")

    (told,) = together.decide_each(cases, Decision.Verb.APPROVAL, reason=OK, by=carl)

    assert told.words.startswith("Your approval counts, and it takes more by now: Needs 2")
    assert rows.fresh(first).state == State.AWAITING_APPROVAL


def test_a_database_that_is_busy_with_one_leaves_the_others(three, carl, monkeypatch):
    cases, real = together.foreseen({row.pk: row.seen for row in three}, by=carl), desk.approve

    def busy(pk, **given):
        if pk == three[0].pk:
            raise OperationalError("database is locked")
        return real(pk, **given)

    monkeypatch.setattr(desk, "approve", busy)
    told = together.decide_each(cases, Decision.Verb.APPROVAL, reason=OK, by=carl)

    assert [result.is_done for result in told] == [False, True, True]
    assert "busy" in told[0].words


def test_the_claims_of_what_was_decided_are_gone(client, three, carl):
    for row in three:
        claims.look(row, by=carl)

    send(client, map(pair, three))

    assert claims.holder(three[0]) is None


@VERBS
def test_only_supervisors_do_it_and_only_so(verb, three, mia, cora, fay, vera, ada, client, signed_in):
    for by in (mia, cora, fay, vera, ada):
        theirs = signed_in(by)
        assert looked(theirs, three, verb).status_code == 403
        assert send(theirs, map(pair, three), verb).status_code == 403
    assert client.put(PATHS[verb]).status_code == 405
    untouched(three)


def test_in_the_queue_only_what_may_be_decided_together_can_be_ticked(client, three, mia, carl, chen):
    odd = ineligible(mia, carl, chen)
    page = play.page(client.get("/approvals/"))

    ticks = set(re.findall(r'name="case" value="([0-9a-f-]{36})"', page))

    assert ticks == {str(row.pk) for row in [*three, odd["another kind"]]}


def test_a_rate_that_is_stale_makes_a_currency_unknown(client, mia):
    made = rows.awaiting(mia, login=1, amount="5.00", currency="EUR")
    assert pairs(looked(client, [made]))

    with guards_aside():
        Rate.objects.filter(currency="EUR").update(day=clock.now() - timedelta(days=9))

    assert "no fresh FX rate of EUR" in left_out(looked(client, [made]))[1]
    assert (
        approvals.told([made.pk], operator=Operator.objects.get(username="carl"), now=clock.now())[0].may_choose
        is False
    )
    assert Operation.objects.count() == 1


def test_what_the_list_showed_of_each_is_kept_with_its_vote(client, three, carl):
    send(client, pairs(looked(client, three, "approval")))

    for operation in three:
        kept = from_text(Decision.objects.get(operation=operation).sight.text)
        assert (kept.page, kept.by, kept.amount, kept.login) == (
            "together",
            carl.name,
            operation.amount,
            operation.login,
        )
        assert {fact.label for fact in kept.fields} == {fact.label for fact in operation.instruction.listed()}
        page = client.get(f"/operations/{operation.pk}/decisions/{operation.decisions.get().pk}/").content.decode()
        assert "decided together with others" in page
