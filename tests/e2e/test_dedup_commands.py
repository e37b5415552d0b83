"""`stories show` and `stories diff` as their user runs them, on a database that the daemon's poller filled."""

import json
import os
import sys

import commands
import pytest
from dedup_try import NOW, entry

from watcher import dedup
from watcher.cli import archive
from watcher.model import Assignment, AssignReason, EntryCommit, FeedState, PollCommit, Relation
from watcher.store import open_store, polls


@pytest.fixture
def folder(tmp_path):
    """A folder with a configuration, and a database with one story of two entries."""
    watcher(tmp_path, "init")
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().rstrip() + "\n")
    old = entry("Raid near Aleppo", "At least 12 people were killed in the raid.", feed="a")
    new = entry("Raid near Aleppo", "At least 15 people were killed in the raid. Source: Atalayar", feed="b")
    store = open_store(database_of(config.read_text(), tmp_path))
    with store.write() as connection:
        for number, (e, outlet) in enumerate(((old, "Atalayar"), (new, "SOHR")), 1):
            lead = number == 1
            relation = Relation.LEAD if lead else Relation.REPUBLICATION
            reason = AssignReason.NO_CANDIDATE if lead else AssignReason.SAME_TEXT
            told = Assignment(1, relation, reason, credits=None if lead else "Atalayar")
            item = EntryCommit(number, 0, number, e, outlet, told, dedup.fingerprint(e).to_bytes())
            polls.commit_poll(connection, PollCommit(FeedState(e.feed), NOW, (item,)))
    store.close()
    return tmp_path


def database_of(config, folder):
    line = next((line for line in config.splitlines() if line.strip().startswith("database:")), "")
    value = line.split(":", 1)[1].split("#")[0].strip() if line else ""
    return value if "://" in value else f"sqlite:///{folder / (value or 'watcher.db')}"


def watcher(folder, *arguments, status=0):
    ended = commands.run(folder, *arguments)
    assert ended.returncode == status, ended.stderr
    return ended.stdout + ended.stderr


def test_a_story_names_its_origin(folder):
    assert "Origin: Atalayar (credited by 1 of 2 outlets); 1 independent, 1 republishing" in watcher(
        folder, "stories", "show", "1"
    )
    told = json.loads(watcher(folder, "stories", "show", "1", "--json"))
    assert told["origin"]["republishers"] == ["SOHR"]


def test_a_diff_shows_the_words_that_changed(folder):
    out = watcher(folder, "stories", "diff", "1")
    assert "At least [-12-] {+15+} people were killed in the raid." in out
    told = json.loads(watcher(folder, "stories", "diff", "1", "--from", "2", "--to", "1", "--json"))
    assert ["old", "15"] in told["pieces"]
    assert ["new", "12"] in told["pieces"]


@pytest.mark.parametrize("arguments", [("7",), ("1", "--to", "3")])
def test_a_diff_of_what_is_not_there_is_told(folder, arguments):
    assert "story" in watcher(folder, "stories", "diff", *arguments, status=2)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process say what a pipe holds")
def test_a_pipe_holds_what_is_answered_together():
    import fcntl

    read, write = os.pipe()
    with open(read, "rb") as stream, open(write, "wb"):  # noqa: PTH123  they are numbers, no paths
        archive._let_hold_a_piece(stream)
        assert fcntl.fcntl(stream.fileno(), fcntl.F_GETPIPE_SZ) == archive.PIECE
