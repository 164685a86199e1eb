"""What `pytest tests/attacks` shows at its end: which attacks got through as whom, and what holds against each class."""

import pytest

from tests.attacks import classes
from tests.attacks.tally import TRIED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    say = terminalreporter.write_line
    if TRIED:
        terminalreporter.section("raw SQL")
    for tried in TRIED:
        say(f"{tried.whom:<42} {tried.attacks:>4} attacks, {len(tried.through):>2} through  {', '.join(tried.through)}")
    terminalreporter.section("the published classes")
    for number, (name, tests) in enumerate(classes.CLASSES.items(), start=1):
        say(f"{number:>2}  {name:<46} {len(tests):>2} tests")
