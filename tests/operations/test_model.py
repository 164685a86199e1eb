"""The wire table as a model: whatever four answers and faults come, no operation is lost, doubled, or believed wrongly.

The world is a Manager that books at most once for a request id, may book late (within its longest processing), may answer
anything or nothing, and a ledger that may be unreadable. Nothing of the database is in it: `meaning` is a pure function.
"""

from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest
from django.conf import settings
from uuid_utils.compat import uuid7

from backoffice.manager import failures
from backoffice.manager.wire import Transaction
from backoffice.operations import meaning, trace, ways
from backoffice.operations.instructions import reference
from backoffice.operations.meaning import Conclusion, Moved
from backoffice.operations.models import Operation
from backoffice.operations.states import FINAL, LEGAL, State
from funding.instructions import Deposit

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
LATE = timedelta(seconds=settings.MANAGER_PROCESSING)
SURELY = timedelta(seconds=settings.MANAGER_PROCESSING + settings.MANAGER_SKEW + 1)
CALM_TURNS = 40
LONGEST = 4
KILLED = object()


@dataclass
class World:
    operation: Operation
    now: datetime = START
    booked: bool = False
    lands_by: datetime | None = None
    path: list[str] = field(default_factory=list)

    def later(self, pause: timedelta) -> None:
        self.now += pause
        if self.lands_by and self.now >= self.lands_by:
            self.booked, self.lands_by = True, None

    def line(self, **other):
        asked = self.operation.instruction
        plain = {
            "operation_id": "dep_1",
            "status": "applied",
            "login": asked.login,
            "type": "deposit",
            "currency": "USD",
        }
        told = plain | {"amount": asked.amount, "request_id": str(self.operation.pk), "comment": asked.comment} | other
        return Transaction(**told)

    def book(self):
        if self.booked or self.lands_by:
            self.booked, self.lands_by = True, None
            return failures.AlreadyApplied("again", original=_fields(self.line()))
        self.booked = True
        return self.line()


def _fields(line):
    return {
        "operationId": line.operation_id,
        "status": line.status,
        "login": line.login,
        "type": line.type,
        "amount": line.amount,
        "currency": line.currency,
        "requestId": line.request_id,
    }


def _and_book(world, answer):
    world.book()
    return answer


def _land_late(world, answer):
    if not world.booked:
        world.lands_by = world.now + LATE
    return answer


def _bare(world):
    world.book()
    return failures.AlreadyApplied("again")


def _rejected(world):
    """What was taken in may be rejected there; what is not there is not there."""
    there, world.booked = world.booked, False
    return [world.line(status="rejected")] if there else []


# A Manager refuses what it has not booked; one that looks at the amount before the key refuses even what it has.
SENDS = {
    "books": World.book,
    "books, and says it to nobody": lambda w: _and_book(w, failures.NoAnswer("cut")),
    "books late, and says it to nobody": lambda w: _land_late(w, failures.NoAnswer("timeout")),
    "loses it": lambda w: failures.NoAnswer("timeout"),
    "offline": lambda w: failures.ManagerOffline("503"),
    "offline, and books": lambda w: _and_book(w, failures.ManagerOffline("503")),
    "garbage": lambda w: failures.Unreadable("html"),
    "refuses": lambda w: failures.ValidationFailed("no"),
    "knows no such login": lambda w: failures.NotFound("no"),
    "denies with a reason": lambda w: failures.PermissionDenied("no", reason="unknownGroup"),
    "denies without": lambda w: failures.PermissionDenied("no"),
    "key refused": lambda w: failures.Unauthorized("no"),
    "slow down": lambda w: failures.TooManyRequests("no", retry_after=1),
    "not connected": lambda w: failures.NotConnected("no"),
    "too late to begin": lambda w: failures.TooLate("no"),
    "binds moved": lambda w: Moved("moved"),
    "409 of ours, bare": _bare,
    "409 of another's": lambda w: failures.AlreadyApplied("again", original=_fields(w.line(amount=Decimal(9)))),
    "answers for another": lambda w: _and_book(w, w.line(login=1)),
    "killed before it was sent": lambda w: KILLED,
    "killed after it was booked": lambda w: _and_book(w, KILLED),
    "killed, and it lands late": lambda w: _land_late(w, KILLED),
}
TRACES = {
    "ledger at once": lambda w: _ledger(w, timedelta()),
    "ledger when it is sure": lambda w: _ledger(w, SURELY),
    "ledger says it is taken in": lambda w: [w.line(status="accepted")] if w.booked else [],
    "ledger says it was rejected": _rejected,
    "ledger unreadable": lambda w: failures.Unreadable("html"),
    "ledger offline": lambda w: failures.ManagerOffline("503"),
    "ledger with something else": lambda w: [w.line(amount=Decimal(9))],
}
CALM = {"send": World.book, "trace": lambda w: _ledger(w, SURELY)}


def _ledger(world, pause):
    world.later(pause)
    return [world.line()] if world.booked else []


# Where an operation may stand when the four come: what the row says, and whether the Manager has it by then.
SENT = {"maybe_sent": True, "sends": 1, "first_sent_at": START, "last_send_at": START, "key_since": START}
STARTS = {
    "queued": ({"state": State.QUEUED}, False),
    "queued again, and booked after all": ({"state": State.QUEUED, **SENT}, True),
    "queued again, and not there": ({"state": State.QUEUED, **SENT}, False),
    "queued a last time": ({"state": State.QUEUED, **SENT, "sends": 2}, False),
    "uncertain, and booked": ({"state": State.UNCERTAIN, **SENT}, True),
    "uncertain, and not there": ({"state": State.UNCERTAIN, **SENT}, False),
    "uncertain, never sent": ({"state": State.UNCERTAIN}, False),
    "uncertain after a refusal": ({"state": State.UNCERTAIN, **SENT, "last_answer": "refused"}, False),
    "uncertain after a refusal, and booked": ({"state": State.UNCERTAIN, **SENT, "last_answer": "refused"}, True),
    "uncertain after a conflict": ({"state": State.UNCERTAIN, **SENT, "last_answer": "conflict"}, True),
    "uncertain after its last send": ({"state": State.UNCERTAIN, **SENT, "sends": 3}, False),
    "accepted": ({"state": State.ACCEPTED, **SENT}, True),
}


@cache
def asked():
    """One operation stands for all: what differs between worlds is what befalls it."""
    pk = uuid7()
    return pk, Deposit(
        login=128001, amount=Decimal("250.00"), currency="USD", comment=reference("DEP", pk), method="CARD"
    ).canonical()


def new_world(start):
    (pk, payload), (said, booked) = asked(), STARTS[start]
    return World(Operation(id=pk, payload=payload, moved_at=START, login=128001, **said), booked=booked)


def with_this(world, name):
    """The world in which this came next; the one it came from stays as it is."""
    then = replace(world, operation=copy(world.operation), path=[*world.path, name])
    turn(then, (SENDS if world.operation.state == State.QUEUED else TRACES)[name])
    return then


def turn(world, event):
    """One turn of the machine with what the world does to it, applied to the row as `record` would."""
    row = world.operation
    if row.state == State.QUEUED:
        row.first_sent_at = row.first_sent_at or world.now
        _move(row, State.RUNNING, world)
        answer = event(world)
        told = _swept(world) if answer is KILLED else meaning.of_send(row, answer, now=world.now)
    else:
        held_before = world.now
        answer = event(world)
        told = trace.of_trace(
            row, answer, held_at=world.now if isinstance(answer, list) else held_before, ways=ways.of({})
        )
    changes = dict(told.changes)
    row.sends += changes.pop("counted", False)
    for name, value in changes.items():
        setattr(row, name, value)
    if told.to:
        _move(row, told.to, world)
    world.later(timedelta(seconds=0.1))


def _swept(world):
    """What the sweeper makes of a worker that did not come back, at its lease's end."""
    world.later(timedelta(seconds=settings.LEASE))
    changes = {"maybe_sent": True, "last_send_at": world.now, "last_answer": "", "counted": True}
    return Conclusion(State.UNCERTAIN, "swept", "", changes=changes)


def _move(row, to, world):
    assert (State(row.state), State(to)) in LEGAL, f"{row.state} → {to}: {world.path}"
    row.state, row.moved_at = to, world.now


def worlds_from(world):
    """Every world that up to four events lead to, each only as far as something can still happen."""
    yield world
    if len(world.path) < LONGEST and waits_for_machines(world):
        for name in SENDS if world.operation.state == State.QUEUED else TRACES:
            yield from worlds_from(with_this(world, name))


def calmed(world):
    """What becomes of it with a Manager that behaves, until the operation waits for nobody but people."""
    calm = replace(world, operation=copy(world.operation))
    for _ in range(CALM_TURNS):
        if not waits_for_machines(calm):
            return calm
        turn(calm, CALM["send" if calm.operation.state == State.QUEUED else "trace"])
    raise AssertionError(f"never ends: {world.path}, {calm.operation.state}")


def waits_for_machines(world):
    return world.operation.state not in FINAL | {State.EXCEPTION}


def is_true(world):
    """What the house believes is what the Manager holds, now and for ever."""
    row, might_land = world.operation, world.lands_by is not None
    if row.state == State.APPLIED:
        return world.booked
    if row.state in (State.REFUSED, State.RETURNED):
        return not world.booked and not might_land
    return row.state == State.EXCEPTION and row.maybe_sent


@pytest.mark.parametrize("start", STARTS)
def test_no_sequence_of_four_answers_and_faults_is_believed_wrongly(start):
    worlds = [calmed(world) for world in worlds_from(new_world(start))]

    wrong = [(world.path, world.operation.state, world.booked) for world in worlds if not is_true(world)]
    assert len(worlds) > 50
    assert wrong == []
