"""Nothing is changed that leaves a rule without people enough: distinct persons, each in one place, apart from any one maker."""

from uuid import uuid4

import pytest

from backoffice.access import Role
from backoffice.governance import coverage, policy
from backoffice.governance.people import OperatorDeactivate, OperatorLink
from backoffice.governance.policy import prepared
from backoffice.governance.roles import RoleGrant, RoleRevoke
from backoffice.operations import versions
from backoffice.operations.desk import Refusal
from backoffice.operations.models import Policy
from backoffice.operations.shipped import SHIPPED
from backoffice.operators.staff import Holder
from tests.emptying import guards_aside
from tests.governance.house import agree, fresh, granted, proposed

GOVERN = (["administrator"], ["administrator"], ["compliance"])


def short(rules, **people):
    """What nobody could give, as (needed, who is there), by the words of the rule; governance has its people."""
    named = {name: roles if isinstance(roles, list) else [roles] for name, roles in people.items()}
    staff = [Holder(uuid4(), name, frozenset(roles)) for name, roles in named.items()]
    staff += [Holder(uuid4(), f"g{n}", frozenset(roles)) for n, roles in enumerate(GOVERN)]
    return {each.asked.words: (each.needed, each.there) for each in coverage.shortfalls(prepared(rules), staff)}


def rule(*needs, kinds=("funding.withdrawal",), words="It"):
    return {"number": "1", "words": words, "kinds": list(kinds), "needs": [list(place) for place in needs]}


S, F, C = ("supervisor",), ("finance",), ("compliance",)
TWO = {"Carl": "supervisor", "Chen": "supervisor"}


@pytest.mark.parametrize(
    ("needs", "people", "lacks"),
    [
        ((S,), TWO, None),
        ((S, S), TWO, None),
        ((S, S, S), TWO, (3, ("Carl", "Chen"))),
        ((S, F), TWO, (1, ())),
        ((S, F), TWO | {"Fay": "finance"}, None),
        # One person fills one place, whatever they hold: Hall's condition.
        ((S, S, F), {"Carl": ["supervisor", "finance"], "Chen": "supervisor"}, (3, ("Carl", "Chen"))),
        ((S, ("finance", "supervisor")), TWO, None),
        # A maker is no checker of theirs: with Mia away only Carl and Chen are there.
        ((S, S, S), TWO | {"Mia": ["supervisor", "funding operator"]}, (3, ("Carl", "Chen"))),
        ((S, S), TWO | {"Mia": ["supervisor", "funding operator"]}, None),
        # Whoever makes for another connection makes none of these.
        ((S, S, S), TWO | {"Mia": ["supervisor", "accounts operator"]}, None),
    ],
)
def test_each_verdict_needs_as_many_as_it_asks_for(needs, people, lacks):
    assert short([rule(*needs)], **people).get("It") == lacks


def test_a_rule_that_blocks_or_waits_for_an_area_needs_nobody():
    blocks = rule(S) | {"needs": "block"}
    waits = rule(F, F, F, words="Later") | {"number": "2", "when": [{"fact": "hold", "is": True}]}

    assert short([blocks, waits], **TWO) == {}


@pytest.mark.parametrize("before", [[], ["compliance"], ["supervisor"], ["supervisor", "finance"], ["supervisor"] * 3])
@pytest.mark.parametrize("comes", ["supervisor", "finance", "compliance", "auditor", "administrator"])
def test_whoever_comes_makes_nothing_worse(before, comes):
    """Each set of roles is compared with itself: with one more of compliance it may be another that now lacks most."""
    rules = prepared(SHIPPED)
    people = [Holder(uuid4(), f"{n}", frozenset({role})) for n, role in enumerate(before)]
    more = [*people, Holder(uuid4(), "New", frozenset({comes}))]

    assert coverage.worsened((rules, people), (rules, more)) == []
    assert coverage.worsened((rules, more), (rules, people)) or comes == "auditor" or before == ["supervisor"] * 3


def test_a_thousand_rules_are_a_handful_of_questions():
    rules = [rule(S, S, S, words=f"It {n}") | {"number": str(n)} for n in range(1000)]

    assert len(short(rules, **TWO)) == 1000


@pytest.mark.django_db
def test_the_shipped_policy_and_the_demos_cast_fit_each_other(everybody):
    assert coverage.today() == []


@pytest.mark.django_db
def test_the_last_but_one_supervisor_keeps_the_role_and_it_is_said_why(everybody, three, chen):
    with pytest.raises(Refusal) as refused:
        proposed(RoleRevoke(operator="chen", role=Role.SUPERVISOR), three[0])

    assert "After this, only Carl could approve “" in str(refused.value)
    assert "two are needed (supervisor)" in str(refused.value)


@pytest.mark.django_db
def test_a_leaver_and_a_link_are_held_against_it_too(everybody, three, carl):
    for amendment in (
        OperatorDeactivate(operator="chen"),
        OperatorLink(operator="chen", person=str(carl.person_id)),
        RoleRevoke(operator="cora", role=Role.COMPLIANCE),
        OperatorDeactivate(operator="amir"),
    ):
        with pytest.raises(Refusal, match="After this"):
            proposed(amendment, three[0])


@pytest.mark.django_db
def test_a_supervisor_who_also_makes_is_no_checker_of_what_they_make(everybody, three, carl):
    """Rules edited to suit, by roles: with Carl a maker only Chen could be the second on what he makes."""
    with pytest.raises(Refusal, match=r"only Chen could approve .* where Carl asks for it"):
        proposed(RoleGrant(operator="carl", role=Role.FUNDING), three[0])


@pytest.mark.django_db
def test_it_is_asked_again_when_it_is_applied(everybody, three, chen, carl, fay):
    """Two changes that each leave enough, and together do not."""
    ada, amir, cora = three
    granted(fay, Role.SUPERVISOR, by=ada, others=(amir, cora))
    first = proposed(RoleRevoke(operator="chen", role=Role.SUPERVISOR), ada)
    second = proposed(OperatorDeactivate(operator="carl"), ada)
    agree(first, amir, cora)

    with pytest.raises(Refusal, match=r"cannot be done now\. After this, only Fay could"):
        agree(second, amir, cora)
    assert fresh(carl).is_active


@pytest.mark.django_db
def test_a_policy_that_nobody_could_satisfy_is_refused(everybody, three):
    rules = policy.parsed(policy.written([*SHIPPED, rule(C, C, words="Big ones") | {"number": "99"}]))

    with pytest.raises(Refusal, match="After this, only Cora could approve “Big ones”: two are needed"):
        proposed(policy.proposed(rules, note="More eyes on it."), three[0])


@pytest.mark.django_db
def test_a_house_that_has_nobody_yet_may_begin(everybody, three, mia):
    """What is short already may stay short; it may not become worse."""
    with guards_aside():
        for name in ("carl", "chen"):
            everybody[name].grants.all()._raw_delete("default")

    assert granted(mia, Role.SUPERVISOR, by=three[0], others=three[1:]).state == "applied"


@pytest.mark.django_db
def test_a_policy_is_published_once_three_agree_and_is_judged_by(everybody, three):
    ada, amir, cora = three
    fields = [rule(S, S, words="Two on it")]
    change = proposed(policy.proposed(policy.parsed(policy.written(fields)), note="Two on each."), ada)
    assert versions.in_force().number == 1

    agree(change, amir, cora)

    published = Policy.objects.get(number=2)
    assert (published.author, published.administrator, published.compliance) == (ada, amir, cora)
    assert [each.words for each in versions.in_force().rules.all] == ["Two on it"]


@pytest.mark.django_db
def test_a_policy_that_was_written_over_an_older_one_is_refused(everybody, three):
    ada, amir, cora = three
    older = policy.proposed([rule(S)], note="One on each.")
    agree(proposed(policy.proposed([rule(S, S)], note="Two on each."), ada), amir, cora)

    with pytest.raises(Refusal, match="not in force any more"):
        proposed(older, ada)
