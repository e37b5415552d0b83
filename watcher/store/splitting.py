"""Taking a wrong duplicate out of its story, with what joined through it, and putting two stories together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from watcher.model import Action, AlertKind, AssignReason, Evidence, Match, Relation, SuppressReason
from watcher.store import outbox, polls
from watcher.store.schema import alerts, assignments, deliveries, entries, matches, stories


@dataclass(frozen=True, slots=True)
class Told:
    """A message on a story that receivers have."""

    rule: str
    severity: str
    entry: int
    receivers: list[str]


def split_off(connection: Connection, entry: int, now: datetime) -> tuple[int, list[int]]:
    """Make an entry, and what joined its story by being like it, a new story; return it and its entries in order.

    The caller makes the dedup index read the database anew.
    """
    old = connection.execute(select(entries.c.story).where(entries.c.pk == entry)).scalar_one()
    moved = _followers(connection, old, entry)
    story: int = connection.execute(select(func.max(stories.c.id))).scalar_one() + 1
    connection.execute(
        insert(stories).values(id=story, lead_entry=entry, first_seen_at=_seen_at(connection, entry), updated_at=now)
    )
    connection.execute(update(entries).where(entries.c.pk.in_(moved)).values(story=story))
    connection.execute(update(assignments).where(assignments.c.entry.in_(moved)).values(story=story))
    _take_along(connection, old, story, moved)
    first = (assignments.c.entry == entry) & (assignments.c.revision == 0)
    lead = {"relation": Relation.LEAD, "reason": AssignReason.SPLIT_BY_READER, "changes": []}
    connection.execute(update(assignments).where(first).values(lead))
    return story, moved


def story_of_copy(connection: Connection, entry: int) -> int | None:
    """Return the story that an entry joined; None where it leads one, or there is no such entry."""
    query = select(entries.c.story).join(stories, stories.c.id == entries.c.story)
    found: int | None = connection.execute(query.where(entries.c.pk == entry, stories.c.lead_entry != entry)).scalar()
    return found


def lead_of(connection: Connection, story: int) -> int | None:
    """Return the entry that leads a story; None if there is no such story."""
    found: int | None = connection.execute(select(stories.c.lead_entry).where(stories.c.id == story)).scalar()
    return found


def in_order(connection: Connection, one: int, other: int) -> list[tuple[int, int]]:
    """Return those of two stories that have entries, each with its lead, the one that was seen first before."""
    alive = select(entries.c.pk).where(entries.c.story == stories.c.id).exists()
    query = select(stories.c.id, stories.c.lead_entry).where(stories.c.id.in_((one, other)), alive)
    return [
        (row.id, row.lead_entry) for row in connection.execute(query.order_by(stories.c.first_seen_at, stories.c.id))
    ]


def join(connection: Connection, kept: int, other: int, now: datetime) -> list[int]:
    """Make the entries of `other` members of `kept`, the lead of which is the older; return them in order.

    The number of `other` stays taken. The caller makes the dedup index read the database anew.
    """
    (_, lead), (_, joining) = in_order(connection, kept, other)
    moved = list(connection.execute(select(entries.c.pk).where(entries.c.story == other)).scalars())
    _move_alerts(connection, kept, other)
    outbox.merge_firsts(connection, kept)
    for table in (entries, assignments):
        connection.execute(update(table).where(table.c.story == other).values(story=kept))
    seq = select(assignments.c.seq).where(assignments.c.entry == lead, assignments.c.revision == 0).scalar_subquery()
    copy = {"relation": Relation.REPUBLICATION, "reason": AssignReason.JOINED_BY_READER, "compared_with": seq}
    first = (assignments.c.entry == joining) & (assignments.c.revision == 0)
    connection.execute(update(assignments).where(first).values(copy))
    connection.execute(update(stories).where(stories.c.id == kept).values(updated_at=now))
    return sorted(moved)


def _move_alerts(connection: Connection, kept: int, other: int) -> None:
    """Let the alerts of one story be another's, behind its own."""
    numbers, free = polls.next_numbers(connection, kept), polls.free_number(connection, kept)
    query = select(alerts.c.pk, alerts.c.rule, alerts.c.kind, alerts.c.revision).where(alerts.c.story == other)
    for row in connection.execute(query.order_by(alerts.c.revision)).all():
        kinds, kind = numbers.setdefault(row.rule, {}), AlertKind(row.kind)
        number = max(row.revision, kinds.get(kind, free))
        kinds[kind] = number + 1
        connection.execute(update(alerts).where(alerts.c.pk == row.pk).values(story=kept, revision=number))


def first_messages(connection: Connection, story: int) -> list[Told]:
    """Return the first message of each rule on a story, with the receivers that have it."""
    query = (
        select(alerts.c.rule, alerts.c.severity, alerts.c.entry, deliveries.c.receiver)
        .join(deliveries, deliveries.c.alert == alerts.c.pk)
        .where(alerts.c.story == story, alerts.c.kind == AlertKind.ALERT, deliveries.c.state == "sent")
        .order_by(alerts.c.revision)
    )
    found: dict[str, Told] = {}
    for row in connection.execute(query):
        told = found.setdefault(row.rule, Told(row.rule, row.severity, row.entry, []))
        if row.receiver not in told.receivers:
            told.receivers.append(row.receiver)
    return list(found.values())


def opened(connection: Connection, story: int) -> set[str]:
    """Return the rules that have a first message on a story."""
    return set(next_openings(connection, story))


def next_openings(connection: Connection, story: int) -> dict[str, int]:
    """Return the rules that have a first message on a story, each with the number that another one would have.

    One that takes the place of a first message needs it: services take what has the same number for a repetition.
    """
    numbers = polls.next_numbers(connection, story)
    return {rule: kinds[AlertKind.ALERT] for rule, kinds in numbers.items() if AlertKind.ALERT in kinds}


def open_anew(connection: Connection, story: int, openings: Mapping[str, int]) -> None:
    """Let an answer be a rule's first message where that went to another story; as `next_openings` number it."""
    told = (alerts.c.story == story) & (alerts.c.kind == AlertKind.DEVELOPMENT) & ~_has_edits()
    query = select(alerts.c.pk, alerts.c.rule, alerts.c.entry).where(told, alerts.c.rule.in_(openings))
    rows = connection.execute(query.order_by(alerts.c.pk)).all()
    for row in _openers(connection, rows, opened(connection, story)):
        values = {"kind": AlertKind.ALERT, "revision": openings[row.rule]}
        connection.execute(update(alerts).where(alerts.c.pk == row.pk).values(values))
        _wait_as_first(connection, row.pk)


def entries_of(connection: Connection, story: int) -> list[int]:
    """Return the entries of a story in order."""
    return list(
        connection.execute(select(entries.c.pk).where(entries.c.story == story).order_by(entries.c.pk)).scalars()
    )


def matches_of(connection: Connection, entry: int) -> list[Match]:
    """Return the rules that an entry as it is now meets."""
    newest = select(entries.c.revision).where(entries.c.pk == entry).scalar_subquery()
    query = select(matches).where(matches.c.entry == entry, matches.c.revision == newest).order_by(matches.c.pk)
    return [Match(row.rule, tuple(Evidence(**e) for e in row.evidence)) for row in connection.execute(query)]


def origin_of(connection: Connection, entry: int) -> tuple[str, bool]:
    """Return the feed of an entry, and whether it is of that feed's first poll."""
    row = connection.execute(select(entries.c.feed, entries.c.baseline).where(entries.c.pk == entry)).one()
    return row.feed, row.baseline


def _take_along(connection: Connection, old: int, story: int, moved: Sequence[int]) -> None:
    """Let what was told of the entries be told of their new story.

    Where a rule told of them by answers only, one is its first message from now on; those before it stay behind.
    What waits and is no news of the old story any more is not sent.
    """
    told = alerts.c.kind.in_((AlertKind.ALERT, AlertKind.DEVELOPMENT)) & ~_has_edits()
    query = select(alerts.c.pk, alerts.c.rule, alerts.c.kind, alerts.c.entry)
    mine = (alerts.c.story == old) & alerts.c.entry.in_(moved)
    rows = connection.execute(query.where(mine, told).order_by(alerts.c.kind, alerts.c.pk)).all()  # "alert" comes first
    firsts = [row for row in rows if row.kind == AlertKind.ALERT]
    answers = [row for row in rows if row.kind == AlertKind.DEVELOPMENT]
    openers = {row.pk for row in _openers(connection, answers, {row.rule for row in firsts})}
    numbers: dict[tuple[str, str], int] = {}
    for row in rows:
        kind = AlertKind.ALERT if row.pk in openers else row.kind
        if kind == AlertKind.DEVELOPMENT and (row.rule, AlertKind.ALERT) not in numbers:
            continue
        number = numbers[row.rule, kind] = numbers.get((row.rule, kind), -1) + 1
        values = {"story": story, "kind": kind, "revision": number}
        connection.execute(update(alerts).where(alerts.c.pk == row.pk).values(values))
        if kind == AlertKind.ALERT:
            _wait_as_first(connection, row.pk)
    left = deliveries.c.alert.in_(select(alerts.c.pk).where(mine)) & (deliveries.c.state == "pending")
    held = {"state": "suppressed", "reason": SuppressReason.OTHER_STORY_FOR_RULE}
    connection.execute(update(deliveries).where(left).values(held))


def _openers(connection: Connection, answers: Iterable[Any], opened: Set[str]) -> Iterator[Any]:
    """Yield, of answers in order, those that become the first messages of rules that have none: the earliest is.

    One on an entry that does not meet the rule by itself cannot be.
    """
    done = set(opened)
    for row in answers:
        if row.rule not in done and row.rule in {match.rule for match in matches_of(connection, row.entry)}:
            done.add(row.rule)
            yield row


def _has_edits() -> ColumnElement[bool]:
    """Whether an alert changes a message."""
    edits = select(deliveries.c.pk).where(deliveries.c.alert == alerts.c.pk, deliveries.c.action == Action.EDIT)
    return edits.exists()


def _wait_as_first(connection: Connection, alert: int) -> None:
    """Let what of an alert is not sent, but may be yet, go out as a message of its own."""
    waits = (deliveries.c.alert == alert) & deliveries.c.state.in_((*outbox.WAITING, "dead"))
    connection.execute(update(deliveries).where(waits).values(action=Action.NEW))


def _followers(connection: Connection, story: int, entry: int) -> list[int]:
    """Return the entry and, transitively, the members of its story that were compared with it."""
    query = (
        select(assignments.c.entry, assignments.c.seq, assignments.c.compared_with)
        .where(assignments.c.story == story)
        .order_by(assignments.c.seq)
    )
    rows: list[Any] = list(connection.execute(query))
    moved, numbers = {entry}, {row.seq for row in rows if row.entry == entry}
    for row in rows:  # in order of arrival, so that what was compared with comes first
        if row.entry not in moved and row.compared_with in numbers:
            moved.add(row.entry)
        if row.entry in moved:
            numbers.add(row.seq)
    return sorted(moved)


def _seen_at(connection: Connection, entry: int) -> datetime:
    found: datetime = connection.execute(select(entries.c.seen_at).where(entries.c.pk == entry)).scalar_one()
    return found
