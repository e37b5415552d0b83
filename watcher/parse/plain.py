"""A quick reader of plain RSS, RDF and Atom documents, which reads exactly what feedparser reads, or declines.

feedparser is the authority. Its rules (which of two titles counts, when a guid is a link, what becomes
of a second description) are repeated here for elements that hold nothing but text, over a tree that lxml
has made. Whatever is not certain to come out the same is declined: markup inside of texts, bases,
elements in unusual places, attributes of odd namespaces. Of 940 captured documents all that it reads
are read alike by both (`tests/corpus`).
"""

import re
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from watcher.parse.plain_element import (
    HARMLESS,
    PREFIXES,
    Declined,
    attributes_of,
    identity,
    language_of,
    link,
    name_of,
    pass_over,
    people,
    type_of,
    words,
)
from watcher.parse.plain_entry import EntryReader

#: Larger documents are feedparser's: they are rare, and libxml2's own limits begin there.
_MOST_BYTES = 8_000_000
_MOST_ENTRIES = 20_000
#: A tag so long has attributes beyond number.
_HUGE_BYTES = 20_000
_HUGE_TAG = re.compile(rb"<[^<>!][^<>]{%d}" % _HUGE_BYTES)
_BASE = re.compile(rb"[\s:]base\s*=")
_XMLNS = re.compile(rb"xmlns:([\w.-]+)\s*=\s*[\"']([^\"']*)")
_CANONICAL = frozenset(PREFIXES.values())
_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_ATOM_VERSIONS = {"0.1": "atom01", "0.2": "atom02", "0.3": "atom03"}
#: The same at the head of a document, whose people and subjects nobody asks for.
_HARMLESS = HARMLESS | {
    "author", "managingeditor", "dc_creator", "dc_author", "category", "keywords", "dc_subject", "contributor",
    "dc_contributor", "itunes_author", "itunes_category", "itunes_keywords", "itunes_owner", "itunes_name",
    "itunes_email", "itunes_summary", "summary", "description", "dc_description", "abstract", "pubdate", "published",
    "issued", "updated", "modified", "lastbuilddate", "dc_date", "dcterms_issued", "dcterms_modified",
}  # fmt: skip
#: What of these may hold people, or further categories.
_PEOPLE = frozenset({"author", "managingeditor", "contributor", "dc_contributor", "itunes_owner"})
_OF_IMAGES = frozenset({"title", "link", "description", "url", "width", "height"})
_SUMMARIES = frozenset({"summary", "itunes_summary"})
_DESCRIPTIONS = _SUMMARIES | {"description", "dc_description"}


@dataclass(slots=True)
class Document:
    """What feedparser's result is, as far as it is asked for."""

    version: str = ""
    feed: dict[str, Any] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    bozo: bool = False


def read(data: bytes) -> Document | None:
    """Read a document in UTF-8 without declaration and document type; None for one that is feedparser's to read."""
    if len(data) > _MOST_BYTES or (b"base" in data and _BASE.search(data)) or _has_huge_tag(data):
        return None
    try:
        root = etree.fromstring(data, etree.XMLParser(encoding="utf-8", remove_comments=True, remove_pis=True,
                                                      resolve_entities=False, no_network=True))  # fmt: skip
        _check_prefixes(data)
        return _Reader(root).document
    except (etree.XMLSyntaxError, ValueError, Declined):
        return None


def _has_huge_tag(data: bytes) -> bool:
    return len(data) > _HUGE_BYTES and _HUGE_TAG.search(data) is not None


def _check_prefixes(data: bytes) -> None:
    """Decline a document in which a prefix means two things, or one that feedparser knows means another."""
    meant: dict[bytes, bytes] = {}
    for prefix, uri in set(_XMLNS.findall(data)):
        known = PREFIXES.get(uri.decode().lower())
        if meant.setdefault(prefix, uri) != uri:
            raise Declined
        name = prefix.decode()
        if known is not None and known != name and name in _CANONICAL:
            raise Declined


class _Reader:
    """One pass over one document's tree."""

    def __init__(self, root: Any) -> None:
        self.document = Document()
        self._summary_ahead = False
        name = name_of(root.tag, root.prefix)
        self._lang = language_of(root, attributes_of(root), None)
        self.document.version = self._version(root, name)
        if self._lang and name != "rdf_rdf":
            self.document.feed["language"] = self._lang.replace("_", "-")
        self._root(root, name)

    def _version(self, root: Any, name: str) -> str:
        version = ""
        for prefix, uri in root.nsmap.items():
            match prefix, uri.lower():
                case None, "http://my.netscape.com/rdf/simple/0.9/":
                    version = version or "rss090"
                case _, "http://purl.org/rss/1.0/":
                    version = version or "rss10"
                case _, "http://www.w3.org/2005/atom":
                    version = version or "atom10"
        said = root.get("version", "")
        match name:
            case "rss" if not version.startswith("rss"):
                return _VERSIONS.get(said) or ("rss20" if said.startswith("2.") else "rss")
            case "feed":
                return version or _ATOM_VERSIONS.get(said, "atom")
            case "rss" | "rdf_rdf" if version:
                return version
        raise Declined

    def _root(self, root: Any, name: str) -> None:
        for child in root:
            match name_of(child.tag, child.prefix):
                case "channel" if name != "feed":
                    self._channel(child)
                case "item" if name != "feed":
                    self._entry(child)
                case "entry" if name == "feed":
                    self._entry(child)
                case "image" if name == "rdf_rdf":
                    self._image(child)
                case other if name == "feed":
                    self._ahead(other, child)
                case _:
                    raise Declined

    def _channel(self, channel: Any) -> None:
        attributes = attributes_of(channel)
        if not {"href", "lastmod"}.isdisjoint(attributes):
            raise Declined
        outer, self._lang = self._lang, language_of(channel, attributes, self._lang)
        for child in channel:
            match name_of(child.tag, child.prefix):
                case "item":
                    self._entry(child)
                case name:
                    self._ahead(name, child)
        self._lang = outer

    # ------------------------------------------------------------ the head

    def _ahead(self, name: str, element: Any) -> None:
        head = self.document.feed
        match name:
            case "title":
                if head.get("title"):
                    raise Declined  # which of two counts depends on what stands between them
                type_of(attributes_of(element), "text/plain")
                head["title"] = words(element)
            case "link":
                link(head, element, entry=False)
            case "id" | "guid":
                value, is_link = identity(element)
                if is_link:
                    head.setdefault("link", value)
            case "language" | "dc_language":
                head["language"] = words(element)
            case "ttl" | "sy_updateperiod" | "sy_updatefrequency" if not element.attrib:
                head[name] = words(element)
            case "image":
                self._image(element)
            case _ if name in _PEOPLE:
                people(element)
            case _ if name in _HARMLESS:
                self._harmless(name, element)
            case _:
                pass_over(name, element)

    def _image(self, image: Any) -> None:
        if any(name_of(child.tag, child.prefix) not in _OF_IMAGES or len(child) for child in image):
            raise Declined

    def _harmless(self, name: str, element: Any) -> None:
        if name in _DESCRIPTIONS and self._summary_ahead:
            raise Declined  # the second is content, and that tells on the first entry
        self._summary_ahead |= name in _SUMMARIES
        if any(
            name != "itunes_category" or name_of(child.tag, child.prefix) != name or len(child) for child in element
        ):
            raise Declined

    def _entry(self, element: Any) -> None:
        if len(self.document.entries) >= _MOST_ENTRIES:
            raise Declined
        atom = self.document.version.startswith("atom")
        self.document.entries.append(EntryReader(element, self._lang, atom=atom).raw)
