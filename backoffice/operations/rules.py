"""A rule: held against facts, put in order by strictness, and said in words."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from backoffice.access import Role
from backoffice.operations.terms import SUBJECTS, TERMS, fits

Places = tuple[frozenset[str], ...]
Facts = Mapping[str, Any]
# Facts and sums side by side, by the name of the one and the key of the other.
Known = Mapping[str, Any]
NOBODY = 99
USUAL: Places = (frozenset({Role.SUPERVISOR.value}),)
SENIORITY = {Role.SUPERVISOR: 1, Role.FINANCE: 2, Role.ADMINISTRATOR: 3, Role.COMPLIANCE: 4}


@dataclass(frozen=True)
class Window:
    """What is added up beside the operation: whose (`login`, `client`, `operator`), of which kinds, over how many hours."""

    subject: str
    of: tuple[str, ...]
    hours: int
    counts: bool

    @cached_property
    def key(self) -> str:
        """One word for it, since a word is found faster than all that it stands for."""
        return f"{self.subject} {self.hours} {self.counts} {' '.join(self.of)}"

    def figure(self, total: Decimal | None) -> str:
        return f"{total:f}" if self.counts and total is not None else _usd(total)

    def part(self, total: Decimal | None) -> str:
        return f"{self.figure(total)} in {_span(self.hours)} {SUBJECTS[self.subject]}"

    @property
    def words(self) -> str:
        what, kinds = "number" if self.counts else "sum", ", ".join(_said(kind) for kind in self.of)
        return f"the {what} in {_span(self.hours)} {SUBJECTS[self.subject]} ({kinds})"


@dataclass(frozen=True)
class Asked:
    """One condition: a fact or a window, how it is compared, and with what."""

    of: str | Window
    test: str
    value: Any

    @property
    def key(self) -> str:
        return self.of if isinstance(self.of, str) else self.of.key

    @property
    def needs(self) -> set[str]:
        """The facts that must be supplied for it to mean anything: a sum is of money, and a client must be known."""
        if isinstance(self.of, str):
            return {self.of}
        whose = {"client"} if self.of.subject == "client" else set()
        return whose if self.of.counts else whose | {"usd"}

    @property
    def words(self) -> str:
        what = TERMS[self.of].words if isinstance(self.of, str) else self.of.words
        if self.test == "is":
            return what if self.value else f"not {what}"
        return f"{what} {SAID[self.test]} {_value(self.value)}"


@dataclass(frozen=True)
class Rule:
    """What it is about, when it applies, and how many must agree: `places` is None where it blocks, empty where it allows.

    Where `is_signed`, whoever agrees signs it with a passkey, also where a stricter rule says who that is. Where it is not known whether it applies, it applies; one that asks for nobody, and an exception, must be sure.
    """

    number: str
    words: str
    kinds: tuple[str, ...]
    places: Places | None
    when: tuple[Asked, ...] = ()
    unless: tuple[Asked, ...] = ()
    why: str = ""
    only_at_submit: bool = False
    is_signed: bool = False
    id: str | None = field(default=None, compare=False)

    @cached_property
    def asked(self) -> tuple[tuple[str, Callable[[Any, Any], bool], Any], ...]:
        """The conditions laid out flat: what to look up, how to compare it, and with what."""
        return tuple((asked.key, TESTS[asked.test], asked.value) for asked in self.when)

    @property
    def is_lenient(self) -> bool:
        return self.places is not None and not self.places

    def excepts(self, known: Known) -> bool:
        """Whether its exception surely holds."""
        told = [(known.get(asked.key), TESTS[asked.test], asked.value) for asked in self.unless]
        return bool(told) and all(have is not None and test(have, value) for have, test, value in told)

    def figures(self, facts: Facts, sums: Mapping[Window, Any]) -> str:
        """What its sums came to, and the amount in USD where it is in another currency: ` (29,700.00 USD)`, or empty."""
        said = [asked.of.figure(sums.get(asked.of)) for asked in self.when if isinstance(asked.of, Window)]
        if any(asked.of == "usd" for asked in self.when) and facts.get("currency") != "USD":
            said.append(_usd(facts.get("usd")))
        return f" ({', '.join(said)})" if said else ""

    def part_of(self, sums: Mapping[Window, Any]) -> tuple[str, ...]:
        """What each of its sums came to, in words: `29,700.00 USD in 24 hours of this login`."""
        windows = [asked.of for asked in self.when if isinstance(asked.of, Window)]
        return tuple(window.part(sums.get(window)) for window in windows)

    @property
    def strictness(self) -> tuple[int, list[tuple[int, int]]]:
        return strictness(self.places)

    @property
    def needs(self) -> int:
        """How many persons; more than there are where it blocks."""
        return NOBODY if self.places is None else len(self.places)

    @property
    def needs_words(self) -> str:
        if self.places is None:
            return "Blocked"
        said = needs_in_words(self.places)
        return signed_in_words(said, self.places) if self.is_signed else said

    def lacks(self, supplied: frozenset[str]) -> list[str]:
        """The facts that it asks for and that a kind of instruction does not supply."""
        asked = {name for each in self.when for name in each.needs}
        return sorted(asked - supplied)

    def among(self, supplied: frozenset[str]) -> "Rule":
        """This rule where only these facts are supplied: an exception that asks for another is none."""
        is_sure = all(asked.needs <= supplied for asked in self.unless)
        return self if is_sure else replace(self, unless=())

    @property
    def windows(self) -> set[Window]:
        return {asked.of for asked in (*self.when, *self.unless) if isinstance(asked.of, Window)}


def strictness(places: Places | None) -> tuple[int, list[tuple[int, int]]]:
    """The order of verdicts: a block above all, then more persons, then the more senior roles, then the narrower choice."""
    if places is None:
        return NOBODY, []
    seniority = [(min(SENIORITY[Role(role)] for role in place), -len(place)) for place in places]
    return len(places), sorted(seniority, reverse=True)


def needs_in_words(places: Places) -> str:
    """`Needs 2: supervisor + compliance`, as it stands on every screen."""
    said = [" or ".join(sorted(place, key=lambda role: SENIORITY[Role(role)])) for place in places]
    if not said:
        return "Needs nobody’s approval"
    return f"Needs 1 {said[0]}" if len(said) == 1 else f"Needs {len(said)}: {' + '.join(said)}"


def signed_in_words(said: str, places: Places) -> str:
    """What it needs, and that it is signed: `Needs 2: supervisor + finance, each signed with a passkey`."""
    return f"{said}, {'each ' if len(places) > 1 else ''}signed with a passkey"


def _one_of(have: Any, values: frozenset[str]) -> bool:
    return not values.isdisjoint(have) if isinstance(have, frozenset) else have in values


TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": operator.ge,
    "above": operator.gt,
    "at_most": operator.le,
    "below": operator.lt,
    "one_of": _one_of,
    "like": fits,
    "is": operator.is_,
}
SAID = {"at_least": "≥", "above": ">", "at_most": "≤", "below": "<", "one_of": "is", "like": "is"}


def _usd(amount: Decimal | None) -> str:
    return "not known" if amount is None else f"{amount:,.2f} USD"


def _value(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:,f}"
    return " or ".join(sorted(value))


def _said(kind: str) -> str:
    return kind.rpartition(".")[2].replace("_", " ").replace("*", "all kinds")


def _span(hours: int) -> str:
    return f"{hours} hours" if hours < 48 or hours % 24 else f"{hours // 24} days"
