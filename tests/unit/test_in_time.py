"""Work that is done at once, as far as it comes to an end in time."""

import asyncio
from datetime import timedelta

import pytest

from watcher.in_time import in_time


def test_each_tells_what_became_of_it_in_order():
    async def quick(value):
        return value

    async def broken():
        raise ValueError("odd")

    got = asyncio.run(in_time([quick(1), broken(), asyncio.sleep(60), quick(2)], timedelta(milliseconds=50)))
    assert [type(one) for one in got] == [int, ValueError, asyncio.CancelledError, int]
    assert asyncio.run(in_time([], timedelta(seconds=60))) == []


def test_nothing_goes_on_when_it_is_broken_off():
    async def go():
        begun, ended = asyncio.Event(), asyncio.Event()

        async def long():
            begun.set()
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()

        waiting = asyncio.create_task(in_time([long()], timedelta(seconds=60)))
        await begun.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.wait_for(ended.wait(), 10)

    asyncio.run(go())
