"""What the watcher does for itself between polls: alarms about its own feeds, and a bounded dedup window."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from watcher.model import Feed, FeedState, FetchFailure, Observer
from watcher.store import InWriter, Store, alarms, polls


@dataclass(frozen=True, slots=True)
class Care:
    """What the configuration says about upkeep; a reload swaps it as a whole."""

    feeds: Mapping[str, Feed]
    alarm_receivers: tuple[str, ...]
    #: How long a feed may fail before receivers are told; a feed that is gone is told at once.
    feed_alarm_after: timedelta


def feed_trouble(state: FeedState, now: datetime, after: timedelta) -> str | None:
    """Return the sentence that receivers should be told about a feed, or None while it is well or may recover."""
    since = state.failing_since_at
    if since is None:
        return None
    gone = (state.last_error or "").startswith(f"{FetchFailure.GONE}:")
    if now - since < after and not gone:
        return None
    return (
        f"feed {state.feed} has failed since {since:%Y-%m-%d %H:%M} UTC ({state.failures} polls): "
        f"{state.last_error}. It is tried on, less often."
    )


class Upkeep:
    """Looks after feeds and the dedup window."""

    def __init__(
        self,
        store: Store,
        in_writer: InWriter,
        care: Care,
        expire: Callable[[datetime], object],
        clock: Callable[[], datetime],
        observe: Observer,
    ) -> None:
        self.care = care
        self._store, self._in_writer = store, in_writer
        self._expire, self._clock, self._observe = expire, clock, observe

    async def tick(self) -> None:
        """Raise and clear what has changed since the last look."""
        await self._in_writer(self._look)

    def _look(self) -> None:
        now = self._clock()
        self._expire(now)
        with self._store.write() as connection:
            states = polls.all_feed_states(connection)
            for feed in self.care.feeds:
                if feed in states:
                    self._look_at(connection, states[feed], now)

    def _look_at(self, connection: Connection, state: FeedState, now: datetime) -> None:
        key, receivers = f"feed:{state.feed}", self.care.alarm_receivers
        trouble = feed_trouble(state, now, self.care.feed_alarm_after)
        if trouble is not None:
            if alarms.raise_alarm(connection, key, trouble, receivers, now):
                self._observe({"event": "alarm", "key": key, "message": trouble})
        elif state.failing_since_at is None:
            well = f"feed {state.feed} is well again"
            if alarms.clear_alarm(connection, key, well, receivers, now):
                self._observe({"event": "alarm_cleared", "key": key, "message": well})
