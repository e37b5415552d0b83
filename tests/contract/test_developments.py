"""Developments are told forwards only: outlets polled one after another, as the daemon does."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from desk import Scripted

from watcher import actions, dedup, parse
from watcher import deliver as delivering
from watcher.model import AlertKind, Feed, FeedState, Fetched, Places, Rejected, RuleMeta, Severity
from watcher.poll import Poller, Setup, Window
from watcher.route import Routing
from watcher.rules import compile_rules
from watcher.schedule import PollPolicy
from watcher.store import open_store, polls

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FEEDS = {name: Feed(name, f"https://{name}.example/feed", alert_on_first_poll=True) for name in "abcdef"}
RULES = "rules:\n  - {id: raid, when: {any: [raid]}, receivers: [desk], examples: {match: [raid]}}\n"
TEXT = (
    "A coalition raid on a farm near the village of Humaira left {killed} people dead and closed the road to the dam,"
    " medics and residents of the district said on Friday. The operation began before dawn, when three helicopters"
    " landed soldiers near the mill, and ended after sunrise with the arrest of two brothers."
)


class Desk:
    """Polls outlets that publish one text with figures of their own; says what the rule told of each version."""

    def __init__(self, store):
        self.store, self.now, self.items, self.window = store, NOON, {}, Window(dedup.Settings.named("balanced"))

    def publish(self, outlet, killed, at=None, *, number=None):
        """Let an outlet publish a version, and poll it an hour later or after its `at` ("12:30", "2T04:00")."""
        self.now += timedelta(hours=1)
        moment = at and datetime.fromisoformat(f"2026-05-0{at if 'T' in at else f'1T{at}'}:00+00:00")
        self.now = max(self.now, moment or self.now)
        number = number or f"{outlet}{self.now:%d%H}"
        self.items.setdefault(outlet, {})[number] = (TEXT.format(killed=killed), moment)
        return [kind for item in asyncio.run(self._poll(FEEDS[outlet])).entries for kind in _told(item)]

    async def _poll(self, feed):
        rules = compile_rules([("r.yaml", RULES)])
        routing = Routing({rule.id: rule for rule in rules.rules})
        setup = Setup(FEEDS, rules, routing, PollPolicy(), lambda *_: Places())
        poller = Poller(self.store, _at_once, self, self, setup, self.window, lambda: self.now, lambda: 0.0, id)
        with self.store.read() as connection:
            state = polls.feed_state(connection, feed.id) or FeedState(feed.id)
        return await poller.poll(feed, state)

    def deliver(self, receiver):
        """Let a receiver have what is due; return the lines about changes in the messages that came."""
        rules = {"raid": RuleMeta("raid", "Raids", Severity.SEVERE)}
        reader = delivering.Desk({"desk": receiver}, rules, (), UTC, timedelta(days=2))
        deliverer = delivering.Deliverer(self.store, _at_once, reader, lambda: self.now, lambda: 0.0, id)
        so_far = len(receiver.messages)
        asyncio.run(deliverer.drain())
        told = (one.body.splitlines() for one in receiver.messages[so_far:])
        return [[line for line in lines if "→" in line and not line.startswith("also")] for lines in told]

    async def fetch(self, request):
        items = "".join(
            f"<item><guid>{number}</guid><title>Raid near Humaira</title>"
            f"<link>https://{request.feed}.example/{number}</link><description>{text}</description>"
            + (f"<pubDate>{format_datetime(at)}</pubDate>" if at else "")
            + "</item>"
            for number, (text, at) in reversed(self.items[request.feed].items())
        )
        return Fetched(request.url, f'<rss version="2.0"><channel><title>T</title>{items}</channel></rss>'.encode())

    async def parse(self, body, **kwargs):
        return parse.parse_feed(body, **kwargs)


async def _at_once(work):
    return work()


def _told(item):
    return [alert.kind for alert in item.alerts] or [held.reason.value for held in item.suppressed]


@pytest.fixture
def desk(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/w.db")
    yield Desk(store)
    store.close()


ALERT, COPY, DEVELOPMENT = [AlertKind.ALERT], [AlertKind.REPUBLICATION], [AlertKind.DEVELOPMENT]
REPEAT = ["same_outlet_repeat"]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_story_is_told_forwards(desk, restarts):
    def publish(*version):
        if restarts:
            desk.window = Window(dedup.Settings.named("balanced"))
        return desk.publish(*version)

    assert publish("a", 12, "12:30") == ALERT
    assert publish("b", 12, "13:30") == COPY
    assert publish("a", 15, "14:30") == DEVELOPMENT
    assert publish("a", 15, "15:30") == REPEAT
    assert publish("c", 15, "16:30") == COPY
    assert publish("b", 17, "17:30") == DEVELOPMENT
    assert publish("b", 17, "18:30") == REPEAT
    assert publish("d", 17, "19:30") == COPY
    assert publish("c", 16, "20:30") == DEVELOPMENT, "a correction is news"
    assert publish("e", 12, "13:45") == COPY, "it is older than what was told"
    assert publish("f", 14, "13:50") == COPY, "nobody has said so before, but it is older too"
    assert publish("b", 17, "21:30") == REPEAT, "it says what it said before"
    assert publish("c", 18, "22:30") == DEVELOPMENT


@pytest.mark.parametrize(
    ("published", "told"),
    [
        pytest.param(("c", 12, "12:45"), COPY, id="dated before the newest version"),
        pytest.param(("c", 12, None), COPY, id="an old figure without a date"),
        pytest.param(("c", 12, "14:00"), COPY, id="an old figure in a new text: the outlet is slow"),
        pytest.param(("c", 14, "12:45"), COPY, id="a figure in between, dated before the newest version"),
        pytest.param(("c", 14, None), DEVELOPMENT, id="a figure that nobody gave before, without a date"),
        pytest.param(("c", 14, "14:00"), DEVELOPMENT, id="a correction downward"),
        pytest.param(("c", 19, "11:00"), DEVELOPMENT, id="a toll that is higher than any told, whatever its date"),
        pytest.param(("c", 15, "11:00"), COPY, id="the newest figure, dated before"),
    ],
)
def test_after_a_toll_rose_from_12_to_15(desk, published, told):
    assert desk.publish("a", 12, "12:30") == ALERT
    assert desk.publish("b", 15, "13:30") == DEVELOPMENT
    assert desk.publish(*published) == told


@pytest.mark.parametrize(
    ("killed", "at", "told"),
    [
        pytest.param(12, "11:30", COPY, id="a late copy of a version before the lead"),
        pytest.param(12, "13:00", DEVELOPMENT, id="a correction"),
        pytest.param(12, None, DEVELOPMENT, id="without a date nobody can know"),
        pytest.param(19, "11:30", DEVELOPMENT, id="more than the lead says"),
    ],
)
def test_an_entry_is_held_against_the_lead_too(desk, killed, at, told):
    assert desk.publish("a", 15, "12:30") == ALERT
    assert desk.publish("b", killed, at) == told


def test_a_revision_is_of_the_time_when_it_is_seen(desk):
    assert desk.publish("a", 12, "12:30", number="1") == ALERT
    assert desk.publish("b", 15, "13:30", number="2") == DEVELOPMENT
    assert desk.publish("b", 12, "13:30", number="2") == DEVELOPMENT, "the outlet corrects itself under the same date"
    assert desk.publish("c", 15, "13:40") == COPY


# ---------------------------------------------------------------- what a receiver is told


def test_a_receiver_is_told_what_has_changed_since_its_last_message(desk):
    reader = Scripted()
    desk.publish("a", 12, "12:30")
    assert desk.deliver(reader) == [[]]
    desk.publish("b", 15, "13:30")
    assert desk.deliver(reader) == [["killed: 12 → 15"]]
    desk.publish("c", 17, "14:30")
    assert desk.deliver(reader) == [["killed: 15 → 17"]], "also where it was compared with the first text"
    desk.publish("a", 19, "15:30", number="a112")
    assert desk.deliver(reader) == [["killed: 17 → 19"]], "also where an outlet revises its own text"


def test_a_count_that_the_story_has_left_behind_is_not_told_beside_what_is_new(desk):
    reader = Scripted()
    for outlet, killed, at in (("a", 12, "12:30"), ("b", 15, "13:30")):
        desk.publish(outlet, f"30 people injured and {killed}", at)
    desk.deliver(reader)
    assert desk.publish("c", "41 people injured and 14", "12:45") == DEVELOPMENT
    assert desk.deliver(reader) == [["injured: 30 → 41"]]


def test_what_did_not_reach_a_receiver_is_not_taken_for_told(desk):
    reader = Scripted()
    desk.publish("a", 12, "12:30")
    desk.deliver(reader)
    desk.publish("b", 15, "13:30")
    reader.outcomes = [Rejected("no such thing here")]
    desk.deliver(reader)
    desk.publish("c", 17, "14:30")
    assert desk.deliver(reader) == [["killed: 12 → 17"]]


def test_a_rule_that_first_meets_a_later_version_goes_on_from_that(desk):
    reader = Scripted()
    desk.publish("a", 12, "12:30")
    with desk.store.write() as connection:  # as if the rule had not met the first text
        connection.exec_driver_sql("DELETE FROM deliveries")
        connection.exec_driver_sql("DELETE FROM alerts")
    assert desk.publish("b", 15, "13:30") == ALERT
    desk.deliver(reader)
    desk.publish("c", 17, "14:30")
    assert desk.deliver(reader) == [["killed: 15 → 17"]]


def test_a_digest_tells_each_change_since_the_one_before_it(desk):
    reader = Scripted()
    for outlet, killed, at in (("a", 12, "12:30"), ("b", 15, "13:30"), ("c", 17, "14:30")):
        desk.publish(outlet, killed, at)
    desk.now += timedelta(hours=8)
    desk.publish("d", 18, "22:45")
    desk.publish("e", 21, "23:00")
    desk.now += timedelta(hours=8)
    told = "\n".join(line for lines in desk.deliver(reader) for line in lines)
    assert [f"killed: {was} → {now}" in told for was, now in ((12, 15), (15, 17), (17, 18), (18, 21))] == [True] * 4


@pytest.mark.parametrize(("wrong", "known"), [(2, 17), (3, 15)], ids=["the first", "the last"])
def test_a_story_that_a_development_was_split_off_goes_on(desk, wrong, known):
    reader = Scripted()
    for outlet, killed, at in (("a", 12, "12:30"), ("b", 15, "13:30"), ("c", 17, "14:30")):
        desk.publish(outlet, killed, at)
        desk.deliver(reader)
    with desk.store.write() as connection:
        moved = actions.split(connection, wrong, "a reader", Routing({}), desk.now).entries
    assert moved == [wrong], "the other stays"
    desk.deliver(reader)
    desk.window = Window(dedup.Settings.named("balanced"))
    assert desk.publish("d", 19, "15:30") == DEVELOPMENT
    assert desk.deliver(reader)[-1] == [f"killed: {known} → 19"]
    assert desk.publish("e", 21, "16:30") == DEVELOPMENT
    desk.deliver(reader)
    keys = [one.key for one in reader.messages]
    assert len(set(keys)) == len(keys), "nothing is taken for a repetition"
