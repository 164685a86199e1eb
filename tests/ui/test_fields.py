"""A field says its label, its help, its unit and its error, and says them to those who only hear the page."""

from datetime import UTC, datetime

import pytest
from django import forms
from django.core.exceptions import ValidationError

from backoffice.ui.fields import AddressField, ServerTimeField
from backoffice.ui.gallery_forms import DepositForm


def test_a_faulty_field_names_its_error_for_the_ear():
    drawn = DepositForm({"amount": "1e5"})["amount"].as_field_group()

    assert 'aria-invalid="true"' in drawn
    assert 'aria-describedby="id_amount_helptext id_amount_error"' in drawn
    assert 'id="id_amount_error"' in drawn
    assert "Plain digits only" in drawn


def test_an_amount_says_its_currency_to_eye_and_ear():
    drawn = DepositForm()["amount"].as_field_group()

    assert '<span aria-hidden="true">USD</span>' in drawn
    assert " in USD</span>" in drawn


def test_a_group_of_choices_is_a_fieldset_with_a_legend():
    drawn = DepositForm()["credit_out"].as_field_group()

    assert "<fieldset" in drawn
    assert "<legend>Credit on the account" in drawn


def test_a_form_leads_from_its_summary_to_each_faulty_field():
    drawn = str(DepositForm({"amount": "1e5"}))

    assert 'role="alert"' in drawn
    assert '<a href="#id_amount">Amount</a>' in drawn


def test_what_a_person_typed_comes_back_as_text():
    class Note(forms.Form):
        note = forms.CharField(max_length=3)

    assert "<script" not in str(Note({"note": "<script>alert(1)</script>"}))


def test_a_moment_is_typed_in_the_servers_time_and_kept_as_one_moment(settings):
    settings.SERVER_TIME_ZONE = "Europe/Nicosia"
    field = ServerTimeField()

    moment = field.clean("2026-11-23T19:00")

    assert moment.astimezone(UTC) == datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert field.widget.format_value(field.prepare_value(moment)) == "2026-11-23T19:00"


@pytest.mark.parametrize("typed", ["2027-03-28T03:30", "2027-10-31T03:30", "2027-02-30T03:30", "tomorrow"])
def test_an_hour_that_there_is_not_or_that_there_is_twice_is_no_moment(typed, settings):
    settings.SERVER_TIME_ZONE = "Europe/Nicosia"

    with pytest.raises(ValidationError):
        ServerTimeField().clean(typed)


@pytest.mark.parametrize(
    "address", ["a@b.co", "o'neill+mt5@desk.firm.example", "x" * 64 + "@firm.example", "a.b-c_d@x1.xn--p1ai"]
)
def test_an_address_is_kept_as_it_was_typed(address):
    assert AddressField().clean(f" {address} ") == address


@pytest.mark.parametrize(
    "address",
    [
        "carl", "carl@", "@firm.example", "carl@firm", "carl@@firm.example", "a b@firm.example", ".a@firm.example",
        "a..b@firm.example", "a.@firm.example", '"a b"@firm.example', "a@[127.0.0.1]", "a@127.0.0.1", "a@-firm.example",
        "a@firm-.example", "a@firm..example", "a@firm.example-", "a@firm.example.", "c\u0430rl@firm.example", "a@f\u00efrm.example",
        "\u212aarl@firm.example", "a@firm.example\nBcc: b@evil.example", "a@firm.example,b@evil.example", "a@firm.example\u200b",
        "x" * 65 + "@firm.example", "a@" + "x" * 64 + ".example", "a@" + "x." * 126 + "ex",
    ],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(address):
    with pytest.raises(ValidationError):
        AddressField().clean(address)
