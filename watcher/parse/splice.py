"""Only what is new is parsed: a document is cut into its raw items, and those of the last time are left out.

In real streams of polls a third of the bodies are the same as the last ones, and in most others every
item is: hashing them costs a hundredth of parsing. What is left, the head with the new items and the tail,
is a small document of the same kind, which the feed parser reads to the same entries.

What is remembered of a document is one record for each item: the hash of its raw bytes and the hash of
the id that it was given.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HASH = 8
_RECORD = 2 * _HASH
#: What changes without any news: neither an entry's id nor its text nor its link comes from these, so a change
#: of them is no revision (`Entry.content_hash`). Publishers touch dates and counters at every poll.
#: No tag is looked for beyond the next "<": many that never end would each be read to the document's end.
_QUIET = rb"pubDate|updated|modified|dc:date|author|dc:creator|category|slash:comments|thr:total|lj:reply-count"
_QUIET_TAG = rb"/?media:(?:content|thumbnail|statistics|starRating|community|rating)"
_NO_NEWS = re.compile(
    rb"<(?:(" + _QUIET + rb")\b[^<>]*>(?:[^<]*|<!\[CDATA\[[^<\]]*\]\]>)</\1>"
    rb"|" + _QUIET_TAG + rb"\b[^<>]*>"
    rb"|enclosure\b[^<>]*>)"
)  # fmt: skip
#: The same written in a text, in CDATA or as its markup, is text. Nearly no item has that, and one that has is
#: hashed as it stands: to look is cheaper than to tell tag from text in every item.
_LOOKS_QUIET = re.compile(rb"<(?:" + _QUIET + rb"|" + _QUIET_TAG + rb"|enclosure)\b")
_MARKUP_IN_TEXT = re.compile(
    rb"<((?:(?:dc|itunes|media|xhtml):)?(?:title|description|summary|abstract|body)|content(?::encoded)?)"
    rb"(?:\s[^<>]*)?(?<!/)>[^<]*<(?!/\1>|!\[CDATA\[)"
)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?(?:rss|feed|rdf)\b[^<>]*>", re.IGNORECASE)
_FIRST = re.compile(rb"<(item|entry)[\s>]")
_SPACE = re.compile(rb"[ \t\r\n]*")
#: Items beyond this are not worth remembering.
_MAX_ITEMS = 5000
#: Items are hashed in the daemon's own process, which no document may hold up; longer ones are the parser's.
_MAX_QUICK_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Pieces:
    """A document, cut: `head + items + tail` are its bytes, but for white space between items."""

    head: bytes
    items: tuple[bytes, ...]
    tail: bytes

    def only(self, numbers: Sequence[int]) -> bytes:
        """Return the document with no other items than these."""
        return b"".join((self.head, *(self.items[n] for n in numbers), self.tail))


def cut(body: bytes) -> Pieces | None:
    """Cut an RSS, RDF or Atom document at its items; None where that is not certain.

    Certain means: one run of items with nothing but white space between them, each with one
    start and one end tag of its name, and none of that name before or after. So CDATA or
    comments that hold such tags, nested items and wide encodings are left to the parser.
    """
    first = _FIRST.search(body)
    if first is None or b"\0" in body[:200]:
        return None
    name = first[1]
    start, end = b"<" + name, b"</" + name + b">"
    items: list[bytes] = []
    at = first.start()
    while body.startswith(start, at) and body[at + len(start) : at + len(start) + 1] in b" \t\r\n>":
        stop = body.find(end, at)
        if stop == -1 or len(items) >= _MAX_ITEMS:
            return None
        stop += len(end)
        items.append(body[at:stop])
        space = _SPACE.match(body, stop)
        at = space.end() if space else stop
    head, tail = body[: first.start()], body[at:]
    if _FIRST.search(tail) or not (
        body.count(start) == body.count(end[:-1]) == len(items) or _each_once(name, tail, items)
    ):
        return None
    return Pieces(head, tuple(items), tail)


def _each_once(name: bytes, tail: bytes, items: list[bytes]) -> bool:
    """Say whether each item has one start and one end tag of its name, where others begin alike (`itemId`)."""
    tag = re.compile(b"</?" + name + rb"[\s>]")
    return not tag.search(tail) and all(len(tag.findall(item)) == 2 for item in items)


def hashes(pieces: Pieces) -> list[bytes]:
    """Return the hash of each raw item, less what is no news: how much white space stands somewhere is none.

    The document's start goes into each: under another encoding, namespace or base the same bytes say something else.
    """
    root = _ROOT.search(pieces.head)
    start = pieces.head[: root.end()] if root else pieces.head
    begun, found = hashlib.blake2b(start, digest_size=_HASH), []
    for item in pieces.items:
        hashed = begun.copy()
        hashed.update(b" ".join((item if _has_tags_as_text(item) else _NO_NEWS.sub(b"", item)).split()))
        found.append(hashed.digest())
    return found


def _has_tags_as_text(item: bytes) -> bool:
    """Say whether what looks like one of the tags that bring no news may be part of a text."""
    start = item.find(b"<![CDATA[")
    while start != -1:
        stop = item.find(b"]]>", start)
        stop = len(item) if stop == -1 else stop + 3
        if _LOOKS_QUIET.search(item, start, stop):
            return True
        start = item.find(b"<![CDATA[", stop)
    return bool(_MARKUP_IN_TEXT.search(item))


def records(item_hashes: Sequence[bytes], ids: Sequence[str]) -> bytes:
    """Return what to remember of a document whose items have these ids, in the same order."""
    return b"".join(h + id_hash(i) for h, i in zip(item_hashes, ids, strict=True))


def known(remembered: bytes) -> dict[bytes, bytes]:
    """Return what is remembered: raw item's hash → hash of its id."""
    return dict(_pairs(remembered))


def _pairs(remembered: bytes) -> Iterator[tuple[bytes, bytes]]:
    for at in range(0, len(remembered) - _RECORD + 1, _RECORD):
        yield remembered[at : at + _HASH], remembered[at + _HASH : at + _RECORD]


def quick_hashes(body: bytes) -> list[bytes] | None:
    """Return the hash of each raw item; None where a document cannot be cut for certain, or has more than 2 MB.

    Takes time in proportion to the body, whatever it holds.
    """
    pieces = cut(body) if len(body) <= _MAX_QUICK_BYTES else None
    return None if pieces is None else hashes(pieces)


def are_known(item_hashes: Sequence[bytes] | None, remembered: bytes) -> bool:
    """Say whether all of these items are among the remembered ones, so that parsing them brings nothing.

    Not where there is no telling.
    """
    return item_hashes is not None and known(remembered).keys() >= set(item_hashes)


def id_hash(entry_id: str) -> bytes:
    """Return the short hash that stands for an id."""
    return _hash(entry_id.encode("utf-8", "replace"))


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_HASH).digest()
