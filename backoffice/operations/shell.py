"""The desk's places in the menu, its banner when a connection is paused, and the connection's state in the top bar."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from backoffice.access import READERS, Role, holds
from backoffice.audit import clock
from backoffice.calendar.queries import unentered
from backoffice.operations import lanes, maintenance, queries, restored
from backoffice.operations.bundles import listing
from backoffice.operations.models import Lane
from backoffice.operations.terms import MAY_CHECK
from backoffice.ui import text
from backoffice.ui.parts import Banner, Status
from backoffice.ui.shell import Item, register, register_banner, register_status

SEES = frozenset(str(role) for role in READERS | {Role.ACCOUNTS, Role.FUNDING})
SEES_EXCEPTIONS = frozenset(map(str, (Role.SUPERVISOR, Role.COMPLIANCE, Role.AUDITOR)))
SEES_POLICY = frozenset(map(str, READERS | {Role.ADMINISTRATOR}))
SEES_DELEGATIONS = frozenset(map(str, (*MAY_CHECK, Role.AUDITOR, Role.ADMINISTRATOR)))
MOST_COUNTED = 99
ENTERED_AHEAD = timedelta(days=31)
RESTORED = (
    "This database was restored from a backup. Nothing is sent until two people reopen it. Enter nothing a second time."
)


def banners(request: HttpRequest) -> list[Banner]:
    """What is paused, each in its own words; what is serviced, calmly, connections with the same plan together."""
    now, url = clock.now(), reverse("connections")
    serviced, paused = _told_apart(now)
    told = [Banner(text=RESTORED, tone="bad", url=url)] if restored.open_ones().exists() else []
    told += [Banner(text=_said(lane), tone="bad", url=url) for lane in paused]
    return told + [Banner(text=words, tone="info", url=url) for words in _planned(serviced, now)]


def _planned(serviced: list[str], now: datetime) -> list[str]:
    together: dict[tuple[str, str], list[str]] = {}
    for window in maintenance.standing(now) if serviced else []:
        if window.lane in serviced and window.starts_at <= now:
            together.setdefault((text.server(window.ends_at, now), window.reason), []).append(window.lane)
    return [f"Planned maintenance until {end} ({_listed(names)}): {why}" for (end, why), names in together.items()]


def status() -> Status:
    if restored.open_ones().exists():
        return Status(text="Restored: nothing is sent", tone="bad", url=reverse("connections"))
    serviced, paused = _told_apart(clock.now())
    if paused:
        return Status(
            text=f"Paused: {', '.join(lane.called for lane in paused)}", tone="bad", url=reverse("connections")
        )
    if serviced:
        return Status(text=f"Maintenance: {_listed(serviced)}", tone="info", url=reverse("connections"))
    return Status(text="Connected", tone="ok", url=reverse("connections"))


def _told_apart(now: datetime) -> tuple[list[str], list[Lane]]:
    """Names of what is serviced, and what is paused; what a person has paused is paused whatever else goes on."""
    troubled = lanes.troubled(now)
    serviced = {lane.name for lane in troubled if lane.is_serviced(now) and not lane.stopped_at}
    quiet = [lane for lane in troubled if lane.lane in serviced and not lane.stopped_at]
    return sorted(serviced), [lane for lane in troubled if lane not in quiet]


def _said(lane: Lane) -> str:
    who = f" by {lane.stopped_by.name}" if lane.stopped_by else ""
    what = lane.called if lane.is_kind else f"MT5 connection {lane.called}"
    return f"{what} {'are' if lane.is_plural else 'is'} paused{who}: {lane.why}"


def calendar_banners(request: HttpRequest) -> list[Banner]:
    """That a year is about to begin which nobody entered, for those who enter it."""
    if not holds(request, Role.ADMINISTRATOR):
        return []
    now = clock.now()
    years = unentered(now, now + ENTERED_AHEAD)
    words = "Nobody has entered the business calendar of {}: until then it has no day off but weekends."
    return [Banner(text=words.format(year), url=f"{reverse('calendar')}?month={year}-01") for year in years]


def _listed(names: list[str]) -> str:
    return ", ".join(name.capitalize() for name in names)


def _mine(operator: Any) -> int:
    """Requests and bundles: each bundle is one."""
    return int(queries.to_decide(operator)[:MOST_COUNTED].count()) + len(listing.theirs(operator, now=clock.now()))


def _exceptions(operator: Any) -> int:
    """For those who settle them; others may look, and nothing waits for them."""
    return int(queries.exceptions()[:MOST_COUNTED].count()) if Role.SUPERVISOR in operator.roles else 0


register(Item("My work", "house", "home", "", key="h"))
register(Item("Operations", "activity", "operations", "Operations", SEES, key="o"))
register(
    Item("Approvals", "list-checks", "approvals", "Operations", frozenset(map(str, MAY_CHECK)), count=_mine, key="a")
)
register(Item("Bundles", "layers", "bundles", "Operations", SEES))
register(
    Item("Exceptions", "shield-alert", "exceptions", "Operations", SEES_EXCEPTIONS, count=_exceptions, key="e"),
)
register(Item("Policy", "scale", "policy", "Control", SEES_POLICY, key="p"))
register(Item("Delegations", "user-check", "delegations", "Control", SEES_DELEGATIONS))
register(Item("MT5 connections", "plug", "connections", "Control", key="m"))
register(Item("Calendar", "calendar-days", "calendar", "Control"))
register_banner(banners)
register_banner(calendar_banners)
register_status(status)
