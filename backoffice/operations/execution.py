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
from django.db import IntegrityError, InterfaceError, OperationalError, close_old_connections, connection

from backoffice.audit import clock
from backoffice.audit.checkpoints import Unreadable as Untold
from backoffice.audit.rows import insert
from backoffice.audit.unit import Unit, unit
from backoffice.manager.failures import Unreadable
from backoffice.operations import breaker, lanes, meaning, trace
from backoffice.operations.breaker import Heard
from backoffice.operations.errands import Send, Trace
from backoffice.operations.meaning import Conclusion
from backoffice.operations.models import NOTED, Answer, Attempt, Lane, Operation
from backoffice.operations.queue import claim, counted, hold_for_trace, sweep, take, witnessed
from backoffice.operations.slots import Slots
from backoffice.operations.states import State

LOOK_AGAIN = 0.25
FOR_LOOKING = 2
LOOK_EVERY = 0.25
SWEEP_EVERY = 0.5
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
    answers: Answers = []
    swept, looked, may_begin, same = 0.0, 0.0, False, None
    while True:
        in_hand = bool(slots.in_hand or answers)
        # A new connection may lead to another database: it is never restored under one that holds.
        if same is None or same is not connection.connection or time.monotonic() - swept > SWEEP_EVERY:
            swept, may_begin = time.monotonic(), _swept(lane, in_hand=in_hand)
            same = connection.connection
        goes_on = time.monotonic() < end and not stopping()
        # Not in every turn while others are on the wire: what is uncertain loses nothing by a moment.
        is_to_look = not slots.in_hand or time.monotonic() - looked > LOOK_EVERY
        looked = time.monotonic() if is_to_look else looked
        free = slots.room if goes_on and may_begin else 0
        errands, is_open = _turn(lane, answers, free=free, looks=FOR_LOOKING * is_to_look, in_hand=in_hand)
        # What has not begun yet never does while the connection stands, and neither when its turn does not come.
        answers = [] if goes_on and is_open else slots.put_back()
        slots.start(errands)
        if not (slots.in_hand or answers):
            return goes_on
        answers += slots.answers(within=0 if answers else LOOK_AGAIN) or slots.put_back()


def _swept(lane: str, *, in_hand: bool) -> bool:
    """Sweeps the lane; False where nothing may be begun until the next time, since nobody can tell how things stand."""
    try:
        sweep(lane, now=clock.now())
    except (OperationalError, InterfaceError) as failure:
        if not in_hand:
            raise
        logger.warning("Nothing new is begun in %s while the database is away: %s", lane, failure)
        close_old_connections()
        return False
    except (OSError, Untold) as failure:
        logger.error("Nobody can tell whether the database was restored, so nothing is sent in %s. %s", lane, failure)
        return False
    return True


def _turn(lane: str, answers: Answers, *, free: int, looks: int, in_hand: bool) -> tuple[list[Send | Trace], bool]:
    """A turn, whatever the database does in it: what came back is never lost by it, nor what is on the wire.

    Returns what is to be done now, and whether what was claimed before may still begin.
    """
    held: list[Send | Trace] = []
    try:
        now = clock.now()
        # Two of the free slots are for looking up first, so that sends never starve what is uncertain.
        held = hold_for_trace(lane, most=min(free, looks), now=now)
        sends, is_open = turn(lane, answers, free=free - len(held), now=now)
        if len(held) == FOR_LOOKING:
            held += hold_for_trace(lane, most=free - len(held) - len(sends), now=now)
        return [*held, *sends], is_open
    except (OperationalError, InterfaceError) as failure:
        if not (held or in_hand):
            raise
        logger.warning("Nothing new is sent in %s while the database is away: %s", lane, failure)
        close_old_connections()
        record(lane, answers)
        return held, False


def turn(lane: str, answers: Answers, *, free: int, now: datetime) -> tuple[list[Send], bool]:
    """Writes down what came back and claims what goes next, in one unit: one commit for both.

    Returns what was claimed, and whether nothing of the lane stands still, as far as was seen.
    """
    if not answers:
        return claim(lane, most=free, now=now), True
    try:
        with unit(now=now) as work:
            rows = lanes.hold_all(lane, now=now)
            write_down(work, rows, answers)
            sends = take(lane, rows, most=free, now=now)
        return witnessed(work, sends), lanes.are_open(rows, now=now)
    except IntegrityError:
        # Another worker took one of these logins between our look and our lock.
        record(lane, answers)
        return claim(lane, most=min(free, 1), now=now), True


def record(lane: str, answers: Answers) -> None:
    """Writes answers down alone. A database that is away is tried again; after that, lease and trace settle it."""
    for wait in (*RECORD_AGAIN, None):
        try:
            if left := _unrecorded(answers):
                with unit() as work:
                    write_down(work, lanes.hold_all(lane, now=work.now), left)
            return
        except (OperationalError, InterfaceError) as failure:
            if wait is None:
                raise
            logger.warning("The answers of %s are not recorded yet (%s); again in %s s.", lane, failure, wait)
            close_old_connections()
            time.sleep(wait)


def _unrecorded(answers: Answers) -> Answers:
    """What is not written down yet: a connection may die just after the commit that it reported as failed."""
    attempts = [errand.attempt for errand, _ in answers]
    done = set(Answer.objects.filter(attempt__in=attempts).values_list("attempt", flat=True))
    return [pair for pair in answers if pair[0].attempt not in done]


def write_down(work: Unit, rows: list[Lane], answers: Answers) -> None:
    """What came back, where each operation goes, and what the lane makes of it; `rows` are the lane's and are held."""
    settled = [(errand, _conclude(errand, answer, work.now)) for errand, answer in answers]
    moved: set[tuple[UUID, UUID]] = set()
    for token, to, changes, errands in _alike(settled):
        moved |= _settle(token=token, to=to, changes=changes, errands=errands, now=work.now)
    _keep_answers(settled, moved, work.now)
    breaker.listen(work, rows, [_heard(errand, told) for errand, told in settled if isinstance(errand, Send)])


def _heard(errand: Send, told: Conclusion) -> Heard:
    return Heard(told.signal, kind=errand.operation.kind, claimed_at=errand.claimed_at, wait=told.wait)


def _conclude(errand: Send | Trace, answer: Any, now: datetime) -> Conclusion:
    try:
        return _meaning(errand, answer, now)
    except Exception:  # one answer that we cannot take must not keep the others from being recorded
        logger.exception("What came back for %s could not be understood.", errand.operation.pk)
        return _meaning(errand, Unreadable("A defect of this software hides what came back."), now)


def _meaning(errand: Send | Trace, answer: Any, now: datetime) -> Conclusion:
    if isinstance(errand, Send):
        return meaning.of_send(errand.operation, answer, now=now)
    return trace.of_trace(errand.operation, answer, held_at=errand.held_at, ways=errand.ways)


def _alike(settled: Settled) -> list[tuple[UUID, State | None, dict[str, Any], Settled]]:
    """Answers that do the same to their rows, together: sixteen that were applied are one move."""
    groups: dict[Any, Settled] = defaultdict(list)
    for errand, told in settled:
        key = (errand.token, errand.operation.state, told.to, tuple(sorted(told.changes.items(), key=str)))
        groups[key].append((errand, told))
    return [(key[0], key[2], group[0][1].changes, group) for key, group in groups.items()]


def _settle(
    *, token: UUID, to: State | None, changes: dict[str, Any], errands: Settled, now: datetime
) -> set[tuple[UUID, UUID]]:
    """Returns whose state moved, with the token; who was fenced off by now is not among them."""
    rows = Operation.objects.filter(pk__in=[errand.operation.pk for errand, _ in errands]).only(*NOTED)
    changes = {"token": None, "leased_until": None} | changes
    if "counted" in changes:
        changes |= counted(now, sends=int(changes.pop("counted")))
    if to is None:
        rows.filter(token=token, state__in=[State.UNCERTAIN, State.ACCEPTED]).update(**changes)
        return set()
    details = {errand.operation.pk: {"answer": told.words} for errand, told in errands}
    source = State(errands[0][0].operation.state)
    moved = Operation.move(rows, to=to, expecting=[source], held_by=token, details=details, **changes)
    return {(row.pk, token) for row in moved}


def _keep_answers(settled: Settled, moved: set[tuple[UUID, UUID]], now: datetime) -> None:
    # A row that still had the token has the attempt that was written with it. A database that was restored meanwhile
    # does not know of the attempt; its operation is looked up.
    doubtful = [errand.attempt for errand, _ in settled if (errand.operation.pk, errand.token) not in moved]
    known = set(Attempt.objects.filter(pk__in=doubtful).values_list("pk", "token")) if doubtful else set()
    answers = [
        {"attempt_id": errand.attempt, "at": now, "meaning": told.meaning, "status": told.status}
        | {"words": told.words, "deal": told.deal}
        for errand, told in settled
        if (errand.operation.pk, errand.token) in moved or (errand.attempt, errand.token) in known
    ]
    insert(Answer, answers)
