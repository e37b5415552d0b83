"""The store on a real SQLite file: schema, locks, transactions, the outbox's states."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select
from sqlalchemy.exc import IntegrityError

from watcher.errors import AlreadyRunning, SchemaMismatch, StoreError
from watcher.model import (
    Action,
    Alert,
    AlertKind,
    Assignment,
    AssignReason,
    DeliveryPlan,
    Entry,
    EntryCommit,
    FeedState,
    PollCommit,
    Relation,
    Severity,
)
from watcher.store import alarms, open_store, outbox, polls, reading, views
from watcher.store.engine import HEAD, MIGRATIONS
from watcher.store.schema import metadata

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/w.db")
    yield opened
    opened.close()


def commit(pk, *, story=None, relation=Relation.LEAD, feed="a", alerts=(), entry_id=None, revision=0, seq=None):
    """One poll that brings one entry."""
    entry = Entry(entry_id or f"e{pk}", title=f"Title {pk}", link=f"http://x/{pk}", feed=feed)
    assignment = Assignment(story or pk, relation, AssignReason.NO_CANDIDATE)
    item = EntryCommit(pk, revision, seq or pk, entry, feed.upper(), assignment, b"fp", alerts=tuple(alerts))
    return PollCommit(FeedState(feed, url="http://x/feed", next_poll_at=NOW), NOW, (item,))


def alert(kind=AlertKind.ALERT, action=Action.NEW, receivers=("desk",), revision=0):
    plans = tuple(DeliveryPlan(name, action, NOW) for name in receivers)
    return Alert("raid", kind, Severity.SEVERE, revision, deliveries=plans)


def write(store, *commits):
    for one in commits:
        with store.write() as connection:
            polls.commit_poll(connection, one)


def is_ours(name, kind, _):
    """The tables of the full-text index are FTS5's."""
    return kind != "table" or not name.startswith("entry_words")


def test_a_migrated_database_equals_the_schema(store):
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
        assert compare_metadata(context, metadata) == []


def test_head_is_the_newest_migration():
    assert max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py")) == HEAD


def test_the_database_is_for_its_owner_only(store):
    assert store.path.stat().st_mode & 0o077 == 0


def test_a_database_of_a_newer_watcher_is_refused(tmp_path, store):
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaMismatch, match="newer watcher"):
        open_store(f"sqlite:///{tmp_path}/w.db")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda p: p.write_bytes(b"this is not a database" * 100), "not a database", id="not a database"),
        pytest.param(lambda p: p.mkdir(), "is a directory", id="directory"),
    ],
)
def test_what_is_no_database_is_a_clear_error(tmp_path, make, message):
    make(tmp_path / "bad.db")
    with pytest.raises(StoreError, match=message):
        open_store(f"sqlite:///{tmp_path}/bad.db")


def test_without_migrating_a_missing_database_is_a_clear_error(tmp_path):
    with pytest.raises(StoreError, match="no such database yet"):
        open_store(f"sqlite:///{tmp_path}/none.db", migrate=False)


def test_a_second_daemon_is_refused_until_the_first_ends(tmp_path, store):
    store.claim_exclusively()
    second = open_store(f"sqlite:///{tmp_path}/w.db")
    with pytest.raises(AlreadyRunning, match="another watcher"):
        second.claim_exclusively()
    store.close()
    second.claim_exclusively()
    second.close()


def test_writers_are_serial_from_their_first_read(store):
    """Two threads that read, decide and write never decide on the same state (invariant 5)."""
    ready = threading.Barrier(2)

    def raise_next():
        ready.wait()
        for _ in range(50):
            with store.write() as connection:
                pk, _, _ = polls.last_numbers(connection)
                polls.commit_poll(connection, commit(pk + 1))

    threads = [threading.Thread(target=raise_next) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with store.read() as connection:
        assert polls.last_numbers(connection) == (100, 100, 100)


def test_a_new_connection_reads_while_another_process_writes(store, monkeypatch):
    """Metrics, health and the page must answer when the database is locked, above all then."""
    monkeypatch.setattr("watcher.store.engine.BUSY_S", 1)
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.engine.dispose()
    with store.read() as connection:
        assert connection.scalar(select(1)) == 1
        assert connection.exec_driver_sql("PRAGMA auto_vacuum").scalar() == 2, "incremental, from its first day"
    other.execute("ROLLBACK")
    other.close()


def test_a_failed_commit_leaves_nothing(store):
    """Validators, entries, alerts and deliveries go together or not at all (invariants 1 and 2)."""
    write(store, commit(1, alerts=[alert()]))
    broken = commit(2, entry_id="e1", alerts=[alert()])  # the unique (feed, entry id) stands against it
    with pytest.raises(IntegrityError):
        write(store, broken)
    with store.read() as connection:
        assert polls.last_numbers(connection) == (1, 1, 1)
        assert reading.totals(connection)["deliveries_pending"] == 1


def test_feed_state_comes_back_as_it_was(store):
    state = FeedState(  # every field set
        "a",
        "http://x",
        NOW,
        '"e"',
        "Mon",
        "http://y",
        "h",
        timedelta(minutes=7),
        NOW,
        NOW,
        NOW,
        NOW,
        3,
        NOW,
        "dns: x",
        ("n",),
    )
    with store.write() as connection:
        polls.save_feed_state(connection, state)
    with store.read() as connection:
        assert polls.feed_state(connection, "a") == state
        assert polls.due_feeds(connection, NOW, 10) == [state]
        assert polls.due_feeds(connection, NOW - timedelta(seconds=1), 10) == []


def test_one_alert_of_a_kind_and_revision_for_a_story_and_rule(store):
    write(store, commit(1, alerts=[alert()]))
    with pytest.raises(IntegrityError):
        write(store, commit(2, story=1, relation=Relation.REPUBLICATION, alerts=[alert()]))


def take(store, receiver="desk", now=NOW):
    with store.write() as connection:
        return outbox.claim_next(connection, receiver, now)


def test_claims_are_taken_one_at_a_time_oldest_first(store):
    write(store, commit(1, alerts=[alert()]), commit(2, alerts=[alert()]))
    assert [take(store).story, take(store).story, take(store)] == [1, 2, None]


def test_claims_of_a_dead_process_are_due_again_and_their_outcome_is_unknown(store):
    write(store, commit(1, alerts=[alert()]))
    first = take(store)
    with store.write() as connection:
        assert outbox.release_claims(connection, NOW) == 1
    again = take(store)
    assert (again.pk, again.attempts) == (first.pk, 2)
    with store.read() as connection:
        (told,) = reading.entry_facts(connection, 1)[1]["alerts"]
    assert [t["outcome"] for t in told["deliveries"][0]["tries"]] == ["unknown", None]


def test_the_queue_tells_of_the_last_try_and_not_of_what_is_in_hand(store):
    write(store, commit(1, alerts=[alert()]), commit(2, alerts=[alert()]))
    first = take(store)
    with store.read() as connection:
        (row,) = reading.queue(connection)
    assert (row["waiting"], row["tried"], row["reason"]) == (2, 0, "")
    with store.write() as connection:
        outbox.record_retry(connection, first, outcome="retry_later", reason="busy", due_at=NOW + timedelta(minutes=1))
    second = take(store)
    with store.write() as connection:
        outbox.postpone(connection, second, reason="waits for the digest", due_at=NOW + timedelta(hours=1))
        (row,) = reading.queue(connection)
    assert (row["waiting"], row["tried"], row["reason"]) == (2, 1, "busy")


def test_claims_of_a_dead_process_keep_their_place_until_they_may_be_what_it_dies_of(store):
    later = NOW + timedelta(minutes=1)
    write(store, commit(1, alerts=[alert()]), commit(2, alerts=[alert()]))
    seen = []
    for end in range(5):
        seen.append(take(store, now=later + end * timedelta(seconds=1)).story)
        with store.write() as connection:
            outbox.release_claims(connection, later + end * timedelta(seconds=1))
    assert seen == [1, 1, 1, 1, 2]


def test_a_thread_knows_its_first_message(store):
    write(store, commit(1, alerts=[alert()]))
    claim = take(store)
    with store.write() as connection:
        outbox.record_sent(connection, claim, ref="m1", detail="", now=NOW)
    edit = alert(AlertKind.REPUBLICATION, Action.EDIT)
    write(store, commit(2, story=1, relation=Relation.REPUBLICATION, feed="b", alerts=[edit]))
    with store.write() as connection:
        claim = outbox.claim_next(connection, "desk", NOW)
        first = outbox.first_message(connection, claim)
        view = views.alert_view(connection, claim, first, "Raid")
    assert (first.state, first.ref) == ("sent", "m1")
    assert view.entry.id == "e1", "an edited message stays about the entry it was sent for"
    assert [(member.outlet, member.title) for member in view.also] == [("B", "Title 2")]


def test_waiting_is_moved_not_lost_when_a_receiver_is_held(store):
    write(store, commit(1, alerts=[alert()]))
    later = NOW + timedelta(minutes=5)
    with store.write() as connection:
        outbox.hold_receiver(connection, "desk", later)
    assert take(store) is None
    assert take(store, now=later).story == 1


def test_deliveries_of_a_removed_receiver_are_given_up_by_name(store):
    write(store, commit(1, alerts=[alert(receivers=("desk", "old"))]))
    with store.write() as connection:
        assert outbox.bury_unknown_receivers(connection, ["desk"]) == {"old": 1}
    with store.read() as connection:
        assert reading.totals(connection)["deliveries_dead"] == 1


def test_an_alarm_is_told_once_and_its_end_once(store):
    with store.write() as connection:
        told = [alarms.raise_alarm(connection, "feed:a", text, ["desk"], NOW) for text in ("down", "still down")]
        assert told == [True, False]
        assert [message for _, message, _ in alarms.open_alarms(connection)] == ["still down"]
        ended = [alarms.clear_alarm(connection, "feed:a", "well", ["desk"], NOW) for _ in range(2)]
        assert ended == [True, False]
        assert alarms.raise_alarm(connection, "feed:a", "down again", ["desk"], NOW)
        assert reading.totals(connection)["deliveries_pending"] == 3


def test_times_are_aware_and_utc(store):
    write(store, commit(1))
    with store.read() as connection:
        row = connection.execute(select(metadata.tables["stories"])).one()
    assert row.first_seen_at == NOW
    assert row.first_seen_at.tzinfo is UTC
    assert inspect(store.engine).has_table("deliveries")


def test_a_database_of_the_first_watcher_is_brought_up_and_keeps_what_it_holds(tmp_path):
    url, config = f"sqlite:///{tmp_path}/old.db", Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql("INSERT INTO alarms VALUES ('feed:a', 'it failed', 1, '2026-05-01 12:00:00', NULL)")
    engine.dispose()
    with pytest.raises(SchemaMismatch, match="watcher db upgrade"):
        open_store(url, migrate=False)
    opened = open_store(url)
    with opened.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
        assert compare_metadata(context, metadata) == []
        assert alarms.open_alarms(connection) == [("feed:a", "it failed", NOW)]
    opened.close()
