"""Work that is done at once, as far as it comes to an end in time."""

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import timedelta
from typing import Any, TypeVar

T = TypeVar("T")


async def in_time(work: Iterable[Coroutine[Any, Any, T]], within: timedelta) -> list[T | BaseException]:
    """Return what became of each: its result, what it raised, or CancelledError where time ran out.

    Nothing of it goes on afterwards, nor where this is cancelled itself.
    """
    tasks = [asyncio.create_task(one) for one in work]
    try:
        if tasks:
            await asyncio.wait(tasks, timeout=within.total_seconds())
    finally:
        for task in tasks:
            task.cancel()  # those that have ended stay as they are
    return await asyncio.gather(*tasks, return_exceptions=True)
