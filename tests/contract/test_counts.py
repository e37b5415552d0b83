"""What feeds bring by day, and who copies whom, is counted as it is stored and read without the entries."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config

from watcher.model import Assignment, AssignReason, Entry, EntryCommit, FeedState, PollCommit, Relation
from watcher.store import counts, open_store, polls
from watcher.store.engine import MIGRATIONS

NOW = datetime.now(UTC).replace(hour=12)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/w.db")
    yield opened
    opened.close()


def commit(store, feed, at, *items):
    made = tuple(
        EntryCommit(
            pk, revision, seq, Entry(f"e{pk}", title="T", feed=feed), feed.upper(),
            Assignment(story, relation, AssignReason.NO_CANDIDATE), b"fp", baseline=baseline,
        )
        for pk, revision, seq, story, relation, baseline in items
    )  # fmt: skip
    with store.write() as connection:
        polls.commit_poll(connection, PollCommit(FeedState(feed, url="u"), at, made))


def fill(store):
    """Two days of two feeds: a has three stories, b copies one twice and develops another; baselines and revisions."""
    commit(store, "a", NOW - DAY, (1, 0, 1, 1, Relation.LEAD, False), (2, 0, 2, 2, Relation.LEAD, False))
    commit(store, "b", NOW - DAY, (3, 0, 3, 1, Relation.REPUBLICATION, True))
    commit(store, "b", NOW, (4, 0, 4, 1, Relation.REPUBLICATION, False), (5, 0, 5, 2, Relation.DEVELOPMENT, False))
    commit(store, "b", NOW, (6, 0, 6, 1, Relation.REPUBLICATION, False), (4, 1, 7, 1, Relation.REVISION, False))
    commit(store, "a", NOW, (7, 0, 8, 2, Relation.REPUBLICATION, False), (8, 0, 9, 8, Relation.LEAD, False))


def told(store, since=NOW - 7 * DAY):
    with store.read() as connection:
        return counts.entries_by_day(connection, since), counts.copies(connection, since, 9)


BY_DAY = {"a": {f"{NOW - DAY:%Y-%m-%d}": 2, f"{NOW:%Y-%m-%d}": 2}, "b": {f"{NOW:%Y-%m-%d}": 3}}
COPIES = [{"origin": "A", "outlet": "B", "copies": 3, "entries": 3}]


def test_new_entries_and_copies_of_other_outlets_are_counted_once_each(store):
    fill(store)
    assert told(store) == (BY_DAY, COPIES)
    assert told(store, NOW)[0] == {"a": {f"{NOW:%Y-%m-%d}": 2}, "b": BY_DAY["b"]}


def test_an_upgrade_counts_what_the_last_days_brought(store):
    fill(store)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    for step, target in ((command.downgrade, "0007"), (command.upgrade, "head")):
        with store.write() as connection:
            config.attributes["connection"] = connection
            step(config, target)
    assert told(store) == (BY_DAY, COPIES)


def test_the_counts_of_old_days_are_forgotten(store):
    fill(store)
    with store.write() as connection:
        counts.forget_days(connection, NOW.date())
    with closing(sqlite3.connect(store.path)) as connection:
        assert {row[0] for row in connection.execute("SELECT day FROM daily")} == {f"{NOW:%Y-%m-%d}"}
