"""What is old is forgotten as whole stories, and nothing that is still needed; what was forgotten is no news again."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from watcher import dedup
from watcher.model import (
    Action,
    Alert,
    AlertKind,
    Assignment,
    AssignReason,
    DeliveryPlan,
    Entry,
    EntryCommit,
    Feed,
    FeedState,
    Fetched,
    Match,
    ParsedFeed,
    Places,
    PollCommit,
    Relation,
    Severity,
    Suppressed,
    SuppressReason,
)
from watcher.poll import Poller, Setup, Window
from watcher.pruning import Pruner
from watcher.route import Routing
from watcher.rules import compile_rules
from watcher.schedule import PollPolicy
from watcher.store import alarms, open_store, outbox, polls, retention
from watcher.store.retention import Keep, Pruned
from watcher.store.schema import alerts, entries, forgotten, labels, metadata, stories

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KEEP = Keep(90 * DAY, 365 * DAY)


async def at_once(work):
    return work()


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setattr(retention, "NEWEST_KEPT", 2)
    opened = open_store(f"sqlite:///{tmp_path}/w.db")
    yield opened
    opened.close()


class Numbers:
    """Writes entries with rising numbers."""

    def __init__(self, store):
        self.store, self.last = store, 0

    def add(self, age, *, feed="a", story=None, alert=None, sent=True):
        """Write an entry that came so many days ago; return its story."""
        self.last += 1
        pk, at = self.last, NOW - age * DAY
        relation = Relation.REPUBLICATION if story else Relation.LEAD
        plans = (DeliveryPlan("desk", Action.NEW, at),)
        told = (Alert("raid", alert, Severity.SEVERE, 0, deliveries=plans),) if alert else ()
        item = EntryCommit(
            pk, 0, pk, Entry(f"e{pk}", title=f"T{pk}", link=f"http://x/{pk}", feed=feed), feed.upper(),
            Assignment(story or pk, relation, AssignReason.NO_CANDIDATE), b"fp", (), (Match("raid", ()),), told,
            (Suppressed("fire", SuppressReason.BASELINE),),
        )  # fmt: skip
        with self.store.write() as connection:
            polls.commit_poll(connection, PollCommit(FeedState(feed, url="http://x/feed"), at, (item,)))
            if told and sent:
                claim = outbox.claim_next(connection, "desk", at)
                outbox.record_sent(connection, claim, ref="1", detail="", now=at)
        return story or pk

    def fill(self, *feeds):
        """Write what is newest of every feed, so that the rest is not."""
        for feed in feeds or ("a",):
            for _ in range(2):
                self.add(0, feed=feed)


@pytest.fixture
def numbers(store):
    return Numbers(store)


def prune(store, keep=KEEP, now=NOW):
    events = []
    pruned = asyncio.run(Pruner(store, at_once, keep, lambda: now, events.append).all())
    assert bool(events) == (pruned != Pruned())
    return pruned


def kept(store):
    with store.read() as connection:
        return set(connection.execute(select(stories.c.id)).scalars())


def rows(store, table):
    with store.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_old_stories_go_with_all_that_hangs_on_them(store, numbers):
    numbers.add(400, alert=AlertKind.ALERT)
    fresh = numbers.add(5)
    numbers.fill()
    assert prune(store) == Pruned(1, 1, 1)
    assert 1 not in kept(store) and fresh in kept(store)
    hanging = ("assignments", "matches", "suppressions", "deliveries", "attempts", "alerts")
    assert [rows(store, metadata.tables[name]) for name in hanging] == [3, 3, 3, 0, 0, 0]
    with store.read() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


@pytest.mark.parametrize(("age", "gone"), [(89, False), (91, True)])
def test_the_bound_of_what_nobody_was_told_of(store, numbers, age, gone):
    story = numbers.add(age)
    numbers.fill()
    prune(store)
    assert (story not in kept(store)) == gone


@pytest.mark.parametrize(("age", "gone"), [(91, False), (364, False), (366, True)])
def test_the_bound_of_what_an_alert_was_made_of(store, numbers, age, gone):
    story = numbers.add(age, alert=AlertKind.ALERT)
    numbers.fill()
    prune(store)
    assert (story not in kept(store)) == gone


def test_a_story_is_as_old_as_its_newest_member(store, numbers):
    story = numbers.add(100)
    numbers.add(80, feed="b", story=story)
    numbers.fill("a", "b")
    prune(store)
    assert story in kept(store) and rows(store, entries) == 6


def test_what_still_waits_to_be_delivered_stays(store, numbers):
    story = numbers.add(400, alert=AlertKind.ALERT, sent=False)
    numbers.fill()
    prune(store)
    assert story in kept(store)


def test_labelled_examples_stay(store, numbers):
    story, other, third = numbers.add(400), numbers.add(400), numbers.add(400)
    numbers.fill()
    with store.write() as connection:
        row = {"kind": "duplicate", "entry": story, "rule": "", "other": other, "story": story, "by": "me", "at": NOW}
        connection.execute(labels.insert(), row)
    prune(store)
    assert {story, other} <= kept(store) and third not in kept(store)


def test_the_newest_of_a_feed_stay_whatever_their_age(store, numbers):
    slow = [numbers.add(age, feed="slow") for age in (700, 600, 500)]
    numbers.fill()
    prune(store)
    assert kept(store) & set(slow) == set(slow[1:])


def test_numbers_are_never_given_twice(store, numbers):
    """All is old: the greatest numbers stay, else new entries would get those of forgotten ones."""
    for _ in range(5):
        numbers.add(800)
    with store.write() as connection:  # a revision of an old entry has the greatest number of an assignment
        changed = Assignment(1, Relation.REVISION, AssignReason.NO_CANDIDATE)
        item = EntryCommit(1, 1, 9, Entry("e1", title="T", feed="a"), "A", changed, b"fp")
        polls.commit_poll(connection, PollCommit(FeedState("a", url="u"), NOW - 700 * DAY, (item,)))
        before = polls.last_numbers(connection)
    prune(store)
    with store.read() as connection:
        assert polls.last_numbers(connection) == before == (5, 9, 5)
    assert kept(store) == {1, 4, 5}


def test_entries_that_were_moved_between_stories_keep_both(store, numbers):
    first, second = numbers.add(400), numbers.add(400)
    numbers.fill()
    with store.write() as connection:
        connection.execute(entries.update().where(entries.c.pk == second).values(story=first))
    prune(store)
    assert {first, second} <= kept(store)


def test_old_alarms_go_unless_they_wait(store, numbers):
    numbers.fill()
    with store.write() as connection:
        alarms.raise_alarm(connection, "feed:a", "it failed", [], NOW - 400 * DAY)
        alarms.raise_alarm(connection, "feed:b", "it failed", ["desk"], NOW - 400 * DAY)
        alarms.raise_alarm(connection, "feed:c", "it failed", [], NOW - 300 * DAY)
    assert prune(store).alerts == 1
    with store.read() as connection:
        left = set(connection.execute(select(alerts.c.rule)).scalars())
    assert left == {"watcher/feed:b", "watcher/feed:c"}


def test_many_pages_are_looked_at(store, numbers):
    for i in range(250):
        numbers.add(400 if i % 2 else 5)
    numbers.fill()
    assert prune(store).stories == 125
    assert prune(store) == Pruned()


def test_a_tick_works_within_its_budget_and_goes_on_with_the_next(store, numbers, monkeypatch):
    monkeypatch.setattr("watcher.pruning.BUDGET_S", 0)
    for _ in range(250):
        numbers.add(400)
    numbers.fill()
    pruner = Pruner(store, at_once, KEEP, lambda: NOW, lambda event: None)
    left = []
    for _ in range(4):
        asyncio.run(pruner.tick())
        left.append(len(kept(store)))
    assert left == [152, 52, 2, 2]


def content_of(name):
    return Entry(name, f"Title of {name}", feed="a").content_hash


def poll(store, items, now, title="Title of"):
    """Poll a feed that lists so many entries; return the ids that were news."""
    feed = Feed("a", "http://x/feed", alert_on_first_poll=True)

    class Outside:
        async def fetch(self, request):
            return Fetched(feed.url, f"{now} {items} {title}".encode())

        async def parse(self, body, **_):
            return ParsedFeed("F", "rss20", tuple(Entry(i, f"{title} {i}", feed="a") for i in items))

    setup = Setup({"a": feed}, compile_rules([]), Routing({}, ()), PollPolicy(), lambda entry, region: Places())
    poller = Poller(
        store, at_once, Outside(), Outside(), setup, Window(dedup.Settings.named("balanced")), lambda: now,
        lambda: 0.0, lambda event: None,
    )  # fmt: skip
    with store.read() as connection:
        state = polls.feed_state(connection, "a") or FeedState("a")
    return [item.entry.id for item in asyncio.run(poller.poll(feed, replace(state, items=None))).entries]


def test_what_was_forgotten_is_no_news_when_a_feed_lists_it_again(store):
    assert len(poll(store, ["old", "older"], NOW - 200 * DAY)) == 2
    poll(store, ["new1", "new2"], NOW)
    assert prune(store).entries == 2
    assert poll(store, ["new1", "older", "old", "truly new"], NOW + DAY) == ["truly new"]


def test_what_was_forgotten_is_news_when_it_says_something_else(store):
    """An advisory that stood for months and now says "do not travel" must not be missed."""
    poll(store, ["advisory", "other"], NOW - 200 * DAY)
    poll(store, ["new1", "new2"], NOW)
    assert prune(store).entries == 2
    assert poll(store, ["advisory"], NOW + DAY, title="Do not travel:") == ["advisory"]
    assert poll(store, ["advisory"], NOW + 2 * DAY, title="Do not travel:") == []


def test_a_hash_goes_when_no_feed_has_listed_its_entry_for_two_years(store):
    poll(store, ["listed", "dropped"], NOW - 200 * DAY)
    poll(store, ["new1", "new2"], NOW)
    prune(store)
    poll(store, ["new1", "listed"], NOW + 400 * DAY)
    later = NOW + 731 * DAY
    with store.write() as connection:
        for part in range(7):
            retention.expire(connection, part, 7, later)
        was = [(name, content_of(name)) for name in ("listed", "dropped")]
        known = retention.known_though_forgotten(connection, "a", was)
    assert [name for name, _ in known] == ["listed"]


def test_hashes_of_all_keys_are_looked_at(store):
    keys = [-(2**63), -1, 0, 1, 2**63 - 2]
    with store.write() as connection:
        connection.execute(forgotten.insert(), [{"key": key, "day": 0} for key in keys])
        for part in range(1440):
            retention.expire(connection, part, 1440, NOW)
    assert rows(store, forgotten) == 0


def test_a_file_that_is_mostly_free_is_given_back(store, numbers):
    with store.write() as connection:
        connection.exec_driver_sql("CREATE TABLE bulk (x BLOB)")
        connection.exec_driver_sql("INSERT INTO bulk VALUES (zeroblob(4000000))")
    with store.write() as connection:
        connection.exec_driver_sql("DROP TABLE bulk")
    pages = []
    for _ in range(2):
        with store.read() as connection:
            pages.append(connection.exec_driver_sql("PRAGMA page_count").scalar())
        store.give_back(500)
    assert 500 <= pages[0] - pages[1] <= 502, "with the pages that map them"


def test_every_table_that_refers_to_what_is_forgotten_is_thought_of():
    """A table that is added must be emptied with what it refers to, or keep it, as labels do."""
    gone = {"stories", "entries", "alerts", "deliveries"}
    referring = {
        table.name for table in metadata.tables.values() for key in table.foreign_keys if key.column.table.name in gone
    }
    emptied = {"entries", "alerts", "assignments", "matches", "suppressions", "deliveries", "attempts", "responses"}
    assert referring == emptied | {"labels"}
