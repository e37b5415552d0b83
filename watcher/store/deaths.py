"""Deliveries that were given up, told to the alarm receivers: the first at once, more within ten minutes together."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from watcher.model import Action, Alert, AlertKind, DeliveryPlan, Sentence, Severity
from watcher.render.sentences import in_english, to_json
from watcher.store.polls import insert_alert
from watcher.store.schema import alerts, deliveries, entries

#: Least time between two alarms about one receiver's dead deliveries; a flood of them is a few messages.
GATHER = timedelta(minutes=10)
#: So many are named in one alarm; the rest is counted.
NAMED = 8


def tell_death(connection: Connection, delivery: int, receiver: str, tell: Sequence[str], now: datetime) -> str:
    """Let an alarm tell `tell` of a delivery that is dead; return the alarm's sentence.

    An alarm that still waits untried takes it up; else there is a new one.
    """
    rule = f"watcher/dead:{receiver}"
    alarm, free_at = _newest(connection, rule, now)
    if alarm is None:
        plans = tuple(DeliveryPlan(name, Action.NEW, free_at) for name in tell)
        made = Alert(rule, AlertKind.ALARM, Severity.SEVERE, 0, deliveries=plans)
        alarm = insert_alert(connection, made, story=None, entry=None, at=now)
    connection.execute(update(deliveries).where(deliveries.c.pk == delivery).values(told_in=alarm))
    said = _said(connection, alarm, receiver)
    text = in_english(said)
    connection.execute(update(alerts).where(alerts.c.pk == alarm).values(text=text, said=to_json(said)))
    return text


def tells_of_alarms(connection: Connection, alarm: int) -> bool:
    """Return whether what an alarm tells of is, or is among others, an alarm that was given up."""
    query = select(deliveries.c.pk).join(alerts, alerts.c.pk == deliveries.c.alert)
    told = query.where(deliveries.c.told_in == alarm, alerts.c.kind == AlertKind.ALARM).limit(1)
    return connection.execute(told).first() is not None


def _newest(connection: Connection, rule: str, now: datetime) -> tuple[int | None, datetime]:
    """Return the alarm that can still take a death up, or None and when the next one may be told."""
    newest = connection.execute(
        select(func.max(alerts.c.pk)).where(alerts.c.story.is_(None), alerts.c.rule == rule)
    ).scalar()
    if newest is None:
        return None, now
    its = deliveries.c.alert == newest
    due_at: datetime | None = connection.execute(select(func.max(deliveries.c.first_due_at)).where(its)).scalar_one()
    if due_at is None:  # nobody was there to be told; whoever is now waits for nothing
        return None, now
    under_way = its & or_(deliveries.c.state != "pending", deliveries.c.attempts > 0)
    if connection.execute(select(deliveries.c.pk).where(under_way).limit(1)).first() is None:
        return newest, now
    return None, max(now, due_at + GATHER)


def _said(connection: Connection, alarm: int, receiver: str) -> Sentence:
    # State and receiver are what there is an index for.
    dead = (deliveries.c.state == "dead") & (deliveries.c.receiver == receiver) & (deliveries.c.told_in == alarm)
    count: int = connection.execute(select(func.count()).where(dead)).scalar_one()
    query = (
        select(alerts.c.kind, alerts.c.rule, alerts.c.story, alerts.c.text, deliveries.c.reason, entries.c.title)
        .join(alerts, alerts.c.pk == deliveries.c.alert)
        .outerjoin(entries, entries.c.pk == alerts.c.entry)
        .where(dead)
        .order_by(deliveries.c.pk)
        .limit(NAMED)
    )
    named = [_died(row) for row in connection.execute(query)]
    if count == 1:
        ((name, values),) = named
        return Sentence(name, values | {"receiver": receiver})
    more = [Sentence("more", {"n": count - NAMED})] if count > NAMED else []
    lines = (*(Sentence(f"{name}_one", values) for name, values in named), *more)
    return Sentence("died_many", {"n": count, "receiver": receiver}, lines)


def _died(row: Any) -> tuple[str, dict[str, Any]]:
    """Return the sentence on one, and its values; alarms are of no rule and no story."""
    if row.kind == AlertKind.ALARM:
        return "alarm_died", {"title": row.text.partition("\n")[0][:120], "reason": row.reason}
    about = {"kind": row.kind, "rule": row.rule, "story": row.story, "reason": row.reason}
    return "died", {"title": (row.title or "")[:120]} | about
