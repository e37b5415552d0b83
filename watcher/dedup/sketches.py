"""Entries as sets of hashed words and pairs of words, worked out for many of them at once.

One call for two hundred entries costs about as much as ten calls for one: numpy's price is by the call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from watcher.dedup.lazy import lazy

Hashes = NDArray[np.uint32]
Keys = NDArray[np.uint64]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]

#: Bytes before the hashed words of a fingerprint's core.
HEAD = 10
_HIGH = np.uint64(32)


def pair_hashes(words: Hashes) -> Hashes:
    """Hash each word with the one after it; without order among equals, n - 1 numbers for n words."""
    mixed = words[:-1] * np.uint32(0x9E3779B1) ^ (words[1:] * np.uint32(0x85EBCA77))
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x2C1B3C6D)
    mixed ^= mixed >> np.uint32(12)
    return mixed


@dataclass(frozen=True, slots=True)
class Sets:
    """A set of hashes for each of some entries: one entry's after the other's, rising within each."""

    hashes: Hashes
    #: Where each entry's begin, and the end: one more than entries.
    starts: list[int]
    #: Number of the entry above, hash below; rising.
    keys: Keys

    def of(self, first: int, end: int | None = None) -> Hashes:
        """Return the hashes of an entry, or of those from `first` up to `end`."""
        return self.hashes[self.starts[first] : self.starts[first + 1 if end is None else end]]

    @property
    def owners(self) -> Places:
        """The entry of each hash."""
        return (self.keys >> _HIGH).astype(np.intp)

    def spread(self, entries: Places) -> tuple[Places, Places]:
        """Return the places of entries' hashes, one entry's after the other's; before them, which entry's each is."""
        starts = np.array(self.starts)
        return spread(starts.take(entries), starts.take(entries + 1) - starts.take(entries))

    def find(self, entries: Places, hashes: Hashes) -> tuple[Places, Flags]:
        """Return where entries have hashes, and whether they have them."""
        if not len(self.keys):
            return np.zeros(len(hashes), dtype=np.intp), np.zeros(len(hashes), dtype=bool)
        wanted = entries.astype(np.uint64) << _HIGH | hashes
        at = np.minimum(self.keys.searchsorted(wanted), len(self.keys) - 1)
        return at, self.keys.take(at) == wanted


class Sketches:
    """Distinct pairs of neighbouring words, and distinct words, of some entries."""

    def __init__(self, cores: Sequence[bytes]) -> None:
        """Read the fingerprints' cores of entries."""
        self._entries = len(cores)
        self.hashes = np.frombuffer(b"".join([core[HEAD:] for core in cores]), dtype="<u4")
        #: Words of each entry.
        self.lengths = (np.fromiter(map(len, cores), np.intp, len(cores)) - HEAD) // 4
        self._owners = np.repeat(np.arange(len(cores), dtype=np.uint64) << _HIGH, self.lengths)

    def __len__(self) -> int:
        """Return how many entries there are."""
        return self._entries

    @lazy
    def words(self) -> Sets:
        """Distinct words."""
        return sets_of(self._owners | self.hashes, len(self))

    @lazy
    def pairs(self) -> Sets:
        """Distinct pairs."""
        return self._pairs(self._owners[1:] == self._owners[:-1])

    def pairs_marked(self, mark: Flags) -> Sets:
        """Return those of the distinct pairs whose last bits are marked; `mark` has a power of two of places."""
        inside = self._owners[1:] == self._owners[:-1]
        return self._pairs(inside & mark.take(self._pair_hashes & np.uint32(len(mark) - 1)))

    @lazy
    def _pair_hashes(self) -> Hashes:
        return pair_hashes(self.hashes)

    def _pairs(self, which: Flags) -> Sets:
        some = np.flatnonzero(which)
        return sets_of(self._owners.take(some + 1) | self._pair_hashes.take(some), len(self))


def marked(hashes: Hashes) -> Flags:
    """Return by the last bits of hashes which of them there are, at most one in eight places without need."""
    mark = np.zeros(1 << max(10, (len(hashes) * 8).bit_length()), dtype=bool)
    mark[hashes & np.uint32(len(mark) - 1)] = True
    return mark


def spread(starts: Places, lengths: Places) -> tuple[Places, Places]:
    """Return the places of runs, one run after the other, and before them the number of the run that each is in."""
    each = np.repeat(np.arange(len(lengths)), lengths)
    places = np.arange(len(each)) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
    return each, places


def sums(owners: Places, values: NDArray[Any], many: int) -> NDArray[np.float64]:
    """Return the sum of the values of each of so many owners, added in their order whatever stands beside them."""
    found: NDArray[np.float64] = np.bincount(owners, values, many).astype(np.float64, copy=False)
    return found


def sets_of(keys: Keys, entries: int) -> Sets:
    """Return sets from keys in any order, equal ones among them; `keys` is sorted in place."""
    keys = distinct_keys(keys)
    starts = keys.searchsorted(np.arange(entries + 1, dtype=np.uint64) << _HIGH)
    listed: list[int] = starts.tolist()
    return Sets(keys.astype(np.uint32), listed, keys)


def distinct_keys(keys: Keys) -> Keys:
    """Return the different ones of some keys, rising; `keys` is sorted in place."""
    keys.sort()
    if len(keys) < 2:
        return keys
    keep = np.empty(len(keys), dtype=bool)
    keep[0] = True
    np.not_equal(keys[1:], keys[:-1], out=keep[1:])
    return keys[keep]
