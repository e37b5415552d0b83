"""How things stand at this moment: feeds by state, what waits, what is late. Cheap enough to ask every few seconds."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, case, func, select

from watcher.store.outbox import WAITING
from watcher.store.schema import alarms, deliveries, feed_states


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts and times; None where there is nothing to be late."""

    #: `well`, `failing` or `waiting` (not polled yet) → how many of the feeds that are polled.
    feeds: dict[str, int]
    #: Receiver → deliveries that are not sent yet.
    waiting: dict[str, int]
    #: Since when the oldest delivery waits that should be out: due, in hand, or tried without success. Those that
    #: a mute time, a cap or `group_wait` holds back are not late.
    unsent_since_at: datetime | None
    #: Since when the feed that waits longest has been due.
    due_since_at: datetime | None
    open_alarms: int


def figures(connection: Connection, now: datetime) -> Figures:
    """Count."""
    state = case((feed_states.c.polled_at.is_(None), "waiting"), (feed_states.c.failures > 0, "failing"), else_="well")
    polled = feed_states.c.next_poll_at.is_not(None)
    feeds = connection.execute(select(state, func.count()).where(polled).group_by(state))
    unsent = deliveries.c.state.in_(WAITING)
    waiting = connection.execute(
        select(deliveries.c.receiver, func.count()).where(unsent).group_by(deliveries.c.receiver)
    )
    late = (deliveries.c.due_at <= now) | (deliveries.c.attempts > 0)
    oldest = select(func.min(deliveries.c.first_due_at)).where(unsent, late, deliveries.c.first_due_at <= now)
    due = select(func.min(feed_states.c.next_poll_at)).where(feed_states.c.next_poll_at <= now)
    open_ = select(func.count()).where(alarms.c.cleared_at.is_(None))
    counts = dict.fromkeys(("well", "failing", "waiting"), 0)
    return Figures(
        counts | {str(name): count for name, count in feeds},
        {str(name): count for name, count in waiting},
        connection.execute(oldest).scalar(),
        connection.execute(due).scalar(),
        connection.execute(open_).scalar_one(),
    )


def size_bytes(path: Path | None) -> int:
    """Bytes of a database's file with its write-ahead log; 0 for one in memory."""
    if path is None:
        return 0
    files = (path, path.with_name(path.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())
