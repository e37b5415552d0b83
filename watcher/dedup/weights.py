"""How rare things are in the window, and what rarity weighs."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from watcher.dedup.sketches import Hashes, Sets, sets_of

Weights = NDArray[np.float64]

#: Weights are those of a corpus of at least so many entries, so that the first ones of a young window differ.
LEAST_CORPUS = 1000
#: Things that stand in so many entries or more weigh alike: nothing to speak of.
COMMON = 4096
#: Counters at first and at most, powers of two, 4 bytes each; how many times more they become at once.
_FIRST, _MOST, _MORE = 1 << 18, 1 << 24, 8
#: Counters for each entry of the window; more entries share counters more often.
_PER_ENTRY = 16
#: The part of a set's keys that says whose a hash is.
_ENTRIES = np.uint64(0xFFFFFFFF00000000)
_ONE = np.uint32(1)


class Frequencies:
    """In how many entries each hash stands; hashes that share a counter are counted together."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._start(_FIRST)

    def _start(self, size: int) -> None:
        self.counts = np.zeros(size, dtype=np.uint32)
        self._mask = np.uint32(size - 1)

    def counters(self, sets: Sets) -> Sets:
        """Return the numbers of the counters of each entry's hashes: one that two of them share stands there once."""
        return sets_of(sets.keys & _ENTRIES | (sets.hashes & self._mask), len(sets.starts) - 1)

    def add(self, counters: Hashes) -> None:
        """Count entries by the numbers of their counters."""
        np.add.at(self.counts, counters, _ONE)

    def remove(self, counters: Hashes) -> None:
        """Take entries away again."""
        np.subtract.at(self.counts, counters, _ONE)

    def counters_of(self, hashes: Hashes) -> Hashes:
        """Return the number of the counter of each hash."""
        found: Hashes = hashes & self._mask
        return found

    def of(self, hashes: Hashes) -> NDArray[np.uint32]:
        """Return the counts of some hashes."""
        found: NDArray[np.uint32] = self.counts.take(hashes & self._mask)
        return found

    def is_full(self, entries: int) -> bool:
        """Return whether so many entries want a greater table."""
        return entries > self.room

    @property
    def room(self) -> float:
        """Entries for which the table is large enough."""
        return len(self.counts) // _PER_ENTRY if len(self.counts) < self._most else math.inf

    def enlarge(self) -> None:
        """Start anew with more room; the caller counts again."""
        self._start(min(self._most, len(self.counts) * _MORE))


def weights(entries: int) -> Weights:
    """Return weight by count: squared inverse document frequency, 1.0 for what stands in one entry of many."""
    return _weights(int(math.log(max(LEAST_CORPUS, entries)) / math.log(1.1)))


@lru_cache(maxsize=8)
def _weights(step: int) -> Weights:
    corpus = 1.1**step + 2
    counts = np.arange(COMMON + 1, dtype=np.float64)
    return (np.maximum(0.0, np.log(corpus / (counts + 1))) / math.log(corpus)) ** 2
