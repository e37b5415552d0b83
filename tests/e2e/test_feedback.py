"""What readers said, measured by the commands that they would run, on what the daemon stored."""

import json

import commands
import pytest

from watcher.store import open_store, responses
from watcher.store.schema import entries

TEXT = "International coalition arrests top leader of the group in a raid on a village near Jarablus in Aleppo province"


@pytest.fixture
def folder(machine, outside):
    """The daemon joined two copies into one story and alerted; readers complain."""
    assert machine.once() == 0, machine.log()
    outside.items += [("first", f"Explosion: {TEXT}"), ("copy", f"Explosion reported: {TEXT}")]
    assert machine.once() == 0, machine.log()
    store = open_store(f"sqlite:///{machine.folder / 'w.db'}")
    with store.write() as connection:
        rows = {row.entry_id: row for row in connection.execute(entries.select())}
        assert rows["first"].story == rows["copy"].story, "the stage is set"
        found = responses.about_story(connection, ["hook"], rows["first"].story)
        at = rows["first"].seen_at
        responses.note_irrelevant(connection, found, "telegram:7", at)
        pair = rows["copy"].pk, rows["first"].pk
        responses.note_pair(connection, responses.DUPLICATE, *pair, found.story, "telegram:7", at)
    store.close()
    return machine.folder


def test_backtest_counts_what_was_called_not_relevant(folder):
    (rule,) = json.loads(commands.run(folder, "backtest", "--json").stdout)["rules"]
    assert rule["not_relevant"] == {"labelled": 1, "again": 1}
    assert "explosion: 1 of 1" in commands.run(folder, "backtest").stdout
    rules = folder / "rules" / "r.yaml"
    rules.write_text(rules.read_text().replace("{any: [explosion]}", "{any: [explosion], none: [coalition]}"))
    (rule,) = json.loads(commands.run(folder, "backtest", "--json").stdout)["rules"]
    assert rule["not_relevant"] == {"labelled": 1, "again": 0}


def test_cluster_tries_the_wrong_duplicates(folder):
    tried = commands.run(folder, "cluster", "--feedback")
    assert tried.returncode == 1, tried.stderr
    told = json.loads(tried.stdout)
    assert (told["id"], told["other"], told["joined"]) == ("copy", "first", True)
    assert "1 of 1 wrong duplicates would be joined again" in tried.stderr


def test_cluster_tries_stories_that_readers_put_together(folder):
    store = open_store(f"sqlite:///{folder / 'w.db'}")
    with store.write() as connection:
        rows = {row.entry_id: row for row in connection.execute(entries.select())}
        pair = rows["copy"].pk, rows["first"].pk
        responses.note_pair(connection, responses.SAME, *pair, rows["first"].story, "page:anna", rows["first"].seen_at)
    store.close()
    tried = commands.run(folder, "cluster", "--feedback")
    assert tried.returncode == 0, tried.stderr
    assert json.loads(tried.stdout)["label"] == "same", "the last word counts"
    assert "0 of 1 stories would be two again" in tried.stderr
