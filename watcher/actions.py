"""What people change by hand, wherever they ask for it: the command line, a chat or the page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from watcher.model import Action, Alert, AlertKind, Assignment, AssignReason, DeliveryPlan, Relation, Severity
from watcher.regions import is_code, nearest_code
from watcher.route import NOTHING_SAID, Routing, route
from watcher.store import outbox, polls, responses, splitting


@dataclass(frozen=True, slots=True)
class Names:
    """What a silence can name."""

    rules: Collection[str]
    feeds: Collection[str]
    receivers: Collection[str]


def wrong_with_silence(connection: Connection, given: Mapping[str, str | int | None], names: Names) -> str | None:
    """Say why a silence of these conditions could hold nothing back, or everything; None if it can be made.

    `given` has some of `store.silences.MATCHERS`; None stands for "any".
    """
    if all(value is None for value in given.values()):
        return "say what to silence"
    for key, known in (("rule", names.rules), ("feed", names.feeds), ("receiver", names.receivers)):
        if given.get(key) is not None and given[key] not in known:
            return f"no {key} is named {given[key]!r}"
    region, word, story = given.get("region"), given.get("word"), given.get("story")
    if region is not None and not is_code(str(region)):
        near = nearest_code(str(region))
        return f"{region!r} is no ISO 3166 code such as SY or SY-HL" + (f" (did you mean {near!r}?)" if near else "")
    if story is not None and splitting.lead_of(connection, int(story)) is None:
        return f"no story has the number {story}"
    if word is not None and not str(word).strip():
        return "the word is empty"
    return None


# ---------------------------------------------------------------- stories


@dataclass(frozen=True, slots=True)
class Split:
    """An entry that is a story of its own now."""

    story: int
    #: It, and what joined through it.
    entries: Sequence[int]
    #: How many deliveries tell what had been withheld for a copy.
    sent: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Two stories that are one now."""

    #: The one that was seen first.
    story: int
    other: int
    #: Entries that came to it.
    entries: Sequence[int]


def split(connection: Connection, entry: int, by: str, routing: Routing, now: datetime) -> Split | None:
    """Make a copy a story of its own, keep that as a labelled example, and send what had been withheld for it.

    None where the entry leads its story. The caller makes the dedup index read the database anew.
    """
    old = splitting.story_of_copy(connection, entry)
    if old is None:
        return None
    other = responses.compared_entry(connection, entry)
    responses.note_pair(connection, responses.DUPLICATE, entry, other, old, by, now)
    openings = splitting.next_openings(connection, old)
    story, moved = splitting.split_off(connection, entry, now)
    splitting.open_anew(connection, old, openings)
    sent = sum(outbox.unmerge(connection, one, now) for one in (old, story))
    sent += _send_withheld(connection, story, moved, routing, now, dict.fromkeys(routing.rules, 0))
    sent += _send_withheld(connection, old, splitting.entries_of(connection, old), routing, now, openings)
    for one in (old, story):
        _change_messages(connection, one, now)
    return Split(story, moved, sent)


def join(connection: Connection, one: int, other: int, by: str, now: datetime) -> Joined | None:
    """Make two stories one, led by what was seen first, and keep that as a labelled example.

    Nothing is told anew: the messages of the first are edited. None where there are not two stories.
    The caller makes the dedup index read the database anew.
    """
    both = splitting.in_order(connection, one, other)
    if len(both) < 2:
        return None
    (kept, lead), (gone, joining) = both
    responses.note_pair(connection, responses.SAME, joining, lead, gone, by, now)
    moved = splitting.join(connection, kept, gone, now)
    _change_messages(connection, kept, now)
    return Joined(kept, gone, moved)


def _send_withheld(
    connection: Connection,
    story: int,
    entries: Sequence[int],
    routing: Routing,
    now: datetime,
    openings: Mapping[str, int],
) -> int:
    """Alert on a story as if its entries had always been one, but for what was told; return how many deliveries.

    `openings` has the rules that may speak, each with the number of its first message.
    """
    lead = Assignment(story, Relation.LEAD, AssignReason.SPLIT_BY_READER)
    said = splitting.opened(connection, story)
    count = 0
    for entry in entries:
        matches = splitting.matches_of(connection, entry)
        met = [match for match in matches if match.rule in openings and match.rule not in said]
        feed, baseline = splitting.origin_of(connection, entry)
        alerts, _ = route(lead, met, NOTHING_SAID, routing, feed=feed, baseline=baseline, now=now)
        for alert in alerts:
            numbered = replace(alert, revision=openings[alert.rule])
            polls.insert_alert(connection, numbered, story=story, entry=entry, at=now)
            count += len(alert.deliveries)
        said |= {alert.rule for alert in alerts}
    return count


def _change_messages(connection: Connection, story: int, now: datetime) -> None:
    """Let the first messages on a story be edited, so that they name the entries that it has now."""
    kind = AlertKind.REPUBLICATION
    for told in splitting.first_messages(connection, story):
        plans = tuple(DeliveryPlan(receiver, Action.EDIT, now) for receiver in told.receivers)
        numbers = polls.next_numbers(connection, story)[told.rule]
        number = numbers.get(kind, polls.free_number(connection, story))
        alert = Alert(told.rule, kind, Severity(told.severity), number, deliveries=plans)
        polls.insert_alert(connection, alert, story=story, entry=told.entry, at=now)


# ---------------------------------------------------------------- deliveries


def resend(connection: Connection, numbers: Collection[int], by: str, now: datetime) -> int:
    """Let dead deliveries be tried anew; return how many there were."""
    return outbox.revive(connection, numbers, f"sent again, as {by} asked", now)
