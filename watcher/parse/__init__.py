"""Bytes to entries. Everything odd becomes a note or a reason, never an exception."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from watcher.model import Hub, ParsedFeed, ParseFailed, ParseFailure, ParseResult
from watcher.parse import jsonfeed, splice
from watcher.parse.encoding import RefusedEncoding, decode
from watcher.parse.identity import absolute, completed, distinct, language, storable

__all__ = ["parse_feed"]

_Reading = tuple[ParseResult, list[str]]


def parse_feed(
    body: bytes,
    *,
    now: datetime,
    content_type: str = "",
    url: str = "",
    feed: str = "",
    default_lang: str | None = None,
    remembered: bytes | None = None,
    hashes: Sequence[bytes] | None = None,
) -> ParseResult:
    """Parse RSS, RDF, Atom or JSON Feed into plain-text entries, in the order of the document.

    `feed` becomes the entries' feed id, `url` the base of relative links, `default_lang` their
    language where the document names none. With `remembered`, the `items` of the last document,
    only entries whose raw items are new come back, where that gives the same as reading the
    whole; `hashes` are those of its items, if they are known. Never raises for what a document
    holds; time and memory are bounded by who calls (`workers.ParsePool`).
    """
    read = partial(_read, now=now, content_type=content_type, url=url, feed=feed, default_lang=default_lang)
    pieces = splice.cut(body)
    if pieces is None:
        return read(body)[0]
    if hashes is None:
        hashes = splice.hashes(pieces, remembered)
    if (
        remembered
        and _certain(body, content_type, default_lang)
        and (found := _new_only(pieces, hashes, splice.known(remembered), read))
    ):
        return found
    result, ids = read(body)
    return _remembering(result, hashes, ids) if isinstance(result, ParsedFeed) else result


def _certain(body: bytes, content_type: str, lang: str | None) -> bool:
    """Say whether the encoding is beyond doubt: of a part of the document another might be guessed."""
    try:
        return not decode(body, content_type, lang)[1]
    except RefusedEncoding:
        return False


def _new_only(
    pieces: splice.Pieces, hashes: Sequence[bytes], known: dict[bytes, bytes], read: Callable[[bytes], _Reading]
) -> ParsedFeed | None:
    """Read the document without the items that are known; None if the whole must be read."""
    names = [splice.careful(h) for h in hashes]
    numbers = [n for n, name in enumerate(names) if name not in known]
    of_old = [h + known[name] for h, name in zip(hashes, names, strict=True) if name in known]
    kept = {known[name] for name in names if name in known}
    result, ids = read(pieces.only(numbers))
    if not isinstance(result, ParsedFeed) or len(ids) != len(numbers) or kept & {splice.id_hash(i) for i in ids}:
        return None  # an id that an item of old has too: only the whole document keeps them apart
    fresh = _remembering(result, [hashes[n] for n in numbers], ids)
    if fresh.items is None:
        return None
    return replace(fresh, left_out=len(of_old), items=fresh.items + b"".join(of_old))


def _remembering(result: ParsedFeed, hashes: Sequence[bytes], ids: list[str]) -> ParsedFeed:
    """Add what to remember, unless the document is odd in a way in which its items depend on each other."""
    apart = {entry.id for entry in result.entries} != set(ids)
    if apart or result.odd or len(ids) != len(hashes):
        return result
    return replace(result, items=splice.records(hashes, ids))


def _read(body: bytes, *, now: datetime, content_type: str, url: str, feed: str, default_lang: str | None) -> _Reading:
    """Read a whole document; return with it the ids of its entries before any were kept apart."""
    if not body.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return ParseFailed(ParseFailure.EMPTY, "the body is empty"), []
    try:
        text, remark = decode(body, content_type, default_lang)
    except RefusedEncoding as refused:
        failure = ParseFailed(ParseFailure.NOT_A_FEED, f"the encoding {str(refused)!r} is not one that feeds use")
        return failure, []
    from watcher.parse import xmlfeed  # feedparser is for the processes that parse; the daemon's own needs it not

    text = text.lstrip("\ufeff \t\r\n\x00")
    parsed = jsonfeed.read(text, now) if text[:1] in ("{", "[") else xmlfeed.read(text, now)
    if isinstance(parsed, ParseFailed):
        return parsed, []
    lang = language(parsed.language)
    complete = [completed(entry, feed, url, lang or default_lang) for entry in parsed.entries]
    entries, notes = distinct(complete)
    result = replace(
        parsed,
        entries=entries,
        link=storable(parsed.link) or None,
        hub=_hub(parsed.hub, url),
        language=lang,
        notes=(*((remark,) if remark else ()), *parsed.notes, *notes),
        odd=parsed.odd or bool(remark),
    )
    return result, [entry.id for entry in complete]


def _hub(hub: Hub | None, url: str) -> Hub | None:
    """Return a hub with absolute addresses; without one that it names, the feed's own address is its topic."""
    address = absolute(hub.url, url) if hub else None
    if hub is None or address is None or not address.startswith(("http://", "https://")):
        return None
    return Hub(address, absolute(hub.topic, url) or url)
