"""Changes as lists show them; nothing here writes."""

from datetime import datetime
from typing import Any

from backoffice.governance.models import SEATS, Change
from backoffice.governance.say import why_not_agree

MOST_OPEN, RECENT = 200, 50


def pending(*, now: datetime, about: str = "") -> list[Change]:
    """What waits for agreement, the oldest first; about one thing (`policy`) or sort of thing (`role:`) where it is said."""
    rows = Change.objects.filter(state=Change.State.PROPOSED, lapses_at__gt=now, about__startswith=about)
    return list(rows.select_related("author").prefetch_related("votes").order_by("pk")[:MOST_OPEN])


def ended(*, now: datetime) -> list[Change]:
    """What is over, the newest first."""
    rows = Change.objects.exclude(state=Change.State.PROPOSED, lapses_at__gt=now)
    return list(rows.select_related("author").order_by("-pk")[:RECENT])


def of_operator(operator: Any, *, now: datetime) -> list[Change]:
    """What is pending about one sign-in."""
    return [change for change in pending(now=now) if getattr(change.amendment, "operator", "") == operator.operator_id]


def waiting_for(operator: Any, *, now: datetime) -> list[Change]:
    """What this person could agree to now."""
    if not operator.roles & set(SEATS):
        return []
    return [change for change in pending(now=now) if not why_not_agree(change, by=operator, now=now)]
