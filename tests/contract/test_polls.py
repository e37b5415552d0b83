"""Single polls on a real store: what is remembered of a feed that was held, removed, or broken by a fault of ours."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher import dedup
from watcher.logs import ROUTINE
from watcher.model import Entry, Feed, Fetched, FetchFailed, FetchFailure, ParsedFeed, Places
from watcher.poll import Poller, Setup, Window
from watcher.route import Routing
from watcher.rules import compile_rules
from watcher.schedule import PollPolicy
from watcher.store import open_store, polls
from watcher.upkeep import feed_trouble

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FEEDS = {name: Feed(name, f"http://x.example/{name}") for name in ("one", "two")}


class Host:
    """A server and a parser that give what the test says, and a poller for its feeds."""

    def __init__(self, store):
        self.store, self.now, self.result, self.events, self.feeds = store, NOW, None, [], dict(FEEDS)

    async def fetch(self, request):
        return self.result or Fetched(FEEDS[request.feed].url, f"body {self.now}".encode())

    async def parse(self, body, *, feed, **_):
        return ParsedFeed("F", "rss20", (Entry(f"{feed} {self.now}", "Raid", link=f"http://x/{feed}", feed=feed),))

    def state(self, feed):
        with self.store.read() as connection:
            return polls.feed_state(connection, feed) or polls.FeedState(feed)

    def poll(self, feed, result=None, url=None, **policy):
        async def in_writer(work):
            return work()

        self.result = result
        setup = Setup(
            self.feeds, compile_rules([]), Routing({}, ()), PollPolicy(**policy), lambda entry, region: Places()
        )
        poller = Poller(
            self.store, in_writer, self, self, setup, Window(dedup.Settings.named("balanced")),
            lambda: self.now, lambda: 0.0, self.events.append,
        )  # fmt: skip
        of = replace(FEEDS[feed], url=url or FEEDS[feed].url)
        asyncio.run(poller.poll(of, self.state(feed)))
        return self.state(feed)


@pytest.fixture
def host(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/w.db")
    yield Host(store)
    store.close()


def limited(retry_after=None):
    return FetchFailed(FetchFailure.RATE_LIMITED, "the server says 429", 429, retry_after)


@pytest.mark.parametrize(("retry_after", "wait"), [(None, 5 * MINUTE), (MINUTE, MINUTE), (60 * MINUTE, 60 * MINUTE)])
def test_the_other_feeds_of_a_host_wait_for_as_long_as_it_says(host, retry_after, wait):
    host.poll("two")
    host.now = host.state("two").next_poll_at
    host.poll("one", limited(retry_after))
    assert host.state("two").next_poll_at == host.now + wait


def test_a_feed_that_was_not_asked_has_not_failed(host):
    well = host.poll("two")
    host.now += 20 * MINUTE
    after = host.poll("two", FetchFailed(FetchFailure.HELD, "not asked", None, 7 * MINUTE))
    assert after.next_poll_at == host.now + 7 * MINUTE
    assert (after.failures, after.last_error, after.polled_at) == (0, None, well.polled_at)
    assert feed_trouble(after, host.now + timedelta(days=9), timedelta(hours=6)) is None
    assert host.events[-1] == {"event": "feed_held", "feed": "two", "next_poll_at": after.next_poll_at}


def test_a_hold_ends_no_trouble_that_the_feed_has_of_its_own(host):
    failing = host.poll("two", FetchFailed(FetchFailure.TIMEOUT, "no answer"))
    after = host.poll("two", FetchFailed(FetchFailure.HELD, "not asked", None, 7 * MINUTE))
    assert (after.failures, after.failing_since_at) == (failing.failures, failing.failing_since_at) == (1, NOW)
    assert [e["event"] for e in host.events if e["event"] not in ROUTINE] == ["feed_failed", "feed_held"]


@pytest.mark.parametrize("result", [None, FetchFailed(FetchFailure.TIMEOUT, "no answer")])
def test_a_feed_that_was_removed_while_it_was_in_hand_is_not_due_again(host, result):
    assert host.poll("one", result).next_poll_at is not None
    del host.feeds["one"]
    assert host.poll("one", result).next_poll_at is None


@pytest.mark.parametrize("result", [None, FetchFailed(FetchFailure.TIMEOUT, "no answer")])
def test_a_password_in_an_address_is_not_stored_and_a_new_one_is_the_same_address(host, result):
    first = host.poll("one", result, url="http://me:hunter2@x.example/one")
    assert first.url == "http://x.example/one"
    assert "hunter2" not in str(first)
    again = host.poll("one", result, url="http://me:other@x.example/one")
    assert (again.baseline_at, again.failures) == (first.baseline_at, 2 * first.failures)
    assert (again.etag, again.body_hash is None) == (first.etag, first.body_hash is None)
