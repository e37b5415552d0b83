"""Subscriptions at WebSub hubs. The secrets that go with them are not here: see `websub.Keys`."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from watcher.model import Hub, Subscription
from watcher.store.schema import subscriptions

_UPSERT = upsert(subscriptions)
_SAVE = _UPSERT.on_conflict_do_update(
    index_elements=["feed"], set_={column.name: _UPSERT.excluded[column.name] for column in subscriptions.c}
)


def of_feed(connection: Connection, feed: str) -> Subscription | None:
    """Return a feed's subscription, whatever its state."""
    row = connection.execute(select(subscriptions).where(subscriptions.c.feed == feed)).first()
    return Subscription(*row) if row else None


def all_of(connection: Connection) -> dict[str, Subscription]:
    """Return every subscription by feed."""
    return {row.feed: Subscription(*row) for row in connection.execute(select(subscriptions))}


def due(connection: Connection, now: datetime, limit: int) -> list[Subscription]:
    """Return those that want something done, the longest waiting first."""
    query = select(subscriptions).where(subscriptions.c.next_at <= now).order_by(subscriptions.c.next_at).limit(limit)
    return [Subscription(*row) for row in connection.execute(query)]


def untaken(connection: Connection) -> list[str]:
    """Return the feeds whose hubs have told of something that is not stored."""
    return list(connection.scalars(select(subscriptions.c.feed).where(subscriptions.c.taking_since.is_not(None))))


def taking(connection: Connection, feed: str, since: datetime | None) -> None:
    """Remember since when something that a feed's hub told of is not stored; None when all is."""
    connection.execute(update(subscriptions).where(subscriptions.c.feed == feed).values(taking_since=since))


def save(connection: Connection, subscription: Subscription) -> None:
    """Insert or replace one."""
    connection.execute(_SAVE, asdict(subscription))


def offer(connection: Connection, feed: str, hub: Hub | None, now: datetime) -> None:
    """Remember which hub a feed's newest document names; another one, or another topic, is subscribed to anew."""
    known = of_feed(connection, feed)
    if hub is None:
        if known is not None:
            forget(connection, feed)
    elif known is None or (known.hub, known.topic) != (hub.url, hub.topic):
        save(connection, Subscription(feed, hub.url, hub.topic, next_at=now))


def forget(connection: Connection, feed: str) -> None:
    """Forget a feed's subscription."""
    connection.execute(delete(subscriptions).where(subscriptions.c.feed == feed))
