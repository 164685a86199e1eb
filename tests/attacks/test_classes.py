"""The table of classes is whole: each of the published 21 has its tests, and each named test is there."""

import ast

import pytest

from tests.attacks import raw_sql
from tests.attacks.classes import CLASSES
from tests.attacks.code import ROOT
from tests.governance import attacks as governance_attacks
from tests.operations import (
    attacks,
    bundle_attacks,
    delegation_attacks,
    policy_attacks,
    sight_attacks,
    telling_attacks,
)
from tests.operations.test_guards import ATTACKS, REPLACEMENTS

EVERY = ATTACKS | REPLACEMENTS | governance_attacks.ATTACKS | governance_attacks.REPLACEMENTS

PUBLISHED = (
    "check wired into some paths only; privileged exemption; payload changed after approval; screen shows less than is "
    "executed; two approvals racing; rules edited to suit; two sign-ins of one person; role change to become a checker; a "
    "rejected item executed through another id; replay of a request id; duplicate delivery; names instead of ids in rules; "
    "links followed by mail scanners; bots; secrets in the trail; audit holes by bulk paths; chain forks; bulk acting on "
    "more than was seen; splitting under a threshold; formula injection in exports; a route around the system"
)


def test_the_classes_are_the_published_ones():
    assert list(CLASSES) == PUBLISHED.split("; ")
    assert len(CLASSES) == 21


@pytest.mark.parametrize("name", CLASSES)
def test_each_class_has_tests_that_are_there(name):
    assert CLASSES[name]

    for path, test in CLASSES[name]:
        function, _, which = test.rstrip("]").partition("[")
        assert function in named_in(path), f"{path} has no {function}"
        assert not which or which in EVERY, f"no attack is called {which}"


def test_no_two_tables_of_attacks_share_a_name():
    """Else one would stand in the place of the other, and be tried by nobody."""
    tables = [attacks.ATTACKS, policy_attacks.ATTACKS, raw_sql.ATTACKS, attacks.REPLACEMENTS]
    tables += [
        governance_attacks.ATTACKS,
        governance_attacks.REPLACEMENTS,
        sight_attacks.ATTACKS,
        sight_attacks.REPLACEMENTS,
        bundle_attacks.ATTACKS,
        bundle_attacks.REPLACEMENTS,
        delegation_attacks.ATTACKS,
        delegation_attacks.REPLACEMENTS,
        telling_attacks.ATTACKS,
        telling_attacks.REPLACEMENTS,
    ]
    tables += [policy_attacks.REPLACEMENTS, policy_attacks.TWICE_HELD, raw_sql.OF_A_ROLE]

    assert len({name for table in tables for name in table}) == sum(map(len, tables))


def named_in(path):
    """The tests that a file holds; one that is parametrised over nothing, or skipped outright, is none."""
    tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not _is_skipped(node)}


def _is_skipped(node):
    marks = [ast.unparse(mark) for mark in node.decorator_list]
    return any(
        mark.startswith(("pytest.mark.skip(", "pytest.mark.xfail")) or mark == "pytest.mark.skip" for mark in marks
    )
