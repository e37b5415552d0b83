"""Work for the writer's thread that is done for all who wait for it at once."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy.exc import OperationalError

from watcher.store.engine import InWriter

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gathered(Generic[Item, Result]):
    """Gathers items while the writer's thread is busy, and gives it all of them in one piece.

    Nobody waits for others to come. Where a piece fails, each of it is tried alone, unless the database is at fault.
    """

    def __init__(self, in_writer: InWriter, work: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._in_writer, self._work = in_writer, work
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._is_asked = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, item: Item) -> Result:
        """Return what the work returns for this item, or raise what it raises."""
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if not self._is_asked:
            self._is_asked = True
            task = asyncio.create_task(self._ask(), name="gathered")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await done

    async def _ask(self) -> None:
        try:
            told = await self._in_writer(self._work_off)
        except Exception as error:  # the thread takes no more work
            told = [(done, error) for _, done in self._waiting]
            self._waiting.clear()
            self._is_asked = False
        for done, result in told:
            if done.done():
                continue  # whoever waited was cancelled
            if isinstance(result, Exception):
                done.set_exception(result)
            else:
                done.set_result(result)

    def _work_off(self) -> list[tuple[asyncio.Future[Result], Result | Exception]]:
        """In the writer's thread: do what has come until now."""
        self._is_asked = False  # first: whoever is not among these asks anew
        taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
        results = self._each([item for item, _ in taken])
        return [(done, result) for (_, done), result in zip(taken, results, strict=True)]

    def _each(self, items: Sequence[Item]) -> Sequence[Result | Exception]:
        if not items:
            return ()
        try:
            return self._work(items)
        except OperationalError as error:  # locked, or the disk is full: each alone would wait as long for the same
            return [error] * len(items)
        except Exception as error:
            return [error] if len(items) == 1 else [result for item in items for result in self._each([item])]
