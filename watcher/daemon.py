"""Composition root: the one place where objects are made, wired and ended, and where the clock is owned."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from watcher import memory, websub
from watcher.config import Config, Receiver, stamps
from watcher.deliver import Deliverer, Desk
from watcher.errors import FaultsFound, WatcherError
from watcher.fetch import Fetcher, FetchSettings
from watcher.hear import Hearer, Room
from watcher.indexing import Indexer
from watcher.model import Feed, FeedState, FetchFailed, FetchFailure, Observer, PollCommit, Sentence
from watcher.notifiers import REGISTRY, Environment, Notifier
from watcher.poll import Poller, Setup, Window
from watcher.pruning import Pruner
from watcher.render.sentences import in_english
from watcher.route import Routing
from watcher.schedule import first_poll_at
from watcher.store import Store, WriterThread, alarms, open_store, outbox, polls, search
from watcher.store.retention import Keep
from watcher.unwrap import Unwrapper
from watcher.upkeep import Care, Upkeep
from watcher.websub import Hubs, Keys, Terms
from watcher.workers import ParsePool

if TYPE_CHECKING:  # only `run` has a page
    from watcher.web import Hand

#: Bound on a clean stop: polls and deliveries in hand get this long.
STOP_WITHIN = timedelta(seconds=10)
#: Time between two looks for due feeds and due deliveries.
TICK = timedelta(seconds=1)
UPKEEP_EVERY = timedelta(minutes=1)
HUBS_EVERY = timedelta(seconds=5)
#: A tick that has not ended well for so long is stuck: more than the wait for another process's transaction, and
#: than reading the dedup window after a start.
TICK_LATE, UPKEEP_LATE = timedelta(seconds=90), timedelta(minutes=5)
#: Longest time in milliseconds until a changed file is found without an event of the file system.
LOOK_EVERY_MS = 2000
CONFIG_ALARM, RESTART_ALARM, WEB_ALARM = "config", "restart", "web"
#: Pause before a reload that broke on something that may pass is tried again.
RELOAD_AGAIN = timedelta(seconds=30)
#: Rest of a feed whose poll broke on a fault of ours.
REST = timedelta(minutes=1)

Load = Callable[[], Config]


def utc_now() -> datetime:
    """The watcher's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Polled:
    """What one round of polls did."""

    feeds: int
    failed: int
    new_entries: int
    #: Feeds that were not due, and when the first of them is; None where none of them ever will be by itself.
    not_due: int
    next_poll_at: datetime | None


class Watcher:
    """Everything that one running watcher consists of; `once` and `run` drive the same object."""

    def __init__(
        self, config: Config, store: Store, notifiers: dict[str, Notifier], observe: Observer, environment: Environment
    ) -> None:
        self.config, self.store, self.observe = config, store, observe
        #: Some of its keys stay in force until a restart, whatever a reload brings.
        self._started_with = config
        self.in_writer = WriterThread()
        self._environment, self._notifiers = environment, notifiers
        self._fetcher = Fetcher(fetch_settings(config))
        self._parser = ParsePool()
        self._window = Window(config.dedup)
        jitter = random.SystemRandom().random
        self._poller = Poller(
            store, self.in_writer, self._fetcher, self._parser, _setup(config), self._window, utc_now, jitter, observe,
            Unwrapper(self._fetcher, utc_now, observe),
        )  # fmt: skip
        self.deliverer = Deliverer(store, self.in_writer, self._desk(), utc_now, jitter, observe)
        self.hearer = Hearer(
            store, self.in_writer, self._room, utc_now, observe,
            split=self._window.forget, deliver=self.deliverer.tick, poll_s=environment.poll_s,
        )  # fmt: skip
        self._upkeep = Upkeep(store, self.in_writer, _care(config), self._window.index.expire, utc_now, observe)
        self._pruner = Pruner(store, self.in_writer, keep(config), utc_now, observe)
        self._indexer = Indexer(store, self.in_writer, observe)
        self.hubs = self._hubs(jitter)
        self._jitter = jitter
        self._polling: dict[str, asyncio.Task[PollCommit | None]] = {}
        #: Whether more feeds were due than could be polled at once, and the task that then takes up the next of them.
        self._more_due = False
        self._refill: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()
        #: Feeds whose last poll broke on a fault of ours, until when they rest even if that could not be stored.
        self._resting: dict[str, datetime] = {}

    @classmethod
    async def open(
        cls, config: Config, observe: Observer, environment: Environment, *, spread_first_polls: bool = True
    ) -> "Watcher":
        """Open the database, take its lock, and take up what an earlier process left.

        Raises:
            AlreadyRunning: another watcher holds the database.
            StoreError: the database cannot be used.
        """
        store = open_store(config.database)
        try:
            store.claim_exclusively()
            with store.write() as connection:
                repeated = outbox.release_claims(connection, utc_now())
                moves = outbox.moves(connection)
            if store.upgraded:
                schema, backup = store.upgraded
                observe({"event": "upgraded", "schema": schema, "backup": str(backup)})
            if not search.is_available():
                observe({"event": "search_limited", "why": "this Python's SQLite has no FTS5"})
            if repeated:
                observe({"event": "claims_released", "deliveries": repeated})
            notifiers = {name: notifier_of(receiver, environment, moves) for name, receiver in config.receivers.items()}
            watcher = cls(config, store, notifiers, observe, environment)
        except BaseException:
            store.close()
            raise
        await watcher.in_writer(lambda: watcher._plan(spread=spread_first_polls))
        return watcher

    # ------------------------------------------------------------ what the ticks do

    async def start_due_polls(self) -> None:
        """Start a poll for every feed whose time has come, within the bound on polls at once."""
        most = 2 * self.config.http.concurrency
        room = most - len(self._polling)
        if room <= 0:
            return
        but = (*self._polling, *filter(self._rests, self._resting))
        due = await self.in_writer(partial(self._due, room, but))
        self._more_due = len(due) >= room
        for feed, state in due:
            if len(self._polling) < most and feed.id not in self._polling and not self._rests(feed.id):
                task = asyncio.create_task(self._poll(feed, state), name=f"poll {feed.id}")
                self._polling[feed.id] = task
                task.add_done_callback(partial(self._polled, feed.id))

    def _rests(self, feed_id: str) -> bool:
        until = self._resting.get(feed_id)
        return until is not None and utc_now() < until

    def _polled(self, feed_id: str, _: object) -> None:
        """Make room; where more feeds are due than fit, do not wait for the next tick to fill it."""
        self._polling.pop(feed_id, None)
        idle = self._refill is None or self._refill.done()
        if self._more_due and idle and len(self._polling) <= self.config.http.concurrency:
            self._more_due = False
            self._refill = asyncio.create_task(self.start_due_polls(), name="refill")
            self._refill.add_done_callback(self._refilled)

    def _refilled(self, refill: asyncio.Task[None]) -> None:
        error = None if refill.cancelled() else refill.exception()
        if error is not None:
            self.observe({"event": "internal_error", "where": "polls", "exception": error})

    async def take_push(self, feed_id: str, body: bytes, content_type: str) -> None:
        """Take in what a hub has sent, when no poll of the feed is in hand."""
        while (polling := self._polling.get(feed_id)) is not None:
            await asyncio.wait([polling])
            await asyncio.sleep(0)  # for the callback that makes room
        feed = self._poller.setup.feeds.get(feed_id)
        if feed is not None:
            task = asyncio.create_task(self._push(feed, body, content_type), name=f"push {feed_id}")
            self._polling[feed_id] = task
            task.add_done_callback(partial(self._polled, feed_id))
            await task

    async def _push(self, feed: Feed, body: bytes, content_type: str) -> PollCommit | None:
        state = await self.in_writer(partial(self._state_of, feed.id))
        commit = await self._poller.pushed(feed, state, body, content_type) if state is not None else None
        if commit is not None and any(item.alerts for item in commit.entries):
            await self.deliverer.tick()
        return commit

    def _state_of(self, feed_id: str) -> FeedState | None:
        with self.store.read() as connection:
            return polls.feed_state(connection, feed_id)

    def _hubs(self, jitter: Callable[[], float]) -> Hubs | None:
        """Return what subscribes to feeds at their hubs, where the configuration says how these can reach us."""
        terms = _terms(self.config)
        if terms is None:
            return None
        path = self.store.path
        keys = Keys.open(path.with_name(f"{path.name}.hubs") if path is not None else None, terms.public_url)
        return Hubs(
            self.store, self.in_writer, self._fetcher, keys, terms, self.take_push, utc_now, jitter, self.observe
        )

    async def poll_all_due(self) -> Polled:
        """Poll every due feed once and return when all of them are done."""
        feeds = failed = new = 0
        seen: set[str] = set()
        while True:
            limit = 1000 + len(seen)
            due = [(f, s) for f, s in await self.in_writer(partial(self._due, limit)) if f.id not in seen]
            if not due:
                return Polled(feeds, failed, new, *await self.in_writer(partial(self._not_due, seen)))
            seen |= {feed.id for feed, _ in due}
            commits = await asyncio.gather(*(self._poll(feed, state) for feed, state in due))
            feeds += len(commits)
            failed += sum(1 for commit in commits if commit is None or commit.state.failures)
            new += sum(len(commit.entries) for commit in commits if commit is not None)

    async def deliver(self) -> None:
        """Start to deliver what is due, and what a silence that has just ended held back."""
        await self._upkeep.tell_ended()
        await self.deliverer.tick()

    async def upkeep(self) -> None:
        """Look after feeds and the dedup window, forget what is old, and make what is stored searchable."""
        await self._upkeep.tick()
        await self._pruner.tick()
        await self._indexer.tick()

    async def forget_old(self) -> None:
        """Forget what is old, once a day: for runs that end."""
        await self._pruner.daily()

    async def stop(self, within: timedelta = STOP_WITHIN) -> None:
        """End cleanly within a bound; a poll that is cut off was not remembered, a delivery is repeated."""
        await self.hearer.stop()
        self._more_due = False
        if self._refill is not None:
            self._refill.cancel()
        late = set(self._polling.values())
        stopping = asyncio.create_task(self.deliverer.stop(within))
        if late:
            _, late = await asyncio.wait(late, timeout=within.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(stopping, *late, return_exceptions=True)
        await asyncio.gather(*self._background)
        await self._parser.aclose()
        await self._fetcher.aclose()
        for notifier in self._notifiers.values():
            await notifier.aclose()
        self.in_writer.close()
        self.store.close()

    def hand(self, observe: Observer) -> "Hand":
        """Return what the page's forms may reach."""
        from watcher.web import Hand

        return Hand(
            self.in_writer, lambda: self._poller.setup.routing, self._window.forget, self.deliverer.tick, observe
        )

    # ------------------------------------------------------------ reload

    async def reload(self, load: Load) -> bool:
        """Take up changed files as a whole, or keep everything and tell the fault (invariant 10)."""
        try:
            config = await asyncio.to_thread(load)
        except FaultsFound as error:
            faults = [str(fault) for fault in error.faults]
            await self.in_writer(lambda: self._tell_faults(faults))
            return False
        except WatcherError as error:  # such as a file that is away for a moment
            faults = [str(error)]
            await self.in_writer(lambda: self._tell_faults(faults))
            return False
        waiting = _need_restart(self._started_with, config)
        if waiting:
            self.observe({"event": "restart_needed", "keys": waiting})
        began = self._started_with
        gone = sorted({rule.id for rule in self.config.rules.rules} - {rule.id for rule in config.rules.rules})
        await self._swap(replace(config, database=began.database, http=began.http, dedup=began.dedup))
        await self.in_writer(lambda: self._plan(spread=True, waiting=waiting))
        told = {"rules_gone": gone} if gone else {}
        self.observe({"event": "reloaded", "feeds": len(config.feeds), "rules": len(config.rules.rules)} | told)
        return True

    async def _swap(self, config: Config) -> None:
        old = self.config
        kept = {name for name, receiver in config.receivers.items() if old.receivers.get(name) == receiver}
        moves = await self.in_writer(self._moves)
        fresh = {
            name: notifier_of(receiver, self._environment, moves)
            for name, receiver in config.receivers.items()
            if name not in kept
        }
        replaced = {name: notifier for name, notifier in self._notifiers.items() if name not in kept}
        self._notifiers = {name: n for name, n in self._notifiers.items() if name in kept} | fresh
        self.config = config
        self._poller.setup = _setup(config)
        if self.hubs is not None:
            self.hubs.terms = replace(self.hubs.terms, feeds=frozenset(self._poller.setup.feeds))
        self.deliverer.desk = self._desk()
        self._upkeep.care, self._pruner.keep = _care(config), keep(config)
        for name, notifier in replaced.items():
            self._in_background(self._retire(name, notifier), f"retire {name}")

    async def _retire(self, name: str, notifier: Notifier) -> None:
        """Close a notifier that a reload replaced, once no send is in its hands: cut off, it would be repeated."""
        await self.deliverer.settled(name)
        try:
            await notifier.aclose()
        except Exception as error:
            self.observe({"event": "internal_error", "where": f"receiver {name}", "exception": error})

    def _moves(self) -> dict[str, str]:
        with self.store.read() as connection:
            return outbox.moves(connection)

    async def tell_broken_reload(self, error: Exception) -> None:
        """Tell receivers that a reload broke half way, as far as the database lets that be stored."""
        broke = Sentence("reload_broke", {"reason": f"{type(error).__name__}: {error}"})
        try:
            await self.in_writer(lambda: self._tell_faults([in_english(broke)], broke))
        except Exception as again:
            self.observe({"event": "internal_error", "where": "reload", "exception": again})

    def _tell_faults(self, faults: Sequence[str], said: Sentence | None = None) -> None:
        said = said or Sentence("config_faults", {"n": len(faults), "fault": faults[0]})
        self.observe({"event": "reload_failed", "faults": faults})
        with self.store.write() as connection:
            alarms.raise_alarm(connection, CONFIG_ALARM, said, self.config.alarm_receivers, utc_now())

    # ------------------------------------------------------------ serving

    def observe_web(self, event: Mapping[str, Any]) -> None:
        """Pass on what the server tells; that it cannot serve is an alarm for `status` until it can."""
        self.observe(event)
        if event["event"] in ("web_failed", "web_started"):
            trouble = {key: event[key] for key in ("why", "remedy")} if event["event"] == "web_failed" else None
            self._in_background(self._store_web(trouble), "web alarm")

    async def _store_web(self, trouble: Mapping[str, str] | None) -> None:
        try:
            await self.in_writer(lambda: self.tell_web(trouble))
        except Exception as error:  # the disk is full, or the database locked
            self.observe({"event": "internal_error", "where": "web", "exception": error})

    def tell_web(self, trouble: Mapping[str, str] | None) -> None:
        """Raise the alarm about the server, or clear it. Runs in the writer's thread."""
        with self.store.write() as connection:
            if trouble:
                alarms.raise_alarm(connection, WEB_ALARM, Sentence("web_failed", trouble), (), utc_now())
            else:
                alarms.clear_alarm(connection, WEB_ALARM, Sentence("web_well", {}), (), utc_now())

    # ------------------------------------------------------------ inside

    def _in_background(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Begin what a stop waits for."""
        task = asyncio.create_task(work, name=name)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _desk(self) -> Desk:
        config = self.config
        rules = {rule.id: rule for rule in config.rules.rules}
        disciplines = {
            name: receiver.settings.discipline(config.timezone) for name, receiver in config.receivers.items()
        }
        return Desk(self._notifiers, rules, config.alarm_receivers, config.timezone, config.give_up_after, disciplines)

    def _room(self) -> Room:
        setup, config = self._poller.setup, self.config
        return Room(self._notifiers, setup.routing, setup.feeds, config.alarm_receivers, config.timezone)

    def _plan(self, *, spread: bool, waiting: Sequence[str] = ()) -> None:
        """Give every feed a time of its first poll, and none to feeds that are not configured (any more).

        `waiting` are keys that have changed and wait for a restart: an alarm that `status` shows and nobody is sent.
        """
        now = utc_now()
        with self.store.write() as connection:
            states = polls.all_feed_states(connection)
            wanted = {feed.id: feed for feed in self.config.feeds if feed.enabled}
            for feed in wanted.values():
                state = states.get(feed.id) or FeedState(feed.id)
                at = _planned(state, feed, first_poll_at(self.config.polling, now=now, jitter=self._jitter()), now)
                if not spread and state.polled_at is None:
                    at = now
                if at != state.next_poll_at or feed.id not in states:
                    polls.save_feed_state(connection, replace(state, next_poll_at=at))
            for name in states.keys() - wanted.keys():
                polls.save_feed_state(connection, replace(states[name], next_poll_at=None))
            if self.hubs is None:  # addresses that no hub reaches
                websub.begin_anew(connection, now)
            in_order = Sentence("config_well", {})
            alarms.clear_alarm(connection, CONFIG_ALARM, in_order, self.config.alarm_receivers, now)
            if waiting:
                waits = Sentence("restart_needed", {"keys": ", ".join(waiting)})
                alarms.raise_alarm(connection, RESTART_ALARM, waits, (), now)
            else:
                alarms.clear_alarm(connection, RESTART_ALARM, Sentence("restart_done", {}), (), now)

    def _due(self, limit: int, but: Collection[str] = ()) -> list[tuple[Feed, FeedState]]:
        feeds = self._poller.setup.feeds
        with self.store.read() as connection:
            due = polls.due_feeds(connection, utc_now(), limit, but)
        return [(feeds[state.feed], state) for state in due if state.feed in feeds]

    def _not_due(self, polled: Collection[str]) -> tuple[int, datetime | None]:
        with self.store.read() as connection:
            states = polls.all_feed_states(connection)
        waiting = [states[feed].next_poll_at for feed in self._poller.setup.feeds if feed not in polled]
        return len(waiting), min(filter(None, waiting), default=None)

    async def _poll(self, feed: Feed, state: FeedState) -> PollCommit | None:
        try:
            commit = await self._poller.poll(feed, state)
        except Exception as error:  # a fault of ours in one feed must not stop the others
            self.observe({"event": "internal_error", "where": f"feed {feed.id}", "exception": error})
            failure = FetchFailed(FetchFailure.PROTOCOL, f"internal error: {type(error).__name__}: {error}")
            self._resting[feed.id] = utc_now() + REST
            try:
                await self.in_writer(lambda: self._put_off(feed, state, failure))
            except Exception as again:  # the disk is full, or the database locked
                self.observe({"event": "internal_error", "where": f"feed {feed.id}", "exception": again})
            return None
        self._resting.pop(feed.id, None)
        if any(item.alerts for item in commit.entries):
            try:
                await self.deliverer.tick()
            except Exception as error:  # what is due stays due, for the next tick
                self.observe({"event": "internal_error", "where": "deliveries", "exception": error})
        return commit

    def _put_off(self, feed: Feed, state: FeedState, failure: FetchFailed) -> None:
        """Remember a poll that broke on a fault of ours, so that it is tried again later, not at once."""
        state = memory.for_address(state, feed)
        changed = memory.failed(state, feed, failure, self.config.polling, now=utc_now(), jitter=self._jitter())
        changed = replace(changed, last_error=failure.message)
        if feed.id not in self._poller.setup.feeds:
            changed = replace(changed, next_poll_at=None)
        with self.store.write() as connection:
            polls.save_feed_state(connection, changed)


async def run(
    config: Config,
    load: Load,
    observe: Observer,
    environment: Environment,
    *,
    until: asyncio.Event | None = None,
    ready: Callable[[Watcher], None] | None = None,
) -> None:
    """Run the daemon until SIGTERM, SIGINT or `until`; SIGHUP and changed files reload."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    from watcher.service import Service

    stop, hup = until or asyncio.Event(), asyncio.Event()
    _on_signals(stop, hup)
    service = Service(observe, utc_now)
    observe = service.observe
    watcher = await Watcher.open(config, observe, environment)
    scheduler = AsyncIOScheduler(timezone=UTC)
    rule = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    for name, job, every, late in (
        ("polls", watcher.start_due_polls, TICK, TICK_LATE),
        ("deliveries", watcher.deliver, TICK, TICK_LATE),
        ("answers", watcher.hearer.tick, TICK, TICK_LATE),
        ("upkeep", watcher.upkeep, UPKEEP_EVERY, UPKEEP_LATE),
        *([("hubs", watcher.hubs.tick, HUBS_EVERY, TICK_LATE)] if watcher.hubs is not None else []),
    ):
        tick = _told(name, _until_stop(service.pulse.watched(name, job, late), stop), observe)
        scheduler.add_job(tick, "interval", seconds=every.total_seconds(), next_run_time=utc_now(), **rule)
    scheduler.start()
    observe({"event": "started", "feeds": len(config.feeds), "rules": len(config.rules.rules)})
    watching = asyncio.create_task(_reload_on_change(watcher, load, hup), name="reload")
    if ready:
        ready(watcher)
    try:
        if not config.web.enabled:
            await watcher.in_writer(lambda: watcher.tell_web(None))
        await service.start(
            lambda: watcher.config, watcher.store, watcher.hand(observe), watcher.observe_web, watcher.hubs
        )
        await stop.wait()
    finally:
        observe({"event": "stopping"})
        await service.stop()
        scheduler.pause()
        await asyncio.sleep(0)  # a tick that was handed out but has not begun could not know that it is a stop
        scheduler.shutdown(wait=False)
        watching.cancel()
        try:
            with suppress(asyncio.CancelledError):
                await watching
        finally:
            await watcher.stop()
            observe({"event": "stopped"})


def _told(name: str, job: Callable[[], Awaitable[None]], observe: Observer) -> Callable[[], Awaitable[None]]:
    """Make a tick whose failure is an event as any other, with its name, and counted."""

    @wraps(job)
    async def tick() -> None:
        try:
            await job()
        except Exception as error:
            observe({"event": "internal_error", "where": f"tick {name}", "exception": error})

    return tick


def _until_stop(job: Callable[[], Awaitable[None]], stop: asyncio.Event) -> Callable[[], Awaitable[None]]:
    """Make a tick for the scheduler, which cancels it on shutdown: being cut off by a stop is no error to log.

    What it has begun in the writer's thread is ended there.
    """

    @wraps(job)
    async def tick() -> None:
        try:
            await job()
        except asyncio.CancelledError:
            if not stop.is_set():
                raise

    return tick


# ---------------------------------------------------------------- signals and files


def _on_signals(stop: asyncio.Event, hup: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for name, event in (("SIGTERM", stop), ("SIGINT", stop), ("SIGHUP", hup)):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, event.set)
        except NotImplementedError:  # Windows has no such handlers
            signal.signal(number, lambda *_, e=event: loop.call_soon_threadsafe(e.set))


async def _reload_on_change(watcher: Watcher, load: Load, hup: asyncio.Event) -> None:
    """Reload on SIGHUP, and on every change of the configuration or of a rule file."""
    changed = asyncio.create_task(_watch_files(watcher, hup))
    try:
        while True:
            await hup.wait()
            hup.clear()
            try:
                await watcher.reload(load)
            except Exception as error:  # a full disk, a locked database, a fault of ours: it is tried again
                watcher.observe({"event": "internal_error", "where": "reload", "exception": error})
                await watcher.tell_broken_reload(error)
                asyncio.get_running_loop().call_later(RELOAD_AGAIN.total_seconds(), hup.set)
    finally:
        changed.cancel()


async def _watch_files(watcher: Watcher, hup: asyncio.Event) -> None:
    """Ask for a reload whenever the files are not those that were read.

    The file system's events only say when to look; every few seconds it is looked anyway, so
    a change is found on network drives too, and one made between reading and watching.
    """
    from watchfiles import awatch

    if not watcher.config.reload:
        return
    seen = watcher.config.stamps
    # An editor replaces a file by renaming another over it, so directories are watched.
    directories = {path.parent for path in watcher.config.files} | set(watcher.config.rule_directories)
    # awatch sets its event when it is cancelled, so it gets one of its own.
    looks = awatch(
        *directories, stop_event=asyncio.Event(), debounce=200, rust_timeout=LOOK_EVERY_MS, yield_on_timeout=True
    )
    async for _ in looks:
        found = stamps(watcher.config.files, watcher.config.rule_directories)
        if found != seen:
            seen = found
            hup.set()


# ---------------------------------------------------------------- configuration → settings of the parts


def _setup(config: Config) -> Setup:
    feeds = {feed.id: feed for feed in config.feeds if feed.enabled}
    return Setup(
        feeds, config.rules, routing(config), config.polling, config.places.locate, hubs=_terms(config) is not None,
        resolve_links=config.http.resolve_links,
    )  # fmt: skip


def _terms(config: Config) -> Terms | None:
    if not config.web.enabled or config.web.public_url is None:
        return None
    return Terms(config.web.public_url.rstrip("/"), frozenset(feed.id for feed in config.feeds if feed.enabled))


def routing(config: Config) -> Routing:
    """Who is told, as the configuration says."""
    least = {
        name: receiver.settings.min_severity
        for name, receiver in config.receivers.items()
        if receiver.settings.min_severity is not None
    }
    waits = {name: receiver.settings.group_wait for name, receiver in config.receivers.items()}
    return Routing({rule.id: rule for rule in config.rules.rules}, config.default_receivers, least, waits)


def _care(config: Config) -> Care:
    feeds = {feed.id: feed for feed in config.feeds if feed.enabled}
    escalations = [e for name, r in config.receivers.items() if (e := r.settings.escalation(name)) is not None]
    return Care(
        feeds, config.alarm_receivers, config.feed_alarm_after, frozenset(config.receivers), escalations,
        hubs=_terms(config) is not None,
    )  # fmt: skip


def keep(config: Config) -> Keep:
    """How long what was seen is kept; the dedup index needs its window, and a day lies between the two."""
    least = config.dedup.window + timedelta(days=1)
    return Keep(max(config.retention.entries, least), max(config.retention.alerted, least))


def fetch_settings(config: Config) -> FetchSettings:
    http = config.http
    return FetchSettings(
        user_agent=http.user_agent,
        timeout=http.timeout,
        max_body_bytes=http.max_body_bytes,
        concurrency=http.concurrency,
        per_host=http.per_host,
        allow_networks=http.allow_networks,
        proxy=http.proxy,
        hold_hosts=config.polling.back_off_hosts,
    )


def notifier_of(receiver: Receiver, environment: Environment, moves: Mapping[str, str]) -> Notifier:
    kind = REGISTRY[receiver.type]
    return kind.build(receiver.name, receiver.settings, receiver.secrets, environment, moves.get(receiver.name))


def _planned(state: FeedState, feed: Feed, first: datetime, now: datetime) -> datetime:
    """When a feed is polled next: as remembered, but not later than a fixed interval that was shortened."""
    if state.next_poll_at is None:
        return first if state.polled_at is None else now
    if feed.interval is not None and state.polled_at is not None and not state.failures:
        return min(state.next_poll_at, max(now, state.polled_at + feed.interval))
    return state.next_poll_at


def _need_restart(began: Config, new: Config) -> list[str]:
    """Return the keys that have changed since the start and wait for the next one."""
    parts = ("database", "http", "dedup", "log", "web", "web_token", "reload")
    keys = [part.replace("_", ".") for part in parts if getattr(began, part) != getattr(new, part)]
    return keys + (["polling.back_off"] if began.polling.back_off_hosts != new.polling.back_off_hosts else [])
