"""Every kind of money, from the form to the ledger: right type, sign and comment, and only while what it binds holds."""

from decimal import Decimal

import pytest

from backoffice.audit import chain
from backoffice.audit.models import Entry
from backoffice.operations.models import Operation
from backoffice.operations.states import State
from tests import play
from tests.files import chosen

pytestmark = pytest.mark.django_db

USD, EUR, JPY, CREDITED, NEGATIVE = 128001, 128077, 128005, 128044, 128201
WIRE = {"method": "BANK_WIRE"}
# path, login, what is typed, how the ledger names it, its amount there, the reference's first letters, the words
KINDS = {
    "deposit": ("deposit", USD, WIRE | {"amount": "250", "reason_code": "BANK_WIRE"}, "deposit", "250.00", "DEP", "Bank wire"),
    "withdrawal": ("withdrawal", USD, WIRE | {"amount": "99.90", "reason_code": "CLIENT_REQUEST"}, "withdrawal", "-99.90", "WDR", ""),
    "credit in": ("credit", USD, {"amount": "50", "direction": "in", "reason_code": "PROMOTION"}, "creditIn", "50.00", "CRI", "Credit"),
    "credit out": ("credit", CREDITED, {"amount": "1000", "direction": "out", "reason_code": "EXPIRED"}, "creditOut", "-1000.00", "CRO", "Credit"),
    "correction adding": ("correction", USD, {"amount": "0.01", "direction": "add", "corrects": "7", "reason_code": "SWAP"}, "correction", "0.01", "COR", ""),
    "correction taking": ("correction", USD, {"amount": "3.50", "direction": "take", "corrects": "7", "reason_code": "SWAP"}, "correction", "-3.50", "COR", ""),
    "bonus": ("bonus", USD, {"amount": "20.20", "reason_code": "PROMOTION"}, "bonus", "20.20", "BON", "Bonus"),
    "charge": ("charge", USD, {"amount": "1240.10", "reason_code": "INACTIVITY"}, "charge", "-1240.10", "CHG", "Fee"),
    "reset": ("reset", NEGATIVE, {"amount": "182.40", "reason_code": "NEGATIVE_BALANCE_RESET"}, "correction", "182.40", "NBR", "NBP"),
    "deposit in EUR": ("deposit", EUR, WIRE | {"amount": "7300.5", "reason_code": "CARD"}, "deposit", "7300.50", "DEP", "Bank wire"),
    "deposit in JPY": ("deposit", JPY, WIRE | {"amount": "30000", "reason_code": "CARD"}, "deposit", "30000", "DEP", "Bank wire"),
    "withdrawal in JPY": ("withdrawal", JPY, WIRE | {"amount": "1455518", "reason_code": "CLIENT_REQUEST"}, "withdrawal", "-1455518", "WDR", ""),
    "charge in EUR": ("charge", EUR, {"amount": "0.05", "reason_code": "ADMIN_FEE_SWAP_FREE"}, "charge", "-0.05", "CHG", "Fee"),
    "the most there is": ("deposit", USD, WIRE | {"amount": "998000000.99", "reason_code": "CARD", "evidence_files": chosen()}, "deposit", "998000000.99", "DEP", "Bank wire"),
}  # fmt: skip


@pytest.fixture
def maker(mia, sandbox, signed_in):
    return signed_in(mia)


@pytest.fixture
def checker(carl, signed_in):
    return signed_in(carl)


@pytest.fixture
def others(chen, fay, cora, signed_in):
    """Whoever else the policy may ask."""
    return [signed_in(by) for by in (chen, fay, cora)]


def ask(client, path, login, **typed):
    """The form as it is handed out, with its initial words, and what is typed into it."""
    form = client.get(f"/funding/{path}/", {"login": login}).context["form"]
    fields = {name: form[name].value() or "" for name in form.fields}
    return client.post(f"/funding/{path}/", fields | typed)


def approved(maker, checker, path, login, *, others=(), **typed):
    response = ask(maker, path, login, **typed)
    assert response.status_code == 302, response.context["form"].errors
    operation = play.found(response)
    assert play.decide(checker, operation).status_code == 302
    return play.decided_by_all(operation, *others)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_booked_once_as_it_was_approved(maker, checker, others, sandbox, mia, name):
    path, login, typed, books_as, amount, prefix, words = KINDS[name]
    before, figures = sandbox.ledger(login), sandbox.account(login)

    operation = play.settle(approved(maker, checker, path, login, others=others, **typed))

    assert operation.state == State.APPLIED
    (line,) = sandbox.ledger(login)[len(before) :]
    assert (line["type"], line["amount"], line["currency"]) == (books_as, Decimal(amount), figures["currency"])
    assert (line["requestId"], line["operatorId"]) == (str(operation.pk), mia.operator_id)
    assert line["comment"] == f"{operation.reference} {words}".strip()
    assert operation.reference.startswith(f"{prefix}-")
    assert len(line["comment"]) <= 31
    moved = "credit" if books_as.startswith("credit") else "balance"
    assert sandbox.account(login)[moved] == figures[moved] + Decimal(amount)
    assert (operation.sends, operation.maybe_sent) == (1, False)


def withdraw_elsewhere(sandbox):
    sandbox.terminal(USD, "withdraw", "1040.11")


def lose_in_the_market(sandbox):
    sandbox.account(USD, floating=-1100)


def fill_with_credit(sandbox):
    """Credit raises the free margin, and still is not the client's: what the market took stays gone."""
    sandbox.account(USD, floating=-1100)
    sandbox.terminal(USD, "credit", "5000")


def take_the_credit(sandbox):
    sandbox.terminal(CREDITED, "credit_out", "0.01")


def take_the_balance(sandbox):
    sandbox.terminal(USD, "withdraw", "0.01")


def pay_in(sandbox):
    sandbox.terminal(NEGATIVE, "deposit", "0.01")


def lose_more(sandbox):
    sandbox.account(NEGATIVE, balance=Decimal("-182.41"))


def open_a_position(sandbox):
    sandbox.account(NEGATIVE, margin=Decimal("0.01"))


MOVES = [
    ("withdrawal", "200.00", withdraw_elsewhere),
    ("withdrawal", "200.00", lose_in_the_market),
    ("withdrawal", "200.00", fill_with_credit),
    ("credit out", "1000.00", take_the_credit),
    ("charge", "1240.10", take_the_balance),
    ("reset", "182.40", pay_in),
    ("reset", "182.40", lose_more),
    ("reset", "182.40", open_a_position),
]


@pytest.mark.parametrize(("name", "amount", "move"), MOVES, ids=lambda value: getattr(value, "__name__", None))
def test_what_moved_after_approval_sends_it_back_to_its_maker(maker, checker, sandbox, name, amount, move):
    path, login, typed, *_ = KINDS[name]
    operation = approved(maker, checker, path, login, **typed | {"amount": amount})
    move(sandbox)
    before, figures = sandbox.ledger(login), sandbox.account(login)

    play.settle(operation)

    assert operation.state == State.RETURNED
    assert (operation.sends, operation.maybe_sent) == (0, False)
    assert (sandbox.ledger(login), sandbox.account(login)) == (before, figures)
    # A busy machine may have read the account in vain before.
    words = operation.attempts.latest("pk").answer.words
    assert "now" in words or "positions" in words


NOT_COVERED = [
    ("withdrawal", USD, WIRE | {"amount": "1240.11", "reason_code": "CLIENT_REQUEST"}, "1,240.10 USD"),
    ("withdrawal", CREDITED, WIRE | {"amount": "2500.01", "reason_code": "CLIENT_REQUEST"}, "2,500.00 USD"),
    ("withdrawal", NEGATIVE, WIRE | {"amount": "0.01", "reason_code": "CLIENT_REQUEST"}, "0.00 USD"),
    ("withdrawal", JPY, WIRE | {"amount": "1455519", "reason_code": "CLIENT_REQUEST"}, "1,455,518 JPY"),
    ("credit", CREDITED, {"amount": "1000.01", "direction": "out", "reason_code": "EXPIRED"}, "1,000.00 USD"),
    ("credit", USD, {"amount": "0.01", "direction": "out", "reason_code": "EXPIRED"}, "0.00 USD"),
    ("charge", USD, {"amount": "1240.11", "reason_code": "INACTIVITY"}, "1,240.10 USD"),
    ("charge", NEGATIVE, {"amount": "0.01", "reason_code": "INACTIVITY"}, "-182.40 USD"),
    ("reset", NEGATIVE, {"amount": "182.39", "reason_code": "NEGATIVE_BALANCE_RESET"}, "-182.40"),
    ("reset", NEGATIVE, {"amount": "182.41", "reason_code": "NEGATIVE_BALANCE_RESET"}, "-182.40"),
    ("reset", USD, {"amount": "1240.10", "reason_code": "NEGATIVE_BALANCE_RESET"}, "1,240.10"),
    ("reset", 128204, {"amount": "12.00", "reason_code": "NEGATIVE_BALANCE_RESET"}, "positions"),
]


@pytest.mark.parametrize(("path", "login", "typed", "said"), NOT_COVERED)
def test_what_is_not_covered_is_blocked_at_the_form_with_the_figure(maker, path, login, typed, said):
    response = ask(maker, path, login, **typed)

    assert response.status_code == 422
    assert said in response.context["form"].errors["amount"][0]
    assert not Operation.objects.exists()
    assert Entry.objects.filter(action="operation.act_refused", login=login).count() == 1


def test_a_fraction_more_than_what_is_available_is_never_paid(maker, checker, sandbox):
    """The very cent: available is 2,500.00, and it goes; then nothing is left for one cent more."""
    typed = WIRE | {"reason_code": "CLIENT_REQUEST"}
    first = play.settle(approved(maker, checker, "withdrawal", CREDITED, amount="2500.00", **typed))

    second = ask(maker, "withdrawal", CREDITED, amount="0.01", **typed)

    assert first.state == State.APPLIED
    assert second.status_code == 422


def test_two_withdrawals_that_each_fit_alone_are_not_both_paid(maker, checker, sandbox):
    typed = WIRE | {"reason_code": "CLIENT_REQUEST"}
    one = approved(maker, checker, "withdrawal", USD, amount="700.00", **typed)
    other = approved(maker, checker, "withdrawal", USD, amount="700.01", **typed)

    play.settle(one)
    play.settle(other)

    assert (one.state, other.state) == (State.APPLIED, State.RETURNED)
    assert sandbox.account(USD)["balance"] == Decimal("540.10")
    assert chain.verify(Entry.objects.order_by("seq").iterator()).fault == ""


def test_what_mt5_refuses_is_said_in_its_words_and_is_final(maker, checker, others, sandbox):
    typed = KINDS["correction taking"][2] | {"amount": "5000"}
    operation = approved(maker, checker, "correction", USD, others=others, **typed)

    play.settle(operation)

    assert operation.state == State.REFUSED
    assert "not enough money (10019)" in operation.attempts.get().answer.words
    assert (operation.sends, operation.maybe_sent) == (1, False)
    bonus = approved(maker, checker, "bonus", USD, others=others, **KINDS["bonus"][2])
    assert play.settle(bonus).state == State.APPLIED
