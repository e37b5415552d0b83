"""The daemon, through its database and over restarts, decides as `cluster` does on the same stream."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from dedup_try import NOW, clusterer, entry

from watcher import dedup
from watcher.model import Feed, Fetched, ParsedFeed, Relation
from watcher.poll import Poller, Setup, Window
from watcher.regions import locate
from watcher.route import Routing
from watcher.rules import RuleSet
from watcher.schedule import PollPolicy
from watcher.store import open_store, polls, reading

PLACES = ("Aleppo", "Homs", "Idlib", "Raqqa", "Hama", "Daraa", "Palmyra", "Afrin", "Manbij", "Jarabulus")
TEXT = (
    "A coalition raid on a farm near {place} left {killed} people dead and the road to the {place} dam closed, medics"
    " and residents of the {place} district said on {day}. The operation began at {hour} and ended with {count}"
    " arrests."
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def stream():
    """Yield polls `(hours, entries)`: texts, copies of them, developments, revisions, templates."""
    for n in range(60):
        place, day = PLACES[n % 10], DAYS[n % 7]
        first = entry(
            f"Raid {n} near {place}: {n * 7 % 50 + 2} killed",
            TEXT.format(place=place, killed=n * 7 % 50 + 2, day=day, hour=n % 12 + 1, count=n % 9 + 2),
            feed=f"f{n % 4}", number=f"e{n}",
        )  # fmt: skip
        copy = replace(first, id=f"c{n}", feed=f"f{(n + 1) % 4}", title="Raid reported in the north")
        changed = first.summary.replace("people dead", "people dead, including three children,")
        revised = replace(first, title=first.title + " (updated)", summary=changed)
        yield n * 5.0, [first]
        yield n * 5.0 + 1, [copy]
        if n % 3 == 0:
            yield n * 5.0 + 2, [revised]
        if n % 4 == 0:
            later = first.summary.replace(f"{n * 7 % 50 + 2} people", f"{n * 7 % 50 + 9} people")
            yield n * 5.0 + 3, [replace(first, id=f"d{n}", feed=f"f{(n + 2) % 4}", summary=later)]


class Outside:
    """Fetches and parses nothing: a body is a number, and the entries are looked up by it."""

    def __init__(self):
        self.entries = {}

    async def fetch(self, request):
        return Fetched(request.url, str(len(self.entries)).encode())

    async def parse(self, body, **kwargs):
        return ParsedFeed("t", "rss20", tuple(self.entries[int(body)]))


async def polled(store, each):
    """Poll a stream; `each(poller_number)` says when a new process begins."""
    clock, outside = [NOW], Outside()
    feeds = {f"f{n}": Feed(f"f{n}", f"https://f{n}.example/", alert_on_first_poll=True) for n in range(4)}
    setup = Setup(feeds, RuleSet((), ()), Routing({}), PollPolicy(), locate)

    async def in_writer(work):
        return work()

    poller = None
    for number, (hours, entries) in enumerate(stream()):
        if poller is None or each(number):
            window = Window(dedup.Settings.named("balanced"))
            poller = Poller(store, in_writer, outside, outside, setup, window, lambda: clock[0], lambda: 0.5, id)
        clock[0] = NOW + timedelta(hours=hours)
        outside.entries[len(outside.entries) + 1] = entries
        feed = feeds[entries[0].feed]
        yield (await poller.poll(feed, polls.FeedState(feed.id))).entries


def in_daemon(store, each=lambda number: False):
    async def all_of_it():
        return [(i.entry.id, i.assignment) async for items in polled(store, each) for i in items]

    return asyncio.run(all_of_it())


def in_cluster():
    clusters = clusterer()
    return [(e.id, clusters.assign(e, NOW + timedelta(hours=h))) for h, entries in stream() for e in entries]


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/w.db")
    yield opened
    opened.close()


def told(decisions):
    return [
        (i, a.story, a.relation, a.reason, a.similarity, a.compared_with, a.changes, a.shared) for i, a in decisions
    ]


def test_the_stream_has_something_of_everything():
    assert {a.relation for _, a in in_cluster()} == set(Relation)


def test_daemon_and_cluster_decide_alike(store):
    assert told(in_daemon(store)) == told(in_cluster())


def test_a_restart_before_every_poll_changes_nothing(store):
    assert told(in_daemon(store, lambda number: True)) == told(in_cluster())


def test_reasons_are_stored_and_shown(store):
    in_daemon(store)
    with store.read() as connection:
        numbers = reading.find_entries(connection, "c1")
        _, facts = reading.entry_facts(connection, numbers[0])
    reasons = facts["assignments"][0]["reasons"]
    assert reasons
    assert set(reasons[0]) == {"name", "value", "speaks"}
