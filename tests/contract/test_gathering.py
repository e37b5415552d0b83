"""Work for the writer's thread that is gathered: nobody waits for others, and a fault is only whose it is."""

import asyncio
import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError

from watcher import dedup
from watcher.model import Feed, FeedState, NotModified, Places
from watcher.poll import Poller, Setup, Window
from watcher.route import Routing
from watcher.rules import compile_rules
from watcher.schedule import PollPolicy
from watcher.store import WriterThread, open_store, polls
from watcher.store.gathering import Gathered


def gathered(scenario):
    """Run `scenario(gather, in_writer, pieces)`; `gather` doubles numbers and refuses pieces with a negative one.

    With a 99 the database is locked.
    """
    pieces = []

    def double(numbers):
        pieces.append(list(numbers))
        if 99 in numbers:
            raise OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError("database is locked"))
        if min(numbers) < 0:
            raise ValueError(f"{min(numbers)} cannot be stored")
        return [2 * number for number in numbers]

    async def go():
        in_writer = WriterThread()
        try:
            return await scenario(Gathered(in_writer, double), in_writer)
        finally:
            in_writer.close()

    return asyncio.run(asyncio.wait_for(go(), 30)), pieces


def while_busy(numbers):
    """Ask for all of these while the writer's thread is at something else."""

    async def scenario(gather, in_writer):
        free = threading.Event()
        busy = asyncio.create_task(in_writer(lambda: free.wait(20)))
        asked = [asyncio.create_task(gather(number)) for number in numbers]
        await asyncio.sleep(0)
        free.set()
        await busy
        return await asyncio.gather(*asked, return_exceptions=True)

    return scenario


def test_one_alone_waits_for_nobody():
    async def scenario(gather, in_writer):
        return [await gather(1), await gather(2)]

    assert gathered(scenario) == ([2, 4], [[1], [2]])


def test_all_that_wait_are_done_in_one_piece():
    assert gathered(while_busy([1, 2, 3])) == ([2, 4, 6], [[1, 2, 3]])


def test_where_a_piece_fails_each_is_tried_alone():
    results, pieces = gathered(while_busy([1, -2, 3]))
    assert (results[0], str(results[1]), results[2]) == (2, "-2 cannot be stored", 6)
    assert pieces == [[1, -2, 3], [1], [-2], [3]]


def test_where_the_database_is_locked_it_is_waited_for_once():
    results, pieces = gathered(while_busy([1, 99, 3]))
    assert [str(result.orig) for result in results] == ["database is locked"] * 3
    assert pieces == [[1, 99, 3]]


def test_who_is_cancelled_takes_nothing_from_the_others():
    async def scenario(gather, in_writer):
        free = threading.Event()
        busy = asyncio.create_task(in_writer(lambda: free.wait(20)))
        first, second = (asyncio.create_task(gather(number)) for number in (1, 2))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        free.set()
        await busy
        return await second, first.cancelled()

    assert gathered(scenario) == ((4, True), [[1, 2]])


def test_when_the_thread_has_ended_it_is_told():
    async def scenario(gather, in_writer):
        in_writer.close()
        with pytest.raises(RuntimeError, match="shutdown"):
            await gather(1)
        with pytest.raises(RuntimeError, match="shutdown"):
            await gather(2)

    assert gathered(scenario)[1] == []


class Unchanged:
    """A fetcher: no feed has anything new."""

    async def fetch(self, request):
        return NotModified(request.url)


def test_polls_that_brought_nothing_while_the_writer_was_busy_are_one_transaction(tmp_path, monkeypatch):
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    feeds = {name: Feed(name, f"https://{name}.example/feed") for name in "abcdef"}
    store = open_store(f"sqlite:///{tmp_path}/w.db")
    setup = Setup(feeds, compile_rules([]), Routing({}, ()), PollPolicy(), lambda *_: Places())
    transactions, write = [], store.write
    monkeypatch.setattr(store, "write", lambda: transactions.append(1) or write())

    async def go():
        in_writer = WriterThread()
        poller = Poller(
            store, in_writer, Unchanged(), None, setup, Window(dedup.Settings.named("balanced")),
            lambda: now, lambda: 0.0, lambda event: None,
        )  # fmt: skip
        free = threading.Event()
        busy = asyncio.create_task(in_writer(lambda: free.wait(20)))
        polled = [asyncio.create_task(poller.poll(feed, FeedState(feed.id))) for feed in feeds.values()]
        for _ in range(20):  # all of them get as far as they can
            await asyncio.sleep(0)
        free.set()
        await busy
        try:
            return await asyncio.wait_for(asyncio.gather(*polled), 20)
        finally:
            in_writer.close()

    commits = asyncio.run(go())
    with store.read() as connection:
        states = polls.all_feed_states(connection)
    store.close()
    assert [commit.state.feed for commit in commits] == list(feeds)
    assert all(states[name].next_poll_at >= now + timedelta(minutes=1) for name in feeds)
    assert len(transactions) == 1
