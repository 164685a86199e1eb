"""What the rules say of one instruction: allowed with so many checkers, or blocked, and what to look at first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backoffice.access import Role

VERSION = "1"


@dataclass(frozen=True)
class Check:
    """One line of the checks strip; `verdict` is ok, warn or block."""

    verdict: str
    text: str
    detail: str = ""


@dataclass(frozen=True)
class Verdict:
    """How many distinct persons of which role must agree, the rule in words, and the checks that were made."""

    needs: int
    role: str
    rule: str
    checks: tuple[Check, ...] = field(default=())

    @property
    def blocks(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.verdict == "block")

    @property
    def warnings(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.verdict == "warn")

    def fields(self) -> dict[str, Any]:
        checks = [{"verdict": c.verdict, "text": c.text, "detail": c.detail} for c in self.checks]
        return {"version": VERSION, "needs": self.needs, "role": self.role, "rule": self.rule, "checks": checks}


def judge(facts: Mapping[str, Any]) -> Verdict:
    """The rule for now: one supervisor, who is another person than the maker. `facts["checks"]` are the area's."""
    checks = tuple(facts.get("checks", ()))
    return Verdict(1, Role.SUPERVISOR.value, "Needs 1 supervisor, another person than the maker.", checks)


def from_fields(fields: Mapping[str, Any]) -> Verdict:
    checks = tuple(Check(**check) for check in fields["checks"])
    return Verdict(fields["needs"], fields["role"], fields["rule"], checks)
