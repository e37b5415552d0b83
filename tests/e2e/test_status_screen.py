"""`watcher status` stays one screen, whatever is configured, and shows first what is wrong."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import commands
import pytest

SCREEN = 40
#: A terminal without colours, as wide as it says.
PLAIN = {"TERM": "dumb", "COLUMNS": "80", "LINES": "24"}


def status(machine, *arguments):
    return commands.run(machine.folder, "status", *arguments).stdout.splitlines()


def test_sixty_feeds_are_one_screen_and_the_failing_one_comes_first(machine, outside):
    feeds = "".join(f"  - {{id: f{i}, url: '{outside.url}/f{i}'}}\n" for i in range(60))
    config = machine.folder / "config.yaml"
    config.write_text(
        config.read_text().replace("feeds:\n", f"feeds:\n{feeds}  - {{id: zz, url: 'http://127.0.0.1:1/'}}\n")
    )
    machine.once()
    lines = status(machine)
    assert len(lines) <= SCREEN
    assert lines[0] == "61 well, 1 failing, 0 waiting"
    assert lines[2].startswith("zz ") and "failing" in lines[2]
    assert "and 49 further feeds (--all shows them)" in lines
    assert sum("well" in line for line in status(machine, "--all")[1:]) == 61


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals here")
def test_the_smallest_usual_terminal_shows_it_whole(machine):
    import fcntl
    import pty
    import struct
    import termios

    feeds = "".join(f"  - {{id: a-rather-long-name-{i}, url: 'http://127.0.0.1:1/{i}'}}\n" for i in range(60))
    config = machine.folder / "config.yaml"
    config.write_text(config.read_text().replace("feeds:\n", f"feeds:\n{feeds}"))
    machine.once()
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "watcher", "status"]
    subprocess.run(command, cwd=machine.folder, stdout=theirs, stderr=theirs, timeout=60, env=os.environ | PLAIN)
    os.close(theirs)
    lines = os.read(ours, 65_536).decode().splitlines()
    os.close(ours)
    assert len(lines) < 24 and max(map(len, lines)) <= 80
    assert "failing" in lines[2] and "connect: no connection" in lines[2]
    assert any("further feeds (--all shows them)" in line for line in lines)


def test_it_says_since_when_a_poll_is_due(machine):
    machine.once()
    assert not any("A poll was due" in line for line in status(machine))
    with closing(sqlite3.connect(machine.folder / "w.db")) as database, database:
        database.execute("UPDATE feed_states SET next_poll_at = '2026-01-01 00:00:00.000000'")
    line = status(machine)[1]
    assert line.startswith("A poll was due ") and line.endswith(
        "d ago and was not made: `watcher run` and `once` poll."
    )
    assert len(line) < 80
    assert json.loads(status(machine, "--json")[0])["due_since_at"].startswith("2026-01-01T00:00:00")
