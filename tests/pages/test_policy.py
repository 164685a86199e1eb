"""The policy as people read it: on its own page, on the form before anything is submitted, and where it is decided."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db.models import F

from backoffice.audit import clock
from backoffice.operations.models import Operation, Policy, Rate, RuleText
from backoffice.operations.states import State
from tests import play
from tests.emptying import guards_aside
from tests.files import chosen
from tests.operations import rows
from tests.operations.rows import withdrawn

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(vera, signed_in):
    return lambda query="": play.page(signed_in(vera).get(f"/policy/{query}"))


def told(client, operation):
    return " ".join(play.page(client.get(f"/operations/{operation.pk}/")).split())


def test_the_version_in_force_is_read_with_every_rule_and_what_it_needs(read):
    shown = read()

    for words in (
        "version 1",
        "Shipped",
        Policy.objects.get().digest,
        "Withdrawals of this login reach 25,000 USD in 24 hours",
        "the sum in 24 hours of this login (withdrawal) ≥ 25,000",
        "Needs 2: supervisor + supervisor or finance",
        "Needs 3: supervisor + finance + compliance",
    ):
        assert words in shown, words


def test_an_inactive_rule_says_what_it_waits_for(read):
    inactive = read("?rules=inactive")

    assert "it waits for the clients." in inactive
    assert "it waits for the holds." in inactive
    assert "There is no such instruction yet." in inactive
    assert "Withdrawal of 100,000 USD or more" not in inactive
    assert "it waits for" not in read("?rules=active")


def test_a_stale_rate_is_said_to_be_stale(read):
    assert "Stale" not in read()
    with guards_aside():
        Rate.objects.filter(currency="EUR").update(day=clock.now().date() - timedelta(days=5))

    assert read().count("Stale") == 1


def test_a_policy_that_was_tampered_with_is_said_aloud(read):
    with guards_aside():
        RuleText.objects.filter(pk="1.1").update(place=F("place") + 1000)
        Policy.objects.update(digest="0" * 64)

    assert "The rules of policy 1 are not the ones that were published." in read()


def test_the_form_says_who_will_be_asked_before_anything_is_submitted(mia, sandbox, signed_in):
    form = play.filled(
        signed_in(mia), "/funding/deposit/", 128001, amount="60000", evidence_files=chosen(), preview="1", **play.WIRE
    )

    shown = play.page(signed_in(mia).post("/funding/deposit/", form))

    assert "Needs 2: supervisor + finance" in shown
    assert "Rule 7 of policy 1: Deposit of 50,000 USD or more." in shown
    assert not Operation.objects.exists()


def test_what_policy_blocks_is_said_on_the_form_and_refused(mia, sandbox, signed_in):
    typed = {"amount": "100001", "reason_code": "PROMOTION", "words": "Bonus"}

    response = play.submit(signed_in(mia), "/funding/bonus/", 128001, **typed)

    assert response.status_code == 422
    assert "Blocked by rule 32b of policy 1" in play.page(response)
    assert not Operation.objects.exists()


def test_two_people_of_two_roles_decide_and_each_sees_where_it_stands(mia, carl, chen, cora, funded, signed_in):
    operation = withdrawn(mia, "100000.00")
    at_carl, at_chen, at_cora = (signed_in(by) for by in (carl, chen, cora))
    assert "Needs 2: supervisor + compliance" in told(at_carl, operation)
    assert "0 of 2" in told(at_carl, operation)

    assert play.decide(at_carl, operation).status_code == 302
    assert "Carl</bdi> approved" in told(at_cora, operation)
    assert "Your place is filled." in told(at_chen, operation)
    assert "Reject…" in told(at_chen, operation)
    assert play.decide(at_chen, operation).status_code == 409
    assert operation.reference in play.page(at_cora.get("/approvals/"))
    assert play.decide(at_cora, operation).status_code == 302

    operation.refresh_from_db()
    assert operation.state == State.QUEUED


def test_a_checker_is_told_beforehand_that_it_takes_more_by_now(mia, carl, chen, funded, signed_in):
    first = withdrawn(mia, "9900.00")
    assert "asks for more" not in told(signed_in(carl), first)
    withdrawn(mia, "9900.00")
    withdrawn(mia, "9900.00")

    assert "The next approval asks for more: Needs 2: supervisor + supervisor or finance." in told(
        signed_in(carl), first
    )
    play.decide(signed_in(carl), first)

    shown = told(signed_in(chen), first)
    assert "It takes more than when it was submitted" in shown
    assert "Rule 10b of policy 1" in shown
    assert "asks for more: needs 2" in shown


def test_finance_and_compliance_find_what_waits_for_them_on_their_first_page(mia, fay, cora, signed_in):
    large = rows.awaiting(mia, amount="250000.00")
    small = rows.awaiting(mia, amount="250.00", login=2)

    for by in (fay, cora):
        told = signed_in(by).get("/approvals/").context["rows"]
        assert {row.operation.pk: row.is_mine for row in told} == {large.pk: True, small.pk: False}
        assert "Mine to decide" in play.page(signed_in(by).get("/"))


def test_a_maker_does_not_read_the_policy(mia, signed_in):
    assert signed_in(mia).get("/policy/").status_code == 403


def test_the_rates_command_enters_todays_rates_once(capsys):
    call_command("rates", "CHF=1.1180", "EUR=1.0", source="ECB")

    assert "1 of 2" in capsys.readouterr().out
    assert Rate.objects.get(currency="CHF").usd == Decimal("1.1180")
