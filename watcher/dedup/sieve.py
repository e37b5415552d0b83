"""Which of the next entries share so little with any other that nothing can be compared with them.

Most entries of a stream are such. The exact search (`index.py`) goes one entry at a time, because each one
changes the frequencies that the next one's weights come from. Here many are looked at together with bounds
instead: whatever the frequencies will be when an entry's turn comes, its weights lie between those after all
others were added and those after all that are due have left. Whoever stays below the index's limits even with
the most favourable of them is let through; of the others nothing is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from watcher.dedup.fingerprint import Fingerprint
from watcher.dedup.lazy import lazy
from watcher.dedup.postings import FREQUENT, LEADING, Arrival, Postings
from watcher.dedup.sketches import Hashes, Keys, Places, Sets, Sketches
from watcher.dedup.weights import weights

Floats = NDArray[np.float64]
Counts = NDArray[np.intp]
Flags = NDArray[np.bool_]

#: Sums come out a little different in another order.
ABOUT = 1 - 1e-9
#: Steps along the lists of postings for all entries at once; who has longer ones is left to the exact search.
_STEPS = 128
#: Entries that leave for each one that comes, at most: after a pause nearly all leave, and bounds say nothing.
_MANY = 8
_ENTRY = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the exact search asks of a pair of entries, and of an entry."""

    led: float
    led_share: float
    shared: float
    #: For an entry of at most so many pairs, less must be shared.
    shared_by_headline: float
    headline: int
    weight: float


class Ahead:
    """What is known in advance of entries that come next; holds as long as nothing else comes between."""

    def __init__(self, coming: Sequence[Fingerprint], postings: Postings, before: float, limits: Limits) -> None:
        """Look at entries that come before those older than `before` are let go."""
        postings.settle()
        leaving = postings.leaving(before)
        if len(leaving) > _MANY * len(coming):
            coming = ()
        self._before, self._counters = before, len(postings.pairs.counts)
        self._entries = len(postings) - len(leaving), len(postings) + len(coming)
        self._coming = tuple(coming)  # while they are held, no other object has their identity
        self._numbers = {id(fp): number for number, fp in enumerate(coming)}
        self._sketches = Sketches([fp.core for fp in coming])
        self._arrivals = postings.arrivals(self._sketches)
        self._alone = Sieve(self._sketches, postings, *self._entries, leaving).alone(limits) if coming else []

    def knows(self, fp: Fingerprint) -> bool:
        """Return whether an entry is one of those that come."""
        return id(fp) in self._numbers

    def is_alone(self, fp: Fingerprint, postings: Postings, before: float) -> bool:
        """Return whether it is certain that the exact search would find nothing to compare an entry with."""
        number = self._numbers.get(id(fp))
        return (
            number is not None
            and self._alone[number]
            and before <= self._before
            and self._entries[0] <= len(postings) <= self._entries[1]
            and len(postings.pairs.counts) == self._counters
        )

    def pairs_of(self, fp: Fingerprint) -> Hashes | None:
        """Return the distinct pairs of an entry that was foreseen."""
        number = self._numbers.get(id(fp))
        return None if number is None else self._sketches.pairs.of(number)

    def take(self, fp: Fingerprint, postings: Postings) -> Arrival | None:
        """Return what is counted of an entry that is added now; without it, nothing holds any more."""
        number = self._numbers.pop(id(fp), None)
        if number is None:
            self._numbers = {}
        if number is None or len(postings.pairs.counts) != self._counters:
            return None
        return self._arrivals.of(number)


class Sieve:
    """Some entries that come next, and bounds for what they weigh until the last of them was added."""

    def __init__(self, coming: Sketches, postings: Postings, fewest: int, most: int, leaving: Sequence[bytes]) -> None:
        """`leaving` are the cores of all entries that are counted now and may not be any more before the end.

        Until then there are from `fewest` to `most` entries: the more there are, the more a hash of few weighs.
        """
        self.coming, self.postings = coming.pairs, postings
        self._lower, self._upper = weights(fewest), weights(most)
        self._entries = len(coming)
        size = 1 << max(10, (len(self.coming.hashes) * 4).bit_length())
        self._some = np.uint32(size - 1)
        self._come = self._tally(self.coming.hashes, size)
        self._gone = self._tally(Sketches(leaving).pairs.hashes, size) if leaving else None

    def alone(self, limits: Limits) -> list[bool]:
        """Return for each entry whether it is certain that the exact search would find nothing to compare."""
        owners, hashes = self.coming.owners, self.coming.hashes
        most, least = self._most(hashes), self._least(hashes)
        self._most_weights = self._upper.take(least + 1, mode="clip")
        self._weights = np.bincount(owners, self._lower.take(most, mode="clip"), self._entries)
        asked = np.flatnonzero((least <= FREQUENT) & (most > 1))
        open_ = self._weights < limits.weight / ABOUT
        entries, rows, led = self._led(hashes[asked], owners[asked], self._most_weights[asked], open_)
        likely = led >= limits.led * ABOUT
        entries, rows, led = entries[likely], rows[likely], led[likely]
        sizes = np.bincount(owners, minlength=self._entries)
        shared = np.where(sizes <= limits.headline, limits.shared_by_headline, limits.shared) * ABOUT
        likely = led >= self._led_by(rows) * shared[entries] * limits.led_share
        entries, rows = entries[likely], rows[likely]
        open_[entries[self._shared(entries, rows) >= shared[entries]]] = True
        listed: list[bool] = (~open_).tolist()
        return listed

    # ------------------------------------------------------------ frequencies

    def _tally(self, hashes: Hashes, size: int) -> Counts:
        return np.bincount(hashes & self._some, minlength=size)

    def _most(self, hashes: Hashes) -> Counts:
        """In how many entries hashes can stand at most, all that come among them."""
        return self.postings.pairs.of(hashes) + self._come.take(hashes & self._some)

    def _least(self, hashes: Hashes) -> Counts:
        """In how many entries hashes can stand at least, without those that come."""
        now = self.postings.pairs.of(hashes).astype(np.intp)
        return now if self._gone is None else np.maximum(now - self._gone.take(hashes & self._some), 0)

    # ------------------------------------------------------------ candidates

    def _led(self, pairs: Hashes, owners: Places, upper: Floats, open_: Flags) -> tuple[Places, Places, Floats]:
        """Entries, rows that lead with some of their pairs, and the weight of these. Those that come count on."""
        postings, found = self.postings, [self._led_among(pairs, owners, upper)]
        leading, previous = postings.leading.reshape(-1), postings.previous.reshape(-1)
        at, least = postings.heads.take(pairs & postings.mask), postings.first * LEADING
        for _ in range(_STEPS):
            alive = np.flatnonzero(at >= least)
            if not len(alive):
                break
            pairs, owners, upper, at = pairs[alive], owners[alive], upper[alive], at[alive]
            same = np.flatnonzero(leading.take(at) == pairs)
            found.append((owners[same], at[same].astype(np.intp) // LEADING, upper[same]))
            at = previous.take(at)
        open_[owners[at >= least]] = True
        entries, rows, weights = (np.concatenate(column) for column in zip(*found, strict=True))
        keys = entries.astype(np.uint64) << _ENTRY | rows.astype(np.uint64)
        order = keys.argsort()
        keys = keys[order]
        first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else order
        sums = np.add.reduceat(weights[order], first) if len(first) else weights
        return entries[order][first], rows[order][first], sums

    @lazy
    def _leading(self) -> NDArray[np.uint32]:
        """The leading pairs of those that come; 0 where there are none."""
        rows = np.zeros((self._entries, LEADING), dtype=np.uint32)
        starts = np.array(self.coming.starts[:-1], dtype=np.intp)
        owners = self.coming.owners
        place = np.arange(len(owners)) - starts[owners]
        first = place < LEADING
        rows[owners[first], place[first]] = self.coming.hashes[first]
        return rows

    def _led_among(self, pairs: Hashes, owners: Places, upper: Floats) -> tuple[Places, Places, Floats]:
        """The same among those that come: each with the ones before it."""
        leading = self._leading.reshape(-1)
        order = leading.argsort(kind="stable")
        ordered = leading[order]
        first, end = ordered.searchsorted(pairs), ordered.searchsorted(pairs, "right")
        many = end - first
        each = np.repeat(np.arange(len(pairs)), many)
        place = np.arange(len(each)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
        leads = order[place] // LEADING
        before = leads < owners[each]
        return owners[each][before], leads[before] + self.postings.end, upper[each][before]

    def _led_by(self, rows: Places) -> Floats:
        """The least that the leading pairs of rows can weigh together."""
        rows, which = np.unique(rows, return_inverse=True)
        old = int(rows.searchsorted(self.postings.end))
        leading = np.concatenate((self.postings.leading[rows[:old]], self._leading[rows[old:] - self.postings.end]))
        weights = self._lower.take(self._most(leading), mode="clip")
        weights[leading == 0] = 0.0
        total: Floats = weights.sum(axis=1)[which]
        return total

    # ------------------------------------------------------------ what they share

    def _shared(self, entries: Places, rows: Places) -> Floats:
        """The greatest share of the smaller text's weight that entries and rows can have in common."""
        rows, which = np.unique(rows, return_inverse=True)
        texts = self._pairs_of(rows)
        weights = np.bincount(texts.owners, self._lower.take(self._most(texts.hashes), mode="clip"), len(rows))
        starts = np.array(texts.starts, dtype=np.intp)
        lengths = (starts[1:] - starts[:-1])[which]
        each = np.repeat(np.arange(len(entries)), lengths)
        place = np.arange(len(each)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + starts[:-1][which][each]
        pairs, owners = texts.hashes[place], entries[each].astype(np.uint64)
        both = self._may_have(pairs, owners)
        keys = owners[both] << _ENTRY | pairs[both]
        at = np.minimum(self.coming.keys.searchsorted(keys), len(self.coming.keys) - 1)
        shared = np.where(self.coming.keys[at] == keys, self._most_weights[at], 0.0)
        together = np.bincount(each[both], shared, len(entries))
        smaller = np.minimum(self._weights[entries], weights[which])
        return together / np.maximum(1e-6, smaller)

    def _may_have(self, pairs: Hashes, owners: Keys) -> Places:
        """Places where an entry may have a pair, all where it has among them: a tenth of the price of a search."""
        size = 1 << (len(self.coming.keys) * 8).bit_length()
        mask = np.uint64(size - 1)
        mark = np.zeros(size, dtype=bool)
        mark[(self.coming.hashes + (self.coming.keys >> _ENTRY) * np.uint64(0x9E3779B1)) & mask] = True
        return np.flatnonzero(mark[(pairs + owners * np.uint64(0x9E3779B1)) & mask])

    def _pairs_of(self, rows: Places) -> Sets:
        """The distinct pairs of rows, and of those that come, which count on from the end."""
        old, end = int(rows.searchsorted(self.postings.end)), self.postings.end
        here = Sketches([self.postings.cores[row] for row in rows[:old].tolist()]).pairs
        coming = (rows[old:] - end).tolist()
        if not coming:
            return here
        there = [self.coming.of(number) for number in coming]
        lengths = [len(pairs) for pairs in there]
        owners: Keys = np.repeat(np.arange(old, len(rows), dtype=np.uint64) << _ENTRY, lengths)
        starts = here.starts[:-1] + (len(here.hashes) + np.cumsum([0, *lengths])).tolist()
        keys: Keys = np.concatenate((here.keys, owners | np.concatenate(there)))
        return Sets(np.concatenate((here.hashes, *there)), starts, keys)
