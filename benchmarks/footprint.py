"""Memory of the running daemon: `python benchmarks/footprint.py [--feeds 1000] [--seconds 600]`.

Starts `watcher run` on a configuration with so many feeds, all served by a small local server, waits
until every one was polled, and prints the resident and the peak memory of the daemon and of its
parser process. Linux only, for it reads /proc.
"""

import argparse
import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Feeds(BaseHTTPRequestHandler):
    """Serves 20 entries of 60 words for every path; no two paths share a text."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        name, now = self.path.strip("/"), format_datetime(datetime.now(UTC))
        items = "".join(
            f"<item><guid>{name}-{i}</guid><title>Report {i} of {name}</title><link>http://127.0.0.1/{name}/{i}</link>"
            f"<pubDate>{now}</pubDate><description>{' '.join(f'{name}w{i}n{j}' for j in range(60))}</description></item>"
            for i in range(20)
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def memory(pid):
    """Resident and peak memory in MB."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("Vm")
    )
    return {key: round(int(status[key].split()[0]) / 1024) for key in ("VmRSS", "VmHWM")}


def children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def polled(database):
    if not database.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return connection.execute("SELECT count(*) FROM feed_states WHERE ok_at IS NOT NULL").fetchone()[0]
    except sqlite3.OperationalError:
        return 0  # the schema is being made


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--feeds", type=int, default=1000)
    options.add_argument("--seconds", type=float, default=600, help="give up after so long")
    arguments = options.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Feeds)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feeds = "".join(
            f"  - {{id: f{i}, url: 'http://127.0.0.1:{server.server_port}/f{i}'}}\n" for i in range(arguments.feeds)
        )
        (folder / "config.yaml").write_text(
            f"rules: {ROOT / 'watcher' / 'templates' / 'first.yaml'}\ndefault_receivers: [out]\n"
            f"http: {{allow_networks: [127.0.0.0/8], per_host: 20}}\nreceivers: {{out: {{type: console}}}}\nfeeds:\n{feeds}"
        )
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "watcher", "run", "-c", str(folder / "config.yaml")], stdout=log, stderr=log
            )
            try:
                report(process, folder, arguments)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(60)
    server.shutdown()


def report(process, folder, arguments):
    begun = time.monotonic()
    done = threading.Event()
    while polled(folder / "watcher.db") < arguments.feeds:
        if process.poll() is not None or time.monotonic() - begun > arguments.seconds:
            sys.exit(f"footprint.py: not all feeds were polled\n{(folder / 'log').read_text()[-2000:]}")
        done.wait(0.5)
    workers = [memory(child) for child in children(process.pid)]
    told = {
        "feeds": arguments.feeds,
        "all_polled_after_s": round(time.monotonic() - begun, 1),
        "daemon_mb": memory(process.pid),
        "parser_mb": workers,
        "database_mb": round((folder / "watcher.db").stat().st_size / 1e6, 1),
    }
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
