"""Commands of watcher in processes of their own that need not import it anew.

They are forked by a server that has imported everything heavy, which is what most of the time of a short command goes
into. All else is as at `python -m watcher`: the modules of the command line, which look at the environment and at the
terminal as they are imported, are imported by each. `tests/e2e/test_processes.py` runs every command but `run` and
`demo` from nothing.
"""

import contextlib
import gc
import importlib
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

#: All but `watcher.cli`, and what a command imports of others.
HEAVY = (
    "watcher.archive", "watcher.daemon", "watcher.demo", "watcher.doctor", "watcher.fulltext", "watcher.notifiers",
    "watcher.parse.page", "watcher.regions", "watcher.rules.backtest", "watcher.web", "alembic.command",
    "anyio._backends._asyncio", "anyio.streams.tls", "asyncio", "pydantic.type_adapter",
    "rich.progress", "rich.table", "telegram", "typer", "uvicorn",
)  # fmt: skip
#: Bytes that surely go into a pipe at once.
PIPE = 4096


def forking():
    """What makes processes that have imported everything heavy; fresh ones where the system cannot fork."""
    if os.name != "posix":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(HEAVY))
    return context


class Process:
    """A command that runs; to be used as a `subprocess.Popen`."""

    def __init__(self, *arguments, cwd=None, env=None, stdin=b"", stdout=os.devnull, stderr=os.devnull):
        for file in (stdout, stderr):
            Path(file).touch()
        given = arguments, Path(cwd or Path.cwd()), dict(os.environ if env is None else env), stdin
        self._process = forking().Process(target=_command, args=(*given, str(stdout), str(stderr)))
        self._process.start()
        self.pid = self._process.pid

    @property
    def returncode(self):
        return self._process.exitcode

    def poll(self):
        """Exit status, negative for a signal, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout=None):
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("watcher", timeout)
        return self._process.exitcode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self._process.kill()

    def terminate(self):
        self._process.terminate()


def run(folder, *arguments, stdin="", timeout=60, **more):
    """Run a command in a folder to its end, and return what `subprocess.run` does with text."""
    with tempfile.TemporaryDirectory() as kept:
        out, err = Path(kept, "out"), Path(kept, "err")
        process = Process(*arguments, cwd=folder, stdin=stdin.encode(), stdout=out, stderr=err, **more)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        return subprocess.CompletedProcess(arguments, status, out.read_text("utf-8"), err.read_text("utf-8"))


def _command(arguments, folder, environment, stdin, stdout, stderr):
    gc.freeze()
    gc.unfreeze = lambda: None  # before a collection of all: what was imported for other commands is none of this one's
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    _point(1, stdout)
    _point(2, stderr)
    read, write = os.pipe()
    os.dup2(read, 0)
    assert len(stdin) <= PIPE
    os.write(write, stdin)
    os.close(read)
    os.close(write)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.argv = ["watcher", *arguments]
    importlib.reload(sys.modules["watcher.failpoints"])  # reads the environment
    if os.name == "posix" and arguments[:1] in (("run",), ("once",)):
        _fork_parser()
    runpy.run_module("watcher", run_name="__main__", alter_sys=True)


def _fork_parser():
    """Fork the first parser that the command will want, while it has no threads; later ones are as they always are."""
    from watcher import workers

    context, fresh = multiprocessing.get_context("fork"), workers._start
    ours, theirs = context.Pipe()
    process = context.Process(target=_parse, args=(ours, theirs), daemon=True, name="parser")
    process.start()
    theirs.close()
    ready = [workers._Worker(process, ours)]

    def start():
        if not ready:
            return fresh()
        ready[0].pipe.recv()
        return ready.pop()

    workers._start = start


def _parse(ours, theirs):
    from watcher import workers

    ours.close()
    workers._serve(theirs)


def _point(number, path):
    """Have a file descriptor append to a file."""
    with contextlib.suppress(OSError):
        (sys.stdout if number == 1 else sys.stderr).flush()
    opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(opened, number)
    os.close(opened)
