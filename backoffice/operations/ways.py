"""The Manager's ways as the last probe found them, as far as execution goes by them; where nothing was found, by the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from backoffice.operations.models import Finding
from backoffice.operations.probe.questions import CONFLICT, LOST, NOT_SEEN, OURS, SAME_ANSWER

ASKED = ("reference", "request_id", "replay", "delay", "skew")


@dataclass(frozen=True)
class Ways:
    """`shows_within` is how long what was booked may stay out of the ledger, `skew` how far the clocks may be apart.

    `tells_absence` is false where what the ledger does not hold may be booked all the same, and a repeat would book it
    once more: then only people can tell.
    """

    shows_within: timedelta
    skew: timedelta
    tells_absence: bool = True


def known() -> Ways:
    """By the newest finding of each name in this environment. What was found only ever makes it more careful."""
    newest = Finding.objects.filter(environment=settings.MANAGER_ENVIRONMENT, name__in=ASKED).order_by("pk")
    return of(dict(newest.values_list("name", "value")))


def of(found: Mapping[str, str]) -> Ways:
    is_marked = found.get("reference") != LOST or found.get("request_id") == OURS
    is_seen = found.get("delay") != NOT_SEEN
    repeats_safely = found.get("replay", CONFLICT) in (CONFLICT, SAME_ANSWER)
    return Ways(
        shows_within=max(timedelta(seconds=settings.MANAGER_PROCESSING), _lasting(found.get("delay"))),
        skew=max(timedelta(seconds=settings.MANAGER_SKEW), _lasting(found.get("skew"))),
        tells_absence=(is_marked and is_seen) or repeats_safely,
    )


def _lasting(milliseconds: str | None) -> timedelta:
    """Zero for what was not found, or is no number."""
    digits = (milliseconds or "").removeprefix("-")
    return timedelta(milliseconds=int(digits)) if digits.isdecimal() else timedelta()
