"""What `.ci/run` tells, with stand-ins for everything that it runs."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("bash") is None or os.name != "posix", reason="there is no bash here")

PYTHON = """#!/bin/bash
case "$*" in
  "dev.py test") {tests};;
  *--outdir*) mkdir -p "$5" && touch "$5/x.whl";;
  "-m venv "*) mkdir -p "$3/bin" && ln -sf "$PWD/bin/any" "$3/bin/watcher" && ln -sf "$PWD/bin/any" "$3/bin/python";;
esac
"""


@pytest.fixture
def run(tmp_path):
    """Start `.ci/run` where the tests and the types end as told; whatever then fails, it is ended with all it began."""
    begun = []

    def start(*, tests, types):
        for name, script in {
            "bin/python3": PYTHON.format(tests=tests),
            "bin/any": "#!/bin/bash\n",
            ".venv/bin/mypy": f"#!/bin/bash\necho types were looked at\n{types}\n",
        }.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(script)
            file.chmod(0o755)
        links = {"bin/npm": "any", "bin/apt-get": "any", ".venv/bin/python": "../../bin/python3"}
        links |= {f".venv/bin/{name}": "../../bin/any" for name in ("ruff", "lint-imports")}
        for name, target in links.items():
            (tmp_path / name).symlink_to(target)
        for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE", "rules", "config.example.yaml", "watcher"):
            (tmp_path / name).touch()
        (tmp_path / ".ci").mkdir()
        shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
        # A shell cannot trap what was ignored as it began, as an interrupt is where the tests run in the background.
        ours = signal.signal(signal.SIGINT, signal.default_int_handler)
        process = subprocess.Popen(
            [tmp_path / ".ci/run"], env=os.environ | {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        signal.signal(signal.SIGINT, ours)
        begun.append(process)
        return process

    yield start
    for process in begun:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)
        process.stdout.close()


@pytest.mark.parametrize(
    ("tests", "types", "end"),
    [
        ("exit 0", "exit 0", "all well"),
        ("exit 3", "exit 0", "failed: tests"),
        ("exit 0", "exit 3", "failed: checks"),
        ("exit 3", "sleep 1; exit 3", "failed: tests checks"),
    ],
)
def test_what_stands_beside_the_tests_is_told_however_they_ended(run, tests, types, end):
    running = run(tests=tests, types=types)
    told, _ = running.communicate(timeout=60)
    assert told.splitlines()[-1] == f"== {end}", told
    assert "types were looked at" in told
    assert running.returncode == int(end != "all well")


def test_an_interrupt_ends_what_runs_beside_the_tests_too(run, tmp_path):
    pid = tmp_path / "pid"
    beside = f"echo $$ >{pid}.new; mv {pid}.new {pid}; sleep 300"
    running = run(tests="trap 'exit 2' INT; sleep 300", types=beside)
    deadline = time.monotonic() + 60
    while not pid.exists():
        assert time.monotonic() < deadline and running.poll() is None
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < deadline:  # whoever inherits it may take a while to bury it
            os.kill(int(pid.read_text()), 0)
            time.sleep(0.01)
