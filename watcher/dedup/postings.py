"""Where the rare pairs of words stand: the entries of the window as flat arrays, and lists from a pair to its entries.

Every entry is found through its leading pairs, the ones with the smallest hashes, so that texts
that share pairs tend to lead with the same ones. Frequencies count the window only: an entry
that leaves takes its counts with it, so a restart that reads the window anew weighs alike.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from watcher.dedup.lazy import lazy
from watcher.dedup.sketches import HEAD, Hashes, Keys, Sets, Sketches, pair_hashes, spread

__all__ = ["Hashes", "Postings", "distinct", "pair_hashes", "words_of"]
from watcher.dedup.weights import Frequencies

#: Pairs of an entry that lead to it.
LEADING = 16
#: A pair that stands in more entries than this leads nowhere: it is a phrase, not a text.
FREQUENT = 60
#: Rows that are made ready together to leave or to grow old, and entries that are counted together, at most.
AHEAD = 1024
_HELD = 4 * AHEAD
#: Rows that are threaded together when all are.
THREADED = 4096

_FIRST_ROOM = 1024
#: In the order in which `add` fills them: views take a number in half of the time of arrays.
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


class Arrivals:
    """What is counted of some entries, each on its own: numbers of counters, as they are now."""

    def __init__(self, sketches: Sketches, pairs: Frequencies, words: Frequencies) -> None:
        self._sketches, self._words = sketches, words
        self.sets, self.pairs = sketches.pairs, pairs.counters(sketches.pairs)

    @lazy
    def words(self) -> Sets:
        """Those of words, which nobody asks for where entries grow old."""
        return self._words.counters(self._sketches.words)


class _Span(NamedTuple):
    """What is counted of the rows from `first` up to `end`."""

    first: int
    end: int
    made: Arrivals


class Rows:
    """What is counted of some rows: keys have the distance from the first row above a number of a counter."""

    def __init__(self, first: int, end: int, spans: Sequence[tuple[_Span, int, int]]) -> None:
        """`spans` hold the rows, each from one row up to another."""
        self._first, self._spans = first, spans
        self.numbers = np.arange(first, max(first, end))

    @lazy
    def pairs(self) -> Keys:
        """Those of pairs."""
        return self._keys([span.made.pairs for span, _, _ in self._spans])

    @lazy
    def words(self) -> Keys:
        """Those of words."""
        return self._keys([span.made.words for span, _, _ in self._spans])

    def _keys(self, sets: Sequence[Sets]) -> Keys:
        found = [np.empty(0, dtype=np.uint64)]
        for (span, lo, hi), made in zip(self._spans, sets, strict=True):
            away = np.uint64((span.first - self._first << 32) % (1 << 64))
            found.append(made.keys[made.starts[lo - span.first] : made.starts[hi - span.first]] + away)
        return np.concatenate(found)


class Postings:
    """The window's entries by row; rows rise with time and are renumbered when many have left."""

    def __init__(self) -> None:
        #: Rows of the window; those that are counted, from before them on; and where those that are old end.
        self.first = self.end = self.counted = self.aged = 0
        self._old_before = float("-inf")
        self._leaving, self._ageing = _Ready(), _Ready()
        #: Row of the first entry that is not counted yet, and runs of those: of which arrivals, if that is known, they
        #: are which ones.
        self._entered = 0
        self._waiting: list[tuple[Arrivals | None, int, int]] = []
        #: Row before which there is room for certain.
        self._until: float = 0
        self.cores: list[bytes] = []
        self.pairs, self.words = Frequencies(), Frequencies(most=1 << 21)
        #: Frequencies of pairs among entries that are older than the index says.
        self.old = Frequencies()
        self._room(_FIRST_ROOM)
        self._heads(_FIRST_ROOM * LEADING)

    def __len__(self) -> int:
        """Return the number of entries in the window."""
        return self.end - self.first

    def arrivals(self, sketches: Sketches) -> Arrivals:
        """Return what `add` needs of entries."""
        return Arrivals(sketches, self.pairs, self.words)

    def add(
        self,
        core: bytes,
        arrivals: Arrivals | None = None,
        which: int = 0,
        *,
        at: float,
        story: int,
        seq: int,
        lead: int,
        feed: int,
    ) -> int:
        """Append an entry; return its row. `settle` counts it, and makes it found.

        `which` of `arrivals` it is, if those were asked for since the counters last grew.
        """
        if self.end >= self._until:
            self.make_room()
            if self.count_enough():
                arrivals = None
            self._until = min(len(self.at), self.first + self.pairs.room)
        row, self.end = self.end, self.end + 1
        ats, stories, seqs, leads, feeds = self._views
        ats[row], stories[row], seqs[row], leads[row], feeds[row] = at, story, seq, lead, feed
        self.cores.append(core)
        known, begin, end = self._waiting[-1] if self._waiting else (None, 0, 0)
        if self._waiting and known is arrivals and (known is None or end == which):
            self._waiting[-1] = known, begin, end + 1
        else:
            self._waiting.append((arrivals, which, which + 1))
        if self.end - self._entered >= AHEAD:
            self._enter()
        return row

    def make_room(self, entries: int = 1) -> None:
        """Have room for some more: drop the rows that have left, if they are half of all; else double the room."""
        if self.end + entries <= len(self.at):
            return
        self.settle()
        if self.first * 2 >= self.end:
            self._renumber()
        else:
            self._room(len(self.at) * 2)
        self._heads(len(self.at) * LEADING // 2)  # threads the rows anew

    def count_enough(self) -> bool:
        """Have enough counters for one more entry; return whether all were counted anew for it."""
        full = self.pairs.is_full(len(self))
        if full:
            self._count_anew()
        return full

    @property
    def foreseeable(self) -> float:
        """Entries that can be added, at least one, until counters may be too few."""
        return max(1, self.pairs.room - len(self) + 1)

    def leave(self, before: float, old_before: float) -> None:
        """Let entries go that are older than `before`; those older than `old_before` are old. `settle` counts them."""
        if self.first < self.end and self.at[self.first] < before:
            self.first += int(self.at[self.first : self.end].searchsorted(before))
        self._old_before = old_before

    def settle(self) -> None:
        """Count those that were added, take those that left out of the frequencies, and count those that are old."""
        if self._waiting:
            self._enter()
        for gone, lo, hi in self._leaving.pieces(self, self.counted, self.first):
            self.pairs.remove(gone.pairs.of(lo, hi))
            self.words.remove(gone.words.of(lo, hi))
        for gone, lo, hi in self._leaving.pieces(self, self.counted, min(self.aged, self.first)):
            self.old.remove(gone.pairs.of(lo, hi))
        self.cores[self.counted : self.first] = [b""] * (self.first - self.counted)
        self.counted, self.aged = self.first, max(self.aged, self.first)
        old = self.aged + int(self.at[self.aged : self.end].searchsorted(self._old_before))
        for aged, lo, hi in self._ageing.pieces(self, self.aged, old):
            self.old.add(aged.pairs.of(lo, hi))
        self.aged = old

    def rows(self, first: int, end: int) -> Rows:
        """Return what is counted of rows, and has not left yet."""
        ready = self._leaving if first == self.first else self._ageing
        return Rows(first, end, list(ready.spans(self, first, end)))

    def rows_along(self, at: int, pair: int, least: int) -> list[int]:
        """Return the rows that lead with a pair, from one posting on to the least, along its list."""
        leading, previous, rows = self._leading_view, self._previous_view, []
        while at >= least:
            if leading[at] == pair:
                rows.append(at // LEADING)
            at = previous[at]
        return rows

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
        self._views = tuple(self.columns[name].data for name in _COLUMNS)
        self._leading_view = self.leading.reshape(-1).data
        self._previous_view = self.previous.reshape(-1).data

    def _heads(self, postings: int) -> None:
        """Allocate the table from pairs to entries, with room for so many postings, and thread the rows anew."""
        size = 1 << max(14, (postings - 1).bit_length())
        self.mask = np.uint32(size - 1)
        self.heads = np.full(size, -1, dtype=np.int32)
        for first in range(self.first, self.end, THREADED):  # all at once would need 600 bytes a row
            postings_of = self.leading[first : min(first + THREADED, self.end)].reshape(-1)
            used = np.flatnonzero(postings_of)
            self._thread(postings_of[used] & self.mask, (used + first * LEADING).astype(np.int32))

    def _thread(self, slots: Hashes, numbers: NDArray[np.int32]) -> None:
        """Put postings, by their rising numbers, before those that stand in the same slots."""
        order = slots.argsort(kind="stable")
        slots, numbers = slots[order], numbers[order]
        before = self.heads.take(slots)
        same = slots[1:] == slots[:-1]
        before[1:][same] = numbers[:-1][same]
        self.previous.reshape(-1)[numbers] = before
        self.heads[slots] = numbers  # the last of equal slots stays: the newest

    def _enter(self) -> None:
        """Count the entries that were added since the last time, and lead to them from their leading pairs."""
        first, runs = self._entered, list(self._runs())
        self._entered, self._waiting = self.end, []
        self.pairs.add(np.concatenate([arrivals.pairs.of(begin, end) for arrivals, begin, end in runs]))
        self.words.add(np.concatenate([arrivals.words.of(begin, end) for arrivals, begin, end in runs]))
        self.leading[first : self.end] = 0
        row, threaded = first, []
        for arrivals, begin, end in runs:
            starts = np.array(arrivals.sets.starts[begin : end + 1])
            owners, places = spread(starts[:-1], np.minimum(np.diff(starts), LEADING))
            numbers = (owners + row) * LEADING + (places - starts.take(owners))
            threaded.append((arrivals.sets.hashes.take(places), numbers))
            row += end - begin
        hashes, numbers = (np.concatenate(column) for column in zip(*threaded, strict=True))
        self.leading.reshape(-1)[numbers] = hashes
        self._thread(hashes & self.mask, numbers.astype(np.int32))

    def _runs(self) -> Iterator[tuple[Arrivals, int, int]]:
        """What is counted of those that wait: of which entries of which arrivals, one run after the other."""
        row = self._entered
        for arrivals, begin, end in self._waiting:
            many = end - begin
            if arrivals is None:
                yield self.arrivals(Sketches(self.cores[row : row + many])), 0, many
            else:
                yield arrivals, begin, end
            row += many

    def _renumber(self) -> None:
        """Number the rows from 0 again."""
        gone, kept = self.first, self.end - self.first
        for column in (*self.columns.values(), self.leading):
            column[:kept] = column[gone : self.end].copy()
        lead, left = self.lead[:kept], -1 - self.story[:kept]  # below 0: a lead that has left, told apart by its story
        self.lead[:kept] = np.where(lead >= gone, lead - gone, np.where(lead < 0, lead, left))
        del self.cores[:gone]
        self.first, self.end, self.counted, self.aged = 0, kept, 0, self.aged - gone
        self._entered, self._until = kept, 0
        self._leaving, self._ageing = _Ready(), _Ready()

    def _count_anew(self) -> None:
        """Give the counters more room and count the window again."""
        self.settle()
        for frequencies in (self.pairs, self.words, self.old):
            frequencies.enlarge()
        self._leaving, self._ageing = _Ready(), _Ready()
        for all_, lo, hi in _Ready().pieces(self, self.first, self.end):
            self.pairs.add(all_.pairs.of(lo, hi))
            self.words.add(all_.words.of(lo, hi))
        for old, lo, hi in _Ready().pieces(self, self.first, self.aged):
            self.old.add(old.pairs.of(lo, hi))


class _Ready:
    """What rows have counted, worked out for many at once in the order in which it is wanted, and kept until then."""

    def __init__(self) -> None:
        self._spans: list[_Span] = []

    def spans(self, postings: Postings, first: int, end: int) -> Iterator[tuple[_Span, int, int]]:
        """Yield what rows `first` to `end` are in: a span, and from where to where. What stands before is forgotten."""
        self._spans = [span for span in self._spans if span.end > first]
        if self._spans and self._spans[0].first > first:
            self._spans = []
        number = 0
        while first < end:
            if number == len(self._spans):
                until = min(first + AHEAD, postings.end)
                self._spans.append(_Span(first, until, postings.arrivals(Sketches(postings.cores[first:until]))))
            span = self._spans[number]
            until = min(end, span.end)
            yield span, first, until
            first, number = until, number + 1

    def pieces(self, postings: Postings, first: int, end: int) -> Iterator[tuple[Arrivals, int, int]]:
        """Yield it for rows `first` to `end`, in pieces, from where to where; of many rows, few are held at once."""
        for begin in range(first, end, _HELD):
            for span, lo, hi in self.spans(postings, begin, min(end, begin + _HELD)):
                yield span.made, lo - span.first, hi - span.first


def _grown(old: Any, shape: Any, kind: Any) -> Any:
    new = np.zeros(shape, dtype=kind)  # untouched pages cost nothing
    if old is not None:
        new[: len(old)] = old
    return new
