"""Templates from the file to the receiver: checked with the configuration, told when they fail at run time."""

import json
from dataclasses import replace

import pytest
from desk import Scripted, run
from typer.testing import CliRunner

from watcher.cli import build
from watcher.config import load
from watcher.notifiers import REGISTRY
from watcher.render import Format, Style, Template

RULES = "rules:\n  - {id: raid, title: Raids, when: {any: [raid]}, receivers: [desk], examples: {match: [A raid]}}\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "r.yaml").write_text(RULES)
    (tmp_path / "config.yaml").write_text(
        "database: w.db\nfeeds:\n  - {id: sana, url: 'https://x.example/feed'}\n"
        "receivers:\n  desk: {type: console, template: alert.j2}\n"
    )
    return tmp_path


def check(folder):
    shown = CliRunner().invoke(build(), ["check", "--json", "-c", str(folder / "config.yaml")])
    return [(f["file"].rpartition("/")[2], f["line"], f["message"]) for f in json.loads(shown.stdout)["faults"]]


def test_a_fault_is_located_in_the_template(folder):
    (folder / "alert.j2").write_text("{{ rule_title }}\n{{ entry.titel }}\n")
    assert check(folder) == [("alert.j2", 2, "'dict object' has no attribute 'titel'")]


def test_a_template_that_is_not_there_is_located_in_the_configuration(folder):
    ((file, line, message),) = check(folder)
    assert (file, line) == ("config.yaml", 5)
    assert message.endswith("alert.j2 cannot be read: No such file or directory")


def test_a_changed_template_is_another_configuration(folder):
    """So that a running daemon takes it up."""
    (folder / "alert.j2").write_text("one")
    first = load(folder / "config.yaml", {}, REGISTRY)
    assert (folder / "alert.j2").resolve() in first.files
    assert load(folder / "config.yaml", {}, REGISTRY).receivers == first.receivers
    (folder / "alert.j2").write_text("two")
    second = load(folder / "config.yaml", {}, REGISTRY)
    assert second.receivers != first.receivers and second.stamps != first.stamps
    assert second.receivers["desk"].settings.style(Format.TEXT).template.source == "two"


def test_a_failure_at_run_time_is_told_once_and_the_alert_goes_out(tmp_path):
    chat, mail = Scripted(), Scripted()
    source = "{% if entry.title == 'odd' %}{{ 1 / 0 }}{% endif %}own {{ entry.title }}"
    chat.style = replace(Style(Format.TEXT), template=Template.read("alert.j2", source, Format.TEXT, None))

    async def talk(desk):
        for story, title in enumerate(("odd", "odd", "even"), 1):
            desk.enter(story=story, title=title)
            await desk.after(seconds=1)
        return desk.told("alarm") + desk.told("alarm_cleared")

    told = run(tmp_path, {"chat": chat, "mail": mail}, talk, alarm_receivers=("mail",))
    assert [m.body.startswith("🔴 Raids\nodd") for m in chat.messages] == [True, True, False]
    assert chat.messages[2].body == "own even"
    alarms = [m.body for m in mail.messages if "Template of chat" in m.body]
    assert "alert.j2:1: ZeroDivisionError" in alarms[0] and "works again" in alarms[1] and len(alarms) == 2
    assert {event["key"] for event in told if "key" in event} == {"template:chat"}
