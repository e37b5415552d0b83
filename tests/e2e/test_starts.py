"""What a command loads at its start: heavy libraries only where it needs them."""

import json
import subprocess
import sys

import pytest

HEAVY = ("numpy", "sqlalchemy", "httpx", "jinja2", "rapidfuzz", "aiosmtplib", "yaml", "rich")
#: Runs a command as the console script does, then tells which of the libraries it has loaded.
RUN = """
import json, sys
from watcher.cli import main
heavy, sys.argv = sys.argv[1].split(), ["watcher", *sys.argv[2:]]
try:
    main()
except SystemExit as end:
    status = end.code or 0
print(json.dumps([status, [name for name in heavy if name in sys.modules]]), file=sys.stderr)
"""


def loaded_by(*arguments):
    command = [sys.executable, "-c", RUN, " ".join(HEAVY), *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    status, names = json.loads(ended.stderr.splitlines()[-1])
    return status, set(names)


@pytest.mark.parametrize(
    ("arguments", "status", "needed"),
    [
        pytest.param(["--version"], 0, set(), id="version"),
        pytest.param(["--help"], 0, {"rich"}, id="help"),
        pytest.param(["chek"], 2, {"rich"}, id="a command that there is not"),
        pytest.param(["silence", "add", "--help"], 0, {"rich"}, id="help of a command"),
    ],
)
def test_telling_of_commands_loads_little(arguments, status, needed):
    assert loaded_by(*arguments) == (status, needed)


def test_a_set_up_is_written_and_checked_without_what_runs_it(tmp_path):
    assert loaded_by("init", tmp_path) == (0, {"yaml", "rich", "aiosmtplib"})
    assert loaded_by("check", "-c", tmp_path / "config.yaml") == (
        0,
        {"yaml", "rich", "aiosmtplib", "numpy", "rapidfuzz"},
    )


def test_a_process_that_imports_the_program_without_running_it_loads_little():
    names = "import sys, watcher.cli; print(*({'typer', 'rich', 'watcher.model'} & sys.modules.keys()))"
    ended = subprocess.run([sys.executable, "-c", names], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.split() == []


def test_a_process_that_parses_has_no_event_loop():
    names = "import watcher.workers, sys; print(*({'asyncio', 'feedparser', 'numpy'} & sys.modules.keys()))"
    ended = subprocess.run([sys.executable, "-c", names], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.split() == []
