"""Every command in a process of its own that begins with nothing imported, as its user runs it."""

import importlib.util
import subprocess
import sys

import commands
import pytest
from machines import Machine, Outside

from watcher import cli

ENTRY = '{"id": "1", "title": "Explosion in Aleppo"}'
#: Each with what it reads, and words of what it says.
COMMANDS = {
    "init new": ("", "wrote new/config.yaml"),
    "check": ("", "all well: 1 feed, 1 rule, 1 receiver"),
    "schema": ("", "https://json-schema.org/"),
    "once": ("", "1 feed polled, 0 failed"),
    "doctor --offline": ("", "✓ configuration"),
    "status": ("", "well"),
    "explain id1": ("", "✓ explosion"),
    "stories list": ("", "Explosion number 1"),
    "backtest": ("", "explosion"),
    "feeds test {feed}": ("", "ok: yes"),
    "parse -": ("<rss version='2.0'><channel><title>T</title><item><guid>a</guid></item></channel></rss>", '"id": "a"'),
    "cluster": (ENTRY, '"relation": "lead"'),
    "match --rules rules": (ENTRY, '"rule": "explosion"'),
    "locate": (ENTRY, "SY-HL"),
    "gazetteer import villages.csv": ("", "1 place written"),
    "silence list": ("", "no silence"),
    "send-test hook": ("", "hook: accepted"),
    "db backup copy.db": ("", "wrote copy.db"),
    "db prune": ("", "forgot 0 entries"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder that the commands share, and what is outside of it."""
    outside = Outside()
    folder = tmp_path_factory.mktemp("processes")
    (folder / "villages.csv").write_text("name,lat,lon\nUmm Qusayr,36.30,37.40\n")
    machine = Machine(folder, outside)
    assert machine.once() == 0, machine.log()
    outside.publish(1)
    assert machine.once() == 0, machine.log()
    machine.wait_until_due()
    yield folder, outside
    outside.close()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_needs_nothing_that_another_has_imported(place, command):
    folder, outside = place
    stdin, told = COMMANDS[command]
    words = command.format(feed=f"{outside.url}/feed").split()
    ended = subprocess.run(
        [sys.executable, "-m", "watcher", *words],
        cwd=folder, input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False), ended.stderr
    assert told in ended.stdout, ended.stdout


def test_no_command_is_left_out():
    """`run` and `demo` begin with nothing in `test_first_start` and `test_demo`."""
    assert {command.split()[0] for command in COMMANDS} | {"run", "demo"} == {
        name for names in cli.COMMANDS.values() for name in names
    }


def test_all_that_is_imported_beforehand_is_there():
    """A server that forks says nothing of a module that it cannot import."""
    assert [name for name in commands.HEAVY if importlib.util.find_spec(name) is None] == []
