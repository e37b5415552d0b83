"""One document → entries: every format, and everything that is wrong with real ones."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher.model import Enclosure, IdOrigin, ParsedFeed, ParseFailed, ParseFailure, Severity, Source
from watcher.parse import parse_feed

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def parse(body, **kwargs):
    body = body if isinstance(body, bytes) else body.encode()
    return parse_feed(body, **{"now": NOW, "feed": "f", "url": "https://site.example/feed"} | kwargs)


def rss(*items, head=""):
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{head}{inside}</channel></rss>'


def one(body, **kwargs):
    result = parse(body, **kwargs)
    assert isinstance(result, ParsedFeed), result
    (entry,) = result.entries
    return entry


def title(inside, **kwargs):
    return one(rss(f"<title>{inside}</title>"), **kwargs).title


# ---------------------------------------------------------------- formats

RSS_09 = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>T</title><link>https://site.example/</link></channel>
 <item><title>One</title><link>https://site.example/1</link></item></rdf:RDF>"""
RSS_091 = """<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">
 <rss version="0.91"><channel><title>T</title><item><title>One</title><link>https://site.example/1</link></item></channel></rss>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
 <channel rdf:about="https://site.example/"><title>T</title><dc:language>ar</dc:language></channel>
 <item rdf:about="https://site.example/1"><title>One</title><link>https://site.example/1</link>
 <dc:creator>A. Author</dc:creator>
 <dc:date>2026-04-30T10:00:00+03:00</dc:date><description>Short</description>
 <content:encoded><![CDATA[<p>The <b>long</b> text</p>]]></content:encoded></item></rdf:RDF>"""
ATOM_03 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>T</title><entry><id>tag:1</id><title>One</title>
 <link rel="alternate" href="/1"/><issued>2026-04-30T10:00:00Z</issued><modified>2026-04-30T11:00:00Z</modified>
 <content type="text/html" mode="escaped">&lt;p&gt;Text&lt;/p&gt;</content></entry></feed>"""
ATOM_10 = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>T</title><id>tag:feed</id>
 <entry xml:lang="fr"><id>tag:1</id><title type="html">R&amp;amp;D &lt;b&gt;One&lt;/b&gt;</title><link href="1.html"/>
 <link rel="enclosure" href="/a.mp3" type="audio/mpeg" length="123"/>
 <published>2026-04-30T10:00:00Z</published><updated>2026-04-30T11:00:00Z</updated>
 <author><name>A. Author</name></author>
 <category term="conflict"/><category term="syria"/><summary>Short</summary>
 <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>The <b>long</b> text</p></div></content>
 <source><id>tag:agency</id><title>Agency</title><link href="https://agency.example/"/></source></entry></feed>"""


@pytest.mark.parametrize(
    ("document", "version", "entry_id", "origin"),
    [
        pytest.param(RSS_09, "rss090", "https://site.example/1", IdOrigin.LINK, id="RSS 0.90"),
        pytest.param(RSS_091, "rss091u", "https://site.example/1", IdOrigin.LINK, id="RSS 0.91"),
        pytest.param(
            rss("<title>One</title><guid>g1</guid>").replace("2.0", "0.92"), "rss092", "g1", IdOrigin.ID, id="0.92"
        ),
        pytest.param(rss("<title>One</title><guid>g1</guid>"), "rss20", "g1", IdOrigin.ID, id="RSS 2.0"),
        pytest.param(
            rss("<title>One</title><guid>g1</guid>").replace(' version="2.0"', ""), "rss", "g1", IdOrigin.ID, id="rss?"
        ),
        pytest.param(RDF, "rss10", "https://site.example/1", IdOrigin.ID, id="RDF"),
        pytest.param(ATOM_03, "atom03", "tag:1", IdOrigin.ID, id="Atom 0.3"),
        pytest.param(ATOM_10.replace("R&amp;amp;D ", ""), "atom10", "tag:1", IdOrigin.ID, id="Atom 1.0"),
    ],
)
def test_formats(document, version, entry_id, origin):
    result = parse(document)
    assert isinstance(result, ParsedFeed), result
    assert (result.title, result.version) == ("T", version)
    (entry,) = result.entries
    assert (entry.title, entry.id, entry.id_origin, entry.feed) == ("One", entry_id, origin, "f")


def test_everything_of_an_atom_entry():
    entry = one(ATOM_10)
    assert entry.title == "R&D One"
    assert (entry.summary, entry.content) == ("Short", "The long text")
    assert entry.link == "https://site.example/1.html"
    assert entry.published_at == datetime(2026, 4, 30, 10, tzinfo=UTC)
    assert entry.updated_at == datetime(2026, 4, 30, 11, tzinfo=UTC)
    assert (entry.author, entry.categories, entry.lang) == ("A. Author", ("conflict", "syria"), "fr")
    assert entry.source == Source("Agency", "https://agency.example/")
    assert entry.enclosures == (Enclosure("https://site.example/a.mp3", "audio/mpeg", 123),)


def test_everything_of_an_rdf_item():
    entry = one(RDF)
    assert (entry.summary, entry.content, entry.author, entry.lang) == ("Short", "The long text", "A. Author", "ar")
    assert entry.published_at == datetime(2026, 4, 30, 7, tzinfo=UTC)


def test_everything_of_an_rss_item():
    entry = one(
        rss(
            "<title>One</title><link>https://site.example/1?a=1&amp;b=2</link><description>&lt;p&gt;Text&lt;/p&gt;</description>"
            "<pubDate>Thu, 30 Apr 2026 10:00:00 +0200</pubDate><category>war</category><category>war</category>"
            "<enclosure url='/a.mp3' type='audio/mpeg' length='12x'/><source url='https://agency.example/feed'>Agency</source>"
        )
    )
    assert (entry.title, entry.summary, entry.link) == ("One", "Text", "https://site.example/1?a=1&b=2")
    assert (entry.published_at, entry.updated_at) == (datetime(2026, 4, 30, 8, tzinfo=UTC), None)
    assert entry.categories == ("war",)
    assert entry.source == Source("Agency", "https://agency.example/feed")
    assert entry.enclosures == (Enclosure("https://site.example/a.mp3", "audio/mpeg", None),)


JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "T",
    "language": "en",
    "items": [
        {
            "id": 7,
            "url": "https://site.example/7",
            "title": "R&amp;D",
            "content_html": "<p>Text</p>",
            "summary": "Short",
            "date_published": "2026-04-30T10:00:00+02:00",
            "date_modified": "2026-04-30T11:00:00Z",
            "tags": ["war", 5, "war"],
            "authors": [{"name": "A. Author"}, {"name": "B"}, "C"],
            "attachments": [{"url": "https://site.example/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 5}, 3],
        }
    ],
}


def test_json_feed():
    entry = one(json.dumps(JSON_FEED))
    assert (entry.id, entry.title, entry.content, entry.summary) == ("7", "R&D", "Text", "Short")
    assert (entry.author, entry.categories, entry.lang) == ("A. Author, B", ("war",), "en")
    assert entry.published_at == datetime(2026, 4, 30, 8, tzinfo=UTC)
    assert entry.enclosures == (Enclosure("https://site.example/a.mp3", "audio/mpeg", 5),)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("{", "cut or malformed"),
        ("[]", "no JSON Feed"),
        ('{"version": 1}', "no JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1"}', "without the list"),
        ('{"version": "https://jsonfeed.org/version/1", "items": {}}', "without the list"),
        ("[" * 100_000, "cut or malformed"),
        ('{"version": ' + "9" * 5000 + "}", "cut or malformed"),
    ],
)
def test_json_that_is_no_feed(document, says):
    result = parse(document)
    assert isinstance(result, ParseFailed)
    assert result.reason is ParseFailure.NOT_A_FEED
    assert says in result.message


def test_odd_json_items():
    items = [
        {},
        5,
        {
            "id": True,
            "title": ["x"],
            "url": 3,
            "tags": "war",
            "authors": "me",
            "date_published": "0001-01-01T00:00:00+14:00",
        },
    ]
    result = parse(json.dumps(JSON_FEED | {"items": items}))
    assert [e.id_origin for e in result.entries] == [IdOrigin.HASH]  # both are empty, so they are one
    assert "1 items are not JSON objects" in result.notes
    assert "1 of 2 entries have a date that cannot be right; it was left out" in result.notes


# ---------------------------------------------------------------- ids and links


def test_no_ids():
    result = parse(rss("<title>A</title><link>/a</link>", "<title>B</title>", "<title>B</title>"))
    assert [(e.id[:5], e.id_origin) for e in result.entries] == [("https", IdOrigin.LINK), ("hash:", IdOrigin.HASH)]
    assert result.notes == ("2 entries have no id; their link or text stands for it",)


def test_ids_without_order():
    """What shares an id keeps its own, whatever else the document shows and in whatever order."""
    a = "<guid>x</guid><title>A</title><link>/a</link>"
    b = "<guid>x</guid><title>B</title><link>/b</link>"
    c = "<guid>x</guid><title>C</title><link>/c</link>"
    d = "<guid>x</guid><title>D</title><link>/c</link>"
    first = {e.title: e.id for e in parse(rss(a, b, d)).entries}
    second = {e.title: e.id for e in parse(rss(c, b, a)).entries}
    assert len(set(first.values())) == 3
    assert (first["A"], first["B"]) == (second["A"], second["B"])
    assert "3 entries share an id with another; they were kept apart by their link or text" in parse(rss(a, b, c)).notes
    assert len({e.id for e in parse(rss(a, c, d)).entries}) == 3


def test_one_id_twice_word_for_word_is_one_entry():
    item = "<guid>x</guid><title>A</title>"
    result = parse(rss(item, item))
    assert ([e.id for e in result.entries], result.notes) == (["x"], ())


def test_a_corrected_entry_keeps_its_id_when_links_tell_apart():
    a, b = "<guid>x</guid><link>/a</link><title>{}</title>", "<guid>x</guid><link>/b</link><title>B</title>"
    before, after = (parse(rss(a.format(t), b)).entries[0] for t in ("A", "A, corrected"))
    assert before.id == after.id


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("/a", "https://site.example/a"),
        ("a?b=1", "https://site.example/a?b=1"),
        ("//cdn.example/a", "https://cdn.example/a"),
        ("  https://x.example/a\n", "https://x.example/a"),
        ("http://[::1", None),
        ("https://x.example/" + "a" * 3000, None),
        ("", None),
    ],
)
def test_links(link, absolute):
    assert one(rss(f"<guid isPermaLink='false'>1</guid><title>x</title><link>{link}</link>")).link == absolute


def test_ids_do_not_depend_on_where_the_document_was_found():
    body = rss("<guid>1</guid><title>x</title>", "<guid isPermaLink='true'>/2</guid><title>y</title>")
    ids = [[e.id for e in parse(body, url=url).entries] for url in ("http://a.example/", "https://b.example/", "")]
    assert ids == [["1", "/2"]] * 3


def test_an_xml_base_counts_for_links():
    body = ATOM_10.replace("<entry ", '<entry xml:base="https://base.example/x/" ')
    assert one(body).link == "https://base.example/x/1.html"


def test_a_very_long_id_is_hashed():
    entry = one(rss(f"<guid>{'g' * 5000}</guid><title>x</title>"))
    assert entry.id.startswith("hash:")
    assert (len(entry.id), entry.id_origin) == (37, IdOrigin.ID)


@pytest.mark.parametrize(
    ("said", "kept"), [("en-us", "en-us"), ("en_US", "en-US"), ("arabic, mostly", None), ("", None), ("x" * 90, None)]
)
def test_languages(said, kept):
    body = rss("<title>x</title>", head=f"<language>{said}</language>")
    assert one(body).lang == kept
    assert one(body, default_lang="ar").lang == (kept or "ar")


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("Thu, 30 Apr 2026 10:00:00 GMT", datetime(2026, 4, 30, 10, tzinfo=UTC)),
        ("Thu, 30 Apr 2026 10:00:00 EST", datetime(2026, 4, 30, 15, tzinfo=UTC)),
        ("30 Apr 26 10:00 +0300", datetime(2026, 4, 30, 7, tzinfo=UTC)),
        ("2026-04-30T10:00:00+03:00", datetime(2026, 4, 30, 7, tzinfo=UTC)),
        ("2026-04-30 10:00:00", datetime(2026, 4, 30, 10, tzinfo=UTC)),
        ("2026-04-30", datetime(2026, 4, 30, tzinfo=UTC)),
        ("2026/1/10", datetime(2026, 1, 10, tzinfo=UTC)),
        ("2026/1/10 08:30", datetime(2026, 1, 10, 8, 30, tzinfo=UTC)),
        ("Thu, 31 Apr 2026 25:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 GMT", None),
        ("2099-01-01T00:00:00Z", None),
        ("2026/13/45", None),
        ("yesterday", None),
    ],
)
def test_dates(said, at):
    result = parse(rss(f"<title>x</title><pubDate>{said}</pubDate>"))
    assert result.entries[0].published_at == at
    told = "1 of 1 entries have a date that cannot be right; it was left out" in result.notes
    assert told is (at is None)


def test_a_little_in_the_future_is_a_wrong_clock():
    tomorrow = (NOW + timedelta(hours=20)).isoformat()
    assert one(rss(f"<title>x</title><pubDate>{tomorrow}</pubDate>")).published_at == NOW + timedelta(hours=20)


def test_no_date_is_no_remark():
    result = parse(rss("<guid>1</guid><title>x</title>", "<guid>2</guid><title>y</title><pubDate> </pubDate>"))
    assert ([e.published_at for e in result.entries], result.notes) == ([None, None], ())


# ---------------------------------------------------------------- markup in titles


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("&lt;b&gt;Raid&lt;/b&gt; in Aleppo", "Raid in Aleppo"),
        ("<![CDATA[<b>Raid</b> in Aleppo]]>", "Raid in Aleppo"),
        ("<b>Raid</b> in Aleppo", "Raid in Aleppo"),
        ("Raid&lt;br&gt;in Aleppo", "Raid in Aleppo"),
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("Tom & Jerry", "Tom & Jerry"),
        ("Caf&eacute; &mdash; caf&#233;", "Café — café"),
        ("<![CDATA[Caf&eacute;]]>", "Café"),
        ("5 &lt; 6 &gt; 4", "5 < 6 > 4"),
        ("  two\n lines ", "two lines"),
        ("a&#0;b&#x1;c\x0bd", "abcd"),
        ("&lt;![CDATA[Title]]&gt;", "Title"),
    ],
)
def test_titles(inside, text):
    assert title(inside) == text


# ---------------------------------------------------------------- encodings


RUSSIAN, ARABIC, JAPANESE = "Взрыв в Алеппо, есть раненые", "انفجار في حلب وسقوط جرحى", "アレッポで爆発"


@pytest.mark.parametrize(
    ("text", "encoding", "declared", "http"),
    [
        pytest.param(RUSSIAN, "utf-8", None, "", id="UTF-8 undeclared"),
        pytest.param(RUSSIAN, "utf-8-sig", None, "", id="with a byte order mark"),
        pytest.param(RUSSIAN, "utf-16", None, "", id="UTF-16"),
        pytest.param(RUSSIAN, "utf-16-le", "utf-16", "", id="UTF-16 without mark"),
        pytest.param(RUSSIAN, "utf-32", None, "", id="UTF-32"),
        pytest.param(RUSSIAN, "windows-1251", "windows-1251", "", id="windows-1251"),
        pytest.param(RUSSIAN, "koi8-r", "KOI8-R", "", id="KOI8-R"),
        pytest.param(RUSSIAN, "windows-1251", None, "text/xml; charset=windows-1251", id="declared by HTTP only"),
        pytest.param(
            RUSSIAN, "utf-8", "windows-1251", "text/xml; charset=iso-8859-1", id="UTF-8 declared as others, twice"
        ),
        pytest.param(RUSSIAN, "windows-1251", "utf-8", "", id="declared UTF-8, told by the language"),
        pytest.param(RUSSIAN, "windows-1251", "x-unknown", "", id="declared as nothing known"),
        pytest.param(ARABIC, "windows-1256", "windows-1256", "", id="windows-1256"),
        pytest.param(JAPANESE, "shift_jis", "Shift_JIS", "", id="Shift_JIS"),
        pytest.param(JAPANESE, "euc_jp", "EUC-JP", "", id="EUC-JP"),
        pytest.param(JAPANESE, "iso2022_jp", "ISO-2022-JP", "", id="ISO-2022-JP"),
        pytest.param("阿勒颇发生爆炸", "gb18030", "gb2312", "", id="GB18030 called GB2312"),
        pytest.param("阿勒頗發生爆炸", "big5", "big5", "", id="Big5"),
        pytest.param("알레포에서 폭발", "euc_kr", "euc-kr", "", id="EUC-KR"),
        pytest.param("“Café” – 5 €", "windows-1252", "iso-8859-1", "", id="windows-1252 called Latin-1"),
        pytest.param("Łódź, Kraków", "iso8859-2", "iso-8859-2", "", id="Latin-2"),
    ],
)
def test_encodings(text, encoding, declared, http):
    lang = {RUSSIAN: "ru", ARABIC: "ar"}.get(text, "en")
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    body = (
        declaration
        + f"<rss version='2.0'><channel><language>{lang}</language><item><title>{text}</title></item></channel></rss>"
    )
    assert one(body.encode(encoding), content_type=http).title == text


def test_a_few_wrong_bytes_in_utf8_cost_only_themselves():
    result = parse(rss(f"<title>{RUSSIAN} {RUSSIAN}</title>").encode().replace("Алеппо".encode(), b"\xff\xfe", 1))
    assert result.entries[0].title == f"Взрыв в \ufffd\ufffd, есть раненые {RUSSIAN}"
    assert result.notes[0] == "some bytes are not UTF-8; they were replaced"


def test_one_wrong_byte_among_little_that_is_not_ascii():
    body = rss("<title>Oklahoma’s “debut”</title>", "<title>caf\x00</title>").encode().replace(b"\x00", b"\xaf")
    assert [e.title for e in parse(body).entries] == ["Oklahoma’s “debut”", "caf\ufffd"]


@pytest.mark.parametrize("name", ["utf-7", "unicode_escape", "punycode", "idna", "raw_unicode_escape", "hex", "rot13"])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param('<?xml version="1.0" encoding="{}"?><rss/>', id="declared"),
        pytest.param('<?x encoding="{}"?><rss/>', id="in any instruction"),
        pytest.param("\ufeff<?xml version='1.0' encoding='{}'?><rss/>", id="behind a mark"),
    ],
)
def test_encodings_that_are_attacks(name, body):
    result = parse(body.format(name))
    assert result == ParseFailed(ParseFailure.NOT_A_FEED, f"the encoding {name!r} is not one that feeds use")
    wide = parse(body.format(name).lstrip("\ufeff").encode("utf-16"))
    assert isinstance(wide, ParseFailed)
    assert parse("<rss/>", content_type=f"text/xml; charset={name}").reason is ParseFailure.NOT_A_FEED


# ---------------------------------------------------------------- what is no feed, and half a feed


@pytest.mark.parametrize(
    ("body", "reason", "says"),
    [
        (b"", ParseFailure.EMPTY, "empty"),
        (b" \r\n\x00\n", ParseFailure.EMPTY, "empty"),
        (b"\xef\xbb\xbf", ParseFailure.EMPTY, "empty"),
        (b"hello", ParseFailure.NOT_A_FEED, "begins with 'hello'"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", ParseFailure.NOT_A_FEED, "not a feed"),
        (b"%PDF-1.7 \xe2\xe3", ParseFailure.NOT_A_FEED, "not a feed"),
        (
            b"<!DOCTYPE html><title>Just a  moment</title>",
            ParseFailure.NOT_A_FEED,
            "a web page, not a feed ('Just a moment')",
        ),
        (b"<!-- x --><html><body>", ParseFailure.NOT_A_FEED, "a web page"),
        (b"<!---->" * 2000, ParseFailure.NOT_A_FEED, "not a feed"),
        (b"<opml><body/></opml>", ParseFailure.NOT_A_FEED, "not a feed"),
        (b"<rss version='2.0'><channel><title>T", ParseFailure.NOT_A_FEED, "cut or malformed before its first entry"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ParseFailure.NOT_A_FEED, "not a feed"),
    ],
)
def test_not_a_feed(body, reason, says):
    result = parse(body)
    assert isinstance(result, ParseFailed), result
    assert result.reason is reason
    assert says in result.message
    assert "\n" not in result.message
    assert len(result.message) <= 300


def test_a_feed_without_entries_is_a_feed():
    assert parse(rss()).entries == ()


def test_half_a_feed_gives_its_entries_and_says_so():
    whole = rss("<guid>1</guid><title>A</title>", "<guid>2</guid><title>B</title>", "<guid>3</guid><title>C</title>")
    result = parse(whole[: whole.index("<title>C")])
    assert [e.title for e in result.entries][:2] == ["A", "B"]
    assert result.cut
    assert "the document breaks off before its end" in result.notes[0]
    assert "2 entries were read" in result.notes[0]
    assert "1 entry was read" in parse(whole[: whole.index("<title>B")]).notes[0]
    assert not parse(whole).cut


@pytest.mark.parametrize(
    ("body", "titles", "malformed"),
    [
        pytest.param(
            "<br />\n<b>Warning</b>: mysql in /x.php\n" + rss("<title>A</title>"), ["A"], False, id="PHP speaks first"
        ),
        pytest.param(rss("<title>A</title>") + "<script>x</script>", ["A"], True, id="something behind"),
        pytest.param("\n\n  " + rss("<title>A</title>"), ["A"], False, id="space before the declaration"),
        pytest.param(
            rss("<title>A</title><description>x <b> y</description>", "<title>B</title>"),
            ["A", "B"],
            True,
            id="open tag",
        ),
        pytest.param(rss("<title>A</title><link>http://x.example/?a=1&b=2</link>"), ["A"], False, id="bare ampersand"),
        pytest.param(rss("<title>A</title><x:y>1</x:y>"), ["A"], False, id="a prefix without namespace"),
    ],
)
def test_malformed_documents_that_can_be_read(body, titles, malformed):
    result = parse(body)
    assert [e.title for e in result.entries] == titles
    assert any("malformed" in note for note in result.notes) is malformed
    assert not result.cut


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param("<description>&#x110000;&#1114112;&#x99999999;&#99999999999;</description>", id="no character"),
        pytest.param(
            "<gml:Polygon><gml:LinearRing><gml:posList>1</gml:posList></gml:LinearRing></gml:Polygon>", id="area"
        ),
        pytest.param('<gml:Point srsName="EPSG:x"><gml:pos>1 2</gml:pos></gml:Point>', id="reference system"),
        pytest.param("<gml:pos>1 2</gml:pos>", id="position outside of a shape"),
        pytest.param("<georss:point>1</georss:point><georss:polygon/><georss:line>x</georss:line>", id="no positions"),
    ],
)
@pytest.mark.parametrize("other", ["", "<title type='xhtml'><div>A</div></title>"], ids=["quick", "slow"])
def test_what_one_entry_holds_costs_the_feed_nothing(inside, other):
    """feedparser breaks down on each of these; found by fuzzing."""
    spaces = 'xmlns:gml="http://www.opengis.net/gml" xmlns:georss="http://www.georss.org/georss"'
    items = f"<item><title>A</title>{other}{inside}</item><item><title>B</title></item>"
    result = parse(f'<rss version="2.0" {spaces}><channel><title>T</title>{items}</channel></rss>')
    assert [entry.title for entry in result.entries] == ["A", "B"]
    assert not result.odd


BOMB = '<!DOCTYPE x [<!ENTITY a "BOOM">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(BOMB + "]>", id="billion laughs"),
        pytest.param(BOMB, id="not closed"),
        pytest.param('<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/hostname">]>', id="a file"),
        pytest.param('<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">', id="an address"),
    ],
)
def test_entity_bombs_and_external_entities_are_not_resolved(head):
    result = parse(head + "<rss version='2.0'><channel><item><title>A &j; B</title></item></channel></rss>")
    if isinstance(result, ParsedFeed):
        assert len(result.entries[0].title) < 20
        assert any("malformed" in note for note in result.notes)
    else:
        assert result.reason is ParseFailure.NOT_A_FEED


@pytest.mark.parametrize(
    ("inside", "says"),
    [
        ("<item " + " ".join(f"a{i}='1'" for i in range(300)) + "/>", "more than 256 attributes"),
        ("<x>" * 300, "more than 256 deep"),
        ("<item/>" * 50_001, "more than 50000 entries"),
    ],
)
def test_shapes_that_hold_the_parser_are_refused_before_it_sees_them(inside, says):
    result = parse(f"<rss version='2.0'><channel>{inside}")
    assert isinstance(result, ParseFailed)
    assert says in result.message


# ---------------------------------------------------------------- how often it wants to be asked


@pytest.mark.parametrize(
    ("head", "ttl"),
    [
        ("<ttl>60</ttl>", timedelta(hours=1)),
        ("<ttl>0</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>99999999</ttl>", None),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", timedelta(hours=12)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", None),
        ("", None),
    ],
)
def test_ttl(head, ttl):
    body = rss("<title>x</title>", head=head).replace(
        "<rss ", '<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    )
    assert parse(body).ttl == ttl


def test_skipped_hours_and_days():
    head = "<skipHours><hour>0</hour><hour> 24 </hour><hour>7</hour><hour>99</hour></skipHours>"
    head += "<skipDays><day>Saturday</day>\n<day>sunday</day><day>Someday</day></skipDays>"
    result = parse(rss("<title>x</title>", head=head))
    assert (result.skip_hours, result.skip_days) == ({0, 7}, {5, 6})


# ---------------------------------------------------------------- positions, alerts, media

SPACES = """xmlns:georss="http://www.georss.org/georss" xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#"
 xmlns:gml="http://www.opengis.net/gml" xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" """


def extended(inside):
    return one(rss(f"<title>x</title>{inside}").replace("<rss ", f"<rss {SPACES} "))


@pytest.mark.parametrize(
    ("said", "severity"),
    [("Severe", Severity.SEVERE), ("extreme", Severity.EXTREME), ("Unknown", None), ("", None), ("bad", None)],
)
def test_a_cap_alert(said, severity):
    alert = extended(
        f"<description>Heavy rain</description><cap:severity>{said}</cap:severity>"
        "<cap:areaDesc>Hama; Homs</cap:areaDesc>"
    )
    assert (alert.severity, alert.summary) == (severity, "Heavy rain\nHama; Homs")


def test_media():
    entry = extended(
        "<enclosure url='/a.mp3' type='audio/mpeg' length='9'/>"
        "<media:group><media:description>A video</media:description>"
        "<media:content url='/v.mp4' type='video/mp4' fileSize='5'/><media:content url='/v.mp4'/></media:group>"
    )
    assert entry.summary == "A video"
    assert entry.enclosures == (
        Enclosure("https://site.example/a.mp3", "audio/mpeg", 9),
        Enclosure("https://site.example/v.mp4", "video/mp4", 5),
    )


@pytest.mark.parametrize(
    ("guid", "link"),
    [
        ("https://site.example/1", "https://site.example/1"),
        ("tag:site.example,2026:1", None),
        ("1", None),
        ("/1", None),
    ],
)
def test_an_id_is_a_link_only_if_it_is_an_address(guid, link):
    assert one(rss(f"<guid>{guid}</guid><title>x</title>")).link == link
    atom = f"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>{guid}</id><title>x</title></entry></feed>"
    assert one(atom).link == link


def test_nothing_in_an_entry_is_more_than_a_database_takes():
    """NUL and lone surrogates, wherever they can be said."""
    bad = "a\x00b\ud800c"
    item = {
        "id": bad,
        "url": f"https://x.example/{bad}",
        "title": bad,
        "content_text": bad,
        "tags": [bad],
        "language": bad,
    }
    item |= {"authors": [{"name": bad}], "attachments": [{"url": f"https://x.example/{bad}", "mime_type": bad}]}
    entry = one(json.dumps(JSON_FEED | {"items": [item]}))
    plain = replace(entry, enclosures=())
    for text in (*(getattr(plain, f) for f in ("id", "link", "title", "content", "author")), *entry.categories):
        assert text.replace("https://x.example/", "") == "abc"
    assert (entry.lang, entry.enclosures) == ("en", (Enclosure("https://x.example/abc", "abc"),))


@pytest.mark.parametrize(
    ("end", "titles"),
    [
        pytest.param("<item><guid>2</guid><title>Sec", ["First"], id="in a title"),
        pytest.param("<item><guid>2</guid>", ["First"], id="between elements"),
        pytest.param("<item><guid>2</guid><title>Second</title></item><ite", ["First", "Second"], id="in a start tag"),
        pytest.param("<item><guid>2</guid><title>Second</title></item>", ["First", "Second"], id="behind an entry"),
    ],
)
def test_the_entry_that_a_document_breaks_off_in_is_left_for_the_next_poll(end, titles):
    """A stump would be stored without a title, and alerts would be made of half a text."""
    item = "<item><guid>1</guid><title>First</title></item>"
    parsed = parse_feed(f"<rss version='2.0'><channel><title>T</title>{item}{end}".encode(), now=NOW)
    assert parsed.cut
    assert [entry.title for entry in parsed.entries] == titles
    assert ("without the one that it breaks off in" in parsed.notes[0]) is (len(titles) == 1)
