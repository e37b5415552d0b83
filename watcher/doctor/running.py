"""The files that people write, and the daemon that runs on them."""

import http.client
import json
import os
from collections.abc import Iterator
from pathlib import Path

from watcher.config import Config
from watcher.doctor.finding import Finding, warning, well, wrong
from watcher.errors import StoreError
from watcher.store.engine import lock_file


def look_at_files(config: Config) -> Iterator[Finding]:
    """Look at who else can read the files that hold secrets."""
    if not config.feeds:
        yield warning("configuration", "no feed is configured", "`watcher feeds add URL`")
    if not config.receivers:
        yield warning("configuration", "no receiver is configured: nobody is told", "add one under `receivers`")
    readable = [path for path in config.secret_files if os.name == "posix" and path.stat().st_mode & 0o077]
    for path in readable:
        yield warning("secrets", f"{path} can be read by other users", f"chmod 600 {path}")
    if config.secret_files and not readable:
        yield well("secrets", "files of secrets can be read by their owner only")


def look_at_daemon(config: Config, lock: Path | None) -> Iterator[Finding]:
    """Look whether a daemon runs on this database, and ask it for its health."""
    running = lock is not None and _is_held(lock)
    if not running:
        yield warning("daemon", "none runs on this database", "`watcher run`, or `systemctl start watcher`")
        return
    if not config.web.enabled:
        yield well("daemon", "one runs; it serves no health (`web.enabled` is false)")
        return
    host, port = config.web.address
    try:
        answer = _ask(host if config.web.is_local else "localhost", port)
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException) as error:
        remedy = "its log says `web_failed` if the port is taken; if it says nothing, restart it"
        yield wrong("daemon", f"one runs, but {config.web.listen} does not answer: {error}", remedy)
        return
    if not answer:
        yield well("daemon", f"one runs and is ready ({config.web.listen})")
    else:
        yield wrong("daemon", f"one runs, but {'; '.join(answer)}", "restart it if that lasts; keep its log")


def _ask(host: str, port: int) -> list[str]:
    """What the daemon says is wrong with it."""
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", "/readyz", headers={"Host": "localhost"})
        told = json.loads(connection.getresponse().read(100_000))
        return [str(sentence) for sentence in told["wrong"]]
    finally:
        connection.close()


def _is_held(lock: Path) -> bool:
    if not lock.exists():
        return False
    try:
        lock_file(lock, lock).close()
    except StoreError:  # held, or another user's
        return True
    return False
