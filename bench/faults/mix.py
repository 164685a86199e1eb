"""The mix of faults: which of the sandbox's befall which calls, and in what shares."""

import json
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from backoffice.manager.wire import Account, shaped

OF_MUTATIONS, OF_READS = 0.30, 0.12
# Hidden from the history no longer than the Manager is said to process, or an absence would prove nothing.
LATE = {"shows_after": 0.4}
BOOKED = {"applied": True}

# All of them but `ignore_field`, which befalls changes of accounts alone.
ON_MONEY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("offline", {"retry_after": 1}),
    ("offline", BOOKED),
    ("slow", {"ms": 300}),
    ("slow", {"ms": 1200}),
    ("slow", {"ms": 1500, **BOOKED}),
    ("timeout_before", {"seconds": 3}),
    ("timeout_after", {"seconds": 3}),
    ("timeout_after", {"seconds": 3, **LATE}),
    ("reset_before", {}),
    ("reset_after", {}),
    ("reset_after", LATE),
    ("cut", {}),
    ("cut", LATE),
    ("trickle", {"ms": 1}),
    ("trickle", {"ms": 10}),
    ("garbage", {}),
    ("garbage", BOOKED),
    ("bad_gateway", {}),
    ("bad_gateway", BOOKED),
    ("redirect", {}),
    ("redirect", BOOKED),
    ("foreign_conflict", {}),
    ("foreign_conflict", BOOKED),
    ("bare_conflict", {}),
    ("bare_conflict", BOOKED),
    ("accepted", {"seconds": 1.5}),
    ("accepted", {"seconds": 1.5, "outcome": "rejected"}),
    ("wrong_echo", {}),
    ("wrong_echo", {"amount": 77}),
    ("unauthorized", {}),
    ("forbidden", {}),
    ("forbidden", {"reason": "accountDisabled"}),
    ("too_many", {}),
    ("history_late", LATE),
)
ON_READS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("offline", {}),
    ("slow", {"ms": 300}),
    ("timeout_before", {"seconds": 3}),
    ("reset_before", {}),
    ("cut", {}),
    ("trickle", {"ms": 10}),
    ("garbage", {}),
    ("bad_gateway", {}),
    ("redirect", {}),
    ("unauthorized", {}),
    ("forbidden", {}),
    ("too_many", {}),
)
USUAL = {
    "keeps_original": True, "request_id_in_history": True, "own_request_ids": False, "replays": "conflict",
    "latency_ms": 3, "processing_ms": 5,
}  # fmt: skip
# What this provider might do otherwise than the sandbox usually does.
OTHER_WAYS = (
    {"keeps_original": False}, {"request_id_in_history": False}, {"own_request_ids": True}, {"replays": "same"},
    {"latency_ms": 60, "processing_ms": 120},
)  # fmt: skip


@dataclass
class Breaker:
    """Tells the sandbox what to break, counts what it broke, and asks it for the truth."""

    url: str
    seed: int
    laid: int = 0
    injected: Counter[str] = field(default_factory=Counter)
    counted: Counter[int] = field(default_factory=Counter)

    def lay(self) -> None:
        """All rules anew, each time with other seeds: a sandbox that was killed has forgotten them."""
        self.laid += 1
        self.counted.clear()
        self._share({"method": "POST", "path": "/transactions/"}, ON_MONEY, OF_MUTATIONS)
        for path in ("/transactions/history", "/accounts/"):
            self._share({"method": "GET", "path": path}, ON_READS, OF_READS)
        self.switch(USUAL)

    def switch(self, ways: dict[str, Any]) -> None:
        self._ask("POST", "/switches", ways)

    def count(self) -> None:
        """Adds what fired since it was last counted; rules are numbered anew whenever the sandbox is."""
        for rule in self._ask("GET", "/rules")["rules"]:
            self.injected[rule["fault"]] += rule["fired"] - self.counted[rule["id"]]
            self.counted[rule["id"]] = rule["fired"]

    def clear(self) -> None:
        self.count()
        self._ask("DELETE", "/rules")
        self.switch(USUAL)

    def ledger(self) -> list[dict[str, Any]]:
        """Everything that was ever taken in, booked or not, in that order."""
        return list(self._ask("GET", "/ledger")["items"])

    def account(self, login: int) -> Account:
        return shaped(self._ask("GET", f"/accounts/{login}"), Account)

    def _share(self, match: dict[str, str], faults: tuple[tuple[str, dict[str, Any]], ...], whole: float) -> None:
        """Of rules that are asked one after the other, each gets the same share of all calls."""
        share = whole / len(faults)
        for n, (fault, params) in enumerate(faults):
            rule: dict[str, Any] = {"fault": fault, "match": match, "params": params, "times": None}
            rule |= {"probability": share / (1 - n * share), "seed": self.seed * 1000 + self.laid * 100 + n}
            self._ask("POST", "/rules", rule)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = httpx.request(method, self.url + path, json=body, trust_env=False, timeout=60)
        # Money is compared to the cent: a float of the same digits would be near it, and no more.
        return json.loads(answer.raise_for_status().text, parse_float=Decimal)
