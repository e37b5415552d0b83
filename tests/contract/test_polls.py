"""Single polls on a real store: what is remembered of a feed that was held, removed, or broken by a fault of ours."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher import dedup, lease
from watcher.logs import ROUTINE
from watcher.model import (
    Entry,
    Feed,
    Fetched,
    FetchFailed,
    FetchFailure,
    Hub,
    NotModified,
    ParsedFeed,
    ParseFailed,
    ParseFailure,
    Places,
)
from watcher.poll import Poller, Setup, Window
from watcher.route import Routing
from watcher.rules import compile_rules
from watcher.schedule import PollPolicy
from watcher.store import open_store, polls, subscriptions
from watcher.upkeep import feed_trouble

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FEEDS = {name: Feed(name, f"http://x.example/{name}") for name in ("one", "two")}


class Host:
    """A server and a parser that give what the test says, and a poller for its feeds."""

    def __init__(self, store):
        self.store, self.now, self.result, self.events, self.feeds = store, NOW, None, [], dict(FEEDS)
        self.hub, self.with_hubs = None, False
        #: What is wrong with the next document; None: it is none.
        self.broken = {}

    async def fetch(self, request):
        return self.result or Fetched(FEEDS[request.feed].url, f"body {self.now}".encode())

    async def parse(self, body, *, feed, **_):
        entry = Entry(f"{feed} {self.now}", "Raid", link=f"http://x/{feed}", feed=feed)
        if self.broken is None:
            return ParseFailed(ParseFailure.NOT_A_FEED, "broken")
        return ParsedFeed("F", "rss20", (entry,), hub=self.hub, **self.broken)

    def state(self, feed):
        with self.store.read() as connection:
            return polls.feed_state(connection, feed) or polls.FeedState(feed)

    def poller(self, **policy):
        async def in_writer(work):
            return work()

        setup = Setup(
            self.feeds, compile_rules([]), Routing({}, ()), PollPolicy(**policy), lambda entry, region: Places(),
            hubs=self.with_hubs or self.hub is not None,
        )  # fmt: skip
        return Poller(
            self.store, in_writer, self, self, setup, Window(dedup.Settings.named("balanced")),
            lambda: self.now, lambda: 0.0, self.events.append,
        )  # fmt: skip

    def poll(self, feed, result=None, url=None, **policy):
        self.result = result
        of = replace(FEEDS[feed], url=url or FEEDS[feed].url)
        asyncio.run(self.poller(**policy).poll(of, self.state(feed)))
        return self.state(feed)

    def push(self, feed, body=b"pushed"):
        asyncio.run(self.poller().pushed(FEEDS[feed], self.state(feed), body, "application/rss+xml"))
        return self.state(feed)

    def subscription(self, feed):
        with self.store.read() as connection:
            return subscriptions.of_feed(connection, feed)

    def subscribe(self, feed):
        """Do as if the hub had verified."""
        with self.store.write() as connection:
            subscriptions.save(connection, lease.verified(self.subscription(feed), None, self.now))


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


# ---------------------------------------------------------------- hubs

HUB = Hub("https://hub.example/", "http://x.example/one")
CEILING = timedelta(hours=4)


@pytest.fixture
def subscribed(host):
    """A feed whose hub has verified the subscription and told of something."""
    host.hub = HUB
    host.poll("one")
    host.subscribe("one")
    with host.store.write() as connection:
        subscriptions.save(connection, lease.heard(host.subscription("one"), host.now))
    return host


def test_a_feed_that_names_a_hub_is_subscribed_to_and_polled_as_usual_until_then(host):
    host.hub = HUB
    assert host.poll("one").next_poll_at == NOW + 10 * MINUTE
    offered = host.subscription("one")
    assert (offered.hub, offered.topic, offered.next_at) == (HUB.url, HUB.topic, NOW)


def test_a_hub_is_not_relied_on_before_it_has_told_of_something(host):
    """Some hubs verify and then tell of nothing: news would wait for two polls at the ceiling."""
    host.hub = HUB
    host.poll("one")
    host.subscribe("one")
    unchanged = NotModified(FEEDS["one"].url)
    assert host.poll("one", unchanged).next_poll_at < NOW + CEILING
    host.now += MINUTE
    host.push("one")
    assert host.poll("one", unchanged).next_poll_at == host.now + CEILING


def test_polls_are_a_safety_net_while_the_lease_runs(subscribed):
    unchanged = NotModified(FEEDS["one"].url)
    assert subscribed.poll("one", unchanged).next_poll_at == NOW + CEILING
    subscribed.now += lease.LEASE
    assert subscribed.poll("one", unchanged).next_poll_at < subscribed.now + CEILING


def test_no_poll_waits_beyond_the_end_of_the_lease(subscribed):
    with subscribed.store.write() as connection:
        short = lease.verified(subscribed.subscription("one"), timedelta(hours=1), NOW)
        subscriptions.save(connection, short)
    assert subscribed.poll("one", NotModified(FEEDS["one"].url)).next_poll_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(("broken", "held"), [({}, False), ({"cut": True}, True), ({"odd": True}, True)])
def test_only_a_whole_document_says_that_there_is_no_hub(subscribed, broken, held):
    subscribed.hub, subscribed.with_hubs, subscribed.broken = None, True, broken
    subscribed.now += MINUTE
    subscribed.poll("one")
    assert (subscribed.subscription("one") is not None) is held


@pytest.mark.parametrize("broken", [None, {"cut": True}])
def test_a_push_that_cannot_be_read_is_found_by_a_poll_as_usual(subscribed, broken):
    resting = subscribed.poll("one", NotModified(FEEDS["one"].url))
    assert resting.next_poll_at == NOW + CEILING
    subscribed.broken = broken
    assert subscribed.push("one").next_poll_at == NOW + resting.interval


def test_a_hub_that_misses_news_twice_is_not_relied_on_until_it_tells_of_something(subscribed):
    waits = []
    for _ in range(3):
        subscribed.now += MINUTE
        waits.append(subscribed.poll("one").next_poll_at - subscribed.now)
    assert waits[0] == CEILING
    assert waits[1] < CEILING
    assert lease.trouble(subscribed.subscription("one"), subscribed.now).endswith("its hub had not told of")
    subscribed.now += MINUTE
    subscribed.push("one")
    assert lease.trouble(subscribed.subscription("one"), subscribed.now) is None
    assert subscribed.poll("one", NotModified(FEEDS["one"].url)).next_poll_at == subscribed.now + CEILING


def test_a_pushed_document_brings_entries_and_leaves_the_next_poll_where_it_is(subscribed):
    before = subscribed.state("one")
    subscribed.now += MINUTE
    after = subscribed.push("one")
    assert after == replace(before, new_entry_at=subscribed.now)
    assert [e["new"] for e in subscribed.events if e["event"] == "pushed"] == [1]
    with subscribed.store.read() as connection:
        assert len(polls.known_entries(connection, "one", [f"one {subscribed.now}"])) == 1
    subscribed.push("one", b"the same entry again")
    assert [e["event"] for e in subscribed.events].count("pushed") == 1


def test_a_push_after_a_start_reads_the_dedup_window_back_before_it_writes(subscribed, monkeypatch):
    """A million entries take half a minute, in which nobody else could write."""
    subscribed.now += MINUTE
    subscribed.poll("one")
    read, catch_up = [], Window.catch_up

    def noted(window, connection, *more):
        number = catch_up(window, connection, *more)
        read.append((connection.get_execution_options().get("watcher_write", False), number > 0))
        return number

    monkeypatch.setattr(Window, "catch_up", noted)
    subscribed.now += MINUTE
    subscribed.push("one")
    assert read == [(False, True), (True, False)]


def test_nothing_is_taken_in_before_the_baseline(host):
    host.hub = HUB
    assert host.push("one") == polls.FeedState("one")


def test_a_feed_that_names_its_hub_no_more_is_not_subscribed_to(subscribed):
    subscribed.hub = Hub("", "")
    subscribed.parse = without_hub
    subscribed.now += MINUTE
    subscribed.poll("one")
    assert subscribed.subscription("one") is None


async def without_hub(body, **_):
    return ParsedFeed("F", "rss20", ())
