"""The daemon, through its database and over restarts, decides as `cluster` does on the same stream."""

import asyncio
import functools
import itertools
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from dedup_try import NOW, clusterer, entry
from sqlalchemy import event

from watcher import dedup
from watcher.model import Action, Feed, Fetched, ParsedFeed, Relation
from watcher.poll import Poller, Setup, Window
from watcher.regions import locate
from watcher.route import Routing
from watcher.rules import RuleSet, compile_rules
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


def gathered():
    """Yield the same entries in few polls of many: what a feed brought within ten days."""
    waiting = {}
    for hours, entries in stream():
        waiting.setdefault((hours // 240, entries[0].feed, entries[0].id), []).extend(entries)
    polled = {}
    for (day, feed, _), versions in waiting.items():
        for number, version in enumerate(versions):
            polled.setdefault((day, number, feed), []).append(version)
    for at, (_, entries) in enumerate(sorted(polled.items())):
        yield at * 24.0, entries


class Outside:
    """Fetches and parses nothing: a body is a number, and the entries are looked up by it."""

    def __init__(self):
        self.entries = {}

    async def fetch(self, request):
        return Fetched(request.url, str(len(self.entries)).encode())

    async def parse(self, body, **kwargs):
        return ParsedFeed("t", "rss20", tuple(self.entries[int(body)]))


async def polled(store, each, *, entries_of=stream, rules=None, sensitivity="balanced", piece=1000, observe=id):
    """Poll a stream; `each(poller_number)` says when a new process begins."""
    clock, outside = [NOW], Outside()
    feeds = {f"f{n}": Feed(f"f{n}", f"https://f{n}.example/", alert_on_first_poll=True) for n in range(4)}
    rules = rules or RuleSet((), ())
    routing = Routing({meta.id: meta for meta in rules.rules}, ("desk",))
    setup = Setup(feeds, rules, routing, PollPolicy(), locate)

    async def in_writer(work):
        return work()

    poller = None
    for number, (hours, entries) in enumerate(entries_of()):
        if poller is None or each(number):
            window = Window(dedup.Settings.named(sensitivity), piece)
            poller = Poller(store, in_writer, outside, outside, setup, window, lambda: clock[0], lambda: 0.5, observe)
        clock[0] = NOW + timedelta(hours=hours)
        outside.entries[len(outside.entries) + 1] = entries[::-1]  # a feed lists its newest entry first
        feed = feeds[entries[0].feed]
        yield (await poller.poll(feed, polls.FeedState(feed.id))).entries


def in_daemon(store, each=lambda number: False, polls_of=stream):
    async def all_of_it():
        return [(i.entry.id, i.assignment) async for items in polled(store, each, entries_of=polls_of) for i in items]

    return asyncio.run(all_of_it())


@functools.cache
def in_cluster(polls_of=stream, together=1):
    """Assign so many entries together as `cluster` does that reads a file."""
    items = [(e, NOW + timedelta(hours=h)) for h, entries in polls_of() for e in entries]
    clusters, pieces = clusterer(), range(0, len(items), together)
    told = [assignment for first in pieces for assignment in clusters.assign_all(items[first : first + together])]
    return [(e.id, assignment) for (e, _), assignment in zip(items, told, strict=True)]


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


@pytest.mark.parametrize("together", [1, 50])
def test_daemon_and_cluster_decide_alike_on_many_entries_at_once(store, together):
    assert max(len(entries) for _, entries in gathered()) > 10
    assert told(in_daemon(store, polls_of=gathered)) == told(in_cluster(gathered, together))


def test_a_restart_before_every_poll_changes_nothing(store):
    assert told(in_daemon(store, lambda number: True)) == told(in_cluster())


def test_a_restart_reads_the_window_in_pieces_while_others_may_write(store):
    read, events, decisions = [], [], []

    @event.listens_for(store.engine, "before_cursor_execute")
    def note(connection, cursor, statement, parameters, *_):
        if "assignments.fingerprint" in statement and "assignments.seq >" in statement:
            read.append((connection.get_execution_options().get("watcher_write", False), parameters[0]))

    async def all_of_it():
        newest = 0
        async for items in polled(store, lambda number: number == 100, piece=20, observe=events.append):
            while_writing = [after for writes, after in read if writes]
            assert while_writing == [newest] * len(while_writing), "nothing is left to be read by then"
            decisions.extend((item.entry.id, item.assignment) for item in items)
            newest = items[-1].seq if items else newest
            read.clear()

    asyncio.run(all_of_it())
    assert told(decisions) == told(in_cluster())
    progress = [(one["entries"], one["whole"]) for one in events if one["event"] == "window_read"]
    assert len(progress) > 3
    assert [whole for _, whole in progress] == [False] * (len(progress) - 1) + [True]
    assert progress == sorted(progress)


def test_reasons_are_stored_and_shown(store):
    in_daemon(store, polls_of=lambda: itertools.islice(stream(), 6))
    with store.read() as connection:
        numbers = reading.find_entries(connection, "c1")
        _, facts = reading.entry_facts(connection, numbers[0])
    reasons = facts["assignments"][0]["reasons"]
    assert reasons
    assert set(reasons[0]) == {"name", "value", "speaks"}


BEGINNINGS = (
    (
        "Forces stormed a farm near Manbij at dawn and led away a man who is said to have built bombs for the militias,"
        " residents told reporters while helicopters circled over the road to the dam for two hours"
    ),
    (
        "Customs officers searched a warehouse in the port of Latakia on Tuesday night and found four hundred crates of"
        " cigarettes under sacks of flour that a trader from Tripoli had declared as aid for schools"
    ),
    (
        "Gunmen on motorcycles attacked a checkpoint outside Sabha before sunset and took two radios and a water tank"
        " with them, a tribal elder said, adding that nobody had been guarding the well since spring"
    ),
    (
        "Police entered the offices of a weekly paper in Izmir this morning and carried away computers, notebooks and"
        " the archive of its cartoonist, whose drawings of the governor had been shown in a gallery last month"
    ),
    (
        "Divers of the navy cut nets that smugglers had stretched across the strait near Tarifa and recovered nine"
        " bales of hashish, the coast guard announced after a chase that ended among the boats of tuna fishermen"
    ),
)
ENDS = (
    "The ministry opened new schools in the capital and promised books for all of the pupils by autumn.",
    "Farmers along the coast expect their best olive harvest in a decade after a spring of generous rain.",
    "A court in the port city freed two editors who had written about the price of bread last winter.",
    "Engineers began to lay the second track of the railway that will carry phosphate to the harbour.",
    "Doctors at the university clinic warned of a wave of measles among children who missed vaccination.",
)


def nearly_alike():
    """Yield polls: five raids, then texts that begin like them, for ever more words, and go on otherwise."""
    for n, text in enumerate(BEGINNINGS):
        yield n / 10, [entry(f"Raid number {n}", text, feed="f0", number=str(n))]
    for n, (text, end) in enumerate(zip(BEGINNINGS, ENDS, strict=True)):
        shorter = f"{' '.join(text.split()[: 8 + 4 * n])}. {end}"
        yield 1 + n / 10, [entry("What the raid brought", shorter, feed=f"f{n % 3 + 1}", number=f"{n} again")]


def messages_of(store, own, configured, each=lambda number: False):
    """Return the entries of which a rule with a sensitivity of its own sends messages, not edits."""
    rule = {"id": "r", "when": "raid"} | ({"sensitivity": own} if own else {})
    rules = compile_rules([("r.yaml", json.dumps({"rules": [rule]}))])

    async def all_of_it():
        items = polled(store, each, entries_of=nearly_alike, rules=rules, sensitivity=configured)
        return [item async for found in items for item in found]

    items = asyncio.run(all_of_it())
    new = (Action.NEW, Action.REPLY)
    return {i.entry.id for i in items for a in i.alerts for plan in a.deliveries if plan.action in new}


@pytest.mark.parametrize("configured", ["strict", "balanced", "broad"])
def test_a_stricter_rule_sends_a_message_of_everything_that_a_broader_one_does(tmp_path, configured):
    sent = {}
    for own in ("strict", "balanced", "broad", None):
        store = open_store(f"sqlite:///{tmp_path}/{own}.db")
        sent[own] = messages_of(store, own, configured)
        store.close()
    assert sent["strict"] >= sent["balanced"] >= sent["broad"]
    assert sent["strict"] != sent["broad"]
    assert sent[None] == sent[configured]


def test_what_a_broader_rule_takes_for_one_story_survives_a_restart(tmp_path):
    stores = [open_store(f"sqlite:///{tmp_path}/{name}.db") for name in "ab"]
    once, again = (
        messages_of(store, "broad", "strict", each) for store, each in zip(stores, (lambda n: False, bool), strict=True)
    )
    assert once == again
    for store in stores:
        store.close()
