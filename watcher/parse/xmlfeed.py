"""RSS, RDF and Atom to entries, through feedparser."""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import feedparser
from feedparser.mixin import _FeedParserMixin

from watcher.model import Entry, Hub, ParsedFeed, ParseFailed, ParseFailure, ParseResult, Source
from watcher.parse import extensions, geo, guard, plain, sitemap
from watcher.parse.dates import from_parts
from watcher.text import clean, html_to_text, one_line, plural

_HTML = re.compile(r"(?i)\s*(?:<!--(?>.*?-->)\s*)*+(?:<!doctype\s+html|<html|<head|<body)", re.DOTALL)
#: What tells markup from a lone "<" in text that says it is plain.
_MARKUP = re.compile(
    r"</?(?:a|b|i|u|p|em|br|div|img|span|font|strong|small|sup|sub|ul|ol|li|h[1-6])\b[^<>]*>|<!\[CDATA\["
)
_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}
_DAYS = {day: n for n, day in enumerate("monday tuesday wednesday thursday friday saturday sunday".split())}
_SKIP_HOURS = re.compile(r"<skipHours>(.{0,2000}?)</skipHours>", re.DOTALL | re.IGNORECASE)
_SKIP_DAYS = re.compile(r"<skipDays>(.{0,2000}?)</skipDays>", re.DOTALL | re.IGNORECASE)
#: A SAX driver for feedparser that joins neighbouring pieces of text: a quarter less time, the same entries.
feedparser.api.PREFERRED_XML_PARSERS = ["watcher.parse.expat"]
#: Positions are read by `geo`; feedparser breaks down on odd ones, and the whole document with it.
for _name in ("_end_gml_pos", "_end_gml_poslist"):
    setattr(_FeedParserMixin, _name, lambda parser: parser.pop("pos"))
for _name in ("point", "line", "polygon", "box"):
    setattr(_FeedParserMixin, f"_end_georss_{_name}", lambda parser: parser.pop("geometry"))
_HEADERS = {"content-type": "application/xml; charset=utf-8"}


def read(text: str, now: datetime) -> ParseResult:
    """Read an XML feed; `text` is the whole document."""
    if _HTML.match(text[:20_000]):
        return ParseFailed(ParseFailure.NOT_A_FEED, _web_page(text))
    text = guard.tidy(text)
    data = text.encode()
    if (quickly := plain.read(data)) is not None:
        return _feed(quickly, text, guard.Shape(), now)
    try:
        shape = guard.measure(data)
    except guard.TooMuch as error:
        return ParseFailed(ParseFailure.NOT_A_FEED, f"no honest feed: {error}")
    if not shape.root:
        return ParseFailed(ParseFailure.NOT_A_FEED, _not_a_feed(text, shape.error))
    if shape.root in sitemap.ROOTS:
        return sitemap.read(data, shape.root, now)
    try:
        document = parse(data)
    except (MemoryError, RecursionError):
        raise  # the worker's business
    except Exception as error:
        message = f"the document cannot be read: {type(error).__name__}: {one_line(str(error))}"
        return ParseFailed(ParseFailure.NOT_A_FEED, message[:300])
    if not document.entries and (shape.error or not document.version):
        return ParseFailed(ParseFailure.NOT_A_FEED, _not_a_feed(text, shape.error))
    return _feed(document, text, shape, now)


def parse(data: bytes) -> Any:
    """Call feedparser on UTF-8 bytes.

    A bare byte string would be tried as a file name first. Sanitising and relative links in
    the text cost half the time, and the text is stripped of its markup here anyway. It is not
    told the document's address, because it would make ids absolute with it: they would all
    change when a site moves from http to https.
    """
    return feedparser.parse(
        io.BytesIO(data), response_headers=_HEADERS, sanitize_html=False, resolve_relative_uris=False
    )


def _feed(document: Any, text: str, shape: guard.Shape, now: datetime) -> ParsedFeed:
    cut = bool(shape.error) and guard.is_cut(text)
    whole = document.entries[:-1] if cut and guard.ends_in_an_entry(text) else document.entries
    places = geo.read(text)
    places += [geo.Where()] * (len(whole) - len(places))
    read_ones = [_entry(raw, where, now) for raw, where in zip(whole, places, strict=False)]
    count, misdated = len(read_ones), sum(bad for _, bad in read_ones)
    notes = []
    if shape.error:
        what = "breaks off before its end" if cut else "is malformed"
        stump = ", without the one that it breaks off in" if len(whole) < len(document.entries) else ""
        notes.append(f"the document {what} ({shape.error}); {plural(count, 'entry was', 'entries were')} read{stump}")
    if misdated:
        notes.append(f"{misdated} of {count} entries have a date that cannot be right; it was left out")
    notes += _misplaced(places, count)
    head = document.feed
    return ParsedFeed(
        title=one_line(html_to_text(head.get("title") or "")),
        version=document.version or "unknown",
        entries=tuple(entry for entry, _ in read_ones),
        link=head.get("link"),
        language=head.get("language") or None,
        ttl=_ttl(head),
        notes=tuple(notes),
        cut=cut,
        odd=bool(shape.error or document.bozo),
        skip_hours=frozenset(_skipped(_SKIP_HOURS, text, _hour)),
        skip_days=frozenset(_skipped(_SKIP_DAYS, text, _DAYS.get)),
        hub=_hub(head),
    )


def _hub(head: Any) -> Hub | None:
    """The WebSub hub that the document's own links name (WebSub §4)."""
    links = [(str(link.get("rel") or "").split(), str(link.get("href") or "")) for link in head.get("links") or ()]
    hub, topic = (next((href for rels, href in links if name in rels and href), "") for name in ("hub", "self"))
    return Hub(hub, topic) if hub else None


def _misplaced(places: list[geo.Where], count: int) -> Iterator[str]:
    swapped, left_out = sum(bool(w.swapped) for w in places), sum(bool(w.left_out) for w in places)
    if swapped:
        yield f"{swapped} of {count} entries have latitude and longitude swapped; they were read the other way round"
    if left_out:
        yield f"{left_out} of {count} entries have a position that is none (0,0 or off the globe); it was left out"


def _entry(raw: Any, where: geo.Where, now: datetime) -> tuple[Entry, bool]:
    """Return the entry, and whether one of its dates was impossible."""
    # dict.get: feedparser's own answers "updated" with "published", and warns.
    published, bad = from_parts(dict.get(raw, "published"), dict.get(raw, "published_parsed"), now)
    updated, bad_too = from_parts(dict.get(raw, "updated"), dict.get(raw, "updated_parsed"), now)
    contents = [_text(c) for c in raw.get("content") or () if c.get("value")]
    entry = Entry(
        id=str(raw.get("id") or ""),
        title=one_line(_text(raw.get("title_detail") or {"value": raw.get("title") or ""})),
        summary=_summary(raw),
        content=max(contents, key=len, default=""),
        link=_link(raw),
        author=one_line(html_to_text(raw.get("author") or "")),
        categories=extensions.categories(raw, where.codes),
        published_at=published or updated,
        updated_at=updated,
        lang=(raw.get("title_detail") or {}).get("language") or None,
        source=_source(raw.get("source")),
        enclosures=tuple(extensions.enclosures(raw)),
        points=tuple(where.points),
        severity=extensions.severity(raw),
    )
    return entry, bad or bad_too


def _text(detail: Mapping[str, Any]) -> str:
    """Plain text of a text construct; RSS has HTML where it says nothing, some Atom where it says plain."""
    value = detail.get("value") or ""
    if detail.get("type") == "text/plain" and "&" not in value and not _MARKUP.search(value):
        return clean(value)
    return html_to_text(value)


def _source(raw: Any) -> Source | None:
    if not raw:
        return None
    return Source(one_line(html_to_text(raw.get("title") or "")), raw.get("href") or raw.get("link") or "")


def _link(raw: Any) -> str | None:
    """The entry's link; feedparser lets an id stand for it, which is right only for an address."""
    link = raw.get("link") or None
    if link and raw.get("id") == link and not re.match(r"https?://", link, re.IGNORECASE):
        return None
    return link


def _summary(raw: Any) -> str:
    """The summary, and the area of an alert, which says where and stands nowhere else."""
    summary = _text(raw.get("summary_detail") or {"value": raw.get("summary") or ""})
    area = one_line(html_to_text(extensions.area(raw)))
    return f"{summary}\n{area}".strip() if area and area not in summary else summary


# ---------------------------------------------------------------- how often it wants to be asked


def _ttl(head: Any) -> timedelta | None:
    """The document's own wish: RSS `ttl` in minutes, or the syndication module's period if it is not the default."""
    ttl = str(head.get("ttl") or "")
    if re.fullmatch(r"[0-9]{1,6}", ttl) and int(ttl):
        return timedelta(minutes=int(ttl))
    period = _PERIODS.get(str(head.get("sy_updateperiod") or "").strip().lower())
    frequency = str(head.get("sy_updatefrequency") or "1").strip()
    if period is None or not re.fullmatch(r"[1-9][0-9]{0,4}", frequency):
        return None
    if period == 3600 and frequency == "1":
        return None  # WordPress writes it into every feed
    return timedelta(seconds=period / int(frequency))


def _skipped(block: re.Pattern[str], text: str, read_one: Any) -> Iterator[int]:
    """Read `skipHours` or `skipDays` of the head, which feedparser leaves out."""
    found = block.search(text[:50_000])
    for word in re.findall(r">\s*(\w{1,9})\s*<", f">{found[1]}<" if found else ""):
        value = read_one(word.lower())
        if value is not None:
            yield value


def _hour(word: str) -> int | None:
    """RSS 2.0 counts hours 0-23 in GMT, RSS 0.91 1-24."""
    return int(word) % 24 if word.isascii() and word.isdecimal() and int(word) <= 24 else None


# ---------------------------------------------------------------- what it is instead


def _web_page(text: str) -> str:
    title = re.search(r"(?is)<title[^>]{0,200}>(.{0,200}?)</title>", text[:20_000])
    shown = one_line(html_to_text(title[1]))[:80] if title else ""
    return "a web page, not a feed" + (f" ({shown!r})" if shown else "")


def _not_a_feed(text: str, why: str) -> str:
    root = re.match(r"<(?:[\w.-]+:)?(rss|feed|rdf)\b", text, re.IGNORECASE)
    what = "a feed that is cut or malformed before its first entry" if root else "not a feed"
    return f"{what}: it begins with {one_line(text[:60])!r}{f'; {why}' if why else ''}"[:300]
