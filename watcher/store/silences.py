"""Silences: what nobody wants to hear of for a while. They end by themselves, and are never deleted."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from watcher.model import Silence, SuppressReason
from watcher.store.schema import deliveries, silences

_COLUMNS = [silences.c[field.name] for field in fields(Silence)]


def add_silence(connection: Connection, silence: Silence) -> int:
    """Store a silence; return its number."""
    row = {column.name: getattr(silence, column.name) for column in _COLUMNS if column.name != "pk"}
    number: int = connection.execute(insert(silences).values(row).returning(silences.c.pk)).scalar_one()
    return number


def active_silences(connection: Connection, now: datetime) -> tuple[Silence, ...]:
    """Return the silences that hold now, the oldest first."""
    return _read(connection.execute(select(*_COLUMNS).where(silences.c.expires_at > now).order_by(silences.c.pk)))


def all_silences(connection: Connection) -> tuple[Silence, ...]:
    """Return every silence that there was, the oldest first."""
    return _read(connection.execute(select(*_COLUMNS).order_by(silences.c.pk)))


def expire_silence(connection: Connection, number: int, now: datetime) -> bool:
    """End a silence now; False if none of this number holds."""
    holds = (silences.c.pk == number) & (silences.c.expires_at > now)
    return connection.execute(update(silences).where(holds).values(expires_at=now)).rowcount > 0


def held_by(connection: Connection, silence: int) -> dict[str, int]:
    """Return how many alerts a silence has held back, by receiver."""
    held = deliveries.c.reason == why_held(silence)
    query = select(deliveries.c.receiver, func.count()).where(deliveries.c.state == "suppressed", held)
    return {name: count for name, count in connection.execute(query.group_by(deliveries.c.receiver))}


def why_held(silence: int) -> str:
    """Return the reason that is stored with what a silence holds back."""
    return f"{SuppressReason.SILENCED}: silence {silence}"


def ended_untold(connection: Connection, now: datetime) -> tuple[Silence, ...]:
    """Return the silences that have ended and of which nobody was told yet."""
    ended = (silences.c.expires_at <= now) & silences.c.told_at.is_(None)
    return _read(connection.execute(select(*_COLUMNS).where(ended).order_by(silences.c.pk)))


def note_told(connection: Connection, silence: int, now: datetime) -> None:
    """Remember that receivers know what a silence held back."""
    connection.execute(update(silences).where(silences.c.pk == silence).values(told_at=now))


def _read(rows: Iterable[tuple[object, ...]]) -> tuple[Silence, ...]:
    return tuple(Silence(**row._mapping) for row in rows)  # type: ignore[attr-defined]
