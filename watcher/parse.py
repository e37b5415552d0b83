"""Bytes to entries: the only user of feedparser. Everything odd becomes a note or a reason, never an exception."""

import calendar
import codecs
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from watcher.model import (
    Enclosure,
    Entry,
    IdOrigin,
    ParsedFeed,
    ParseFailed,
    ParseFailure,
    ParseResult,
    Point,
    Source,
)
from watcher.text import clean, html_to_text, one_line

#: Earlier dates are mistakes ("01 Jan 0001", 1970): the first feeds are of 1997.
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
#: Clocks and time zones of publishers are off by up to this.
FUTURE_ALLOWED = timedelta(days=1)
#: Encodings seen in feeds, by Python's names; others (utf-7, unicode_escape, punycode) are attacks.
ENCODINGS = re.compile(
    r"ascii|utf-8(-sig)?|utf-16(-[bl]e)?|utf-32(-[bl]e)?|iso8859-\d+|cp125\d|cp866|cp932|cp936|cp949|cp950|koi8-[ru]|mac-\w+|"
    r"gb2312|gbk|gb18030|big5(hkscs)?|euc_(jp|kr|jis_2004)|shift_jis(_2004|x0213)?|iso2022_(jp|kr)|tis-620"
)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([^\"']{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_Y_M_D = re.compile(r"\s*(\d{4})/(\d{1,2})/(\d{1,2})\s*$")
_HTML = re.compile(rb"(?i)^\s*(?:<!--.{0,2000}?-->\s*)*(?:<!doctype html|<html|<head|<body)", re.DOTALL)
_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}


def parse_feed(
    body: bytes,
    *,
    now: datetime,
    content_type: str = "",
    url: str = "",
    feed: str = "",
    default_lang: str | None = None,
) -> ParseResult:
    """Parse RSS, RDF, Atom or JSON Feed into plain-text entries, in the order of the document.

    `feed` becomes the entries' feed id, `url` the base of relative links, `default_lang` their
    language where the document names none. Never raises for what a document holds; time and
    memory are bounded by who calls (`workers.ParsePool`).
    """
    if not body.strip(b"\x00 \t\r\n"):
        return ParseFailed(ParseFailure.EMPTY, "the body is empty")
    if refused := _refused_encoding(body, content_type):
        return ParseFailed(ParseFailure.NOT_A_FEED, f"the encoding {refused!r} is not one that feeds use")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        parsed = _json_feed(body, now)
    else:
        parsed = _xml_feed(body, content_type, url, now)
    if isinstance(parsed, ParseFailed):
        return parsed
    entries, notes = _distinct(
        _completed(entry, feed, url, parsed.language or default_lang) for entry in parsed.entries
    )
    return replace(parsed, entries=entries, notes=(*parsed.notes, *notes))


# ---------------------------------------------------------------- XML, through feedparser


def _xml_feed(body: bytes, content_type: str, url: str, now: datetime) -> ParseResult:
    headers = {"content-type": content_type} if content_type else {}
    if url:
        headers["content-location"] = url
    # A bare byte string would be tried as a file name first. Sanitising and relative links in
    # the text cost half the time, and the text is stripped of its markup here anyway.
    try:
        document = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:
        return ParseFailed(
            ParseFailure.NOT_A_FEED, f"the document cannot be read: {type(error).__name__}: {error}"[:300]
        )
    head, trouble = document.feed, document.get("bozo_exception") if document.bozo else None
    if not document.version and not document.entries:
        return ParseFailed(ParseFailure.NOT_A_FEED, _what_it_is(body, trouble))
    notes, entries = [], []
    if trouble is not None and not isinstance(
        trouble, feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType
    ):
        notes.append(
            f"the document is cut or malformed, {len(document.entries)} entries were read: {one_line(str(trouble))}"
        )
    undated = 0
    for raw in document.entries:
        entry, bad_date = _xml_entry(raw, now)
        undated += bad_date
        entries.append(entry)
    if undated:
        notes.append(f"{undated} of {len(entries)} entries have a date that cannot be right; it was left out")
    return ParsedFeed(
        title=one_line(html_to_text(head.get("title") or "")),
        version=document.version or "unknown",
        entries=tuple(entries),
        link=head.get("link"),
        language=head.get("language") or None,
        ttl=_ttl(head),
        notes=tuple(notes),
    )


def _xml_entry(raw: Any, now: datetime) -> tuple[Entry, bool]:
    """Return the entry, and whether one of its dates was impossible."""
    published, bad = _date(raw.get("published"), raw.get("published_parsed"), now)
    updated, bad_too = _date(raw.get("updated"), raw.get("updated_parsed"), now)
    contents = [_text(c) for c in raw.get("content") or () if c.get("value")]
    entry = Entry(
        id=str(raw.get("id") or ""),
        title=one_line(_text(raw.get("title_detail") or {"value": raw.get("title") or ""})),
        summary=_text(raw.get("summary_detail") or {"value": raw.get("summary") or ""}),
        content=max(contents, key=len, default=""),
        link=raw.get("link") or None,
        author=one_line(html_to_text(raw.get("author") or "")),
        categories=tuple(dict.fromkeys(one_line(t["term"]) for t in raw.get("tags") or () if t.get("term"))),
        published_at=published or updated,
        updated_at=updated,
        lang=(raw.get("title_detail") or {}).get("language") or None,
        source=_source(raw.get("source")),
        enclosures=tuple(_enclosures(raw.get("enclosures") or ())),
        points=tuple(_points(raw)),
    )
    return entry, bad or bad_too


def _text(detail: Mapping[str, Any]) -> str:
    value = detail.get("value") or ""
    return clean(value) if detail.get("type") == "text/plain" and "&" not in value else html_to_text(value)


def _source(raw: Any) -> Source | None:
    if not raw:
        return None
    return Source(one_line(html_to_text(raw.get("title") or "")), raw.get("href") or raw.get("link") or "")


def _enclosures(raws: Iterable[Any]) -> Iterable[Enclosure]:
    for raw in raws:
        if raw.get("href"):
            length = str(raw.get("length") or "")
            yield Enclosure(
                raw["href"], raw.get("type") or "", int(length) if re.fullmatch(r"[0-9]{1,15}", length) else None
            )


def _points(raw: Any) -> Iterable[Point]:
    where = raw.get("where") or {}
    try:
        if where.get("type") == "Point":
            lon, lat = where["coordinates"][:2]
        else:
            lat, lon = float(raw["geo_lat"]), float(raw["geo_long"])
    except (KeyError, TypeError, ValueError):
        return
    if -90 <= lat <= 90 and -180 <= lon <= 180:
        yield Point(float(lat), float(lon))


def _date(text: str | None, parsed: Any, now: datetime) -> tuple[datetime | None, bool]:
    """Return an aware UTC time, or None and whether there was a date that cannot be right."""
    if slashes := _Y_M_D.match(text or ""):  # feedparser takes 2020/1/10 for November
        parts: Any = (int(slashes[1]), int(slashes[2]), int(slashes[3]), 0, 0, 0)
    else:
        parts = parsed
    if not parts:
        return None, bool(text)
    try:
        at = datetime.fromtimestamp(calendar.timegm((*parts[:6], 0, 0, 0)), UTC)
        datetime(int(parts[0]), int(parts[1]), int(parts[2]), tzinfo=UTC)  # timegm takes the 40th of a month
    except (ValueError, OverflowError, OSError):
        return None, True
    return (at, False) if OLDEST <= at <= now + FUTURE_ALLOWED else (None, True)


def _ttl(head: Any) -> timedelta | None:
    """The document's own wish: RSS `ttl` in minutes, or the syndication module's period if it is not the default."""
    ttl = str(head.get("ttl") or "")
    if re.fullmatch(r"[0-9]{1,6}", ttl) and int(ttl):
        return timedelta(minutes=int(ttl))
    period = _PERIODS.get(str(head.get("sy_updateperiod") or "").strip())
    frequency = str(head.get("sy_updatefrequency") or "1").strip()
    if period is None or not re.fullmatch(r"[1-9][0-9]{0,4}", frequency):
        return None
    if period == 3600 and frequency == "1":
        return None  # WordPress writes it into every feed
    return timedelta(seconds=period / int(frequency))


def _what_it_is(body: bytes, trouble: Any) -> str:
    if _HTML.match(body[:4000].lstrip(b"\xef\xbb\xbf")):
        title = re.search(rb"(?is)<title[^>]{0,200}>(.{0,200}?)</title>", body[:20_000])
        shown = one_line(html_to_text(title[1].decode("utf-8", "replace")))[:80] if title else ""
        return "a web page, not a feed" + (f" ({shown!r})" if shown else "")
    start = one_line(body[:60].decode("utf-8", "replace"))
    why = f"; {one_line(str(trouble))}" if trouble is not None else ""
    return f"not a feed: it begins with {start!r}{why}"[:300]


# ---------------------------------------------------------------- JSON Feed 1.0 and 1.1


def _json_feed(body: bytes, now: datetime) -> ParseResult:
    try:
        data = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return ParseFailed(ParseFailure.NOT_A_FEED, f"JSON that is cut or malformed: {error}")
    version = data.get("version") if isinstance(data, dict) else None
    if not isinstance(version, str) or "jsonfeed.org" not in version:
        return ParseFailed(ParseFailure.NOT_A_FEED, "JSON, but no JSON Feed: it has no 'version' of jsonfeed.org")
    raws = data.get("items")
    items = [raw for raw in raws if isinstance(raw, dict)] if isinstance(raws, list) else []
    notes = () if isinstance(raws, list) and len(items) == len(raws) else ("some items are not JSON objects",)
    return ParsedFeed(
        title=one_line(_str(data, "title")),
        version="json11" if version.rstrip("/").endswith("1.1") else "json1",
        entries=tuple(_json_entry(item, now) for item in items),
        link=_str(data, "home_page_url") or None,
        language=_str(data, "language") or None,
        notes=notes,
    )


def _json_entry(raw: Mapping[str, Any], now: datetime) -> Entry:
    html, plain = _str(raw, "content_html"), _str(raw, "content_text")
    tags = raw.get("tags")
    authors = raw.get("authors") if isinstance(raw.get("authors"), list) else [raw.get("author")]
    names = [one_line(_str(a, "name")) for a in authors or () if isinstance(a, dict)]
    files = raw.get("attachments")
    return Entry(
        id=str(raw.get("id") if raw.get("id") is not None else ""),
        title=one_line(html_to_text(_str(raw, "title"))),
        summary=html_to_text(_str(raw, "summary")),
        content=html_to_text(html) if html else clean(plain),
        link=_str(raw, "url") or _str(raw, "external_url") or None,
        author=", ".join(name for name in names if name),
        categories=tuple(one_line(t) for t in tags if isinstance(t, str)) if isinstance(tags, list) else (),
        published_at=_iso(_str(raw, "date_published"), now),
        updated_at=_iso(_str(raw, "date_modified"), now),
        lang=_str(raw, "language") or None,
        enclosures=tuple(
            Enclosure(_str(f, "url"), _str(f, "mime_type"))
            for f in (files if isinstance(files, list) else ())
            if isinstance(f, dict) and _str(f, "url")
        ),
    )


def _str(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _iso(text: str, now: datetime) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    return at if OLDEST <= at <= now + FUTURE_ALLOWED else None


# ---------------------------------------------------------------- ids, links, encodings


def _completed(entry: Entry, feed: str, base: str, lang: str | None) -> Entry:
    """Give an entry its feed, an absolute link, a language, and an id where it has none."""
    link = _absolute(entry.link, base)
    entry = replace(entry, feed=feed, link=link, lang=entry.lang or lang)
    if entry.id:
        return entry
    if link:
        return replace(entry, id=link, id_origin=IdOrigin.LINK)
    text = f"{entry.title}\x1f{entry.summary}\x1f{entry.content}"
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
    return replace(entry, id=f"hash:{digest}", id_origin=IdOrigin.HASH)


def _absolute(link: str | None, base: str) -> str | None:
    if not link:
        return None
    try:
        joined = urljoin(base, link.strip()) if base else link.strip()
        urlsplit(joined)
    except ValueError:
        return None
    return joined


def _distinct(entries: Iterable[Entry]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Keep entries apart that share an id but not their text; drop only what stands twice word for word."""
    kept: dict[str, Entry] = {}
    counts: Counter[str] = Counter()
    for entry in entries:
        counts[entry.id_origin] += 1
        first = kept.get(entry.id)
        if first is None:
            kept[entry.id] = entry
        elif first.content_hash != entry.content_hash:
            kept.setdefault(f"{entry.id}#{entry.content_hash[:16]}", _with_hash(entry))
            counts["shared"] += 1
        else:
            counts["repeated"] += 1
    notes = []
    if without := counts[IdOrigin.LINK] + counts[IdOrigin.HASH]:
        notes.append(f"{without} entries have no id; their link or text stands for it")
    if counts["shared"]:
        notes.append(f"{counts['shared']} entries share an id with another; they were kept apart by their text")
    if counts["repeated"]:
        notes.append(f"{counts['repeated']} entries stand twice word for word")
    return tuple(kept.values()), tuple(notes)


def _with_hash(entry: Entry) -> Entry:
    return replace(entry, id=f"{entry.id}#{entry.content_hash[:16]}", id_origin=IdOrigin.HASH)


def _refused_encoding(body: bytes, content_type: str) -> str | None:
    """Return a declared encoding that Python knows but no honest feed uses."""
    declared = _DECLARED.search(body[:1000])
    names = [declared[1].decode("ascii", "replace")] if declared else []
    names += _CHARSET.findall(content_type)
    for name in names:
        try:
            known = codecs.lookup(name).name
        except LookupError:
            continue  # feedparser guesses, and says so
        if not ENCODINGS.fullmatch(known):
            return name
    return None
