"""`watcher status` stays one screen, whatever is configured, and shows first what is wrong."""

import subprocess
import sys

SCREEN = 40


def status(machine, *arguments):
    command = [sys.executable, "-m", "watcher", "status", *arguments]
    ended = subprocess.run(command, cwd=machine.folder, capture_output=True, text=True, timeout=60, encoding="utf-8")
    return ended.stdout.splitlines()


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
    assert "and 50 further feeds (--all shows them)" in lines
    assert sum("well" in line for line in status(machine, "--all")[1:]) == 61
