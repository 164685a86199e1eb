"""The faults that a presenter wants at one click, each a rule ready to be added."""

from typing import Any

ON_MONEY = {"path": "/transactions/", "method": "POST"}
ON_ACCOUNTS = {"path": "/accounts/", "method": "PATCH"}

PRESETS: dict[str, dict[str, Any]] = {
    "Manager offline": {"fault": "offline", "times": None, "params": {"retry_after": 5}},
    "Offline, but it was booked": {"fault": "offline", "match": ON_MONEY, "params": {"applied": True}},
    "Books, then drops the connection": {"fault": "reset_after", "match": ON_MONEY},
    "Books, then answers nothing": {"fault": "timeout_after", "match": ON_MONEY},
    "Times out before booking": {"fault": "timeout_before", "match": ON_MONEY},
    "Half an answer": {"fault": "cut", "match": ON_MONEY},
    "Proxy's error page, booked": {"fault": "bad_gateway", "match": ON_MONEY, "params": {"applied": True}},
    "Somebody else's 409": {"fault": "foreign_conflict", "match": ON_MONEY},
    "409 without the original, booked": {"fault": "bare_conflict", "match": ON_MONEY, "params": {"applied": True}},
    "Accepted, booked in 20 s": {"fault": "accepted", "match": ON_MONEY, "params": {"seconds": 20}},
    "Accepted, rejected in 20 s": {
        "fault": "accepted",
        "match": ON_MONEY,
        "params": {"seconds": 20, "outcome": "rejected"},
    },
    "Answer of another login": {"fault": "wrong_echo", "match": ON_MONEY},
    "History 10 minutes late, connection lost": {
        "fault": "reset_after",
        "match": ON_MONEY,
        "params": {"shows_after": 600},
    },
    "Leverage ignored in silence": {"fault": "ignore_field", "match": ON_ACCOUNTS, "params": {"field": "leverage"}},
    "Key without this scope": {"fault": "unauthorized", "times": None, "match": ON_MONEY},
    "Slow by three seconds": {"fault": "slow", "times": None, "params": {"ms": 3000}},
}
