"""What the daemon shows of itself while it runs: metrics and health over HTTP, its life to systemd."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from watcher.config import Config
from watcher.errors import StoreError
from watcher.metrics import Metrics, Standing
from watcher.model import Observer
from watcher.pulse import Pulse, tell_systemd, watchdog_interval
from watcher.store import Store
from watcher.store.standing import figures, size_bytes
from watcher.web import Door, Hand, Page, Sources, create_app, push, serving


class Service:
    """One for each run of the daemon; everything that the parts report goes through `observe`."""

    def __init__(self, observe: Observer, clock: Callable[[], datetime]) -> None:
        self.pulse = Pulse()
        self._told, self._clock = observe, clock
        self._metrics = Metrics(self.pulse.ages, self._standing)
        self._store: Store | None = None
        self._parts = AsyncExitStack()

    def observe(self, event: Mapping[str, Any]) -> None:
        """Count an event and pass it on."""
        self._metrics.observe(event)
        self._told(event)

    async def start(
        self, current: Callable[[], Config], store: Store, hand: Hand, tell: Observer, hubs: push.Callback | None = None
    ) -> None:
        """Tell systemd that the daemon is ready, feed its watchdog, and serve what the configuration wants.

        `current` gives the configuration that is in force, which a reload changes; `hand` is what the page's forms
        may reach; `tell` hears how serving goes; `hubs` is what WebSub hubs call.
        """
        self._store, config = store, current()
        if config.web.enabled:
            token = config.web_token.get_secret_value() if config.web_token else None
            sources = Sources(self._metrics.exposition, self.pulse.late, self.unready)
            changes = config.web.changes
            door, page = (
                Door(token, config.web.hosts, changes, hubs is not None),
                Page(store, current, self._clock, hand if changes else None),
            )
            self._parts.callback(page.drafts.close)
            pushes = [push.route(hubs, config.http.max_body_bytes)] if hubs is not None else []
            app = create_app(sources, door, page, pushes)
            await self._parts.enter_async_context(serving(app, *config.web.address, tell))
        if (every := watchdog_interval()) is not None:
            feeding = asyncio.create_task(self._feed_watchdog(every.total_seconds()), name="watchdog")
            self._parts.callback(feeding.cancel)
        tell_systemd("READY=1")

    async def stop(self) -> None:
        """Stop serving; from here on nothing reads the database."""
        tell_systemd("STOPPING=1")
        await self._parts.aclose()
        self._store = None

    def unready(self) -> Sequence[str]:
        """Say what keeps the daemon from doing its work."""
        wrong = [*self.pulse.late(), *(f"the tick {name} has not run yet" for name in self.pulse.waiting())]
        try:
            self._standing()
        except (SQLAlchemyError, StoreError, OSError) as error:
            wrong.append(f"the database cannot be read: {type(error).__name__}")
        return wrong

    async def _feed_watchdog(self, every_s: float) -> None:
        """Let systemd kill and start a daemon whose ticks do not end any more."""
        while True:
            if not self.pulse.late():
                tell_systemd("WATCHDOG=1")
            await asyncio.sleep(every_s)

    def _standing(self) -> Standing:
        store, now = self._store, self._clock()
        if store is None:
            return Standing()
        with store.read() as connection:
            found = figures(connection, now)
        unsent, due = (
            0.0 if at is None else max(0.0, (now - at).total_seconds())
            for at in (found.unsent_since_at, found.due_since_at)
        )
        return Standing(found.feeds, found.waiting, unsent, due, found.open_alarms, size_bytes(store.path))
