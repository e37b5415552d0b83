"""The world outside of a watcher on loopback, and a folder in which the real process runs on real files."""

import json
import os
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import commands

DEADLINE_S = 60
#: When a feed whose interval is a second is surely due again.
INTERVAL_S = 1.3
#: Entries without dates are an alarm of their own.
DATED = "<pubDate>Fri, 01 May 2026 10:00:00 GMT</pubDate>"


class Outside:
    """A feed and a webhook receiver on loopback; counts what arrives, by idempotency key."""

    def __init__(self) -> None:
        self.items: list[tuple[str, str]] = []
        self.received: Counter[str] = Counter()
        #: How posts are answered.
        self.status = 204
        self.arrived = threading.Condition()
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args) -> None:
                pass

            def do_GET(self) -> None:
                body = outside.feed().encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with outside.arrived:
                    outside.received[payload["key"]] += 1
                    outside.arrived.notify_all()
                self.send_response(outside.status)
                self.end_headers()

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        #: Where its entries link to; dedup knows an outlet by it.
        self.site = self.url
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def feed(self) -> str:
        items = "".join(
            f"<item><guid>{guid}</guid><title>{title}</title><link>{self.site}/{guid}</link>{DATED}</item>"
            for guid, title in reversed(self.items)
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{items}</channel></rss>'

    def publish(self, number: int) -> None:
        """Add an entry whose words are shared with no other."""
        odd = " ".join(f"{_letters(number)}q{_letters(i)}" for i in range(12))
        self.items.append((f"id{number}", f"Explosion number {number} {odd}"))

    def wait_for(self, count: int) -> None:
        """Wait until so many different messages arrived."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.received) >= count, DEADLINE_S), self.received

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _letters(number: int) -> str:
    """A number as letters, for dedup reads letters and digits of one word apart."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:03d}")


class Machine:
    """A folder with a configuration, and the processes that run on it."""

    def __init__(self, folder: Path, outside: Outside) -> None:
        self.folder = folder
        self._due_at = 0.0
        (folder / "rules").mkdir()
        (folder / "rules" / "r.yaml").write_text(
            "rules:\n  - id: explosion\n    title: Explosion\n    when: {any: [explosion]}\n"
            "    receivers: [hook]\n    examples: {match: [Explosion in town]}\n"
        )
        (folder / "config.yaml").write_text(
            f"database: w.db\nrules: rules\nweb: {{enabled: false}}\nhttp: {{allow_networks: [127.0.0.0/8]}}\n"
            f"feeds:\n  - {{id: feed, url: '{outside.url}/feed', interval: 1s}}\n"
            f"receivers:\n  hook: {{type: webhook, url: '{outside.url}/hook'}}\n"
        )

    def start(self, failpoint: str = "", command: str = "run", **environment: str) -> commands.Process:
        env = os.environ | {"WATCHER_FAILPOINT": failpoint} | environment
        log = self.folder / "log.txt"
        return commands.Process(command, "-c", str(self.folder / "config.yaml"), env=env, stdout=log, stderr=log)

    def once(self, failpoint: str = "") -> int:
        """Run `watcher once` when the feed is due and return its exit status, negative for a signal."""
        self.wait_until_due()
        status = self.start(failpoint, "once").wait(DEADLINE_S)
        self._due_at = time.monotonic() + INTERVAL_S
        return status

    def wait_until_due(self) -> None:
        """Wait until the feed may be polled again."""
        time.sleep(max(0.0, self._due_at - time.monotonic()))

    def log(self) -> str:
        return (self.folder / "log.txt").read_text()

    def wait_for_log(self, text: str, times: int = 1) -> None:
        """Wait until the daemon has logged something so many times."""
        end, pause = time.monotonic() + DEADLINE_S, threading.Event()
        while self.log().count(text) < times:
            assert time.monotonic() < end, f"{text!r} is not in the log {times} times:\n{self.log()}"
            pause.wait(0.05)
