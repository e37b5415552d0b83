"""Keeps the database bounded: forgets what is older than the configuration says, a little at a time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from watcher.model import Observer
from watcher.store import InWriter, Store, counts, retention, search
from watcher.store.retention import Keep, Pruned

#: Time that a tick may take from polls in seconds; it is given in pieces, between which polls are committed.
BUDGET_S = 1.0
#: Pause after everything old was looked at.
REST = timedelta(hours=1)
#: The hashes of forgotten entries are looked at in so many parts, one with each tick: all of them once a day.
PARTS = 1440
#: How long it is known how much each feed brought on each day.
COUNTED = timedelta(days=60)
#: Free pages that are given back to the disk at once.
PAGES = 500


class Pruner:
    """Looks at all old stories, then rests, then begins anew."""

    def __init__(
        self, store: Store, in_writer: InWriter, keep: Keep, clock: Callable[[], datetime], observe: Observer
    ) -> None:
        self.keep = keep
        self._store, self._in_writer, self._clock, self._observe = store, in_writer, clock, observe
        self._floors: dict[str, int] = {}
        self._after, self._part = 0, 0
        self._done = self._last = Pruned()
        self._rests_until: datetime | None = None

    async def tick(self) -> None:
        """Forget for as long as the budget lasts."""
        await self._in_writer(lambda: self._expire(self._part, PARTS))
        self._part = (self._part + 1) % PARTS
        if self._rests_until is not None and self._clock() < self._rests_until:
            return
        end = monotonic() + BUDGET_S
        while await self._in_writer(self._some) and monotonic() < end:
            pass

    async def all(self) -> Pruned:
        """Forget everything that is old, now."""
        self._done, self._after = Pruned(), 0
        await self._in_writer(lambda: self._expire(0, 1))
        while await self._in_writer(self._some):
            pass
        return self._last

    async def daily(self) -> None:
        """Forget everything that is old unless that was done today: for runs that end, as cron starts them."""
        if not await self._in_writer(self._was_done_today):
            await self.all()

    # ------------------------------------------------------------ in the writer's thread

    def _some(self) -> bool:
        """Look at one page; False when that was the last one."""
        now = self._clock()
        with self._store.write() as connection:
            page = retention.look(connection, self._after, self.keep, now, self._floors)
            done = retention.forget(connection, page.stories, now)
            if done.entries:
                search.tidy(connection)
            alarms = retention.forget_alarms(connection, now - self.keep.alerted)
        self._store.give_back(PAGES)
        self._done += done + alarms
        if page.last is not None or alarms.alerts:
            self._after = self._after if page.last is None else page.last
            return True
        self._finish(now)
        return False

    def _finish(self, now: datetime) -> None:
        with self._store.write() as connection:
            retention.note_pruned(connection, now)
        if self._done != Pruned():
            counts = {"entries": self._done.entries, "stories": self._done.stories, "alerts": self._done.alerts}
            self._observe({"event": "pruned"} | counts)
        self._last, self._done = self._done, Pruned()
        self._after, self._rests_until = 0, now + REST
        self._floors.clear()

    def _expire(self, part: int, parts: int) -> None:
        with self._store.write() as connection:
            retention.expire(connection, part, parts, self._clock())
            counts.forget_days(connection, (self._clock() - COUNTED).date())

    def _was_done_today(self) -> bool:
        with self._store.read() as connection:
            return retention.pruned_on(connection) == self._clock().date()
