"""Forgetting what is old: whole stories, with all that hangs on them, in small pieces.

Of a forgotten entry only a hash of its feed and id stays, so that a feed that brings it
again, whole archives do, is not taken for one with news.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, or_, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from watcher.store import search
from watcher.store.outbox import WAITING
from watcher.store.polls import last_numbers
from watcher.store.schema import (
    alerts,
    assignments,
    attempts,
    deliveries,
    entries,
    forgotten,
    labels,
    matches,
    responses,
    stories,
    suppressions,
)

#: The newest entries of every feed are kept whatever their age: slow feeds list them for years, and a silent feed's
#: habit is read from them.
NEWEST_KEPT = 200
#: How long a forgotten entry is still known, since it was forgotten or last listed; and how often a sight is noted.
#: Id and content hash of an entry that a feed lists.
Listed = tuple[str, str]
KNOWN_FOR, NOTED_EVERY = timedelta(days=730), timedelta(days=30)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Keep:
    """How long things are kept, since their story last changed."""

    entries: timedelta
    #: Stories that an alert was made of.
    alerted: timedelta


@dataclass(frozen=True, slots=True)
class Page:
    """Some stories that were looked at."""

    #: Those that may be forgotten.
    stories: tuple[int, ...]
    #: The last one that was looked at; None if all that is older than the bound was.
    last: int | None


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was forgotten."""

    entries: int = 0
    stories: int = 0
    alerts: int = 0

    def __add__(self, other: "Pruned") -> "Pruned":
        return Pruned(self.entries + other.entries, self.stories + other.stories, self.alerts + other.alerts)


def look(
    connection: Connection, after: int, keep: Keep, now: datetime, floors: dict[str, int], limit: int = 100
) -> Page:
    """Look at the next `limit` stories behind the number `after`.

    `floors` remembers, by feed, the number from which on its entries are kept as its newest; it may be
    as old as the caller likes, for the true numbers only rise.
    """
    query = select(stories).where(stories.c.id > after).order_by(stories.c.id).limit(limit)
    rows = connection.execute(query).all()
    old = {row.id for row in rows if row.updated_at < now - keep.entries}
    young = {row.id for row in rows if row.updated_at >= now - keep.alerted}
    old -= _first_column(connection, select(alerts.c.story).where(alerts.c.story.in_(old & young)))
    old -= _needed(connection, old)
    old -= _newest(connection, old, floors)
    # Numbers rise with time, so behind a page of which all is young there is nothing old.
    more = len(rows) == limit and any(row.first_seen_at < now - keep.entries for row in rows)
    return Page(tuple(sorted(old)), rows[-1].id if more else None)


def forget(connection: Connection, numbers: Sequence[int], now: datetime) -> Pruned:
    """Delete stories that `look` found."""
    if not numbers:
        return Pruned()
    rows = connection.execute(
        select(entries.c.pk, entries.c.feed, entries.c.entry_id, entries.c.content_hash).where(
            entries.c.story.in_(numbers)
        )
    ).all()
    members = [row.pk for row in rows]
    told = _forget_alerts(connection, select(alerts.c.pk).where(alerts.c.story.in_(numbers)))
    for table in (suppressions, matches, assignments):
        connection.execute(delete(table).where(table.c.entry.in_(members)))
    search.drop(connection, members)
    connection.execute(delete(entries).where(entries.c.pk.in_(members)))
    connection.execute(delete(stories).where(stories.c.id.in_(numbers)))
    _note(connection, [_key(row.feed, row.entry_id, row.content_hash) for row in rows], now)
    return Pruned(len(members), len(numbers), told)


def forget_alarms(connection: Connection, before: datetime, limit: int = 100) -> Pruned:
    """Delete the watcher's old alarms about itself, unless they still wait to be told."""
    waiting = select(deliveries.c.alert).where(deliveries.c.state.in_(WAITING))
    old = select(alerts.c.pk).where(alerts.c.story.is_(None), alerts.c.created_at < before, alerts.c.pk.not_in(waiting))
    return Pruned(alerts=_forget_alerts(connection, old.order_by(alerts.c.pk).limit(limit)))


def known_though_forgotten(connection: Connection, feed: str, listed: Iterable[Listed]) -> set[Listed]:
    """Return those of a feed's entries that were stored once, as they are, and forgotten; a changed one is news."""
    by_key = {_key(feed, *one): one for one in listed}
    keys, found = list(by_key), set[Listed]()
    for i in range(0, len(keys), 500):
        query = select(forgotten.c.key).where(forgotten.c.key.in_(keys[i : i + 500]))
        found |= {by_key[key] for key in connection.execute(query).scalars()}
    return found


def note_listed(connection: Connection, feed: str, listed: Collection[Listed], now: datetime) -> None:
    """Note that a feed still lists entries that were forgotten."""
    if not listed:
        return
    keys, day = [_key(feed, *one) for one in listed], _day(now)
    stale = forgotten.c.day <= day - NOTED_EVERY.days
    for i in range(0, len(keys), 500):
        connection.execute(update(forgotten).where(forgotten.c.key.in_(keys[i : i + 500]), stale).values(day=day))


def expire(connection: Connection, part: int, parts: int, now: datetime) -> None:
    """Drop the hashes of entries that no feed has listed for long, of one of so many parts."""
    low, high = (2**64 * n // parts - 2**63 for n in (part, part + 1))
    mine = (forgotten.c.key >= low) & (forgotten.c.key <= high - 1)
    connection.execute(delete(forgotten).where(mine, forgotten.c.day < _day(now - KNOWN_FOR)))


def pruned_on(connection: Connection) -> date | None:
    """Return the day (UTC) on which all that was old was last looked at; None if it never was."""
    day: int = connection.execute(text("PRAGMA user_version")).scalar_one()
    return (_EPOCH + timedelta(days=day)).date() if day else None


def note_pruned(connection: Connection, now: datetime) -> None:
    """Note that all that is old was looked at."""
    connection.execute(text(f"PRAGMA user_version = {_day(now)}"))


# ---------------------------------------------------------------- inside


def _needed(connection: Connection, numbers: set[int]) -> set[int]:
    """Stories that something still refers to."""
    mine = alerts.c.story.in_(numbers)
    waiting = select(alerts.c.story).join(deliveries, deliveries.c.alert == alerts.c.pk)
    kept = _first_column(connection, waiting.where(mine, deliveries.c.state.in_(WAITING)))
    labelled = select(entries.c.story).join(labels, or_(labels.c.entry == entries.c.pk, labels.c.other == entries.c.pk))
    kept |= _first_column(connection, labelled.where(entries.c.story.in_(numbers)))
    # Entries that were moved from one story to another tie the two together.
    for table in (assignments, alerts):
        both = select(table.c.story, entries.c.story).join(entries, table.c.entry == entries.c.pk)
        tied = both.where(
            or_(table.c.story.in_(numbers), entries.c.story.in_(numbers)), table.c.story != entries.c.story
        )
        kept |= {number for row in connection.execute(tied) for number in row}
    # The greatest numbers must stay, or they would be given again.
    entry, assignment, story = last_numbers(connection)
    newest = select(entries.c.story).join(assignments, assignments.c.entry == entries.c.pk)
    kept |= _first_column(connection, newest.where(or_(entries.c.pk == entry, assignments.c.seq == assignment)))
    return kept | {story}


def _newest(connection: Connection, numbers: set[int], floors: dict[str, int]) -> set[int]:
    """Stories with an entry that is among the newest of its feed."""
    rows = connection.execute(
        select(entries.c.story, entries.c.feed, entries.c.pk).where(entries.c.story.in_(numbers))
    ).all()
    for feed in {row.feed for row in rows} - floors.keys():
        query = select(entries.c.pk).where(entries.c.feed == feed).order_by(entries.c.pk.desc())
        floors[feed] = connection.execute(query.limit(1).offset(NEWEST_KEPT - 1)).scalar() or 0
    return {row.story for row in rows if row.pk >= floors[row.feed]}


def _forget_alerts(connection: Connection, which: Select[tuple[int]]) -> int:
    numbers = list(connection.execute(which).scalars())
    mine = list(connection.execute(select(deliveries.c.pk).where(deliveries.c.alert.in_(numbers))).scalars())
    for table in (attempts, responses):
        connection.execute(delete(table).where(table.c.delivery.in_(mine)))
    connection.execute(delete(deliveries).where(deliveries.c.pk.in_(mine)))
    connection.execute(delete(alerts).where(alerts.c.pk.in_(numbers)))
    return len(numbers)


def _note(connection: Connection, keys: Sequence[int], now: datetime) -> None:
    if keys:
        statement = upsert(forgotten).on_conflict_do_nothing()
        connection.execute(statement, [{"key": key, "day": _day(now)} for key in keys])


def _key(feed: str, entry_id: str, content_hash: str) -> int:
    """64 bits of SHA-256: among ten million entries a new one is taken for an old one once in 10^12."""
    digest = hashlib.sha256(f"{feed}\0{entry_id}\0{content_hash}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _day(at: datetime) -> int:
    return (at - _EPOCH).days


def _first_column(connection: Connection, query: Select[Any]) -> set[int]:
    return set(connection.execute(query).scalars())
