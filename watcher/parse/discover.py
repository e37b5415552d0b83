"""Which feeds a web page names: `<link rel="alternate">`, and links that look like feeds where there are none."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree

from watcher.parse.encoding import RefusedEncoding, decode
from watcher.parse.identity import absolute
from watcher.text import one_line

_TYPES = {
    "application/rss+xml": "RSS",
    "application/atom+xml": "Atom",
    "application/feed+json": "JSON Feed",
    "application/rdf+xml": "RDF",
}
_LOOKS_LIKE = re.compile(r"(?i)(?:^|[/.?=_-])(?:rss|atom|feeds?)(?:$|[/.?&=_-]|\.xml|\.json)")
#: A page with more links than this is not read on.
_MAX_LINKS = 5000
#: Guesses from links are shown up to this number.
_MAX_GUESSES = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that a page names; `certain` if it says so, else its address only looks like one."""

    url: str
    title: str
    kind: str
    certain: bool


def discover(body: bytes, url: str, content_type: str = "") -> tuple[Found, ...]:
    """Return the feeds of a web page in its order, the ones that it declares before mere guesses. Never raises."""
    try:
        text, _ = decode(body, content_type, None)
    except RefusedEncoding:
        return ()
    text = text.replace("\x00", "").strip()
    if not text:
        return ()
    parser = etree.HTMLParser(no_network=True, remove_comments=True)
    root = etree.fromstring(f"<div>{text}" if text.startswith("<?") else text, parser)
    if root is None:
        return ()
    base = _base(root, url)
    declared = [feed for link in root.iter("link") if (feed := _declared(link, base))]
    guessed = [] if declared else _guesses(root, base)
    kept: dict[str, Found] = {}
    for found in (*declared, *guessed):
        kept.setdefault(found.url, found)
    return tuple(kept.values())


def _base(root: "etree._Element", url: str) -> str:
    for element in root.iter("base"):
        try:
            return urljoin(url, str(element.get("href") or ""))
        except ValueError:
            break
    return url


def _declared(link: "etree._Element", base: str) -> Found | None:
    rel = str(link.get("rel") or "").lower().split()
    kind = _TYPES.get(str(link.get("type") or "").partition(";")[0].strip().lower())
    url = absolute(link.get("href"), base)
    if kind is None or url is None or not {"alternate", "feed"} & set(rel):
        return None
    return Found(url, one_line(str(link.get("title") or "")), kind, certain=True)


def _guesses(root: "etree._Element", base: str) -> list[Found]:
    found: list[Found] = []
    for count, anchor in enumerate(root.iter("a")):
        href = str(anchor.get("href") or "")
        if count >= _MAX_LINKS or len(found) >= _MAX_GUESSES:
            break
        url = absolute(href, base) if _LOOKS_LIKE.search(href) else None
        if url and url.startswith(("http://", "https://")):
            found.append(Found(url, one_line("".join(str(t) for t in anchor.itertext()))[:100], "", certain=False))
    return found
