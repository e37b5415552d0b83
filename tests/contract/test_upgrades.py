"""Upgrading migrates after a backup and alone; a newer database is refused with what to do; backups are consistent."""

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

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
from watcher.store import alarms, open_store, polls
from watcher.store.backup import copy_database
from watcher.store.engine import HEAD, MIGRATIONS

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def new_databases():
    """Are migrated from nothing."""


@pytest.fixture
def old(tmp_path):
    """A database of the first watcher with an alarm in it; its path."""
    path = tmp_path / "w.db"
    migrate(path, command.upgrade, "0001")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO alarms VALUES ('feed:a', 'it failed', 1, '2026-05-01 12:00:00', NULL)")
    return path


def migrate(path, direction, revision):
    config, engine = Config(), create_engine(f"sqlite:///{path}")
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        direction(config, revision)
    engine.dispose()


def schema(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def test_an_old_database_is_set_aside_before_it_is_upgraded(old):
    store = open_store(f"sqlite:///{old}")
    backup = old.with_name("w.db.schema-0001.bak")
    with store.read() as connection:
        assert alarms.open_alarms(connection) == [("feed:a", "it failed", NOW)]
    store.close()
    assert store.upgraded == ("0001", backup)
    assert (schema(old), schema(backup)) == (HEAD, "0001")
    assert backup.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT key FROM alarms").fetchall() == [("feed:a",)]
    assert sorted(path.name for path in old.parent.glob("*.bak*")) == [backup.name]


def test_a_current_database_is_not_set_aside(tmp_path):
    for _ in range(2):
        store = open_store(f"sqlite:///{tmp_path}/w.db")
        store.close()
    assert store.upgraded is None and not list(tmp_path.glob("*.bak"))


def test_an_old_database_that_another_watcher_is_at_work_on_is_left_alone(old):
    other = open_store(f"sqlite:///{old}")
    other.claim_exclusively()
    migrate(old, command.downgrade, "0004")
    with pytest.raises(AlreadyRunning, match="Stop it first"):
        open_store(f"sqlite:///{old}")
    assert schema(old) == "0004"
    other.close()
    open_store(f"sqlite:///{old}").close()
    assert schema(old) == HEAD


def test_an_upgrade_that_breaks_leaves_the_old_database(old, monkeypatch):
    real = command.upgrade

    def breaks(config, revision):
        real(config, "0002")
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(command, "upgrade", breaks)
    with pytest.raises(StoreError, match="disk is full"):
        open_store(f"sqlite:///{old}")
    assert schema(old) == "0001"
    monkeypatch.undo()
    open_store(f"sqlite:///{old}").close()
    assert schema(old) == HEAD


def test_without_room_for_the_backup_nothing_is_changed(old, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 0}))
    with pytest.raises(StoreError, match="0 MB are free"):
        open_store(f"sqlite:///{old}")
    assert schema(old) == "0001"


@pytest.mark.parametrize("has_backup", [False, True])
def test_a_newer_database_says_that_there_is_no_way_back_and_what_to_do(tmp_path, has_backup):
    path = tmp_path / "w.db"
    open_store(f"sqlite:///{path}").close()
    if has_backup:
        copy_database(path, tmp_path / f"w.db.schema-{HEAD}.bak")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaMismatch, match="cannot be taken back: install the newer watcher again") as caught:
        open_store(f"sqlite:///{path}")
    assert (f"w.db.schema-{HEAD}.bak in its place" in str(caught.value)) == has_backup
    assert schema(path) == "9999"


# ---------------------------------------------------------------- backups


def write_on(store, stop, written):
    """Commit polls that each bring one entry with one alert and one delivery."""
    number = 0
    while not stop.is_set():
        number += 1
        alert = Alert("r", AlertKind.ALERT, Severity.SEVERE, 0, deliveries=(DeliveryPlan("desk", Action.NEW, NOW),))
        entry = Entry(f"e{number}", title="T" * 2000, feed="a")
        assignment = Assignment(number, Relation.LEAD, AssignReason.NO_CANDIDATE)
        item = EntryCommit(number, 0, number, entry, "A", assignment, b"fp", alerts=(alert,))
        with store.write() as connection:
            polls.commit_poll(connection, PollCommit(FeedState("a", url="u"), NOW, (item,)))
        written.append(number)


def test_a_backup_is_one_moment_whatever_is_written_meanwhile(tmp_path):
    store, stop, written = open_store(f"sqlite:///{tmp_path}/w.db"), threading.Event(), []
    writer = threading.Thread(target=write_on, args=(store, stop, written))
    writer.start()
    try:
        counts = []
        for number in range(8):
            before = len(written)
            target = tmp_path / f"{number}.bak"
            copy_database(store.path, target)
            with closing(sqlite3.connect(target)) as copy:
                assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert copy.execute("PRAGMA foreign_key_check").fetchall() == []
                held = {
                    copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                    for table in ("entries", "stories", "assignments", "alerts", "deliveries")
                }
            assert len(held) == 1, "a commit is in the copy as a whole or not at all"
            counts.append(held.pop())
            assert counts[-1] >= before, "what was committed before is in it"
    finally:
        stop.set()
        writer.join()
        store.close()
    assert counts[-1] > counts[0], "it was written to all the time"
    opened = open_store(f"sqlite:///{tmp_path}/7.bak")
    opened.close()


def test_a_backup_never_overwrites_and_leaves_no_part(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/w.db")
    store.close()
    target = tmp_path / "w.bak"
    target.write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        copy_database(tmp_path / "w.db", target)
    assert target.read_text() == "mine"
    (tmp_path / "no.db").write_bytes(b"no database at all, but long enough to be read as a page" * 20)
    with pytest.raises(StoreError, match=r"no\.bak: the backup failed"):
        copy_database(tmp_path / "no.db", tmp_path / "no.bak")
    assert not list(tmp_path.glob("no.bak*"))
