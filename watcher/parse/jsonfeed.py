"""JSON Feed 1.0 and 1.1 (jsonfeed.org) to entries."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from watcher.model import Enclosure, Entry, Hub, ParsedFeed, ParseFailed, ParseFailure, ParseResult
from watcher.parse.dates import from_iso
from watcher.text import clean, html_to_text, one_line


def read(text: str, now: datetime) -> ParseResult:
    """Read a JSON Feed; `text` is the whole document."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        return ParseFailed(ParseFailure.NOT_A_FEED, f"JSON that is cut or malformed: {error}"[:300])
    version = data.get("version") if isinstance(data, dict) else None
    if not isinstance(version, str) or "jsonfeed.org" not in version:
        return ParseFailed(ParseFailure.NOT_A_FEED, "JSON, but no JSON Feed: it has no 'version' of jsonfeed.org")
    raws = data.get("items")
    if not isinstance(raws, list):
        return ParseFailed(ParseFailure.NOT_A_FEED, "a JSON Feed without the list 'items'")
    items = [raw for raw in raws if isinstance(raw, dict)]
    read_ones = [_entry(item, now) for item in items]
    return ParsedFeed(
        title=one_line(html_to_text(_str(data, "title"))),
        version="json11" if version.rstrip("/").endswith("1.1") else "json1",
        entries=tuple(entry for entry, _ in read_ones),
        link=_str(data, "home_page_url") or None,
        language=_str(data, "language") or None,
        hub=next(_hubs(data), None),
        notes=tuple(_remarks(len(raws) - len(items), sum(bad for _, bad in read_ones), len(items))),
    )


def _hubs(data: Mapping[str, Any]) -> Iterator[Hub]:
    for hub in _list(data, "hubs"):
        if isinstance(hub, dict) and _str(hub, "type").lower() == "websub" and _str(hub, "url"):
            yield Hub(_str(hub, "url"), _str(data, "feed_url"))


def _remarks(strange: int, misdated: int, items: int) -> Iterator[str]:
    if strange:
        yield f"{strange} items are not JSON objects"
    if misdated:
        yield f"{misdated} of {items} entries have a date that cannot be right; it was left out"


def _entry(raw: Mapping[str, Any], now: datetime) -> tuple[Entry, bool]:
    """Return the entry, and whether one of its dates was impossible."""
    html, plain = _str(raw, "content_html"), _str(raw, "content_text")
    published, bad = from_iso(_str(raw, "date_published"), now)
    updated, bad_too = from_iso(_str(raw, "date_modified"), now)
    entry = Entry(
        id=_id(raw.get("id")),
        title=one_line(html_to_text(_str(raw, "title"))),
        summary=html_to_text(_str(raw, "summary")),
        content=html_to_text(html) if html else clean(plain),
        link=_str(raw, "url") or _str(raw, "external_url") or None,
        author=", ".join(_authors(raw)),
        categories=tuple(dict.fromkeys(filter(None, (one_line(t) for t in _list(raw, "tags") if isinstance(t, str))))),
        published_at=published or updated,
        updated_at=updated,
        lang=_str(raw, "language") or None,
        enclosures=tuple(_enclosures(raw)),
    )
    return entry, bad or bad_too


def _id(raw: Any) -> str:
    """An id is a string; numbers stand in for it in 1.0 (jsonfeed.org: "should be converted")."""
    return str(raw) if isinstance(raw, str | int | float) and not isinstance(raw, bool) else ""


def _authors(raw: Mapping[str, Any]) -> Iterator[str]:
    authors = _list(raw, "authors") or [raw.get("author")]
    yield from filter(None, (one_line(_str(a, "name")) for a in authors if isinstance(a, dict)))


def _enclosures(raw: Mapping[str, Any]) -> Iterator[Enclosure]:
    for file in _list(raw, "attachments"):
        if isinstance(file, dict) and _str(file, "url"):
            size = file.get("size_in_bytes")
            yield Enclosure(
                _str(file, "url"),
                _str(file, "mime_type"),
                size if isinstance(size, int) and 0 <= size < 2**53 else None,
            )


def _str(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    return value if isinstance(value, list) else []
