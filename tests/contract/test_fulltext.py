"""Whole texts from pages: over a real server, a real fetcher and a real worker, on a real store."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from badhttp import answer, ok, redirect
from onefeed import OneFeed

from watcher import config
from watcher.errors import FaultsFound
from watcher.fulltext import complete
from watcher.model import Entry, Feed, ParsedFeed
from watcher.notifiers import REGISTRY
from watcher.parse.page import Page, read_page
from watcher.store import reading

PARAGRAPHS = [
    "Forces of the coalition carried out an airborne raid before dawn on the village of Humaira, in the north.",
    "Three helicopters landed soldiers near the mill, residents said, and the search went on until after sunrise.",
    "The council of the village said that two houses had been damaged and that nobody had been hurt in the raid.",
]
RULES = "rules:\n  - {id: mill, when: {any: [mill]}, receivers: [desk], examples: {match: [mill]}}\n"


def page(paragraphs=PARAGRAPHS, head="", charset="utf-8"):
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    inside = (
        f"<head><title>Raid</title>{head}</head><body><nav>Home | World</nav><article><h1>Raid</h1>{text}</article>"
    )
    return f"<!doctype html><html>{inside}<footer>All rights reserved</footer></body></html>".encode(charset)


def rss(*links, summary="Forces of the coalition carried out…"):
    items = "".join(
        f"<item><guid>{n}</guid><title>Raid {n}</title><link>{link}</link><description>{summary}</description></item>"
        for n, link in enumerate(links)
    )
    return f'<rss version="2.0"><channel><title>T</title>{items}</channel></rss>'.encode()


class Desk(OneFeed):
    """Its pages are read."""

    def __init__(self, folder, server, **feed):
        super().__init__(folder, server, rules=[("r.yaml", RULES)], full_text=True, **feed)

    def poll(self, *links, patience=10, **document):
        return self.answered(ok(rss(*links, **document)), patience=patience)

    def stored(self, name):
        with self.store.read() as connection:
            return reading.entry_facts(connection, reading.find_entries(connection, name)[0])[0]


@pytest.fixture
def desk(tmp_path, server):
    made = Desk(tmp_path, server)
    yield made
    made.store.close()


def test_new_entries_get_the_text_of_their_page_and_rules_see_it(desk, server):
    old, new = server.on("/old", ok(page())), server.on("/new", ok(page()))
    desk.poll(old)
    assert not server.asked("/old"), "a baseline is nobody's news, so its pages are left alone"
    (item,) = desk.poll(old, new).entries
    assert "landed soldiers near the mill" in desk.stored("1").content
    assert "rights reserved" not in desk.stored("1").content
    assert [match.rule for match in item.matches] == ["mill"]


def test_a_page_is_read_once_and_the_whole_text_is_no_revision(desk, server):
    desk.poll()
    new = server.on("/new", ok(page()))
    desk.poll(new)
    assert desk.poll(new).entries == ()
    server.on("/new", ok(page([*PARAGRAPHS, "A comment that came later, and of which the feed says nothing at all."])))
    assert desk.poll(new).entries == ()
    assert len(server.asked("/new")) == 1
    (item,) = desk.poll(new, summary="The raid is over, the village council says.").entries
    assert (item.revision, len(server.asked("/new"))) == (1, 2)


@pytest.mark.parametrize(
    ("served", "why"),
    [
        pytest.param(answer(404), "404", id="gone"),
        pytest.param(ok(b"<!doctype html><p>Please accept our cookies"), "no article was found", id="no article"),
        pytest.param(ok(b""), "no article|not a web page", id="empty"),
        pytest.param(ok(page(), Content_Encoding="gzip"), "content_encoding", id="broken"),
    ],
)
def test_an_entry_whose_page_gives_nothing_has_its_own_text_and_it_is_told(desk, server, served, why):
    good, bad = server.on("/good", ok(page())), server.on("/bad", served)
    desk.poll()
    assert len(desk.poll(good, bad).entries) == 2
    assert (desk.stored("1").content, desk.stored("1").summary) == ("", "Forces of the coalition carried out…")
    assert "the mill" in desk.stored("0").content
    notes = (event["note"] for event in desk.events if event["event"] == "feed_note")
    (note,) = (note for note in notes if note.startswith("the whole text of 1 of 2 new entries could not be read"))
    assert any(word in note for word in why.split("|")), note


def test_a_page_that_hangs_holds_the_entries_up_for_a_bounded_time(desk, server):
    desk.poll()

    async def hang(request, writer):
        await asyncio.sleep(30)

    bad = server.on("/bad", hang)
    (item,) = desk.poll(bad, patience=1).entries
    assert item.entry.title == "Raid 0"


def test_a_link_of_a_redirector_becomes_the_pages_own(desk, server):
    desk.poll()
    there = server.on("/there", ok(page(head='<link rel="canonical" href="/2026/raid">'))).replace(
        "127.0.0.1", "localhost"
    )
    link = server.on("/away", redirect(there))
    (item,) = desk.poll(link).entries
    assert item.entry.link == server.url("/2026/raid").replace("127.0.0.1", "localhost")
    assert desk.poll(link).entries == (), "the redirector's link is still the one that revisions are told by"


@pytest.mark.parametrize("charset", ["windows-1256", "utf-8"])
def test_pages_in_encodings_of_their_own(charset):
    text = "شنت قوات التحالف غارة على قرية حميرة في ريف حلب الشمالي فجر اليوم، وقال السكان إن المروحيات أنزلت جنودا.  "
    body = page([text, text.replace("فجر", "بعد ظهر"), text], head=f'<meta charset="{charset}">', charset=charset)
    assert "حميرة في ريف حلب" in read_page(body, content_type="text/html").text


@pytest.mark.parametrize(
    ("href", "canonical"),
    [
        ("https://a.example/raid", "https://a.example/raid"),
        ("/raid", "https://site.example/raid"),
        ("https://site.example/", None),
        ("javascript:alert(1)", None),
        ("http://[bad", None),
    ],
)
def test_the_address_that_a_page_calls_its_own(href, canonical):
    found = read_page(page(head=f'<link rel="canonical" href="{href}">'), url="https://site.example/x")
    assert isinstance(found, Page)
    assert found.canonical == canonical


def test_without_the_extra_the_configuration_is_faulty_and_says_what_to_install(machine, monkeypatch):
    path = machine.folder / "config.yaml"
    path.write_text(path.read_text().replace("interval: 1s", "full_text: true"))
    assert config.load(path, {}, REGISTRY).feeds[0].full_text
    monkeypatch.setattr("watcher.config.loading.find_spec", lambda name: None)
    with pytest.raises(FaultsFound, match=r"config.yaml:\d+:.*full_text: trafilatura is not installed: install"):
        config.load(path, {}, REGISTRY)


def test_the_hash_of_the_feeds_words_is_kept():
    one = Entry("1", "Raid", "short")
    assert Entry("1", "Raid", "short", "long", hash_of_feed=one.content_hash).content_hash == one.content_hash
    assert Entry("1", "Raid", "short", "long").content_hash != one.content_hash


def test_all_pages_together_have_a_bound_of_time():
    """A server that drips one page at a time must not hold the feed's alerts back."""

    class Slow:
        async def fetch(self, request):
            await asyncio.sleep(60)

    entries = tuple(Entry(str(n), "Raid", link=f"https://a.example/{n}", feed="f") for n in range(3))
    parsed, feed = ParsedFeed("T", "rss20", entries), Feed("f", "https://a.example/feed")
    done = asyncio.run(complete(parsed, feed, {"0": "", "1": ""}, Slow(), None, within=timedelta(seconds=0.05)))
    assert done.entries == entries
    assert done.notes[0].startswith("the whole text of 2 of 2 new entries could not be read")


def test_a_revised_entry_whose_page_is_gone_this_time_was_not_taken_back(desk, server):
    desk.poll()
    new = server.on("/new", ok(page()))
    desk.poll(new)
    server.on("/new", answer(503))
    (item,) = desk.poll(new, summary="Forces of the coalition carried out a raid…").entries
    assert (item.assignment.relation, item.assignment.changes) == ("revision", ())
    assert "landed soldiers near the mill" in desk.stored("0").content


def test_what_is_revised_after_full_text_was_turned_off_was_not_taken_back(desk, server):
    desk.poll()
    new = server.on("/new", ok(page()))
    desk.poll(new)
    desk.feed = replace(desk.feed, full_text=False)
    (item,) = desk.poll(new, summary="Forces of the coalition carried out a raid near the mill…").entries
    assert (item.assignment.relation, item.assignment.changes) == ("revision", ())
    long = " ".join(PARAGRAPHS)
    (item,) = desk.poll(new, summary=long).entries
    assert item.assignment.relation == "revision"
    (item,) = desk.poll(new, summary="See above").entries
    assert [change.what for change in item.assignment.changes] == ["text"], "the feed itself gave more before"


def test_a_link_that_breaks_the_fetcher_keeps_no_other_entry_back(desk, server):
    desk.poll()
    good = server.on("/good", ok(page()))
    assert len(desk.poll(good, "https://xn--ls8h.la/a").entries) == 2
    assert "the mill" in desk.stored("0").content

    class Broken:
        async def fetch(self, request):
            raise ZeroDivisionError("a fault")

    parsed = ParsedFeed("T", "rss20", (Entry("0", "Raid", link="https://a.example/0", feed="f"),))
    done = asyncio.run(complete(parsed, Feed("f", "https://a.example/feed"), {"0": ""}, Broken(), None))
    assert "internal error: ZeroDivisionError: a fault" in done.notes[0]
