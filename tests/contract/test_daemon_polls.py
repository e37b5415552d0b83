"""The daemon's own part: how polls are started and rest after a fault of ours, and reloads that something breaks."""

import asyncio
import os
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from watcher import daemon
from watcher.config import load
from watcher.daemon import REST, Watcher
from watcher.notifiers import REGISTRY, Environment
from watcher.store import polls


class BrokenError(Exception):
    """Stands for a fault of ours."""


@pytest.fixture
def with_watcher(machine):
    """Run a test's coroutine with a watcher whose polls break."""

    def run(test):
        async def go():
            events = []
            config = load(machine.folder / "config.yaml", os.environ, REGISTRY)
            watcher = await Watcher.open(config, events.append, Environment(), spread_first_polls=False)
            watcher.deliverer.tick = at_once

            async def poll(feed, state):
                events.append({"event": "tried"})
                raise BrokenError("a fault")

            watcher._poller.poll = poll
            try:
                await test(watcher, events)
            finally:
                await watcher.stop(timedelta(seconds=1))

        asyncio.run(go())

    return run


async def at_once():
    """Deliver nothing."""


async def tick(watcher):
    await watcher.start_due_polls()
    await asyncio.gather(*watcher._polling.values())


def state_of(watcher):
    with watcher.store.read() as connection:
        return polls.feed_state(connection, "feed")


def test_a_poll_that_broke_is_stored_told_and_put_off(with_watcher):
    async def test(watcher, events):
        await tick(watcher)
        state = state_of(watcher)
        assert state.failures == 1
        assert state.last_error == "internal error: BrokenError: a fault"
        assert state.next_poll_at > state.polled_at
        assert [event["where"] for event in events if event["event"] == "internal_error"] == ["feed feed"]

    with_watcher(test)


def test_a_feed_whose_fault_could_not_be_stored_rests(with_watcher, monkeypatch):
    async def test(watcher, events):
        with watcher.store.write() as connection:
            connection.execute(text("ALTER TABLE feed_states RENAME COLUMN last_error TO elsewhere"))
        await broken_twice(watcher, events)

    async def broken_twice(watcher, events):
        feed = next(iter(watcher.config.feeds))
        watcher._due = lambda *_: [(feed, polls.FeedState(feed.id))]
        now = daemon.utc_now()
        monkeypatch.setattr(daemon, "utc_now", lambda: now)
        await tick(watcher)
        assert [event["event"] for event in events] == ["tried", "internal_error", "internal_error"]
        now += REST - timedelta(seconds=1)
        await tick(watcher)
        assert len(events) == 3
        now += timedelta(seconds=2)
        await tick(watcher)
        assert [event["event"] for event in events[3:]] == ["tried", "internal_error", "internal_error"]

    with_watcher(test)


def test_a_feed_that_was_removed_while_its_poll_broke_is_not_due_again(with_watcher):
    async def test(watcher, events):
        feed, before = next(iter(watcher.config.feeds)), state_of(watcher)
        watcher._poller.setup.feeds.clear()
        await watcher._poll(feed, before)
        assert state_of(watcher).next_poll_at is None

    with_watcher(test)


def test_feeds_that_found_no_room_are_taken_up_without_waiting_for_a_tick(machine, with_watcher):
    path = machine.folder / "config.yaml"
    feeds = "".join(f"  - {{id: f{n}, url: 'http://127.0.0.1/{n}'}}\n" for n in range(9))
    path.write_text(
        path.read_text().replace("http: {", "http: {concurrency: 1, ").replace("feeds:\n", f"feeds:\n{feeds}")
    )

    async def test(watcher, events):
        await watcher.start_due_polls()
        async with asyncio.timeout(20):
            while running := [
                task for task in (watcher._refill, *watcher._polling.values()) if task and not task.done()
            ]:
                await asyncio.gather(*running)
                await asyncio.sleep(0)  # for what they set going
        assert [event["event"] for event in events].count("tried") == 10

    with_watcher(test)


# ---------------------------------------------------------------- reload


class Closing:
    """A notifier that notes when it is closed."""

    def __init__(self):
        self.closed = asyncio.Event()

    async def aclose(self):
        self.closed.set()


def test_a_notifier_that_a_reload_replaces_is_closed_when_its_send_is_over(machine, with_watcher):
    """Cut off in the middle, its message would be sent again."""

    async def test(watcher, events):
        old, sending = Closing(), asyncio.Event()
        watcher._notifiers["hook"] = old
        watcher.deliverer._lanes["hook"] = asyncio.create_task(sending.wait())
        path = machine.folder / "config.yaml"
        path.write_text(path.read_text().replace("/hook'", "/elsewhere'"))
        assert await watcher.reload(lambda: load(path, os.environ, REGISTRY))
        await asyncio.sleep(0)
        assert not old.closed.is_set()
        sending.set()
        async with asyncio.timeout(10):
            await old.closed.wait()

    with_watcher(test)


def test_a_reload_tells_the_rules_that_are_gone(machine, with_watcher):
    """A rule file that was deleted by mistake is noticed by nobody otherwise."""

    async def test(watcher, events):
        (machine.folder / "rules" / "r.yaml").unlink()
        assert await watcher.reload(lambda: load(machine.folder / "config.yaml", os.environ, REGISTRY))
        (told,) = [event for event in events if event["event"] == "reloaded"]
        assert told["rules_gone"] == ["explosion"]

    with_watcher(test)


def test_a_reload_that_breaks_half_way_is_told_and_tried_again(machine, with_watcher, monkeypatch):
    monkeypatch.setattr(daemon, "RELOAD_AGAIN", timedelta(milliseconds=20))

    async def test(watcher, events):
        path, plan, broken = machine.folder / "config.yaml", watcher._plan, []

        def plan_later(**given):
            if not broken:
                broken.append(1)
                raise BrokenError("the database is locked")
            plan(**given)

        watcher._plan = plan_later
        hup = asyncio.Event()
        hup.set()
        again = partial(load, path, os.environ, REGISTRY)
        reloading = asyncio.create_task(daemon._reload_on_change(watcher, again, hup))
        async with asyncio.timeout(20):
            while "reloaded" not in [event["event"] for event in events]:
                await asyncio.wait([reloading], timeout=0.05)
        reloading.cancel()
        names = [event["event"] for event in events]
        assert names[:3] == ["internal_error", "reload_failed", "reloaded"]
        assert "is tried again" in events[1]["faults"][0]

    with_watcher(test)
