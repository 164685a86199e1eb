"""What the rules say of one instruction: who must agree, or that it is blocked. A pure function of facts, rules and sums."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from backoffice.operations.rules import USUAL, Facts, Places, Rule, Window, needs_in_words, signed_in_words, strictness
from backoffice.operations.terms import TERMS, fits

# How a verdict is written down; 1 knew one role and no rules.
FORM = "2"
# Rules about a kind, each with whether it must be sure, and its conditions; the strictest first.
Told = list[tuple[Rule, bool, Any]]
NO_RULE = "No rule of the policy is about it."


@dataclass(frozen=True)
class Check:
    """One line of the checks strip; `verdict` is ok, warn or block, and `is_said` that its detail is what a person says."""

    verdict: str
    text: str
    detail: str = ""
    is_said: bool = False


@dataclass(frozen=True)
class Verdict:
    """Who must agree (a role or a choice of roles for each place), by which rule of which version, and the checks made."""

    places: Places
    rule: str
    checks: tuple[Check, ...] = field(default=())
    policy: int | None = None
    rule_id: str | None = None
    # By which rule whoever agrees signs it with a passkey; empty where none asks for that.
    signed_by: str = ""
    # Of which sums it is a part, where its rule asks for any; it is said when it is judged, and not written down.
    part_of: tuple[str, ...] = field(default=(), compare=False)

    @property
    def needs(self) -> int:
        return len(self.places)

    @property
    def words(self) -> str:
        if self.blocks:
            return "Blocked"
        said = needs_in_words(self.places)
        return signed_in_words(said, self.places) if self.is_signed else said

    @property
    def is_signed(self) -> bool:
        """Whether only votes count that are signed with a passkey."""
        return bool(self.signed_by)

    @property
    def blocks(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.verdict == "block")

    @property
    def warnings(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.verdict == "warn")

    def is_stricter_than(self, other: "Verdict") -> bool:
        return strictness(self.places) > strictness(other.places) or (self.is_signed and not other.is_signed)

    def no_milder_than(self, other: "Verdict") -> "Verdict":
        """This verdict, with whatever the other one asked for that it does not."""
        places = max(self.places, other.places, key=strictness)
        return replace(self, places=places, signed_by=self.signed_by or other.signed_by)

    def fields(self) -> dict[str, Any]:
        checks = [{"verdict": c.verdict, "text": c.text, "detail": c.detail} for c in self.checks]
        places = [sorted(place) for place in self.places]
        by = {"policy": self.policy, "rule": self.rule, "rule_id": self.rule_id}
        signed = {"signed_by": self.signed_by} if self.is_signed else {}
        return {"version": FORM, "places": places, **by, **signed, "checks": checks}


class Rules:
    """The rules of one version, ready to judge: for each kind those that are about it, the strictest first."""

    def __init__(self, rules: Iterable[Rule] = (), *, kinds: Mapping[str, frozenset[str]] | None = None) -> None:
        """`kinds` are the kinds of instructions that there are, each with the facts that it supplies."""
        self.all, self.kinds = tuple(rules), dict(kinds or {})
        self._of: dict[str, Told] = {}
        self._signing: dict[str, Told] = {}
        self._windows: dict[str, frozenset[Window]] = {}
        for kind, supplied in self.kinds.items():
            told = [rule.among(supplied) for rule in self.all if fits(kind, rule.kinds) and not rule.lacks(supplied)]
            told.sort(key=lambda rule: rule.strictness, reverse=True)
            self._of[kind] = [(rule, rule.is_lenient, rule.asked) for rule in told]
            self._signing[kind] = [each for each in self._of[kind] if each[0].is_signed]
            self._windows[kind] = frozenset(window for rule in told for window in rule.windows)

    @property
    def active(self) -> set[str]:
        """The numbers of those that are about some kind that there is, and whose facts that kind supplies."""
        return {rule.number for rules in self._of.values() for rule, _, _ in rules}

    def excepts(self, rule: Rule) -> bool:
        """Whether its exception means anything to some kind that there is."""
        about = [supplied for kind, supplied in self.kinds.items() if fits(kind, rule.kinds)]
        return any(rule.among(supplied).unless for supplied in about)

    def why_inactive(self, rule: Rule) -> str:
        """In words what a rule still waits for; empty where it is active."""
        if rule.number in self.active:
            return ""
        about = [supplied for kind, supplied in self.kinds.items() if fits(kind, rule.kinds)]
        if not about:
            return "There is no such instruction yet."
        lacking = min((rule.lacks(supplied) for supplied in about), key=len)
        areas = sorted({TERMS[name].waits_for or "another kind of instruction" for name in lacking})
        return f"Nobody tells {' or '.join(TERMS[name].words for name in lacking)} yet: it waits for {' and '.join(areas)}."

    def of(self, kind: str) -> Told:
        """Each rule about this kind, whether it must be sure, and its conditions."""
        return self._of.get(kind, [])

    def signing(self, kind: str) -> Told:
        """Those of them by which whoever agrees signs it."""
        return self._signing.get(kind, [])

    def windows(self, kind: str) -> frozenset[Window]:
        """What must be added up before an instruction of this kind can be judged."""
        return self._windows.get(kind, frozenset())


NONE = Rules()


def judge(
    facts: Facts,
    rules: Rules = NONE,
    sums: Mapping[Window, Any] | None = None,
    *,
    policy: int | None = None,
    is_submit: bool = True,
) -> Verdict:
    """The strictest rule that applies; without any, one supervisor. `facts["checks"]` are the area's, and block by themselves.

    Whether it is signed, any rule that applies may say, be another one stricter.

    `sums` hold each of `rules.windows(kind)`, this instruction counted in; what is missing in `facts` or `sums` is not known.
    """
    checks = tuple(facts.get("checks", ()))
    kind = facts.get("kind", "")
    rule = _strictest(facts, rules.of(kind), sums or {}, is_submit=is_submit)
    signing = _strictest(facts, rules.signing(kind), sums or {}, is_submit=is_submit)
    signed_by = f"rule {signing.number} of policy {policy}: {signing.words}" if signing else ""
    if rule is None:
        told = f"{NO_RULE[:-1]} (version {policy})." if policy else NO_RULE
        return Verdict(USUAL, told, checks, policy)
    told = f"rule {rule.number} of policy {policy}: {rule.words}{rule.figures(facts, sums or {})}."
    if rule.places is None:
        checks = (Check("block", f"Blocked by {told}", rule.why), *checks)
    signed_by = signed_by if rule.places else ""
    return Verdict(rule.places or (), f"R{told[1:]}", checks, policy, rule.id, signed_by, rule.part_of(sums or {}))


def _strictest(facts: Facts, rules: Told, sums: Mapping[Window, Any], *, is_submit: bool) -> Rule | None:
    """The first of the rules, the strictest standing first, of which every condition holds or is not known."""
    known = {**facts, **{window.key: total for window, total in sums.items()}}
    look_up = known.get
    # One flat loop: a thousand rules are asked of each operation, and a call for each would cost as much again.
    for rule, is_lenient, conditions in rules:
        for name, test, bound in conditions:
            have = look_up(name)
            if is_lenient if have is None else not test(have, bound):
                break
        else:
            if (is_submit or not rule.only_at_submit) and not rule.excepts(known):
                return rule
    return None


def from_fields(fields: Mapping[str, Any]) -> Verdict:
    checks = tuple(Check(**check) for check in fields["checks"])
    if fields["version"] != FORM:
        return Verdict((frozenset({fields["role"]}),) * fields["needs"], fields["rule"], checks)
    places = tuple(frozenset(place) for place in fields["places"])
    return Verdict(places, fields["rule"], checks, fields["policy"], fields["rule_id"], fields.get("signed_by", ""))
