"""The strip of checks above a decision: what the verdict rests on, what has come up since, what the facts say, and what nobody tells."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from backoffice.operations import policy
from backoffice.operations.instructions import Instruction
from backoffice.operations.policy import Verdict
from backoffice.ui.parts import Check
from backoffice.ui.text import figure

# Below it the shipped policy asks for two.
LOW_MARGIN_LEVEL = Decimal(150)
RECENT_HOURS = Decimal(72)
WORST_FIRST = ("block", "warn", "ok", "info", "unknown")


def strip(
    instruction: Instruction, verdict: Verdict, account: Mapping[str, Any], *, since: Sequence[Check] = ()
) -> list[Check]:
    """The verdict's checks, what has come up `since` they were made, and the facts by `account`, worst first.

    What no area supplies is never shown as fine, nor is what only was so at submit.
    """
    made = [*since, *(_of_verdict(check, is_past=bool(since)) for check in verdict.checks)]
    facts = instruction.facts(account)
    if not any("credit" in check.text.casefold() for check in made):
        made += _credit(account)
    if "margin_level_after" in instruction.supplies:
        made.append(_margin(facts))
    supplied = [name for name in TOLD if name in instruction.supplies and facts.get(name) is not None]
    made += [TOLD[name][1](facts[name]) for name in supplied]
    made += _unknown(TOLD[name][0] for name in TOLD if name not in supplied)
    return sorted(made, key=lambda check: WORST_FIRST.index(check.verdict))


def _of_verdict(check: policy.Check, *, is_past: bool) -> Check:
    if is_past and check.verdict == "ok":
        return Check(verdict="info", text=check.text, detail=check.detail or "At submit")
    return Check(verdict=check.verdict, text=check.text, detail=check.detail)  # type: ignore[arg-type]  # one of the words by construction


def _credit(account: Mapping[str, Any]) -> list[Check]:
    if account.get("credit") is None:
        return [Check(verdict="unknown", text="Credit on the account is not known")]
    credit = Decimal(account["credit"])
    if not credit:
        return [Check(verdict="ok", text="No credit on the account")]
    return [Check(verdict="info", text=f"Credit on the account: {figure(credit)} {account['currency']}")]


def _margin(facts: Mapping[str, Any]) -> Check:
    positions, level = facts.get("positions"), facts.get("margin_level_after")
    if positions is False:
        return Check(verdict="ok", text="No open positions")
    if level is None:
        return Check(verdict="unknown", text="Margin level after is not known")
    is_low = level < LOW_MARGIN_LEVEL
    text, detail = f"Margin level after: {level:,.1f}%", "An estimate by the figures now"
    return Check(verdict="warn" if is_low else "info", text=text, detail=detail)


def _unknown(names: Iterable[str]) -> list[Check]:
    said = ", ".join(names)
    return [Check(verdict="unknown", text=f"Not known yet: {said}")] if said else []


def _kyc(status: Any) -> Check:
    return Check(verdict="ok" if status == "approved" else "warn", text=f"KYC: {status}")


def _hold(is_held: Any) -> Check:
    return Check(verdict="block", text="A hold matches") if is_held else Check(verdict="ok", text="No hold")


def _first(is_first: Any) -> Check:
    return (
        Check(verdict="warn", text="First withdrawal") if is_first else Check(verdict="ok", text="Has withdrawn before")
    )


def _security(hours: Any) -> Check:
    text = f"Last security change {Decimal(hours):,.0f} hours ago"
    return Check(verdict="warn" if hours <= RECENT_HOURS else "ok", text=text)


# The facts that a checker wants told in so many words, each with what says it once an area supplies it.
TOLD: dict[str, tuple[str, Callable[[Any], Check]]] = {
    "hold": ("holds", _hold),
    "kyc": ("KYC", _kyc),
    "first_withdrawal": ("first withdrawal", _first),
    "hours_since_security_change": ("recent security change", _security),
}
