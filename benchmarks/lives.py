"""Starts the daemon again and again, each time by a fork of a process that has loaded it: a life begins at its work.

    python benchmarks/lives.py CONFIG LOG

Each line on standard input is a failpoint, or empty for none. The number of the new process is printed, and the
status that it ended with (negative: by that signal). `delivery.py` uses it; on a busy machine a fresh interpreter
takes longer to load the program than most lives last.
"""

import asyncio
import importlib
import os
import sys
import traceback
from pathlib import Path

from watcher import daemon, failpoints, logs
from watcher.cli.run import load_checked
from watcher.notifiers import Environment


def live(config, failpoint):
    """Be the daemon, as `watcher run` is it."""
    os.environ["WATCHER_FAILPOINT"] = failpoint
    importlib.reload(failpoints)  # it reads the environment when it is loaded; its function stays the same
    loaded = load_checked(config)
    logs.setup(loaded.log.level, loaded.log.format)
    asyncio.run(daemon.run(loaded, lambda: load_checked(config), logs.observe, Environment()))


def fork(config, log, failpoint):
    number = os.fork()
    if number:
        return number
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    null = os.open(os.devnull, os.O_RDONLY)
    for stream, old in ((null, 0), (file, 1), (file, 2)):
        os.dup2(stream, old)
    try:
        live(config, failpoint)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main():
    config, log = Path(sys.argv[1]), sys.argv[2]
    load_checked(config)  # what it loads on its way is loaded now
    for line in sys.stdin:
        number = fork(config, log, line.strip())
        print(number, flush=True)
        _, status = os.waitpid(number, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
