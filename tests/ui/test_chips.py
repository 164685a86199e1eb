"""A filter's chip says what it holds, and leads to the list without it."""

import pytest
from django import forms
from django.http import QueryDict

from backoffice.ui.chips import chips_of
from backoffice.ui.gallery_forms import OperationsFilter


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        ("kind=deposit", "kind", "Deposit"),
        ("kind=", "kind", ""),
        ("amount_min=1000", "amount", "≥ 1000"),
        ("amount_max=50", "amount", "≤ 50"),
        ("amount_min=10&amount_max=50", "amount", "10 – 50"),
        ("maker=Mia", "maker", "Mia"),
        ("kind=nonsense", "kind", ""),
    ],
)
def test_a_chip_says_its_value_in_words(query, name, value):
    assert chip(query, name).value == value


def test_clearing_one_filter_keeps_the_others():
    assert chip("kind=deposit&amount_min=10&amount_max=50", "amount").clear_url == "?kind=deposit"


def test_the_search_box_is_no_chip():
    assert "q" not in [each.field.name for each in chips_of(OperationsFilter(QueryDict("q=128001")), QueryDict())]


def test_both_ends_of_a_range_have_a_name_to_hear():
    drawn = str(chip("", "amount").field)

    assert 'aria-label="Amount: at least"' in drawn
    assert 'aria-label="Amount: at most"' in drawn


@pytest.mark.parametrize(("query", "address", "value"), [("", "set_url", ""), ("open=on&kind=x", "clear_url", "Yes")])
def test_a_filter_that_is_on_or_off_is_one_link_to_the_other(query, address, value):
    data = QueryDict(query)
    switch = next(each for each in chips_of(Switches(data), data) if each.field.name == "open")

    assert switch.is_switch
    assert switch.value == value
    assert getattr(switch, address) == ("?kind=x" if value else "?open=on")


def test_another_filter_is_looked_at_from_its_beginning():
    assert chip("kind=deposit&after=5&page=2&maker=Mia", "kind").clear_url == "?maker=Mia"


class Switches(forms.Form):
    open = forms.BooleanField(label="Open only", required=False)


def chip(query, name):
    data = QueryDict(query)
    return next(each for each in chips_of(OperationsFilter(data), data) if each.field.name == name)
