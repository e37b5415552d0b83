"""Links that lead through redirectors: a real server that plays all hosts, a real fetcher and a real store."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from badhttp import answer, hang, ok, redirect
from onefeed import NOW, OneFeed

from watcher import unwrap
from watcher.fetch import Fetcher, FetchSettings
from watcher.fetch.connections import Names
from watcher.model import Entry, FetchRequest, ParsedFeed
from watcher.store import reading

ALERTS = "https://www.google.com/url?sa=t&amp;url=https://news.example/a&amp;usg=AO"


class Desk(OneFeed):
    """All names lead to the server."""

    def __init__(self, folder, server):
        super().__init__(folder, server, names=Names(lambda _: ["127.0.0.1"]))

    def poll(self, *links, title="Raid"):
        items = "".join(
            f"<item><guid>{n}</guid><title>{title} {n}</title><link>{link}</link></item>"
            for n, link in enumerate(links)
        )
        return self.answered(ok(f'<rss version="2.0"><channel><title>T</title>{items}</channel></rss>'.encode()))

    def links(self):
        with self.store.read() as connection:
            return [
                reading.entry_facts(connection, n + 1)[0].link for n in range(reading.totals(connection)["entries"])
            ]

    def found_by(self, link):
        with self.store.read() as connection:
            return reading.find_entries(connection, link)


@pytest.fixture
def desk(tmp_path, server):
    made = Desk(tmp_path, server)
    yield made
    made.store.close()


def short(server, path, *answers):
    server.on(path, *answers)
    return server.url(path, "t.co")


def test_a_link_that_names_its_page_is_that_page_also_in_a_baseline_and_both_find_the_entry(desk, server):
    desk.poll(ALERTS)
    assert desk.links() == ["https://news.example/a"]
    assert desk.found_by("https://news.example/a") == desk.found_by(ALERTS.replace("&amp;", "&")) == [1]
    assert desk.found_by("https://news.example/b") == []
    assert len(server.requests) == 1


def test_a_shortener_is_asked_once_and_the_page_that_it_leads_to_is_not(desk, server):
    page = server.on("/page", ok(b"page")).replace("127.0.0.1", "news.example")
    hop = short(server, "/2", redirect(page))
    link = short(server, "/1", redirect(hop, 302))
    desk.poll()
    (item,) = desk.poll(link).entries
    assert (item.entry.link, item.entry.link_of_feed) == (page, link)
    assert (len(server.asked("/1")), len(server.asked("/2")), len(server.asked("/page"))) == (1, 1, 0)
    assert desk.poll(link).entries == (), "that is no revision"
    (item,) = desk.poll(link, title="Raid again").entries
    assert (item.revision, item.entry.link) == (1, page)
    assert len(server.asked("/1")) == 1, "it is remembered"


def test_a_baseline_is_nobodys_news_so_nobody_is_asked(desk, server):
    link = short(server, "/1", redirect("https://news.example/a"))
    desk.poll(link)
    assert (desk.links(), server.asked("/1")) == ([link], [])


def test_nobody_is_asked_where_the_user_does_not_want_it(desk, server):
    link = short(server, "/1", redirect("https://news.example/a"))
    desk.resolve_links = False
    desk.poll()
    desk.poll(link, ALERTS)
    assert sorted(desk.links()) == [link, "https://news.example/a"]
    assert server.asked("/1") == []


def test_a_page_in_between_that_names_the_article(desk, server):
    head = b'<html><head><link rel="canonical" href="https://news.example/a"></head>'
    desk.poll()
    desk.poll(short(server, "/1", answer(200, head, Content_Type="text/html")))
    assert desk.links() == ["https://news.example/a"]


@pytest.mark.parametrize(
    ("says", "requests"),
    [
        pytest.param(answer(200, b"<html><title>Google News</title>", Content_Type="text/html"), 1, id="nothing"),
        pytest.param(answer(404), 1, id="not found"),
        pytest.param(redirect("/1"), 2, id="in a circle"),
        pytest.param(redirect("file:///etc/passwd"), 1, id="no page"),
    ],
)
def test_a_link_that_says_nothing_stays_and_its_host_is_left_alone_for_a_day(desk, server, says, requests):
    links = [short(server, "/1", says) + f"?{n}" for n in range(6)]
    desk.poll()
    assert len(desk.poll(*links).entries) == 6
    assert set(desk.links()) == set(links)
    assert len(server.asked("/1")) == 3 * requests, "three links"
    desk.poll(*links, title="Second")
    assert len(server.asked("/1")) == 3 * requests
    desk.now += unwrap.SILENT_FOR
    desk.poll(*links, title="Third")
    assert len(server.asked("/1")) == 6 * requests


def test_a_host_that_wants_no_requests_gets_none(desk, server):
    links = [short(server, "/1", answer(429, Retry_After="600")) + f"?{n}" for n in range(6)]
    desk.poll()
    desk.poll(*links)
    assert (len(server.asked("/1")), set(desk.links())) == (1, set(links))


class Asking:
    """Asks for links of one host after the other, with a clock of its own."""

    def __init__(self, server):
        self.now, self.events, self.number, self.server = NOW, [], 0, server
        settings = FetchSettings(allow_networks=("127.0.0.0/8",), timeout=timedelta(seconds=20))
        self.fetcher = Fetcher(settings, lambda: self.now, names=Names(lambda _: ["127.0.0.1"]))
        self.unwrapper = unwrap.Unwrapper(self.fetcher, lambda: self.now, self.events.append)

    async def __call__(self, within=timedelta(seconds=20)):
        """Return where a link leads that was not asked for before."""
        self.number += 1
        parsed = ParsedFeed("T", "rss20", (Entry("a", link=self.server.url(f"/1?{self.number}", "t.co")),))
        return (await self.unwrapper.unwrap(parsed, ["a"], within=within)).entries[0].link


def asking(server, test):
    async def go():
        asks = Asking(server)
        try:
            await test(asks)
        finally:
            await asks.fetcher.aclose()

    asyncio.run(go())


def test_a_host_whose_turn_does_not_come_in_time_is_not_taken_for_silent(server):
    async def test(asks):
        server.on("/1", redirect("https://news.example/a"))
        busy = asyncio.create_task(asks.fetcher.fetch(FetchRequest("f", short(server, "/busy", hang))))
        await asyncio.to_thread(server.wait_for, "/busy", 1)
        for _ in range(4):
            assert "t.co" in await asks(timedelta(seconds=0.05))
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)
        assert await asks() == "https://news.example/a"

    asking(server, test)


def test_a_host_that_never_answers_is_left_alone(server):
    async def test(asks):
        server.on("/1", hang)
        for _ in range(5):
            await asks(timedelta(seconds=0.8))
        assert len(server.asked("/1")) == 3

    asking(server, test)


def test_a_host_is_not_silent_while_it_wants_no_requests(server):
    async def test(asks):
        server.on("/1", answer(429, Retry_After="600"), redirect("https://news.example/a"))
        for _ in range(5):
            assert "t.co" in await asks()
        asks.now += timedelta(minutes=11)
        assert await asks() == "https://news.example/a"
        assert len(server.asked("/1")) == 2

    asking(server, test)


def test_a_fault_of_ours_is_told_and_keeps_no_entry_back(server):
    async def test(asks):
        asks.unwrapper._follows = None
        assert "t.co" in await asks()
        (told,) = asks.events
        assert (told["event"], type(told["exception"])) == ("internal_error", AttributeError)

    asking(server, test)


@pytest.mark.parametrize("full_text", [False, True])
def test_an_address_that_is_too_long_to_store_is_no_page(desk, server, full_text):
    desk.feed = replace(desk.feed, full_text=full_text)
    article = b"<html><title>Raid</title><article>%s</article></html>" % (
        b"<p>Soldiers raided the town at dawn.</p>" * 30
    )
    far = server.on("/page", ok(article, Content_Type="text/html"))
    link = short(server, "/1", redirect(far.replace("127.0.0.1", "news.example") + "?" + "x" * 10_000))
    desk.poll()
    desk.poll(link)
    assert desk.links() == [link]


def test_where_the_page_of_a_link_cannot_be_read_its_address_is_asked_for(desk, server):
    desk.feed = replace(desk.feed, full_text=True)
    page = server.on("/page", answer(403)).replace("127.0.0.1", "news.example")
    desk.poll()
    desk.poll(short(server, "/1", redirect(page)))
    assert desk.links() == [page]


def test_an_alert_does_not_wait_for_links_that_take_long(desk, server, monkeypatch):
    monkeypatch.setattr(unwrap.Unwrapper.unwrap, "__kwdefaults__", {"within": timedelta(seconds=0.3)})
    quick = short(server, "/1", redirect("https://news.example/a"))
    slow = short(server, "/2", hang)
    desk.poll()
    assert len(desk.poll(quick, slow).entries) == 2
    assert set(desk.links()) == {"https://news.example/a", slow}
