"""Counts over days and pairs, for plots and tables."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from watcher.model import EntryCommit, Relation
from watcher.store.schema import alerts, daily, entries, stories

_COPIES = (Relation.REPUBLICATION, Relation.DEVELOPMENT)
_NEW = upsert(daily)
_COUNT = _NEW.on_conflict_do_update(
    index_elements=["day", "feed", "origin"],
    set_={"entries": daily.c.entries + _NEW.excluded.entries, "outlet": _NEW.excluded.outlet},
)


def note(connection: Connection, feed: str, outlet: str, at: datetime, items: Sequence[EntryCommit]) -> None:
    """Count what a poll stored: new entries, and those of them that another outlet had first."""
    new = [item for item in items if item.revision == 0 and not item.baseline]
    copied = sorted({item.assignment.story for item in new if item.assignment.relation in _COPIES})
    tally = Counter({"": len(new)})
    if copied:
        query = select(stories.c.id, entries.c.outlet).join(entries, entries.c.pk == stories.c.lead_entry)
        leads = dict(connection.execute(query.where(stories.c.id.in_(copied))).all())
        origins = (leads[item.assignment.story] for item in new if item.assignment.relation in _COPIES)
        tally.update(origin for origin in origins if origin != outlet)
    key = {"day": at.date(), "feed": feed, "outlet": outlet}
    rows = [key | {"origin": origin, "entries": count} for origin, count in tally.items() if count]
    if rows:
        connection.execute(_COUNT, rows)


def forget_days(connection: Connection, before: date) -> None:
    """Drop the counts of days before that."""
    connection.execute(delete(daily).where(daily.c.day < before))


def entries_by_day(connection: Connection, since: datetime) -> Mapping[str, Mapping[str, int]]:
    """Return, for each feed, its new entries by day (UTC, ISO 8601); those of baselines left out."""
    query = select(daily.c.feed, daily.c.day, daily.c.entries)
    found = connection.execute(query.where(daily.c.day >= since.date(), daily.c.origin == ""))
    return _by_day((feed, day.isoformat(), count) for feed, day, count in found)


def alerts_by_day(connection: Connection, since: datetime) -> Mapping[str, Mapping[str, int]]:
    """Return, for each rule, its alerts of all kinds by day (UTC, ISO 8601)."""
    day = func.date(alerts.c.created_at)
    query = (
        select(alerts.c.rule, day, func.count())
        .where(alerts.c.created_at >= since, alerts.c.story.is_not(None))
        .group_by(alerts.c.rule, day)
    )
    return _by_day(connection.execute(query))


def copies(connection: Connection, since: datetime, limit: int) -> list[dict[str, Any]]:
    """Return which outlet republished which other's stories since then, the busiest pairs first.

    `origin` is the outlet of the story's lead when the entry joined, `entries` what the republisher published in all.
    """
    recent, count = daily.c.day >= since.date(), func.sum(daily.c.entries)
    pairs = (
        select(daily.c.origin, daily.c.outlet, count.label("copies"))
        .where(recent, daily.c.origin.not_in(("", daily.c.outlet)))
        .group_by(daily.c.origin, daily.c.outlet)
        .order_by(count.desc(), daily.c.origin, daily.c.outlet)
        .limit(limit)
    )
    published = select(daily.c.outlet, count).where(recent, daily.c.origin == "").group_by(daily.c.outlet)
    totals = dict(connection.execute(published).all())
    found = [dict(row) for row in connection.execute(pairs).mappings()]
    return [row | {"entries": totals.get(row["outlet"], row["copies"])} for row in found]


def _by_day(rows: Any) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for what, day, count in rows:
        found.setdefault(what, {})[day] = count
    return found
