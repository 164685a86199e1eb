"""Many questions at once: answered in their order, no more at a time than is allowed, and none of them for ever."""

import asyncio
import time

import pytest

from backoffice.manager.reader import ask_each


def test_each_is_answered_in_its_place_and_no_more_than_allowed_at_a_time():
    now, most = [0], [0]

    def question(number):
        async def asked(client):
            now[0] += 1
            most[0] = max(most[0], now[0])
            await asyncio.sleep(0.02 if number % 3 else 0.05)
            now[0] -= 1
            return number

        return asked

    assert ask_each([question(number) for number in range(20)], at_once=4, within=5) == list(range(20))
    assert most == [4]


def test_no_two_of_them_share_a_connection_at_a_time():
    using = set()

    async def asked(client):
        assert id(client) not in using
        using.add(id(client))
        await asyncio.sleep(0.01)
        using.remove(id(client))
        return True

    assert ask_each([asked] * 12, at_once=3, within=5) == [True] * 12


def test_what_takes_too_long_has_no_answer_and_the_rest_have():
    async def quick(client):
        return "here"

    async def slow(client):
        await asyncio.sleep(30)

    began = time.monotonic()

    assert ask_each([quick, slow, quick, quick], at_once=2, within=0.2) == ["here", None, "here", "here"]
    assert time.monotonic() - began < 5


def test_a_defect_is_heard():
    async def broken(client):
        raise KeyError("a defect")

    with pytest.raises(ExceptionGroup) as raised:
        ask_each([broken], at_once=2, within=1)
    assert raised.group_contains(KeyError)


def test_no_question_no_answer():
    assert ask_each([], at_once=8, within=1) == []
