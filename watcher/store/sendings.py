"""Deliveries and what was held back, as a list: the newest first."""

from typing import Any

from sqlalchemy import Connection, Select, func, select

from watcher.store.schema import alerts, deliveries, entries, suppressions

STATES = ("pending", "claimed", "sent", "suppressed", "dead")


def tally(connection: Connection) -> dict[str, int]:
    """Return how many deliveries are in which state."""
    query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    return {row.state: row[1] for row in connection.execute(query)}


def deliveries_told(
    connection: Connection, state: str, receiver: str, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Return deliveries in a state and for a receiver, if given, each with what it tells."""
    query = (
        select(
            deliveries.c.pk, deliveries.c.receiver, deliveries.c.action, deliveries.c.state, deliveries.c.reason,
            deliveries.c.due_at, deliveries.c.first_due_at, deliveries.c.attempts, deliveries.c.sent_at,
            alerts.c.rule, alerts.c.kind, alerts.c.story, alerts.c.text, entries.c.title,
        )
        .join(alerts, alerts.c.pk == deliveries.c.alert)
        .outerjoin(entries, entries.c.pk == alerts.c.entry)
    )  # fmt: skip
    for column, value in ((deliveries.c.state, state), (deliveries.c.receiver, receiver)):
        query = query.where(column == value) if value else query
    return _newest(connection, query, deliveries.c.pk, before, limit)


def suppressed(connection: Connection, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Return what rules would have said and did not, with the reasons."""
    query = select(
        suppressions.c.pk, suppressions.c.at, suppressions.c.rule, suppressions.c.receiver, suppressions.c.reason,
        suppressions.c.detail, entries.c.title, entries.c.story,
    ).join(entries, entries.c.pk == suppressions.c.entry)  # fmt: skip
    return _newest(connection, query, suppressions.c.pk, before, limit)


def _newest(
    connection: Connection, query: Select[Any], pk: Any, before: int | None, limit: int
) -> list[dict[str, Any]]:
    query = query if before is None else query.where(pk < before)
    return [dict(row) for row in connection.execute(query.order_by(pk.desc()).limit(limit)).mappings()]
