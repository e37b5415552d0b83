"""`watcher silence` on a real database."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from watcher.cli import build, main
from watcher.errors import UsageError
from watcher.model import Alert, AlertKind, Severity
from watcher.store import open_store, silences
from watcher.store.polls import insert_alert
from watcher.store.schema import deliveries

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def config(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "r.yaml").write_text(
        "rules:\n  - {id: raid, title: Raids, when: {any: [raid]}, receivers: [desk], examples: {match: [A raid]}}\n"
    )
    file = tmp_path / "config.yaml"
    file.write_text(
        "database: w.db\nfeeds:\n  - {id: sana, url: 'https://x.example/feed'}\nreceivers: {desk: {type: console}}\n"
    )
    open_store(f"sqlite:///{tmp_path}/w.db").close()
    return file


def call(config, *arguments):
    result = CliRunner().invoke(build(), ["silence", *arguments, "-c", str(config)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def listed(config, *more):
    return json.loads(call(config, "list", "--json", *more).stdout)


def test_a_silence_is_added_listed_and_ended(config):
    added = json.loads(
        call(config, "add", "--rule", "raid", "--region", "SY-HL", "--for", "2h", "--comment", "drill", "--json").stdout
    )
    assert (added["rule"], added["region"], added["comment"]) == ("raid", "SY-HL", "drill")
    assert [one["pk"] for one in listed(config)] == [added["pk"]]
    call(config, "expire", str(added["pk"]))
    assert listed(config) == []
    assert [one["pk"] for one in listed(config, "--all")] == [added["pk"]], "it is kept, to explain what was held back"


def test_a_silence_says_how_many_alerts_it_held(config):
    number = json.loads(call(config, "add", "--rule", "raid", "--for", "2h", "--json").stdout)["pk"]
    why = silences.why_held(number)
    store = open_store(f"sqlite:///{config.parent}/w.db")
    with store.write() as connection:
        for pk in (1, 2, 3):
            alert = Alert("raid", AlertKind.ALERT, Severity.SEVERE, pk)
            insert_alert(connection, alert, story=None, entry=None, at=NOW)
            connection.execute(deliveries.insert(), [held(pk, why if pk < 3 else "muted")])
    store.close()
    assert listed(config)[0]["held"] == {"desk": 2}
    assert call(config, "expire", str(number)).stdout == f"silence {number} has ended; it held back 2 from desk\n"


def held(alert, why):
    return {
        "alert": alert, "receiver": "desk", "action": "new", "state": "suppressed", "reason": why, "due_at": NOW,
        "first_due_at": NOW, "attempts": 1,
    }  # fmt: skip


def test_an_ended_silence_cannot_be_ended_again(config):
    with pytest.raises(UsageError, match="no silence 7"):
        call(config, "expire", "7")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "say what to silence"),
        (("--rule", "rade"), "no rule is named 'rade'"),
        (("--feed", "x"), "no feed is named 'x'"),
        (("--receiver", "x"), "no receiver is named 'x'"),
        (("--region", "XX-YY"), "no ISO 3166 code"),
        (("--region", "Aleppo"), r"'Aleppo' is no ISO 3166 code such as SY or SY-HL \(did you mean 'SY-HL'\?\)"),
        (("--story", "999"), "no story has the number 999"),
        (("--word", " "), "the word is empty"),
    ],
)
def test_a_silence_that_holds_nothing_or_everything_is_refused(config, arguments, message):
    with pytest.raises(UsageError, match=message):
        call(config, "add", "--for", "1h", *arguments)
    assert listed(config, "--all") == []


def test_a_database_that_another_program_holds_is_told_in_a_line(config, monkeypatch, capsys):
    monkeypatch.setattr("watcher.store.engine.BUSY_S", 0)
    monkeypatch.setattr("sys.argv", ["watcher", "silence", "expire", "1", "-c", str(config)])
    with closing(sqlite3.connect(config.parent / "w.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("watcher: database is locked: another program has held it")


def test_a_number_that_no_database_can_hold_is_a_mistake_in_the_command(config):
    for given in (["add", "--for", "1h", "--story", str(2**63)], ["expire", str(2**63)]):
        assert call(config, *given).exit_code == 2
    for given in (["show", str(2**63)], ["diff", str(2**63)]):
        result = CliRunner().invoke(build(), ["stories", *given, "-c", str(config)])
        assert result.exit_code == 2, result.exception


def test_a_time_is_needed(config):
    assert call(config, "add", "--rule", "raid").exit_code == 2
    assert call(config, "add", "--rule", "raid", "--for", "soon").exit_code == 2
