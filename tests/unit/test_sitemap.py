"""News sitemaps: a title, a date and keywords for each address, where a site has no feed."""

from datetime import UTC, datetime

import pytest

from watcher.model import ParsedFeed, ParseFailed, ParseFailure
from watcher.parse import parse_feed

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


def address(name, title="<news:title>Raid in &amp;amp; near Marea</news:title>", date="2026-05-01T09:30:00+03:00"):
    return (
        f"<url><loc> https://site.example/{name} </loc><image:image><image:loc>https://site.example/i.jpg</image:loc>"
        "<image:title>A photo</image:title></image:image><news:news><news:publication><news:name>The Site</news:name>"
        f"<news:language>ar</news:language></news:publication><news:publication_date>{date}</news:publication_date>"
        f"{title}<news:keywords>Syria, raid,,raid</news:keywords></news:news></url>"
    )


def parse(*addresses, root="urlset", end="</urlset>", before='<?xml version="1.0" encoding="UTF-8"?>'):
    return parse_feed(f"{before}<{root} {SPACES}>{''.join(addresses)}{end}".encode(), now=NOW, feed="f")


def test_a_news_sitemap():
    result = parse(address("1"), address("2"))
    assert isinstance(result, ParsedFeed), result
    assert (result.title, result.version, result.notes) == ("The Site", "newssitemap", ())
    one, two = result.entries
    assert (one.id, one.link, two.id) == ("https://site.example/1", "https://site.example/1", "https://site.example/2")
    assert (one.title, one.lang, one.categories) == ("Raid in & near Marea", "ar", ("Syria", "raid"))
    assert one.published_at == datetime(2026, 5, 1, 6, 30, tzinfo=UTC)
    assert one.source is None, "the site is its own source, not one that it credits"


def test_what_is_wrong_with_single_addresses_is_told():
    result = parse(address("1", title=""), address("2", date="yesterday"), address("3", date=""), "<url/>")
    assert [entry.link[-1] for entry in result.entries] == ["2", "3"]
    assert result.notes == (
        "left out: 2 addresses without a news:title",
        "1 of 2 entries have a date that cannot be right; it was left out",
    )


def test_one_that_is_cut_is_read_as_far_as_it_goes():
    result = parse(address("1"), address("2")[:150], end="")
    assert [entry.link[-1] for entry in result.entries] == ["1"]
    assert result.notes[0].startswith("the document is malformed")
    assert result.notes[0].endswith("; 1 entry was read")


def test_an_empty_one_is_well():
    assert parse().entries == ()


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (parse("<url><loc>https://site.example/1</loc></url>"), "none of news: its addresses have no news:title"),
        (
            parse(
                "<sitemap><loc>https://site.example/news.xml</loc></sitemap>",
                root="sitemapindex",
                end="</sitemapindex>",
            ),
            "an index of sitemaps: watch one of those that it names, such as https://site.example/news.xml",
        ),
    ],
)
def test_other_sitemaps_say_what_to_watch_instead(document, told):
    assert isinstance(document, ParseFailed)
    assert document.reason is ParseFailure.NOT_A_FEED
    assert told in document.message


def test_entities_are_not_resolved():
    bomb = '<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    result = parse(address("1", title="<news:title>x &b;&f;</news:title>"), before=bomb)
    assert "aaaa" not in str(result) and "root:" not in str(result)
