"""What lapses, and when: requests that nobody decided on, and approvals that nobody used, on the business calendar."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from backoffice.audit.unit import unit
from backoffice.calendar.queries import calendar
from backoffice.operations import restored, standstill
from backoffice.operations.models import Operation
from backoffice.operations.standstill import Span
from backoffice.operations.states import State

REQUEST_DAYS = 3
MONEY_TIME = timedelta(hours=8)
# At most MOST rows are ended in a unit, and at most TURNS units in one look.
MOST, TURNS = 100, 10
# The states stand in the text: SQLite takes a partial index only where it reads what the index says, parameters not.
OVER = """
SELECT 1 FROM operations_operation
WHERE state IN ('awaiting_approval', 'queued') AND lane = %s AND lapses_at <= %s AND environment = %s LIMIT 1
"""
LAPSED = """
SELECT id, state, lane, kind, order_class, approved_at, lapses_at FROM operations_operation
WHERE state IN ('awaiting_approval', 'queued') AND lane = %(lane)s AND lapses_at <= %(now)s
AND environment = %(environment)s AND state <> %(kept)s AND (state = 'awaiting_approval' OR kind NOT IN ({still}))
ORDER BY lapses_at LIMIT %(most)s
"""
UNDECIDED = "Nobody decided on it within 3 business days."
UNUSED = "Approved, and not sent while the approval was good."
DOUBTFUL = "Its approval ran out after it was maybe sent."


def of_request(now: datetime) -> datetime:
    """Until when a request that is made now may be decided on, whatever its kind."""
    return calendar().days_after(now, REQUEST_DAYS)


def of_approval(order_class: str, approved_at: datetime, *, stood: Sequence[Span] = ()) -> datetime:
    """Until when an approval may be used: money 8 business hours, an account change the same server day.

    While the connection stood still its clock stood, too.
    """
    house = calendar()
    if order_class == "money":
        lost = sum((house.worked(since, until) for since, until in stood), timedelta())
        return house.after(approved_at, MONEY_TIME + lost)
    return house.end_of_day(approved_at) + sum((until - since for since, until in stood), timedelta())


def runs_out(operation: Operation, *, now: datetime) -> datetime | None:
    """When a waiting operation lapses, as far as can be told now; None where nothing lapses, or its clock stands."""
    if operation.state == State.AWAITING_APPROVAL:
        return operation.lapses_at
    if operation.state != State.QUEUED:
        return None
    if {operation.lane, operation.kind} & {*standstill.standing(operation.lane, now=now)}:
        return None
    return _of(operation, now)


def why_lapsed(operation: Operation, *, now: datetime) -> str:
    """That nobody may decide on it any more, in words; empty while they may."""
    if operation.state != State.AWAITING_APPROVAL or operation.lapses_at is None or operation.lapses_at > now:
        return ""
    return f"It expired on {operation.lapses_at.astimezone(UTC):%a %d %b, %H:%M} UTC; its maker may submit it again."


def expire(lane: str, *, now: datetime) -> int:
    """Ends what has lapsed in a lane by now, MOST rows in a unit; none is opened where nothing has. Returns how many.

    Several may do it at once: each row is ended by one of them.
    """
    ended = 0
    for _ in range(TURNS if _is_anything_over(lane, now) else 0):
        lapsed = _lapsed(lane, now)
        # What a restored database holds may have been sent in the time that is lost: nothing of it ends unsent.
        if not lapsed or restored.look() or restored.open_ones().exists():
            break
        ended += _end(lapsed, lane, now)
        if len(lapsed) < MOST:
            break
    return ended


def _is_anything_over(lane: str, now: datetime) -> bool:
    """Asked at each wake-up, and mostly no; what stands still is asked only where something is over."""
    values = [lane, connection.ops.adapt_datetimefield_value(now), settings.MANAGER_ENVIRONMENT]
    with connection.cursor() as cursor:
        cursor.execute(OVER, values)
        return cursor.fetchone() is not None


def _lapsed(lane: str, now: datetime) -> list[Operation]:
    """What seems to have lapsed, first first; of what stands still no approval does."""
    still = standstill.standing(lane, now=now)
    asked = {
        "environment": settings.MANAGER_ENVIRONMENT,
        "lane": lane,
        "now": connection.ops.adapt_datetimefield_value(now),
        "kept": State.QUEUED if lane in still else "",
        "most": MOST,
    } | {f"still_{n}": kind for n, kind in enumerate(still)}
    kinds = ", ".join(["''", *(f"%(still_{n})s" for n in range(len(still)))])
    return list(Operation.objects.raw(LAPSED.format(still=kinds), asked))


def _end(lapsed: list[Operation], lane: str, now: datetime) -> int:
    later = {row.pk: until for row in lapsed if row.state == State.QUEUED and (until := _of(row, now)) > now}
    over = _ours(lane).filter(pk__in={row.pk for row in lapsed} - later.keys(), lapses_at__lte=now)
    # Whoever holds a row is deciding on it or sending it; nobody waits for them here, and the next look comes soon.
    over = over.select_for_update(skip_locked=True, of=("self",))
    with unit():
        for pk in sorted(later):
            _ours(lane).filter(pk=pk, state=State.QUEUED).update(lapses_at=later[pk])
        ended = Operation.move(over, to=State.EXPIRED, expecting=[State.AWAITING_APPROVAL], reason=UNDECIDED)
        approved = over.filter(restored.settled())
        clear, doubtful = approved.filter(maybe_sent=False), approved.filter(maybe_sent=True)
        ended += Operation.move(clear, to=State.EXPIRED, expecting=[State.QUEUED], reason=UNUSED)
        ended += Operation.move(doubtful, to=State.EXCEPTION, expecting=[State.QUEUED], reason=DOUBTFUL)
    return len(ended)


def _of(row: Operation, now: datetime) -> datetime:
    since = row.approved_at or now
    return of_approval(row.order_class, since, stood=standstill.spans(row.lane, row.kind, since=since, until=now))


def _ours(lane: str) -> Any:
    return Operation.objects.filter(environment=settings.MANAGER_ENVIRONMENT, lane=lane)
