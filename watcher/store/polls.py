"""What a poll reads and writes: feed states, known entries, fingerprints, and the one commit."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Insert, Row, Update, bindparam, exists, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from watcher.model import (
    Alert,
    AlertKind,
    Assignment,
    AssignReason,
    Change,
    Entry,
    EntryCommit,
    FeedState,
    KnownEntry,
    PollCommit,
    Relation,
    Sentence,
)
from watcher.render.sentences import in_english, to_json
from watcher.store import counts, search
from watcher.store.responses import DUPLICATE
from watcher.store.schema import (
    alerts,
    assignments,
    deliveries,
    entries,
    feed_states,
    labels,
    matches,
    stories,
    suppressions,
)
from watcher.timeline import Timeline, Version, dated, timeline_of

#: SQLite allows 32,766 parameters a statement; smaller pieces keep statements cacheable.
T = TypeVar("T")
CHUNK = 500
#: Made once: with a row's values in the statement it would be compiled for each.
_UPSERT = upsert(feed_states)
_LAST_NUMBERS = select(
    *(
        select(func.coalesce(func.max(column), 0)).scalar_subquery()
        for column in (entries.c.pk, assignments.c.seq, stories.c.id)
    )
)
_SAVE_FEED_STATE = _UPSERT.on_conflict_do_update(
    index_elements=["feed"], set_={column.name: _UPSERT.excluded[column.name] for column in feed_states.c}
)


def feed_state(connection: Connection, feed: str) -> FeedState | None:
    """Return what is remembered of a feed; None before its first poll was planned."""
    row = connection.execute(select(feed_states).where(feed_states.c.feed == feed)).first()
    return _state(row) if row else None


def all_feed_states(connection: Connection) -> dict[str, FeedState]:
    """Return every remembered feed by id, those no longer configured among them."""
    return {row.feed: _state(row) for row in connection.execute(select(feed_states))}


def save_feed_state(connection: Connection, state: FeedState) -> None:
    """Insert or replace one feed's memory."""
    save_feed_states(connection, [state])


def save_feed_states(connection: Connection, states: Sequence[FeedState]) -> None:
    """Insert or replace what is remembered of some feeds."""
    connection.execute(_SAVE_FEED_STATE, [_state_row(state) for state in states])


def poll_by(connection: Connection, feed: str, at: datetime) -> None:
    """Have a feed polled at that time at the latest, if it is well: pauses after failures stay."""
    late = (feed_states.c.feed == feed) & (feed_states.c.failures == 0) & (feed_states.c.next_poll_at > at)
    connection.execute(update(feed_states).where(late).values(next_poll_at=at))


def poll_as_usual(connection: Connection, feed: str, now: datetime) -> None:
    """Have a feed polled after an interval of its own at the latest, because what let it wait longer is no more."""
    state = feed_state(connection, feed)
    if state is not None:
        none = timedelta()
        poll_by(connection, feed, now + max(state.interval or none, state.ttl or none))


def due_feeds(connection: Connection, now: datetime, limit: int, but: Collection[str] = ()) -> list[FeedState]:
    """Return feeds whose time has come, the longest waiting first, except for those in `but`."""
    due = (feed_states.c.next_poll_at <= now) & feed_states.c.feed.not_in(but)
    query = select(feed_states).where(due).order_by(feed_states.c.next_poll_at).limit(limit)
    return [_state(row) for row in connection.execute(query)]


def known_entries(connection: Connection, feed: str, ids: Sequence[str]) -> dict[str, KnownEntry]:
    """Return those of a feed's entry ids that are stored, with their newest assignment's number."""
    found: dict[str, KnownEntry] = {}
    newest = (assignments.c.entry == entries.c.pk) & (assignments.c.revision == entries.c.revision)
    for piece in _pieces(ids):
        query = (
            select(
                entries.c.entry_id, entries.c.pk, entries.c.content_hash, entries.c.revision, entries.c.story,
                assignments.c.seq,
            )
            .join(assignments, newest)
            .where(entries.c.feed == feed, entries.c.entry_id.in_(piece))
        )  # fmt: skip
        for entry_id, *rest in connection.execute(query):
            found[entry_id] = KnownEntry(*rest)
    return found


def contents(connection: Connection, numbers: Sequence[int]) -> dict[int, str]:
    """Return the content of entries, by their numbers."""
    found: dict[int, str] = {}
    for piece in _pieces(numbers):
        query = select(entries.c.pk, entries.c.content).where(entries.c.pk.in_(piece))
        found |= {row.pk: row.content for row in connection.execute(query)}
    return found


def has_text_of_page(connection: Connection, number: int) -> bool:
    """Return whether an entry's content was completed from its page: it is not what the feed said."""
    row = connection.execute(select(entries).where(entries.c.pk == number)).one()
    stored = Entry("", row.title, row.summary, row.content, row.extra.get("link_of_feed") or row.link)
    return len(stored.content) > len(stored.summary) and stored.content_hash != row.content_hash


def fingerprint_of(connection: Connection, seq: int) -> bytes:
    """Return the fingerprint that was stored with an assignment."""
    found: bytes = connection.execute(select(assignments.c.fingerprint).where(assignments.c.seq == seq)).scalar_one()
    return found


def story_feeds(connection: Connection, story: int) -> set[str]:
    """Return the feeds that have published a story's text."""
    return set(connection.execute(select(entries.c.feed).where(entries.c.story == story).distinct()).scalars())


@dataclass(frozen=True, slots=True)
class Joint:
    """How a story's lead hangs on an entry of another story, if it does (reason TOO_WEAK)."""

    reason: AssignReason
    #: 0.0-1.0.
    similarity: float
    compared_with: int | None


def lead_of(connection: Connection, story: int) -> Joint:
    """Return how a story's lead was decided; that it hangs on nothing once the lead is pruned."""
    query = select(assignments.c.reason, assignments.c.similarity, assignments.c.compared_with).where(
        assignments.c.story == story, assignments.c.relation == Relation.LEAD
    )
    row = connection.execute(query.order_by(assignments.c.seq).limit(1)).first()
    return Joint(AssignReason(row[0]), row[1], row[2]) if row else Joint(AssignReason.NO_CANDIDATE, 0.0, None)


@dataclass(frozen=True, slots=True)
class Logged:
    """One line of the log of assignments, as much of it as the dedup index needs."""

    assignment_seq: int
    at: datetime
    feed: str
    fingerprint: bytes
    #: Without what only explains it.
    assignment: Assignment


def fingerprints_after(connection: Connection, seq: int, since: datetime, most: int | None = None) -> Iterator[Logged]:
    """Yield the log of assignments in commit order, newer than both bounds; `most` of them."""
    query = (
        select(
            assignments.c.seq, assignments.c.at, entries.c.feed, assignments.c.fingerprint, assignments.c.story,
            assignments.c.relation, assignments.c.reason, assignments.c.similarity, assignments.c.compared_with,
        )
        .join(entries, entries.c.pk == assignments.c.entry)
        .where(assignments.c.seq > seq, assignments.c.at >= since)
        .order_by(assignments.c.seq)
        .limit(most)
    )  # fmt: skip
    for number, at, feed, fingerprint, story, relation, reason, similarity, compared in connection.execute(query):
        assignment = Assignment(story, Relation(relation), AssignReason(reason), similarity, compared)
        yield Logged(number, at, feed, fingerprint, assignment)


def entry_times(connection: Connection, feed: str, since: datetime) -> list[datetime]:
    """Return when a feed's entries were first seen, in order; those of its baseline left out."""
    query = select(entries.c.seen_at).where(
        entries.c.feed == feed, entries.c.seen_at >= since, entries.c.baseline.is_(False)
    )
    return list(connection.execute(query.order_by(entries.c.seen_at)).scalars())


def are_undated(connection: Connection, feed: str, newest: int) -> bool:
    """Return whether so many of a feed's newest entries have no date, each of them; no entries have none."""
    query = select(entries.c.published_at).where(entries.c.feed == feed).order_by(entries.c.pk.desc())
    dates = connection.execute(query.limit(max(0, newest))).scalars().all()
    return len(dates) == max(0, newest) and not any(dates)


def last_numbers(connection: Connection) -> tuple[int, int, int]:
    """Return the greatest entry, assignment and story numbers given so far; 0 when there are none."""
    entry, seq, story = connection.execute(_LAST_NUMBERS).one()
    return entry, seq, story


#: Asked for every republication: made once.
_NEXT_NUMBERS = (
    select(alerts.c.rule, alerts.c.kind, func.max(alerts.c.revision) + 1)
    .where(alerts.c.story == bindparam("of"))
    .group_by(alerts.c.rule, alerts.c.kind)
)


def next_numbers(connection: Connection, story: int) -> dict[str, dict[AlertKind, int]]:
    """Return, for each rule that has spoken on a story, the number of its next alert of each kind that there is.

    Where readers split stories or put them together, there are fewer alerts than numbers; the first of a kind has
    `free_number`.
    """
    numbers: dict[str, dict[AlertKind, int]] = {}
    rows = connection.execute(_NEXT_NUMBERS, {"of": story}).all()
    free = free_number(connection, story) if rows else 0
    for rule, kind, number in rows:
        numbers.setdefault(rule, {})[AlertKind(kind)] = max(number, free)
    return numbers


def free_number(connection: Connection, story: int) -> int:
    """Return the least number that no alert on a story can ever have had where readers split it; 0 where they did not.

    Messages are known by these numbers, and services take what has the number of another for its repetition.
    """
    split = exists().where(labels.c.kind == DUPLICATE, labels.c.story == story)
    above_all = select(func.max(alerts.c.pk) + 1).scalar_subquery()
    found: int | None = connection.execute(select(above_all).where(split)).scalar()
    return found or 0


def last_alert_at(connection: Connection, story: int, rule: str) -> datetime | None:
    """Return when the newest alert or development of a rule on a story is, or was, due."""
    spoken = (AlertKind.ALERT, AlertKind.DEVELOPMENT)
    query = (
        select(func.max(deliveries.c.first_due_at))
        .join(alerts, alerts.c.pk == deliveries.c.alert)
        .where(alerts.c.story == story, alerts.c.rule == rule, alerts.c.kind.in_(spoken))
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def story_timeline(connection: Connection, story: int) -> Timeline:
    """Return what the facts of a story have become."""
    began_at, versions = _told_versions(connection, story)
    return timeline_of(began_at, versions.values())


def story_news(connection: Connection, story: int) -> dict[int, tuple[Change, ...]]:
    """Return what each development of a story brought that it had not left behind, by the decision's number."""
    began_at, versions = _told_versions(connection, story)
    line, found = Timeline(began_at), {}
    for seq, version in versions.items():
        found[seq] = line.news(version)
        line = line.after(version)
    return found


def _told_versions(connection: Connection, story: int) -> tuple[datetime | None, dict[int, Version]]:
    """When a story's lead was published, and its developments by the decisions' numbers, in order of arrival."""
    told = assignments.c.relation.in_((Relation.LEAD, Relation.DEVELOPMENT))
    query = (
        select(
            assignments.c.seq, assignments.c.changes, assignments.c.relation, assignments.c.revision, assignments.c.at,
            entries.c.published_at, entries.c.updated_at,
        )
        .join(entries, entries.c.pk == assignments.c.entry)
        .where(assignments.c.story == story, told)
        .order_by(assignments.c.seq)
    )  # fmt: skip
    began_at, versions = None, {}
    for row in connection.execute(query):
        revised = row.revision > 0
        at = dated(row.published_at, row.updated_at, seen_at=row.at, is_revision=revised)
        if row.relation == Relation.LEAD:
            began_at = at
        else:
            changes = tuple(Change(change["what"], change["from"], change["to"]) for change in row.changes)
            versions[row.seq] = Version(at, changes, revised)
    return began_at, versions


def commit_poll(connection: Connection, commit: PollCommit) -> None:
    """Store one poll's outcome; the caller's transaction makes it one commit."""
    if commit.entries:
        _store_stories(connection, commit)
        _store_entries(connection, commit)
        _store_decisions(connection, commit)
        counts.note(connection, commit.state.feed, commit.entries[0].outlet, commit.at, commit.entries)
    for item in commit.entries:
        for alert in item.alerts:
            insert_alert(connection, alert, story=item.assignment.story, entry=item.pk, at=commit.at)
    save_feed_state(connection, commit.state)
    if commit.held_until is not None:
        for piece in _pieces(commit.held):
            early = feed_states.c.feed.in_(piece) & (feed_states.c.next_poll_at < commit.held_until)
            connection.execute(update(feed_states).where(early).values(next_poll_at=commit.held_until))


def insert_alert(
    connection: Connection,
    alert: Alert,
    *,
    story: int | None,
    entry: int | None,
    at: datetime,
    text: Sentence | str = "",
) -> int:
    """Store an alert, or an alarm's sentence, and its pending deliveries; return its number."""
    row = {
        "story": story, "rule": alert.rule, "kind": alert.kind, "revision": alert.revision, "severity": alert.severity,
        "entry": entry, "evidence": [e.as_dict() for e in alert.evidence], "text": in_english(text),
        "said": to_json(text), "created_at": at,
    }  # fmt: skip
    number: int = connection.execute(insert(alerts).returning(alerts.c.pk), row).scalar_one()
    plans = [
        {
            "alert": number, "receiver": plan.receiver, "action": plan.action, "state": "pending", "reason": "",
            "due_at": plan.due_at, "first_due_at": plan.due_at, "attempts": 0,
        }
        for plan in alert.deliveries
    ]  # fmt: skip
    if plans:
        connection.execute(insert(deliveries), plans)
    return number


# ---------------------------------------------------------------- inside


def _store_stories(connection: Connection, commit: PollCommit) -> None:
    new = [
        {"id": item.assignment.story, "lead_entry": item.pk, "first_seen_at": commit.at, "updated_at": commit.at}
        for item in commit.entries
        if item.assignment.relation is Relation.LEAD
    ]
    joined = {item.assignment.story for item in commit.entries if item.assignment.relation is not Relation.LEAD}
    _all(connection, insert(stories), new)
    changed = update(stories).where(stories.c.id == bindparam("story")).values(updated_at=bindparam("at"))
    _all(connection, changed, [{"story": story, "at": commit.at} for story in sorted(joined)])


def _store_entries(connection: Connection, commit: PollCommit) -> None:
    new: list[dict[str, Any]] = []
    revised: list[dict[str, Any]] = []
    for item in commit.entries:
        row = entry_row(item.entry) | {
            "outlet": item.outlet, "revision": item.revision, "story": item.assignment.story,
            "places": [asdict(place) for place in item.places],
        }  # fmt: skip
        if item.revision == 0:
            new.append(row | {"pk": item.pk, "seen_at": commit.at, "baseline": item.baseline})
        else:
            revised.append(row | {"number": item.pk})
    _all(connection, insert(entries), new)
    search.add(connection, [_texts(item) for item in commit.entries if item.revision == 0])
    if revised:
        search.drop(connection, [row["number"] for row in revised])
        columns: dict[str, Any] = {name: bindparam(name) for name in revised[0] if name != "number"}
        _all(connection, update(entries).where(entries.c.pk == bindparam("number")).values(columns), revised)
        search.readd(connection, dict(_texts(item) for item in commit.entries if item.revision))


def _texts(item: EntryCommit) -> tuple[int, search.Texts]:
    return item.pk, (item.entry.title, item.entry.summary, item.entry.content)


def _store_decisions(connection: Connection, commit: PollCommit) -> None:
    assigned: list[dict[str, Any]] = []
    met: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = []
    for item in commit.entries:
        key = {"entry": item.pk, "revision": item.revision, "at": commit.at}
        assigned.append(key | _assignment_row(item.assignment, item))
        met += [key | {"rule": m.rule, "evidence": [e.as_dict() for e in m.evidence]} for m in item.matches]
        held += [
            key | {"rule": s.rule, "receiver": s.receiver, "reason": s.reason, "detail": s.detail}
            for s in item.suppressed
        ]
    _all(connection, insert(assignments), assigned)
    _all(connection, insert(matches), met)
    _all(connection, insert(suppressions), held)


def _all(connection: Connection, statement: Insert | Update, rows: list[dict[str, Any]]) -> None:
    """Run a statement for all rows at once; with rows in the statement itself it would be compiled for each."""
    if rows:
        connection.execute(statement, rows)


def _assignment_row(assignment: Assignment, item: EntryCommit) -> dict[str, Any]:
    return {
        "seq": item.seq, "story": assignment.story, "relation": assignment.relation, "reason": assignment.reason,
        "similarity": assignment.similarity, "compared_with": assignment.compared_with,
        "shared": list(assignment.shared), "changes": [c.as_dict() for c in assignment.changes],
        "credits": assignment.credits, "fingerprint": item.fingerprint,
        "reasons": [asdict(reason) for reason in assignment.reasons],
    }  # fmt: skip


def entry_row(entry: Entry) -> dict[str, Any]:
    """Return an entry's own columns."""
    return {
        "feed": entry.feed, "entry_id": entry.id, "id_origin": entry.id_origin, "title": entry.title,
        "summary": entry.summary, "content": entry.content, "link": entry.link, "author": entry.author,
        "categories": list(entry.categories), "published_at": entry.published_at, "updated_at": entry.updated_at,
        "lang": entry.lang, "content_hash": entry.content_hash,
        "extra": {
            "source": asdict(entry.source) if entry.source else None,
            "enclosures": [asdict(e) for e in entry.enclosures],
            "points": [asdict(p) for p in entry.points],
            "severity": entry.severity,
            **({"link_of_feed": entry.link_of_feed} if entry.link_of_feed else {}),
        },
    }  # fmt: skip


#: Columns of feed_states that SQL keeps otherwise than FeedState does.
_DURATIONS = {"interval_s": "interval", "ttl_s": "ttl"}
_LISTS = ("notes", "skip_hours", "skip_days")
_STATE_COLUMNS = tuple(column.name for column in feed_states.c)


def _state(row: Row[Any]) -> FeedState:
    columns = dict(zip(_STATE_COLUMNS, row, strict=True))
    for name, attribute in _DURATIONS.items():
        seconds = columns.pop(name)
        columns[attribute] = None if seconds is None else timedelta(seconds=seconds)
    return FeedState(**columns | {name: tuple(columns[name]) for name in _LISTS})


def _state_row(state: FeedState) -> dict[str, Any]:
    row = {c.name: getattr(state, c.name) for c in feed_states.c if c.name not in _DURATIONS}
    for name, attribute in _DURATIONS.items():
        duration = getattr(state, attribute)
        row[name] = None if duration is None else duration.total_seconds()
    return row | {name: list(row[name]) for name in _LISTS} | {"signs": dict(state.signs)}


def _pieces(ids: Sequence[T]) -> Iterable[Sequence[T]]:
    return (ids[i : i + CHUNK] for i in range(0, len(ids), CHUNK))
