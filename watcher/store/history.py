"""Stored entries in order of arrival, for trying rules on them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from watcher.model import Entry
from watcher.store.schema import alerts, entries, labels
from watcher.store.views import entry_of

#: Rows that are read at once.
PAGE = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it is stored, with when it was seen and the story it belongs to."""

    entry: Entry
    seen_at: datetime
    story: int
    baseline: bool
    #: Its number.
    pk: int = 0


def count_since(connection: Connection, since: datetime | None) -> int:
    """Return how many entries were seen since then."""
    query = select(func.count()).select_from(entries)
    found: int = connection.execute(query if since is None else query.where(entries.c.seen_at >= since)).scalar_one()
    return found


def entries_since(connection: Connection, since: datetime | None) -> Iterator[Stored]:
    """Yield the entries seen since then, the first seen first."""
    return _after(connection, 0, since)


def newest_in_order(connection: Connection, limit: int) -> Iterator[Stored]:
    """Yield the entries that were seen last, the first seen first."""
    last = select(entries.c.pk).order_by(entries.c.pk.desc()).offset(limit).limit(1)
    return _after(connection, connection.execute(last).scalar() or 0, None)


def _after(connection: Connection, last: int, since: datetime | None) -> Iterator[Stored]:
    while True:
        query = select(entries).where(entries.c.pk > last).order_by(entries.c.pk).limit(PAGE)
        rows = connection.execute(query if since is None else query.where(entries.c.seen_at >= since)).all()
        for row in rows:
            yield Stored(entry_of(row), row.seen_at, row.story, row.baseline, row.pk)
        if len(rows) < PAGE:
            return
        last = rows[-1].pk


def newest_entries(connection: Connection, limit: int) -> list[Entry]:
    """Return the entries that were seen last."""
    query = select(entries).order_by(entries.c.pk.desc()).limit(limit)
    return [entry_of(row) for row in connection.execute(query)]


def alerted_since(connection: Connection, since: datetime | None) -> set[tuple[str, int]]:
    """Return `(rule, story)` of every alert that was made since then."""
    query = select(alerts.c.rule, alerts.c.story).where(alerts.c.story.is_not(None)).distinct()
    rows = connection.execute(query if since is None else query.where(alerts.c.created_at >= since))
    return {(rule, story) for rule, story in rows}


def irrelevant_since(connection: Connection, since: datetime | None) -> set[tuple[str, int]]:
    """Return `(rule, story)` of every alert on an entry seen since then that readers called not relevant."""
    query = select(labels.c.rule, entries.c.story).join(entries, entries.c.pk == labels.c.entry)
    query = query.where(labels.c.kind == "irrelevant")
    rows = connection.execute(query if since is None else query.where(entries.c.seen_at >= since))
    return {(rule, story) for rule, story in rows}
