"""The quick reader reads what feedparser reads, or declines, whatever stands in a document and in what order."""

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from watcher.parse import plain, xmlfeed
from watcher.parse.guard import Shape

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
    'xmlns:other="http://other.example/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
)
NAMES = """title link guid description pubDate author category enclosure source comments image id updated published
    summary content content:encoded dc:title dc:creator dc:date dc:subject dc:description dc:language media:title
    media:description media:content media:group media:thumbnail media:keywords media:category itunes:summary
    itunes:author itunes:image itunes:keywords itunes:category atom:link atom:author atom:title other:thing date
    language ttl sy:updatePeriod name email uri dcterms:modified keywords contributor rights
    expirationDate tags""".split()
TEXTS = st.sampled_from([
    "", " ", "plain", "a &amp; b", "&lt;b&gt;bold&lt;/b&gt;", "<![CDATA[<p>one</p> two]]>",
    "https://x.example/a?b=1&amp;c=2",
    "/relative", "x:///y", "http:////z.example", "Thu, 30 Apr 2026 10:00:00 GMT", "2026-04-30T10:00:00Z", "2020/1/10",
    "Ã©tÃ©", "\x91quoted\x92", "يوم", "a@b.example (A. B.)", "one, two,one", "&amp;nbsp;", "<![CDATA[1 < 2]]>", "en_GB",
    "true",
])  # fmt: skip
ATTRIBUTES = st.sampled_from([
    *[""] * 24, ' type="text"', ' type="html"', ' type="text/html"', ' type="xhtml"', ' type="IMAGE/png"',
    ' mode="base64"',
    ' url="https://x.example/f.mp3" length="12" type="audio/mpeg"', ' href="https://x.example/h"', ' href=""',
    ' rel="self"',
    ' rel="ALTERNATE" href="/alt"', ' rel="hub" href="https://hub.example/"',
    ' isPermaLink="false"', ' ispermalink="true"',
    ' domain="d"', ' term="t" scheme="s" label="l"', ' xml:lang="de_AT"', ' xml:base="https://b.example/"',
    ' other:href="/o"',
    ' text="Arts"', ' xmlns:media="http://elsewhere.example/"', ' LANG="fr"',
])  # fmt: skip


@st.composite
def elements(draw, depth=0):
    name = draw(st.sampled_from(NAMES))
    inner = draw(TEXTS)
    if depth < 2 and draw(st.integers(0, 5)) == 0:
        inner += "".join(draw(st.lists(elements(depth + 1), max_size=3))) + draw(TEXTS)
    return f"<{name}{draw(ATTRIBUTES)}>{inner}</{name}>"


@st.composite
def documents(draw):
    some = st.lists(elements(), max_size=7).map("".join)
    kind = draw(st.sampled_from(["rss", "rss", "atom", "rdf"]))
    item = "entry" if kind == "atom" else "item"
    about = draw(st.sampled_from(["", ' rdf:about="urn:1"', ' xml:lang="ru"', ' href="/x"']))
    items = "".join(f"<{item}{about}>{draw(some)}</{item}>" for _ in range(draw(st.integers(0, 3))))
    head, tail = draw(some), draw(st.sampled_from(["", "", draw(some)]))
    match kind:
        case "atom":
            return f'<feed xmlns="http://www.w3.org/2005/Atom" {SPACES}>{head}{items}{tail}</feed>'
        case "rdf":
            return f'<rdf:RDF xmlns="http://purl.org/rss/1.0/" {SPACES}><channel>{head}</channel>{items}</rdf:RDF>'
    version = draw(st.sampled_from([' version="2.0"', ' version="0.91"', "", ' xml:lang="en-US" version="2.0"']))
    return f"<rss{version} {SPACES}><channel>{head}{items}{tail}</channel></rss>"


@given(documents())
@example(f"<rss {SPACES}><channel><item><title>a</title><media:title>b</media:title></item></channel></rss>")
@example(
    f'<rss {SPACES} xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#"><channel><item><link>https://x.example/a</link>'
    "<geo:Point><geo:lat>1</geo:lat><link>https://x.example/b</link></geo:Point></item></channel></rss>"
)
def test_it_reads_the_same_or_declines(document):
    text = xmlfeed.guard.tidy(document)
    data = text.encode()
    quickly = plain.read(data)
    if quickly is None:
        return
    slowly = xmlfeed.parse(data)
    ours, theirs = (xmlfeed._feed(found, text, Shape(), NOW) for found in (quickly, slowly))
    assert ours == theirs
