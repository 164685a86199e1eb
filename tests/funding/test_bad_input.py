"""Bad input: whatever is typed into a money form, nothing is submitted, it is said why, and what was typed stays."""

from urllib.parse import urlencode

import pytest
from django.core import signing
from django.utils.html import escape
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from backoffice.operations.models import Operation
from tests.play import page

pytestmark = pytest.mark.django_db

USD, JPY, NEGATIVE = 128001, 128005, 128201
FORMS = {
    "deposit": {"login": USD, "amount": "250.00", "method": "BANK_WIRE", "reason_code": "BANK_WIRE"},
    "withdrawal": {"login": USD, "amount": "250.00", "method": "BANK_WIRE", "reason_code": "CLIENT_REQUEST"},
    "credit": {"login": USD, "amount": "250.00", "direction": "in", "reason_code": "PROMOTION"},
    "correction": {"login": USD, "amount": "250.00", "direction": "add", "corrects": "deal 1", "reason_code": "SWAP"},
    "bonus": {"login": USD, "amount": "250.00", "reason_code": "PROMOTION"},
    "charge": {"login": USD, "amount": "250.00", "reason_code": "INACTIVITY"},
    "reset": {"login": NEGATIVE, "amount": "182.40", "reason_code": "NEGATIVE_BALANCE_RESET"},
}
DAGGERS = {"deposit": "CASH_DESK", "withdrawal": "REGULATOR_ORDER", "credit": "RETENTION", "correction": "PRICE_ERROR"}
DAGGERS |= {"bonus": "OTHER", "charge": "OTHER"}
NO_AMOUNTS = [
    *("1e9 NaN -5 0 250.001 ２５０ 1_000 1000000001".split()),
    *("sNaN Infinity -0 0.00 +5 1,000 1.000,00 0x10 00250 250. .5 1e-2 ² ½ $250 ٢٥٠ २५० −5".split()),
    *("", " ", "\t", "2 500", "2\u00a0500", "250\x00", "250\u200b", "9" * 10_240),
    *("0.001 250.123456789 1000000000.01 999999999999".split()),
]
NO_LOGINS = [
    *("abc １２８００１ -1 0 +128001 128001.0 0128001 1e5".split()),
    "1" * 19,
    "9" * 5000,
    "128001\x00",
    "' OR 1=1",
]
NO_TEXTS = ["x" * 17, "pay\u202eegdir", "pa\u200by", "pay\x00", "pay\u2066x"]
NO_TEXTS += ["pa\u00ady", "pay\x07", "pay\ue000", "a\u2028b", "\ufeffpay"]
each_form = pytest.mark.parametrize("name", FORMS)


def some(values, name):
    """All of them for the first form, the most telling for its twins, which share its fields."""
    return values if name == "deposit" else values[:3]


@pytest.fixture
def maker(mia, sandbox, signed_in):
    return signed_in(mia)


def at(name):
    return f"/funding/{name}/"


def fresh(client, name, login):
    """The hidden fields of a form as the page hands them out."""
    form = client.get(at(name), {"login": login}).context["form"]
    return {field: form[field].value() for field in ("form_id", "login", "currency")}


def typed_into(client, name, **typed):
    fields = FORMS[name] | typed
    return fresh(client, name, FORMS[name]["login"]) | fields


def refused(client, name, fields, *, field=None, shown=()):
    """It is answered with 4xx and a reason (at the field, where one is named), nothing is there, and the rest stays."""
    response = client.post(at(name), fields)
    assert 400 <= response.status_code < 500, (fields, response.status_code)
    form = response.context["form"]
    assert form.errors, fields
    assert field is None or field in form.errors, (fields, form.errors)
    kept = {key: form[key].value() for key in fields if key in form.fields and key != "form_id"}
    assert kept == {key: str(fields[key]) for key in kept}
    assert all(escape(str(fields[key])) in page(response) for key in shown)
    assert not Operation.objects.exists(), fields
    return response


@each_form
def test_what_is_no_plain_amount_is_refused_at_its_field(maker, name):
    form = typed_into(maker, name)

    for amount in some(NO_AMOUNTS, name):
        refused(maker, name, form | {"amount": amount}, field="amount", shown=["amount"])


@pytest.mark.parametrize("name", ["deposit", "withdrawal", "credit", "correction", "bonus", "charge"])
def test_yen_have_no_decimals(maker, name):
    form = fresh(maker, name, JPY) | FORMS[name] | {"login": JPY}

    for amount in ("1.5", "1.0", "100.00"):
        refused(maker, name, form | {"amount": amount}, field="amount")


@each_form
def test_what_is_no_login_is_refused_before_anything_is_asked_of_mt5(maker, name, sandbox):
    form = typed_into(maker, name)
    asked = len(sandbox.calls())

    for login in some(NO_LOGINS, name):
        shown, posted = maker.get(at(name), {"login": login}), maker.post(at(name), form | {"login": login})

        assert (shown.status_code, posted.status_code) == (422, 422), login
        assert shown.context["lookup_error"]
        assert posted.context["typed"] == login
        assert dict(posted.context["kept"])["amount"] == form["amount"]
    assert len(sandbox.calls()) == asked
    assert not Operation.objects.exists()


@each_form
def test_a_login_that_mt5_does_not_know_is_said_so_and_what_was_typed_stays(maker, name):
    form = typed_into(maker, name, login=777777)

    shown, posted = maker.get(at(name), {"login": 777777}), maker.post(at(name), form)

    assert (shown.status_code, posted.status_code) == (404, 422)
    assert "777777" in posted.context["lookup_error"]
    assert dict(posted.context["kept"])["amount"] == form["amount"]
    assert not Operation.objects.exists()


@each_form
def test_a_form_without_a_login_is_not_taken_for_a_first_look(maker, name):
    form = typed_into(maker, name, login="")

    response = maker.post(at(name), form)

    assert response.status_code == 422
    assert dict(response.context["kept"])["amount"] == form["amount"]


@each_form
def test_the_account_of_a_form_is_the_one_that_was_looked_up(maker, name):
    refused(maker, name, typed_into(maker, name, currency="EUR"), field="currency")
    refused(maker, name, typed_into(maker, name, currency=""), field="currency")


@each_form
def test_words_for_the_client_are_short_and_visible(maker, name):
    form = typed_into(maker, name)

    for words in some(NO_TEXTS, name):
        refused(maker, name, form | {"words": words}, field="words")


def test_words_that_are_not_utf8_are_refused(maker):
    """A lone surrogate, and a byte that begins nothing: the browser sent something else than what was typed."""
    form = typed_into(maker, "deposit")

    for broken in ("%ED%A0%80", "a%FFb"):
        body = f"{urlencode(form)}&words={broken}"
        response = maker.post(at("deposit"), body, content_type="application/x-www-form-urlencoded")
        assert response.status_code == 422, broken
    assert not Operation.objects.exists()


@pytest.mark.parametrize("name", DAGGERS)
def test_a_code_with_a_dagger_needs_words_of_ones_own(maker, name):
    form = typed_into(maker, name, reason_code=DAGGERS[name])

    for words in ("", "too short", " " * 20, "\u200b" * 12):
        refused(maker, name, form | {"reason": words}, field="reason")
    refused(maker, name, form | {"reason": "x" * 1001}, field="reason")


@each_form
def test_a_reason_is_one_of_the_forms_own_list(maker, name):
    for code in ("", "NOT_A_CODE", "WITHIN_POLICY", "bank_wire", "BANK_WIRE†", "SWAP_FREE_ON"):
        refused(maker, name, typed_into(maker, name, reason_code=code), field="reason_code")


def test_a_reason_for_credit_in_is_none_for_credit_out(maker):
    refused(maker, "credit", typed_into(maker, "credit", direction="in", reason_code="EXPIRED"), field="reason_code")
    refused(maker, "credit", typed_into(maker, "credit", direction="out", reason_code="PROMOTION"), field="reason_code")
    refused(maker, "credit", typed_into(maker, "credit", direction="sideways"), field="direction")


def test_a_payments_own_fields_are_checked_too(maker):
    form = typed_into(maker, "deposit")

    refused(maker, "deposit", form | {"method": "BARTER"}, field="method")
    refused(maker, "deposit", form | {"payment_reference": "x" * 65}, field="payment_reference")
    refused(maker, "deposit", form | {"received_amount": "1e3", "received_currency": "EUR"}, field="received_amount")
    refused(maker, "deposit", form | {"received_currency": "EUR"}, field="received_currency")
    refused(maker, "deposit", form | {"received_amount": "10", "received_currency": "eu\n"}, field="received_currency")
    refused(maker, "deposit", form | {"rate": "NaN"}, field="rate")
    refused(maker, "deposit", form | {"value_date": "2026-02-30"}, field="value_date")


@each_form
def test_a_form_without_its_own_number_is_shown_again_as_it_was_typed(maker, name, nils, signed_in, monkeypatch):
    form, other = typed_into(maker, name), "bonus" if name == "deposit" else "deposit"
    with monkeypatch.context() as earlier:
        now = signing.time.time()
        earlier.setattr(signing.time, "time", lambda: now - 9 * 3600)
        old = fresh(maker, name, FORMS[name]["login"])["form_id"]
    others = [fresh(signed_in(nils), name, USD)["form_id"], fresh(maker, other, USD)["form_id"]]
    nobodys = ["forged", form["form_id"][:-1] + "!", "", "x" * 10_000, "\x00", "é:é:é", signing.dumps("1", salt="form")]

    for number in some([*others, old, *nobodys], name):
        refused(maker, name, form | {"form_id": number}, shown=["amount"])
    refused(maker, name, {key: value for key, value in form.items() if key != "form_id"})


def test_a_form_number_handed_out_again_can_be_sent(maker):
    again = refused(maker, "deposit", typed_into(maker, "deposit", form_id="forged")).context["form"]

    response = maker.post(at("deposit"), {name: again[name].value() or "" for name in again.fields})

    assert response.status_code == 302
    assert Operation.objects.count() == 1


@each_form
def test_while_mt5_cannot_be_read_nothing_is_submitted_and_nothing_typed_is_lost(maker, sandbox, name):
    form = typed_into(maker, name, reason="because of the weather", words="Kept")

    for fault in ("offline", "garbage", "unauthorized", "reset_before", "too_many"):
        sandbox.clear()
        sandbox.rule(fault, times=None)
        shown, posted = maker.get(at(name), {"login": USD}), maker.post(at(name), form)

        assert (shown.status_code, posted.status_code) == (503, 503)
        assert "nothing was submitted" in posted.context["unread"]
        assert {key: str(value) for key, value in form.items()}.items() <= dict(posted.context["kept"]).items()
    assert not Operation.objects.exists()


def test_a_body_beyond_all_bounds_is_refused_as_a_whole(maker):
    form = typed_into(maker, "deposit")

    assert maker.post(at("deposit"), form | {"reason": "x" * 2_000_000}).status_code == 400
    assert maker.post(at("deposit"), form | {f"f{n}": "1" for n in range(1001)}).status_code == 400
    assert not Operation.objects.exists()


ODD = st.text(max_size=40) | st.sampled_from([*NO_AMOUNTS[:-1], *NO_TEXTS, "250.00", "1"])


@each_form
@settings(
    max_examples=30,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_input_breaks_a_form(maker, name, data):
    form = typed_into(maker, name)
    fields = data.draw(
        st.dictionaries(st.sampled_from([*form, "words", "reason", "because", "value_date", "preview"]), ODD)
    )
    fields = {key: value.encode("utf-8", "replace").decode() for key, value in fields.items()}

    response = maker.post(at(name), form | fields)

    assert response.status_code in ((200, 422) if "preview" in fields else (302, 422))
