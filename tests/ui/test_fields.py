"""A field says its label, its help, its unit and its error, and says them to those who only hear the page."""

from datetime import UTC, datetime

import pytest
from django import forms
from django.core.exceptions import ValidationError

from backoffice.ui.fields import ServerTimeField
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
