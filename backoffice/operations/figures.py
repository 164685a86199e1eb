"""An account's figures as facts on a page, from a live read or from a snapshot."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from backoffice.ui.parts import Fact, Tone

MONEY = {
    "balance": "Balance",
    "credit": "Credit",
    "floating": "Floating P/L",
    "equity": "Equity",
    "margin": "Margin",
    "margin_free": "Free margin",
}


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


def account_tone(status: str) -> Tone:
    """How an account's status looks: what is not active stands out."""
    return {"active": "ok", "readonly": "warn"}.get(status, "bad")  # type: ignore[return-value]  # one of the tones


def _level(account: Mapping[str, Any]) -> str | None:
    """Per cent; nothing while there is no margin, never 0%."""
    level, margin = _decimal(account["margin_level"]), _decimal(account["margin"])
    return f"{level:,.1f}%" if level is not None and margin else None


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
