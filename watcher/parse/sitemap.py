"""News sitemaps (sitemaps.org 0.9 with Google's news extension) to entries."""

from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from watcher.links import without_tracking
from watcher.model import Entry, ParsedFeed, ParseFailed, ParseFailure, ParseResult
from watcher.parse.dates import from_iso
from watcher.text import clean, html_to_text, one_line, plural

#: Outermost elements of sitemaps, in lower case.
ROOTS = frozenset({"urlset", "sitemapindex"})


def read(data: bytes, root: str, now: datetime) -> ParseResult:
    """Read a sitemap of UTF-8 bytes whose outermost element is `root`; what is malformed is read as far as it goes.

    An address is an entry if it has a `news:title`: a list of bare addresses says nothing that a rule could match.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    tree = etree.fromstring(data, parser)
    if tree is None:
        return ParseFailed(ParseFailure.NOT_A_FEED, "a sitemap that is cut or malformed before its first address")
    if root == "sitemapindex":
        first = next(_texts(tree, "loc"), None)
        such = f", such as {one_line(first)[:200]}" if first else ""
        return ParseFailed(ParseFailure.NOT_A_FEED, f"an index of sitemaps: watch one of those that it names{such}")
    addresses = [node for node in tree if _name(node) == "url"]
    read_ones = [entry for node in addresses if (entry := _entry(node, now))]
    if addresses and not read_ones:
        return ParseFailed(ParseFailure.NOT_A_FEED, "a sitemap, but none of news: its addresses have no news:title")
    misdated, untitled = sum(bad for _, bad in read_ones), len(addresses) - len(read_ones)
    notes = []
    if parser.error_log:
        read = plural(len(read_ones), "entry was", "entries were")
        notes.append(f"the document is malformed ({parser.error_log[0].message}); {read} read")
    if untitled:
        notes.append(f"left out: {plural(untitled, 'address', 'addresses')} without a news:title")
    if misdated:
        notes.append(f"{misdated} of {len(read_ones)} entries have a date that cannot be right; it was left out")
    return ParsedFeed(
        title=one_line(clean(_first(tree, "name"))),
        version="newssitemap",
        entries=tuple(entry for entry, _ in read_ones),
        notes=tuple(notes),
        odd=bool(parser.error_log),
    )


def _entry(node: etree._Element, now: datetime) -> tuple[Entry, bool] | None:
    """Return the entry and whether its date was impossible; None for an address without a title."""
    title = one_line(html_to_text(_first(node, "title")))
    link = _first(node, "loc")
    if not title or not link:
        return None
    published, bad = from_iso(_first(node, "publication_date") or _first(node, "lastmod"), now)
    keywords = (one_line(clean(word)) for word in _first(node, "keywords").split(","))
    entry = Entry(
        id=without_tracking(link),
        title=title,
        link=link,
        categories=tuple(dict.fromkeys(filter(None, keywords))),
        published_at=published,
        lang=_first(node, "language") or None,
    )
    return entry, bad


def _first(node: etree._Element, name: str) -> str:
    return next(_texts(node, name), "").strip()


def _texts(node: etree._Element, name: str) -> Iterator[str]:
    """The texts of the elements of a local name, outermost first: an `image:title` is none of the page."""
    for child in node.iter():
        if _name(child) == name and not _is_of_media(child):
            yield child.text or ""


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname.lower() if isinstance(node.tag, str) else ""


def _is_of_media(node: etree._Element) -> bool:
    space = etree.QName(node).namespace or ""
    return "sitemap-image" in space or "sitemap-video" in space
