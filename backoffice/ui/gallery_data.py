"""Made-up data for the gallery: the trade's figures and the demo's cast, and nothing that is anybody's."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from backoffice.ui.parts import Banner, Change, Check, Event, Fact, Figure, Pager, Status, Step, Tab, Tone

AT = datetime(2026, 11, 23, 7, 12, 4, tzinfo=UTC)
STATES: tuple[tuple[str, Tone], ...] = (
    ("Pending approval", "warn"), ("Approved", "info"), ("Sending", "info"), ("Accepted by MT5, not booked yet", "info"),
    ("Completed", "ok"), ("Failed: refused by MT5", "bad"), ("Rejected", "bad"), ("Returned to maker", "warn"),
    ("Cancelled", ""), ("Expired", ""), ("Outcome unknown: checking", "warn"), ("Needs a decision", "bad"),
    ("Closed: not booked", ""),
)  # fmt: skip
CLIENTS = (
    (128001, "Amelia Novak"), (128044, "Tomás Rivera"), (128077, "Hana Nguyen"), (128117, "Ingrid Dahl"),
    (128123, "Jo Park"), (128254, "Kofi Fernandez"), (128301, "Viktor Petrov"), (128206, "ليلى حداد"),
)  # fmt: skip
KINDS = ("Deposit", "Withdrawal", "Deposit", "Credit in", "Deposit", "Correction", "Withdrawal", "Internal transfer")
AMOUNTS = ("2500.00", "-1250.00", "7300.00", "1000.00", "12000.00", "-48.15", "-24999.99", "410.55")
MAKERS, CHECKERS = ("Mia Okafor", "Nils Berg"), ("Carl Weiss", "Chen Li")


@dataclass(frozen=True, kw_only=True)
class Row:
    reference: str
    kind: str
    login: int
    client: str
    amount: Decimal
    currency: str
    maker: str
    checker: str
    state: str
    tone: Tone
    at: datetime


def components() -> dict[str, Any]:
    return {
        "states": STATES, "tones": ("", "ok", "warn", "bad", "info", "accent"), "rows": _rows(5), "changes": _changes(),
        "checks": _checks(), "events": _events(), "figures": _figures(), "tabs": _tabs(), "steps": _steps(),
        "pager": Pager(shown="1–50 of 10,000+", following="?before=128301"), "facts": _account_facts(),
        "banners": (
            Banner(text="MT5 connection Funding is paused since 09:02: planned maintenance. Approved operations wait.", url="#"),
            Banner(text="2 operations need a decision: nobody knows yet whether they were booked.", tone="bad", url="#"),
            Banner(text="Report data is of Friday, server day 20 Nov.", tone="info"),
        ),
        "statuses": (
            Status(text="Connected"), Status(text="Funding paused", tone="warn"), Status(text="No connection", tone="bad"),
        ),
        "figure_amounts": (Decimal("1240.10"), Decimal("-182.40"), Decimal("0.00"), Decimal("12345678.12345678")),
        "at": AT, "percents": (26, 80, 134, 0),
    }  # fmt: skip


def operations() -> dict[str, Any]:
    return {"rows": _rows(24), "figures": _figures(), "tabs": _tabs(), "pager": components()["pager"]}


def decision() -> dict[str, Any]:
    usd = Decimal("1240.10")
    return {
        "currency": "USD", "amount": Decimal("2500.00"), "before": usd, "after": usd + Decimal("2500.00"),
        "checks": _checks()[:5], "payload": _payload(), "events": _events(), "at": AT,
        "requested": (
            Fact(label="Requested by", value="Mia Okafor"), Fact(label="At", value=AT),
            Fact(label="From", value="10.4.1.17 · Nicosia office"), Fact(label="Device", value="Firefox 145, Windows"),
            Fact(label="Expires", value=AT + timedelta(days=3)),
        ),
        "account_then_now": (
            ("Balance", usd, usd, usd + Decimal("2500.00")), ("Credit", Decimal("0.00"), Decimal("0.00"), Decimal("0.00")),
            ("Equity", Decimal("1182.40"), Decimal("1176.05"), Decimal("3676.05")),
            ("Free margin", Decimal("872.40"), Decimal("866.05"), Decimal("3366.05")),
        ),
    }  # fmt: skip


def account() -> dict[str, Any]:
    return {
        "facts": _account_facts(), "at": AT, "available": Decimal("866.05"), "before": Decimal("1240.10"),
        "after": Decimal("3740.10"), "checks": _checks()[1:3],
        "totals": (
            Fact(label="This login", value=Decimal("0.00"), currency="USD"),
            Fact(label="This client, 2 logins", value=Decimal("400.00"), currency="USD"),
            Fact(label="You", value=Decimal("18250.00"), currency="USD"),
        ),
    }  # fmt: skip


def _rows(count: int) -> list[Row]:
    return [_row(index) for index in range(count)]


def _row(index: int) -> Row:
    login, client = CLIENTS[index % len(CLIENTS)]
    state, tone = STATES[(index * 4) % len(STATES)]
    return Row(
        reference=f"{KINDS[index % 8][:3].upper()}-{'7K2MQX4T9A3W'[index % 3 : index % 3 + 10]}",
        kind=KINDS[index % 8], login=login, client=client, amount=Decimal(AMOUNTS[index % 8]),
        currency=("USD", "USD", "EUR")[index % 3], maker=MAKERS[index % 2],
        checker="" if tone == "warn" else CHECKERS[index % 2], state=state, tone=tone, at=AT - timedelta(minutes=37 * index),
    )  # fmt: skip


def _changes() -> tuple[Change, ...]:
    return (
        Change(label="Leverage", before="1:100", after="1:500"),
        Change(label="Group", before="real\\standard-usd", after="real\\vip"),
        Change(label="Trading status", before="Enabled", after="Enabled"),
        Change(label="Change password", before=True, after=False),
        Change(label="Balance", before=Decimal("1240.10"), after=Decimal("3740.10"), currency="USD"),
        Change(label="Comment", before="", after="VIP upgrade, ticket 4471"),
    )


def _checks() -> tuple[Check, ...]:
    return (
        Check(verdict="ok", text="KYC approved", detail="Until 14 Mar 2027"),
        Check(verdict="ok", text="No hold, no lock", detail="Read 4 s ago"),
        Check(verdict="ok", text="Reference is new", detail="HBKGB 2311-88412"),
        Check(verdict="warn", text="Same amount 41 h ago", detail="Maker: second instalment"),
        Check(verdict="ok", text="Account unchanged", detail="Balance as at submit"),
        Check(verdict="block", text="Amount above available", detail="2,500.00 USD can be withdrawn"),
        Check(verdict="info", text="Margin level after: 314.2%", detail="An estimate by the figures now"),
        Check(verdict="unknown", text="Not known yet: holds"),
    )


def _events() -> tuple[Event, ...]:
    return (
        Event(icon="user", who="Mia Okafor", what="asked for a deposit of 2,500.00 USD", at=AT, detail="Wire received, swift-88412.pdf"),
        Event(icon="shield-check", who="Policy", what="needs 1 supervisor", at=AT + timedelta(seconds=1), tone="info"),
        Event(icon="eye", who="Carl Weiss", what="opened the request", at=AT + timedelta(minutes=17, seconds=43)),
        Event(icon="check", who="Carl Weiss", what="approved", at=AT + timedelta(minutes=18), tone="ok", detail="Checked the evidence"),
        Event(icon="triangle-alert", what="The answer did not arrive; looking it up", at=AT + timedelta(minutes=19), tone="warn"),
        Event(icon="circle-check", who="MT5", what="booked it, deal 5 881 204", at=AT + timedelta(minutes=20), tone="ok"),
    )  # fmt: skip


def _figures() -> tuple[Figure, ...]:
    return (
        Figure(label="Pending approval", value=14, change="3 over their time", tone="bad", url="#"),
        Figure(label="Deposits today", value=Decimal("184250.00"), currency="USD", change="+12.3%", tone="ok"),
        Figure(label="Withdrawals today", value=Decimal("-61940.55"), currency="USD", change="−4.1%", tone="bad"),
        Figure(label="Outcome unknown", value=1, change="since 09:31", tone="warn", url="#"),
    )


def _tabs() -> tuple[Tab, ...]:
    return (
        Tab(label="All", url="?view=all", count="10,000+", is_current=True), Tab(label="My open", url="?view=mine", count="6"),
        Tab(label="Returned to me", url="?view=returned", count="1"), Tab(label="Pending approval", url="?view=pending", count="14"),
        Tab(label="≥ 25,000", url="?view=large", count="3"), Tab(label="With warnings", url="?view=warned"),
    )  # fmt: skip


def _steps() -> tuple[Step, ...]:
    return (
        Step(label="Requested", place="done"), Step(label="Approved", place="done", detail="1 of 1"),
        Step(label="Sending", place="now"), Step(label="Refused", place="failed"), Step(label="Completed", place="next"),
    )  # fmt: skip


def _account_facts() -> tuple[Fact, ...]:
    free = "max(0, min(balance, free margin − credit)): what MT5 would let go and the broker's credit does not cover."
    return (
        Fact(label="Balance", value=Decimal("1240.10"), currency="USD"), Fact(label="Credit", value=Decimal("0.00"), currency="USD"),
        Fact(label="Floating P/L", value=Decimal("-64.05"), currency="USD", tone="bad"),
        Fact(label="Equity", value=Decimal("1176.05"), currency="USD"), Fact(label="Margin", value=Decimal("310.00"), currency="USD"),
        Fact(label="Margin level", value="379.4%"),
        Fact(label="Available to withdraw", value=Decimal("866.05"), currency="USD", help=free),
    )  # fmt: skip


def _payload() -> tuple[Fact, ...]:
    return (
        Fact(label="Kind", value="Deposit"), Fact(label="Login", value=128001, url="/accounts/128001/"),
        Fact(label="Amount", value=Decimal("2500.00"), currency="USD"), Fact(label="Method", value="Bank wire"),
        Fact(label="Payment reference", value="HBKGB 2311-88412"), Fact(label="Received", value=Decimal("2500.00"), currency="USD"),
        Fact(label="Rate", value=None), Fact(label="Value date", value="23 Nov 2026"),
        Fact(label="MT5 comment", value="DEP-7K2MQX4T9A Bank wire"), Fact(label="Evidence", value="swift-88412.pdf", url="#"),
    )  # fmt: skip
