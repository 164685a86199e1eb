"""How answers are handed on: together as long as they keep coming, and without waiting for who does not answer."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from backoffice.operations.slots import NO_LONGER, Slots
from backoffice.safety.secret import Secret


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
    with Slots(key=Secret("demo-funding-key"), slots=16) as made:
        yield made


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


def test_an_endless_trickle_is_handed_on_in_pieces(slots):
    for number in range(400):
        slots.start(After(number, 0.0015 * number))

    first = slots.answers(within=5)

    assert 1 < len(first) < 400
    told = list(first)
    while slots.calls:
        told += slots.answers(within=5)
    assert sorted(answer for _, answer in told) == list(range(400))


def test_one_slot_hands_on_what_it_has():
    with Slots(key=Secret("demo-funding-key"), slots=1) as slots:
        slots.start(After(1, 2 * NO_LONGER))

        assert [answer for _, answer in slots.answers(within=5)] == [1]
