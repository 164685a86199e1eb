"""How answers are handed on: what comes together together, but never so that the wire stands still meanwhile."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from backoffice.operations.slots import IDLE, SHARES, Slots


@dataclass(frozen=True)
class After:
    """An errand that takes some seconds and touches no wire."""

    number: int
    seconds: float

    async def over(self, client: Any) -> int:
        await asyncio.sleep(self.seconds)
        return self.number


@pytest.fixture
def slots():
    with Slots(key="demo-funding-key", slots=16) as made:
        yield made


def test_where_the_wire_takes_the_time_a_share_is_handed_on_and_the_others_at_once(slots):
    for number in range(16):
        slots.start(After(number, 10 * IDLE))

    first = slots.answers(within=5)
    free = slots.free
    others = [slots.answers(within=5) for _ in range(SHARES - 1)]

    assert len(first) == 16 // SHARES
    assert free == 16 // SHARES
    told = [answer for some in (first, *others) for _, answer in some]
    assert sorted(told) == list(range(16))
    assert slots.free == 16


def test_what_comes_one_just_after_the_other_is_handed_on_together(slots):
    for number in range(6):
        slots.start(After(number, 0.0004 * number))

    told = slots.answers(within=5)

    assert len(told) > 1
    while slots.calls:
        told += slots.answers(within=5)
    assert sorted(answer for _, answer in told) == list(range(6))


def test_who_never_answers_keeps_nobody_waiting(slots):
    slots.start(After(1, 0))
    slots.start(After(2, 0.5))

    assert [answer for _, answer in slots.answers(within=5)] == [1]
    assert slots.free == 15


def test_nothing_within_the_time_is_no_answer(slots):
    slots.start(After(1, 0.5))

    assert slots.answers(within=0.01) == []
    assert slots.free == 15


def test_one_slot_still_hands_on_what_it_has():
    with Slots(key="demo-funding-key", slots=1) as slots:
        slots.start(After(1, 2 * IDLE))

        assert [answer for _, answer in slots.answers(within=5)] == [1]
