"""The house's calendar as it stands now; nothing here writes."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from backoffice.calendar.business import Calendar
from backoffice.calendar.models import Year
from backoffice.calendar.rules import SHIPPED, written
from backoffice.calendar.server import ServerTime


@dataclass(frozen=True)
class Source:
    """Who said what a year is like; nobody and never for what was shipped."""

    version: int = 0
    by: str = ""
    at: datetime | None = None
    reason: str = ""


def calendar() -> Calendar:
    """What was shipped, and over it the newest version of each year that people entered."""
    newest = dict(Year.objects.order_by("year", "version").values_list("year", "rules"))
    entered = {year: written(text) for year, text in newest.items()}
    return Calendar(ServerTime.named(settings.SERVER_TIME_ZONE), SHIPPED | entered)


def source(year: int) -> Source | None:
    """Where a year's rules come from; None where nobody entered it."""
    row = Year.objects.filter(year=year).order_by("-version").first()
    if row:
        return Source(row.version, row.entered_by, row.entered_at, row.reason)
    return Source() if year in SHIPPED else None


def unentered(since: datetime, until: datetime) -> list[int]:
    """The years of two server days that nobody entered; where both were shipped the database is not asked."""
    server = ServerTime.named(settings.SERVER_TIME_ZONE)
    years = sorted({server.day(since).year, server.day(until).year} - SHIPPED.keys())
    entered = set(Year.objects.filter(year__in=years).values_list("year", flat=True)) if years else set()
    return [year for year in years if year not in entered]
