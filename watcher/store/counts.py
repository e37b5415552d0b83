"""Counts over days and pairs, for plots and tables."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from watcher.model import Relation
from watcher.store.schema import alerts, assignments, entries, stories


def entries_by_day(connection: Connection, since: datetime) -> Mapping[str, Mapping[str, int]]:
    """Return, for each feed, its new entries by day (UTC, ISO 8601); those of baselines left out."""
    day = func.date(entries.c.seen_at)
    query = (
        select(entries.c.feed, day, func.count())
        .where(entries.c.seen_at >= since, entries.c.baseline.is_(False))
        .group_by(entries.c.feed, day)
    )
    return _by_day(connection.execute(query))


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

    `origin` is the outlet of the story's lead, `entries` what the republisher published in all.
    """
    lead = entries.alias("lead")
    pairs = (
        select(lead.c.outlet.label("origin"), entries.c.outlet.label("outlet"), func.count().label("copies"))
        .select_from(assignments)
        .join(entries, entries.c.pk == assignments.c.entry)
        .join(stories, stories.c.id == assignments.c.story)
        .join(lead, lead.c.pk == stories.c.lead_entry)
        .where(assignments.c.at >= since, assignments.c.revision == 0, lead.c.outlet != entries.c.outlet)
        .where(assignments.c.relation.in_((Relation.REPUBLICATION, Relation.DEVELOPMENT)))
        .group_by(lead.c.outlet, entries.c.outlet)
        .order_by(func.count().desc(), lead.c.outlet, entries.c.outlet)
        .limit(limit)
    )
    found = [dict(row) for row in connection.execute(pairs).mappings()]
    outlets = {row["outlet"] for row in found}
    published = (
        select(entries.c.outlet, func.count())
        .where(entries.c.seen_at >= since, entries.c.outlet.in_(outlets))
        .group_by(entries.c.outlet)
    )
    totals = {row.outlet: row[1] for row in connection.execute(published)}
    return [row | {"entries": totals.get(row["outlet"], row["copies"])} for row in found]


def _by_day(rows: Any) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for what, day, count in rows:
        found.setdefault(what, {})[day] = count
    return found
