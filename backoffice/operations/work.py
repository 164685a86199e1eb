"""My work: for each role the lists that a person opens the day with, in the order in which they matter."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.calendar.queries import calendar
from backoffice.operations import approvals, queries
from backoffice.operations.models import Operation
from backoffice.operations.states import UNSETTLED, State

SHOWN = 8


@dataclass(frozen=True)
class Block:
    """A list on the first page: what it is, what is in it (at most SHOWN), where all of it is, and what emptiness means."""

    title: str
    rows: list[Operation]
    url: str
    empty: str
    tells_why: bool = False


def blocks(operator: Any) -> list[Block]:
    """The blocks of every role that this person holds, each block once."""
    made: dict[str, Block] = {}
    for role, list_blocks in ROLES.items():
        if role in operator.roles:
            made |= {block.title: block for block in list_blocks(operator)}
    return list(made.values())


def _maker(operator: Any) -> list[Block]:
    mine = queries.ours().filter(made_by=operator.pk)
    unsettled = queries.ours().visible_to(operator).filter(state__in=UNSETTLED)
    recent = clock.now() - timedelta(days=3)
    return [
        _block("Outcome unknown", unsettled.order_by("moved_at"), _states(*sorted(UNSETTLED)), "No login is locked."),
        _block(
            "Returned to me",
            mine.filter(state=State.RETURNED, moved_at__gte=recent).order_by("-moved_at").prefetch_related("decisions"),
            _states(State.RETURNED),
            "Nothing came back in three days.",
            tells_why=True,
        ),
        _block(
            "Expired",
            mine.filter(state=State.EXPIRED, moved_at__gte=recent).order_by("-moved_at"),
            _states(State.EXPIRED),
            "Nothing of yours expired in three days.",
        ),
        _block(
            "Failed: refused by MT5",
            mine.filter(state=State.REFUSED, moved_at__gte=recent).order_by("-moved_at"),
            _states(State.REFUSED),
            "MT5 refused nothing of yours in three days.",
        ),
        _block(
            "My pending",
            mine.filter(state__in=[State.AWAITING_APPROVAL, State.QUEUED, State.RUNNING]).order_by("pk"),
            _states(State.AWAITING_APPROVAL, State.QUEUED, State.RUNNING),
            "Nothing of yours waits.",
        ),
        _block(
            "Completed today",
            mine.filter(state=State.APPLIED, moved_at__gte=clock.now() - timedelta(hours=24)).order_by("-moved_at"),
            _states(State.APPLIED),
            "Nothing was booked in the last 24 hours.",
        ),
    ]


def _supervisor(operator: Any) -> list[Block]:
    cannot = queries.alone().exclude(pk__in=queries.to_decide(operator).values("pk")).order_by("pk")
    ending = queries.pending().filter(lapses_at__lt=calendar().opens_next(clock.now())).order_by("lapses_at")
    queue = reverse("approvals")
    return [
        _block(
            "Exceptions that need a decision", queries.exceptions(), reverse("exceptions"), "Every outcome is known."
        ),
        _mine(operator),
        _block("Expires before the next shift", ending, queue, "Nothing runs out before then."),
        _block("Pending that I cannot decide", cannot, _states(State.AWAITING_APPROVAL), "There is none."),
    ]


def _voter(operator: Any) -> list[Block]:
    return [_mine(operator), *_reader(operator)]


def _mine(operator: Any) -> Block:
    """The queue's own order: what is late, then the most."""
    address = f"{reverse('approvals')}?mine=on"
    return _block("Mine to decide now", approvals.mine(operator), address, "Nothing waits for you.")


def _reader(operator: Any) -> list[Block]:
    live = queries.ours().visible_to(operator).live()
    day = clock.now() - timedelta(hours=24)
    done = queries.ours().visible_to(operator).filter(state=State.APPLIED, moved_at__gte=day)
    return [
        _block("Open operations", live.order_by("pk"), reverse("operations") + "?open=on", "Nothing is open."),
        _block(
            "Completed today", done.order_by("-moved_at"), _states(State.APPLIED), "Nothing was booked in 24 hours."
        ),
    ]


ROLES = {
    Role.FUNDING: _maker,
    Role.ACCOUNTS: _maker,
    Role.SUPERVISOR: _supervisor,
    Role.FINANCE: _voter,
    Role.COMPLIANCE: _voter,
    Role.AUDITOR: _reader,
}


def _block(title: str, rows: Any, url: str, empty: str, *, tells_why: bool = False) -> Block:
    return Block(title, list(rows[:SHOWN]), url, empty, tells_why)


def _states(*states: str) -> str:
    return reverse("operations") + "?" + "&".join(f"state={state}" for state in states)
