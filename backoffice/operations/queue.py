"""Whose turn it is: what is swept, what is claimed to be sent, and what is held to be looked up. The database is the queue."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from backoffice.audit import clock, witnesses
from backoffice.audit.unit import Unit, unit
from backoffice.operations import restored
from backoffice.operations.errands import Send, Trace
from backoffice.operations.models import Attempt, Lane, Operation, Restore
from backoffice.operations.slots import awake
from backoffice.operations.states import BLOCKING, State

APPROVAL_KEEPS = timedelta(hours=20)
NO_MARK_WAITS = timedelta(seconds=30)
logger = logging.getLogger(__name__)


def sweep(lane: str) -> None:
    """What a killed worker left running is uncertain, never simply queued; so is what was approved too long ago."""
    now = clock.now()
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


def claim(lane: str, *, most: int) -> list[Send]:
    """Takes at most `most` due operations over distinct logins: RUNNING and the attempts are committed before any call."""
    if most <= 0:
        return []
    try:
        return _claim(lane, most)
    except IntegrityError:
        # Another worker took one of these logins between our look and our lock; one at a time nobody collides twice.
        return _claim_one(lane)


def _claim_one(lane: str) -> list[Send]:
    try:
        return _claim(lane, 1)
    except IntegrityError as failure:
        logger.warning("Nothing is claimed in %s this time: %s", lane, failure)
        return []


def _claim(lane: str, most: int) -> list[Send]:
    began, now, restores = awake(), clock.now(), restored.known()
    if restores:
        _look_up_first(lane, restores[0])
    if any(restore.is_open for restore in restores):
        return []
    # The one call that probes a paused lane goes to whoever waited longest: what MT5 never lets in must not take each turn.
    turn = ("due_at", "position") if most == 1 else ("position",)
    ids = list(_due(lane, now, *restores[:1]).order_by(*turn).values_list("pk", flat=True)[:most])
    if not ids:
        return []
    token, lease = uuid4(), timedelta(seconds=settings.LEASE)
    rows = Operation.objects.filter(pk__in=ids).select_for_update(skip_locked=True, of=("self",))
    with unit() as work:
        # Asked here and not before: a database may be restored under a worker that runs.
        if restored.is_unwitnessed():
            return []
        # Held until this commits: whoever pauses the lane meanwhile waits, and what they see paused begins nothing more.
        held = Lane.objects.select_for_update().filter(name=lane).first()
        if held and held.stopped_at:
            return []
        claimed = Operation.move(
            rows,
            to=State.RUNNING,
            expecting=[State.QUEUED],
            token=token,
            leased_until=now + lease,
            first_sent_at=Coalesce(F("first_sent_at"), now),
        )
        attempts = [Attempt(operation=row, purpose=Attempt.Purpose.SEND, token=token, at=now) for row in claimed]
        Attempt.objects.bulk_create(attempts)
    if not _is_witnessed(work, token):
        return []
    not_after = began + settings.LEASE - settings.MANAGER_DEADLINE - settings.MANAGER_PROCESSING
    return [Send(row, row.made_by.operator_id, token, not_after) for row in claimed]


def _is_witnessed(work: Unit, token: UUID) -> bool:
    """Leaves a mark of the claim outside the database, before any call. Where none can be left, nothing has been sent."""
    if work.head is None:
        return True
    try:
        witnesses.mark(work.head)
    except OSError:
        logger.exception("No mark of the claim can be left outside the database, so nothing is sent.")
        with unit():
            rows = Operation.objects.filter(token=token)
            due: dict[str, Any] = {"token": None, "leased_until": None, "due_at": clock.now() + NO_MARK_WAITS}
            Operation.move(rows, to=State.QUEUED, expecting=[State.RUNNING], held_by=token, **due)
        return False
    return True


def _look_up_first(lane: str, restore: Restore) -> None:
    """What is approved since the database was restored, and was there before: an approval that is lost may have sent it."""
    doubtful = _ours(lane).filter(restored.doubt(restore), state=State.QUEUED)
    if doubtful.exists():
        with unit():
            doubts, why = restored.doubts(restore), restored.WHY
            Operation.move(doubtful, to=State.UNCERTAIN, expecting=[State.QUEUED], reason=why, **doubts)


def _due(lane: str, now: Any, *restores: Restore) -> Any:
    """Queued rows whose turn it is: first of their login in this lane, and nothing of their class is unsettled.

    Nor may a restore of the database be in the way, of which the last one counts.
    """
    same = Operation.objects.filter(environment=OuterRef("environment"), login=OuterRef("login"))
    busy = same.filter(Q(state=State.RUNNING) | Q(state__in=BLOCKING, order_class=OuterRef("order_class")))
    earlier = same.filter(state=State.QUEUED, lane=lane, position__lt=OuterRef("position"))
    due = _ours(lane).filter(*(restored.out_of_doubt(restore) for restore in restores), state=State.QUEUED)
    return due.filter(~Exists(busy), ~Exists(earlier), due_at__lte=now)


def hold_for_trace(lane: str, *, most: int) -> list[Send | Trace]:
    """Holds what is to be looked up by a token; a look is a read, so it goes on while the lane is paused."""
    now = clock.now()
    due = _ours(lane).filter(state__in=[State.UNCERTAIN, State.ACCEPTED], due_at__lte=now)
    ids = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[: max(most, 0)])
    if not ids:
        return []
    token, lease = uuid4(), now + timedelta(seconds=settings.LEASE)
    with unit():
        rows = due.filter(pk__in=ids).select_for_update(skip_locked=True, of=("self",)).order_by("pk")
        held = [row.pk for row in rows]
        Operation.objects.filter(pk__in=held).update(token=token, leased_until=lease, due_at=lease)
        fresh = list(Operation.objects.filter(pk__in=held).select_related("made_by"))
        attempts = [Attempt(operation=row, purpose=Attempt.Purpose.TRACE, token=token, at=now) for row in fresh]
        Attempt.objects.bulk_create(attempts)
    return [Trace(row, row.made_by.operator_id, token, now) for row in fresh]


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


def counted(now: datetime) -> dict[str, Any]:
    """One send more; the request id's age at the Manager counts from the first of them."""
    return {"sends": F("sends") + 1, "key_since": Coalesce(F("key_since"), now)}
