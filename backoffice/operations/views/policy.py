"""The policy in force, to be read: each rule in words, what it needs, what it still waits for, and how old the rates are."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backoffice.access import READERS, Role, access
from backoffice.audit import clock
from backoffice.operations import rates, versions
from backoffice.operations.instructions import KINDS
from backoffice.operations.models import Policy
from backoffice.operations.policy import Rules
from backoffice.operations.rules import Asked, Rule
from backoffice.operations.terms import fits
from backoffice.ui.parts import Fact, Tab, Tone

SEES_POLICY = READERS | {Role.ADMINISTRATOR}
# What holds whatever the rules say: it stands in code and in the database, and no version can take it away.
ALWAYS = (
    "Nobody decides on what they made, by any sign-in of theirs.",
    "Each place is filled by a person of its own, who held the role when they voted and holds it still.",
    "A payment reference is used once.",
    "A withdrawal is at most what is available, a charge at most the balance, credit out at most the credit.",
    "A negative balance reset is exactly the negative balance, without open positions.",
    "A login with an unknown outcome takes no further money.",
    "Without a rule it takes one supervisor.",
)


@dataclass(frozen=True)
class Row:
    """One rule as it is read: in its own words, exactly what it is about and when, and what it waits for."""

    rule: Rule
    said: str
    inactive: str

    @property
    def needs(self) -> str:
        return self.rule.needs_words

    @property
    def tone(self) -> Tone:
        if self.inactive:
            return ""
        return "bad" if self.rule.places is None else "accent" if self.rule.needs > 1 else "ok"


@access(*SEES_POLICY)
def desk(request: HttpRequest) -> HttpResponse:
    try:
        force, version = versions.in_force(), Policy.objects.order_by("-number").first()
    except versions.NoPolicy as failure:
        return render(request, "operations/policy.html", {"title": "Policy", "broken": str(failure)})
    rows = [_row(rule, force.rules) for rule in force.rules.all]
    only = request.GET.get("rules", "")
    shown = [row for row in rows if only not in ("active", "inactive") or bool(row.inactive) == (only == "inactive")]
    context = {"title": "Policy", "version": version, "rows": shown, "tabs": _tabs(rows, only), "always": ALWAYS}
    return render(request, "operations/policy.html", context | {"rates": _rates(), "keeps": rates.KEEPS.days})


def _row(rule: Rule, rules: Rules) -> Row:
    about = [kind.title for name, kind in KINDS.items() if fits(name, rule.kinds)]
    kinds = "Everything" if rule.kinds == ("*",) else ", ".join(about or rule.kinds)
    exactly = [f"{kinds}: {_joined(rule.when)}." if rule.when else "" if rule.words == kinds else f"{kinds}."]
    if rule.unless and rules.excepts(rule):
        exactly.append(f"Not where {_joined(rule.unless)}.")
    if rule.only_at_submit:
        exactly.append("Judged when it is made, not again when it is approved.")
    return Row(rule, " ".join(words for words in (*exactly, rule.why) if words), rules.why_inactive(rule))


def _joined(conditions: tuple[Asked, ...]) -> str:
    return ", and ".join(asked.words for asked in conditions)


def _tabs(rows: list[Row], only: str) -> list[Tab]:
    inactive = sum(1 for row in rows if row.inactive)
    counts = {"": len(rows), "active": len(rows) - inactive, "inactive": inactive}
    labels = {"": "All rules", "active": "Active", "inactive": "Inactive"}
    return [
        Tab(label=label, url=f"?rules={key}" if key else "?", count=str(counts[key]), is_current=key == only)
        for key, label in labels.items()
    ]


def _rates() -> list[dict[str, Any]]:
    """The newest rate of each currency: what one unit is worth, of which day, and whether it still counts."""
    today = clock.now().date()
    return [
        {
            "fact": Fact(label=rate.currency, value=rate.usd.normalize()),
            "day": rate.day,
            "is_stale": stale,
            "rate": rate,
        }
        for rate in rates.newest_of_each(today=today)
        for stale in [rates.is_stale(rate.day, today=today)]
    ]
