"""The desk's place in the menu, its banner when a connection is paused, and the connection's state in the top bar."""

from typing import Any

from django.http import HttpRequest

from backoffice.access import READERS, Role
from backoffice.operations import lanes, queries
from backoffice.ui.parts import Banner, Status
from backoffice.ui.shell import Item, register, register_banner, register_status

SEES = frozenset(str(role) for role in READERS | {Role.ACCOUNTS, Role.FUNDING})
MOST_COUNTED = 99


def banners(request: HttpRequest) -> list[Banner]:
    return [Banner(text=f"MT5 connection {lane.name.capitalize()} is paused: {lane.reason}") for lane in lanes.paused()]


def status() -> Status:
    paused = lanes.paused()
    if not paused:
        return Status(text="Connected", tone="ok", url="/operations/")
    return Status(
        text="Paused: " + ", ".join(lane.name.capitalize() for lane in paused), tone="bad", url="/operations/"
    )


def _mine(operator: Any) -> int:
    return int(queries.to_decide(operator)[:MOST_COUNTED].count())


register(Item("My work", "house", "home", "", key="h"))
register(Item("Operations", "activity", "operations", "Operations", SEES, key="o"))
register(
    Item("Approvals", "list-checks", "approvals", "Operations", frozenset({Role.SUPERVISOR}), count=_mine, key="a")
)
register_banner(banners)
register_status(status)
