"""`watcher silence` on a real database."""

import json

import pytest
from typer.testing import CliRunner

from watcher.cli import build
from watcher.errors import UsageError
from watcher.store import open_store


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
        (("--word", " "), "needs a word"),
    ],
)
def test_a_silence_that_holds_nothing_or_everything_is_refused(config, arguments, message):
    with pytest.raises(UsageError, match=message):
        call(config, "add", "--for", "1h", *arguments)
    assert listed(config, "--all") == []


def test_a_time_is_needed(config):
    assert call(config, "add", "--rule", "raid").exit_code == 2
    assert call(config, "add", "--rule", "raid", "--for", "soon").exit_code == 2
