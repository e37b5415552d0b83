"""Which feeds a page names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.parse.discover import Found, discover

PAGE = "https://site.example/news/"
LINK = '<link rel="{}" type="{}" title="{}" href="{}">'


def found(*inside, head=""):
    page = f"<!DOCTYPE html><html><head>{head}{''.join(inside)}</head><body></body></html>"
    return discover(page.encode(), PAGE)


def test_declared_feeds_in_order():
    rss = LINK.format("alternate", "application/rss+xml", "All\n news", "/rss")
    atom = LINK.format("ALTERNATE nofollow", "application/atom+xml; charset=utf-8", "", "atom.xml")
    json = LINK.format("feed", "application/feed+json", "J", "//cdn.example/feed.json")
    assert found(rss, atom, json, rss) == (
        Found("https://site.example/rss", "All news", "RSS", certain=True),
        Found("https://site.example/news/atom.xml", "", "Atom", certain=True),
        Found("https://cdn.example/feed.json", "J", "JSON Feed", certain=True),
    )


@pytest.mark.parametrize(
    "link",
    [
        LINK.format("stylesheet", "text/css", "", "/rss.css"),
        LINK.format("alternate", "text/html", "", "/fr/"),
        LINK.format("alternate", "application/rss+xml", "", ""),
        LINK.format("alternate", "application/rss+xml", "", "http://[::1"),
    ],
)
def test_what_is_no_feed(link):
    assert found(link) == ()


def test_a_base_counts():
    link = LINK.format("alternate", "application/rss+xml", "", "rss")
    assert found(link, head='<base href="https://other.example/x/">')[0].url == "https://other.example/x/rss"


def test_links_are_guessed_only_where_nothing_is_declared():
    body = '<a href="/feed/">Our <b>feed</b></a><a href="/feedback">No</a>'
    body += '<a href="/x.rss">R</a><a href="mailto:rss@x">M</a>'
    guesses = discover(body.encode(), PAGE)
    assert [(g.url, g.title, g.certain) for g in guesses] == [
        ("https://site.example/feed/", "Our feed", False),
        ("https://site.example/x.rss", "R", False),
    ]
    declared = LINK.format("alternate", "application/rss+xml", "", "/rss")
    assert [g.url for g in discover((declared + body).encode(), PAGE)] == ["https://site.example/rss"]


@given(st.binary(max_size=300) | st.text(alphabet="<>/=\"' \n?!-abhrefliknse", max_size=300).map(str.encode))
def test_never_raises(body):
    discover(body, PAGE)
