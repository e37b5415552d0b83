"""Numbers by strings, in as few bytes as can be."""

from collections.abc import Sequence

import numpy as np

from watcher.rules.choosing import Array

#: Bits of a number; the others of 64 are of the string's hash.
NUMBER_BITS = 24
_NUMBER = (1 << NUMBER_BITS) - 1


class Table:
    """A number for each of many strings, found by their hashes.

    It is one array: as objects of Python, tens of thousands of words are all over the memory of the process, and
    getting at them took a third of the time for a text. A number and 40 bits of the hash are written at once, so
    threads need not wait for each other. That a string passes for another, whose place and 40 bits are the same,
    happens once in 10^11 new ones.
    """

    def __init__(self, room: int) -> None:
        """`room` is for so many strings."""
        size = 1 << max(10, (2 * room - 1).bit_length())
        self._last, self._room = size - 1, room
        self._array = np.zeros(size, np.int64)
        self._slots = self._array.data

    @property
    def is_full(self) -> bool:
        """Whether it has no room left."""
        return self._room <= 0

    def get(self, code: int) -> int:
        """Return the number of what has a hash; -1 if there is none."""
        slots, slot, tag = self._slots, code & self._last, code >> NUMBER_BITS
        while (found := slots[slot]) >> NUMBER_BITS != tag:
            if not found:
                return -1
            slot = slot + 1 & self._last
        return found & _NUMBER if found else -1

    def put(self, code: int, number: int) -> None:
        """Give what has a hash a number of `NUMBER_BITS` bits at most; a table without room stays as it is."""
        if self.is_full:
            return
        slots, slot = self._slots, code & self._last
        while slots[slot]:
            slot = slot + 1 & self._last
        slots[slot] = code >> NUMBER_BITS << NUMBER_BITS | number
        self._room -= 1

    def look_up(self, strings: Sequence[str]) -> tuple[Array, list[int]]:
        """Return the numbers of some strings, and the indices of those that are to be asked for by `get`."""
        codes = np.fromiter(map(hash, strings), np.int64, len(strings))
        found = self._array[codes & self._last]
        return found & _NUMBER, ((found ^ codes) >> NUMBER_BITS).nonzero()[0].tolist()
