"""An account's figures as facts on a page, from a live read or from a snapshot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backoffice.ui.parts import Change, Fact, Tone

MONEY = {
    "balance": "Balance",
    "credit": "Credit",
    "floating": "Floating P/L",
    "equity": "Equity",
    "margin": "Margin",
    "margin_free": "Free margin",
}

PLAIN = ("Group", "Leverage", "Login status")
# Balance and credit are part of both, so that what moves either moves these.
FOLLOW = ("Equity", "Free margin")


@dataclass(frozen=True)
class Compared:
    """One figure of an account at submit, now, and once the operation is booked; None where it is not known."""

    label: str
    then: object
    now: object
    after: object

    @property
    def has_moved(self) -> bool:
        return self.now is not None and self.now != self.then


def figures(account: Mapping[str, Any]) -> list[Fact]:
    """Group, leverage, status and the money of a snapshot; what is not known shows a dash."""
    currency = account["currency"]
    plain = [
        Fact(label="Group", value=account["group"]),
        Fact(label="Leverage", value=f"1:{account['leverage']}"),
        Fact(label="Login status", value=str(account["status"]).capitalize()),
    ]
    money = [Fact(label=label, value=_decimal(account[name]), currency=currency) for name, label in MONEY.items()]
    return plain + money + [Fact(label="Margin level", value=_level(account))]


def compared(then: Mapping[str, Any], now: Mapping[str, Any] | None, effects: Iterable[Change]) -> list[Compared]:
    """The figures side by side; "after" adds the effects to the newest figures that are known, money first."""
    at_submit = {fact.label: fact.value for fact in figures(then)}
    by_now = {fact.label: fact.value for fact in figures(now)} if now else {}
    after = _after(by_now or at_submit, effects)
    labels = sorted(at_submit, key=lambda label: label in PLAIN)
    return [Compared(label, at_submit[label], by_now.get(label), after.get(label)) for label in labels]


def _after(newest: Mapping[str, Any], effects: Iterable[Change]) -> dict[str, Any]:
    after = dict(newest)
    for effect in effects:
        moved: Any = effect.after - effect.before  # type: ignore[operator]  # effects of money are decimals
        for label in (effect.label, *FOLLOW):
            after[label] = None if newest[label] is None else newest[label] + moved
    if after["Margin level"] and after["Equity"] is not None:
        after["Margin level"] = f"{after['Equity'] / after['Margin'] * 100:,.1f}%"
    return after


def account_tone(status: str) -> Tone:
    """How an account's status looks: what is not active stands out."""
    return {"active": "ok", "readonly": "warn"}.get(status, "bad")  # type: ignore[return-value]  # one of the tones


def _level(account: Mapping[str, Any]) -> str | None:
    """Per cent; nothing while there is no margin, never 0%."""
    level, margin = _decimal(account["margin_level"]), _decimal(account["margin"])
    return f"{level:,.1f}%" if level is not None and margin else None


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
