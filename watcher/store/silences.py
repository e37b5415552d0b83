"""Silences: what nobody wants to hear of for a while. They end by themselves, and are never deleted."""

from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from watcher.model import Action, Alert, AlertKind, DeliveryPlan, Sentence, Severity, Silence, SuppressReason
from watcher.render.sentences import matched
from watcher.store.polls import insert_alert
from watcher.store.schema import alerts, deliveries, entries, silences

#: What a silence can be about.
MATCHERS = ("rule", "region", "feed", "story", "word", "receiver")
#: Headlines that are told of what it held back; the rest is counted.
NAMED = 8
_IS_MESSAGE = deliveries.c.action != Action.EDIT
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


def ended_silences(connection: Connection, now: datetime, limit: int) -> tuple[Silence, ...]:
    """Return the silences that ended last, the newest end first."""
    query = select(*_COLUMNS).where(silences.c.expires_at <= now).order_by(silences.c.expires_at.desc())
    return _read(connection.execute(query.limit(limit)))


def held_by(connection: Connection, silence: int) -> dict[str, int]:
    """Return how many alerts a silence has held back, by receiver."""
    return held_by_each(connection, [silence]).get(silence, {})


def held_by_each(connection: Connection, numbers: Collection[int]) -> dict[int, dict[str, int]]:
    """Return how many alerts silences have held back, by receiver; one that held none is not in it.

    Changes of messages are no alerts: a story with three copies was held back once.
    """
    number_of = {why_held(number): number for number in numbers}
    held = (deliveries.c.state == "suppressed") & deliveries.c.reason.in_(list(number_of)) & _IS_MESSAGE
    query = select(deliveries.c.reason, deliveries.c.receiver, func.count()).where(held)
    counts: dict[int, dict[str, int]] = {}
    for row in connection.execute(query.group_by(deliveries.c.reason, deliveries.c.receiver)):
        counts.setdefault(number_of[row.reason], {})[row.receiver] = row[2]
    return counts


def held_titles(connection: Connection, silence: int, receiver: str, limit: int) -> list[str]:
    """Return the headlines of what a silence held back from a receiver, the oldest first."""
    query = (
        select(entries.c.title)
        .join(alerts, alerts.c.entry == entries.c.pk)
        .join(deliveries, deliveries.c.alert == alerts.c.pk)
        .where(deliveries.c.state == "suppressed", deliveries.c.reason == why_held(silence))
        .where(deliveries.c.receiver == receiver, _IS_MESSAGE)
    )
    return list(connection.execute(query.order_by(deliveries.c.pk).limit(limit)).scalars())


def why_held(silence: int) -> str:
    """Return the reason that is stored with what a silence holds back."""
    return f"{SuppressReason.SILENCED}: silence {silence}"


def ended_untold(connection: Connection, now: datetime) -> tuple[Silence, ...]:
    """Return the silences that have ended and of which nobody was told yet."""
    ended = (silences.c.expires_at <= now) & silences.c.told_at.is_(None)
    return _read(connection.execute(select(*_COLUMNS).where(ended).order_by(silences.c.pk)))


def tell_ended(connection: Connection, receivers: Collection[str] | None, now: datetime) -> None:
    """Tell each receiver of silences that have ended how much they held back from it."""
    for silence in ended_untold(connection, now):
        for receiver, count in held_by(connection, silence.pk).items():
            if receivers is None or receiver in receivers:
                said = _ended(silence, count, held_titles(connection, silence.pk, receiver, NAMED))
                plan = (DeliveryPlan(receiver, Action.NEW, now),)
                alert = Alert(f"watcher/silence:{silence.pk}", AlertKind.ALARM, Severity.MINOR, 0, deliveries=plan)
                insert_alert(connection, alert, story=None, entry=None, at=now, text=said)
        note_told(connection, silence.pk, now)


def describe(silence: Silence, language: str = "en") -> str:
    """Return what falls under a silence: `rule raid, region SY`."""
    return matched(language, _given(silence))


def _given(silence: Silence) -> list[tuple[str, str]]:
    given = ((name, getattr(silence, name)) for name in MATCHERS)
    return [(name, str(value)) for name, value in given if value is not None]


def _ended(silence: Silence, count: int, titles: list[str]) -> Sentence:
    more = [Sentence("more", {"n": count - len(titles)})] if count > len(titles) else []
    values = {"number": silence.pk, "what": _given(silence), "n": count}
    return Sentence("silence_ended", values, (*(title[:120] for title in titles), *more))


def note_told(connection: Connection, silence: int, now: datetime) -> None:
    """Remember that receivers know what a silence held back."""
    connection.execute(update(silences).where(silences.c.pk == silence).values(told_at=now))


def _read(rows: Iterable[tuple[object, ...]]) -> tuple[Silence, ...]:
    return tuple(Silence(**row._mapping) for row in rows)  # type: ignore[attr-defined]
