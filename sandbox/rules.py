"""Rules say which calls a fault befalls, how often, and with what chance; the first that fires wins."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any

from sandbox import refusals
from sandbox.calls import Call
from sandbox.faults import checked_params


@dataclass(slots=True)
class Rule:
    """`times` counts down and None has no end; `chance` draws from the rule's own seed, so a run can be repeated."""

    id: int
    fault: str
    match: dict[str, Any]
    params: dict[str, Any]
    times: int | None
    probability: float
    seed: int
    chance: Random = field(repr=False)
    fired: int = 0

    def befalls(self, call: Call) -> bool:
        return all(MATCHES[name](call, wanted) for name, wanted in self.match.items()) and self._is_drawn()

    def _is_drawn(self) -> bool:
        return self.probability >= 1 or self.chance.random() < self.probability

    def shown(self) -> dict[str, Any]:
        names = ("id", "fault", "match", "params", "times", "probability", "seed", "fired")
        return {name: getattr(self, name) for name in names}


def _path_is(call: Call, wanted: str) -> bool:
    """A path that begins with ^ is a regular expression, any other a prefix."""
    return bool(re.search(wanted, call.path)) if wanted.startswith("^") else call.path.startswith(wanted)


MATCHES: dict[str, Callable[[Call, Any], bool]] = {
    "method": lambda call, wanted: call.method == wanted,
    "path": _path_is,
    "login": lambda call, wanted: call.login() == wanted,
    "scope": lambda call, wanted: call.key is not None and wanted in call.key.scopes,
}
TYPES = {"method": str, "path": str, "login": int, "scope": str}


class Rules:
    """The rules in force, in the order in which they were made; memory only, gone with the process."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.ids = count(1)

    def add(self, asked: dict[str, Any]) -> Rule:
        unknown = asked.keys() - {"fault", "match", "params", "times", "probability", "seed"}
        if unknown:
            raise refusals.invalid(min(unknown), "a rule has no such field")
        rule = _checked(asked, id=next(self.ids))
        self.rules.append(rule)
        return rule

    def firing(self, call: Call) -> Rule | None:
        for rule in self.rules:
            if rule.befalls(call):
                self._count_down(rule)
                return rule
        return None

    def remove(self, id: int) -> None:
        self.rules = [rule for rule in self.rules if rule.id != id]

    def clear(self) -> None:
        self.rules = []

    def _count_down(self, rule: Rule) -> None:
        rule.fired += 1
        if rule.times is not None:
            rule.times -= 1
            if rule.times <= 0:
                self.remove(rule.id)


def _checked(asked: dict[str, Any], *, id: int) -> Rule:
    match, params = _fields(asked, "match"), _fields(asked, "params")
    times, seed = asked.get("times", 1), asked.get("seed", 0)
    for name, wanted in match.items():
        if name not in MATCHES or type(wanted) is not TYPES[name]:
            raise refusals.invalid(f"match.{name}", f"{wanted!r} cannot be matched by {name}")
    if times is not None and (type(times) is not int or times < 1):
        raise refusals.invalid("times", "times must be at least 1, or null for no end")
    if type(seed) is not int:
        raise refusals.invalid("seed", "seed must be a whole number")
    _check_pattern(match.get("path", ""))
    params = checked_params(asked.get("fault"), params)
    return Rule(id, asked["fault"], match, params, times, _probability(asked), seed, Random(seed))


def _fields(asked: dict[str, Any], name: str) -> dict[str, Any]:
    fields = asked.get(name, {})
    if not isinstance(fields, dict):
        raise refusals.invalid(name, f"{name} must be an object")
    return fields


def _probability(asked: dict[str, Any]) -> float:
    probability = asked.get("probability", 1)
    if not isinstance(probability, int | Decimal) or not 0 <= probability <= 1:
        raise refusals.invalid("probability", "probability must be from 0 to 1")
    return float(probability)


def _check_pattern(path: str) -> None:
    try:
        re.compile(path if path.startswith("^") else "")
    except re.error as wrong:
        raise refusals.invalid("match.path", f"not a regular expression: {wrong}") from None
