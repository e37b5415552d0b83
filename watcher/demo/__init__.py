"""`watcher demo`: the main job, offline and for real. Local feeds, the daemon itself, alerts on the terminal."""

import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from watcher import logs
from watcher.demo.output import JsonLines, Output, Screen, Terminal
from watcher.demo.script import load
from watcher.demo.stage import Stage

__all__ = ["run"]


async def run(seconds: float | None, *, as_json: bool, console: Console | None = None) -> None:
    """Run the demo for so many seconds, or until Ctrl-C; nothing is left behind.

    Text goes to `console`, standard output by default; JSON always goes to standard output.

    Raises:
        BrokenPipeError: nobody reads what is printed; all is ended and removed all the same.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal of an old code page shows ? for what it lacks
        sys.stdout.reconfigure(errors="replace")
    logs.setup("error")  # what the daemon does is told here; only what broke is logged
    output: Output = JsonLines() if as_json else Screen(console or Terminal(highlight=False, emoji=False))
    with TemporaryDirectory(prefix="watcher-demo-", ignore_cleanup_errors=True) as folder:
        await Stage(load(), Path(folder), output, seconds).play()
    output.end()
