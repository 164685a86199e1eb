"""Whose turn it is: what is swept, what is claimed to be sent, and what is held to be looked up. The database is the queue."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from backoffice.audit import clock, witnesses
from backoffice.audit.unit import Unit, unit
from backoffice.operations import lanes, line, restored, signed, ways
from backoffice.operations.errands import Send, Trace
from backoffice.operations.models import NOTED, Attempt, Lane, Operation, Restore
from backoffice.operations.quorum import SECRET
from backoffice.operations.slots import awake
from backoffice.operations.states import State

APPROVAL_KEEPS = timedelta(hours=20)
# What a send and the meaning of its answer need; that they need no more is tested.
SENT = (*NOTED, "payload", "approved_at", "maybe_sent", "made_by_id", "needs", "needs_signed", "is_signed")
# Not read: what is long, and what of its maker is none of a worker's business.
UNREAD = (
    "snapshot",
    "verdict",
    "reason",
    "device",
    *(f"made_by__{name}" for name in SECRET),
)
NO_MARK_WAITS = timedelta(seconds=30)
logger = logging.getLogger(__name__)


def sweep(lane: str, *, now: datetime) -> None:
    """What a killed worker left running is uncertain, never simply queued; so is what was approved too long ago.

    And so is what was approved since the database was restored: the approval that is lost may have sent it.
    """
    restored.look()
    lapsed = _ours(lane).filter(state=State.RUNNING, leased_until__lt=now)
    old = _ours(lane).filter(Q(cleared_at=None) | Q(cleared_at__lt=now - timedelta(hours=1)))
    old = old.filter(state=State.QUEUED, approved_at__lt=now - APPROVAL_KEEPS)
    if lapsed.exists() or old.exists():
        freed: dict[str, Any] = {"token": None, "leased_until": None, "due_at": now}
        # Not the lease's end but now: on a machine that slept, the call may go on only since it woke.
        doubt = counted(now) | {"maybe_sent": True, "last_send_at": now, "last_answer": ""}
        with unit():
            why = "The worker that sent it did not come back."
            Operation.move(lapsed, to=State.UNCERTAIN, expecting=[State.RUNNING], reason=why, **(freed | doubt))
            why = "Approved more than 20 hours ago; looked up before it is sent."
            Operation.move(old, to=State.UNCERTAIN, expecting=[State.QUEUED], reason=why, **freed)
    if restores := restored.known():
        _look_up_first(lane, restores[0])


def claim(lane: str, *, most: int, now: datetime) -> list[Send]:
    """Takes at most `most` due operations over distinct logins, in a unit of its own; none is opened for an empty queue."""
    for many in (most, min(most, 1)):
        try:
            if not line.due(
                lane, lanes.allowance(lane, Lane.objects.of(lane).as_of(now), slots=many, now=now), now=now
            ):
                return []
            with unit(now=now) as work:
                # Held until this commits: whoever pauses the lane meanwhile waits, and what they see paused begins nothing more.
                sends = take(lane, lanes.hold_all(lane, now=now), most=many, now=now)
            return witnessed(work, sends)
        except IntegrityError as failure:
            # Another worker took one of these logins between our look and our lock; one at a time nobody collides twice.
            logger.warning("Two workers of %s claimed the same login: %s", lane, failure)
    return []


def take(lane: str, rows: list[Lane], *, most: int, now: datetime) -> list[Send]:
    """Claims inside the unit that is open and holds the lane's `rows`: RUNNING and the attempts are committed before any call.

    Raises IntegrityError where another worker took one of the logins, and then nothing of the unit happened.
    """
    began = awake()
    ids = line.due(lane, lanes.allowance(lane, rows, slots=most, now=now), now=now)
    if not ids:
        return []
    token, lease = uuid4(), timedelta(seconds=settings.LEASE)
    due = Operation.objects.filter(restored.settled(), pk__in=ids).annotate(named=F("made_by__operator_id")).only(*SENT)
    claimed: list[Any] = Operation.move(
        due.select_for_update(skip_locked=True, of=("self",)),
        to=State.RUNNING,
        expecting=[State.QUEUED],
        token=token,
        leased_until=now + lease,
        first_sent_at=Coalesce(F("first_sent_at"), now),
    )
    attempts, votes = _tried(claimed, Attempt.Purpose.SEND, token, now), signed.votes(claimed)
    not_after = began + settings.LEASE - settings.MANAGER_DEADLINE - settings.MANAGER_PROCESSING
    return [Send(row, row.named, token, attempts[row.pk], not_after, now, votes.get(row.pk, ())) for row in claimed]


def witnessed(work: Unit, sends: list[Send]) -> list[Send]:
    """Leaves a mark of what was claimed outside the database, before any call; where none can be left, nothing is sent."""
    if not sends or work.head is None:
        return sends
    try:
        witnesses.mark(work.head)
    except OSError:
        logger.exception("No mark of the claim can be left outside the database, so nothing is sent.")
        due: dict[str, Any] = {"token": None, "leased_until": None, "due_at": work.now + NO_MARK_WAITS}
        with unit():
            rows = Operation.objects.filter(token=sends[0].token)
            Operation.move(rows, to=State.QUEUED, expecting=[State.RUNNING], held_by=sends[0].token, **due)
        return []
    return sends


def _look_up_first(lane: str, restore: Restore) -> None:
    """What is approved since the database was restored, and was there before: an approval that is lost may have sent it."""
    doubtful = _ours(lane).filter(restored.doubt(restore), state=State.QUEUED)
    if doubtful.exists():
        with unit():
            doubts, why = restored.doubts(restore), restored.WHY
            Operation.move(doubtful, to=State.UNCERTAIN, expecting=[State.QUEUED], reason=why, **doubts)


def hold_for_trace(lane: str, *, most: int, now: datetime) -> list[Send | Trace]:
    """Holds what is to be looked up by a token; a look is a read, so it goes on while the lane is paused."""
    due = _ours(lane).standing_in(State.UNCERTAIN, State.ACCEPTED).filter(due_at__lte=now)
    ids = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[: max(most, 0)])
    if not ids:
        return []
    token, lease = uuid4(), now + timedelta(seconds=settings.LEASE)
    with unit():
        rows = due.filter(pk__in=ids).select_for_update(skip_locked=True, of=("self",)).order_by("pk")
        held = [row.pk for row in rows]
        Operation.objects.filter(pk__in=held).update(token=token, leased_until=lease, due_at=lease)
        fresh = list(Operation.objects.filter(pk__in=held).select_related("made_by").defer(*UNREAD))
        attempts = _tried(fresh, Attempt.Purpose.TRACE, token, now)
    found_out = ways.known()
    return [Trace(row, row.made_by.operator_id, token, attempts[row.pk], now, found_out) for row in fresh]


def _tried(rows: list[Operation], purpose: str, token: UUID, now: datetime) -> dict[UUID, int]:
    """Writes an attempt for each; returns their keys by the operation's."""
    attempts = [Attempt(operation=row, purpose=purpose, token=token, at=now) for row in rows]
    return {attempt.operation_id: attempt.pk for attempt in Attempt.objects.bulk_create(attempts)}


def lanes_with_something_due() -> list[str]:
    """Where a worker would find something to do now."""
    now = clock.now()
    waits = Q(state__in=[State.QUEUED, State.UNCERTAIN, State.ACCEPTED], due_at__lte=now)
    ours = Operation.objects.filter(environment=settings.MANAGER_ENVIRONMENT)
    due = ours.filter(waits | Q(state=State.RUNNING, leased_until__lt=now))
    return sorted(set(due.order_by().values_list("lane", flat=True).distinct()))


def _ours(lane: str) -> Any:
    """The lane's rows of this deployment's environment: another's are at another Manager."""
    return Operation.objects.filter(environment=settings.MANAGER_ENVIRONMENT, lane=lane)


def counted(now: datetime, *, sends: int = 1) -> dict[str, Any]:
    """So many sends more; the request id's age at the Manager counts from the first one, counted or not."""
    return {"sends": F("sends") + sends, "key_since": Coalesce(F("key_since"), now)}
