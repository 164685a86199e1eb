"""Time as the sandbox keeps it: whole microseconds since 1970 in UTC, written as RFC 3339 on the wire."""

import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
DAY = 86_400 * SECOND


def now() -> int:
    return time.time_ns() // 1000


def written(at: int) -> str:
    return (EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds")[:26] + "Z"


def read(text: str) -> int:
    """Raises ValueError where it is no date-time, or one without an offset, which RFC 3339 demands."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or "T" not in text.upper():
        raise ValueError(text)
    return (moment - EPOCH) // MICROSECOND
