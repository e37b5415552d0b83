"""What the index keeps of an entry: its first words as hashes; beside it, for explanations, its first characters.

The hashed part stays in memory (4 bytes a word and 9 more); the text is stored with it in the
database and looked at only when two entries are found to be one story.
"""

import re
import struct
import zlib
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from watcher.dedup.credit import credit_of
from watcher.dedup.words import hashes, leading_words
from watcher.model import Entry
from watcher.text import one_line

VERSION = 2
#: Words of title and body that are looked at. Footers and "read more" stand behind them.
WORDS = 100
#: Of these, at most so many may be the title's: some feeds put whole texts there.
TITLE_WORDS = 40
#: Characters of title and body that are kept for explanations and facts.
SHOWN = 900
#: Version, words of the title, hashes of link and host.
_HEAD = struct.Struct("<BBII")
#: Parameters of an address that name no page.
_TRACKING = re.compile(r"(?i)[?&](?:utm_[^&#]*|fbclid=[^&#]*|gclid=[^&#]*|at_[^&#]*|cmpid=[^&#]*|rss[^&#]*)")
_MOBILE = re.compile(r"^(?:www|m|amp|mobile|feeds|rss)\.")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """An entry as dedup sees it."""

    #: Header and hashed words, little-endian.
    core: bytes
    #: Its first characters, zlib; empty when there are none.
    packed: bytes = b""
    #: Outlet that the text credits; None if none is named.
    credits: str | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """Title and beginning of the body, a line each."""
        return zlib.decompress(self.packed).decode("utf-8", "replace") if self.packed else ""

    def to_bytes(self) -> bytes:
        """Return the stored form, the same on every machine; who is credited stands elsewhere."""
        return struct.pack("<H", len(self.core)) + self.core + self.packed

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Fingerprint":
        """Read the stored form.

        Raises:
            ValueError: it is of another version or damaged.
        """
        if len(raw) < 2 + _HEAD.size or (size := struct.unpack_from("<H", raw)[0]) < _HEAD.size or len(raw) < 2 + size:
            raise ValueError("a damaged fingerprint: it is cut short")
        if raw[2] != VERSION:
            raise ValueError(f"a fingerprint of version {raw[2]}, {VERSION} is wanted")
        return cls(bytes(raw[2 : 2 + size]), bytes(raw[2 + size :]))


def fingerprint(entry: Entry) -> Fingerprint:
    """Return an entry's fingerprint. Linear in the first 6,000 characters; never raises."""
    body = entry.content if len(entry.content) > len(entry.summary) else entry.summary
    title = hashes(leading_words(entry.title, TITLE_WORDS))
    numbers = title + hashes(leading_words(body, WORDS - len(title)))
    head = _HEAD.pack(VERSION, len(title), _address_hash(entry.link), _host_hash(entry.link))
    shown = f"{one_line(entry.title[:SHOWN])}\n{body[:SHOWN]}"[:SHOWN]
    packed = zlib.compress(shown.encode("utf-8", "replace"), 1)
    return Fingerprint(head + struct.pack(f"<{len(numbers)}I", *numbers), packed, credit_of(entry))


def canonical_link(link: str) -> str:
    """Return an address without what does not name the page: scheme, www, tracking, fragment, last slash."""
    try:
        parts = urlsplit(_TRACKING.sub("", link.strip()))
    except ValueError:
        return link
    query = f"?{parts.query}" if parts.query else ""
    return _MOBILE.sub("", parts.netloc.lower()) + parts.path.rstrip("/") + query


# ---------------------------------------------------------------- inside


def _address_hash(link: str | None) -> int:
    if not link:
        return 0
    name = canonical_link(link)
    return zlib.crc32(name.encode("utf-8", "replace")) if "/" in name or "?" in name else 0


def _host_hash(link: str | None) -> int:
    """Hash of the link's host, as a sign of the outlet."""
    if not link or "//" not in link:
        return 0
    host = link.split("//", 1)[1].split("/", 1)[0].lower()
    return zlib.crc32(_MOBILE.sub("", host).encode("utf-8", "replace"))
