"""What the page lists: reads only, each bounded by a number of rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, String, and_, cast, func, or_, select

from watcher.model import AlertKind, AlertView, Change, Entry, Evidence, Place, Relation, Severity, StoryMember
from watcher.store import search
from watcher.store.schema import alerts, assignments, deliveries, entries, stories
from watcher.store.views import entry_of
from watcher.store.words import Query, read_query

#: Alerts that one question with filters looks at; the next question goes on from there.
SEARCHED = 10_000
#: The same where the text of each must be read: phrases, and all words where there is no index of them.
SEARCHED_SLOWLY = 1500
#: Alerts that are looked at first, before it is known whether they are enough.
FIRST_LOOK = 200
#: Entries that say something; where more do, alerts are looked at one by one.
FEW = 20_000
#: Changes of stories that one list of stories looks at.
CHANGES = 2000
#: Members of a story that a list shows, the first to come; the rest is counted.
MEMBERS = 30
#: Confidence from which a place is shown, and so found.
SURE = 0.5


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts; what is empty is not asked for."""

    rule: str = ""
    #: ISO 3166 code; SY finds SY-HL too.
    region: str = ""
    severity: Severity | None = None
    #: Words and phrases as a reader types them (`words.read_query`).
    words: str = ""
    #: Only alerts of a lesser number.
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One alert, with how many entries its story has in all."""

    number: int
    at: datetime
    view: AlertView
    relation: Relation
    members: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Alerts, the newest first, and where to go on."""

    found: tuple[Listed, ...]
    #: Number to ask for older ones with; None if there are none.
    older: int | None
    #: Whether it ends because enough was found, not because enough was looked at.
    is_full: bool
    #: How many alerts were looked at, at most.
    looked_at: int = 0


def alerts_told(connection: Connection, wanted: Wanted, limit: int) -> Listing:
    """Return alerts and developments before `wanted.before`: those among the `SEARCHED` newest that are wanted.

    Where words are asked for, alerts whose entries do not say them are looked at only if most entries say them.
    """
    newest = newest_alert(connection)
    top = newest + 1 if wanted.before is None else min(wanted.before, newest + 1)
    rows: list[Any] = []
    bottom, looked_at = top, 0
    for piece in _pieces(connection, read_query(wanted.words), wanted.words, top):
        query = _told.where(piece.condition, *_conditions(wanted))
        rows += connection.execute(query.limit(limit + 1 - len(rows))).all()
        bottom, looked_at = piece.bottom, looked_at + piece.size
        if len(rows) > limit:
            break
    is_full = len(rows) > limit
    rows = rows[:limit]
    members = members_of(connection, {row.story for row in rows})
    found = tuple(_listed(row, *members[row.story]) for row in rows)
    older = rows[-1].alert if is_full else bottom if bottom > 1 else None
    return Listing(found, older, is_full, looked_at)


def newest_alert(connection: Connection) -> int:
    """Return the greatest number that an alert has; 0 without any."""
    found: int = connection.execute(select(func.coalesce(func.max(alerts.c.pk), 0))).scalar_one()
    return found


def alerts_placed(connection: Connection, since: datetime, limit: int) -> list[dict[str, Any]]:
    """Return the stories that alerts told of since then, each once, with the places of the newest such entry."""
    newest = newest_alert(connection)
    query = (
        select(
            alerts.c.story, alerts.c.severity, alerts.c.created_at, entries.c.title, entries.c.outlet, entries.c.places
        )
        .join(entries, entries.c.pk == alerts.c.entry)
        .where(alerts.c.pk > newest - SEARCHED, alerts.c.created_at >= since)
        .where(alerts.c.kind.in_((AlertKind.ALERT, AlertKind.DEVELOPMENT)))
        .order_by(alerts.c.pk.desc())
        .limit(limit)
    )
    found: dict[int, dict[str, Any]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["story"], dict(row))
    return list(found.values())


def stories_told(connection: Connection, before: int | None, limit: int) -> tuple[list[dict[str, Any]], int | None]:
    """Return the stories that changed last, each with its lead's headline and first members, and where to go on.

    Each change of a story is an assignment, and their numbers rise: the newest `CHANGES` before `before` are looked at.
    """
    newest = connection.execute(select(func.coalesce(func.max(assignments.c.seq), 0))).scalar_one()
    top = newest + 1 if before is None else min(before, newest + 1)
    bottom = max(0, top - CHANGES)
    later = assignments.alias()
    changed = func.max(assignments.c.seq)
    last = (
        select(assignments.c.story, changed.label("seq"))
        .where(assignments.c.seq < top, assignments.c.seq >= bottom)
        .where(~select(later.c.seq).where(later.c.story == assignments.c.story, later.c.seq >= top).exists())
        .group_by(assignments.c.story)
        .order_by(changed.desc())
        .limit(limit + 1)
        .subquery()
    )
    query = (
        select(
            stories.c.id.label("story"), stories.c.first_seen_at, stories.c.updated_at, entries.c.title,
            entries.c.outlet, last.c.seq,
        )
        .join(last, last.c.story == stories.c.id)
        .join(entries, entries.c.pk == stories.c.lead_entry)
        .order_by(last.c.seq.desc())
    )  # fmt: skip
    rows = [dict(row) for row in connection.execute(query).mappings()]
    found = rows[:limit]
    members = members_of(connection, [row["story"] for row in found])
    for row in found:
        count, shown = members.get(row["story"], (0, []))
        row |= {"members": count, "shown": [member for _, member in shown]}
    return found, found[-1]["seq"] if len(rows) > limit else bottom if bottom > 1 else None


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries; what is empty is not asked for."""

    #: As in `Wanted`.
    words: str
    region: str = ""
    feed: str = ""
    #: Only entries of a lesser number.
    before: int | None = None


def stories_saying(connection: Connection, sought: Sought, limit: int) -> tuple[list[dict[str, Any]], int | None]:
    """Return the stories of the newest entries that say something, as `stories_told` does, and where to go on.

    `said` is that entry. A story whose entries came far apart may come again further back.
    """
    told = select(entries.c.pk, entries.c.story, entries.c.title, entries.c.outlet, entries.c.seen_at)
    told = told.where(*([entries.c.feed == sought.feed] if sought.feed else []))
    told = told.where(*([in_region(sought.region)] if sought.region else []))
    found: dict[int, Any] = {}
    bottom = 0
    for piece in _entry_pieces(connection, read_query(sought.words), sought):
        bottom = piece.bottom
        for row in connection.execute(told.where(piece.condition).order_by(entries.c.pk.desc())):
            if row.story not in found and len(found) == limit:
                return _stories_of(connection, found), min(one.pk for one in found.values())
            found.setdefault(row.story, row)
    return _stories_of(connection, found), bottom if bottom > 1 else None


def alerts_of(connection: Connection, story: int, limit: int) -> list[dict[str, Any]]:
    """Return the newest alerts on a story, of all kinds, each with how many deliveries are in which state."""
    query = select(alerts.c.pk, alerts.c.rule, alerts.c.kind, alerts.c.severity, alerts.c.created_at)
    query = query.where(alerts.c.story == story).order_by(alerts.c.pk.desc()).limit(limit)
    found = {row["pk"]: dict(row) | {"states": {}} for row in connection.execute(query).mappings()}
    counts = select(deliveries.c.alert, deliveries.c.state, func.count()).where(deliveries.c.alert.in_(list(found)))
    for alert, state, count in connection.execute(counts.group_by(deliveries.c.alert, deliveries.c.state)):
        found[alert]["states"][state] = count
    return list(found.values())


def entry_numbered(connection: Connection, pk: int) -> Entry:
    """Return a stored entry."""
    return entry_of(connection.execute(select(entries).where(entries.c.pk == pk)).one())


def members_of(connection: Connection, numbers: Iterable[int]) -> dict[int, tuple[int, list[tuple[int, StoryMember]]]]:
    """Return, for each story, how many entries it has, and the first `MEMBERS` of them with their numbers."""
    numbered = (
        select(
            entries.c.pk, func.row_number().over(partition_by=entries.c.story, order_by=entries.c.pk).label("nth"),
            func.count().over(partition_by=entries.c.story).label("members"),
        )
        .where(entries.c.story.in_(list(numbers)))
        .subquery()
    )  # fmt: skip
    newest = (assignments.c.entry == entries.c.pk) & (assignments.c.revision == entries.c.revision)
    query = (
        select(
            entries.c.pk, entries.c.story, entries.c.outlet, entries.c.title, entries.c.link, entries.c.seen_at,
            entries.c.published_at, assignments.c.relation, assignments.c.credits, assignments.c.changes,
            numbered.c.members,
        )
        .join(numbered, numbered.c.pk == entries.c.pk)
        .join(assignments, newest)
        .where(numbered.c.nth <= MEMBERS)
        .order_by(entries.c.pk)
    )  # fmt: skip
    found: dict[int, tuple[int, list[tuple[int, StoryMember]]]] = {}
    for row in connection.execute(query):
        member = StoryMember(
            row.outlet, row.title, row.link, Relation(row.relation), row.seen_at, row.published_at, row.credits,
            _changes(row.changes),
        )  # fmt: skip
        found.setdefault(row.story, (row.members, []))[1].append((row.pk, member))
    return found


# ---------------------------------------------------------------- inside

_about = (assignments.c.entry == alerts.c.entry) & (assignments.c.revision == entries.c.revision)
_told = (
    select(
        entries, alerts.c.pk.label("alert"), alerts.c.rule, alerts.c.kind, alerts.c.severity, alerts.c.evidence,
        alerts.c.created_at, assignments.c.relation, assignments.c.credits, assignments.c.changes,
    )
    .join(entries, entries.c.pk == alerts.c.entry)
    .join(assignments, _about)
    .where(alerts.c.kind.in_((AlertKind.ALERT, AlertKind.DEVELOPMENT)))
    .order_by(alerts.c.pk.desc())
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some alerts, older than those of the piece before."""

    condition: ColumnElement[bool]
    #: The least number that was looked at; 0 if there is nothing behind.
    bottom: int
    size: int


def _pieces(connection: Connection, query: Query, typed: str, top: int) -> Iterator[_Piece]:
    """Yield the alerts to look at, the newest first, few at first, up to a bound."""
    if not query.phrases or not search.is_available():
        size = SEARCHED_SLOWLY if query.phrases else SEARCHED
        bottom = max(0, top - size)
        said = [search.said(typed)] if query.phrases else []
        yield _Piece(and_(alerts.c.pk < top, alerts.c.pk >= bottom, *said), bottom, size)
        return
    surely = [] if query.is_exact else [search.said(typed)]
    for numbers, bottom, size in _found(connection, query, top):
        yield _Piece(and_(search.among(alerts.c.pk, numbers), *surely), bottom, size)


def _found(connection: Connection, query: Query, top: int) -> Iterator[tuple[list[int], int, int]]:
    """Yield the numbers of alerts whose entries the index finds, the least number looked at, and how many were."""
    hits = search.newest(connection, query, FEW + 1)
    if len(hits) <= FEW:
        told = select(alerts.c.pk).where(search.among(alerts.c.entry, hits), alerts.c.pk < top)
        numbers = sorted(connection.execute(told).scalars(), reverse=True)
        at = 0
        for size in _growing(FEW if query.is_exact else SEARCHED_SLOWLY):
            piece = numbers[at : at + size]
            at += size
            yield piece, piece[-1] if at < len(numbers) else 0, len(piece)
            if at >= len(numbers):
                break
        return
    for size in _growing(SEARCHED if query.is_exact else SEARCHED_SLOWLY):
        bottom = max(0, top - size)
        told = select(alerts.c.pk, alerts.c.entry).where(alerts.c.pk < top, alerts.c.pk >= bottom)
        entry_of_alert = {pk: entry for pk, entry in connection.execute(told.order_by(alerts.c.pk.desc())) if entry}
        if entry_of_alert:
            low, high = min(entry_of_alert.values()), max(entry_of_alert.values())
            said = search.between(connection, query, low, high)
            yield [pk for pk, entry in entry_of_alert.items() if entry in said], bottom, size
        top = bottom
        if not bottom:
            return


def _entry_pieces(connection: Connection, query: Query, sought: Sought) -> Iterator[_Piece]:
    """Yield the entries to look at, the newest first, few at first, up to a bound."""
    newest = connection.execute(select(func.coalesce(func.max(entries.c.pk), 0))).scalar_one()
    top = newest + 1 if sought.before is None else min(sought.before, newest + 1)
    if not search.is_available():
        bottom = max(0, top - SEARCHED_SLOWLY)
        window = and_(entries.c.pk < top, entries.c.pk >= bottom, search.said(sought.words))
        yield _Piece(window, bottom, SEARCHED_SLOWLY)
        return
    surely = [] if query.is_exact else [search.said(sought.words)]
    for size in _growing(SEARCHED if query.is_exact else SEARCHED_SLOWLY):
        numbers = search.newest(connection, query, size, top)
        top = numbers[-1] if len(numbers) == size else 0
        yield _Piece(and_(search.among(entries.c.pk, numbers), *surely), top, len(numbers))
        if not top:
            return


def _stories_of(connection: Connection, found: Mapping[int, Any]) -> list[dict[str, Any]]:
    """Stories with the headline of their lead and their first members, in the order of `found`."""
    query = (
        select(
            stories.c.id.label("story"), stories.c.first_seen_at, stories.c.updated_at, entries.c.title,
            entries.c.outlet,
        )
        .join(entries, entries.c.pk == stories.c.lead_entry)
        .where(search.among(stories.c.id, list(found)))
    )  # fmt: skip
    rows = {row["story"]: dict(row) for row in connection.execute(query).mappings()}
    members = members_of(connection, rows)
    for number, row in rows.items():
        count, shown = members.get(number, (0, []))
        row |= {"members": count, "shown": [member for _, member in shown], "said": found[number]}
    return [rows[number] for number in found if number in rows]


def _growing(most: int) -> Iterator[int]:
    """Sizes of pieces, that together are as many as may be looked at."""
    size, done = FIRST_LOOK, 0
    while done < most:
        size = min(size, most - done)
        yield size
        done, size = done + size, size * 4


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.rule:
        yield alerts.c.rule == wanted.rule
    if wanted.severity is not None:
        yield alerts.c.severity == wanted.severity
    if wanted.region:
        yield in_region(wanted.region)


def in_region(code: str) -> ColumnElement[bool]:
    """Whether an entry names a place there, sure enough to be shown."""
    place = func.json_each(entries.c.places).table_valued("value")
    level = "$.country" if "-" not in code else "$.admin1"
    here = [func.json_extract(place.c.value, level) == code]
    if "-" in code:
        here.append(func.json_extract(place.c.value, "$.admin2") == code)
    sure = cast(func.json_extract(place.c.value, "$.confidence"), Float) >= SURE
    return select(cast(place.c.value, String)).where(or_(*here), sure).exists()


def _listed(row: Any, members: int, shown: Sequence[tuple[int, StoryMember]]) -> Listed:
    entry = entry_of(row)
    view = AlertView(
        key=str(row.alert), thread_key="", kind=AlertKind(row.kind), rule=row.rule, rule_title=row.rule,
        severity=Severity(row.severity), story=row.story, entry=entry, outlet=row.outlet, seen_at=row.seen_at,
        evidence=tuple(_still(Evidence(**e), entry) for e in row.evidence),
        places=tuple(Place(**place) for place in row.places),
        also=tuple(member for pk, member in shown if pk != row.pk),
        changes=_changes(row.changes) if row.kind == AlertKind.DEVELOPMENT else (), credits=row.credits,
    )  # fmt: skip
    return Listed(row.alert, row.created_at, view, Relation(row.relation), members)


def _still(evidence: Evidence, entry: Entry) -> Evidence:
    """A span is one of the text as it was; where a revision has changed that, only what it said is left."""
    fields = {"title": entry.title, "summary": entry.summary, "content": entry.content}
    text = fields.get(evidence.field)
    if text is None or text[evidence.start : evidence.end] == evidence.text:
        return evidence
    return replace(evidence, field="", start=0, end=0)


def _changes(rows: list[dict[str, Any]]) -> tuple[Change, ...]:
    return tuple(Change(row["what"], row["from"], row["to"]) for row in rows)
