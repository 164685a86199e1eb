"""How answers are handed on: together as long as they keep coming, and without waiting for who does not answer.

And how errands are handed over: more than there are slots while calls are quick, and no more of them begun than there are.
"""

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from backoffice.manager.failures import ManagerOffline, NoAnswer, TooLate, Unreadable, ValidationFailed
from backoffice.operations.slots import AHEAD, NO_LONGER, QUICK, Slots
from backoffice.safety.secret import Secret


@dataclass(frozen=True)
class After:
    """An errand that takes some seconds and touches no wire."""

    number: int
    seconds: float

    async def over(self, client: Any) -> int:
        await asyncio.sleep(self.seconds)
        return self.number


@dataclass
class Wire:
    """What is on it at once, at most, and who has begun."""

    now: int = 0
    most: int = 0
    begun: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Call(After):
    """An errand that is counted while it lasts, and may come to something else."""

    wire: Wire
    answer: Any = None

    async def over(self, client: Any) -> Any:
        self.wire.begun.append(self.number)
        self.wire.now += 1
        self.wire.most = max(self.wire.most, self.wire.now)
        await asyncio.sleep(self.seconds)
        self.wire.now -= 1
        return self.answer or self.number


SLOTS = 16


def all_of(slots):
    """Every answer until nothing is in hand, as its errand's number."""
    told = []
    while slots.in_hand:
        told += [errand.number for errand, _ in slots.answers(within=5)]
    return told


@pytest.fixture
def slots():
    with Slots(key=Secret("demo-funding-key"), slots=SLOTS) as made:
        yield made


def test_what_comes_one_just_after_the_other_is_handed_on_together(slots):
    slots.start(After(number, 0.0004 * number) for number in range(6))

    told = slots.answers(within=5)

    assert len(told) > 1
    while slots.in_hand:
        told += slots.answers(within=5)
    assert sorted(answer for _, answer in told) == list(range(6))


def test_who_never_answers_keeps_nobody_waiting(slots):
    slots.start([After(1, 0), After(2, 0.5)])

    assert [answer for _, answer in slots.answers(within=5)] == [1]
    assert slots.free == 15


def test_nothing_within_the_time_is_no_answer(slots):
    slots.start([After(1, 0.5)])

    assert slots.answers(within=0.01) == []
    assert slots.free == 15


def test_an_endless_trickle_is_handed_on_in_pieces(slots):
    slots.start(After(number, 0.0015 * number) for number in range(400))

    first = slots.answers(within=5)

    assert 1 < len(first) < 400
    told = list(first)
    while slots.in_hand:
        told += slots.answers(within=5)
    assert sorted(answer for _, answer in told) == list(range(400))


def test_one_slot_hands_on_what_it_has():
    with Slots(key=Secret("demo-funding-key"), slots=1) as slots:
        slots.start([After(1, 2 * NO_LONGER)])

        assert [answer for _, answer in slots.answers(within=5)] == [1]


def test_a_slow_manager_is_given_what_there_are_slots_for(slots):
    assert slots.room == slots.free == SLOTS

    slots.start([After(1, QUICK + 0.05)])
    all_of(slots)

    assert slots.room == slots.free == SLOTS


def test_to_a_quick_one_the_next_goes_without_a_turn_of_the_database(slots):
    wire = Wire()
    slots.start([Call(0, 0, wire)])
    all_of(slots)
    assert slots.room == SLOTS * (1 + AHEAD)

    slots.start(Call(number, 0.01, wire) for number in range(1, slots.room + 1))

    assert (slots.room, slots.free) == (0, 0)
    assert sorted(all_of(slots)) == list(range(1, SLOTS * (1 + AHEAD) + 1))
    assert wire.begun == list(range(SLOTS * (1 + AHEAD) + 1))
    assert wire.most == SLOTS


@pytest.mark.parametrize("answer", [NoAnswer("none"), ManagerOffline("away")])
def test_after_a_failure_nothing_begins_until_it_was_heard_of(answer, slots):
    wire = Wire()
    slots.start(Call(number, 0.02, wire, answer if number == 3 else None) for number in range(3 * SLOTS))

    time.sleep(0.2)

    assert len(wire.begun) < 2 * SLOTS
    heard = [errand.number for errand, _ in slots.answers(within=1)]
    assert sorted(heard) == sorted(wire.begun)
    slots.start([])
    assert sorted(heard + all_of(slots)) == list(range(3 * SLOTS))


def test_what_mt5_says_of_one_operation_keeps_no_other(slots):
    wire = Wire()
    slots.start(Call(number, 0.01, wire, ValidationFailed("no")) for number in range(3 * SLOTS))

    time.sleep(0.2)

    assert len(wire.begun) == 3 * SLOTS


def test_what_is_put_back_never_begins_and_what_began_is_never_put_back(slots):
    """The two threads at once, many times: each errand is answered once, by the wire or as put back."""
    wire, answered, back = Wire(), [], []
    for start in range(0, 2000, 40):
        slots.start(Call(number, 0.0005, wire) for number in range(start, start + 40))
        time.sleep(0.0007 * (start % 7))
        put = slots.put_back()
        assert all(isinstance(answer, TooLate) for _, answer in put)
        back += [errand.number for errand, _ in put]
    answered += all_of(slots)

    assert sorted(answered + back) == list(range(2000))
    assert sorted(wire.begun) == sorted(answered)
    assert back
    assert answered
    assert slots.in_hand == 0


def test_whoever_leaves_takes_what_waits_along_and_the_thread():
    wire, threads = Wire(), threading.active_count()
    with Slots(key=Secret("demo-funding-key"), slots=2) as slots:
        slots.start(Call(number, 5, wire) for number in range(6))
        time.sleep(0.05)

    assert wire.begun == [0, 1]
    assert threading.active_count() == threads


def test_an_errand_for_which_no_client_can_be_made_is_answered_too(slots, monkeypatch):
    """Nothing may be lost between two threads: who waits for an answer that never comes stands still for ever."""

    def none_left(*args, **named):
        raise OSError("Too many open files")

    monkeypatch.setattr("backoffice.operations.slots.Client", none_left)
    slots.start(After(number, 0) for number in range(3))

    told = []
    for _ in range(3 * SLOTS):
        told += slots.answers(within=0.2)
        slots.start([])

    assert [type(answer) for _, answer in told] == [Unreadable] * 3
    assert slots.in_hand == 0


def test_where_no_loop_can_be_had_nobody_waits_for_one(monkeypatch):
    def none_left():
        raise OSError("Too many open files")

    monkeypatch.setattr(asyncio, "new_event_loop", none_left)

    with pytest.raises(OSError, match="Too many"), Slots(key=Secret("demo-funding-key"), slots=1):
        pass
