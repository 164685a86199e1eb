"""The table of ASVS is whole: each requirement of levels 1 and 2 has its row, and each row what shows it, or why not."""

import re
from collections import Counter
from dataclasses import replace

import pytest

from tests import asvs


def test_each_requirement_of_levels_1_and_2_has_its_row():
    own = [row for row in asvs.rows() if row.level <= 2]

    assert Counter(row.chapter for row in own) == {chapter: many for chapter, (many, _) in asvs.CHAPTERS.items()}
    assert sum(many for many, _ in asvs.CHAPTERS.values()) == 253
    assert Counter(row.level for row in own) == {1: 70, 2: 183}


def test_what_is_asked_for_of_level_3_has_its_row_too():
    assert tuple(row.id for row in asvs.rows() if row.level == 3) == asvs.OF_LEVEL_3


def test_none_comes_twice_and_they_stand_in_order():
    ids = [tuple(map(int, row.id.split("."))) for row in asvs.rows()]

    assert ids == sorted(set(ids))
    assert all(len(id) == 3 for id in ids)


@pytest.mark.parametrize("row", asvs.rows(), ids=lambda row: row.id)
def test_each_row_has_what_shows_it_or_says_why_not(row):
    assert list(asvs.faults(row)) == []
    assert row.requirement
    assert not re.search(r"[|\n]", row.requirement + row.why)


def test_a_row_without_either_is_found():
    good = next(row for row in asvs.rows() if row.status == asvs.HOLDS and len(row.shown_by) == 1)

    for bad in (
        replace(good, status="perhaps"),
        replace(good, shown_by=()),
        replace(good, shown_by=("tests/test_asvs.py::test_that_nobody_wrote",)),
        replace(good, shown_by=("tests/nowhere.py::test_x",)),
        replace(good, shown_by=("docs/security.md#nowhere",)),
        replace(good, shown_by=("docs/security.md",)),
        replace(good, shown_by=(".ci/run",)),
        replace(good, status=asvs.NOT_HELD, why=""),
        replace(good, status=asvs.NOT_HERE, why="no"),
    ):
        assert list(asvs.faults(bad)), bad


def test_the_counts_on_the_page_are_those_of_the_table():
    """`python -m tests.asvs` says them anew."""
    assert asvs.on_the_page() == asvs.summary()


def test_no_test_is_named_for_what_only_a_person_could_tell():
    """A test may show several; one that is to show more than a dozen shows none of them."""
    named = Counter(shown for row in asvs.rows() if row.status == asvs.HOLDS for shown in row.shown_by)

    assert max(named.values()) <= 12, named.most_common(1)
