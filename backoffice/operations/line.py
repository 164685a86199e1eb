"""Who is next in a lane: each login's first in line, where it is due and nothing of its class is unsettled."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection

from backoffice.operations.lanes import Allowance
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
SELECT o.id, o.kind FROM line JOIN operations_operation o ON o.id = (
    SELECT id FROM operations_operation WHERE {queued} AND login = line.login ORDER BY position LIMIT 1
)
WHERE o.due_at <= %(now)s AND o.lapses_at > %(now)s AND o.kind NOT IN ({closed}) AND NOT EXISTS (
    SELECT 1 FROM operations_operation b WHERE b.environment = %(environment)s AND b.login = o.login
    AND b.state IN ({blocking}) AND (b.state = 'running' OR b.order_class = o.order_class)
)
ORDER BY {turn} LIMIT %(most)s
"""


def due(lane: str, allowed: Allowance, *, now: datetime) -> list[UUID]:
    """The ids whose turn it is, as far as the lane allows them, in order of position.

    What probes goes to whoever waited longest: it must not always be what MT5 never lets in.
    """
    if not allowed.most:
        return []
    if allowed.probes:
        return allowed.of(_firsts(lane, allowed, now, turn="o.due_at, o.position"))
    ahead = AHEAD * allowed.most
    found, seen = _at_the_head(lane, ahead, allowed, now)
    if len(found) < allowed.most and seen == ahead:
        found = _firsts(lane, allowed, now, turn="o.position")
    return allowed.of(found)[: allowed.most]


def _at_the_head(lane: str, ahead: int, allowed: Allowance, now: datetime) -> tuple[list[tuple[UUID, str]], int]:
    """What is due among the queue's first `ahead` rows, and how many rows there were."""
    ours = Operation.objects.filter(environment=settings.MANAGER_ENVIRONMENT)
    queue = ours.filter(lane=lane, state=State.QUEUED).order_by("position")
    head = list(queue.only("pk", "kind", "login", "order_class", "due_at", "lapses_at")[:ahead])
    firsts: dict[int, Operation] = {}
    for row in head:
        firsts.setdefault(row.login, row)
    ready = [row for row in firsts.values() if _is_due(row, now) and row.kind not in allowed.closed]
    logins = [row.login for row in ready]
    unsettled = (
        ours.standing_in(*sorted(BLOCKING)).filter(login__in=logins).values_list("login", "order_class", "state")
    )
    # Whatever runs keeps its whole login; what is unsettled keeps its class.
    busy = {(login, "" if state == State.RUNNING else order_class) for login, order_class, state in unsettled}
    free = [row for row in ready if not busy & {(row.login, ""), (row.login, row.order_class)}]
    return [(row.pk, row.kind) for row in free], len(head)


def _is_due(row: Operation, now: datetime) -> bool:
    """What has lapsed is not sent; it still stands before later ones until the clock has ended it."""
    return bool(row.due_at and row.lapses_at and row.due_at <= now < row.lapses_at)


def _firsts(lane: str, allowed: Allowance, now: datetime, *, turn: str) -> list[tuple[UUID, str]]:
    queued = "environment = %(environment)s AND lane = %(lane)s AND state = 'queued'"
    blocking = ", ".join(f"'{state}'" for state in sorted(BLOCKING))
    asked = {
        "environment": settings.MANAGER_ENVIRONMENT,
        "lane": lane,
        "now": connection.ops.adapt_datetimefield_value(now),
        "most": allowed.most,
    } | {f"closed_{n}": kind for n, kind in enumerate(sorted(allowed.closed))}
    closed = ", ".join(["''", *(f"%(closed_{n})s" for n in range(len(allowed.closed)))])
    sql = FIRSTS.format(queued=queued, blocking=blocking, closed=closed, turn=turn)
    return [(row.pk, row.kind) for row in Operation.objects.raw(sql, asked)]
