"""What the parts of delivery share: the desk, the clock, and transactions that tell what they did once it is done."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Connection

from watcher.model import AlertView, Message, Observer, RuleMeta, Sentence, Severity
from watcher.notifiers import Notifier
from watcher.render.sentences import in_english
from watcher.schedule import Discipline
from watcher.store import Store, alarms, outbox


@dataclass(frozen=True, slots=True)
class Desk:
    """What the configuration says about delivery; a reload swaps it as a whole."""

    notifiers: Mapping[str, Notifier]
    rules: Mapping[str, RuleMeta]
    alarm_receivers: tuple[str, ...]
    timezone: tzinfo
    give_up_after: timedelta
    #: When each receiver may be spoken to; always, for one that is not here.
    disciplines: Mapping[str, Discipline] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed delivery, rendered."""

    claim: outbox.Claim
    message: Message
    subject: Mapping[str, Any]
    first: outbox.First | None
    #: Edits of the same message that this one makes superfluous.
    merged: tuple[int, ...] = ()
    #: Further deliveries that the message tells, if it is a digest, with their subjects.
    others: tuple[tuple[outbox.Claim, Mapping[str, Any]], ...] = ()

    @property
    def parts(self) -> tuple[tuple[outbox.Claim, Mapping[str, Any]], ...]:
        """Every delivery that the message tells."""
        return ((self.claim, self.subject), *self.others)


#: Times of an entry that `outbox.subject` tells → the name of the delay since then.
_SINCE = {"published_at": "since_published_s", "seen_at": "since_seen_s"}


def delays(subject: Mapping[str, Any], now: datetime) -> dict[str, float]:
    """Seconds from an entry's publication, and from its arrival here, to the message; never below 0."""
    return {
        name: max(0.0, round((now - subject[at]).total_seconds(), 3))
        for at, name in _SINCE.items()
        if subject.get(at) is not None
    }


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction at the desk. What it tells is told after its commit: nothing is told that did not happen."""

    connection: Connection
    now: datetime
    told: list[Mapping[str, Any]]
    #: What a delivery shows, by its number and whether it takes the place of its first message: read once.
    views: dict[tuple[int, bool], AlertView] = field(default_factory=dict)

    def tell(self, event: str, **facts: Any) -> None:
        """Tell an event."""
        self.told.append({"event": str(event)} | facts)

    def alarm(self, key: str, said: Sentence, receivers: Sequence[str], severity: Severity = Severity.MODERATE) -> None:
        """Raise an alarm, and tell of it unless it is open already."""
        if alarms.raise_alarm(self.connection, key, said, receivers, self.now, severity):
            self.tell("alarm", key=key, message=in_english(said))

    def clear(self, key: str, said: Sentence, receivers: Sequence[str]) -> bool:
        """Clear an alarm, and tell of it if it was open; return whether it was."""
        was_open = alarms.clear_alarm(self.connection, key, said, receivers, self.now)
        if was_open:
            self.tell("alarm_cleared", key=key, message=in_english(said))
        return was_open

    def report(self, claim: outbox.Claim, subject: Mapping[str, Any], event: str, **more: Any) -> None:
        """Tell what became of a delivery."""
        about = {"rule": claim.rule, "story": claim.story, "receiver": claim.receiver, "kind": claim.kind}
        told = {key: value for key, value in subject.items() if key not in _SINCE}
        self.tell(event, **(about | told | more))


class Office:
    """The desk with its database, clock and dice."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        observe: Observer,
    ) -> None:
        self.store, self.desk, self.clock, self.jitter, self.observe = store, desk, clock, jitter, observe

    @contextmanager
    def work(self) -> Iterator[Work]:
        """One transaction; its events go to the observer when it is committed."""
        told: list[Mapping[str, Any]] = []
        with self.store.write() as connection:
            yield Work(connection, self.clock(), told)
        for event in told:
            self.observe(event)
