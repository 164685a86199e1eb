"""The desk's places in the menu, its banner when a connection is paused, and the connection's state in the top bar."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from backoffice.access import READERS, Role, holds
from backoffice.audit import clock
from backoffice.calendar.queries import unentered
from backoffice.operations import lanes, queries
from backoffice.operations.models import Lane
from backoffice.ui.parts import Banner, Status
from backoffice.ui.shell import Item, register, register_banner, register_status

SEES = frozenset(str(role) for role in READERS | {Role.ACCOUNTS, Role.FUNDING})
SEES_EXCEPTIONS = frozenset(map(str, (Role.SUPERVISOR, Role.COMPLIANCE, Role.AUDITOR)))
MOST_COUNTED = 99
ENTERED_AHEAD = timedelta(days=31)


def banners(request: HttpRequest) -> list[Banner]:
    return [Banner(text=_said(lane), url=reverse("connections")) for lane in lanes.paused()]


def _said(lane: Lane) -> str:
    who = f" by {lane.stopped_by.name}" if lane.stopped_by else ""
    return f"MT5 connection {lane.name.capitalize()} is paused{who}: {lane.why}"


def calendar_banners(request: HttpRequest) -> list[Banner]:
    """That a year is about to begin which nobody entered, for those who enter it."""
    if not holds(request, Role.ADMINISTRATOR):
        return []
    now = clock.now()
    years = unentered(now, now + ENTERED_AHEAD)
    text = "Nobody has entered the business calendar of {}: until then it has no day off but weekends."
    return [Banner(text=text.format(year), url=f"{reverse('calendar')}?month={year}-01") for year in years]


def status() -> Status:
    paused = lanes.paused()
    if not paused:
        return Status(text="Connected", tone="ok", url=reverse("connections"))
    names = ", ".join(lane.name.capitalize() for lane in paused)
    return Status(text=f"Paused: {names}", tone="bad", url=reverse("connections"))


def _mine(operator: Any) -> int:
    return int(queries.to_decide(operator)[:MOST_COUNTED].count())


def _exceptions(operator: Any) -> int:
    """For those who settle them; others may look, and nothing waits for them."""
    return int(queries.exceptions()[:MOST_COUNTED].count()) if Role.SUPERVISOR in operator.roles else 0


register(Item("My work", "house", "home", "", key="h"))
register(Item("Operations", "activity", "operations", "Operations", SEES, key="o"))
register(
    Item("Approvals", "list-checks", "approvals", "Operations", frozenset({Role.SUPERVISOR}), count=_mine, key="a")
)
register(
    Item("Exceptions", "shield-alert", "exceptions", "Operations", SEES_EXCEPTIONS, count=_exceptions, key="e"),
)
register(Item("MT5 connections", "plug", "connections", "Control", key="m"))
register(Item("Calendar", "calendar-days", "calendar", "Control"))
register_banner(banners)
register_banner(calendar_banners)
register_status(status)
