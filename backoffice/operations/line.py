"""Who is next in a lane: each login's first in line, where it is due and nothing of its class is unsettled."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection

from backoffice.operations.models import Operation
from backoffice.operations.states import BLOCKING, State

# How far into the queue is looked before every login's first is asked for: enough, but where few logins hold its head.
AHEAD = 4
# A skip-scan: from login to login in the index, so that ten thousand rows of one login cost what one row costs.
FIRSTS = """
WITH RECURSIVE line (login) AS (
    SELECT MIN(login) FROM operations_operation WHERE {queued}
    UNION ALL
    SELECT (SELECT MIN(login) FROM operations_operation WHERE {queued} AND login > line.login)
    FROM line WHERE line.login IS NOT NULL
)
SELECT o.id FROM line JOIN operations_operation o ON o.id = (
    SELECT id FROM operations_operation WHERE {queued} AND login = line.login ORDER BY position LIMIT 1
)
WHERE o.due_at <= %(now)s AND o.lapses_at > %(now)s AND NOT EXISTS (
    SELECT 1 FROM operations_operation b WHERE b.environment = %(environment)s AND b.login = o.login
    AND b.state IN ({blocking}) AND (b.state = 'running' OR b.order_class = o.order_class)
)
ORDER BY {turn} LIMIT %(most)s
"""


def due(lane: str, *, most: int, now: datetime) -> list[UUID]:
    """The ids whose turn it is, at most `most`, in order of position.

    A single one goes to whoever waited longest: what probes a paused lane must not be what MT5 never lets in.
    """
    if most <= 0:
        return []
    if most == 1:
        return _firsts(lane, most, now, turn="o.due_at, o.position")
    ahead = AHEAD * most
    found, seen = _at_the_head(lane, ahead, now)
    if len(found) >= most or seen < ahead:
        return found[:most]
    return _firsts(lane, most, now, turn="o.position")


def _at_the_head(lane: str, ahead: int, now: datetime) -> tuple[list[UUID], int]:
    """What is due among the queue's first `ahead` rows, and how many rows there were."""
    ours = Operation.objects.filter(environment=settings.MANAGER_ENVIRONMENT)
    queue = ours.filter(lane=lane, state=State.QUEUED).order_by("position")
    head = list(queue.only("pk", "login", "order_class", "due_at", "lapses_at")[:ahead])
    firsts: dict[int, Operation] = {}
    for row in head:
        firsts.setdefault(row.login, row)
    unsettled = ours.filter(login__in=firsts, state__in=BLOCKING).values_list("login", "order_class", "state")
    # Whatever runs keeps its whole login; what is unsettled keeps its class.
    busy = {(login, "" if state == State.RUNNING else order_class) for login, order_class, state in unsettled}
    free = [row for row in firsts.values() if not busy & {(row.login, ""), (row.login, row.order_class)}]
    # What has lapsed is not sent; it still stands before later ones until the clock has ended it.
    return [row.pk for row in free if row.due_at and row.lapses_at and row.due_at <= now < row.lapses_at], len(head)


def _firsts(lane: str, most: int, now: datetime, *, turn: str) -> list[UUID]:
    queued = "environment = %(environment)s AND lane = %(lane)s AND state = 'queued'"
    blocking = ", ".join(f"'{state}'" for state in sorted(BLOCKING))
    asked = {
        "environment": settings.MANAGER_ENVIRONMENT,
        "lane": lane,
        "now": connection.ops.adapt_datetimefield_value(now),
        "most": most,
    }
    rows = Operation.objects.raw(FIRSTS.format(queued=queued, blocking=blocking, turn=turn), asked)
    return [row.pk for row in rows]
