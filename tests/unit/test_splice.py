"""Cutting documents at their items, and reading only what is new: the same entries as reading the whole."""

import time
from datetime import UTC, datetime

import pytest

from watcher.model import ParsedFeed
from watcher.parse import parse_feed, splice, xmlfeed

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HEAD, TAIL = b"<rss version='2.0'><channel><title>T</title>", b"</channel></rss>"


def item(n, text="x", extra=b""):
    return f"<item><guid>{n}</guid><title>Item {n} {text}</title>".encode() + extra + b"</item>"


def document(*items, head=HEAD, tail=TAIL, between=b"\n  "):
    return head + between.join(items) + tail


def parse(body, remembered=None):
    result = parse_feed(body, now=NOW, feed="f", remembered=remembered)
    assert isinstance(result, ParsedFeed), result
    return result


def is_quiet(body, remembered):
    """What `poll` asks before it gives a body to the parser."""
    return splice.are_known(splice.quick_hashes(body, remembered), remembered)


def test_a_document_is_cut_into_its_bytes():
    pieces = splice.cut(document(item(1), item(2), between=b""))
    assert (pieces.head, pieces.items, pieces.tail) == (HEAD, (item(1), item(2)), TAIL)
    assert pieces.only([1]) == HEAD + item(2) + TAIL


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HEAD + TAIL, id="no items"),
        pytest.param(document(item(1), b"<item><title>open"), id="cut off"),
        pytest.param(document(item(1), b"<item><item></item></item>"), id="nested"),
        pytest.param(document(item(1), item(2, extra=b"<![CDATA[<item> ]]>")), id="a start tag in CDATA"),
        pytest.param(document(item(1), item(2, extra=b"<![CDATA[</item>]]>")), id="an end tag in CDATA"),
        pytest.param(document(item(1), tail=b"<x/>" + item(2) + TAIL), id="something between"),
        pytest.param(document(item(1), tail=b"<!-- <item> -->" + TAIL), id="a comment behind"),
        pytest.param(document(item(1), tail=b"<entry>" + TAIL), id="an entry behind items"),
        pytest.param(document(item(1)).decode().encode("utf-16"), id="wide"),
        pytest.param(document(item(1, extra=b"<x>\0</x>")), id="what stands for a blank"),
    ],
)
def test_what_is_not_certain_is_not_cut(body):
    assert splice.cut(body) is None


def test_nothing_new():
    first = parse(document(item(1), item(2)))
    assert is_quiet(document(item(2), item(1), head=HEAD + b"<lastBuildDate>now</lastBuildDate>"), first.items)
    assert is_quiet(document(item(2)), first.items)
    assert not is_quiet(document(item(1, "changed"), item(2)), first.items)
    assert not is_quiet(document(item(3), item(1)), first.items)
    assert not is_quiet(document(item(1)), b"")


@pytest.mark.parametrize(
    ("before", "after", "quiet"),
    [
        ("<slash:comments>3</slash:comments>", "<slash:comments>12</slash:comments>", True),
        ("<media:statistics views='3'/>", "<media:statistics views='4'/>", True),
        ("<pubDate>Thu, 30 Apr 2026 10:00:00 GMT</pubDate>", "<pubDate>Thu, 30 Apr 2026 10:05:00 GMT</pubDate>", True),
        ("<author>&#119;eb@x.example</author>", "<author>w&#101;b@x.example</author>", True),
        ("<enclosure url='/a.jpg'/>", "", True),
        ("<category>a</category>\r\n", "  <category><![CDATA[b]]></category>\n", True),
        (
            "<content:encoded><![CDATA[<updated>7</updated>]]></content:encoded>",
            "<content:encoded><![CDATA[<updated>8</updated>]]></content:encoded>",
            False,
        ),
        (
            "<content:encoded><![CDATA[]]</pubDate>]]></content:encoded><pubDate>1</pubDate>",
            "<content:encoded><![CDATA[]]</pubDate>]]></content:encoded><pubDate>2</pubDate>",
            True,
        ),
        (
            "<description><![CDATA[<p>Raid</p>]]></description><category>a</category>",
            "<description><![CDATA[<p>Raid</p>]]></description><category>b</category>",
            True,
        ),
        (
            "<description><![CDATA[a]]>b<![CDATA[<category>12 killed</category>]]></description>",
            "<description><![CDATA[a]]>b<![CDATA[<category>14 killed</category>]]></description>",
            False,
        ),
        (
            "<description>A <category>12 killed</category></description>",
            "<description>A <category>14 killed</category></description>",
            False,
        ),
        (
            "<media:description type='html'><b>A</b><author>12 killed</author></media:description>",
            "<media:description type='html'><b>A</b><author>14 killed</author></media:description>",
            False,
        ),
        (
            "<description>&lt;category&gt;12 killed&lt;/category&gt;</description>",
            "<description>&lt;category&gt;14 killed&lt;/category&gt;</description>",
            False,
        ),
        ("<description>7 killed</description>", "<description>12 killed</description>", False),
        ("<link>/a</link>", "<link>/b</link>", False),
        ("<content:encoded><![CDATA[a]]></content:encoded>", "<content:encoded><![CDATA[b]]></content:encoded>", False),
    ],
)
def test_what_is_no_news(before, after, quiet):
    """What is passed over is what makes no revision, and nothing else."""
    spaces = "xmlns:slash='s' xmlns:media='http://search.yahoo.com/mrss/' "
    spaces += "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    head = HEAD.replace(b"<rss ", f"<rss {spaces} ".encode())
    old, new = (document(item(1, extra=extra.encode()), head=head) for extra in (before, after))
    assert is_quiet(new, parse(old).items) is quiet
    assert (parse(old).entries[0].content_hash == parse(new).entries[0].content_hash) is quiet


def test_of_what_an_older_watcher_remembers_nothing_is_known():
    body = document(item(1), item(2))
    records = parse(body).items[1:]
    pairs = b"".join(records[at + 8 : at + 24] for at in range(0, len(records), 24))
    assert not is_quiet(body, pairs)
    assert is_quiet(body, parse(body, pairs).items)


def many(text):
    """A document whose only item holds this many times over."""
    return lambda size: document(b"<item>" + text * (size // len(text)) + b"</item>")


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(many(b"<updated"), id="start tags without end"),
        pytest.param(many(b"<updated "), id="start tags that break off before an attribute"),
        pytest.param(many(b"<updated>"), id="elements without end"),
        pytest.param(many(b"<updated><![CDATA["), id="CDATA without end"),
        pytest.param(many(b"<![CDATA[]]"), id="CDATA that nearly ends"),
        pytest.param(many(b"<![CDATA[]]>]]"), id="CDATA that ends too often"),
        pytest.param(lambda size: many(b"<![CDATA[")(size)[:-7] + b"]]></item>", id="CDATA that ends once"),
        pytest.param(many(b"<description>"), id="texts without end"),
        pytest.param(many(b"<description "), id="texts that break off before an attribute"),
        pytest.param(many(b"<media:content"), id="media without end"),
        pytest.param(many(b"<enclosure"), id="enclosures without end"),
        pytest.param(many(b"> "), id="space"),
        pytest.param(many(b"<"), id="openings"),
        pytest.param(lambda size: document(item(1), b" " * size), id="space between items"),
        pytest.param(lambda size: b"<rss" * (size // 4) + b"<item></item>", id="roots without end"),
        pytest.param(lambda size: b"<" + b"feed" * (size // 4) + b"<item></item>", id="a root's prefix without end"),
        pytest.param(lambda size: b"<rss " + b"x" * (size - 52_000) + b">" + b"<item></item>" * 4000, id="a long root"),
        pytest.param(lambda size: b"x" * (size - 52_000) + b"<item></item>" * 4000, id="a long head"),
    ],
)
def test_no_body_takes_longer_than_its_size(hostile):
    """It is asked in the daemon's own process, where it holds up everything else."""

    def seconds(size):
        body, begun = hostile(size), time.process_time()
        found = splice.quick_hashes(body, b"") or []
        is_quiet(body, splice.records(found, list(map(str, range(len(found))))))
        return time.process_time() - begun

    half, whole = (min(seconds(size) for _ in range(2)) for size in (200_000, 400_000))
    assert whole < 1
    assert whole < 4 * half + 0.05


def test_a_huge_body_is_left_to_the_parsers_process():
    huge = document(item(1, extra=b"<description>" + b"x" * 2_000_000 + b"</description>"))
    first = parse(huge)
    assert not is_quiet(huge, first.items)
    again = parse(huge, first.items)
    assert (again.entries, again.left_out, again.items) == ((), 1, first.items)


def test_only_new_and_changed_items_are_read():
    first = parse(document(item(1), item(2), item(3)))
    second = parse(document(item(4), item(1), item(2, "changed")), first.items)
    assert [(e.id, e.title) for e in second.entries] == [("4", "Item 4 x"), ("2", "Item 2 changed")]
    assert second.left_out == 1
    third = parse(document(item(5), item(4), item(1), item(2, "changed")), second.items)
    assert ([e.id for e in third.entries], third.left_out) == (["5"], 3)


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(document(item(1, "other"), item(1), item(2)), id="an id that an old item has too"),
        pytest.param(document(item(3), item(3, "other"), item(1)), id="two new ones share an id"),
        pytest.param(document(item(3, "<b> open"), item(1)), id="a new one is malformed"),
        pytest.param(document(item(3, "&undefined;"), item(1)), id="a new one has an unknown entity"),
        pytest.param(document(item(3, "", b"<x:y>1</x:y>"), item(1)), id="a new one has a prefix without namespace"),
        pytest.param(document(item(3), item(1), head=HEAD.replace(b"<rss", b"<rss xml:base='/x/'")), id="another base"),
    ],
)
def test_where_items_depend_on_each_other_the_whole_is_read(new):
    remembered = parse(document(item(1), item(2))).items
    whole, spliced = parse(new), parse(new, remembered)
    assert (spliced.left_out, spliced.entries, spliced.notes) == (0, whole.entries, whole.notes)


def test_a_wrong_byte_in_a_new_item_is_read_as_in_the_whole():
    """UTF-8 that says it is Latin-1: of the new item alone, one would believe it."""
    head = b"<?xml version='1.0' encoding='iso-8859-1'?>" + HEAD
    remembered = parse(document(item(1, "“quoted” – text"), head=head)).items
    new = document(item(2, "x").replace(b" x", b" \xa7"), item(1, "“quoted” – text"), head=head)
    whole, spliced = parse(new), parse(new, remembered)
    assert spliced.entries == whole.entries
    assert whole.entries[0].title == "Item 2 \ufffd"


def test_an_odd_document_is_not_remembered():
    assert parse(document(item(1), item(1, "other"))).items is None
    assert parse(document(item(1, "&undefined;"))).items is None
    assert parse(document(item(1)).replace(b"Item 1", b"\xe9t\xe9")).items is None


def test_the_feed_parser_uses_the_buffering_driver():
    import xml.sax

    import feedparser

    driver = xml.sax.make_parser(feedparser.api.PREFERRED_XML_PARSERS)
    assert type(driver).__module__ == "watcher.parse.expat"
    assert xmlfeed.parse(document(item(1))).entries[0].title == "Item 1 x"
