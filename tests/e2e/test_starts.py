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
    """Run a command and return its status and those of the heavy libraries that it loaded."""
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
    ended, loaded = loaded_by(*arguments)
    assert ended == status
    assert loaded <= needed


def test_a_set_up_is_written_and_checked_without_what_runs_it(tmp_path):
    written, loaded = loaded_by("init", tmp_path)
    assert written == 0
    assert loaded <= {"yaml", "rich", "aiosmtplib"}
    checked, loaded = loaded_by("check", "-c", tmp_path / "config.yaml")
    assert checked == 0
    assert "numpy" in loaded  # the rules were read
    assert not loaded & {"sqlalchemy", "httpx", "jinja2"}


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        pytest.param(
            "watcher.cli", {"typer", "rich", "watcher.model"}, id="the command line, which processes import too"
        ),
        pytest.param("watcher.workers", {"asyncio", "feedparser", "numpy"}, id="what a parser's process begins with"),
        pytest.param(
            "watcher.daemon",
            {"feedparser", "telegram", "jinja2", "starlette", "uvicorn", "watcher.web"},
            id="the daemon's parts, without its page, and it parses nothing itself",
        ),
    ],
)
def test_a_module_loads_no_library_that_its_importers_have_no_use_for(module, unneeded):
    told = f"import sys, {module}; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(ended.stdout.split())
    assert module in loaded
    assert loaded & unneeded == set()
