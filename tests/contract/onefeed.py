"""One feed of a real server, polled as the daemon does: with a real fetcher, a real worker and a real store."""

import asyncio
from datetime import UTC, datetime, timedelta

from watcher import dedup
from watcher.fetch import Fetcher, FetchSettings
from watcher.model import Feed, FeedState, Places
from watcher.poll import Poller, Setup, Window
from watcher.route import Routing
from watcher.rules import compile_rules
from watcher.schedule import PollPolicy
from watcher.store import open_store, polls
from watcher.unwrap import Unwrapper
from watcher.workers import ParsePool

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class OneFeed:
    """A feed at /feed, an hour between its polls; what redirectors have said is kept from one poll to the next."""

    def __init__(self, folder, server, *, rules=(), names=None, **feed):
        self.store, self.server, self.now, self.events = open_store(f"sqlite:///{folder}/w.db"), server, NOW, []
        self.feed, self.rules, self.names = Feed("f", server.url("/feed"), **feed), compile_rules(rules), names
        self.resolve_links, self.fetcher = True, None
        self.unwrapper = Unwrapper(self, lambda: self.now, self.events.append)

    def answered(self, answer, *, patience=20):
        """Poll it once while the server gives this answer."""
        self.server.on("/feed", answer)
        self.now += timedelta(hours=1)
        return asyncio.run(self._poll(patience))

    async def _poll(self, patience):
        async def in_writer(work):
            return work()

        setup = Setup(
            {"f": self.feed}, self.rules, Routing({}, ()), PollPolicy(), lambda *_: Places(),
            resolve_links=self.resolve_links,
        )  # fmt: skip
        settings = FetchSettings(allow_networks=("127.0.0.0/8",), timeout=timedelta(seconds=patience))
        self.fetcher, pool = Fetcher(settings, names=self.names), ParsePool()
        poller = Poller(
            self.store, in_writer, self.fetcher, pool, setup, Window(dedup.Settings.named("balanced")),
            lambda: self.now, lambda: 0.0, self.events.append, self.unwrapper,
        )  # fmt: skip
        try:
            return await poller.poll(self.feed, self.state() or FeedState("f"))
        finally:
            await pool.aclose()
            await self.fetcher.aclose()

    async def target(self, *asked):
        """Follow a link, with the fetcher of the poll at hand."""
        return await self.fetcher.target(*asked)

    def state(self):
        with self.store.read() as connection:
            return polls.feed_state(connection, "f")
