"""A whole new version of the policy, as one proposes it: its text, what is wrong with it, and how it differs from the one in force."""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, ClassVar

from backoffice.access import Role
from backoffice.audit.unit import Unit
from backoffice.governance.amendments import Amendment, register
from backoffice.operations import versions
from backoffice.operations.canonical import canonical, loaded
from backoffice.operations.instructions import KINDS
from backoffice.operations.models import Policy, RuleText
from backoffice.operations.policy import Rules
from backoffice.operations.rule_text import Unfit, read
from backoffice.operations.rules import Rule
from backoffice.ui.fields import REFUSED
from backoffice.ui.parts import Change as Effect

LONGEST = 400_000
NONE = "None"
ORDER = "number words kinds when unless needs signed only why".split()


@register
@dataclass(frozen=True, kw_only=True)
class PolicyPublish(Amendment):
    """Rules are canonical fields; `number` is the version that they would be, `digest` the hash under which it is published."""

    kind: ClassVar[str] = "policy.publish"
    name: ClassVar[str] = "New version of the policy"

    number: int
    digest: str
    note: str
    wording: list[dict[str, Any]]

    @property
    def title(self) -> str:
        return f"Publish version {self.number} of the policy"

    @property
    def about(self) -> str:
        return "policy"

    def effects(self) -> list[Effect]:
        return differences(current(), self.wording)

    def why_not(self) -> str:
        try:
            versions.fit(self.wording)
        except Unfit as failure:
            return str(failure)
        if self.number != next_number():
            return f"It was written over version {self.number - 1}, which is not in force any more."
        return "" if self.effects() else "It changes no rule."

    def apply(self, change: Any, *, work: Unit) -> None:
        agreed = {vote.seat: vote.by for vote in change.votes.select_related("by")}
        by = {"administrator": agreed[Role.ADMINISTRATOR], "compliance": agreed[Role.COMPLIANCE]}
        versions.publish(self.wording, note=self.note, author=change.author, work=work, **by)

    def rules(self, rules: Rules) -> Rules:
        return prepared(self.wording)


def written(fields: Iterable[Mapping[str, Any]]) -> str:
    """Rules as people edit them: JSON, a rule a line, its number first."""
    ordered = [{name: rule[name] for name in ORDER if name in rule} for rule in fields]
    lines = [json.dumps(rule, ensure_ascii=False) for rule in ordered]
    return "[\n" + ",\n".join(lines) + "\n]"


def parsed(text: str) -> list[dict[str, Any]]:
    """The rules that an edited text says, canonical; raises Unfit for whatever is not exactly rules."""
    try:
        said = json.loads(text)
        hidden = any(unicodedata.category(c) in REFUSED for part in _texts(said) for c in part)
    except (ValueError, RecursionError) as error:
        raise Unfit(f"This is no JSON: {error}.") from None
    if hidden:
        # What people agree to must be what they see.
        raise Unfit("The rules hold invisible or control characters. Type them instead of pasting them.")
    if not isinstance(said, list) or not all(isinstance(rule, dict) for rule in said):
        raise Unfit("A policy is a list of rules, each in braces.")
    for place, rule in enumerate(said, start=1):
        _insist_on_a_rule(rule, place)
    versions.fit(said)
    return [loaded(canonical(rule)) for rule in said]


def _texts(value: Any) -> Iterator[str]:
    """Every text in it, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        yield from chain.from_iterable(map(_texts, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_texts, value))


def _insist_on_a_rule(fields: dict[str, Any], place: int) -> None:
    called = f"Rule {fields.get('number', place)}"
    lists_ = all(isinstance(fields.get(name, []), list) for name in ("when", "unless"))
    if not lists_ or not isinstance(fields.get("why", ""), str):
        raise Unfit(f"{called}: `when` and `unless` are lists, `why` is a text.")
    try:
        read(fields)
        canonical(fields)
    except Unfit as failure:
        raise Unfit(f"{called}: {failure}") from None
    except (ValueError, TypeError, RecursionError):
        raise Unfit(f"{called} holds what no rule holds.") from None


def proposed(fields: list[dict[str, Any]], *, note: str) -> PolicyPublish:
    digest = versions.digest_of(canonical(rule) for rule in fields)
    return PolicyPublish(number=next_number(), digest=digest, note=note, wording=fields)


def next_number() -> int:
    return (Policy.objects.order_by("-number").values_list("number", flat=True).first() or 0) + 1


def current() -> list[dict[str, Any]]:
    """The rules of the version in force, as fields."""
    rows = RuleText.objects.filter(policy=next_number() - 1).order_by("place")
    return [loaded(text) for text in rows.values_list("text", flat=True)]


def prepared(fields: Iterable[Mapping[str, Any]]) -> Rules:
    rules = [read(rule) for rule in fields]
    return Rules(rules, kinds={name: kind.supplies for name, kind in KINDS.items()})


def differences(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Effect]:
    """Rule by rule, by their numbers: what was there, what will be."""
    old, new = ({rule["number"]: rule for rule in rules} for rules in (before, after))
    return [
        Effect(label=f"Rule {number}", before=in_words(old.get(number)), after=in_words(new.get(number)))
        for number in dict.fromkeys([*old, *new])
        if old.get(number) != new.get(number)
    ]


def in_words(fields: Mapping[str, Any] | None) -> str:
    """A rule exactly: what it is called, about what and when it applies, whom it asks, and why."""
    if fields is None:
        return NONE
    rule = read(fields)
    parts = [rule.words, f"About {', '.join(rule.kinds)}", _needs(rule)]
    parts += [f"When {' and '.join(asked.words for asked in rule.when)}"] if rule.when else []
    parts += [f"Not where {' and '.join(asked.words for asked in rule.unless)}"] if rule.unless else []
    parts += ["Judged when it is made, not again when it is approved"] if rule.only_at_submit else []
    return ". ".join([*parts, *([rule.why.rstrip(".")] if rule.why else [])]) + "."


def _needs(rule: Rule) -> str:
    return rule.needs_words
