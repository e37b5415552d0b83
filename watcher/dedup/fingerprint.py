"""What the index keeps of an entry: its first words as hashes; beside it, for explanations, its first characters.

The hashed part stays in memory (4 bytes a word and 9 more); the text is stored with it in the
database and looked at only when two entries are found to be one story.
"""

import re
import struct
import zlib
from dataclasses import dataclass, field
from functools import lru_cache

from watcher.dedup.credit import credit_of
from watcher.dedup.words import leading_hashes
from watcher.links import host_and_path
from watcher.model import Entry
from watcher.redirectors import is_asked

#: Changes whenever `words.hash_of` would make other hashes, so whenever a word of `lexicon` does.
VERSION = 3
#: Versions whose words are made anew from the text that they keep.
_OLDER = (2,)
#: Words of title and body that are looked at. Footers and "read more" stand behind them.
WORDS = 100
#: Of these, at most so many may be the title's: some feeds put whole texts there.
TITLE_WORDS = 40
#: Characters of title and body that are kept for explanations and facts.
SHOWN = 900
#: Version, words of the title, hashes of link and host.
_HEAD = struct.Struct("<BBII")
_PACKED, _PLAIN = b"z", b"p"
#: Hosts that many outlets publish on, or are passed on by: they name none.
_PLATFORMS = frozenset(
    """youtube.com youtu.be t.me telegram.me telegra.ph x.com twitter.com nitter.net facebook.com instagram.com
    threads.net bsky.app tiktok.com vk.com ok.ru reddit.com linkedin.com feedburner.com rsshub.app reliefweb.int
    msn.com news.yahoo.com flipboard.com inoreader.com zen.yandex.ru dzen.ru medium.com substack.com tumblr.com
    archive.is archive.ph web.archive.org""".split()
)
#: Below these, each host is an outlet of its own.
_EACH_ITS_OWN = frozenset(
    "wordpress.com blogspot.com substack.com medium.com tumblr.com livejournal.com github.io ghost.io".split()
)
#: An IP address, with a port or without, or a machine of the own network.
_ADDRESS = re.compile(r"[\d.]+(:\d+)?|\[.*|[^.]+(:\d+)?|.*\.(local|internal|lan|localhost)(:\d+)?")
#: Labels before a country's that name no outlet: bbc.co.uk.
_SECOND_LEVELS = frozenset("co com org net gov gob gouv edu ac mil in or ne go".split())


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """An entry as dedup sees it."""

    #: Header and hashed words, little-endian.
    core: bytes
    #: Title and beginning of the body, a line each.
    text: str = ""
    #: Outlet that the text credits; None if none is named.
    credits: str | None = field(default=None, compare=False)

    def to_bytes(self, *, compress: bool = True) -> bytes:
        """Return the stored form, the same on every machine; who is credited stands elsewhere."""
        text = self.text.encode("utf-8", "surrogatepass")
        packed = _PACKED + zlib.compress(text, 1) if compress else _PLAIN + text
        return struct.pack("<H", len(self.core)) + self.core + packed

    @classmethod
    def from_bytes(cls, raw: bytes, *, with_text: bool = True) -> "Fingerprint":
        """Read the stored form; what only compares texts by their words needs no text, and has half the work.

        The words of one that an older watcher made are those of the text that it keeps: at most the first 900
        characters.

        Raises:
            ValueError: it is of another version or damaged.
        """
        if len(raw) < 2 + _HEAD.size or (size := struct.unpack_from("<H", raw)[0]) < _HEAD.size or len(raw) < 2 + size:
            raise ValueError("a damaged fingerprint: it is cut short")
        if raw[2] != VERSION and raw[2] not in _OLDER:
            raise ValueError(f"a fingerprint of version {raw[2]}, {VERSION} is wanted")
        if not with_text and raw[2] == VERSION:
            return cls(bytes(raw[2 : 2 + size]))
        form, packed = raw[2 + size : 3 + size], raw[3 + size :]
        try:
            text = (zlib.decompress(packed) if form == _PACKED else packed).decode("utf-8", "surrogatepass")
        except (zlib.error, UnicodeDecodeError) as error:
            raise ValueError(f"a damaged fingerprint: {error}") from None
        core = bytes(raw[2 : 2 + size])
        return cls(core if raw[2] == VERSION else _made_anew(core, text), text if with_text else "")


def fingerprint(entry: Entry) -> Fingerprint:
    """Return an entry's fingerprint. Linear in the first 6,000 characters; never raises."""
    body = entry.content if len(entry.content) > len(entry.summary) else entry.summary
    shown = f"{entry.title}\n{body[:SHOWN]}"[:SHOWN]
    return Fingerprint(_core(entry.title, body, *_link_hashes(entry.link)), shown, credit_of(entry))


# ---------------------------------------------------------------- inside


def _core(title: str, body: str, link: int, host: int) -> bytes:
    leading = leading_hashes(title, TITLE_WORDS)
    titled = len(leading) // 4
    return _HEAD.pack(VERSION, titled, link, host) + leading + leading_hashes(body, WORDS - titled)


def _made_anew(core: bytes, text: str) -> bytes:
    """Return an older fingerprint's hashed part as it is made now."""
    title, _, body = text.partition("\n")
    if len(text) >= SHOWN:
        body = body.rpartition(" ")[0] or body  # its last word may be cut
    return _core(title, body, *_HEAD.unpack_from(core)[2:])


def _link_hashes(link: str | None) -> tuple[int, int]:
    """Hashes of the page's address and of its host, as signs of the text and of the outlet; 0 for one that is none."""
    if not link or "/" not in link:
        return 0, 0
    host, path = host_and_path(link)
    return zlib.crc32((host + path).encode("utf-8", "replace")) if path else 0, _site_hash(host)


@lru_cache(maxsize=10_000)
def _site_hash(host: str) -> int:
    """Hash the name by which an outlet's hosts go: "bbc" of news.bbc.co.uk; 0 for a platform or a bare address."""
    if host in _PLATFORMS or is_asked(host) or _ADDRESS.fullmatch(host):
        return 0
    labels = host.split(".")
    if len(labels) > 1 and ".".join(labels[-2:]) not in _EACH_ITS_OWN:
        second_level = len(labels) > 2 and labels[-2] in _SECOND_LEVELS
        host = labels[-3] if second_level else labels[-2]
    return zlib.crc32(host.encode("utf-8", "replace"))
