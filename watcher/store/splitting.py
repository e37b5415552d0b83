"""Taking a wrong duplicate out of its story: it becomes a story of its own, with what joined through it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from watcher.model import AlertKind, AssignReason, Evidence, Match, Relation
from watcher.store.schema import alerts, assignments, entries, matches, stories


def split_off(connection: Connection, entry: int, now: datetime) -> tuple[int, list[int]]:
    """Make an entry, and what joined its story by being like it, a new story; return it and its entries in order.

    The caller makes the dedup index read the database anew.
    """
    old = connection.execute(select(entries.c.story).where(entries.c.pk == entry)).scalar_one()
    moved = _followers(connection, old, entry)
    story: int = connection.execute(select(func.max(stories.c.id))).scalar_one() + 1
    connection.execute(
        insert(stories).values(id=story, lead_entry=entry, first_seen_at=_seen_at(connection, entry), updated_at=now)
    )
    connection.execute(update(entries).where(entries.c.pk.in_(moved)).values(story=story))
    connection.execute(update(assignments).where(assignments.c.entry.in_(moved)).values(story=story))
    # What was told first of one of them is told of the new story, and not again.
    told = alerts.c.entry.in_(moved) & (alerts.c.kind == AlertKind.ALERT) & (alerts.c.story == old)
    connection.execute(update(alerts).where(told).values(story=story))
    first = (assignments.c.entry == entry) & (assignments.c.revision == 0)
    lead = {"relation": Relation.LEAD, "reason": AssignReason.SPLIT_BY_READER, "changes": []}
    connection.execute(update(assignments).where(first).values(lead))
    return story, moved


def matches_of(connection: Connection, entry: int) -> list[Match]:
    """Return the rules that an entry as it is now meets."""
    newest = select(entries.c.revision).where(entries.c.pk == entry).scalar_subquery()
    query = select(matches).where(matches.c.entry == entry, matches.c.revision == newest).order_by(matches.c.pk)
    return [Match(row.rule, tuple(Evidence(**e) for e in row.evidence)) for row in connection.execute(query)]


def told_of(connection: Connection, moved: list[int]) -> set[str]:
    """Return the rules that have told of one of these entries: as an alert or a development, not as a mere copy."""
    kinds = (AlertKind.ALERT, AlertKind.DEVELOPMENT)
    query = select(alerts.c.rule).where(alerts.c.entry.in_(moved), alerts.c.kind.in_(kinds)).distinct()
    return set(connection.execute(query).scalars())


def feed_of(connection: Connection, entry: int) -> str:
    """Return the feed of an entry."""
    found: str = connection.execute(select(entries.c.feed).where(entries.c.pk == entry)).scalar_one()
    return found


def _followers(connection: Connection, story: int, entry: int) -> list[int]:
    """Return the entry and, transitively, the members of its story that were compared with it."""
    query = (
        select(assignments.c.entry, assignments.c.seq, assignments.c.compared_with)
        .where(assignments.c.story == story)
        .order_by(assignments.c.seq)
    )
    rows: list[Any] = list(connection.execute(query))
    moved, numbers = {entry}, {row.seq for row in rows if row.entry == entry}
    for row in rows:  # in order of arrival, so that what was compared with comes first
        if row.entry not in moved and row.compared_with in numbers:
            moved.add(row.entry)
        if row.entry in moved:
            numbers.add(row.seq)
    return sorted(moved)


def _seen_at(connection: Connection, entry: int) -> datetime:
    found: datetime = connection.execute(select(entries.c.seen_at).where(entries.c.pk == entry)).scalar_one()
    return found
