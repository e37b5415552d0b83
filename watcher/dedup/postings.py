"""Where the rare pairs of words stand: the entries of the window as flat arrays, and lists from a pair to its entries.

Every entry is found through its leading pairs, the ones with the smallest hashes, so that texts
that share pairs tend to lead with the same ones. Frequencies count the window only: an entry
that leaves takes its counts with it, so a restart that reads the window anew weighs alike.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from watcher.dedup.sketches import HEAD, Hashes, Sketches, pair_hashes, sketches

__all__ = ["Hashes", "Postings", "distinct", "pair_hashes", "words_of"]
from watcher.dedup.weights import Frequencies

#: Pairs of an entry that lead to it.
LEADING = 16
#: A pair that stands in more entries than this leads nowhere: it is a phrase, not a text.
FREQUENT = 60
#: Newest entries that one pair leads to.
CHAIN = 64
#: Rows that are made ready together to leave or to grow old.
AHEAD = 256

_FIRST_ROOM = 1024
_COLUMNS = {"at": np.float64, "story": np.int64, "seq": np.int64, "lead": np.int32, "feed": np.int32}


def words_of(core: bytes) -> Hashes:
    """Return the hashed words of a fingerprint's core."""
    return np.frombuffer(core, dtype="<u4", offset=HEAD)


def distinct(numbers: Hashes) -> Hashes:
    """Return the different ones of some hashes, rising."""
    ordered = np.sort(numbers)
    if len(ordered) < 2:
        return ordered
    keep = np.empty(len(ordered), dtype=bool)
    keep[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=keep[1:])
    return ordered[keep]


class Postings:
    """The window's entries by row; rows rise with time and are renumbered when many have left."""

    def __init__(self) -> None:
        #: Rows of the window; those that are counted, from before them on; and where those that are old end.
        self.first = self.end = self.counted = self.aged = 0
        self._old_before = float("-inf")
        self._leaving, self._ageing = _Ahead(), _Ahead()
        self.cores: list[bytes] = []
        self.pairs, self.words = Frequencies(), Frequencies(most=1 << 21)
        #: Frequencies of pairs among entries that are older than the index says.
        self.old = Frequencies()
        self._room(_FIRST_ROOM)
        self._heads(_FIRST_ROOM * LEADING)

    def __len__(self) -> int:
        """Return the number of entries in the window."""
        return self.end - self.first

    def add(self, core: bytes, pairs: Hashes, words: Hashes, **columns: Any) -> int:
        """Append an entry with its distinct pairs and words; return its row."""
        if self.end == len(self.at):
            self._make_room()
        if self.pairs.is_full(len(self)):
            self._count_anew()
        row, self.end = self.end, self.end + 1
        for name, value in columns.items():
            self.columns[name][row] = value
        self.cores.append(core)
        self.pairs.add(pairs)
        self.words.add(words)
        leading = pairs[:LEADING]
        self.leading[row, : len(leading)] = leading
        self.leading[row, len(leading) :] = 0
        slots = leading & self.mask
        self.previous[row, : len(leading)] = self.heads[slots]
        self.heads[slots] = np.arange(row * LEADING, row * LEADING + len(leading), dtype=np.int32)
        return row

    def leave(self, before: float, old_before: float) -> None:
        """Let entries go that are older than `before`; those older than `old_before` are old. `settle` counts them."""
        if self.first < self.end and self.at[self.first] < before:
            self.first += int(self.at[self.first : self.end].searchsorted(before))
        self._old_before = old_before

    def settle(self) -> None:
        """Take those that left out of the frequencies, and count those that are old."""
        for first, end, gone in self._leaving.pieces(self.cores, self.counted, self.first, self.end):
            self.pairs.remove_all(gone.pairs, first, end)
            self.words.remove_all(gone.words, first, end)
        for first, end, gone in self._leaving.pieces(self.cores, self.counted, min(self.aged, self.first), self.end):
            self.old.remove_all(gone.pairs, first, end)
        self.cores[self.counted : self.first] = [b""] * (self.first - self.counted)
        self.counted, self.aged = self.first, max(self.aged, self.first)
        old = self.aged + int(self.at[self.aged : self.end].searchsorted(self._old_before))
        for first, end, aged in self._ageing.pieces(self.cores, self.aged, old, self.end):
            self.old.add_all(aged.pairs, first, end)
        self.aged = old

    def leaving(self, before: float) -> list[bytes]:
        """Return the cores of all that are counted now and will have left by then."""
        until = self.first + int(self.at[self.first : self.end].searchsorted(before))
        return self.cores[self.counted : until]

    def distinct_of(self, row: int) -> tuple[Hashes, Hashes]:
        """Return the distinct pairs and words of an entry."""
        return self.distinct_of_core(self.cores[row])

    @staticmethod
    def distinct_of_core(core: bytes) -> tuple[Hashes, Hashes]:
        """Return the distinct pairs and words of a fingerprint's core."""
        words = words_of(core)
        return distinct(pair_hashes(words)), distinct(words)

    def sharing(self, pairs: list[tuple[int, float]]) -> dict[int, float]:
        """Return rows that lead with any of these `(pair, weight)`, with the weight that they share."""
        found: dict[int, float] = {}
        heads, leading, previous, mask = self._heads_view, self._leading_view, self._previous_view, self._mask
        least = self.first * LEADING
        for pair, weight in pairs:
            at, steps = heads[pair & mask], CHAIN
            while at >= least and steps:
                if leading[at] == pair:
                    row = at // LEADING
                    found[row] = found.get(row, 0.0) + weight
                    steps -= 1
                at = previous[at]
        return found

    def row_of(self, seq: int) -> int:
        """Return the row of an entry by its sequence number; -1 if it is not in the window."""
        row = self.first + int(np.searchsorted(self.seq[self.first : self.end], seq))
        return row if row < self.end and self.seq[row] == seq else -1

    # ------------------------------------------------------------ inside

    def _room(self, rows: int) -> None:
        """Allocate columns for so many rows and copy what there is."""
        old = getattr(self, "columns", {})
        self.columns = {name: _grown(old.get(name), rows, kind) for name, kind in _COLUMNS.items()}
        self.at, self.story, self.seq = (self.columns[name] for name in ("at", "story", "seq"))
        self.lead, self.feed = self.columns["lead"], self.columns["feed"]
        self.leading = _grown(getattr(self, "leading", None), (rows, LEADING), np.uint32)
        self.previous = _grown(getattr(self, "previous", None), (rows, LEADING), np.int32)
        self._leading_view = self.leading.reshape(-1).data
        self._previous_view = self.previous.reshape(-1).data

    def _heads(self, postings: int) -> None:
        """Allocate the table from pairs to entries, with room for so many postings, and thread the rows anew."""
        size = 1 << max(14, (postings - 1).bit_length())
        self._mask, self.mask = size - 1, np.uint32(size - 1)
        self.heads = np.full(size, -1, dtype=np.int32)
        self._heads_view = self.heads.data
        postings_of = self.leading[self.first : self.end].reshape(-1)
        used = np.flatnonzero(postings_of)
        slots = postings_of[used] & self.mask
        numbers = (used + self.first * LEADING).astype(np.int32)
        order = np.argsort(slots, kind="stable")
        slots, numbers = slots[order], numbers[order]
        before = np.full(len(numbers), -1, dtype=np.int32)
        same = slots[1:] == slots[:-1]
        before[1:][same] = numbers[:-1][same]
        self.previous.reshape(-1)[numbers] = before
        self.heads[slots] = numbers  # the last of equal slots stays: the newest

    def _make_room(self) -> None:
        """Drop the rows that have left, if they are half of all; else double the room. Then thread the rows anew."""
        self.settle()
        if self.first * 2 >= self.end:
            self._renumber()
        else:
            self._room(len(self.at) * 2)
        self._heads(len(self.at) * LEADING // 2)

    def _renumber(self) -> None:
        """Number the rows from 0 again."""
        gone, kept = self.first, self.end - self.first
        for column in (*self.columns.values(), self.leading):
            column[:kept] = column[gone : self.end].copy()
        self.lead[:kept] = np.where(self.lead[:kept] >= gone, self.lead[:kept] - gone, -1)
        del self.cores[:gone]
        self.first, self.end, self.counted, self.aged = 0, kept, 0, self.aged - gone
        self._leaving, self._ageing = _Ahead(), _Ahead()

    def _count_anew(self) -> None:
        """Give the counters more room and count the window again."""
        self.settle()
        for frequencies in (self.pairs, self.words, self.old):
            frequencies.enlarge()
        for first, end, all_ in _Ahead().pieces(self.cores, self.first, self.end, self.end):
            self.pairs.add_all(all_.pairs, first, end)
            self.words.add_all(all_.words, first, end)
        for first, end, old in _Ahead().pieces(self.cores, self.first, self.aged, self.aged):
            self.old.add_all(old.pairs, first, end)


class _Ahead:
    """Sketches of rows in the order in which they are wanted, made for many at once."""

    def __init__(self) -> None:
        self._first = self._end = 0
        self._made = sketches([])

    def pieces(self, cores: list[bytes], first: int, end: int, limit: int) -> Iterator[tuple[int, int, Sketches]]:
        """Yield sketches in which rows `first` to `end` stand, and from where to where. None from `limit` on."""
        while first < end:
            if not self._first <= first < self._end:
                self._first, self._end = first, min(first + AHEAD, limit)
                self._made = sketches(cores[first : self._end])
            until = min(end, self._end)
            yield first - self._first, until - self._first, self._made
            first = until


def _grown(old: Any, shape: Any, kind: Any) -> Any:
    new = np.zeros(shape, dtype=kind)  # untouched pages cost nothing
    if old is not None:
        new[: len(old)] = old
    return new
