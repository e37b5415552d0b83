"""Whatever a feed does from one poll to the next, leaving out the known items brings the same news."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from watcher.model import ParsedFeed
from watcher.parse import parse_feed, splice

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TEXTS = [
    "a",
    "b",
    "<![CDATA[<b>c</b>]]>",
    "<![CDATA[<category>7</category>]]>",
    "<![CDATA[<category>8</category>]]>",
    "<b>c</b><author>7</author>",
    "<b>c</b><author>8</author>",
    "&amp;d",
    "&nbsp;e",
    "<i>f</i>",
    "<![CDATA[</item>]]>",
    "&unknown;",
    "<open>",
    "é",
]
items = st.builds(
    lambda guid, link, title, extra: (
        f"<item>{f'<guid>{guid}</guid>' if guid else ''}{f'<link>/{link}</link>' if link else ''}"
        f"<title>{title}</title>{extra}</item>"
    ),
    st.integers(0, 6),
    st.integers(0, 4),
    st.sampled_from(TEXTS),
    st.sampled_from(["", "", "<pubDate>Thu, 30 Apr 2026 10:00:00 GMT</pubDate>", "<slash:comments>1</slash:comments>"]),
)
gaps = st.sampled_from(["", "\n", " \n ", "<!-- gap -->"])


@st.composite
def polls(draw):
    pool = draw(st.lists(items, min_size=1, max_size=6))
    documents = []
    for number in range(draw(st.integers(2, 4))):
        shown = draw(st.lists(st.sampled_from(pool) | items, max_size=6))
        head = f"<rss version='2.0'><channel><title>T</title><lastBuildDate>{number}</lastBuildDate>"
        documents.append((head + draw(gaps).join(shown) + "</channel></rss>").encode())
    return documents


def news(result, stored):
    """What a poll would store: entries that are not known, or not in this form."""
    return {(e.id, e.content_hash) for e in result.entries if stored.get(e.id) != e.content_hash}


@given(polls())
def test_the_same_news(documents):
    stored, remembered = {}, None
    for body in documents:
        whole = parse_feed(body, now=NOW, feed="f")
        if remembered and splice.are_known(splice.quick_hashes(body, remembered), remembered):
            assert isinstance(whole, ParsedFeed)
            assert news(whole, stored) == set()
            continue
        spliced = parse_feed(body, now=NOW, feed="f", remembered=remembered)
        if not isinstance(whole, ParsedFeed):
            assert spliced == whole
            continue
        assert news(spliced, stored) == news(whole, stored)
        assert len({e.id for e in spliced.entries}) == len(spliced.entries)
        assert (spliced.ttl, spliced.title, spliced.cut) == (whole.ttl, whole.title, whole.cut)
        stored |= {e.id: e.content_hash for e in whole.entries}
        remembered = spliced.items


#: What a quick look may take for another thing than a careful one.
TRICKY = [
    "<![CDATA[", "]]>", "<updated>", "</updated>", "<updated>1</updated>", "<updated>2</updated>",
    "<updated><![CDATA[1]]></updated>", "<updated>]]></updated>", "<media:content url='1'/>", "<media:content>",
    "</media:content>", "<description>", "</description>", "<title>", "<b>", "</b>", " ", "\n", "x", "<!--", "-->",
]  # fmt: skip
tricky = st.lists(st.sampled_from(TRICKY), max_size=8).map("".join)
changes = {"<updated>1</updated>": "<updated>2</updated>", "url='1'": "url='2'", "<![CDATA[1]]>": "3", "\n": " "}


@given(st.lists(tricky, min_size=1, max_size=4), st.lists(st.sampled_from(sorted(changes)), max_size=4), tricky)
def test_a_quick_look_finds_what_a_careful_one_does(before, changed, new):
    """Whatever is remembered, an item's careful hash is the same."""

    def cut(bodies):
        return splice.cut(f"<rss>{''.join(f'<item>{body}</item>' for body in bodies)}</rss>".encode())

    after = [*before, new]
    for change in changed:
        after = [body.replace(change, changes[change]) for body in after]
    old, pieces = cut(before), cut(after)
    remembered = splice.records(splice.hashes(old), ["id"] * len(before))
    assert list(map(splice.careful, splice.hashes(pieces, remembered))) == list(
        map(splice.careful, splice.hashes(pieces))
    )


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_cutting_never_raises_and_loses_nothing_but_space(body):
    pieces = splice.cut(b"<rss><item>x</item>" + body)
    if pieces is not None:
        whole = pieces.only(range(len(pieces.items)))
        assert b"".join(whole.split()) == b"".join((b"<rss><item>x</item>" + body).split())
