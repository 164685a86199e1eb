"""What the page tells whoever decides: every field that is sent, what has moved, where it came from, and what it is part of."""

import dataclasses
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any, ClassVar

import pytest
from uuid_utils.compat import uuid7

from backoffice.audit.models import Entry
from backoffice.operations import desk, submission
from backoffice.operations.instructions import KINDS, Instruction, reference
from backoffice.operations.models import Decision
from backoffice.operations.policy import Verdict
from backoffice.operations.reasons import Reason
from backoffice.operations.rules import USUAL
from backoffice.operations.states import State
from backoffice.operations.strip import strip
from backoffice.ui.templatetags import ui as tags
from funding.instructions import NegativeBalanceReset, Withdrawal
from tests import play
from tests.files import uploaded
from tests.operations import rows
from tests.operations.rows import ACCOUNT, withdrawn

pytestmark = pytest.mark.django_db
OK = Reason("WITHIN_POLICY")
TELLING = {
    "amount": Decimal("12.34"), "currency": "USD", "method": "EWALLET", "payment_reference": "REF-77", "received_amount": Decimal("11.50"),
    "received_currency": "EUR", "rate": Decimal("1.0731"), "value_date": date(2026, 11, 20), "direction": "take", "corrects": "881204",
}  # fmt: skip


def told(client, operation):
    return unescape(play.page(client.get(f"/operations/{operation.pk}/")))


def words(page):
    """What is read, without the marks around it."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def telling(kind: type[Instruction], by=None) -> Instruction:
    """An instruction of this kind with a value of its own in every field; evidence is uploaded by somebody, or there is none."""
    pk = uuid7()
    values = TELLING | {"login": 128001, "comment": f"{reference(kind.prefix, pk)} telling"}
    values["evidence"] = (uploaded(by, "telling.pdf"),) if by else ()
    return kind(**{field.name: values[field.name] for field in dataclasses.fields(kind)})


@pytest.mark.parametrize("name", KINDS)
def test_no_field_of_any_kind_is_hidden(name, mia, carl, sandbox, signed_in):
    """A kind that comes later is asked too; a field that nobody gave a telling value fails here."""
    asked = telling(KINDS[name], mia)
    operation = submission.submit(asked, pk=uuid7(), snapshot=ACCOUNT, reason=rows.WHY, by=mia)

    page = play.page(signed_in(carl).get(f"/operations/{operation.pk}/"))

    sent = page[page.index("What is sent to MT5") : page.index("Field for field")]
    # Evidence is bound and not sent: it stands beside what is.
    (file,) = asked.evidence
    assert file.name in page
    assert file.sha256 in page
    fields = [field for field in dataclasses.fields(asked) if field.name != "evidence"]
    for field in fields:
        fact = asked._fact(field.name)
        line = f"<dt>{fact.label}</dt><dd>{tags.show(fact.value, fact.currency)}</dd>"
        assert line in sent, field.name
        assert "nothing" not in tags.show(fact.value, fact.currency), field.name
    assert sent.count("<dt>") == len(fields)


def test_what_is_shown_is_read_from_the_hashed_payload_and_not_from_columns_beside_it(mia, carl, sandbox, signed_in):
    operation = rows.awaiting(mia, amount="250.00")
    operation.amount, operation.currency = Decimal(1), "EUR"

    assert [fact.value for fact in operation.instruction.listed()][:3] == [128001, Decimal("250.00"), "USD"]


# The strip


def checks_of(instruction, **account):
    found = strip(instruction, Verdict(USUAL, ""), ACCOUNT | account)
    return {check.text: check.verdict for check in found}


def test_what_no_area_tells_is_never_shown_as_fine(mia, carl, sandbox, signed_in):
    found = checks_of(telling(Withdrawal))

    assert found["Not known yet: holds, KYC, first withdrawal, recent security change"] == "unknown"
    assert "Not known yet: holds" in told(signed_in(carl), rows.awaiting(mia))


@pytest.mark.parametrize(
    ("account", "text", "verdict"),
    [
        ({"credit": "0.00"}, "No credit on the account", "ok"),
        ({"credit": "1000.00"}, "Credit on the account: 1,000.00 USD", "info"),
        ({"credit": None}, "Credit on the account is not known", "unknown"),
        ({"margin": "0.00"}, "No open positions", "ok"),
        ({"margin": "100.00", "equity": "500.00"}, "Margin level after: 487.7%", "info"),
        ({"margin": "400.00", "equity": "500.00"}, "Margin level after: 121.9%", "warn"),
        ({"margin": None}, "Margin level after is not known", "unknown"),
        ({"margin": "100.00", "equity": None}, "Margin level after is not known", "unknown"),
    ],
)
def test_credit_and_the_margin_level_after_are_told_by_the_figures_now(account, text, verdict):
    assert checks_of(telling(Withdrawal), **account)[text] == verdict


@dataclass(frozen=True, kw_only=True)
class Known(Withdrawal):
    """A withdrawal of which areas that are yet to come tell what they know."""

    supplies: ClassVar[frozenset[str]] = Withdrawal.supplies | {
        "hold", "kyc", "first_withdrawal", "hours_since_security_change",
    }  # fmt: skip
    known: ClassVar[dict[str, Any]] = {}

    def facts(self, account: Any) -> dict[str, Any]:
        return super().facts(account) | self.known


@pytest.mark.parametrize(
    ("fact", "text", "verdict"),
    [
        ({"hold": True}, "A hold matches", "block"),
        ({"hold": False}, "No hold", "ok"),
        ({"kyc": "approved"}, "KYC: approved", "ok"),
        ({"kyc": "expired"}, "KYC: expired", "warn"),
        ({"first_withdrawal": True}, "First withdrawal", "warn"),
        ({"first_withdrawal": False}, "Has withdrawn before", "ok"),
        ({"hours_since_security_change": 71}, "Last security change 71 hours ago", "warn"),
        ({"hours_since_security_change": 73}, "Last security change 73 hours ago", "ok"),
    ],
)
def test_once_an_area_supplies_a_fact_the_strip_tells_it(fact, text, verdict, monkeypatch):
    monkeypatch.setattr(Known, "known", fact)

    found = checks_of(telling(Known))

    assert found[text] == verdict
    left = next(text for text in found if text.startswith("Not known yet"))
    assert left.count(",") == 2


def test_a_fact_that_is_supplied_and_lacks_for_this_account_is_not_known(monkeypatch):
    monkeypatch.setattr(Known, "known", {"hold": None})

    assert "Not known yet: holds, KYC, first withdrawal, recent security change" in checks_of(telling(Known))


def test_what_was_fine_at_submit_is_not_shown_as_fine_once_something_came_up(mia, nils, carl, sandbox, signed_in):
    first, client = play.deposited(signed_in(mia), 128001, "250.00"), signed_in(carl)
    assert "Nothing alike within 72 hours At submit" not in words(told(client, first))

    second = play.deposited(signed_in(nils), 128001, "250.00", because="Another instalment, asked for by telephone.")
    page = words(told(client, first))

    assert f"Same login, kind and amount asked for since: {second.reference}" in page
    assert "Nothing alike within 72 hours At submit" in page
    assert "asked for since" not in words(told(client, second))


def test_a_login_that_was_locked_meanwhile_is_said_to_be(mia, carl, sandbox, signed_in):
    waits = rows.awaiting(mia, login=128002)
    locks = rows.exception(mia, carl, login=128002)

    assert f"The outcome of {locks.reference} on this login is unknown." in told(signed_in(carl), waits)


# What the instruction binds


def asked_for(mia, sandbox, signed_in, amount="1000.00"):
    """A withdrawal from an account that holds it when it is asked for."""
    sandbox.account(128001, balance=Decimal("1240.10"))
    answer = play.submit(
        signed_in(mia), "/funding/withdrawal/", 128001, amount=amount, method="BANK_WIRE", reason_code="CLIENT_REQUEST", words="Bank wire"
    )  # fmt: skip
    return play.found(answer)


def test_what_it_binds_has_moved_so_it_is_said_before_the_buttons_and_not_approved(mia, carl, sandbox, signed_in):
    operation, client = asked_for(mia, sandbox, signed_in), signed_in(carl)
    assert "<button" in told(client, operation).split("Approve")[0]
    sandbox.terminal(128001, "withdraw", "500.00")

    page = told(client, operation)
    answer = play.decide(client, operation)

    assert page.index("It cannot be approved as things stand.") < page.index("Reject…")
    assert f'action="/operations/{operation.pk}/approval/"' not in page
    assert f'action="/operations/{operation.pk}/return/"' in page
    assert answer.status_code == 409
    assert "Available to withdraw is now 740.10 USD." in unescape(play.page(answer))
    assert not Decision.objects.exists()
    assert Entry.objects.filter(action="operation.act_refused").count() == 1


def test_it_moved_between_the_page_and_the_vote(mia, carl, sandbox, signed_in):
    operation, client = asked_for(mia, sandbox, signed_in), signed_in(carl)
    form = play.Fields(play.page(client.get(f"/operations/{operation.pk}/"))).forms
    sandbox.terminal(128001, "withdraw", "500.00")

    approval = f"/operations/{operation.pk}/approval/"
    answer = client.post(approval, form[approval] | {"reason_code": "WITHIN_POLICY"})

    assert answer.status_code == 409
    assert rows.fresh(operation).state == State.AWAITING_APPROVAL


def test_no_path_past_the_pages_leaves_the_comparison_out(mia, carl, sandbox):
    operation = withdrawn(mia, "100000.00")

    with pytest.raises(desk.Refusal, match="The account has moved"):
        desk.approve(operation.pk, by=carl, seen=operation.seen, reason=OK)


def test_what_cannot_be_read_is_not_compared_and_so_not_approved(mia, carl, sandbox, signed_in):
    operation, client = asked_for(mia, sandbox, signed_in), signed_in(carl)
    sandbox.rule("offline", times=None)

    page, answer = told(client, operation), play.decide(client, operation)

    assert "nothing is approved without comparing the account" in page
    assert answer.status_code == 409
    assert rows.fresh(operation).state == State.AWAITING_APPROVAL
    assert play.decide(client, operation, "rejection").status_code == 302


def test_a_balance_that_came_back_to_zero_by_itself_is_not_reset(mia, carl, sandbox, signed_in):
    sandbox.account(128201, balance=Decimal("-182.40"))
    reset = NegativeBalanceReset(
        login=128201, amount=Decimal("182.40"), currency="USD", comment=f"{reference('NBR', uuid7())} NBP"
    )
    snapshot = ACCOUNT | {"login": 128201, "balance": "-182.40", "equity": "-182.40"}
    operation = submission.submit(reset, pk=uuid7(), snapshot=snapshot, reason=Reason("NEGATIVE_BALANCE_RESET"), by=mia)
    sandbox.terminal(128201, "deposit", "200.00")

    answer = play.decide(signed_in(carl), operation)

    assert answer.status_code == 409
    assert "The balance is now 17.60 USD." in play.page(answer)


def test_what_binds_nothing_is_approved_while_mt5_is_away(mia, carl, sandbox, signed_in):
    operation = play.deposited(signed_in(mia), 128001, "250.00")
    sandbox.rule("offline", times=None)

    assert play.decide(signed_in(carl), operation).status_code == 302


def test_a_difference_since_submit_is_marked(mia, carl, sandbox, signed_in):
    operation, client = play.deposited(signed_in(mia), 128001, "250.00"), signed_in(carl)
    assert "Differs:" not in told(client, operation)
    sandbox.terminal(128001, "deposit", "10.00")

    page = words(told(client, operation))

    assert "Balance was 1,240.10 and is 1,250.10 USD now." in page
    assert "No unknown outcome on this login At submit" in page
    assert "Differs: 1,250.10" in page


# From where


def devices(client, operation, *, device, ip="127.0.0.1"):
    answer = client.get(f"/operations/{operation.pk}/", headers={"user-agent": device}, REMOTE_ADDR=ip)
    return play.page(answer)


def test_the_checker_on_the_makers_device_and_address_is_warned(mia, carl, sandbox, signed_in):
    maker, client = signed_in(mia), signed_in(carl)
    maker.defaults["HTTP_USER_AGENT"] = "Firefox/145"
    operation = play.deposited(maker, 128001, "250.00")
    warning = "You are on the same address and device as its maker."

    assert warning in devices(client, operation, device="Firefox/145")
    assert warning not in devices(client, operation, device="Chrome/140")
    assert warning not in devices(client, operation, device="Firefox/145", ip="10.0.0.8")
    assert warning not in devices(maker, operation, device="Firefox/145")


def test_the_request_says_who_asked_from_where_on_what(mia, carl, sandbox, signed_in):
    maker = signed_in(mia)
    maker.defaults["HTTP_USER_AGENT"] = "Firefox/145"
    operation = play.deposited(maker, 128001, "250.00")

    page = words(told(signed_in(carl), operation))

    assert "Requested by Mia" in page
    assert "From 127.0.0.1 Device Firefox/145" in page


# What stands beside it


def test_the_first_of_three_says_what_it_is_part_of(mia, carl, funded, signed_in):
    first = withdrawn(mia, "9900.00")
    client = signed_in(carl)
    assert "Part of" not in told(client, first)
    for _ in range(2):
        withdrawn(mia, "9900.00")

    page = told(client, first)

    assert "Part of 29,700.00 USD in 24 hours of this login." in page
    assert page.index("Part of 29,700.00 USD") < page.index("What is sent to MT5")


def test_the_sums_of_login_and_maker_count_this_one_in(mia, nils, carl, sandbox, signed_in):
    first = rows.awaiting(mia, amount="100.00")
    rows.awaiting(nils, amount="20.50")
    rows.awaiting(mia, amount="5.00", login=128002)

    page = words(told(signed_in(carl), first))

    assert "Login 128001 120.50 USD in 2 120.50 USD in 2" in page
    assert "Made by Mia 105.00 USD in 2 105.00 USD in 2" in page


def test_what_else_was_asked_for_on_the_login_is_there_with_what_came_of_it(mia, carl, sandbox, signed_in):
    old = rows.awaiting(mia, amount="250.00")
    desk.reject(old.pk, by=carl, seen=old.seen, reason=Reason("DUPLICATE"))
    alike, other = rows.awaiting(mia, amount="250.00"), rows.awaiting(mia, amount="80.00", login=128002)
    operation = rows.awaiting(mia, amount="250.00")

    page = told(signed_in(carl), operation)
    past = words(page[page.index("Lately with this login") :])

    assert f"{old.reference} Deposit 250.00 USD Rejected Mia" in past
    assert f"{alike.reference} Deposit 250.00 USD Same amount Pending approval Mia" in past
    assert other.reference not in past
    assert page.index("Lately with this login") < page.index(old.reference)


# Why not


def test_each_person_is_told_why_they_in_particular_cannot_decide(
    mia, carl, chen, nils, vera, cora, sandbox, signed_in
):
    operation = rows.awaiting(mia, amount="50000.00")
    desk.approve(operation.pk, by=carl, seen=operation.seen, reason=OK)
    why = {
        mia: "You made it, and nobody decides on what they made themselves.",
        nils: "Deciding takes the role finance or supervisor.",
        vera: "Deciding takes the role finance or supervisor.",
        cora: "Deciding takes the role finance or supervisor.",
        carl: "You have decided on it already.",
        chen: "Your place is filled.",
    }

    for who, said in why.items():
        assert said in told(signed_in(who), operation), who.name


# From the account's page


def test_it_is_decided_on_the_page_of_its_account_with_what_that_page_shows(mia, carl, sandbox, signed_in):
    operation, client = play.deposited(signed_in(mia), 128001, "250.00"), signed_in(carl)
    page = play.page(client.get("/accounts/128001/"))
    form = play.Fields(page).forms[f"/operations/{operation.pk}/approval/"]

    assert "grows by" in page
    assert "What is sent to MT5" in page
    answer = client.post(f"/operations/{operation.pk}/approval/", form | {"reason_code": "WITHIN_POLICY"})

    assert answer.headers["Location"] == "/accounts/128001/"
    vote = Decision.objects.get()
    assert '"page":"account"' in vote.sight.text
    assert f"/operations/{operation.pk}/approval/" not in play.page(client.get("/accounts/128001/"))
    again = play.page(client.get(f"/operations/{operation.pk}/decisions/{vote.pk}/"))
    assert "Lately with this login" not in again


def test_on_the_page_of_the_account_stands_only_what_one_may_decide(mia, carl, vera, sandbox, signed_in):
    operation = rows.awaiting(mia)
    elsewhere = rows.awaiting(mia, login=128002)

    for who in (mia, vera):
        assert "/approval/" not in play.page(signed_in(who).get("/accounts/128001/"))
    page = play.page(signed_in(carl).get("/accounts/128001/"))
    assert f"/operations/{operation.pk}/approval/" in page
    assert f"/operations/{elsewhere.pk}/approval/" not in page


def test_the_page_of_an_account_holds_three_of_them_and_links_to_the_others(mia, carl, sandbox, signed_in):
    made = [rows.awaiting(mia, amount=f"{n}.00") for n in range(1, 6)]

    page = play.page(signed_in(carl).get("/accounts/128001/"))

    assert page.count("/approval/") == 3
    assert all(f"/operations/{row.pk}/" in page for row in made)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_an_operation_that_came_to_nothing_has_a_page_still(mia, carl, sandbox, signed_in):
    operation = rows.awaiting(mia)
    desk.reject(operation.pk, by=carl, seen=operation.seen, reason=Reason("DUPLICATE"))

    page = told(signed_in(carl), operation)

    assert "was to grow by" in page
    assert "sums" not in page
