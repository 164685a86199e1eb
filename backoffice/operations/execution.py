"""How a lane's machine moves operations: one thread, units of the database and turns of the wire by turns."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections

from backoffice.audit import clock
from backoffice.audit.unit import unit
from backoffice.manager.failures import Unreadable
from backoffice.operations import lanes, meaning, trace
from backoffice.operations.errands import Send, Trace
from backoffice.operations.meaning import Conclusion
from backoffice.operations.models import Answer, Attempt, Operation
from backoffice.operations.queue import claim, counted, hold_for_trace, sweep
from backoffice.operations.slots import Slots
from backoffice.operations.states import State

LOOK_AGAIN = 0.25
FOR_LOOKING = 2
RECORD_AGAIN = (0.2, 1.0, 3.0)
_draining = threading.Lock()
logger = logging.getLogger(__name__)
Answers = list[tuple[Send | Trace, Any]]
Settled = list[tuple[Send | Trace, Conclusion]]


def drain(lane: str, *, until: float, stopping: Callable[[], bool] = lambda: False) -> bool:
    """Works the lane until nothing is due (True) or `until` seconds are over (False); what is on the wire is recorded."""
    if not _draining.acquire(blocking=False):
        return True
    try:
        with Slots(key=settings.MANAGER_KEYS[lane], slots=settings.LANE_SLOTS) as slots:
            return _work(lane, slots, end=time.monotonic() + until, stopping=stopping)
    finally:
        _draining.release()


def _work(lane: str, slots: Slots, *, end: float, stopping: Callable[[], bool]) -> bool:
    while True:
        goes_on = time.monotonic() < end and not stopping()
        for errand in _next(lane, slots) if goes_on else []:
            slots.start(errand)
        if not slots.calls:
            return goes_on
        if answers := slots.answers(within=LOOK_AGAIN):
            record(lane, answers)


def _next(lane: str, slots: Slots) -> list[Send | Trace]:
    """The next errands. A database that is away now must not take with it what is on the wire."""
    try:
        return next_errands(lane, free=slots.free)
    except (OperationalError, InterfaceError):
        if not slots.calls:
            raise
        logger.warning("Nothing new is begun in %s while the database is away.", lane)
        close_old_connections()
        return []


def next_errands(lane: str, *, free: int) -> list[Send | Trace]:
    """What to do with the free slots: two are for looking up, so that sends never starve what is uncertain."""
    sweep(lane)
    looks = hold_for_trace(lane, most=min(free, FOR_LOOKING))
    free -= len(looks)
    sends = claim(lane, most=min(free, lanes.allowance(lane, slots=free)))
    more = hold_for_trace(lane, most=free - len(sends)) if len(looks) == FOR_LOOKING else []
    return [*looks, *sends, *more]


def record(lane: str, answers: Answers) -> None:
    """Writes a turn's answers down. A database that is away is tried again; after that, lease and trace settle it."""
    for turn, wait in enumerate(RECORD_AGAIN):
        try:
            return _record(lane, _unrecorded(answers) if turn else answers)
        except (OperationalError, InterfaceError) as failure:
            logger.warning("The answers of %s are not recorded yet (%s); again in %s s.", lane, failure, wait)
            close_old_connections()
            time.sleep(wait)
    return _record(lane, _unrecorded(answers))


def _unrecorded(answers: Answers) -> Answers:
    """What is not written down yet: a connection may die just after the commit that it reported as failed."""
    tokens = {errand.token for errand, _ in answers}
    written = Answer.objects.filter(attempt__token__in=tokens).values_list("attempt__token", "attempt__operation_id")
    done = set(written)
    return [pair for pair in answers if (pair[0].token, pair[0].operation.pk) not in done]


def _record(lane: str, answers: Answers) -> None:
    """One unit for all of them: what came back, where each operation goes, and what the lane makes of it."""
    now = clock.now()
    settled = [(errand, _conclude(errand, answer, now)) for errand, answer in answers]
    with unit() as work:
        for token, to, changes, errands in _alike(settled):
            _settle(token=token, to=to, changes=changes, errands=errands, now=now)
        _keep_answers(settled, now)
        heard = [(told.signal, told.wait) for errand, told in settled if isinstance(errand, Send)]
        lanes.listen(work, lane, heard)


def _conclude(errand: Send | Trace, answer: Any, now: datetime) -> Conclusion:
    try:
        return _meaning(errand, answer, now)
    except Exception:  # one answer that we cannot take must not keep the others from being recorded
        logger.exception("What came back for %s could not be understood.", errand.operation.pk)
        return _meaning(errand, Unreadable("A defect of this software hides what came back."), now)


def _meaning(errand: Send | Trace, answer: Any, now: datetime) -> Conclusion:
    if isinstance(errand, Send):
        return meaning.of_send(errand.operation, answer, now=now)
    return trace.of_trace(errand.operation, answer, held_at=errand.held_at)


def _alike(settled: Settled) -> list[tuple[UUID, State | None, dict[str, Any], Settled]]:
    """Answers that do the same to their rows, together: sixteen that were applied are one move."""
    groups: dict[Any, Settled] = defaultdict(list)
    for errand, told in settled:
        key = (errand.token, errand.operation.state, told.to, tuple(sorted(told.changes.items(), key=str)))
        groups[key].append((errand, told))
    return [(key[0], key[2], group[0][1].changes, group) for key, group in groups.items()]


def _settle(*, token: UUID, to: State | None, changes: dict[str, Any], errands: Settled, now: datetime) -> None:
    rows = Operation.objects.filter(pk__in=[errand.operation.pk for errand, _ in errands])
    changes = {"token": None, "leased_until": None} | changes
    if changes.pop("counted", False):
        changes |= counted(now)
    if to is None:
        rows.filter(token=token, state__in=[State.UNCERTAIN, State.ACCEPTED]).update(**changes)
        return
    details = {errand.operation.pk: {"answer": told.words} for errand, told in errands}
    source = State(errands[0][0].operation.state)
    Operation.move(rows, to=to, expecting=[source], held_by=token, details=details, **changes)


def _keep_answers(settled: Settled, now: Any) -> None:
    tokens = {errand.token for errand, _ in settled}
    made = Attempt.objects.filter(token__in=tokens, operation__in=[errand.operation.pk for errand, _ in settled])
    attempts = {(attempt.operation_id, attempt.token): attempt for attempt in made}
    # A database that was restored meanwhile does not know of the attempt; its operation is looked up.
    known = [pair for pair in settled if (pair[0].operation.pk, pair[0].token) in attempts]
    Answer.objects.bulk_create(
        Answer(
            attempt=attempts[errand.operation.pk, errand.token],
            at=now,
            meaning=told.meaning,
            status=told.status,
            words=told.words,
            deal=told.deal,
        )
        for errand, told in known
    )
