"""What the watcher does for itself between polls: alarms about its own feeds, and a bounded dedup window."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import Connection

from watcher import lease
from watcher.links import shown
from watcher.model import Feed, FeedState, FetchFailure, Observer, Sentence, Severity, Subscription
from watcher.render.sentences import in_english
from watcher.schedule import Escalation
from watcher.store import InWriter, Store, alarms, polls, silences, subscriptions
from watcher.store.escalation import escalate


@dataclass(frozen=True, slots=True)
class Care:
    """What the configuration says about upkeep; a reload swaps it as a whole."""

    feeds: Mapping[str, Feed]
    alarm_receivers: tuple[str, ...]
    #: How long a feed may fail before receivers are told; a feed that is gone is told at once.
    feed_alarm_after: timedelta
    #: Names of all receivers; None if they are not known.
    receivers: Collection[str] | None = None
    #: Who is told what nobody answered elsewhere.
    escalations: Sequence[Escalation] = ()
    #: Whether feeds are subscribed to at their hubs.
    hubs: bool = False


#: Kinds of alarms that name a receiver.
_OF_RECEIVERS = ("receiver", "chat", "template")
#: A feed whose publisher says that it is gone, or that wants a browser, will not come back by waiting.
_TOLD_AT_ONCE = (FetchFailure.GONE, FetchFailure.BOT_WALL)
#: A feed is silent when its last new entry is older than each of these: a day, so many times the mean time
#: between its entries, and so many times the longest time without any.
SILENT_LEAST, SILENT_MEANS, SILENT_LONGEST = timedelta(days=1), 10, 1.5
#: With fewer entries a feed has no habit yet.
HABIT_ENTRIES = 10
#: How far back a habit is looked for, and how often.
HABIT_WINDOW, HABIT_EVERY = timedelta(days=60), timedelta(hours=1)


def feed_trouble(state: FeedState, now: datetime, after: timedelta) -> Sentence | None:
    """Return the sentence that receivers should be told about a feed, or None while it is well or may recover."""
    since = state.failing_since_at
    if since is None:
        return None
    at_once = (state.last_error or "").startswith(tuple(f"{reason}:" for reason in _TOLD_AT_ONCE))
    if now - since < after and not at_once:
        return None
    values = {"feed": state.feed, "since": since, "n": state.failures, "error": state.last_error or ""}
    return Sentence("feed_failing", values)


def silence(seen: Sequence[datetime], now: datetime) -> str | None:
    """Return the sentence about a feed that is silent for much longer than its habit, or None.

    `seen` has the times of the polls that brought new entries, one for each entry, in order.
    """
    if len(seen) < HABIT_ENTRIES:
        return None
    mean = (seen[-1] - seen[0]) / (len(seen) - 1)
    longest = max(later - earlier for earlier, later in pairwise(seen))
    silent_for = now - seen[-1]
    if silent_for <= max(SILENT_LEAST, mean * SILENT_MEANS, longest * SILENT_LONGEST):
        return None
    return (
        f"no new entry since {seen[-1]:%Y-%m-%d %H:%M} UTC ({_days(silent_for)}); before, one came every "
        f"{_days(mean)} and the longest pause was {_days(longest)}"
    )


def _days(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return (
        f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours" if hours >= 2 else f"{hours * 60:.0f} minutes"
    )


class Upkeep:
    """Looks after feeds and the dedup window."""

    def __init__(
        self,
        store: Store,
        in_writer: InWriter,
        care: Care,
        expire: Callable[[datetime], object],
        clock: Callable[[], datetime],
        observe: Observer,
    ) -> None:
        self.care = care
        self._store, self._in_writer = store, in_writer
        self._expire, self._clock, self._observe = expire, clock, observe
        self._silent: dict[str, str] = {}
        self._open: set[str] = set()
        self._subscriptions: Mapping[str, Subscription] = {}
        self._habits_at: datetime | None = None
        #: Takes the events of the look at hand, which are told when it is stored.
        self._tell: Observer = observe

    async def tick(self) -> None:
        """Raise and clear what has changed since the last look."""
        await self._in_writer(self._look)

    def _look(self) -> None:
        now = self._clock()
        self._expire(now)
        with self._store.write_and_tell(self._observe) as (connection, self._tell):
            states = polls.all_feed_states(connection)
            if self._habits_at is None or now - self._habits_at >= HABIT_EVERY:
                self._silent, self._habits_at = self._find_silent(connection, states, now), now
            self._subscriptions = subscriptions.all_of(connection) if self.care.hubs else {}
            self._open = {key for key, _, _ in alarms.open_alarms(connection)}
            for feed in self.care.feeds:
                if feed in states:
                    self._look_at(connection, states[feed], now)
            self._clear_removed(connection, now)
            for escalation in self.care.escalations:
                self._escalate(connection, escalation, now)

    async def tell_ended(self) -> None:
        """Tell receivers what silences that have just ended held back: they wait for that."""
        await self._in_writer(self._tell_ended)

    def _tell_ended(self) -> None:
        now = self._clock()
        with self._store.read() as connection:
            if not silences.ended_untold(connection, now):
                return
        with self._store.write() as connection:
            silences.tell_ended(connection, self.care.receivers, now)

    def _escalate(self, connection: Connection, escalation: Escalation, now: datetime) -> None:
        for rule, story in escalate(connection, escalation, now):
            told = {"rule": rule, "story": story, "receiver": escalation.to, "from": escalation.receiver}
            self._tell({"event": "escalated"} | told)

    def _clear_removed(self, connection: Connection, now: datetime) -> None:
        """Clear alarms about what the configuration no longer has: nothing else would ever do it."""
        for key in sorted(self._open):
            kind, _, rest = key.partition(":")
            if kind == "feed":
                feed = rest.partition(":")[0]
                if feed not in self.care.feeds:
                    self._clear(connection, key, Sentence("feed_removed", {"feed": feed}), now)
            elif kind in _OF_RECEIVERS and self.care.receivers is not None and rest not in self.care.receivers:
                self._clear(connection, key, Sentence("receiver_removed", {"receiver": rest}), now)

    def _find_silent(self, connection: Connection, states: Mapping[str, FeedState], now: datetime) -> dict[str, str]:
        """Look at feeds that are well and have brought nothing for a day."""
        found = {}
        for feed in self.care.feeds:
            state = states.get(feed)
            if state and not state.failures and state.new_entry_at and now - state.new_entry_at > SILENT_LEAST:
                seen = polls.entry_times(connection, feed, now - HABIT_WINDOW)
                if sentence := silence(seen, now):
                    found[feed] = sentence
        return found

    def _look_at(self, connection: Connection, state: FeedState, now: datetime) -> None:
        key = f"feed:{state.feed}"
        trouble = feed_trouble(state, now, self.care.feed_alarm_after)
        if trouble is not None:
            self._raise(connection, key, trouble, now, Severity.MODERATE)
        elif state.failing_since_at is None:
            self._clear(connection, key, Sentence("feed_well", {"feed": state.feed}), now)
            self._look_at_signs(connection, state, now)

    def _look_at_signs(self, connection: Connection, state: FeedState, now: datetime) -> None:
        """What is wrong with a feed that can be read; while it fails, nothing of this can be known."""
        silent = self._silent.get(state.feed) if _quiet_since_look(state, self._habits_at) else None
        signs = {**state.signs, **({"silent": silent} if silent else {})}
        if state.feed in self._subscriptions and (hub := lease.trouble(self._subscriptions[state.feed], now)):
            signs["hub"] = hub
        for sign in SIGNS:
            key = f"feed:{state.feed}:{sign}"
            if sign in signs:
                more = {"detail": signs[sign], "to": shown(state.moved_to or ""), "since": state.new_entry_at or now}
                said = Sentence(f"sign_{sign}", {"feed": state.feed} | more)
                self._raise(connection, key, said, now, Severity.MINOR)
            else:
                self._clear(connection, key, Sentence(f"gone_{sign}", {"feed": state.feed}), now)

    def _raise(self, connection: Connection, key: str, said: Sentence, now: datetime, severity: Severity) -> None:
        if alarms.raise_alarm(connection, key, said, self.care.alarm_receivers, now, severity):
            self._tell({"event": "alarm", "key": key, "message": in_english(said)})

    def _clear(self, connection: Connection, key: str, said: Sentence, now: datetime) -> None:
        if key in self._open and alarms.clear_alarm(connection, key, said, self.care.alarm_receivers, now):
            self._tell({"event": "alarm_cleared", "key": key, "message": in_english(said)})


#: Signs of a feed that can be read; `render.sentences` says what they mean, and what it means that they are gone.
SIGNS = ("missed", "undated", "moved", "certificate", "silent", "hub")


def _quiet_since_look(state: FeedState, habits_at: datetime | None) -> bool:
    """Whether no new entry has come since silence was looked for."""
    return habits_at is not None and (state.new_entry_at is None or state.new_entry_at < habits_at)
