"""Feeds that are bad in every way beside a good one: each is one clear line, the good one's alert arrives."""

import gzip
import json
import os
from collections import Counter
from contextlib import contextmanager

import commands
import pytest
from badhttp import answer, endless, hang, hang_up, ok, redirect
from hookserver import HookServer

DEADLINE_S = 60
ITEM = "<item><guid>{0}</guid><title>{1}</title><pubDate>{2}</pubDate></item>"


def rss(*items):
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'.encode()


def item(guid, title, date="Thu, 30 Apr 2026 10:00:00 GMT"):
    return ITEM.format(guid, title, date)


OLD = item("old", "Quiet day in town")
NEWS = item("news", "Explosion in town wounds seven people near the old market")
BOMB = b'<!DOCTYPE r [<!ENTITY a "x">' + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a;" * 9) for n in range(9)) + b"]>"
BIG = rss(item("big", "Ten megabytes", "") + "<!--" + "x" * 10_000_000 + "-->")

#: Feed → its answer, the health that `status` shows, and words of its line there.
BAD = {
    "html": (ok(b"<!DOCTYPE html><html><title>Hello</title>"), "failing", "a web page, not a feed ('Hello')"),
    "empty": (ok(b""), "failing", "empty_body"),
    "noise": (ok(b"\x00\x01\x02 noise"), "failing", "not a feed"),
    "attack": (ok(b"<?xml version='1.0' encoding='utf-7'?><rss/>"), "failing", "the encoding 'utf-7'"),
    "encoding": (ok(rss(item("e", "x")).replace(b"x", b"\xe9\xe8")), "well", "it was read as cp1252"),
    "half": (ok(rss(OLD, NEWS)[:-60]), "well", "breaks off before its end"),
    "markup": (ok(rss(item("m", "&lt;b&gt;Bold&lt;/b&gt; &amp;amp; plain"))), "well", ""),
    "noids": (ok(rss("<item><title>A</title></item>")), "well", "1 entries have no id"),
    "nodates": (ok(rss(*(item(n, f"t{n}", "") for n in range(3)))), "well", "none of its entries has a date"),
    "1970": (ok(rss(item("o", "x", "Thu, 01 Jan 1970 00:00:00 GMT"))), "well", "a date that cannot be right"),
    "2099": (ok(rss(item("f", "x", "Thu, 01 Jan 2099 00:00:00 GMT"))), "well", "a date that cannot be right"),
    "big": (ok(BIG), "well", ""),
    "toobig": (endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100_000), "failing", "the body is larger than 20 MB"),
    "zipbomb": (ok(gzip.compress(b"x" * 50_000_000), Content_Encoding="gzip"), "failing", "too_big"),
    "bomb": (ok(BOMB + rss(item("b", "&a8;"))), "well", "malformed"),
    "loop": (redirect("/loop"), "failing", "redirects: the redirects go round in a circle"),
    "silent": (hang, "failing", "timeout: no complete answer within 3 s"),
    "broken": (hang_up(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<rss>"), "failing", "protocol"),
    "forbidden": (answer(403), "failing", "the server says 403"),
    "wall": (answer(403, b"", cf_mitigated="challenge"), "failing", "bot_wall"),
    "gone": (answer(410), "failing", "gone: the server says 410"),
    "busy": (answer(503, Retry_After="3600"), "failing", "rate_limited: the server says 503"),
    "private": (redirect("http://10.0.0.1/"), "failing", "blocked_address: 10.0.0.1 leads to 10.0.0.1"),
}  # fmt: skip
ELSEWHERE = {
    "dns": ("http://no-such-host.invalid/feed", "dns: the name no-such-host.invalid cannot be resolved"),
    "refused": ("http://127.0.0.1:1/feed", "connect: no connection"),
    "notls": ("https://127.0.0.1:{port}/feed", "tls: no trusted connection"),
}
#: What is told at once, because waiting does not mend it.
ALARMS = ["watcher/feed:gone", "watcher/feed:wall", "watcher/feed:nodates:undated"]


@pytest.fixture
def machine(tmp_path, server):
    with HookServer() as hook:
        feeds = {name: server.on(f"/{name}", said) for name, (said, _, _) in BAD.items()}
        feeds |= {name: url.format(port=server.port) for name, (url, _) in ELSEWHERE.items()}
        feeds["good"] = server.on("/good", ok(rss(OLD)))
        rules = tmp_path / "rules"
        rules.mkdir()
        (rules / "r.yaml").write_text(
            "rules:\n  - id: explosion\n    title: Explosion\n    when: {any: [explosion]}\n"
            "    receivers: [hook]\n    examples: {match: [Explosion in town]}\n"
        )
        lines = "".join(
            f"  - {{id: '{name}', url: '{url}', interval: {'1s' if name == 'good' else '1h'}}}\n"
            for name, url in feeds.items()
        )
        (tmp_path / "config.yaml").write_text(
            "database: w.db\nrules: rules\nhttp: {allow_networks: [127.0.0.0/8], timeout: 3s, per_host: 8}\n"
            "polling: {back_off: feed}\n"
            f"feeds:\n{lines}receivers:\n  hook: {{type: webhook, url: 'http://127.0.0.1:{hook.port}/'}}\n"
        )
        yield tmp_path, server, hook


def watcher(folder, *command):
    return commands.run(folder, *command, timeout=DEADLINE_S, env=os.environ | {"COLUMNS": "200"})


def status(folder):
    return {feed["feed"]: feed for feed in json.loads(watcher(folder, "status", "--json").stdout)["feeds"]}


def log_lines(text, feed):
    return [line for line in text.splitlines() if f"feed={feed} " in f"{line} " and "failed" in line.split("feed=")[0]]


def test_each_bad_feed_is_one_clear_line_and_the_good_one_alerts(machine):
    folder, server, hook = machine
    first = watcher(folder, "once")
    assert first.returncode == 1, first.stderr
    assert "Traceback" not in first.stderr
    feeds = status(folder)
    expected = {name: (health, said) for name, (_, health, said) in BAD.items()}
    expected |= {name: ("failing", said) for name, (_, said) in ELSEWHERE.items()}
    for name, (health, said) in expected.items():
        line = feeds[name]["last_error"] or "; ".join(feeds[name]["notes"])
        assert feeds[name]["state"] == health, (name, line)
        assert said in line, name
        assert "\n" not in line, name
        assert len(log_lines(first.stderr, name)) == (health == "failing"), name
    assert (feeds["good"]["state"], feeds["good"]["notes"]) == ("well", [])
    assert Counter(rules(hook)) == Counter(ALARMS), "what waiting does not mend is told at once, and nothing else is"

    server.on("/good", ok(rss(NEWS, OLD)))
    with running(folder) as process:
        asked = len(server.asked("/good"))
        while not {"explosion", *ALARMS} <= set(rules(hook)):
            asked += 1
            server.wait_for("/good", asked, DEADLINE_S)
        assert process.poll() is None
    assert Counter(rules(hook)) == Counter(["explosion", *ALARMS])
    assert "Traceback" not in (folder / "log.txt").read_text()


def rules(hook):
    return [post["json"]["rule"] for post in hook.posts]


@contextmanager
def running(folder):
    """The daemon, ended by SIGTERM, cleanly."""
    process = commands.Process("run", cwd=folder, stdout=folder / "log.txt", stderr=folder / "log.txt")
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(DEADLINE_S) == 0


def test_the_feeds_of_a_page_are_found(machine):
    folder, server, _ = machine
    page = b"<html><head><link rel='alternate' type='application/rss+xml' title='News' href='/good'></head></html>"
    found = watcher(folder, "feeds", "discover", server.on("/page", ok(page, Content_Type="text/html")), "--json")
    assert json.loads(found.stdout) == [{"url": server.url("/good"), "title": "News", "kind": "RSS", "certain": True}]
    itself = watcher(folder, "feeds", "discover", server.url("/good"), "--json")
    assert [feed["url"] for feed in json.loads(itself.stdout)] == [server.url("/good")]
    assert (
        watcher(folder, "feeds", "discover", server.on("/none", ok(b"<html>", Content_Type="text/html"))).returncode
        == 1
    )
    gone = watcher(folder, "feeds", "discover", server.url("/gone"))
    assert (gone.returncode, "410" in gone.stderr) == (1, True)
