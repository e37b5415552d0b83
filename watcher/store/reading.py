"""Questions that people ask: status, explain, stories. Reads only."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, exists, func, or_, select

from watcher.model import Entry, SuppressReason
from watcher.store.outbox import WAITING
from watcher.store.responses import responses_to
from watcher.store.schema import alerts, assignments, attempts, deliveries, entries, matches, stories, suppressions
from watcher.store.views import entry_of


def totals(connection: Connection) -> dict[str, int]:
    """Return how many entries, stories and alerts are stored, and deliveries by state."""
    counts = {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in (("entries", entries), ("stories", stories), ("alerts", alerts))
    }
    by_state = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    return counts | {f"deliveries_{state}": count for state, count in connection.execute(by_state)}


def queue(connection: Connection) -> list[dict[str, Any]]:
    """Return what waits for each receiver: how many, since when, why, and how many of them were refused so far."""
    waiting = deliveries.c.state.in_(WAITING)
    tried = (deliveries.c.state == "pending") & (deliveries.c.attempts > 0)  # what is in hand has not failed yet
    query = (
        select(
            deliveries.c.receiver,
            func.count().label("waiting"),
            func.min(deliveries.c.first_due_at).label("oldest_due_at"),
            func.min(deliveries.c.due_at).label("next_try_at"),
            func.sum(tried.cast(deliveries.c.pk.type)).label("tried"),
        )
        .where(waiting)
        .group_by(deliveries.c.receiver)
    )
    return [row | {"reason": _why_waiting(connection, row["receiver"])} for row in _rows(connection, query)]


def died_since(connection: Connection, since: datetime) -> dict[str, int]:
    """Return how many deliveries were given up since then, by receiver; not those of receivers that were removed."""
    last = select(func.max(attempts.c.started_at)).where(attempts.c.delivery == deliveries.c.pk).scalar_subquery()
    dead = (deliveries.c.state == "dead") & (deliveries.c.reason != SuppressReason.RECEIVER_REMOVED) & (last > since)
    query = select(deliveries.c.receiver, func.count()).where(dead).group_by(deliveries.c.receiver)
    return {row.receiver: row[1] for row in connection.execute(query)}


def rule_counts(
    connection: Connection, now: datetime, receivers: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """Return, for each rule, its alerts in all, in the last 24 hours, and when it last alerted.

    `receivers` limits it to alerts that were made for one of them.
    """
    recent = func.sum((alerts.c.created_at > now - timedelta(days=1)).cast(alerts.c.pk.type))
    query = (
        select(
            alerts.c.rule,
            func.count().label("alerts"),
            recent.label("alerts_24h"),
            func.max(alerts.c.created_at).label("last_at"),
        )
        .where(alerts.c.story.is_not(None))
        .group_by(alerts.c.rule)
        .order_by(alerts.c.rule)
    )
    if receivers is not None:
        query = query.where(exists().where(deliveries.c.alert == alerts.c.pk, deliveries.c.receiver.in_(receivers)))
    return _rows(connection, query)


def find_entries(connection: Connection, key: str) -> list[int]:
    """Return the numbers of the entries whose id, link or number is `key`: alerted ones first, then the newest."""
    wanted = or_(entries.c.entry_id == key, entries.c.link == key)
    if key.isdecimal():
        wanted = or_(wanted, entries.c.pk == int(key))
    alerted = exists().where(alerts.c.entry == entries.c.pk)
    query = select(entries.c.pk).order_by(alerted.desc(), entries.c.pk.desc())
    found = list(connection.execute(query.where(wanted)).scalars())
    if found or "://" not in key:
        return found
    of_feed = func.json_extract(entries.c.extra, "$.link_of_feed") == key  # no index has it: seconds for a million
    return list(connection.execute(query.where(of_feed)).scalars())


def entry_facts(connection: Connection, pk: int) -> tuple[Entry, dict[str, Any]]:
    """Return an entry and what was decided about it: its story, its assignments, matches, suppressions and alerts."""
    row = connection.execute(select(entries).where(entries.c.pk == pk)).one()
    facts: dict[str, Any] = {
        "number": pk, "outlet": row.outlet, "seen_at": row.seen_at, "revision": row.revision, "story": row.story,
        "baseline": row.baseline, "places": row.places,
    }  # fmt: skip
    facts["assignments"] = [_with_compared(connection, a) for a in _rows(connection, _assignments_of(pk))]
    facts["matches"] = _rows(connection, select(matches).where(matches.c.entry == pk).order_by(matches.c.pk))
    facts["suppressed"] = _rows(connection, select(suppressions).where(suppressions.c.entry == pk))
    facts["alerts"] = [
        alert | {"deliveries": _deliveries_of(connection, alert["pk"])}
        for alert in _rows(connection, select(alerts).where(alerts.c.entry == pk).order_by(alerts.c.pk))
    ]
    return entry_of(row), facts


def story_list(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """Return the stories that changed last, each with its lead's title and how many members and outlets it has."""
    members = func.count(entries.c.pk).label("members")
    outlets = func.count(func.distinct(entries.c.outlet)).label("outlets")
    counted = select(entries.c.story, members, outlets).group_by(entries.c.story).subquery()
    query = (
        select(
            stories.c.id.label("story"), stories.c.first_seen_at, stories.c.updated_at, entries.c.title,
            entries.c.outlet, counted.c.members, counted.c.outlets,
        )
        .join(entries, entries.c.pk == stories.c.lead_entry)
        .join(counted, counted.c.story == stories.c.id)
        .order_by(stories.c.updated_at.desc(), stories.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    return _rows(connection, query)


def story_leads(connection: Connection, limit: int) -> list[tuple[dict[str, Any], Entry]]:
    """Return the stories that changed last, each with its lead entry."""
    found = story_list(connection, limit)
    query = select(entries).join(stories, stories.c.lead_entry == entries.c.pk)
    leads = {
        row.story: entry_of(row)
        for row in connection.execute(query.where(stories.c.id.in_([row["story"] for row in found])))
    }
    return [(row, leads[row["story"]]) for row in found]


def story_members(connection: Connection, story: int, limit: int | None = None) -> list[dict[str, Any]]:
    """Return a story's (first) entries in order of arrival with what dedup decided; empty if there is none."""
    newest = (assignments.c.entry == entries.c.pk) & (assignments.c.revision == entries.c.revision)
    query = (
        select(
            entries.c.pk.label("number"), entries.c.entry_id.label("id"), entries.c.feed, entries.c.outlet,
            entries.c.title, entries.c.link, entries.c.seen_at, entries.c.published_at, assignments.c.relation,
            assignments.c.reason, assignments.c.similarity, assignments.c.compared_with, assignments.c.shared,
            assignments.c.changes, assignments.c.credits,
        )
        .join(assignments, newest)
        .where(entries.c.story == story)
        .order_by(entries.c.pk)
        .limit(limit)
    )  # fmt: skip
    return _rows(connection, query)


# ---------------------------------------------------------------- inside


def _why_waiting(connection: Connection, receiver: str) -> str:
    """The word of the newest try that failed; where nothing was tried, what the oldest waits for."""
    waits = (deliveries.c.state.in_(WAITING)) & (deliveries.c.receiver == receiver)
    tried = (
        select(attempts.c.detail)
        .join(deliveries, deliveries.c.pk == attempts.c.delivery)
        .where(waits, attempts.c.outcome.is_not(None))
        .order_by(attempts.c.pk.desc())
        .limit(1)
    )
    untried = select(deliveries.c.reason).where(waits).order_by(deliveries.c.first_due_at, deliveries.c.pk).limit(1)
    return connection.execute(tried).scalar() or connection.execute(untried).scalar() or ""


def _assignments_of(pk: int) -> Select[Any]:
    columns = [column for column in assignments.c if column.name != "fingerprint"]
    return select(*columns).where(assignments.c.entry == pk).order_by(assignments.c.revision)


def _with_compared(connection: Connection, assignment: dict[str, Any]) -> dict[str, Any]:
    """Add the entry that an assignment was compared with."""
    if assignment["compared_with"] is None:
        return assignment
    query = (
        select(entries.c.outlet, entries.c.title, entries.c.link, entries.c.entry_id.label("id"))
        .join(assignments, assignments.c.entry == entries.c.pk)
        .where(assignments.c.seq == assignment["compared_with"])
    )
    row = connection.execute(query).mappings().first()
    return assignment | {"compared_entry": dict(row) if row else None}


def _deliveries_of(connection: Connection, alert: int) -> list[dict[str, Any]]:
    rows = _rows(connection, select(deliveries).where(deliveries.c.alert == alert).order_by(deliveries.c.pk))
    for row in rows:
        tries = select(attempts.c.started_at, attempts.c.outcome, attempts.c.detail)
        row["responses"] = responses_to(connection, row["pk"])
        row["tries"] = _rows(connection, tries.where(attempts.c.delivery == row["pk"]).order_by(attempts.c.pk))
    return rows


def _rows(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]
