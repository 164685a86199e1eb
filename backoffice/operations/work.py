"""My work: for each role the lists that a person opens the day with, in the order in which they matter."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from backoffice.access import Role
from backoffice.audit import clock
from backoffice.calendar.queries import calendar
from backoffice.operations import approvals, delegations, queries, standing_in
from backoffice.operations.bundles import listing
from backoffice.operations.models import Delegation, Operation
from backoffice.operations.states import UNSETTLED, State
from backoffice.ui import text
from backoffice.ui.parts import Tone

SHOWN = 8
ENDS_SOON = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Line:
    """Something to know that is no operation."""

    text: str
    aside: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Block:
    """A list on the first page: what it is, what is in it (at most SHOWN), where all of it is, and what emptiness means.

    It lists operations and bundles (`rows`), or what is to be known beside them (`lines`).
    """

    title: str
    rows: Sequence[Operation | listing.Row]
    url: str
    empty: str
    tells_why: bool = False
    lines: Sequence[Line] = ()


Blocks = Callable[[Any], Iterable[Block]]
_added: list[tuple[Role, Blocks]] = []


def register(role: Role, list_blocks: Blocks) -> None:
    """Adds an area's blocks to the first page of a role."""
    if (role, list_blocks) not in _added:
        _added.append((role, list_blocks))


def blocks(operator: Any) -> list[Block]:
    """The blocks of every role that this person holds, each block once."""
    made: dict[str, Block] = {}
    for role, list_blocks in [*ROLES.items(), *_added]:
        if role in operator.roles:
            made |= {block.title: block for block in list_blocks(operator)}
    return list(made.values())


def told(title: str, lines: Sequence[Line], *, url: str, empty: str) -> Block:
    """A block of what is to be known."""
    return Block(title, (), url, empty, lines=lines[:SHOWN])


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
        *_stands_in(operator),
        _block(
            "Exceptions that need a decision", queries.exceptions(), reverse("exceptions"), "Every outcome is known."
        ),
        _mine(operator),
        _block("Expires before the next shift", ending, queue, "Nothing runs out before then."),
        _block("Pending that I cannot decide", cannot, _states(State.AWAITING_APPROVAL), "There is none."),
    ]


def _voter(operator: Any) -> list[Block]:
    return [*_stands_in(operator), _mine(operator), *_reader(operator)]


def _stands_in(operator: Any) -> list[Block]:
    """For whom they decide, and until when; nothing where it is for nobody."""
    now = clock.now()
    lines = [
        Line(text=f"You decide for {lent.of.name}.", aside=f"until {text.server(lent.ends_at, now)}", tone="info")
        for lent in standing_in.lent_to(operator, now=now)
    ]
    return [told("In somebody’s place", lines, url=reverse("delegations"), empty="")] if lines else []


def _administrator(operator: Any) -> list[Block]:
    now = clock.now()
    lines = [_absence(each, now) for each in delegations.standing(now)[:SHOWN]]
    return [told("Delegations", lines, url=reverse("delegations"), empty="Everybody is there.")]


def _absence(each: Delegation, now: datetime) -> Line:
    """What ends within a day is said so, for then somebody must be back."""
    who = f"{each.to.name} decides for {each.of.name}" if each.to else f"{each.of.name} is away, and nobody stands in"
    if each.starts_at > now:
        return Line(text=f"{who}.", aside=f"from {text.server(each.starts_at, now)}")
    ends_soon = each.ends_at <= now + ENDS_SOON
    aside = f"{'ends soon, ' if ends_soon else ''}until {text.server(each.ends_at, now)}"
    return Line(text=f"{who}.", aside=aside, tone="warn" if ends_soon else "info")


def _mine(operator: Any) -> Block:
    """The queue's own order: what is late, then the most."""
    address = f"{reverse('approvals')}?mine=on"
    rows = [
        row.operation if isinstance(row, approvals.Row) else row
        for row in approvals.first_of_mine(operator, most=SHOWN)
    ]
    return _block("Mine to decide now", rows, address, "Nothing waits for you.")


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
    Role.ADMINISTRATOR: _administrator,
}


def _block(title: str, rows: Any, url: str, empty: str, *, tells_why: bool = False) -> Block:
    return Block(title, list(rows[:SHOWN]), url, empty, tells_why)


def _states(*states: str) -> str:
    return reverse("operations") + "?" + "&".join(f"state={state}" for state in states)
