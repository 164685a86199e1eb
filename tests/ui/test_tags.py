"""What the tags write: exact, escaped, and with the unit beside it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone as django_timezone

from backoffice.ui import text
from backoffice.ui.templatetags import ui

AT = datetime(2026, 11, 23, 7, 12, 4, tzinfo=UTC)
MARKUP = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0", "0"),
        ("0.00", "0.00"),
        ("-0.00", "0.00"),
        ("1240.10", "1,240.10"),
        ("-182.40", "−182.40"),
        ("1E+3", "1,000"),
        ("12345678.12345678", "12,345,678.12345678"),
        ("99999999999999999999999999999999.99", "99,999,999,999,999,999,999,999,999,999,999.99"),
    ],
)
def test_an_amount_keeps_every_digit_it_has(amount, written):
    assert text.figure(Decimal(amount)) == written


def test_an_amount_that_is_a_float_is_refused():
    with pytest.raises(TypeError):
        ui.money(1240.1, "USD")


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_an_amount_that_is_none_is_refused(amount):
    with pytest.raises(ValueError, match="is no amount"):
        ui.money(Decimal(amount), "USD")


def test_money_carries_its_currency_and_its_value_for_machines():
    drawn = ui.money(Decimal("-2500.00"), "USD")

    assert drawn == '<data class="money" value="-2500.00">−2,500.00 <span class="ccy">USD</span></data>'


def test_a_difference_says_its_sign():
    assert "+2,500.00" in ui.difference(Decimal("2500.00"), "USD")
    assert "−2,500.00" in ui.difference(Decimal("-2500.00"), "USD")
    assert ">0.00 " in ui.difference(Decimal("0.00"), "USD")


def test_what_is_not_known_is_a_dash_and_never_a_zero():
    for drawn in (ui.money(None, "USD"), ui.number(None), ui.when(None), ui.login(None), ui.show(""), ui.show(None)):
        assert "—" in drawn


def test_a_time_is_local_to_read_and_utc_to_compare():
    with django_timezone.override(timezone(timedelta(hours=2), "EET")):
        drawn = ui.when(AT, "full")

    assert '<time datetime="2026-11-23T07:12:04Z" title="2026-11-23 07:12:04 UTC" data-style="full">' in drawn
    assert ">23 Nov 2026, 09:12:04<" in drawn


def test_a_time_that_is_near_says_its_weekday():
    with django_timezone.override(timezone(timedelta(hours=2), "EET")):
        assert ">Mon 23 Nov, 09:12<" in ui.when(AT, "weekday")
        assert ">Sat 5 Dec, 09:12<" in ui.when(AT + timedelta(days=12), "weekday")


def test_a_time_in_utc_says_so():
    with django_timezone.override(UTC):
        assert ">23 Nov 2026, 07:12:04 UTC<" in ui.when(AT, "full")
        assert ">23 Nov 2026<" in ui.when(AT, "date")


def test_the_servers_time_names_its_zone_and_leaves_out_what_goes_without_saying(settings):
    settings.SERVER_TIME_ZONE = "Europe/Nicosia"

    assert text.server(AT) == "23 Nov 2026, 09:12 EET"
    assert text.server(AT, AT - timedelta(hours=9)) == "09:12 EET"
    assert text.server(AT, AT - timedelta(hours=10)) == "23 Nov, 09:12 EET"
    assert text.server(AT.replace(day=3, month=7), AT - timedelta(days=700)) == "3 Jul 2026, 10:12 EEST"


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        text.machine(AT.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("passed", "written"),
    [
        (timedelta(seconds=-5), "under 1 min"),
        (timedelta(seconds=59), "under 1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(days=3), "3 d"),
    ],
)
def test_an_age_is_one_figure_and_one_unit(passed, written):
    assert text.age(AT, AT + passed) == written


@pytest.mark.parametrize("name", ["person", "avatar"])
def test_a_name_is_text_and_never_markup(name):
    assert "<script" not in getattr(ui, name)(MARKUP)


def test_labels_and_values_are_text_and_never_markup():
    for drawn in (ui.badge(MARKUP), ui.show(MARKUP), ui.money(Decimal(1), MARKUP), ui.icon("check", MARKUP)):
        assert "<script" not in drawn


@pytest.mark.parametrize(
    ("name", "letters"), [("Mia Okafor", "MO"), ("Mia", "M"), ("Anna Maria de Boer", "AB"), ("", "")]
)
def test_initials_are_of_the_first_and_the_last_word(name, letters):
    assert text.initials(name) == letters


@pytest.mark.parametrize(
    ("percent", "width"), [(26, "26"), (-5, "0"), (134, "100"), (None, "0"), (Decimal("12.5"), "12.5")]
)
def test_a_bar_stays_within_its_track(percent, width):
    assert f'<rect width="{width}" height="4">' in ui.bar(percent)


def test_an_icon_that_is_not_in_the_sprite_is_refused():
    with pytest.raises(ValueError, match="not in the sprite"):
        ui.icon("unicorn")


def test_a_value_is_written_as_its_kind_is_written_everywhere():
    assert ui.show(value=True) == "Yes"
    assert ui.show(Decimal("2500.00"), "USD") == ui.money(Decimal("2500.00"), "USD")
    assert ui.show(128001) == "<bdi>128001</bdi>"


def test_sorting_starts_over_at_the_first_row_and_keeps_the_filters():
    drawn = header("?kind=deposit&before=128301&sort=login")

    assert 'href="?kind=deposit&amp;sort=-login"' in drawn
    assert 'aria-sort="ascending"' in drawn


def test_figures_sort_from_the_largest_first():
    assert 'href="?sort=-amount"' in header("", '"Amount" "amount" "end"')


def header(query, arguments='"Login" "login"'):
    request = RequestFactory().get(f"/operations/{query}")
    return Template(f"{{% load ui %}}{{% sortable {arguments} %}}").render(Context({"request": request}))


def test_a_day_that_stands_by_itself_belongs_to_no_zone():
    with django_timezone.override("Asia/Tokyo"):
        assert ui.show(AT.date()) == '<time datetime="2026-11-23">23 Nov 2026</time>'


def test_a_hash_is_shortened_at_both_ends_to_be_compared_by_eye():
    assert ui.short_hash("3f9a07c1" + "0" * 52 + "b82e") == "3f9a 07c1 … b82e"
