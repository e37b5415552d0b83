"""Where a feed names its WebSub hub: the header `Link`, and the document's own links."""

from datetime import UTC, datetime

import httpx
import pytest

from watcher.fetch import answers
from watcher.model import Hub
from watcher.parse import parse_feed

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
URL = "https://news.example/feed"
ATOM = 'xmlns:atom="http://www.w3.org/2005/Atom"'
RSS, END = f"<rss {ATOM}><channel>", "</channel></rss>"
ITEM = "<item><title>x</title></item>"


@pytest.mark.parametrize(
    ("link", "hub"),
    [
        ('<https://h.example/>; rel="hub", <https://news.example/f>; rel="self"', ("https://h.example/", "https://news.example/f")),
        ("<https://h.example/>; rel=hub", ("https://h.example/", URL)),
        ('</hub>; title="a, b; c"; rel="next HUB"', ("https://news.example/hub", URL)),
        ('<https://a.example/>; rel="hub", <https://b.example/>; rel="hub"', ("https://a.example/", URL)),
        ('<https://news.example/f>; rel="self"', None),
        ("<https://h.example/>", None),
        ('<http://[h/>; rel="hub"', None),
        ("", None),
    ],
)  # fmt: skip
def test_the_header(link, hub):
    assert answers.hub(httpx.Headers({"Link": link}), URL) == (Hub(*hub) if hub else None)


@pytest.mark.parametrize(
    ("document", "hub"),
    [
        (f'{RSS}<atom:link rel="hub" href="https://h.example/"/>{ITEM}{END}', ("https://h.example/", URL)),
        (f'{RSS}<atom:link rel="hub" href="/h"/><atom:link rel="self" href="/f"/>{ITEM}{END}',
         ("https://news.example/h", "https://news.example/f")),
        (f'{RSS}<atom:link rel="hub" href="ftp://h.example/"/>{ITEM}{END}', None),
        (f'{RSS}<item><title>y</title><atom:link rel="hub" href="/h"/></item>{END}', None),
        (('<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/x/"><link rel="hub" href="https://h.example/"/>'
         "<entry><id>1</id></entry></feed>"), ("https://h.example/", URL)),
        (('{"version": "https://jsonfeed.org/version/1.1", "items": [], "feed_url": "https://news.example/f",'
         ' "hubs": [{"type": "rssCloud", "url": "https://c.example/"}, {"type": "WebSub", "url": "https://h.example/"}]}'),
         ("https://h.example/", "https://news.example/f")),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": [], "hubs": [7]}', None),
    ],
)  # fmt: skip
def test_the_document(document, hub):
    assert parse_feed(document.encode(), now=NOW, url=URL).hub == (Hub(*hub) if hub else None)
