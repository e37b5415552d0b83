"""Only what is new is parsed: a document is cut into its raw items, and those of the last time are left out.

In real streams of polls a third of the bodies are the same as the last ones, and in most others every
item is: hashing them costs a hundredth of parsing. What is left, the head with the new items and the tail,
is a small document of the same kind, which the feed parser reads to the same entries.

What is remembered of a document is one record for each item: two hashes of its raw bytes and the hash of
the id that it was given. The first hash is quick: what is no news is blanked out where it stands. The second is
careful: it is left out, with white space that tells nothing, unless it may be text. An item whose quick hash is
remembered has the careful one too: its blanks stand where the other's did, and that one was looked at carefully.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

_HASH = 8
_RECORD = 3 * _HASH
#: Begins what is remembered; of what older watchers remember nothing is known.
_FORM = b"\x02"
#: What changes without any news: neither an entry's id nor its text nor its link comes from these, so a change
#: of them is no revision (`Entry.content_hash`). Publishers touch dates and counters at every poll.
#: No tag is looked for beyond the next "<": many that never end would each be read to the document's end.
_QUIET = rb"pubDate|updated|modified|dc:date|author|dc:creator|category|slash:comments|thr:total|lj:reply-count"
_QUIET_TAG = rb"/?media:(?:content|thumbnail|statistics|starRating|community|rating)"
#: Stands for what is no news. No document that has it itself is cut.
_BLANK = b"\0"
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
_SPACE = b" \t\r\n"
_BEHIND_NAME = _SPACE + b">"
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
    #: The tag that ends each item.
    end: bytes

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
    if first is None or _BLANK in body:
        return None
    name = first[1]
    start, end = b"<" + name, b"</" + name + b">"
    *run, tail = body[first.start() :].split(end, _MAX_ITEMS + 1)
    items = tuple([piece.lstrip(_SPACE) + end for piece in run])
    behind = len(start)
    if not 0 < len(items) <= _MAX_ITEMS:
        return None
    if not all(item.startswith(start) and item[behind] in _BEHIND_NAME for item in items):
        return None
    if _FIRST.search(tail) or not (
        body.count(start) == body.count(end[:-1]) == len(items) or _each_once(name, tail, items)
    ):
        return None
    return Pieces(body[: first.start()], items, tail.lstrip(_SPACE), end)


def _each_once(name: bytes, tail: bytes, items: Sequence[bytes]) -> bool:
    """Say whether each item has one start and one end tag of its name, where others begin alike (`itemId`)."""
    tag = re.compile(b"</?" + name + rb"[\s>]")
    return not tag.search(tail) and all(len(tag.findall(item)) == 2 for item in items)


def hashes(pieces: Pieces, remembered: bytes | None = None) -> list[bytes]:
    """Return both hashes of each raw item, quickly for those that are remembered.

    The document's start goes into each: under another encoding, namespace or base the same bytes say something else.
    """
    root = _ROOT.search(pieces.head)
    begun = hashlib.blake2b(pieces.head[: root.end()] if root else pieces.head, digest_size=_HASH)
    careful = {record[:_HASH]: record[_HASH : 2 * _HASH] for record in _records(remembered)}
    found = []
    # All at once: nothing that is no news reaches beyond an item's end.
    blanked = _NO_NEWS.sub(_BLANK, b"".join(pieces.items)).split(pieces.end)
    for raw, quick in zip(pieces.items, blanked, strict=False):
        first = _digest(begun, quick)
        second = careful.get(first)
        if second is None:
            as_text = _has_tags_as_text(raw)
            second = _digest(begun, b" ".join((raw if as_text else _NO_NEWS.sub(b"", raw)).split()))
            first = second if as_text else first
        found.append(first + second)
    return found


def _digest(begun: "hashlib.blake2b", data: bytes) -> bytes:
    hashed = begun.copy()
    hashed.update(data)
    return hashed.digest()


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
    return _FORM + b"".join(h + id_hash(i) for h, i in zip(item_hashes, ids, strict=True))


def known(remembered: bytes) -> dict[bytes, bytes]:
    """Return what is remembered: raw item's careful hash → hash of its id."""
    return {record[_HASH : 2 * _HASH]: record[2 * _HASH :] for record in _records(remembered)}


def careful(item_hash: bytes) -> bytes:
    """Return the hash that tells whether an item is known."""
    return item_hash[_HASH:]


def _records(remembered: bytes | None) -> list[bytes]:
    if not remembered or not remembered.startswith(_FORM) or len(remembered) % _RECORD != 1:
        return []
    return [remembered[at : at + _RECORD] for at in range(1, len(remembered), _RECORD)]


def quick_hashes(body: bytes, remembered: bytes) -> list[bytes] | None:
    """Return both hashes of each raw item; None where a document cannot be cut for certain, or has more than 2 MB.

    Takes time in proportion to the body, whatever it holds.
    """
    pieces = cut(body) if len(body) <= _MAX_QUICK_BYTES else None
    return None if pieces is None else hashes(pieces, remembered)


def are_known(item_hashes: Sequence[bytes] | None, remembered: bytes) -> bool:
    """Say whether all of these items are among the remembered ones, so that parsing them brings nothing.

    Not where there is no telling.
    """
    return item_hashes is not None and known(remembered).keys() >= set(map(careful, item_hashes))


def id_hash(entry_id: str) -> bytes:
    """Return the short hash that stands for an id."""
    return hashlib.blake2b(entry_id.encode("utf-8", "replace"), digest_size=_HASH).digest()
