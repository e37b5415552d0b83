"""Bytes to entries. Everything odd becomes a note or a reason, never an exception."""

from dataclasses import replace
from datetime import datetime

from watcher.model import ParseFailed, ParseFailure, ParseResult
from watcher.parse import jsonfeed, xmlfeed
from watcher.parse.encoding import RefusedEncoding, decode
from watcher.parse.identity import completed, distinct, language, storable

__all__ = ["parse_feed"]


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
    if not body.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return ParseFailed(ParseFailure.EMPTY, "the body is empty")
    try:
        text, remark = decode(body, content_type, default_lang)
    except RefusedEncoding as refused:
        return ParseFailed(ParseFailure.NOT_A_FEED, f"the encoding {str(refused)!r} is not one that feeds use")
    text = text.lstrip("\ufeff \t\r\n\x00")
    parsed = jsonfeed.read(text, now) if text[:1] in ("{", "[") else xmlfeed.read(text, now)
    if isinstance(parsed, ParseFailed):
        return parsed
    lang = language(parsed.language)
    entries, notes = distinct(completed(entry, feed, url, lang or default_lang) for entry in parsed.entries)
    return replace(
        parsed,
        entries=entries,
        link=storable(parsed.link) or None,
        language=lang,
        notes=(*((remark,) if remark else ()), *parsed.notes, *notes),
    )
