"""The demo without the daemon: its documents are what they claim, its story is recognised, its rules meet it."""

import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher import regions
from watcher.dedup import Settings
from watcher.dedup.stream import Clusterer
from watcher.demo.documents import CONTENT_TYPES, Channel, Item, document
from watcher.demo.script import FILES, Press, load
from watcher.demo.server import Document, FeedServer
from watcher.model import Feed
from watcher.parse import parse_feed
from watcher.rules import compile_rules

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SCRIPT = load()


def parsed(body: bytes, content_type: str, feed: str = "feed"):
    return parse_feed(body, content_type=content_type, url="http://127.0.0.1:9/feed", feed=feed, now=NOW)


@pytest.mark.parametrize(
    ("form", "version"), [("rss", "rss20"), ("atom", "atom10"), ("rdf", "rss10"), ("json", "json11")]
)
def test_a_document_of_each_format_is_read_back_as_it_was_meant(form, version):
    items = [
        Item("https://o.example.org/2", "Zweite <Überschrift> & مرحبا", "Erste Zeile.\n“Zweite” Zeile & Ende.", NOW),
        Item("https://o.example.org/1", "Первая", "Текст.", NOW - timedelta(hours=1)),
    ]
    feed = parsed(document(form, Channel("Outlet & Co", "https://o.example.org", "de"), items), CONTENT_TYPES[form])
    assert (feed.version, feed.title) == (version, "Outlet & Co")
    assert [(e.id, e.link, e.title, e.published_at) for e in feed.entries] == [
        (i.id, i.id, i.title, i.published_at) for i in items
    ]
    assert "“Zweite” Zeile & Ende." in feed.entries[0].text
    assert feed.notes == ()


@pytest.mark.parametrize("outlet", [o for o in SCRIPT.outlets if o.file], ids=lambda o: o.id)
def test_a_captured_document_has_entries_and_its_licence_is_told(outlet):
    assert parsed((FILES / "captures" / outlet.file).read_bytes(), "application/xml").entries
    assert outlet.file in (Path(__file__).parents[2] / "NOTICE").read_text("utf-8")


def story():
    """Every entry that the script publishes, in order, as the daemon decides on it."""
    rules = compile_rules([(file.name, file.read_text("utf-8")) for file in sorted_rules()])
    prints: dict = {}
    clusterer, at = Clusterer(Settings.named("balanced"), prints.__setitem__, prints.__getitem__), NOW
    outlets = {outlet.id: outlet for outlet in SCRIPT.outlets}
    for step in SCRIPT.steps:
        for part in step.publish:
            at += timedelta(seconds=2)
            outlet = outlets[part["outlet"]]
            item = Item(outlet.entry_id(part["id"]), part["title"], part["text"], at)
            body = document(outlet.format, outlet.channel, [item])
            (entry,) = parsed(body, CONTENT_TYPES[outlet.format], outlet.id).entries
            feed = Feed(outlet.id, "", outlet.title, tuple(outlet.tags), outlet.language)
            places = regions.locate(entry, None)
            matches = rules.match(entry, feed=feed, places=lambda p=places: p, now=at)
            yield part["id"], clusterer.assign(entry, at), [match.rule for match in matches]


def sorted_rules():
    return sorted((FILES / "rules").iterdir(), key=lambda file: file.name)


RAID, AID = "is-leader-captured", "aid-convoy"
#: Those entries of the script that mean something: what they are to their story, and which rules they meet.
MEANT = [
    ("a-100", "lead", [RAID]),
    ("a-102", "lead", [RAID]),
    ("s-201", "republication", [RAID]),
    ("a-102", "development", [RAID]),
    ("b-301", "lead", [RAID]),
    ("b-302", "republication", [RAID]),
    ("v-801", "lead", ["black-sea-port-struck"]),
    ("f-401", "lead", ["hospital-struck"]),
    ("b-303", "lead", [AID]),
    ("s-202", "republication", [AID]),
    ("c-501", "lead", ["earthquake"]),
    ("a-102", "revision", [RAID]),
]


def test_every_entry_is_to_its_story_and_to_the_rules_what_the_script_says():
    told = [(name, assignment.relation.value, rules) for name, assignment, rules in story()]
    assert [t for t in told if t[2]] == MEANT
    assert all(relation == "lead" for _, relation, rules in told if not rules)


def test_the_republication_credits_the_first_outlet_and_is_recognised_by_a_margin():
    copies = {name: a for name, a, _ in story() if a.relation == "republication"}
    assert copies["s-201"].credits == "Atalayar"
    assert copies["s-202"].credits == "Barada Press"
    assert copies["s-201"].similarity >= Settings.named("balanced").threshold + 0.1


def test_the_development_tells_what_changed():
    (development,) = [a for _, a, _ in story() if a.relation == "development"]
    assert [c.as_dict() for c in development.changes] == [
        {"what": "killed", "from": 12, "to": 15},
        {"what": "injured", "from": 7, "to": 11},
    ]


@pytest.fixture
def server():
    received = []
    with FeedServer(lambda path, message: received.append((path, message))) as running:
        running.received = received
        yield running


def get(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.headers.get("ETag"), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("ETag"), error.read()


def test_the_server_knows_validators(server):
    server.put("/a", Document(b"<rss/>"))
    status, etag, body = get(server.url + "/a")
    assert (status, body) == (200, b"<rss/>")
    assert get(server.url + "/a", **{"If-None-Match": etag}) == (304, etag, b"")
    server.put("/a", Document(b"<rss />"))
    assert get(server.url + "/a", **{"If-None-Match": etag})[0] == 200


def test_a_feed_breaks_and_is_mended(server):
    press = Press(server, {outlet.id: outlet for outlet in SCRIPT.outlets})
    steps = {name: step for step in SCRIPT.steps for name in (step.broken, step.mended) if name}
    press.perform(SCRIPT.steps[0], NOW)
    broken = next(step for step in SCRIPT.steps if step.broken)
    mended = next(step for step in SCRIPT.steps if step.mended)
    assert set(steps) == {"vestnik"}
    press.perform(broken, NOW)
    assert get(server.url + "/vestnik")[0] == 404
    press.perform(mended, NOW)
    status, _, body = get(server.url + "/vestnik")
    assert (status, body.count(b"<item ")) == (200, 2)


def test_what_is_posted_arrives_with_its_path(server):
    request = urllib.request.Request(server.url + "/receivers/desk", data=b'{"key": "1"}', method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 204
    assert server.received == [("/receivers/desk", {"key": "1"})]
