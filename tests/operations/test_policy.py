"""What the rules say: the shipped ones at each boundary, strictness where something is not known, and texts that are no rules."""

from dataclasses import replace
from decimal import Decimal
from itertools import starmap

import pytest

from backoffice.operations.instructions import KINDS
from backoffice.operations.policy import Rules, Verdict, from_fields, judge
from backoffice.operations.quorum import Ask, Vote, helpful, lacking, needs_of
from backoffice.operations.rule_text import Unfit, read
from backoffice.operations.rules import Window, needs_in_words, strictness
from backoffice.operations.shipped import SHIPPED
from backoffice.operations.terms import TERMS

SUPPLIED = {name: kind.supplies for name, kind in KINDS.items()}
RULES = [read(fields) for fields in SHIPPED]
SHIPPED_RULES = Rules(RULES, kinds=SUPPLIED)
S, F, C = frozenset({"supervisor"}), frozenset({"finance"}), frozenset({"compliance"})
SF = S | F
BLOCKED = None


# What is decided by itself is in no bundle.
ALONE = {"batch_rows": Decimal(0), "batch_usd": Decimal(0)}


def judged(kind, usd, *, rules=SHIPPED_RULES, sums=None, **facts):
    """The places, or None where it is blocked; each window holds the operation alone where nothing else is said."""
    kind = f"funding.{kind}"
    amount = None if usd is None else Decimal(usd)
    alone = {window: Decimal(1) if window.counts else amount for window in rules.windows(kind)}
    known = {"kind": kind, "usd": amount, "positions": False, "margin_level_after": None, "group": "real\\x"}
    known |= ALONE | {"evidence": True}
    verdict = judge(known | facts, rules, alone | (sums or {}), policy=1)
    return None if verdict.blocks else verdict.places


# The shipped table, at its bounds: what is at the bound belongs above it.
@pytest.mark.parametrize(
    ("kind", "usd", "places"),
    [
        ("deposit", "0.01", (S,)),
        ("deposit", "49999.99", (S,)),
        ("deposit", "50000.00", (S, F)),
        ("deposit", "249999.99", (S, F)),
        ("deposit", "250000.00", (S, F, C)),
        ("withdrawal", "24999.99", (S,)),
        ("withdrawal", "25000.00", (S, SF)),
        ("withdrawal", "99999.99", (S, SF)),
        ("withdrawal", "100000.00", (S, C)),
        ("credit_in", "999.99", (S,)),
        ("credit_in", "1000.00", (S, S)),
        ("credit_out", "1000000.00", (S,)),
        ("bonus", "0.01", (S, S)),
        ("correction", "999.99", (S,)),
        ("correction", "1000.00", (S, S)),
        ("correction", "100000.00", (S, S)),
        ("correction", "100000.01", BLOCKED),
        ("negative_balance_reset", "3000.00", (S,)),
        ("negative_balance_reset", "3000.01", (S, S)),
        ("charge", "1000000.00", (S,)),
    ],
)
def test_each_bound_of_the_shipped_policy(kind, usd, places):
    assert judged(kind, usd) == places


@pytest.mark.parametrize(("usd", "places"), [("9999.99", (S,)), ("10000.00", BLOCKED), (None, BLOCKED)])
def test_a_large_deposit_takes_evidence(usd, places):
    assert judged("deposit", usd, evidence=False) == places
    assert judged("deposit", usd or "10000.00", evidence=True) == (S,)


@pytest.mark.parametrize(
    ("hours", "sum_", "places"),
    [(24, "24999.99", (S,)), (24, "25000.00", (S, SF)), (168, "74999.99", (S,)), (168, "75000.00", (S, SF))],
)
def test_what_is_withdrawn_in_parts_is_judged_by_its_sum(hours, sum_, places):
    window = Window("login", ("funding.withdrawal",), hours, counts=False)

    assert judged("withdrawal", "100.00", sums={window: Decimal(sum_)}) == places


@pytest.mark.parametrize(
    ("rows", "usd", "places"),
    [(50, "24999.99", (S,)), (51, "1.00", (S, SF | C)), (2, "25000.00", (S, SF | C)), (2, None, (S, SF | C))],
)
def test_a_bundle_of_many_rows_or_of_much_takes_two(rows, usd, places):
    batch = {"batch_rows": Decimal(rows), "batch_usd": None if usd is None else Decimal(usd)}

    assert judged("deposit", "100.00", **batch) == places


@pytest.mark.parametrize(("count", "places"), [(2, (S,)), (3, (S, S))])
def test_the_third_reset_in_thirty_days_needs_two(count, places):
    window = Window("login", ("funding.negative_balance_reset",), 720, counts=True)

    assert judged("negative_balance_reset", "10.00", sums={window: Decimal(count)}) == places


@pytest.mark.parametrize(("count", "places"), [(50, (S,)), (51, BLOCKED)])
def test_a_person_who_makes_more_than_fifty_gifts_a_day_is_stopped(count, places):
    of = ("funding.credit_in", "funding.correction", "funding.bonus")

    assert judged("correction", "1.00", sums={Window("operator", of, 24, counts=True): Decimal(count)}) == places


@pytest.mark.parametrize(("level", "places"), [("150.00", (S,)), ("149.99", (S, S))])
def test_a_withdrawal_that_leaves_a_thin_margin_needs_two(level, places):
    assert judged("withdrawal", "100.00", positions=True, margin_level_after=Decimal(level)) == places


# What is not known counts strictly.
def test_without_a_fresh_rate_the_strictest_bound_counts():
    assert judged("deposit", None) == (S, F, C)
    assert judged("withdrawal", None) == (S, C)
    assert judged("bonus", None) is BLOCKED


def test_a_sum_that_nobody_can_add_up_counts_as_reached():
    window = Window("login", ("funding.withdrawal",), 24, counts=False)

    assert judged("withdrawal", "1.00", sums={window: None}) == (S, SF)


def test_positions_that_mt5_does_not_tell_count_as_there():
    assert judged("withdrawal", "1.00", positions=None) == (S, S)


def test_what_an_area_supplies_and_this_account_lacks_counts_strictly():
    supplied = {kind: facts | {"client_category", "risk"} for kind, facts in SUPPLIED.items()}
    rules = Rules(RULES, kinds=supplied)

    assert judged("credit_in", "1.00", rules=rules) is BLOCKED
    assert judged("credit_in", "1.00", rules=rules, client_category="professional") == (S,)
    assert judged("withdrawal", "1.00", rules=rules) == (S, C)


def test_an_exception_and_a_rule_that_allows_must_be_sure():
    """Rule 1 lets demo groups go: once the catalogue tells the type, and not a moment sooner."""
    told = Rules(RULES, kinds={kind: facts | {"group_type"} for kind, facts in SUPPLIED.items()})

    assert judged("deposit", "300000", group_type="demo") == (S, F, C)
    assert judged("deposit", "300000", rules=told, group_type="demo") == ()
    assert judged("deposit", "300000", rules=told, group_type="real") == (S, F, C)
    assert judged("deposit", "300000", rules=told) is BLOCKED


def test_a_rule_whose_fact_nobody_supplies_yet_is_inactive():
    inactive = {rule.number for rule in RULES} - SHIPPED_RULES.active

    assert {"1", "2", "3", "10d", "11b", "12a", "15", "24b", "33"} <= inactive
    assert inactive.isdisjoint(
        {"5", "6", "7", "8", "9", "10a", "10b", "10c", "11a", "14", "17", "18b", "19c", "31a", "31b", "32a"}
    )


def test_no_rule_means_one_supervisor():
    assert judged("credit_out", "1.00") == (S,)
    assert judge({}).places == (S,)
    assert judge({"kind": "funding.unheard_of", "usd": Decimal(10**9)}, SHIPPED_RULES).places == (S,)


def test_the_strictest_of_the_matching_rules_wins_wherever_it_stands():
    rules = [read(_rule(needs=needs)) for needs in ([["supervisor"]], [], "block", [["supervisor"], ["finance"]])]

    for order in (rules, rules[::-1]):
        assert judged("deposit", "1", rules=Rules(order, kinds=SUPPLIED)) is BLOCKED
        mild = [rule for rule in order if rule.places is not None]
        assert judged("deposit", "1", rules=Rules(mild, kinds=SUPPLIED)) == (S, F)


def test_the_order_of_strictness_is_block_then_number_then_seniority_then_narrowness():
    order = [None, (S, F, C), (S, C), (F, F), (S, F), (S, S), (S, SF), (C,), (F,), (S,), ()]

    assert sorted(order, key=strictness, reverse=True) == order


def test_a_rule_on_making_is_not_asked_again_of_what_was_made():
    window = Window("operator", ("funding.credit_in", "funding.correction", "funding.bonus"), 24, counts=True)
    facts = {"kind": "funding.correction", "usd": Decimal(1)} | ALONE
    sums = {window: Decimal(51)}

    assert judge(facts, SHIPPED_RULES, sums, policy=1).blocks
    others = {w: Decimal(1) for w in SHIPPED_RULES.windows("funding.correction") if w != window}
    assert judge(facts, SHIPPED_RULES, sums | others, policy=1, is_submit=False).places == (S,)


def test_a_verdict_says_its_rule_and_its_version_and_is_read_as_it_was_written():
    verdict = judge(
        {"kind": "funding.deposit", "usd": Decimal(50000), "currency": "USD", "evidence": True}, SHIPPED_RULES, policy=7
    )

    assert (verdict.words, verdict.rule) == (
        "Needs 2: supervisor + finance",
        "Rule 7 of policy 7: Deposit of 50,000 USD or more.",
    )
    assert from_fields(verdict.fields()) == verdict


def test_a_verdict_of_before_the_rules_is_still_read():
    old = {"version": "1", "needs": 1, "role": "supervisor", "rule": "Needs 1 supervisor.", "checks": []}

    assert from_fields(old) == Verdict((S,), "Needs 1 supervisor.")


def test_a_verdict_says_what_a_sum_came_to_and_what_an_amount_is_in_usd():
    kind, window = (
        {"kind": "funding.withdrawal", "currency": "USD"},
        Window("login", ("funding.withdrawal",), 24, counts=False),
    )
    split = judge(
        kind | {"usd": Decimal(9900), "positions": False}, SHIPPED_RULES, _others(window, Decimal(29700)), policy=1
    )
    deposit = {"kind": "funding.deposit", "usd": Decimal(54210), "currency": "EUR", "evidence": True}
    euros = judge(deposit, SHIPPED_RULES, policy=1)

    assert split.rule.endswith("reach 25,000 USD in 24 hours (29,700.00 USD).")
    assert euros.rule == "Rule 7 of policy 1: Deposit of 50,000 USD or more (54,210.00 USD)."


def _others(window, total):
    return {each: Decimal(1) for each in SHIPPED_RULES.windows("funding.withdrawal")} | {window: total}


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ((S,), "Needs 1 supervisor"),
        ((S, C), "Needs 2: supervisor + compliance"),
        ((S, SF), "Needs 2: supervisor + supervisor or finance"),
        ((), "Needs nobody’s approval"),
    ],
)
def test_who_is_needed_is_said_in_words(places, words):
    assert needs_in_words(places) == words


# Places and persons.
@pytest.mark.parametrize(
    ("places", "needs"),
    [
        ((S,), {S: 1}),
        ((S, S), {S: 2}),
        ((S, C), {S: 1, C: 1, S | C: 2}),
        ((S, SF), {S: 1, SF: 2}),
        ((S, F, C), {S: 1, F: 1, C: 1, SF: 2, S | C: 2, F | C: 2, S | F | C: 3}),
    ],
)
def test_the_places_as_counts_that_a_database_can_check(places, needs):
    assert needs_of(places) == needs


MIXED = [(S,), (S, S), (S, C), (S, SF), (S, F, C), (SF, SF, C), (S, SF, F | C), (SF, F | C, S | C)]
SETS = [frozenset(), S, F, C, SF, S | C, F | C, S | F | C]


@pytest.mark.parametrize("places", MIXED)
def test_counting_by_sets_of_roles_says_just_what_seating_everybody_says(places):
    """Against the plain question: can each place be given to a person of its own? For every crowd of up to four."""
    for crowd in _crowds(SETS, most=4):
        assert (not _lacking(places, crowd)) == _can_be_seated(places, list(crowd)), crowd


@pytest.mark.parametrize("places", MIXED)
def test_whoever_would_bring_it_further_is_waited_for_and_nobody_who_would_not(places):
    for crowd in ((), *_crowds(SETS[1:], most=2)):
        waited_for = helpful(_lacking(places, crowd))
        for role in (S, F, C):
            assert (role <= waited_for) == (_seated(places, [*crowd, role]) > _seated(places, list(crowd))), (
                crowd,
                role,
            )


def _lacking(places, crowd):
    return lacking(starmap(Ask, needs_of(places).items()), [Vote("", n, held) for n, held in enumerate(crowd)])


def _seated(places, crowd):
    """How many of the places can be given to a person of its own, at most."""
    if not places:
        return 0
    first, *rest = places
    taken = [1 + _seated(rest, crowd[:n] + crowd[n + 1 :]) for n, held in enumerate(crowd) if held & first]
    return max([_seated(rest, crowd), *taken])


def _crowds(roles, *, most):
    crowds = [()]
    for _ in range(most):
        crowds = [(*crowd, role) for crowd in crowds for role in roles]
        yield from crowds


def _can_be_seated(places, crowd):
    return _seated(places, crowd) == len(places)


# What is no rule.
def _rule(**other):
    return {"number": "1", "words": "A rule", "kinds": ["funding.*"], "needs": [["supervisor"]], "when": []} | other


@pytest.mark.parametrize(
    "other",
    [
        {"needs": [["funding operator"]]},
        {"needs": [["auditor"]]},
        {"needs": [["Carl"]]},
        {"needs": [[]]},
        {"needs": 1},
        {"needs": "allow"},
        {"kinds": []},
        {"kinds": ["Deposit of Mia"]},
        {"when": [{"fact": "maker", "one_of": ["Mia"]}]},
        {"when": [{"fact": "maker_role", "one_of": ["boss"]}]},
        {"when": [{"fact": "login", "one_of": ["Amelia Novak"]}]},
        {"when": [{"fact": "name", "one_of": ["Mia"]}]},
        {"when": [{"fact": "usd", "at_least": 10}]},
        {"when": [{"fact": "usd", "at_least": "1e9"}]},
        {"when": [{"fact": "usd", "at_least": "NaN"}]},
        {"when": [{"fact": "usd", "at_least": "1", "below": "2"}]},
        {"when": [{"fact": "usd", "one_of": ["1"]}]},
        {"when": [{"fact": "positions", "is": "yes"}]},
        {"when": [{"sum": "name", "of": ["funding.*"], "hours": 24, "at_least": "1"}]},
        {"when": [{"sum": "login", "of": ["funding.*"], "hours": 0, "at_least": "1"}]},
        {"when": [{"sum": "login", "of": ["funding.*"], "hours": 10**6, "at_least": "1"}]},
        {"when": [{"sum": "login", "of": [], "hours": 24, "at_least": "1"}]},
        {"only": "approve"},
        {"surprise": True},
        {"number": ""},
    ],
)
def test_what_is_no_rule_is_not_read_as_one(other):
    with pytest.raises(Unfit):
        read(_rule(**other))


def test_a_rule_may_name_a_person_by_id_alone():
    person = "01a206f9-d900-721e-8331-5a07715210c2"
    rules = Rules([read(_rule(when=[{"fact": "maker", "one_of": [person.upper()]}], needs="block"))], kinds=SUPPLIED)

    assert judged("deposit", "1", rules=rules, maker=person) is BLOCKED
    assert judged("deposit", "1", rules=rules, maker=person.replace("0", "1")) == (S,)


def test_every_fact_that_a_kind_supplies_is_a_word_of_the_rules():
    for facts in SUPPLIED.values():
        assert facts <= set(TERMS)
        assert not any(TERMS[name].waits_for for name in facts)


def test_every_shipped_rule_has_a_number_of_its_own():
    assert len({rule.number for rule in RULES}) == len(RULES)
    assert all(replace(rule, id="x") == rule for rule in RULES)
