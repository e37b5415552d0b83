"""The watcher's alarms about itself: raised once, told once, cleared once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from watcher.model import Action, Alert, AlertKind, DeliveryPlan, Sentence, Severity
from watcher.render.sentences import from_json, in_english, to_json
from watcher.store.polls import insert_alert
from watcher.store.schema import alarms


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm that is open."""

    key: str
    message: str
    raised_at: datetime
    #: What other languages make the message from, if they can.
    said: Sentence | None = None


def raise_alarm(
    connection: Connection,
    key: str,
    message: Sentence | str,
    receivers: Sequence[str],
    now: datetime,
    severity: Severity = Severity.MODERATE,
) -> bool:
    """Tell `receivers` once that something is wrong; False if the alarm `key` is already open."""
    row = connection.execute(select(alarms).where(alarms.c.key == key)).first()
    words = {"message": in_english(message), "said": to_json(message)}
    if row is not None and row.cleared_at is None:
        connection.execute(update(alarms).where(alarms.c.key == key).values(words))
        return False
    times = row.times + 1 if row else 1
    values = words | {"key": key, "times": times, "raised_at": now, "cleared_at": None}
    connection.execute(upsert(alarms).values(values).on_conflict_do_update(index_elements=["key"], set_=values))
    _tell(connection, key, message, receivers, now, severity, revision=2 * times)
    return True


def clear_alarm(
    connection: Connection, key: str, message: Sentence | str, receivers: Sequence[str], now: datetime
) -> bool:
    """Tell `receivers` once that it is well again; False if no alarm `key` is open."""
    open_ = (alarms.c.key == key) & alarms.c.cleared_at.is_(None)
    times = connection.execute(select(alarms.c.times).where(open_)).scalar()
    if times is None:
        return False
    connection.execute(update(alarms).where(open_).values(cleared_at=now))
    _tell(connection, key, message, receivers, now, Severity.MINOR, revision=2 * times + 1)
    return True


def standing_alarms(connection: Connection) -> list[Standing]:
    """Return all that is wrong now, the oldest first."""
    query = select(alarms.c.key, alarms.c.message, alarms.c.raised_at, alarms.c.said)
    rows = connection.execute(query.where(alarms.c.cleared_at.is_(None)).order_by(alarms.c.raised_at))
    return [Standing(row.key, row.message, row.raised_at, from_json(row.said)) for row in rows]


def open_alarms(connection: Connection) -> list[tuple[str, str, datetime]]:
    """Return `(key, message, raised at)` of all that is wrong now, the oldest first."""
    return [(one.key, one.message, one.raised_at) for one in standing_alarms(connection)]


def _tell(
    connection: Connection,
    key: str,
    message: Sentence | str,
    receivers: Sequence[str],
    now: datetime,
    severity: Severity,
    revision: int,
) -> None:
    plans = tuple(DeliveryPlan(receiver, Action.NEW, now) for receiver in receivers)
    alert = Alert(f"watcher/{key}", AlertKind.ALARM, severity, revision, deliveries=plans)
    insert_alert(connection, alert, story=None, entry=None, at=now, text=message)
