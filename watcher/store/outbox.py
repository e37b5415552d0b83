"""The outbox: deliveries that are due, claimed, sent, dead or suppressed. Waiting is a column (invariant 7)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, insert, literal, or_, select, true, update
from sqlalchemy.dialects.sqlite import insert as upsert

from watcher.model import (
    Action,
    AlertKind,
    Severity,
    SuppressReason,
)
from watcher.store.schema import (
    alerts,
    assignments,
    attempts,
    deliveries,
    entries,
    receiver_moves,
    suppressions,
)

WAITING = ("pending", "claimed")
_REASONS = frozenset(map(str, SuppressReason))
#: Tries after which a delivery that a process died with loses its place.
TRUSTED = 3
#: Outcome of a try that the service itself said when to repeat.
PUT_OFF = "put_off"
#: Remark on deliveries that were told together in one message.
IN_DIGEST = "in a digest"


@dataclass(frozen=True, slots=True)
class First:
    """State of the first message of one story, rule and receiver."""

    pk: int
    state: str
    ref: str | None
    due_at: datetime
    #: When it was sent or last changed; None if it is not sent.
    touched_at: datetime | None = None
    #: Nobody knows whether one of its tries reached the receiver.
    unsure: bool = False
    #: It was told in a digest, which is nobody's message to change.
    in_digest: bool = False
    #: The entry that it is about, and its number among the rule's first messages on the story.
    entry: int = 0
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery in hand."""

    pk: int
    attempt: int
    receiver: str
    action: Action
    #: Tries so far, this one among them.
    attempts: int
    first_due_at: datetime
    #: When it was first tried; it waited without a try while the watcher was off or its receiver muted.
    first_tried_at: datetime
    alert: int
    story: int | None
    rule: str
    kind: AlertKind
    severity: Severity


def receivers_with_due(connection: Connection, now: datetime) -> list[str]:
    """Return the receivers that something is due for."""
    due = (deliveries.c.state == "pending") & (deliveries.c.due_at <= now)
    return list(connection.execute(select(deliveries.c.receiver).where(due).distinct()).scalars())


def next_due_at(connection: Connection) -> datetime | None:
    """Return when the next pending delivery is due; None when nothing waits."""
    query = select(deliveries.c.due_at).where(deliveries.c.state == "pending").order_by(deliveries.c.due_at).limit(1)
    found: datetime | None = connection.execute(query).scalar()
    return found


def claim_next(connection: Connection, receiver: str, now: datetime) -> Claim | None:
    """Take the oldest due delivery of a receiver in hand and note the attempt; None when nothing is due.

    One at a time, so that a crash repeats at most the one delivery in flight.
    """
    return _claim(connection, receiver, now, true())


def _claim(connection: Connection, receiver: str, now: datetime, which: ColumnElement[bool]) -> Claim | None:
    query = (
        select(
            deliveries.c.pk, deliveries.c.receiver, deliveries.c.action, deliveries.c.attempts,
            deliveries.c.first_due_at, alerts.c.pk.label("alert"), alerts.c.story, alerts.c.rule, alerts.c.kind,
            alerts.c.severity,
        )
        .join(alerts, alerts.c.pk == deliveries.c.alert)
        .where(deliveries.c.receiver == receiver, deliveries.c.state == "pending", deliveries.c.due_at <= now, which)
        .order_by(deliveries.c.due_at, deliveries.c.pk)
        .limit(1)
    )  # fmt: skip
    row = connection.execute(query).first()
    if row is None:
        return None
    tries = row.attempts + 1
    connection.execute(update(deliveries).where(deliveries.c.pk == row.pk).values(state="claimed", attempts=tries))
    note = insert(attempts).values(delivery=row.pk, started_at=now, detail="").returning(attempts.c.pk)
    attempt = connection.execute(note).scalar_one()
    # One that was dead and is sent again has a new time, before which its old tries lie.
    tried_at = select(func.min(attempts.c.started_at)).where(
        attempts.c.delivery == row.pk, (attempts.c.started_at >= row.first_due_at) | (attempts.c.pk == attempt)
    )
    return Claim(
        row.pk, attempt, row.receiver, Action(row.action), tries, row.first_due_at,
        connection.execute(tried_at).scalar_one(), row.alert, row.story, row.rule, AlertKind(row.kind),
        Severity(row.severity),
    )  # fmt: skip


def claim_late(connection: Connection, receiver: str, now: datetime, late: datetime, limit: int) -> list[Claim]:
    """Take in hand, the oldest first, the due alerts of a receiver that should have gone out before `late`."""
    claims: list[Claim] = []
    while len(claims) < limit:
        claim = _claim(connection, receiver, now, _is_late(late))
        if claim is None:
            break
        claims.append(claim)
    return claims


def count_late(connection: Connection, receiver: str, now: datetime, late: datetime) -> int:
    """Return how many due alerts of a receiver should have gone out before `late`."""
    due = (deliveries.c.receiver == receiver) & (deliveries.c.state == "pending") & (deliveries.c.due_at <= now)
    query = select(func.count()).select_from(deliveries.join(alerts)).where(due, _is_late(late))
    found: int = connection.execute(query).scalar_one()
    return found


def _is_late(late: datetime) -> ColumnElement[bool]:
    whole = deliveries.c.action.in_([Action.NEW, Action.REPLY]) & (alerts.c.kind != AlertKind.ALARM)
    return whole & (deliveries.c.first_due_at <= late)


def held_since_digest(
    connection: Connection, receiver: str, rules: Collection[str], now: datetime
) -> dict[SuppressReason, int]:
    """Return how often something was held back from a receiver since its last digest, or in the last day, by reason.

    `rules` are those that speak to it: of what was decided before there was a receiver only theirs counts.
    """
    last = select(func.max(deliveries.c.sent_at)).where(
        deliveries.c.receiver == receiver, deliveries.c.reason == IN_DIGEST, deliveries.c.state == "sent"
    )
    since = connection.execute(last).scalar() or now - timedelta(days=1)
    counts: dict[SuppressReason, int] = {}
    nobody = suppressions.c.receiver.is_(None) & suppressions.c.rule.in_(rules)
    own = or_(suppressions.c.receiver == receiver, nobody)
    decided = select(suppressions.c.reason, func.count()).where(own, suppressions.c.at > since)
    late = (deliveries.c.receiver == receiver) & (deliveries.c.state == "suppressed") & (deliveries.c.due_at > since)
    rows = list(connection.execute(decided.group_by(suppressions.c.reason)))
    rows += connection.execute(select(deliveries.c.reason, func.count()).where(late).group_by(deliveries.c.reason))
    for reason, count in rows:
        name = reason.partition(":")[0]
        if name in _REASONS and name != SuppressReason.BASELINE:
            counts[SuppressReason(name)] = counts.get(SuppressReason(name), 0) + count
    return counts


def told_since(connection: Connection, receivers: Collection[str], since: datetime | None, limit: int) -> list[Claim]:
    """Return the alerts and developments that receivers were sent since then, the newest first, each once."""
    query = (
        select(
            func.min(deliveries.c.pk).label("pk"), deliveries.c.receiver, deliveries.c.action, deliveries.c.attempts,
            deliveries.c.first_due_at, alerts.c.pk.label("alert"), alerts.c.story, alerts.c.rule, alerts.c.kind,
            alerts.c.severity,
        )
        .join(alerts, alerts.c.pk == deliveries.c.alert)
        .where(deliveries.c.receiver.in_(receivers), deliveries.c.state == "sent")
        .where(alerts.c.kind.in_([AlertKind.ALERT, AlertKind.DEVELOPMENT]))
        .group_by(alerts.c.pk)
        .order_by(func.max(deliveries.c.sent_at).desc(), alerts.c.pk.desc())
        .limit(limit)
    )  # fmt: skip
    rows = connection.execute(query if since is None else query.where(deliveries.c.sent_at > since))
    return [
        Claim(
            row.pk, 0, row.receiver, Action(row.action), row.attempts, row.first_due_at, row.first_due_at, row.alert,
            row.story, row.rule, AlertKind(row.kind), Severity(row.severity),
        )
        for row in rows
    ]  # fmt: skip


def unclaim(connection: Connection, claim: Claim) -> None:
    """Put a delivery back as if it had not been taken in hand."""
    connection.execute(attempts.delete().where(attempts.c.pk == claim.attempt))
    values = {"state": "pending", "attempts": claim.attempts - 1}
    connection.execute(update(deliveries).where(deliveries.c.pk == claim.pk).values(values))


def sent_since(connection: Connection, receiver: str, since: datetime) -> list[datetime]:
    """Return when messages (not changes of messages) went to a receiver; a digest is one message."""
    query = select(deliveries.c.sent_at, deliveries.c.reason).where(
        deliveries.c.receiver == receiver, deliveries.c.sent_at > since, deliveries.c.action != Action.EDIT
    )
    rows = connection.execute(query).all()
    return [row.sent_at for row in rows if row.reason != IN_DIGEST] + list(
        {row.sent_at for row in rows if row.reason == IN_DIGEST}
    )


def release_claims(connection: Connection, now: datetime) -> int:
    """Make deliveries that a dead process had in hand due again; return how many (invariant 4).

    They keep their place before what came later; one that has been in hand at several ends goes behind what waits,
    for it may be what the process dies of.
    """
    lost = update(attempts).where(attempts.c.outcome.is_(None))
    connection.execute(lost.values(outcome="unknown", detail="the process ended before the outcome was recorded"))
    present = literal(now, deliveries.c.due_at.type)
    due_at = case((deliveries.c.attempts > TRUSTED, present), else_=func.min(deliveries.c.due_at, present))
    again = update(deliveries).where(deliveries.c.state == "claimed").values(state="pending", due_at=due_at)
    return connection.execute(again).rowcount


def first_message(connection: Connection, claim: Claim) -> First | None:
    """Return the delivery that opened the thread which another one belongs to; None for one that opens its own."""
    if claim.kind in (AlertKind.ALERT, AlertKind.ALARM):
        return None
    query = (
        select(
            deliveries.c.pk, deliveries.c.state, deliveries.c.ref, deliveries.c.due_at, deliveries.c.reason,
            alerts.c.entry, alerts.c.revision,
        )
        .join(alerts, alerts.c.pk == deliveries.c.alert)
        .where(
            alerts.c.story == claim.story, alerts.c.rule == claim.rule, alerts.c.kind == AlertKind.ALERT,
            deliveries.c.receiver == claim.receiver,
        )
        # Two where readers put two stories together: what the receiver has comes before what never reached it.
        .order_by(case((deliveries.c.state == "sent", 0), (deliveries.c.state.in_(WAITING), 1), else_=2))
        .order_by(alerts.c.revision)
    )  # fmt: skip
    row = connection.execute(query).first()
    if row is None:
        return None
    lost = select(attempts.c.pk).where(attempts.c.delivery == row.pk, attempts.c.outcome == "unknown").limit(1)
    unsure = connection.execute(lost).first() is not None
    touched_at, in_digest = _touched_at(connection, claim), row.reason == IN_DIGEST
    return First(row.pk, row.state, row.ref, row.due_at, touched_at, unsure, in_digest, row.entry, row.revision)


def tells_of_another(connection: Connection, claim: Claim, first: First) -> bool:
    """Return whether an edit has news: a development, or a copy that is still one.

    Where readers split stories or put them together, edits only set messages right.
    """
    query = select(alerts.c.entry).join(entries, entries.c.pk == alerts.c.entry)
    entry = connection.execute(query.where(alerts.c.pk == claim.alert, entries.c.story == claim.story)).scalar()
    return claim.kind is AlertKind.DEVELOPMENT or entry not in (None, first.entry)


def _touched_at(connection: Connection, claim: Claim) -> datetime | None:
    touching = (alerts.c.kind == AlertKind.ALERT) | (deliveries.c.action == Action.EDIT)
    query = (
        select(deliveries.c.sent_at)
        .join(alerts, alerts.c.pk == deliveries.c.alert)
        .where(
            alerts.c.story == claim.story, alerts.c.rule == claim.rule, touching,
            deliveries.c.receiver == claim.receiver, deliveries.c.sent_at.is_not(None),
        )
        .order_by(deliveries.c.sent_at.desc())
        .limit(1)
    )  # fmt: skip
    found: datetime | None = connection.execute(query).scalar()
    return found


def subject(connection: Connection, claim: Claim) -> dict[str, Any]:
    """Return what the log and the observers are told of the entry that an alert is about."""
    query = (
        select(
            entries.c.entry_id, entries.c.feed, entries.c.outlet, entries.c.title, entries.c.link,
            entries.c.published_at, entries.c.seen_at,
            assignments.c.relation, assignments.c.similarity, assignments.c.credits, assignments.c.changes,
        )
        .join(alerts, alerts.c.entry == entries.c.pk)
        .join(assignments, (assignments.c.entry == entries.c.pk) & (assignments.c.revision == entries.c.revision))
        .where(alerts.c.pk == claim.alert)
    )  # fmt: skip
    row = connection.execute(query).mappings().first()
    if row is None:
        text = connection.execute(select(alerts.c.text).where(alerts.c.pk == claim.alert)).scalar_one()
        return {"entry": None, "title": text}
    told = dict(row)
    return {"entry": told.pop("entry_id")} | told


def pending_edits(connection: Connection, claim: Claim) -> tuple[int, ...]:
    """Return the other edits that wait for the same message."""
    query = (
        select(deliveries.c.pk)
        .join(alerts, alerts.c.pk == deliveries.c.alert)
        .where(
            alerts.c.story == claim.story, alerts.c.rule == claim.rule, deliveries.c.receiver == claim.receiver,
            deliveries.c.action == Action.EDIT, deliveries.c.state == "pending",
        )
    )  # fmt: skip
    return tuple(connection.execute(query).scalars())


def merge_edits(connection: Connection, numbers: Collection[int]) -> None:
    """Settle edits that another edit of the same message has made superfluous."""
    waiting = deliveries.c.pk.in_(list(numbers)) & (deliveries.c.state == "pending")
    merged = {"state": "suppressed", "reason": SuppressReason.MERGED_INTO_MESSAGE}
    connection.execute(update(deliveries).where(waiting).values(merged))


def set_first_ref(connection: Connection, first: int, ref: str) -> None:
    """Remember that a thread's first message was sent anew under another reference."""
    connection.execute(update(deliveries).where(deliveries.c.pk == first).values(ref=ref))


def record_sent(connection: Connection, claim: Claim, *, ref: str | None, detail: str, now: datetime) -> None:
    """Note success."""
    _end_attempt(connection, claim, "sent", detail)
    values = {"state": "sent", "reason": detail, "sent_at": now, "ref": ref}
    connection.execute(update(deliveries).where(deliveries.c.pk == claim.pk).values(values))


def record_retry(connection: Connection, claim: Claim, *, outcome: str, reason: str, due_at: datetime) -> None:
    """Note a try that failed or whose outcome nobody knows; it waits until `due_at`."""
    _end_attempt(connection, claim, outcome, reason)
    values = {"state": "pending", "reason": reason, "due_at": due_at}
    connection.execute(update(deliveries).where(deliveries.c.pk == claim.pk).values(values))


def record_dead(connection: Connection, claim: Claim, *, outcome: str, reason: str) -> None:
    """Give a delivery up; the caller reports it."""
    _end_attempt(connection, claim, outcome, reason)
    connection.execute(update(deliveries).where(deliveries.c.pk == claim.pk).values(state="dead", reason=reason))


def record_suppressed(connection: Connection, claim: Claim, reason: SuppressReason, detail: str = "") -> None:
    """Note that a delivery is not needed, not possible or not wanted, and why (invariant 8)."""
    why = f"{reason}: {detail}" if detail else str(reason)
    _end_attempt(connection, claim, "suppressed", why)
    connection.execute(update(deliveries).where(deliveries.c.pk == claim.pk).values(state="suppressed", reason=why))


def postpone(connection: Connection, claim: Claim, *, reason: str, due_at: datetime) -> None:
    """Put a delivery back without counting the try."""
    connection.execute(attempts.delete().where(attempts.c.pk == claim.attempt))
    values = {"state": "pending", "reason": reason, "due_at": due_at, "attempts": claim.attempts - 1}
    connection.execute(update(deliveries).where(deliveries.c.pk == claim.pk).values(values))


def hold_receiver(connection: Connection, receiver: str, until: datetime) -> None:
    """Let everything that waits for a receiver wait at least until then."""
    waiting = (deliveries.c.receiver == receiver) & (deliveries.c.state == "pending") & (deliveries.c.due_at < until)
    connection.execute(update(deliveries).where(waiting).values(due_at=until))


def release_receiver(connection: Connection, receiver: str, now: datetime) -> None:
    """Let what waited for a receiver that was down be tried now.

    Not what it has refused itself, which may be why; nor before the time that the service named.
    """
    tries = select(attempts.c.outcome).where(attempts.c.delivery == deliveries.c.pk)
    refused = tries.where(attempts.c.outcome == "rejected").exists()
    last = tries.order_by(attempts.c.pk.desc()).limit(1).scalar_subquery()
    late = (deliveries.c.due_at > now) & (deliveries.c.first_due_at <= now)
    waiting = (deliveries.c.receiver == receiver) & (deliveries.c.state == "pending") & late
    free = ~refused & (func.coalesce(last, "") != PUT_OFF)
    connection.execute(update(deliveries).where(waiting, free).values(due_at=now))


def revive(connection: Connection, numbers: Collection[int], reason: str, now: datetime) -> int:
    """Make dead deliveries due again, as if they had not been tried; return how many."""
    dead = deliveries.c.pk.in_(list(numbers)) & (deliveries.c.state == "dead")
    values = {"state": "pending", "reason": reason, "due_at": now, "first_due_at": now, "attempts": 0, "told_in": None}
    return connection.execute(update(deliveries).where(dead).values(values)).rowcount


def merge_firsts(connection: Connection, story: int) -> None:
    """Leave each receiver one first message of each rule: what it has, or is sent now, before what still waits."""
    kept: set[tuple[str, str]] = set()
    for row in _firsts(connection, story, deliveries.c.state.in_((*WAITING, "sent"))):
        if row.state == "pending" and (row.rule, row.receiver) in kept:
            merged = {"state": "suppressed", "reason": SuppressReason.MERGED_INTO_MESSAGE}
            connection.execute(update(deliveries).where(deliveries.c.pk == row.pk).values(merged))
        kept.add((row.rule, row.receiver))


def unmerge(connection: Connection, story: int, now: datetime) -> int:
    """Send first messages that `merge_firsts` held back where nothing else is a receiver's first; return how many."""
    alive = deliveries.c.state.in_((*WAITING, "sent"))
    kept = {(row.rule, row.receiver) for row in _firsts(connection, story, alive)}
    merged = (deliveries.c.state == "suppressed") & (deliveries.c.reason == SuppressReason.MERGED_INTO_MESSAGE)
    values = {"state": "pending", "reason": "", "due_at": now, "first_due_at": now}
    count = 0
    for row in _firsts(connection, story, merged):
        if (row.rule, row.receiver) not in kept:
            kept.add((row.rule, row.receiver))
            connection.execute(update(deliveries).where(deliveries.c.pk == row.pk).values(values))
            count += 1
    return count


def release_merged(connection: Connection, claim: Claim, now: datetime) -> None:
    """Send, in place of a first message that nobody will get, what `merge_firsts` held back for it.

    Readers may have regrouped stories since it was claimed.
    """
    query = select(alerts.c.story).where(alerts.c.pk == claim.alert, alerts.c.kind == AlertKind.ALERT)
    story: int | None = connection.execute(query).scalar()
    if story is not None:
        unmerge(connection, story, now)


def _firsts(connection: Connection, story: int, which: ColumnElement[bool]) -> Sequence[Any]:
    """Return the deliveries of the first messages on a story, those that were sent before those that wait."""
    query = (
        select(deliveries.c.pk, deliveries.c.receiver, deliveries.c.state, alerts.c.rule)
        .join(alerts, alerts.c.pk == deliveries.c.alert)
        .where(alerts.c.story == story, alerts.c.kind == AlertKind.ALERT, which)
        .order_by(case((deliveries.c.state == "sent", 0), (deliveries.c.state == "claimed", 1), else_=2))
        .order_by(alerts.c.revision)
    )
    return connection.execute(query).all()


def dead_of(connection: Connection, receiver: str, limit: int) -> list[int]:
    """Return a receiver's dead deliveries, the oldest first."""
    dead = (deliveries.c.receiver == receiver) & (deliveries.c.state == "dead")
    return list(
        connection.execute(select(deliveries.c.pk).where(dead).order_by(deliveries.c.pk).limit(limit)).scalars()
    )


def bury_unknown_receivers(connection: Connection, known: Collection[str]) -> dict[str, int]:
    """Give up deliveries for receivers that the configuration no longer has; return how many for each."""
    gone = (deliveries.c.state.in_(WAITING)) & (deliveries.c.receiver.not_in(list(known)))
    query = select(deliveries.c.receiver, func.count().label("count")).where(gone).group_by(deliveries.c.receiver)
    found = {row.receiver: row[1] for row in connection.execute(query)}
    if found:
        connection.execute(update(deliveries).where(gone).values(state="dead", reason=SuppressReason.RECEIVER_REMOVED))
    return found


def move_receiver(connection: Connection, receiver: str, moved_to: str, now: datetime) -> None:
    """Remember the new address that a service gave for a receiver."""
    row = {"receiver": receiver, "moved_to": moved_to, "at": now}
    statement = upsert(receiver_moves).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["receiver"], set_=row))


def moves(connection: Connection) -> dict[str, str]:
    """Return receivers whose service gave them another address."""
    rows = connection.execute(select(receiver_moves.c.receiver, receiver_moves.c.moved_to))
    return {row.receiver: row.moved_to for row in rows}


def _end_attempt(connection: Connection, claim: Claim, outcome: str, detail: str) -> None:
    connection.execute(update(attempts).where(attempts.c.pk == claim.attempt).values(outcome=outcome, detail=detail))
