"""Who is next in a lane: each login's first in line, where it is due and nothing of its class is unsettled."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from backoffice.operations.lanes import Allowance
from backoffice.operations.states import BLOCKING

# How far into the queue is looked before every login's first is asked for: enough, but where few logins hold its head.
AHEAD = 4
UNSETTLED_STATES = ", ".join(f"'{state}'" for state in sorted(BLOCKING))
QUEUED = "environment = %(environment)s AND lane = %(lane)s AND state = 'queued'"
# What has lapsed is not sent; it still stands before later ones until the clock has ended it. Whatever runs keeps its
# whole login; what is unsettled keeps its class. A CASE, since for an OR here PostgreSQL plans eight times as long.
READY = """
first.due_at <= %(now)s AND first.lapses_at > %(now)s AND first.kind NOT IN ({closed}) AND NOT EXISTS (
    SELECT 1 FROM operations_operation b WHERE b.environment = %(environment)s AND b.login = first.login
    AND b.state IN ({blocking}) AND CASE b.state WHEN 'running' THEN TRUE ELSE b.order_class = first.order_class END
)
"""
# Each login's first among the first rows of the queue, and how many rows there were.
HEAD = """
WITH head AS (
    SELECT id, kind, login, order_class, due_at, lapses_at, position FROM operations_operation WHERE {queued}
    ORDER BY position LIMIT %(ahead)s
), first AS (
    SELECT head.*, ROW_NUMBER() OVER (PARTITION BY login ORDER BY position) AS place FROM head
)
SELECT id, kind, (SELECT COUNT(*) FROM head) FROM first WHERE place = 1 AND {ready}
ORDER BY position LIMIT %(most)s
"""
# A skip-scan: from login to login in the index, so that ten thousand rows of one login cost what one row costs.
FIRSTS = """
WITH RECURSIVE line (login) AS (
    SELECT MIN(login) FROM operations_operation WHERE {queued}
    UNION ALL
    SELECT (SELECT MIN(login) FROM operations_operation WHERE {queued} AND login > line.login)
    FROM line WHERE line.login IS NOT NULL
)
SELECT first.id, first.kind, 0 FROM line JOIN operations_operation first ON first.id = (
    SELECT id FROM operations_operation WHERE {queued} AND login = line.login ORDER BY position LIMIT 1
)
WHERE {ready} ORDER BY {turn} LIMIT %(most)s
"""


def due(lane: str, allowed: Allowance, *, now: datetime) -> list[UUID]:
    """The ids whose turn it is, as far as the lane allows them, in order of position.

    What probes goes to whoever waited longest: it must not always be what MT5 never lets in.
    """
    if not allowed.most:
        return []
    if allowed.probes:
        return _chosen(allowed, _asked(FIRSTS, lane, allowed, now, turn="first.due_at, first.position"))
    ahead = AHEAD * allowed.most
    found = _asked(HEAD, lane, allowed, now, ahead=ahead)
    # Where nothing at the head is ready, its length is not told either.
    was_all = bool(found) and found[0][2] < ahead
    if len(found) < allowed.most and not was_all:
        found = _asked(FIRSTS, lane, allowed, now, turn="first.position")
    return _chosen(allowed, found)


def _chosen(allowed: Allowance, found: list[tuple[UUID, str, int]]) -> list[UUID]:
    return allowed.of((pk, kind) for pk, kind, _ in found)


def _asked(
    statement: str, lane: str, allowed: Allowance, now: datetime, *, ahead: int = 0, turn: str = ""
) -> list[tuple[UUID, str, int]]:
    """Id and kind of what is ready, and the third column. States stand in the text: so a partial index is found."""
    values: dict[str, Any] = {
        "environment": settings.MANAGER_ENVIRONMENT,
        "lane": lane,
        "now": connection.ops.adapt_datetimefield_value(now),
        "most": allowed.most,
    } | {f"closed_{n}": kind for n, kind in enumerate(sorted(allowed.closed))}
    values |= {"ahead": ahead} if ahead else {}
    closed = ", ".join(["''", *(f"%(closed_{n})s" for n in range(len(allowed.closed)))])
    ready = READY.format(closed=closed, blocking=UNSETTLED_STATES)
    with connection.cursor() as cursor:
        cursor.execute(statement.format(queued=QUEUED, ready=ready, turn=turn), values)
        # SQLite has ids as hexadecimal text.
        return [(UUID(str(pk)), kind, seen) for pk, kind, seen in cursor.fetchall()]
