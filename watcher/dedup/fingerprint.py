"""What the index keeps of an entry: a sketch of hashed word pairs, its words, its facts."""

import json
import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise

from watcher.dedup.credit import credit_of
from watcher.dedup.facts import Fact, facts_of
from watcher.model import Entry
from watcher.text import words

VERSION = 1
#: Words of title and body that are looked at. Footers and "read more" stand behind them.
WORDS = 160
#: Hashed word pairs kept, the smallest hashes first, so that two sketches sample alike.
SKETCH = 128
#: Characters of a body that are folded; enough for WORDS words in any script.
CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """An entry as dedup sees it."""

    #: Sorted 32-bit hashes of pairs of neighbouring words, at most SKETCH.
    sketch: tuple[int, ...]
    title: str
    #: Folded words of title and body, at most WORDS, joined by spaces.
    text: str
    facts: tuple[Fact, ...] = ()
    credits: str | None = None

    def to_bytes(self) -> bytes:
        """Return the stored form, the same on every machine."""
        rest = [self.title, self.text, [[f.what, f.value] for f in self.facts], self.credits]
        packed = zlib.compress(json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode(), 1)
        return struct.pack(f"<BH{len(self.sketch)}I", VERSION, len(self.sketch), *self.sketch) + packed

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Fingerprint":
        """Read the stored form.

        Raises:
            ValueError: it is of another version or damaged.
        """
        try:
            version, count = struct.unpack_from("<BH", raw)
            if version != VERSION:
                raise ValueError(f"a fingerprint of version {version}, {VERSION} is wanted")
            sketch = struct.unpack_from(f"<{count}I", raw, 3)
            title, text, facts, credits_ = json.loads(zlib.decompress(raw[3 + 4 * count :]))
        except (struct.error, zlib.error) as error:
            raise ValueError(f"a damaged fingerprint: {error}") from error
        return cls(sketch, title, text, tuple(Fact(what, value) for what, value in facts), credits_)


def fingerprint(entry: Entry) -> Fingerprint:
    """Return an entry's fingerprint. Linear in the first 4,000 characters; never raises."""
    body = entry.content if len(entry.content) > len(entry.summary) else entry.summary
    title = words(entry.title[:CHARACTERS])
    looked_at = (title + words(body[:CHARACTERS]))[:WORDS]
    sketch = tuple(sorted({pair_hash(a, b) for a, b in pairwise(looked_at)})[:SKETCH])
    return Fingerprint(sketch, " ".join(title[:WORDS]), " ".join(looked_at), facts_of(looked_at), credit_of(entry))


def pair_hash(first: str, second: str) -> int:
    """Hash two neighbouring words to 32 bits, the same in every process."""
    return zlib.crc32(f"{first} {second}".encode("utf-8", "replace"))
