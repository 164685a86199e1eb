"""Who must agree, and is not gone round: verdicts pinned, places filled, judged again, and counted by the database itself."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError
from uuid_utils.compat import uuid7

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.audit.models import Entry
from backoffice.audit.unit import unit
from backoffice.operations import desk, judging, quorum, rates, submission, tallies, versions
from backoffice.operations.instructions import KINDS, reference
from backoffice.operations.models import Judgement, Need, Operation, Policy, Rate, RuleText, Tally
from backoffice.operations.queries import to_decide
from backoffice.operations.reasons import Reason
from backoffice.operations.rules import Window
from backoffice.operations.shipped import SHIPPED
from backoffice.operations.states import State
from backoffice.operations.tallies import Subjects
from backoffice.operators.models import Grant, Operator
from tests.emptying import guards_aside
from tests.operations import rows
from tests.operations.rows import RICH, withdrawn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("funded")]
OK = Reason("WITHIN_POLICY")
OUT = ("funding.withdrawal",)
HOUSE = Path(__file__).resolve().parents[2]


def approve(operation, by):
    operation = rows.fresh(operation)
    return desk.approve(operation.pk, by=_anew(by), seen=operation.seen, reason=OK)


def _anew(operator):
    return Operator.objects.get(pk=operator.pk)


def booked(operation, checker):
    """Approved and booked, as the machine does it."""
    approve(operation, checker)
    for state in (State.RUNNING, State.APPLIED):
        leased = {"token": uuid7(), "leased_until": clock.now()} if state == State.RUNNING else {"token": None}
        rows._move(operation, state, **leased)
    return rows.fresh(operation)


def second_sign_in(of, name, *roles):
    with unit():
        operator = Operator.objects.create(username=name, name=name, operator_id=name, person=of.person)
        for role in roles:
            Grant.objects.create(operator=operator, role=role)
    return operator


def needs(operation):
    return operation.judged.words.removeprefix("Needs ")


def in_words(operation):
    return quorum.in_words(rows.fresh(operation))


# Whom it takes


def test_one_role_does_not_stand_in_for_another(mia, carl, chen, cora):
    operation = withdrawn(mia, "100000.00")
    assert needs(operation) == "2: supervisor + compliance"

    approve(operation, carl)
    with pytest.raises(desk.Refusal, match="it waits for compliance"):
        approve(operation, chen)
    assert rows.fresh(operation).state == State.AWAITING_APPROVAL
    approve(operation, cora)

    assert rows.fresh(operation).state == State.QUEUED


def test_three_roles_are_three_persons(mia, carl, fay, cora):
    operation = rows.awaiting(mia, amount="250000.00")

    approve(operation, cora)
    approve(operation, fay)
    assert in_words(operation).endswith("Fay and Cora approved; it waits for supervisor.")
    approve(operation, carl)

    assert rows.fresh(operation).state == State.QUEUED


def test_a_choice_of_roles_is_filled_by_either_and_the_supervisor_is_still_needed(mia, carl, fay, filip):
    operation = withdrawn(mia, "25000.00")
    assert needs(operation) == "2: supervisor + supervisor or finance"

    approve(operation, fay)
    assert rows.fresh(operation).state == State.AWAITING_APPROVAL
    assert to_see(operation, filip, carl) == [carl.pk]
    approve(operation, carl)

    assert rows.fresh(operation).state == State.QUEUED


def to_see(operation, *people):
    """Who of them finds it among what they may decide."""
    return [by.pk for by in people if to_decide(_anew(by)).filter(pk=operation.pk).exists()]


def test_a_person_with_two_roles_fills_one_place(mia, cora, carl):
    both = Operator.objects.enrol(
        username="b", name="B", operator_id="b", roles=[Role.SUPERVISOR, Role.COMPLIANCE], password="x" * 16
    )
    operation = withdrawn(mia, "100000.00")

    approve(operation, both)
    assert rows.fresh(operation).state == State.AWAITING_APPROVAL
    approve(operation, carl)

    assert rows.fresh(operation).state == State.QUEUED


def test_what_waits_for_somebody_is_in_their_list_and_in_nobody_elses(mia, carl, chen, cora, fay, vera):
    operation = withdrawn(mia, "100000.00")
    people = (mia, carl, chen, cora, fay, vera)
    assert to_see(operation, *people) == [carl.pk, chen.pk, cora.pk]

    approve(operation, carl)

    assert to_see(operation, *people) == [cora.pk]


def test_who_has_a_say_may_reject_even_where_their_place_is_filled(mia, carl, chen):
    operation = withdrawn(mia, "100000.00")
    approve(operation, carl)

    desk.reject(operation.pk, by=chen, seen=operation.seen, reason=Reason("SUSPECTED_FRAUD"))

    assert rows.fresh(operation).state == State.REJECTED


def test_finance_and_compliance_have_no_say_where_nobody_asks_them(mia, fay, cora):
    operation = rows.awaiting(mia)

    for by in (fay, cora):
        with pytest.raises(desk.Refusal, match="takes the role supervisor"):
            approve(operation, by)


# Two sign-ins, and roles that come and go


def test_two_sign_ins_of_one_person_are_one_vote(mia, carl, cora):
    operation = withdrawn(mia, "100000.00")
    again = second_sign_in(carl, "carl2", Role.COMPLIANCE)
    approve(operation, carl)

    with pytest.raises(desk.Refusal, match="decided on it already"):
        approve(operation, again)

    assert rows.fresh(operation).state == State.AWAITING_APPROVAL


def test_the_maker_does_not_check_by_another_sign_in(mia):
    operation = rows.awaiting(mia)
    other = second_sign_in(mia, "mia2", Role.SUPERVISOR)

    with pytest.raises(desk.Refusal, match="You made it"):
        approve(operation, other)


def test_a_maker_who_becomes_a_supervisor_does_not_check_what_they_made(mia):
    operation = rows.awaiting(mia)
    with unit():
        Grant.objects.create(operator=mia, role=Role.SUPERVISOR)

    with pytest.raises(desk.Refusal, match="You made it"):
        approve(operation, mia)


def test_a_role_that_came_after_the_vote_makes_no_more_of_it(mia, carl, chen, cora, fay):
    """Two supervisors vote; then one of them is made compliance, and the amount would be theirs."""
    operation = withdrawn(mia, "100000.00")
    approve(operation, carl)
    with unit():
        Grant.objects.create(operator=carl, role=Role.COMPLIANCE)
        Grant.objects.filter(operator=carl, role=Role.SUPERVISOR).delete()

    assert quorum.votes(rows.fresh(operation))[0].roles == frozenset()
    approve(operation, chen)
    assert rows.fresh(operation).state == State.AWAITING_APPROVAL
    assert release_by_force(operation) is False


def test_a_vote_of_somebody_who_lost_the_role_counts_no_more(mia, carl, chen, cora):
    operation = withdrawn(mia, "100000.00")
    approve(operation, carl)
    with unit():
        Grant.objects.filter(operator=carl).delete()

    approve(operation, cora)
    assert rows.fresh(operation).state == State.AWAITING_APPROVAL
    assert release_by_force(operation) is False
    approve(operation, chen)

    assert rows.fresh(operation).state == State.QUEUED


def release_by_force(operation):
    """What a defect of ours would do: queue it without asking the quorum. True where the database lets it."""
    try:
        with unit():
            desk.release(rows.fresh(operation), by=None)
    except IntegrityError:
        return False
    return True


def test_the_database_counts_the_places_by_itself(mia, carl, chen, cora):
    operation = withdrawn(mia, "100000.00")
    assert release_by_force(operation) is False
    approve(operation, carl)
    assert release_by_force(operation) is False

    approve(operation, cora)

    assert rows.fresh(operation).state == State.QUEUED


# Judged where it is written down, and by what stands there


def test_a_caller_brings_no_verdict_of_its_own():
    with pytest.raises(TypeError):
        submission.submit(None, pk=None, snapshot={}, verdict=None, reason=None, by=None)


def test_an_operation_pins_its_version_and_names_its_rule(mia):
    operation = withdrawn(mia, "100000.00")

    assert (operation.policy_id, operation.needs) == (1, 2)
    assert operation.judged.rule == "Rule 11a of policy 1: Withdrawal of 100,000 USD or more."
    assert "Withdrawal of 100,000 USD or more" in operation.rule.text
    told = Entry.objects.latest("seq").detail
    assert "Rule 11a of policy 1" in told
    assert "supervisor + compliance" in told


def test_what_policy_blocks_is_refused_and_the_refusal_stands_in_the_trail(mia):
    pk = uuid7()
    asked = KINDS["funding.bonus"](login=1, amount=Decimal(100001), currency="USD", comment=reference("BON", pk))

    with pytest.raises(desk.Refusal, match="Blocked by rule 32b of policy 1"):
        submission.submit(asked, pk=pk, snapshot=RICH, reason=Reason("PROMOTION"), by=mia)

    assert not Operation.objects.exists()
    assert "rule 32b" in Entry.objects.latest("seq").reason


def test_without_a_policy_nothing_is_submitted(mia):
    with guards_aside():
        RuleText.objects.all().delete()
        Policy.objects.all().delete()

    with pytest.raises(desk.Refusal, match="No policy is published"):
        rows.awaiting(mia)


def test_a_rule_that_was_edited_past_the_guards_stops_everything(mia):
    with guards_aside():
        RuleText.objects.filter(needs=2).update(needs=1)
        rule = RuleText.objects.get(text__contains='"number":"11a"')
        RuleText.objects.filter(pk=rule.pk).update(text=rule.text.replace("100000", "900000"))
    versions._read.cache_clear()

    with pytest.raises(desk.Refusal, match="not the ones that were published"):
        withdrawn(mia, "100000.00")


# Splitting under a bound


def test_three_times_nine_thousand_nine_hundred(mia, carl, chen):
    """Story 7: the third needs two, and so does the first as soon as somebody approves it."""
    first, second, third = (withdrawn(mia, "9900.00") for _ in range(3))
    assert [needs(o) for o in (first, second)] == ["1 supervisor"] * 2
    assert needs(third) == "2: supervisor + supervisor or finance"
    assert (
        "Rule 10b of policy 1: Withdrawals of this login reach 25,000 USD in 24 hours (29,700.00 USD)."
        in third.judged.rule
    )

    approve(first, carl)
    assert rows.fresh(first).state == State.AWAITING_APPROVAL
    assert in_words(first).endswith("Carl approved; it waits for supervisor or finance.")
    approve(first, chen)

    assert rows.fresh(first).state == State.QUEUED


@pytest.mark.parametrize(("last", "persons"), [("5199.99", 1), ("5200.00", 2)])
def test_the_bound_of_a_sum_belongs_above_it(mia, last, persons):
    for _ in range(2):
        withdrawn(mia, "9900.00")

    assert withdrawn(mia, last).needs == persons


def test_what_came_to_nothing_leaves_the_sum_and_what_is_made_anew_is_in_it(mia, carl):
    first, second = withdrawn(mia, "9900.00"), withdrawn(mia, "9900.00")
    desk.reject(first.pk, by=carl, seen=first.seen, reason=Reason("LIMIT"))
    assert withdrawn(mia, "5200.00").needs == 1

    desk.cancel(second.pk, by=mia, reason="")
    withdrawn(mia, "9900.00")

    assert withdrawn(mia, "9900.00").needs == 2


def test_what_is_booked_stays_in_the_sum_for_its_window_and_then_leaves_it(mia, carl):
    for _ in range(2):
        booked(withdrawn(mia, "9900.00"), carl)
    assert withdrawn(mia, "5200.00").needs == 2

    with guards_aside():
        Tally.objects.update(hour=clock.now() - timedelta(hours=26))

    assert withdrawn(mia, "9000.00").needs == 1


def test_what_has_waited_longer_than_the_window_counts_for_as_long_as_it_waits(mia, carl):
    """Otherwise a few days of patience would be a way under the bound."""
    old = withdrawn(mia, "20000.00")
    with guards_aside():
        Operation.objects.filter(pk=old.pk).update(made_at=clock.now() - timedelta(days=3))

    new = withdrawn(mia, "5000.00")

    assert new.needs == 2
    approve(old, carl)
    assert rows.fresh(old).state == State.AWAITING_APPROVAL


def test_another_login_and_another_kind_are_another_sum(mia):
    withdrawn(mia, "24000.00", login=128301)
    rows.awaiting(mia, login=128301, amount="9900.00")

    assert withdrawn(mia, "24000.00", login=128302).needs == 1
    assert withdrawn(mia, "999.00", login=128301).needs == 1


def test_a_persons_sum_is_of_all_their_sign_ins(mia):
    """Fifty corrections are the most in a day: twenty-five by each of two sign-ins are fifty."""
    other = second_sign_in(mia, "mia2", Role.FUNDING)
    for n in range(50):
        corrected((mia, other)[n % 2], login=200_000 + n)

    with pytest.raises(desk.Refusal, match="Blocked by rule 32a"):
        corrected(other, login=300_000)


def corrected(by, *, login):
    pk = uuid7()
    fields = {"login": login, "amount": Decimal("1.00"), "currency": "USD", "direction": "add", "corrects": "1"}
    asked = KINDS["funding.correction"](comment=reference("COR", pk), **fields)
    return submission.submit(asked, pk=pk, snapshot=RICH, reason=Reason("SWAP"), by=by)


def test_a_sum_over_currencies_is_in_usd(mia):
    assert withdrawn(mia, "23148.14", currency="EUR").needs == 1
    assert withdrawn(mia, "23148.15", currency="EUR", login=128302).needs == 2


def test_more_under_way_than_anybody_adds_up_counts_as_reached(mia, monkeypatch):
    monkeypatch.setattr(tallies, "MOST_UNDER_WAY", 2)
    withdrawn(mia, "1.00")
    withdrawn(mia, "1.00")
    withdrawn(mia, "1.00")

    assert withdrawn(mia, "1.00").needs == 2


# Rates


def test_a_stale_rate_counts_as_strictest_and_says_so(mia):
    with guards_aside():
        Rate.objects.update(day=clock.now().date() - timedelta(days=5))

    operation = rows.awaiting(mia, currency="EUR", amount="10.00")

    assert needs(operation) == "3: supervisor + finance + compliance"
    assert "No fresh FX rate of EUR" in operation.judged.warnings[0].text


def test_a_rate_of_four_days_ago_is_fresh(mia):
    with guards_aside():
        Rate.objects.update(day=clock.now().date() - timedelta(days=4))

    assert rows.awaiting(mia, currency="EUR", amount="10.00").needs == 1


def test_a_currency_without_a_rate_counts_as_strictest(mia):
    assert rows.awaiting(mia, currency="XAU", amount="1.00").needs == 3


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity", "0.8", "1.31", "10000000000"])
def test_a_rate_that_cannot_be_right_is_not_entered(rate):
    with guards_aside():
        Rate.objects.update(day=clock.now().date() - timedelta(days=1))

    with pytest.raises(rates.Implausible):
        rates.enter({"EUR": Decimal(rate)}, day=clock.now().date(), source="x")


def test_a_days_rate_stands_once_and_is_entered_on_its_day():
    today = clock.now().date()
    with pytest.raises(rates.Implausible):
        rates.enter({"CHF": Decimal("1.1")}, day=today + timedelta(days=2), source="x")

    assert [
        row.currency for row in rates.enter({"CHF": Decimal("1.1"), "EUR": Decimal("1.0")}, day=today, source="x")
    ] == ["CHF"]
    assert Entry.objects.latest("seq").action == "policy.rates"


# Judged again


def test_a_policy_that_became_stricter_holds_what_was_pinned_milder(mia, carl, chen, ada, amir, cora):
    operation = rows.awaiting(mia)
    publish(ada, amir, cora, deposits=[["supervisor"], ["compliance"]])

    before = operation.seen
    approve(operation, carl)

    operation = rows.fresh(operation)
    assert (operation.state, operation.policy_id) == (State.AWAITING_APPROVAL, 2)
    judgement = Judgement.objects.get()
    assert (judgement.seen_before, judgement.seen) == (before, operation.seen)
    assert "Needs 1 supervisor" not in operation.judged.words
    assert Entry.objects.filter(action="operation.judged_again").exists()
    approve(operation, cora)
    assert rows.fresh(operation).state == State.QUEUED


def test_who_looked_at_the_milder_verdict_looks_again_first(mia, carl, chen, ada, amir, cora):
    operation = rows.awaiting(mia)
    publish(ada, amir, cora, deposits=[["supervisor"], ["compliance"]])
    approve(operation, carl)

    with pytest.raises(desk.Stale):
        desk.approve(operation.pk, by=cora, seen=operation.seen, reason=OK)

    assert rows.fresh(operation).state == State.AWAITING_APPROVAL


def test_a_policy_that_became_milder_loosens_nothing_that_was_pinned(mia, carl, cora, ada, amir):
    operation = rows.awaiting(mia, amount="250000.00")
    publish(ada, amir, cora, deposits=[["supervisor"]])

    approve(operation, carl)

    assert rows.fresh(operation).state == State.AWAITING_APPROVAL
    assert rows.awaiting(mia, amount="250000.00", login=2).needs == 1


def test_what_is_blocked_by_now_is_not_approved_and_can_still_be_rejected(mia, carl, cora, ada, amir):
    operation = rows.awaiting(mia)
    publish(ada, amir, cora, deposits="block")

    with pytest.raises(desk.Refusal, match=r"It cannot be approved now\. Blocked by rule 1 of policy 2"):
        approve(operation, carl)
    assert not operation.decisions.exists()
    desk.reject(operation.pk, by=carl, seen=operation.seen, reason=Reason("LIMIT"))

    assert rows.fresh(operation).state == State.REJECTED


def test_two_incomparable_verdicts_must_both_be_met(mia, carl, chen, fay, cora, ada, amir):
    """Pinned with finance, then three supervisors: the database never forgets the first."""
    operation = rows.awaiting(mia, amount="50000.00")
    third = Operator.objects.enrol(username="t", name="T", operator_id="t", roles=[Role.SUPERVISOR], password="x" * 16)
    publish(ada, amir, cora, deposits=[["supervisor"]] * 3)
    for by in (carl, fay, chen):
        approve(operation, by)
        assert rows.fresh(operation).state == State.AWAITING_APPROVAL

    approve(operation, third)

    assert rows.fresh(operation).state == State.QUEUED


def test_what_policy_allows_alone_goes_at_once(mia, cora, ada, amir):
    publish(ada, amir, cora, deposits=[])

    operation = rows.awaiting(mia)

    assert (operation.state, operation.needs, operation.position) == (State.QUEUED, 0, 1)
    assert not Need.objects.exists()


# Publishing


def publish(ada, amir, cora, *, deposits):
    rule = {"number": "1", "words": "Deposit", "kinds": ["funding.deposit"], "needs": deposits}
    three = {"author": ada, "administrator": amir, "compliance": cora}
    with unit(by=ada) as work:
        return versions.publish([rule], note="A test.", work=work, **three)


def test_publishing_takes_an_author_another_administrator_and_compliance(mia, carl, ada, amir, cora):
    for three in ((ada, ada, cora), (ada, amir, carl), (mia, amir, cora), (ada, carl, cora)):
        with pytest.raises(versions.Unfit):
            publish(*three, deposits=[["supervisor"]])
    assert Policy.objects.count() == 1

    assert publish(ada, amir, cora, deposits=[["supervisor"]]).number == 2
    assert Entry.objects.latest("seq").action == "policy.published"


def test_one_person_with_two_sign_ins_is_not_two_administrators(ada, cora):
    with pytest.raises(versions.Unfit, match="three persons"):
        publish(ada, second_sign_in(ada, "ada2", Role.ADMINISTRATOR), cora, deposits=[["supervisor"]])


def test_the_database_refuses_a_version_that_three_did_not_agree_to(ada, cora):
    other = second_sign_in(ada, "ada2", Role.ADMINISTRATOR)

    with pytest.raises(IntegrityError), unit():
        versions._write(SHIPPED, note="x", author=ada, administrator=other, compliance=cora)


def test_governance_alone_publishes():
    product = [
        path for area in ("backoffice", "accounts", "funding", "reporting") for path in (HOUSE / area).rglob("*.py")
    ]

    publishing = [path for path in product if "versions.publish" in path.read_text(encoding="utf-8")]
    assert publishing == [HOUSE / "backoffice/governance/policy.py"]


def test_the_shipped_policy_stands_in_every_new_database():
    assert Policy.objects.get().number == 1
    assert RuleText.objects.count() == len(SHIPPED)
    versions.lay_shipped()
    assert Policy.objects.count() == 1


# Counters


def test_the_counters_say_what_the_operations_say(mia, nils, carl):
    for n in range(6):
        operation = withdrawn((mia, nils)[n % 2], "100.10", login=128301 + n % 3)
        if n % 3:
            booked(operation, carl)

    for tally in Tally.objects.all():
        which = (
            {"login": tally.subject[6:]} if tally.subject.startswith("login:") else {"maker_person": tally.subject[7:]}
        )
        applied = Operation.objects.filter(state=State.APPLIED, **which)
        assert (tally.count, tally.amount) == (applied.count(), sum(o.amount for o in applied))
    assert Tally.objects.count() == 4


def test_the_operation_itself_is_not_counted_twice(mia):
    operation = withdrawn(mia, "20000.00")
    window = Window("login", OUT, 24, counts=False)
    subjects = Subjects("demo", operation.login, mia.person_id, operation.pk)

    assert tallies.sums([window], subjects, kinds=KINDS, now=clock.now())[window].count == 0
    assert judging.again(operation).needs == 1
