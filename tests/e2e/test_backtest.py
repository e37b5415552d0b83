"""backtest as its user runs it: on what the daemon stored, and on an archive."""

import json

import commands
import pytest


def backtest(folder, *arguments, status=0, stdin=""):
    ended = commands.run(folder, "backtest", *arguments, stdin=stdin)
    assert ended.returncode == status, f"{ended.returncode}: {ended.stdout}\n{ended.stderr}"
    assert "Traceback" not in ended.stderr
    return ended.stdout, ended.stderr


@pytest.fixture
def polled(machine, outside):
    assert machine.once() == 0, machine.log()
    outside.publish(1)
    assert machine.once() == 0, machine.log()
    outside.wait_for(1)
    return machine.folder


def test_what_the_live_rules_sent_they_would_send_again(polled):
    told = json.loads(backtest(polled, "--json")[0])
    (rule,) = told["rules"]
    assert (rule["rule"], rule["alerts"], rule["gained"], rule["lost"]) == ("explosion", 1, [], [])
    assert rule["examples"][0]["story"]
    shown, _ = backtest(polled, "explosion", "--since", "1d")
    assert "+0" in shown
    assert "█" in shown


def test_a_changed_rule_shows_what_is_lost_and_gained(polled):
    (file,) = [
        f for f in polled.rglob("*.yaml") if "explosion" in f.read_text("utf-8") and "rules:" in f.read_text("utf-8")
    ]
    file.write_text(
        "rules:\n  - {id: explosion, when: {any: [nothingofthekind]}, receivers: []}\n"
        "  - {id: new, when: {none: [nothingofthekind]}, receivers: []}\n"
    )
    rules = {rule["rule"]: rule for rule in json.loads(backtest(polled, "--json")[0])["rules"]}
    assert (len(rules["explosion"]["lost"]), rules["explosion"]["alerts"]) == (1, 0)
    assert len(rules["new"]["gained"]) == rules["new"]["alerts"] == 1


def test_an_archive_needs_no_database_and_a_line_that_is_none_is_told(machine):
    entry = {"id": "1", "title": "Explosion in Aleppo kills three", "published": "2026-01-01T00:00:00Z"}
    lines = "\n".join([json.dumps(entry), "no entry", json.dumps(entry | {"id": "2", "title": "Rain"})])
    out, told = backtest(machine.folder, "--archive", "-", "--json", stdin=lines, status=1)
    assert json.loads(out)["entries"] == 2
    assert "line 2: " in told


def test_an_archive_whose_newest_entry_comes_first_is_tried_in_the_order_of_its_dates(machine):
    where = {"a factory in Homs": "09", "the port of Latakia": "05", "a Raqqa bridge": "01", "the Deraa border": None}
    lines = "\n".join(
        json.dumps({"id": place, "title": f"Explosion at {place}", "published": day and f"2026-01-{day}T00:00:00Z"})
        for place, day in where.items()
    )
    told = json.loads(backtest(machine.folder, "--archive", "-", "--json", stdin=lines)[0])
    assert (told["from"], told["to"]) == ("2026-01-01T00:00:00+00:00", "2026-01-09T00:00:00+00:00")
    (rule,) = told["rules"]
    assert [one["at"][8:10] for one in rule["examples"]] == ["01", "01", "05", "09"], (
        "without a date it goes with its neighbour"
    )


def test_names_and_times_that_are_none_are_told(machine):
    _, told = backtest(machine.folder, "explosio", status=2)
    assert told == "watcher: no rule has the id 'explosio' (did you mean 'explosion'?)\n"
    backtest(machine.folder, "--since", "soon", status=2)
