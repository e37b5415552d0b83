"""The view that a message is rendered from, read at the moment of sending."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, or_, select

from watcher.dedup import Fingerprint, counted_in
from watcher.model import (
    Action,
    AlertKind,
    AlertView,
    Change,
    Enclosure,
    Entry,
    Evidence,
    IdOrigin,
    Place,
    Point,
    Relation,
    Severity,
    Source,
    StoryMember,
    SuppressReason,
)
from watcher.render.sentences import from_json
from watcher.store import polls
from watcher.store.outbox import Claim, First
from watcher.store.schema import alerts, assignments, deliveries, entries
from watcher.timeline import Known, since, summed

#: So many messages are looked through for what a receiver knows; counting in a text takes milliseconds.
LOOKED_BACK = 30
_then = assignments.alias()


def alert_view(
    connection: Connection, claim: Claim, first: First | None, rule_title: str, *, in_place: bool = False
) -> AlertView:
    """Read everything that the message shows, as it is now: later members of the story are in it.

    `first` is what `outbox.first_message` says of the claim. `in_place` is for what takes the place of the first
    message, and so tells all that has changed since that one.
    """
    alert = connection.execute(select(alerts).where(alerts.c.pk == claim.alert)).one()
    # An alarm belongs to no story, so that nothing but its own number tells it from the next of its kind.
    about, revision = (alert.story, alert.revision) if alert.story is not None else ("watcher", alert.pk)
    key = f"{about}.{alert.rule}.{alert.kind}.{revision}.{claim.receiver}"
    shared = {
        "key": key, "kind": AlertKind(alert.kind), "rule": alert.rule, "rule_title": rule_title,
        "severity": Severity(alert.severity), "text": alert.text,
        "said": from_json(alert.said), "evidence": tuple(Evidence(**e) for e in alert.evidence),
    }  # fmt: skip
    if alert.story is None:
        entry = Entry(id=key, title=alert.text)
        return AlertView(**shared, thread_key=key, story=0, entry=entry, outlet="watcher", seen_at=alert.created_at)
    number = first.revision if first else alert.revision if alert.kind == AlertKind.ALERT else 0
    thread = f"{alert.story}.{alert.rule}.{AlertKind.ALERT}.{number}.{claim.receiver}"
    # A republication edits the first message, which stays about the entry that it was sent for.
    about = first.entry if first and claim.action is Action.EDIT else alert.entry
    row = connection.execute(select(entries).where(entries.c.pk == about)).one()
    return AlertView(
        **shared, thread_key=thread, story=alert.story, entry=entry_of(row), outlet=row.outlet, seen_at=row.seen_at,
        places=tuple(Place(**p) for p in row.places), also=_members(connection, alert.story, but=about),
        changes=_changes_since(connection, claim, first, in_place),
        credits=_newest_assignment(connection, about).credits, escalated_from=_escalated_from(connection, claim.pk),
    )  # fmt: skip


def _escalated_from(connection: Connection, delivery: int) -> str:
    found = connection.execute(select(deliveries.c.escalated_from).where(deliveries.c.pk == delivery)).scalar()
    return found or ""


def entry_of(row: Any) -> Entry:
    """Build the Entry from its row."""
    extra = row.extra
    return Entry(
        id=row.entry_id, title=row.title, summary=row.summary, content=row.content, link=row.link, feed=row.feed,
        id_origin=IdOrigin(row.id_origin), author=row.author, categories=tuple(row.categories),
        published_at=row.published_at, updated_at=row.updated_at, lang=row.lang,
        source=Source(**extra["source"]) if extra["source"] else None,
        enclosures=tuple(Enclosure(**e) for e in extra["enclosures"]),
        points=tuple(Point(p["lat"], p["lon"], tuple(map(tuple, p.get("area", ())))) for p in extra["points"]),
        severity=Severity(extra["severity"]) if extra.get("severity") else None,
        link_of_feed=extra.get("link_of_feed"),
    )  # fmt: skip


def _newest_assignment(connection: Connection, entry: int) -> Any:
    query = select(assignments).where(assignments.c.entry == entry).order_by(assignments.c.revision.desc()).limit(1)
    return connection.execute(query).one()


def _members(connection: Connection, story: int, *, but: int) -> tuple[StoryMember, ...]:
    newest = (assignments.c.entry == entries.c.pk) & (assignments.c.revision == entries.c.revision)
    query = (
        select(entries, assignments.c.relation, assignments.c.credits, assignments.c.changes)
        .join(assignments, newest)
        .where(entries.c.story == story, entries.c.pk != but)
        .order_by(entries.c.pk)
    )
    return tuple(
        StoryMember(
            row.outlet, row.title, row.link, Relation(row.relation), row.seen_at, row.published_at, row.credits,
            _changes(row.changes),
        )
        for row in connection.execute(query)
    )  # fmt: skip


def _changes(rows: list[dict[str, Any]]) -> tuple[Change, ...]:
    return tuple(Change(row["what"], row["from"], row["to"]) for row in rows)


# ---------------------------------------------------------------- what has changed


def _changes_since(connection: Connection, claim: Claim, first: First | None, in_place: bool) -> tuple[Change, ...]:
    """Return what an alert changes of what its receiver was told last; all that has changed since `first` in its place.

    An edit stands for those that wait beside it too, which it makes superfluous.
    """
    if claim.kind is not AlertKind.DEVELOPMENT and claim.action is not Action.EDIT:
        return ()
    mine = (alerts.c.story == claim.story) & (alerts.c.rule == claim.rule) & (deliveries.c.receiver == claim.receiver)
    # Edits that were merged are told by the first message, if that came.
    is_shown = first is not None and first.state in ("sent", "claimed")
    is_edit = deliveries.c.action == Action.EDIT
    merged = is_edit & (deliveries.c.reason == SuppressReason.MERGED_INTO_MESSAGE) & literal(is_shown)
    told = or_(deliveries.c.state.in_(("sent", "claimed")), merged)
    developed = mine & (alerts.c.kind == AlertKind.DEVELOPMENT)
    beside = is_edit & (deliveries.c.state == "pending")
    if in_place and first is not None:
        steps = _steps(connection, claim.story, developed & is_edit & or_(told, beside))
        return since(summed(steps), _known(connection, mine & (deliveries.c.pk == first.pk)))
    this = deliveries.c.pk == claim.pk
    which = developed & (or_(this, beside) if claim.action is Action.EDIT else this)
    steps = _steps(connection, claim.story, which)
    spoken = alerts.c.kind.in_((AlertKind.ALERT, AlertKind.DEVELOPMENT)) & (alerts.c.pk < claim.alert)
    return since(summed(steps) if len(steps) > 1 else sum(steps, ()), _known(connection, mine & spoken & told))


def _steps(connection: Connection, story: int | None, which: ColumnElement[bool]) -> list[tuple[Change, ...]]:
    """Return what each of some alerts on a story changed, but for what the story had left behind; the oldest first."""
    rows = connection.execute(_versions(which, assignments.c.seq, assignments.c.changes)).all()
    news = polls.story_news(connection, story) if story is not None and rows else {}
    return [news.get(row.seq, _changes(row.changes)) for row in rows]


def _known(connection: Connection, which: ColumnElement[bool]) -> Iterator[Known]:
    """Yield what messages told, the newest first; each text is read when it is asked for, `LOOKED_BACK` at most."""
    query = _versions(which, assignments.c.changes, assignments.c.fingerprint)
    newest = query.order_by(None).order_by(alerts.c.pk.desc()).limit(LOOKED_BACK)
    for changes, fingerprint in connection.execute(newest).all():
        yield Known(_changes(changes), counted_in(_text(fingerprint)))


def _versions(which: ColumnElement[bool], *columns: ColumnElement[Any]) -> Select[Any]:
    """Select the assignments of the entries that deliveries are about, as the entries were then; the oldest first."""
    newest = select(_then.c.seq).where(_then.c.entry == alerts.c.entry).order_by(_then.c.revision.desc()).limit(1)
    newest = newest.correlate(alerts)
    before = newest.where(_then.c.at <= alerts.c.created_at)
    seq = func.coalesce(before.scalar_subquery(), newest.scalar_subquery())
    query = select(*columns).select_from(deliveries.join(alerts).join(assignments, assignments.c.seq == seq))
    return query.where(which).order_by(alerts.c.pk)


def _text(fingerprint: bytes) -> str:
    """Return the text that an older watcher's fingerprint may lack."""
    try:
        return Fingerprint.from_bytes(fingerprint).text
    except ValueError:
        return ""
