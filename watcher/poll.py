"""One feed, one cycle, one transaction: fetch, parse, then decide and commit under the store's serial lock.

Polls that brought nothing share a transaction with others that end at the same time.
"""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from functools import cache, partial
from itertools import pairwise
from time import perf_counter
from typing import Any, Protocol, TypeGuard

from sqlalchemy import Connection

from watcher import dedup, fulltext, lease, memory, unwrap
from watcher.failpoints import failpoint
from watcher.links import without_login
from watcher.model import (
    AlertKind,
    Assignment,
    AssignReason,
    Entry,
    EntryCommit,
    Feed,
    FeedState,
    Fetched,
    FetchFailed,
    FetchFailure,
    FetchRequest,
    FetchResult,
    Hub,
    KnownEntry,
    Match,
    NotModified,
    Observer,
    ParsedFeed,
    ParseFailed,
    ParseResult,
    Place,
    Places,
    PollCommit,
    Relation,
)
from watcher.parse import splice
from watcher.route import NOTHING_SAID, Near, Routing, StorySoFar, route
from watcher.rules import Ledger, RuleSet, Sighting
from watcher.schedule import PollPolicy, host_pause, request_of
from watcher.store import InWriter, Store, polls, retention, subscriptions
from watcher.store.gathering import Gathered
from watcher.store.sightings import sightings
from watcher.timeline import Timeline, Version, dated

#: Stories that hang on each other only for a broader sensitivity are followed so far.
_NEAR_STORIES = 8

Locate = Callable[[Entry, str | None], Places]


class _Nothing(Enum):
    """Stands for a body without anything new."""

    NEW = auto()


class Parses(fulltext.Reads, Protocol):
    """What a poll needs of `workers.ParsePool`."""

    async def parse(self, body: bytes, **kwargs: Any) -> ParseResult:
        """Turn a body into entries within limits of time and memory."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What the configuration says about polling; a reload swaps it as a whole."""

    feeds: Mapping[str, Feed]
    rules: RuleSet
    routing: Routing
    policy: PollPolicy
    locate: Locate
    #: Whether hubs can reach us, so that feeds are subscribed to at theirs.
    hubs: bool = False
    #: Whether redirectors are asked where links lead.
    resolve_links: bool = True


@dataclass(slots=True)
class Window:
    """The dedup index, and how far into the database's log of assignments it has read."""

    settings: dedup.Settings
    #: Assignments that are read back at once after a start; other work of the writer's thread comes between.
    piece: int = 50_000
    index: dedup.Index = field(init=False)
    seq: int = 0
    #: It was read back to its end since the start.
    is_read: bool = False

    def __post_init__(self) -> None:
        """Start empty."""
        self.index = dedup.Index(self.settings)

    def read_back(self, store: Store, now: datetime, observe: Observer) -> None:
        """Read one piece more of the window, while others may write: half a minute for a million entries."""
        with store.read() as connection:
            number = self.catch_up(connection, now, self.piece)
        self.is_read = number < self.piece
        if len(self.index) >= self.piece:
            observe({"event": "window_read", "entries": len(self.index), "whole": self.is_read})

    def catch_up(self, connection: Connection, now: datetime, most: int | None = None) -> int:
        """Read what was committed since the last look, at most so much; return how many assignments that were."""
        number = 0
        for logged in polls.fingerprints_after(connection, self.seq, now - self.settings.window, most):
            number += 1
            self.seq = logged.assignment_seq
            if dedup.is_taken_up(logged.assignment):
                fingerprint = _read_fingerprint(logged.fingerprint, with_text=False)
                joins = dedup.joins(logged.assignment)
                story = logged.assignment.story
                self.index.add(logged.assignment_seq, story, logged.at, logged.feed, fingerprint, joins=joins)
        return number

    def forget(self) -> None:
        """Start anew from the database, after a commit that failed."""
        self.index.clear()
        self.seq, self.is_read = 0, False


@dataclass(frozen=True, slots=True)
class _Unchanged:
    """A poll that brought nothing, or nothing new."""

    feed: Feed
    state: FeedState
    request: FetchRequest
    result: NotModified | Fetched


class Poller:
    """Polls one feed at a time to its commit. Without an `unwrapper`, nobody is asked where links lead."""

    def __init__(
        self,
        store: Store,
        in_writer: InWriter,
        fetcher: fulltext.Fetches,
        parser: Parses,
        setup: Setup,
        window: Window,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        observe: Observer,
        unwrapper: unwrap.Unwrapper | None = None,
    ) -> None:
        self.setup = setup
        self._store, self._in_writer, self._fetcher, self._parser = store, in_writer, fetcher, parser
        self._window, self._clock, self._jitter, self._observe = window, clock, jitter, observe
        self._unwrapper = unwrapper
        self._unchanged = Gathered(in_writer, self._conclude_unchanged)

    async def poll(self, feed: Feed, state: FeedState) -> PollCommit:
        """Fetch, parse, decide and commit; nothing is remembered unless all of it is."""
        state = memory.for_address(state, feed)
        request = request_of(state, feed, now=self._clock())
        times = [perf_counter()]
        result = await self._fetcher.fetch(request)
        times.append(perf_counter())
        failpoint("after_fetch")
        parsed = await self._parse(feed, state, result) if isinstance(result, Fetched) else None
        times.append(perf_counter())
        if isinstance(parsed, ParsedFeed):
            parsed = await self._completed(feed, state, parsed)
            await self._read_window()
        times.append(perf_counter())
        if isinstance(result, NotModified) or (isinstance(result, Fetched) and parsed is None):
            commit = await self._unchanged(_Unchanged(feed, state, request, result))
        else:
            commit = await self._in_writer(lambda: self._conclude(feed, state, request, result, parsed))
        times.append(perf_counter())
        self._observe({"event": "poll", "feed": feed.id} | _outcome(result, parsed) | _stages(times, feed, parsed))
        if _is_held(result):
            self._observe({"event": "feed_held", "feed": feed.id, "next_poll_at": commit.state.next_poll_at})
        else:
            self._report(feed, state, commit)
        return commit

    async def pushed(self, feed: Feed, state: FeedState, body: bytes, content_type: str) -> PollCommit | None:
        """Take in a document that a hub has sent: the same way as a fetched one, but the feed's next poll stays.

        None for one that brings nothing, that is no feed, or that comes before the feed's baseline.
        """
        result = Fetched(state.validators_url or without_login(feed.url), body, content_type)
        parsed = await self._parse(feed, state, result)
        if isinstance(parsed, ParseFailed):
            why = f"{parsed.reason}: {parsed.message}"
            self._observe({"event": "push_refused", "feed": feed.id, "why": why})
        if isinstance(parsed, ParseFailed) or (parsed is not None and parsed.cut):
            await self._in_writer(partial(self._poll_as_usual, feed))  # there is news that only a poll brings
        if not isinstance(parsed, ParsedFeed) or state.baseline_at is None:
            return None
        parsed = await self._completed(feed, state, parsed)
        await self._read_window()
        commit: PollCommit | None = await self._in_writer(lambda: self._conclude_push(feed, parsed))
        if commit is not None:
            self._report_entries(commit, pushed=True)
        return commit

    async def _completed(self, feed: Feed, state: FeedState, parsed: ParsedFeed) -> ParsedFeed:
        """Add what entries only point to: the pages that links lead to, and their texts where the feed wants them."""
        parsed = unwrap.written_out(parsed)
        unwrapper = self._unwrapper if self.setup.resolve_links and unwrap.must_ask(parsed) else None
        if _is_baseline(feed, state) or not (feed.full_text or unwrapper):
            return parsed
        fresh = await self._in_writer(partial(self._fresh, feed, parsed))
        if feed.full_text:  # whoever reads the page learns its address too
            parsed = await fulltext.complete(parsed, feed, fresh, self._fetcher, self._parser)
        return await unwrapper.unwrap(parsed, fresh) if unwrapper else parsed

    async def _read_window(self) -> None:
        """Read the dedup window back where that is still to be done, with no transaction that writes."""
        while not self._window.is_read:
            await self._in_writer(lambda: self._window.read_back(self._store, self._clock(), self._observe))

    async def _parse(self, feed: Feed, state: FeedState, result: Fetched) -> ParseResult | None:
        """Parse a body, unless it is the one that was parsed the last time."""
        hashes = await asyncio.to_thread(_new_items, result.body, state)
        if isinstance(hashes, _Nothing):
            return None
        return await self._parser.parse(
            result.body,
            content_type=result.content_type,
            url=result.url,
            feed=feed.id,
            now=self._clock(),
            default_lang=feed.language,
            remembered=state.items,
            hashes=hashes,
        )

    def _fresh(self, feed: Feed, parsed: ParsedFeed) -> dict[str, str]:
        """In the writer's thread: ids of the entries that are new or revised, with the content that is stored."""
        with self._store.read() as connection:
            known, gone = _remembered(connection, feed, parsed)
            news = [e.id for e in parsed.entries if _brings_news(e, known, gone)]
            contents = polls.contents(connection, [known[name].pk for name in news if name in known])
        return {name: contents.get(known[name].pk, "") if name in known else "" for name in news}

    def _conclude_unchanged(self, polled: Sequence["_Unchanged"]) -> list[PollCommit]:
        """In the writer's thread: commit polls that brought nothing, many in one transaction."""
        now, policy, commits = self._clock(), self.setup.policy, []
        with self._store.write() as connection:
            for one in polled:
                state = memory.unchanged(
                    one.state, one.feed, one.request, one.result, policy, now=now, jitter=self._jitter()
                )
                commits.append(PollCommit(self._in_force(connection, one.feed, state, now), now))
            failpoint("before_commit")
            polls.save_feed_states(connection, [commit.state for commit in commits])
        failpoint("after_commit")
        return commits

    def _conclude(
        self, feed: Feed, state: FeedState, request: FetchRequest, result: FetchResult, parsed: ParseResult | None
    ) -> PollCommit:
        """In the writer's thread: read candidates, decide, commit."""
        now = self._clock()
        try:
            with self._store.write() as connection:
                decision = _Decision(connection, self.setup, self._window, feed, state, request, now)
                commit = self._outcome(decision, result, parsed)
                if self.setup.hubs and isinstance(parsed, ParsedFeed) and isinstance(result, Fetched):
                    new = any(not item.baseline for item in commit.entries)
                    self._mind_hub(connection, feed, result, parsed, new=new)
                commit = replace(commit, state=self._in_force(connection, feed, commit.state, now))
                failpoint("before_commit")
                polls.commit_poll(connection, commit)
                retention.note_listed(connection, feed.id, commit.listed, now)
        except BaseException:
            self._window.forget()
            raise
        failpoint("after_commit")
        if commit.entries:
            self._window.seq = commit.entries[-1].seq
        return commit

    def _conclude_push(self, feed: Feed, parsed: ParsedFeed) -> PollCommit | None:
        """In the writer's thread: decide and commit what a hub has sent."""
        now = self._clock()
        try:
            with self._store.write() as connection:
                state, subscription = polls.feed_state(connection, feed.id), subscriptions.of_feed(connection, feed.id)
                if state is None or subscription is None or feed.id not in self.setup.feeds:
                    return None
                request = FetchRequest(feed.id, feed.url)
                commit = _Decision(connection, self.setup, self._window, feed, state, request, now).pushed(parsed)
                polls.commit_poll(connection, commit)
                subscriptions.save(connection, lease.heard(subscription, now))
        except BaseException:
            self._window.forget()
            raise
        if commit.entries:
            self._window.seq = commit.entries[-1].seq
        return commit

    def _poll_as_usual(self, feed: Feed) -> None:
        with self._store.write() as connection:
            polls.poll_as_usual(connection, feed.id, self._clock())

    def _mind_hub(self, connection: Connection, feed: Feed, result: Fetched, parsed: ParsedFeed, *, new: bool) -> None:
        """Remember the hub that a document names, and whether it had told of what this poll found."""
        now, known = self._clock(), subscriptions.of_feed(connection, feed.id)
        hub = result.hub or parsed.hub
        if hub is None and known is not None and (parsed.cut or parsed.odd):
            hub = Hub(known.hub, known.topic)  # a broken document may have lost the link
        if hub is not None or known is not None:
            subscriptions.offer(connection, feed.id, hub, now)
        if new and known is not None and lease.is_held(known, now) and (known.hub, known.topic) == _named(hub):
            subscriptions.save(connection, lease.missed(known))

    def _in_force(self, connection: Connection, feed: Feed, state: FeedState, now: datetime) -> FeedState:
        """Return a feed's memory with its next poll as the configuration and its hub have it."""
        if feed.id not in self.setup.feeds:  # removed while it was in hand: it must not be due again
            state = replace(state, next_poll_at=None)
        return self._safety_net(connection, feed, state, now) if self.setup.hubs else state

    def _safety_net(self, connection: Connection, feed: Feed, state: FeedState, now: datetime) -> FeedState:
        """Poll a feed at the ceiling while its hub can be relied on; an interval that the user fixed stays."""
        if feed.interval is not None or state.next_poll_at is None or state.failures:
            return state
        subscription = subscriptions.of_feed(connection, feed.id)
        rests_until = subscription and lease.safety_net_at(subscription, self.setup.policy.ceiling, now)
        return replace(state, next_poll_at=max(state.next_poll_at, rests_until)) if rests_until else state

    def _outcome(self, decision: "_Decision", result: FetchResult, parsed: ParseResult | None) -> PollCommit:
        policy, jitter = self.setup.policy, self._jitter()
        match result:
            case FetchFailed():
                return decision.failed(result, policy, jitter)
            case Fetched() if isinstance(parsed, ParseFailed):
                return decision.failed(parsed, policy, jitter)
            case Fetched() if isinstance(parsed, ParsedFeed):
                return decision.parsed(parsed, result, policy, jitter)
            case _:
                raise AssertionError(f"{result} brought nothing to decide")

    def _report(self, feed: Feed, before: FeedState, commit: PollCommit) -> None:
        after = commit.state
        if after.failures:
            self._observe(
                {"event": "feed_failed", "feed": feed.id, "error": after.last_error, "failures": after.failures}
                | {"next_poll_at": after.next_poll_at}
            )
        elif before.failures:
            self._observe({"event": "feed_recovered", "feed": feed.id, "failures": before.failures})
        for note in (*after.notes, *after.signs.values()):
            if note not in before.notes and note not in before.signs.values():
                self._observe({"event": "feed_note", "feed": feed.id, "note": note})
        if commit.held:
            self._observe(
                {"event": "host_held", "feed": feed.id, "others": len(commit.held), "until": commit.held_until}
            )
        if before.baseline_at is None and after.baseline_at is not None:
            stored = sum(1 for item in commit.entries if item.baseline)
            self._observe({"event": "baseline", "feed": feed.id, "stored": stored})
        self._report_entries(commit, pushed=False)

    def _report_entries(self, commit: PollCommit, *, pushed: bool) -> None:
        if commit.entries:
            counts = {"new": sum(1 for item in commit.entries if item.revision == 0), "entries": len(commit.entries)}
            self._observe({"event": "pushed" if pushed else "polled", "feed": commit.state.feed} | counts)
        for item in commit.entries:
            self._report_entry(item)

    def _report_entry(self, item: EntryCommit) -> None:
        told = {"story": item.assignment.story, "entry": item.entry.id, "feed": item.entry.feed}
        told |= {"title": item.entry.title, "outlet": item.outlet, "relation": item.assignment.relation}
        decided = {"reason": item.assignment.reason, "similarity": round(item.assignment.similarity, 3)}
        decided |= {"rules": tuple(match.rule for match in item.matches), "revision": item.revision}
        self._observe({"event": "entry"} | told | decided)
        for held in item.suppressed:
            why = {"rule": held.rule, "receiver": held.receiver, "reason": held.reason, "detail": held.detail}
            self._observe({"event": "suppressed"} | why | told)


# ---------------------------------------------------------------- deciding


class _Decision:
    """Everything decided about one poll, inside its transaction. Reads; writes nothing but the index."""

    def __init__(
        self,
        connection: Connection,
        setup: Setup,
        window: Window,
        feed: Feed,
        state: FeedState,
        request: FetchRequest,
        now: datetime,
    ) -> None:
        self._connection, self._setup, self._window, self._index = connection, setup, window, window.index
        self._feed, self._state, self._request, self._now = feed, state, request, now
        self._said: dict[int, StorySoFar] = {}
        #: How the leads of this poll's stories hang on others.
        self._leads: dict[int, polls.Joint] = {}
        #: Fingerprints of this poll's entries, which are not in the database yet.
        self._fresh: dict[int, dedup.Fingerprint] = {}
        self._ledger = Ledger(setup.rules.bursts, lambda burst: sightings(connection, burst, now - burst.within))

    def failed(self, failure: FetchFailed | ParseFailed, policy: PollPolicy, jitter: float) -> PollCommit:
        """The feed's memory after a poll that gave nothing, and the wait of its host's other feeds."""
        if _is_held(failure):
            return PollCommit(memory.held(self._state, failure, now=self._now, jitter=jitter), self._now)
        state = memory.failed(self._state, self._feed, failure, policy, now=self._now, jitter=jitter)
        pause = None
        if policy.back_off_hosts and isinstance(failure, FetchFailed):
            pause = host_pause(failure.reason, failure.status, failure.retry_after)
        if pause is None:
            return PollCommit(state, self._now)
        others = memory.same_host(self._feed, self._setup.feeds)
        return PollCommit(state, self._now, held=others, held_until=self._now + pause)

    def parsed(self, parsed: ParsedFeed, result: Fetched, policy: PollPolicy, jitter: float) -> PollCommit:
        """Decide every new and revised entry, oldest first."""
        items, gone = self._news(parsed)
        new = sum(1 for item in items if item.revision == 0)
        state = memory.parsed(
            self._state, self._feed, self._request, result, parsed, policy,
            known=len(parsed.entries) + parsed.left_out - new, new=new,
            older_undated=self._are_older_undated(parsed, new), body_hash=_hash(result.body), now=self._now,
            jitter=jitter,
        )  # fmt: skip
        return PollCommit(state, self._now, tuple(items), listed=tuple(gone))

    def _are_older_undated(self, parsed: ParsedFeed, new: int) -> bool:
        """Whether enough of the feed's newest stored entries have no date; asked only where it matters."""
        matters = new and parsed.left_out and not any(entry.published_at for entry in parsed.entries)
        return bool(matters) and polls.are_undated(self._connection, self._feed.id, memory.ENOUGH_ENTRIES - new)

    def pushed(self, parsed: ParsedFeed) -> PollCommit:
        """Decide what a hub has sent; it says nothing of the feed's own server."""
        items, gone = self._news(parsed)
        new = any(item.revision == 0 for item in items)
        state = replace(self._state, new_entry_at=self._now) if new else self._state
        return PollCommit(state, self._now, tuple(items), listed=tuple(gone))

    def _news(self, parsed: ParsedFeed) -> tuple[list[EntryCommit], set[retention.Listed]]:
        known, gone = _remembered(self._connection, self._feed, parsed)
        baseline = _is_baseline(self._feed, self._state)
        # Feeds list the newest entry first; a story's lead is the one that came first.
        told = [e for e in reversed(parsed.entries) if _brings_news(e, known, gone)]
        news = [(entry, dedup.fingerprint(entry)) for entry in told]
        if news:  # nine polls of ten bring none, and these questions are half of what one costs
            self._window.catch_up(self._connection, self._now)
            self._next_pk, self._next_seq, self._next_story = (n + 1 for n in polls.last_numbers(self._connection))
        self._index.foresee(dedup.Coming(fp, self._now, self._feed.id) for entry, fp in news if entry.id not in known)
        return [self._entry(entry, fp, known.get(entry.id), baseline=baseline) for entry, fp in news], gone

    def _entry(
        self, entry: Entry, fingerprint: dedup.Fingerprint, known: KnownEntry | None, *, baseline: bool
    ) -> EntryCommit:
        seq, self._next_seq = self._next_seq, self._next_seq + 1
        if known is None:
            assignment = self._index.decide(
                fingerprint, at=self._now, feed=self._feed.id, next_story=self._next_story, text_of=self._text_of
            )
            pk, revision = self._next_pk, 0
            self._next_pk += 1
        else:
            old = self._fingerprint_of(known.seq)
            shortened = not self._feed.full_text and polls.has_text_of_page(self._connection, known.pk)
            assignment = dedup.decide_revision(
                fingerprint, old, story=known.story, seq=known.seq, old_is_page=shortened
            )
            pk, revision = known.pk, known.revision + 1
        lead = assignment.relation is Relation.LEAD
        self._next_story += lead
        if lead:
            joint = polls.Joint(assignment.reason, assignment.similarity, assignment.compared_with)
            self._leads[assignment.story] = joint
        self._fresh[seq] = fingerprint
        if dedup.is_taken_up(assignment):
            joins = dedup.joins(assignment)
            self._index.add(seq, assignment.story, self._now, self._feed.id, fingerprint, joins=joins)
        matches, places = self._match(entry)
        if not baseline:
            seen = [Sighting(m.rule, assignment.story, self._now, entry.title, self._feed.id, places) for m in matches]
            matches += self._ledger.add(seen, self._now)
        so_far = self._so_far(assignment.story, lead=lead)
        stated = dated(entry.published_at, entry.updated_at, seen_at=self._now, is_revision=revision > 0)
        version = Version(stated, assignment.changes, revision > 0)
        alerts, suppressed = route(
            assignment, matches, so_far, self._setup.routing,
            feed=self._feed.id, baseline=baseline, now=self._now, near=self._near(assignment, matches),
            version=version,
        )  # fmt: skip
        self._said[assignment.story] = _add(so_far, alerts, self._feed.id, version, lead=lead)
        return EntryCommit(
            pk, revision, seq, entry, self._feed.outlet, assignment, fingerprint.to_bytes(), places, matches, alerts,
            suppressed, baseline,
        )  # fmt: skip

    def _fingerprint_of(self, seq: int) -> dedup.Fingerprint:
        return self._fresh.get(seq) or _read_fingerprint(polls.fingerprint_of(self._connection, seq))

    def _text_of(self, seq: int) -> str:
        return self._fingerprint_of(seq).text

    def _match(self, entry: Entry) -> tuple[tuple[Match, ...], tuple[Place, ...]]:
        """Apply all rules; places are looked up once, and only for a rule or an alert that needs them."""

        @cache
        def places() -> Places:
            return self._setup.locate(entry, self._feed.default_region)

        matches = self._setup.rules.match(entry, feed=self._feed, places=places, now=self._now)
        return matches, places().places if matches else ()

    def _so_far(self, story: int, *, lead: bool) -> StorySoFar:
        if story not in self._said:
            self._said[story] = NOTHING_SAID if lead else self._read_so_far(story)
        return self._said[story]

    def _near(self, assignment: Assignment, matches: Sequence[Match]) -> tuple[Near, ...]:
        """Stories that the entry's would be part of at a broader sensitivity; looked up for rules that want it."""
        rules = self._setup.routing.rules
        least = self._index.settings.threshold
        wanted = [rules[match.rule].sensitivity for match in matches if match.rule in rules]
        if not any(sensitivity and sensitivity.threshold < least for sensitivity in wanted):
            return ()
        found: list[Near] = []
        joint = self._leads.get(assignment.story) or polls.lead_of(self._connection, assignment.story)
        while joint.reason is AssignReason.TOO_WEAK and len(found) < _NEAR_STORIES:
            story = self._index.story_of(joint.compared_with or 0)
            if story is None:
                break
            found.append(Near(joint.similarity, self._so_far(story, lead=False)))
            joint = self._leads.get(story) or polls.lead_of(self._connection, story)
        return tuple(found)

    def _read_so_far(self, story: int) -> StorySoFar:
        counts = polls.next_numbers(self._connection, story)
        if not counts:  # as most often: then nothing else is asked
            return NOTHING_SAID
        spoken = {rule: polls.last_alert_at(self._connection, story, rule) for rule in counts}
        feeds = frozenset(polls.story_feeds(self._connection, story))
        timeline = polls.story_timeline(self._connection, story)
        free = polls.free_number(self._connection, story)
        return StorySoFar(counts, feeds, {rule: at for rule, at in spoken.items() if at is not None}, timeline, free)


def _add(so_far: StorySoFar, alerts: tuple[Any, ...], feed: str, version: Version, *, lead: bool) -> StorySoFar:
    """What was said of a story once these alerts are said too."""
    counts = {rule: dict(kinds) for rule, kinds in so_far.counts.items()}
    spoken = dict(so_far.spoken_at or {})
    for alert in alerts:
        kinds = counts.setdefault(alert.rule, {})
        kinds[alert.kind] = alert.revision + 1
        if alert.kind is not AlertKind.REPUBLICATION and alert.deliveries:
            spoken[alert.rule] = max(plan.due_at for plan in alert.deliveries)
    timeline = Timeline(version.at) if lead else so_far.timeline.after(version)
    return StorySoFar(counts, so_far.feeds | {feed}, spoken, timeline, so_far.free_number)


def _named(hub: Hub | None) -> tuple[str, str] | None:
    return (hub.url, hub.topic) if hub else None


def _is_baseline(feed: Feed, state: FeedState) -> bool:
    """Whether what the feed holds is stored without alerts (invariant 6)."""
    return state.baseline_at is None and not feed.alert_on_first_poll


def _remembered(
    connection: Connection, feed: Feed, parsed: ParsedFeed
) -> tuple[dict[str, KnownEntry], set[retention.Listed]]:
    """Those entries of a document that are stored, and those that were once, as they are now, and are forgotten."""
    known = polls.known_entries(connection, feed.id, [entry.id for entry in parsed.entries])
    others = ((entry.id, entry.content_hash) for entry in parsed.entries if entry.id not in known)
    return known, retention.known_though_forgotten(connection, feed.id, others)


def _brings_news(entry: Entry, known: Mapping[str, KnownEntry], gone: Collection[retention.Listed]) -> bool:
    """Whether an entry is new, or says something else than the last time."""
    if entry.id in known:
        return known[entry.id].content_hash != entry.content_hash
    return (entry.id, entry.content_hash) not in gone


def _outcome(result: FetchResult, parsed: ParseResult | None) -> dict[str, str]:
    """What became of a poll, for the log and for counting: `outcome`, and `reason` if it failed."""
    failure = next((one for one in (result, parsed) if isinstance(one, (FetchFailed, ParseFailed))), None)
    if failure is not None:
        return {"outcome": "held" if _is_held(failure) else "failed", "reason": failure.reason}
    if isinstance(result, NotModified):
        return {"outcome": "not_modified"}
    return {"outcome": "unchanged" if parsed is None else "parsed"}


def _stages(times: list[float], feed: Feed, parsed: ParseResult | None) -> dict[str, float]:
    """Seconds that each stage took; deciding and committing include the wait for the writer's thread."""
    fetch, parse, pages, commit = (round(later - earlier, 6) for earlier, later in pairwise(times))
    worked = {"parse_s": parse} | ({"full_text_s": pages} if feed.full_text else {})
    return {"fetch_s": fetch} | (worked if parsed is not None else {}) | {"commit_s": commit}


def _is_held(result: FetchResult | ParseFailed) -> TypeGuard[FetchFailed]:
    return isinstance(result, FetchFailed) and result.reason is FetchFailure.HELD


def _new_items(body: bytes, state: FeedState) -> list[bytes] | _Nothing | None:
    """Return hashes of a body's items, None where they can tell nothing, or that it brings nothing.

    That is where it, or every item in it, is what was parsed the last time.
    """
    if _hash(body) == state.body_hash:
        return _Nothing.NEW
    if not state.items:
        return None
    hashes = splice.quick_hashes(body, state.items)
    return _Nothing.NEW if splice.are_known(hashes, state.items) else hashes


def _read_fingerprint(raw: bytes, *, with_text: bool = True) -> dedup.Fingerprint:
    """Read a stored fingerprint; one of an older watcher's form is like that of an entry without words."""
    try:
        return dedup.Fingerprint.from_bytes(raw, with_text=with_text)
    except ValueError:
        return dedup.fingerprint(Entry(""))


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
