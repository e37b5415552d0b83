"""`watcher demo`: the main job, offline and for real. Local feeds, the daemon itself, alerts on the terminal."""

from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from watcher.demo.output import JsonLines, Output, Screen
from watcher.demo.script import load
from watcher.demo.server import FeedServer
from watcher.demo.stage import Stage

__all__ = ["run"]


async def run(seconds: float | None, *, as_json: bool, console: Console | None = None) -> None:
    """Run the demo for so many seconds, or until Ctrl-C; nothing is left behind.

    Text goes to `console`, standard output by default; JSON always goes to standard output.
    """
    output: Output = JsonLines() if as_json else Screen(console or Console(highlight=False, emoji=False))
    with (
        TemporaryDirectory(prefix="watcher-demo-", ignore_cleanup_errors=True) as folder,
        FeedServer(lambda path, message: output.received(path.rpartition("/")[2], message)) as server,
    ):
        await Stage(load(), server, Path(folder), output, seconds).play()
    output.end()
