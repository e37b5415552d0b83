"""One entry of a feed as feedparser reads it, element by element; see `plain`."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from feedparser.datetimes import _parse_date

from watcher.parse.plain_element import (
    HARMLESS,
    Declined,
    attributes_of,
    identity,
    language_of,
    link,
    looks_like_html,
    mended,
    name_of,
    pass_over,
    people,
    type_of,
    without_children,
    words,
)

_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_date = lru_cache(maxsize=2000)(_parse_date)


class EntryReader:
    """Reads one entry into `raw`, which has feedparser's keys."""

    def __init__(self, element: Any, lang: str | None, *, atom: bool) -> None:
        self.raw: dict[str, Any] = {}
        self._atom = atom
        self._depths: dict[str, int] = {}
        self._title_depth, self._last_title, self._has_content = -1, "", False
        attributes = attributes_of(element)
        if not {"href", "lastmod"}.isdisjoint(attributes):
            raise Declined
        self._lang = language_of(element, attributes, lang)
        if about := element.get(_ABOUT):
            self.raw["id"] = about
        self._inside(element, 1)

    def _inside(self, element: Any, depth: int) -> None:
        for child in element:
            name = name_of(child.tag, child.prefix)
            handler = _HANDLERS.get(name)
            if handler is not None:
                handler(self, child, depth)
            elif name in HARMLESS:
                without_children(child)
            else:
                pass_over(name, child)

    def _store(self, name: str, value: str, depth: int, detail: dict[str, Any] | None = None) -> None:
        """Keep a value unless one from further out is there; its details always (`_FeedParserMixin.pop`)."""
        before = self._depths.get(name)
        if before is None or depth <= before:
            self._depths[name] = depth
            self.raw[name] = value
        if detail is not None:
            self.raw[f"{name}_detail"] = detail

    def _content(self, element: Any, usual: str) -> dict[str, Any]:
        """Return a text with its type: what says that it is plain may look like HTML all the same."""
        attributes = attributes_of(element)
        kind = type_of(attributes, usual)
        value = words(element)
        if kind == "text/plain" and not self._atom and ("</" in value or "&" in value):
            kind = "text/html" if looks_like_html(value) else kind
        lang = language_of(element, attributes, self._lang)
        return {"type": kind, "language": lang.replace("_", "-") if lang else lang, "value": value}

    def _title(self, element: Any, depth: int) -> None:
        self._some_title(element, depth)
        if self._last_title:
            self._title_depth = depth

    def _some_title(self, element: Any, depth: int) -> None:
        detail = self._content(element, "text/plain")
        self._last_title = detail["value"]
        if not -1 < self._title_depth <= depth:
            self._store("title", detail["value"], depth, detail)

    def _description(self, element: Any, depth: int, usual: str = "text/html") -> None:
        if "summary" in self.raw and not self._has_content:
            self._full(element, depth, "text/plain")
        else:
            detail = self._content(element, usual)
            self._store("summary", detail["value"], depth, detail)

    def _summary(self, element: Any, depth: int) -> None:
        self._description(element, depth, "text/plain")

    def _encoded(self, element: Any, depth: int) -> None:
        self._full(element, depth, "text/html")

    def _atom_content(self, element: Any, depth: int) -> None:
        self._full(element, depth, "text/plain")

    def _full(self, element: Any, _depth: int, usual: str) -> None:
        self._has_content = True
        detail = self._content(element, usual)
        self.raw.setdefault("content", []).append(detail)
        self.raw.setdefault("summary", detail["value"])

    def _guid(self, element: Any, depth: int) -> None:
        value, is_link = identity(element)
        self._store("id", value, depth)
        if is_link:
            self.raw.setdefault("link", value)

    def _entry_link(self, element: Any, depth: int) -> None:
        link(self.raw, element, entry=True)

    def _author(self, element: Any, depth: int) -> None:
        said: dict[str, str] = {}
        if len(element) and self.raw.get("author"):
            raise Declined  # what is known of the one before goes into the next
        pieces = [element.text or ""]
        for child in element:
            name = name_of(child.tag, child.prefix)
            if name not in ("name", "email", "uri", "url", "homepage") or name in said or len(child):
                raise Declined
            said[name] = (child.text or "").strip()
            pieces.append(child.tail or "")
        self._store("author", mended("".join(pieces).strip()), depth)
        who, where = said.get("name"), said.get("email")
        if who or where:
            self.raw["author"] = f"{who} ({where})" if who and where else who or where

    def _category(self, element: Any, depth: int, scheme: str | None = None) -> None:
        attributes = attributes_of(element)
        given = attributes.get("scheme", scheme or attributes.get("domain"))
        tags = self.raw.setdefault("tags", [])
        self._tag(attributes.get("term"), given, attributes.get("label"))
        value = words(element)
        if value and tags and not tags[-1]["term"]:
            tags[-1]["term"] = value
        elif value:
            self._tag(value, None, None)

    def _media_category(self, element: Any, depth: int) -> None:
        self._category(element, depth, "http://search.yahoo.com/mrss/category_schema")

    def _tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        tag = {"term": term, "scheme": scheme, "label": label}
        if (term or scheme or label) and tag not in self.raw["tags"]:
            self.raw["tags"].append(tag)

    def _itunes_keywords(self, element: Any, depth: int) -> None:
        self._keywords(element, depth, "http://www.itunes.com/")

    def _keywords(self, element: Any, _depth: int, scheme: str | None = None) -> None:
        if element.attrib:
            raise Declined
        for term in words(element).split(","):
            if term.strip():
                self.raw.setdefault("tags", [])
                self._tag(term.strip(), scheme, None)

    def _published(self, element: Any, depth: int) -> None:
        self._dated("published", element, depth)

    def _updated(self, element: Any, depth: int) -> None:
        self._dated("updated", element, depth)

    def _dated(self, name: str, element: Any, depth: int) -> None:
        value = words(element)
        self._store(name, value, depth)
        self.raw[f"{name}_parsed"] = _date(value)

    def _enclosure(self, element: Any, depth: int) -> None:
        attributes = attributes_of(element)
        without_children(element)
        href = attributes.get("url", attributes.get("uri", attributes.get("href")))
        if href:
            attributes["href"] = href
        attributes["rel"] = "enclosure"
        self.raw.setdefault("links", []).append(attributes)

    def _media_content(self, element: Any, depth: int) -> None:
        self.raw.setdefault("media_content", []).append(attributes_of(element))
        self._inside(element, depth + 1)

    def _media_group(self, element: Any, depth: int) -> None:
        self._inside(element, depth + 1)

    def _source(self, element: Any, depth: int) -> None:
        """RSS names the feed that an entry was taken from; Atom's has elements, and is declined."""
        attributes, value = attributes_of(element), words(element)
        source = {"href": attributes["url"]} if "url" in attributes else {}
        self._title_depth = -1
        self.raw["source"] = source | ({"title": value} if value else {})

    def _entry_image(self, element: Any, depth: int) -> None:
        without_children(element)
        self._title_depth = -1

    def _contributor(self, element: Any, depth: int) -> None:
        people(element)

    def _of_entry_language(self, element: Any, depth: int) -> None:
        words(element)


_Handler = Callable[[EntryReader, Any, int], None]
_HANDLERS: dict[str, _Handler] = {
    name: handler
    for handler, names in (
        (EntryReader._title, "title dc_title"),
        (EntryReader._some_title, "media_title"),
        (EntryReader._description, "description dc_description media_description"),
        (EntryReader._summary, "summary itunes_summary"),
        (EntryReader._atom_content, "content"),
        (EntryReader._encoded, "content_encoded"),
        (EntryReader._guid, "guid id"),
        (EntryReader._entry_link, "link"),
        (EntryReader._author, "author dc_creator dc_author itunes_author"),
        (EntryReader._category, "category keywords dc_subject"),
        (EntryReader._media_category, "media_category"),
        (EntryReader._keywords, "media_keywords"),
        (EntryReader._itunes_keywords, "itunes_keywords"),
        (EntryReader._published, "pubdate published issued dcterms_issued"),
        (EntryReader._updated, "updated modified dc_date dcterms_modified"),
        (EntryReader._enclosure, "enclosure"),
        (EntryReader._media_content, "media_content"),
        (EntryReader._media_group, "media_group"),
        (EntryReader._source, "source"),
        (EntryReader._entry_image, "image"),
        (EntryReader._contributor, "contributor dc_contributor"),
        (EntryReader._of_entry_language, "dc_language"),
    )
    for name in names.split()
}
