"""db prune: what is old goes at once, and the file gets small."""

import json
import sqlite3
from contextlib import closing

import commands


def db(machine, *arguments, status=0):
    ended = commands.run(machine.folder, "db", *arguments)
    assert ended.returncode == status, ended.stdout + ended.stderr
    return ended


def aged(machine, outside, count=300):
    """Poll so many entries, then let nearly a year pass in the database."""
    for number in range(count):
        outside.publish(number)
    assert machine.once() == 0
    with closing(sqlite3.connect(machine.folder / "w.db")) as connection, connection:
        connection.execute(
            "UPDATE stories SET first_seen_at = '2020-01-01 00:00:00', updated_at = '2020-01-01 00:00:00'"
        )


def test_prune_forgets_all_but_the_newest_of_each_feed_and_compacts(machine, outside):
    aged(machine, outside)
    told = json.loads(db(machine, "prune", "--compact", "--json").stdout)
    assert (told["entries"], told["stories"]) == (100, 100)
    assert told["bytes"] < told["bytes_before"]
    assert "forgot 0 entries" in db(machine, "prune").stdout
    assert machine.once() == 0, "and what the feed still lists is no news"
    with closing(sqlite3.connect(machine.folder / "w.db")) as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (200,)


def test_runs_of_cron_forget_what_is_old_once_a_day(machine, outside):
    aged(machine, outside)
    with closing(sqlite3.connect(machine.folder / "w.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] > 0, "the first run looked"
        connection.execute("PRAGMA user_version = 1")
    assert machine.once() == 0
    with closing(sqlite3.connect(machine.folder / "w.db")) as connection, connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (200,)
        connection.execute("UPDATE stories SET first_seen_at = '2020-01-01 00:00:00'")
    assert "pruned" in machine.log() and machine.log().count("pruned entries=100") == 1


def test_compacting_is_for_when_the_daemon_is_stopped(machine, outside, running):
    aged(machine, outside, 3)
    running.append(machine.start())
    while "started" not in machine.log():
        assert running[0].poll() is None
    assert "another watcher is running" in db(machine, "prune", "--compact", status=1).stderr
    db(machine, "prune")
