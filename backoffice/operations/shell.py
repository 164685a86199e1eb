"""The desk's places in the menu, its banner when a connection is paused, and the connection's state in the top bar."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from backoffice.access import READERS, Role
from backoffice.operations import lanes, queries
from backoffice.operations.models import Lane
from backoffice.operations.terms import MAY_CHECK
from backoffice.ui.parts import Banner, Status
from backoffice.ui.shell import Item, register, register_banner, register_status

SEES = frozenset(str(role) for role in READERS | {Role.ACCOUNTS, Role.FUNDING})
SEES_EXCEPTIONS = frozenset(map(str, (Role.SUPERVISOR, Role.COMPLIANCE, Role.AUDITOR)))
SEES_POLICY = frozenset(map(str, READERS | {Role.ADMINISTRATOR}))
MOST_COUNTED = 99


def banners(request: HttpRequest) -> list[Banner]:
    return [Banner(text=_said(lane), url=reverse("connections")) for lane in lanes.paused()]


def _said(lane: Lane) -> str:
    who = f" by {lane.stopped_by.name}" if lane.stopped_by else ""
    return f"MT5 connection {lane.name.capitalize()} is paused{who}: {lane.why}"


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
    Item("Approvals", "list-checks", "approvals", "Operations", frozenset(map(str, MAY_CHECK)), count=_mine, key="a")
)
register(
    Item("Exceptions", "shield-alert", "exceptions", "Operations", SEES_EXCEPTIONS, count=_exceptions, key="e"),
)
register(Item("Policy", "scale", "policy", "Control", SEES_POLICY, key="p"))
register(Item("MT5 connections", "plug", "connections", "Control", key="m"))
register_banner(banners)
register_status(status)
