"""The text of an article's page, for feeds that give only its beginning. Needs the extra `fulltext`."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from lxml import etree, html

from watcher.model import ParseFailed, ParseFailure
from watcher.parse.encoding import RefusedEncoding, decode
from watcher.parse.identity import LINK_CHARS, storable
from watcher.text import clean, one_line

#: An extracted text shorter than this is a consent banner or a teaser, not the article.
LEAST_CHARS = 200
#: Beyond this no article goes; what follows is comments or other articles.
MOST_CHARS = 100_000
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w-]{1,40})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """An article as its page shows it."""

    text: str
    #: Address that the page itself says is its own; None if it says none.
    canonical: str | None


def read_page(body: bytes, *, content_type: str = "", url: str = "", lang: str | None = None) -> Page | ParseFailed:
    """Return the article's text by trafilatura; `url` is the address that the page was read at.

    Never raises for what a page holds; time and memory are bounded by who calls (`workers.ParsePool`).
    """
    import trafilatura

    meta = _META_CHARSET.search(body, 0, 4096)
    if meta and "charset" not in content_type.lower():
        content_type = f"text/html; charset={meta[1].decode('ascii')}"
    try:
        text, _ = decode(body, content_type, lang)
    except RefusedEncoding as refused:
        return ParseFailed(ParseFailure.NO_ARTICLE, f"the encoding {str(refused)!r} is not one that pages use")
    try:
        tree = html.fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8", remove_comments=True))
    except (etree.LxmlError, ValueError) as error:
        return ParseFailed(ParseFailure.NO_ARTICLE, f"not a web page: {one_line(str(error))}"[:300])
    canonical = _canonical(tree, url)
    found = clean(trafilatura.extract(tree, include_comments=False, include_tables=True) or "")[:MOST_CHARS]
    if len(found) < LEAST_CHARS:
        return ParseFailed(ParseFailure.NO_ARTICLE, "no article was found on the page")
    return Page(storable(found), canonical)


def _canonical(tree: html.HtmlElement, url: str) -> str | None:
    """The page's own address, if it is an article's: some sites call their front page canonical everywhere."""
    named = tree.xpath("//link[@rel='canonical']/@href | //meta[@property='og:url']/@content")
    for href in named:
        try:
            address = urljoin(url, storable(str(href)))
            parts = urlsplit(address)
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and parts.path.strip("/") and len(address) <= LINK_CHARS:
            return address
    return None
