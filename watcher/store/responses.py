"""What readers did with messages: presses, labelled examples, and how far their updates are read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from watcher.store.schema import alerts, assignments, deliveries, entries, labels, responses, stories, updates_read

#: Kinds of labelled examples.
IRRELEVANT, DUPLICATE, SAME = "irrelevant", "duplicate", "same"


@dataclass(frozen=True, slots=True)
class About:
    """The delivery that a button is about."""

    delivery: int
    receiver: str
    alert: int
    rule: str
    severity: str
    story: int
    entry: int
    evidence: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Member:
    """An entry that joined a story after its lead."""

    pk: int
    outlet: str
    title: str


def about(connection: Connection, delivery: int) -> About | None:
    """Return what a delivery told; None if it is not known, or was no alert about a story."""
    return _about(connection, deliveries.c.pk == delivery)


def about_message(connection: Connection, receivers: Sequence[str], ref: str) -> About | None:
    """Return what the message of that reference told one of the receivers."""
    return _about(
        connection, (deliveries.c.state == "sent") & deliveries.c.receiver.in_(receivers) & (deliveries.c.ref == ref)
    )


def about_story(connection: Connection, receivers: Sequence[str], story: int) -> About | None:
    """Return the first message on a story that one of the receivers got."""
    return _about(connection, deliveries.c.receiver.in_(receivers) & (alerts.c.story == story))


def _about(connection: Connection, which: Any) -> About | None:
    query = (
        select(
            deliveries.c.pk, deliveries.c.receiver, alerts.c.pk, alerts.c.rule, alerts.c.severity, alerts.c.story,
            alerts.c.entry, alerts.c.evidence,
        )
        .join(alerts, alerts.c.pk == deliveries.c.alert)
        .where(which, alerts.c.story.is_not(None))
        .order_by(deliveries.c.pk)
        .limit(1)
    )  # fmt: skip
    row = connection.execute(query).first()
    return About(*row) if row else None


def note_response(connection: Connection, delivery: int, what: str, by: str, now: datetime) -> bool:
    """Note what a reader did with a message; False if it was noted before."""
    row = {"delivery": delivery, "what": what, "by": by, "at": now}
    return connection.execute(upsert(responses).values(row).on_conflict_do_nothing()).rowcount > 0


def responses_to(connection: Connection, delivery: int) -> list[dict[str, Any]]:
    """Return what readers did with a message, in order."""
    query = select(responses.c.what, responses.c.by, responses.c.at).where(responses.c.delivery == delivery)
    return [dict(row) for row in connection.execute(query.order_by(responses.c.pk)).mappings()]


def note_irrelevant(connection: Connection, found: About, by: str, now: datetime) -> bool:
    """Keep that a rule should not have met an entry; False if it was kept before."""
    return _note_label(connection, IRRELEVANT, found.entry, found.rule, None, found.story, by, now)


def note_pair(
    connection: Connection, kind: str, entry: int, other: int | None, story: int, by: str, now: datetime
) -> bool:
    """Keep that an entry is no copy of another (`DUPLICATE`), or is one (`SAME`); False if it was kept before.

    `story` is the one that it was in. Whoever says the contrary of the same entry has the last word.
    """
    contrary = SAME if kind == DUPLICATE else DUPLICATE
    about = (labels.c.kind == contrary) & labels.c.entry.in_((entry, other))
    pair = labels.c.other.in_((entry, other)) | labels.c.other.is_(None)
    connection.execute(delete(labels).where(about, pair))
    return _note_label(connection, kind, entry, "", other, story, by, now)


def _note_label(
    connection: Connection, kind: str, entry: int, rule: str, other: int | None, story: int, by: str, now: datetime
) -> bool:
    row = {"kind": kind, "entry": entry, "rule": rule, "other": other, "story": story, "by": by, "at": now}
    return connection.execute(upsert(labels).values(row).on_conflict_do_nothing()).rowcount > 0


def story_now(connection: Connection, story: int) -> int | None:
    """Return the story that readers put a story's entries into; None if they did not."""
    query = select(entries.c.story).join(labels, labels.c.entry == entries.c.pk)
    query = query.where(labels.c.kind == SAME, labels.c.story == story, entries.c.story != story)
    found: int | None = connection.execute(query.order_by(labels.c.pk.desc()).limit(1)).scalar()
    return found


def labelled(connection: Connection, kind: str) -> list[dict[str, Any]]:
    """Return the examples of a kind, the oldest first."""
    query = select(labels).where(labels.c.kind == kind).order_by(labels.c.pk)
    return [dict(row) for row in connection.execute(query).mappings()]


def first_seen_at(connection: Connection, numbers: Collection[int]) -> datetime | None:
    """Return when the first of some entries was seen; None if there are none."""
    query = select(func.min(entries.c.seen_at)).where(entries.c.pk.in_(numbers))
    found: datetime | None = connection.execute(query).scalar()
    return found


def joined(connection: Connection, story: int) -> list[Member]:
    """Return the entries that joined a story after its lead, in order."""
    is_lead = exists().where(stories.c.lead_entry == entries.c.pk, stories.c.id == story)
    query = select(entries.c.pk, entries.c.outlet, entries.c.title).where(entries.c.story == story, ~is_lead)
    return [Member(*row) for row in connection.execute(query.order_by(entries.c.pk))]


def compared_entry(connection: Connection, entry: int) -> int | None:
    """Return the entry that an entry was taken for a copy of; None if it was compared with none."""
    seq = select(assignments.c.compared_with).where(assignments.c.entry == entry, assignments.c.revision == 0)
    found: int | None = connection.execute(
        select(assignments.c.entry).where(assignments.c.seq == seq.scalar_subquery())
    ).scalar()
    return found


def next_update(connection: Connection, bot: str) -> int:
    """Return the number of the first update of a bot that was not read yet; 0 if none was."""
    found: int | None = connection.execute(select(updates_read.c.next_update).where(updates_read.c.bot == bot)).scalar()
    return found or 0


def note_update(connection: Connection, bot: str, number: int, now: datetime) -> None:
    """Remember that a bot's updates are read up to `number`."""
    row = {"bot": bot, "next_update": number + 1, "at": now}
    connection.execute(upsert(updates_read).values(row).on_conflict_do_update(index_elements=["bot"], set_=row))
