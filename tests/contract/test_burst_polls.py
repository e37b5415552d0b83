"""Bursts over polls and restarts, on a real store: what earlier polls committed is counted."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from watcher import dedup
from watcher.model import Entry, Feed, Fetched, ParsedFeed, Places
from watcher.poll import Poller, Setup, Window
from watcher.route import Routing
from watcher.rules import compile_rules
from watcher.schedule import PollPolicy
from watcher.store import open_store, polls

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
RULES = """
rules:
  - {id: raid, when: {any: [raid]}, receivers: []}
  - {id: many, burst: {rules: [raid], at_least: 3, within: 1h}}
"""
TITLES = {
    "river": "Night raid on a smugglers' camp at the river", "hotel": "Police raid an old hotel downtown after dusk",
    "bank": "Raid against forgers shuts three bank branches", "farm": "Soldiers raid remote farm, seize ancient rifles",
    "port": "Customs raid uncovers cigarettes inside port warehouse",
}  # fmt: skip


class Outside:
    """A server and a parser that give what the test says."""

    def __init__(self, now):
        self.now, self.names, self.count = now, (), 0

    async def fetch(self, request):
        self.count += 1
        return Fetched(request.url, f"body {self.count}".encode())

    async def parse(self, body, **_):
        entries = tuple(Entry(name, TITLES[name], link=f"http://x/{name}", feed="f") for name in self.names)
        return ParsedFeed("F", "rss20", entries)


@pytest.fixture
def poll(tmp_path):
    store, outside, feed = open_store(f"sqlite:///{tmp_path}/w.db"), Outside(NOW), Feed("f", "http://x/feed")
    rules = compile_rules([("r.yaml", RULES)])
    routing = Routing({rule.id: rule for rule in rules.rules}, ("desk",))
    setup = Setup({"f": feed}, rules, routing, PollPolicy(), lambda entry, region: Places())

    async def in_writer(work):
        return work()

    def run(*names, minutes):
        """Poll once with a new Poller, as after a restart; return the rules that its alerts speak for."""
        outside.names, outside.now = names, NOW + timedelta(minutes=minutes)
        poller = Poller(
            store, in_writer, outside, outside, setup, Window(dedup.Settings.named("balanced")),
            lambda: outside.now, lambda: 0.0, lambda event: None,
        )  # fmt: skip
        with store.read() as connection:
            state = polls.feed_state(connection, "f")
        commit = asyncio.run(poller.poll(feed, state or polls.FeedState("f", url=feed.url)))
        return [[alert.rule for alert in item.alerts if alert.deliveries] for item in commit.entries]

    yield run
    store.close()


def test_a_burst_is_counted_over_polls_and_told_once(poll):
    assert poll("river", minutes=0) == [[]]  # the baseline, which does not count
    assert poll("river", "hotel", minutes=1) == [[]]
    assert poll("river", "hotel", "bank", minutes=20) == [[]]
    assert poll("hotel", "bank", "farm", minutes=40) == [["many"]]
    assert poll("bank", "farm", "port", minutes=50) == [[]]


def test_a_burst_within_one_poll(poll):
    assert poll(minutes=0) == []
    assert sorted(poll("river", "hotel", "bank", "farm", minutes=1)) == [[], [], [], ["many"]]


def test_stories_too_far_apart_are_no_burst(poll):
    poll(minutes=0)
    for step, name in enumerate(TITLES):
        assert poll(name, minutes=1 + 31 * step) == [[]]
