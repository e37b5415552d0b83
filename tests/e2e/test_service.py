"""The running daemon shows itself: metrics, health, readiness, and its life to systemd."""

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

DEADLINE_S = 60


def served(machine, running, web="{listen: '127.0.0.1:0'}", environment=None):
    """Start the daemon and return its process and its address."""
    config = machine.folder / "config.yaml"
    config.write_text(config.read_text().replace("web: {enabled: false}", f"web: {web}"))
    process = machine.start(**(environment or {}))
    running.append(process)
    found = wait_for(lambda: re.search(r"web_started address=(\S+)/", machine.log()), machine)
    return process, found[1]


def wait_for(ask, machine):
    """Ask until the answer is true."""
    end, pause = time.monotonic() + DEADLINE_S, threading.Event()
    while time.monotonic() < end:
        if answer := ask():
            return answer
        pause.wait(0.05)
    raise AssertionError(f"it did not come true:\n{machine.log()}")


def get(url, **headers):
    """Status, headers and body."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def metric(address, name, **labels):
    families = text_string_to_metric_families(get(f"{address}/metrics")[2].decode())
    return sum(
        s.value for family in families for s in family.samples if s.name == name and labels.items() <= s.labels.items()
    )


def test_metrics_tell_what_happened(machine, outside, running):
    outside.publish(0)
    process, address = served(machine, running)
    wait_for(lambda: "baseline feed=feed" in machine.log(), machine)
    outside.publish(1)
    outside.wait_for(1)
    wait_for(lambda: metric(address, "watcher_deliveries_total", receiver="hook", outcome="sent") == 1, machine)
    assert metric(address, "watcher_entries_total") == 2
    assert metric(address, "watcher_stories_total") == 2
    assert metric(address, "watcher_matches_total", rule="explosion") == 2
    assert metric(address, "watcher_suppressions_total", reason="baseline") == 1
    assert metric(address, "watcher_polls_total", outcome="parsed") == 2
    assert metric(address, "watcher_feeds", state="well") == 1
    assert metric(address, "watcher_seen_to_alert_seconds_count") == 1
    assert metric(address, "watcher_tick_age_seconds", tick="polls") < 90
    assert metric(address, "watcher_database_size_bytes") > 0
    assert get(f"{address}/metrics")[1]["Content-Type"].startswith("text/plain; version=0.0.4")
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0, machine.log()
    assert "Traceback" not in machine.log()


def test_health_and_readiness_and_the_headers_of_every_answer(machine, running):
    _, address = served(machine, running)
    for path in ("healthz", "readyz"):
        status, headers, body = wait_for(lambda p=path: (a := get(f"{address}/{p}"))[0] == 200 and a, machine)
        assert json.loads(body) == {"ok": True, "wrong": []}
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    status, headers, _ = get(f"{address}/metrics", Host="evil.example")
    assert status == 421 and headers["X-Content-Type-Options"] == "nosniff"
    assert get(f"{address}/nothing")[0] == 404


def test_a_tick_that_is_stuck_is_told(machine, running):
    """Another process holds the database; a daemon with little patience says that its ticks do not end."""
    script = (
        "import sys; from datetime import timedelta; from watcher import daemon; "
        "daemon.TICK_LATE = timedelta(seconds=1); "
        "sys.argv[0] = 'watcher'; from watcher.cli import main; main()"
    )
    config = machine.folder / "config.yaml"
    config.write_text(config.read_text().replace("{enabled: false}", "{listen: '127.0.0.1:0'}"))
    with (machine.folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", script, "run", "-c", str(config)], stdout=log, stderr=log
        )  # fmt: skip
    running.append(process)
    address = wait_for(lambda: re.search(r"web_started address=(\S+)/", machine.log()), machine)[1]
    wait_for(lambda: get(f"{address}/readyz")[0] == 200, machine)
    holder = sqlite3.connect(machine.folder / "w.db", isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        _, _, body = wait_for(lambda: (a := get(f"{address}/healthz"))[0] == 503 and a, machine)
        assert "has not ended well" in json.loads(body)["wrong"][0]
        assert get(f"{address}/metrics")[0] == 200, "metrics can be read while the writer waits"
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    wait_for(lambda: get(f"{address}/healthz")[0] == 200, machine)


def test_with_a_token_metrics_are_for_who_has_it(machine, running):
    _, address = served(machine, running, environment={"WATCHER_WEB_TOKEN": "token-of-the-page"})
    assert get(f"{address}/metrics")[0] == 401
    assert get(f"{address}/metrics", Authorization="Bearer token-of-the-page")[0] == 200
    assert get(f"{address}/healthz")[0] == 200
    assert "token-of-the-page" not in machine.log()


def test_without_a_token_it_starts_nowhere_else(machine):
    config = machine.folder / "config.yaml"
    config.write_text(config.read_text().replace("{enabled: false}", "{listen: '0.0.0.0:0'}"))
    process = machine.start()
    assert process.wait(DEADLINE_S) == 1
    assert "web.listen: 0.0.0.0:0 can be reached from elsewhere: its token is missing" in machine.log()


def test_a_port_that_is_taken_stops_only_the_serving(machine, outside, running):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = machine.folder / "config.yaml"
        config.write_text(config.read_text().replace("{enabled: false}", f"{{listen: '127.0.0.1:{port}'}}"))
        running.append(machine.start())
        wait_for(lambda: "web_failed" in machine.log() and "baseline feed=feed" in machine.log(), machine)
        outside.publish(1)
        outside.wait_for(1)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no local sockets here")
def test_systemd_hears_when_it_is_ready_and_lives_and_stops(machine, running):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(machine.folder / "notify"))
        listening.settimeout(DEADLINE_S)
        environment = {"NOTIFY_SOCKET": str(machine.folder / "notify"), "WATCHDOG_USEC": "3000000"}
        process, _ = served(machine, running, environment=environment)
        heard = [listening.recv(100) for _ in range(4)]
        assert heard.count(b"READY=1") == 1 and heard.count(b"WATCHDOG=1") == 3
        process.send_signal(signal.SIGTERM)
        while heard[-1] != b"STOPPING=1":
            heard.append(listening.recv(100))
        assert process.wait(15) == 0


def test_the_page_shows_an_alert_of_the_running_daemon_and_takes_up_changed_rules(machine, outside, running):
    outside.publish(0)
    _, address = served(machine, running)
    wait_for(lambda: "baseline feed=feed" in machine.log(), machine)
    outside.publish(1)
    outside.wait_for(1)
    page = get(f"{address}/")[2].decode()
    assert "<mark>Explosion</mark> number 1" in page
    assert "1 sent" in wait_for(lambda: _text(get(f"{address}/deliveries")[2], "1 sent"), machine)
    rules = machine.folder / "rules" / "r.yaml"
    rules.write_text(rules.read_text().replace("title: Explosion", "title: Blasts"))
    wait_for(lambda: "Blasts" in get(f"{address}/rules")[2].decode(), machine)


def _text(body, wanted):
    """The words of a document, if they hold what is wanted."""
    text = " ".join(re.sub(r"<[^>]*>", " ", body.decode()).split())
    return text if wanted in text else ""
