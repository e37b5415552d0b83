"""Silences: what nobody wants to hear of for a while. They end by themselves, and are never deleted."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from watcher.model import Silence
from watcher.store.schema import silences


def add_silence(connection: Connection, silence: Silence) -> int:
    """Store a silence; return its number."""
    row = {column.name: getattr(silence, column.name) for column in silences.c if column.name != "pk"}
    number: int = connection.execute(insert(silences).values(row).returning(silences.c.pk)).scalar_one()
    return number


def active_silences(connection: Connection, now: datetime) -> tuple[Silence, ...]:
    """Return the silences that hold now, the oldest first."""
    return _read(connection.execute(select(silences).where(silences.c.expires_at > now).order_by(silences.c.pk)))


def all_silences(connection: Connection) -> tuple[Silence, ...]:
    """Return every silence that there was, the oldest first."""
    return _read(connection.execute(select(silences).order_by(silences.c.pk)))


def expire_silence(connection: Connection, number: int, now: datetime) -> bool:
    """End a silence now; False if none of this number holds."""
    holds = (silences.c.pk == number) & (silences.c.expires_at > now)
    return connection.execute(update(silences).where(holds).values(expires_at=now)).rowcount > 0


def _read(rows: Iterable[tuple[object, ...]]) -> tuple[Silence, ...]:
    return tuple(Silence(**row._mapping) for row in rows)  # type: ignore[attr-defined]
