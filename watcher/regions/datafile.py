"""The gazetteer's file: a container of sections, mapped into memory, and a hash table of names in it.

    0   magic "WGAZ", version (u16), number of sections (u16)
    8   length of the whole file (u32), CRC-32 of everything after byte 16 (u32)
    16  per section: name (4 bytes), offset (u32), length (u32)

All numbers are little-endian. A name is not stored but hashed to 40 bits: of a million other
words about one is taken for a name. 16 bits choose a bucket, 24 tell names in it apart.
"""

import mmap
import struct
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

MAGIC = b"WGAZ"
VERSION = 2
_HEAD = struct.Struct("<4sHHII")
_ENTRY = struct.Struct("<4sII")
_BUCKETS = 1 << 16
#: A table entry holds one meaning by itself if this bit is set; else it is an offset into the postings.
_INLINE = 1 << 31
#: Bits of the filter that says which beginnings lead on to longer names.
_PREFIX_BITS = 1 << 23


class GazetteerError(ValueError):
    """The data file is missing, damaged or of another version; the message has the remedy."""


#: One meaning of a name: number of the place, flags.
Posting = tuple[int, int]


@lru_cache(maxsize=8)  # what is looked up is next asked for whether it leads on
def hashed(name: str) -> int:
    """40 bits of a name."""
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=5).digest(), "little")


class DataFile:
    """A file opened for reading; sections are slices of it."""

    def __init__(self, path: Path, *, names: bool = True, mapped: bool = True, content: bytes = b"") -> None:
        """Open the file and check it; `names=False` for a file without a table of names.

        The shipped files are mapped into memory. One that a user may overwrite is read whole
        (`mapped=False`): a process dies of a mapped file that somebody cuts. With `content`, what
        a file would hold, nothing is read.

        Raises:
            GazetteerError: it is missing, cut, damaged or of another version.
        """
        self.path = path
        self.remedy = "reinstall watcher" if mapped else "import it anew with `watcher gazetteer import`"
        try:
            self._map = memoryview(content or (_mapped(path) if mapped else path.read_bytes()))
        except OSError as error:
            raise GazetteerError(f"{path}: the gazetteer cannot be opened ({error.strerror}): {self.remedy}") from None
        except ValueError:
            raise GazetteerError(f"{path}: the gazetteer is empty: {self.remedy}") from None
        self._sections = self._checked()
        if not names:
            return
        self._starts = self.numbers("BUCK", "I")
        self._tails = self.numbers("TAIL", "H")
        self._tips = self.section("TIPS")
        self._values = self.numbers("VALS", "I")
        self._postings = self.section("POST")
        self._prefixes = self.section("PREF")

    def _checked(self) -> dict[str, tuple[int, int]]:
        raw = self._map
        if len(raw) < _HEAD.size:
            raise GazetteerError(f"{self.path}: the gazetteer is cut: {self.remedy}")
        magic, version, count, length, check = _HEAD.unpack_from(raw)
        if magic != MAGIC:
            raise GazetteerError(f"{self.path}: this is no gazetteer: {self.remedy}")
        if version != VERSION:
            raise GazetteerError(
                f"{self.path}: the gazetteer is of version {version}, {VERSION} is wanted: {self.remedy}"
            )
        if length != len(raw) or zlib.crc32(raw[_HEAD.size :]) != check:
            raise GazetteerError(f"{self.path}: the gazetteer is cut or damaged: {self.remedy}")
        entries = (_ENTRY.unpack_from(raw, _HEAD.size + i * _ENTRY.size) for i in range(count))
        return {name.decode("ascii"): (offset, size) for name, offset, size in entries}

    def section(self, name: str) -> memoryview:
        """The bytes of a section."""
        offset, size = self._sections[name]
        return self._map[offset : offset + size]

    def numbers(self, name: str, kind: str) -> memoryview:
        """A section as numbers of a struct type; copied only where the machine is big-endian."""
        if sys.byteorder == "little":
            return self.section(name).cast(kind)  # type: ignore[call-overload,no-any-return]
        swapped = array(kind, bytes(self.section(name)))
        swapped.byteswap()
        return memoryview(swapped)

    def find(self, name: str) -> tuple[int, tuple[Posting, ...]] | None:
        """Return the flags of a folded name and what it may mean; None if it is no name."""
        value = hashed(name)
        bucket, tail, tip = value & 0xFFFF, value >> 16 & 0xFFFF, value >> 32
        low, high = self._starts[bucket], self._starts[bucket + 1]
        at = bisect_left(self._tails, tail, low, high)
        while at < high and self._tails[at] == tail:
            if self._tips[at] == tip:
                return self._meanings(self._values[at])
            at += 1
        return None

    def leads_on(self, beginning: str) -> bool:
        """Say whether a longer name may begin so; wrong for a few in a hundred, never wrong about no."""
        bit = hashed(beginning) % _PREFIX_BITS
        return bool(self._prefixes[bit >> 3] >> (bit & 7) & 1)

    def _meanings(self, value: int) -> tuple[int, tuple[Posting, ...]]:
        if value & _INLINE:
            return value >> 25 & 63, ((value & 0xFFFFF, value >> 20 & 31),)
        raw = self._postings
        flags, count = raw[value], raw[value + 1]
        rows = range(value + 2, value + 2 + 4 * count, 4)
        return flags, tuple((raw[at] | raw[at + 1] << 8 | raw[at + 2] << 16, raw[at + 3]) for at in rows)

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._values)


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


# ---------------------------------------------------------------- writing


def packed(sections: Mapping[str, bytes]) -> bytes:
    """Return a file of sections, each at a multiple of 8."""
    offset = _HEAD.size + _ENTRY.size * len(sections)
    table, body = b"", b""
    for name, data in sections.items():
        gap = -(offset + len(body)) % 8
        body += b"\0" * gap
        table += _ENTRY.pack(name.encode("ascii"), offset + len(body), len(data))
        body += data
    rest = table + body
    return _HEAD.pack(MAGIC, VERSION, len(sections), _HEAD.size + len(rest), zlib.crc32(rest)) + rest


def name_sections(names: Mapping[str, tuple[int, Iterable[Posting]]]) -> dict[str, bytes]:
    """Return the sections of the hash table: folded name → its flags (6 bits) and its postings.

    Of two names with the same hash (one pair may be expected in a million names) the first given is kept.
    """
    postings, offsets = bytearray(), dict[bytes, int]()
    held = dict[int, int]()
    for name, (flags, meanings) in names.items():
        held.setdefault(hashed(name), _value(flags, tuple(meanings), postings, offsets))
    rows = list(held.items())
    rows.sort(key=lambda row: (row[0] & 0xFFFF, row[0] >> 16 & 0xFFFF, row[0] >> 32))
    starts = [0] * (_BUCKETS + 1)
    for value, _ in rows:
        starts[(value & 0xFFFF) + 1] += 1
    for i in range(_BUCKETS):
        starts[i + 1] += starts[i]
    return {
        "BUCK": struct.pack(f"<{_BUCKETS + 1}I", *starts),
        "TAIL": struct.pack(f"<{len(rows)}H", *(v >> 16 & 0xFFFF for v, _ in rows)),
        "TIPS": bytes(v >> 32 for v, _ in rows),
        "VALS": struct.pack(f"<{len(rows)}I", *(value for _, value in rows)),
        "POST": bytes(postings),
        "PREF": _prefix_bits(names),
    }


def _value(flags: int, meanings: tuple[Posting, ...], postings: bytearray, offsets: dict[bytes, int]) -> int:
    if len(meanings) == 1 and meanings[0][1] < 32:
        return _INLINE | flags << 25 | meanings[0][1] << 20 | meanings[0][0]
    raw = bytes((flags, len(meanings))) + b"".join(p.to_bytes(3, "little") + bytes((f,)) for p, f in meanings)
    if raw not in offsets:
        offsets[raw] = len(postings)
        postings += raw
    return offsets[raw]


def _prefix_bits(names: Iterable[str]) -> bytes:
    bits = bytearray(_PREFIX_BITS // 8)
    for name in names:
        at = name.find(" ")
        while at > 0:
            bit = hashed(name[:at]) % _PREFIX_BITS
            bits[bit >> 3] |= 1 << (bit & 7)
            at = name.find(" ", at + 1)
    return bytes(bits)
