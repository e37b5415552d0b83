"""The words of a text as numbers: cut quickly, folded once for each spelling, hashed the same everywhere.

The words are those of `watcher.text.words` (a test holds the two together); where the text's
characters allow it they are found with `re`, which takes a third of the time.
"""

import re
import struct
import zlib
from collections.abc import Iterable
from itertools import chain

from watcher.dedup.lexicon import NUMBER_WORDS, counted, withdraws
from watcher.text import fold, raw_words

#: Spellings remembered, about 150 bytes each; when they are too many, remembering starts anew.
REMEMBERED = 150_000
#: Kinds of words, kept in the lowest two bits of a hash. A COUNTED word says what a number counts
#: ("killed"); one that WITHDRAWS takes a claim back ("correction").
PLAIN, NUMBER, COUNTED, WITHDRAWS = 0, 1, 2, 3
KIND = 3
#: A hash.
_HASH = struct.Struct("<I")

#: Characters that `re` and `regex` see alike: Latin, Greek, Cyrillic, Hebrew and Arabic letters
#: without combining marks, usual punctuation, symbols and emoji.
_EASY = (
    "\x00-\xb1\xb4-\xb8\xba\xbb\xbf-\u024f\u0370-\u0482\u048a-\u052f\u05d0-\u05ea\u060c\u061b\u061f\u0621-\u064a"
    "\u0660-\u0669\u066e\u066f\u0671-\u06d3\u06f0-\u06f9\u06fa-\u06ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf"
    "\u2116\u2122\u2190-\u245f\u2500-\u2775\u2794-\u2bff\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f900-\U0001faff"
)
#: Marks and joiners that stand inside words of these scripts (Arabic vowels, accents on their own).
_MARKS = "\u0300-\u036f\u064b-\u065f\u0670\u200c\u200d"
_NOT_EASY = re.compile(f"[^{_EASY}]")
_NOT_MARKED = re.compile(f"[^{_EASY}{_MARKS}]")
_EASY_WORD = re.compile(r"[^\W\d_]+|\d+")
_MARKED_WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]+|[{_MARKS}]+)*|\d+")
#: ASCII byte → the same in small letters, a space for whatever stands between words.
_SEPARATED = bytes(ord(chr(code).lower()) if chr(code).isalnum() else 32 for code in range(128)).ljust(256)
#: The commonest signs beyond ASCII that stand between words.
_TYPOGRAPHY = "\u2019\u2018\u201c\u201d\u2013\u2014\u2026\xa0\xa3\u20ac"
#: Characters in which a text's first words are looked for, at first and at most.
_FIRST_LOOK, _LAST_LOOK = 1200, 6000


def leading_hashes(text: str, limit: int) -> bytes:
    """Return the hashes of a text's first words, at most `limit`, packed; words that fold to nothing are left out.

    Linear in the text's first 6,000 characters; what stands behind them is not read.
    """
    words, found = _leading(text[:_FIRST_LOOK], limit)
    if words < limit and len(text) > _FIRST_LOOK:
        words, found = _leading(text[:_LAST_LOOK], limit)
    return found


def cut(text: str) -> list[str]:
    """Return all words of a text as they are written: those of `text.raw_words`."""
    if not _NOT_EASY.search(text):
        return _EASY_WORD.findall(text)
    if not _NOT_MARKED.search(text):
        return _MARKED_WORD.findall(text)
    return raw_words(text)


def hashes(raw: Iterable[str]) -> list[int]:
    """Return a 32-bit hash for each word of `cut`, its kind in the lowest two bits; none for what folds away."""
    return [number for (number,) in _HASH.iter_unpack(packed(raw))]


def packed(raw: Iterable[str]) -> bytes:
    """Return the same, four bytes a word, little-endian.

    Raises:
        TypeError: one is several words (letters and digits together).
    """
    return b"".join(map(_SPELLINGS.__getitem__, raw))  # type: ignore[arg-type]  # None raises, as is said


def hash_of(word: str) -> int:
    """Return the hash of a folded word, that of "twelve" as of "12"; 0 for the empty word."""
    if not word:
        return 0
    word = str(NUMBER_WORDS.get(word, word))
    number = word.isdecimal()
    kind = (
        NUMBER
        if number
        else COUNTED
        if counted.__wrapped__(word)
        else WITHDRAWS
        if withdraws.__wrapped__(word)
        else PLAIN
    )
    return (zlib.crc32(word.encode("utf-8", "replace")) & ~KIND | kind) or 4


class _Spellings(dict[str, bytes | None]):
    """Spelling → packed hash of its folded form, nothing if that is empty; None for several words ("20th", "Su24")."""

    def __missing__(self, raw: str) -> bytes | None:
        if len(self) >= REMEMBERED:
            self.clear()
        found: bytes | None = None
        if not raw.isascii() or raw.isalpha() or raw.isdecimal() or len(_EASY_WORD.findall(raw)) < 2:
            number = hash_of(fold.__wrapped__(raw))
            found = _HASH.pack(number) if number else b""
        self[raw] = found
        return found


def _leading(text: str, limit: int) -> tuple[int, bytes]:
    """Count the first words of a text, and hash them; where all is ASCII, in a quarter of the time of `cut`."""
    if not text.isascii():
        for sign in _TYPOGRAPHY:
            text = text.replace(sign, " ")
    if not text.isascii():
        words = cut(text)[:limit]
        return len(words), packed(words)
    words = text.encode("ascii").translate(_SEPARATED).decode("ascii").split(None, limit)[:limit]
    try:
        return len(words), packed(words)
    except TypeError:
        pieces = [[w] if _SPELLINGS[w] is not None else _EASY_WORD.findall(w) for w in words]
        words = list(chain.from_iterable(pieces))[:limit]
        return len(words), packed(words)


_SPELLINGS = _Spellings()
