"""How rare things will be when each of the entries that come next has its turn.

Each entry changes the frequencies from which the next one's weights come: it is counted itself, and by its
time others have left the window. All of that is known beforehand, so many entries are weighed at once and
each exactly as if it had come alone.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from watcher.dedup.lazy import lazy
from watcher.dedup.postings import Arrivals, Postings
from watcher.dedup.sketches import Hashes, Keys, Places
from watcher.dedup.weights import COMMON, Frequencies, Weights, weights

Times = NDArray[np.float64]

_HIGH = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_NEXT = np.uint64(1)


@dataclass(frozen=True, slots=True)
class Span:
    """How long entries stay in the window, and from which age they are old; seconds."""

    window: float
    old: float


class Turns:
    """Frequencies at the turns of entries that are added one after another, in the order in which they come."""

    def __init__(self, postings: Postings, arrivals: Arrivals, times: Times, span: Span) -> None:
        """`postings` are settled at the time of the first one, or before."""
        #: First row of the window at each turn.
        self.first = postings.first + postings.at[postings.first : postings.end].searchsorted(times - span.window)
        old = postings.aged + postings.at[postings.aged : postings.end].searchsorted(times - span.old)
        self._set_tables(postings.end + np.arange(len(times)) - self.first)
        gone = postings.rows(postings.first, int(self.first[-1]))
        leaves = self.first.searchsorted(gone.numbers, "right")
        self.pairs = _Course(postings.pairs, _turned(arrivals.pairs.keys), _dated(gone.pairs, leaves))
        self.words = _Course(postings.words, _turned(arrivals.words.keys), _dated(gone.words, leaves))
        aged = postings.rows(postings.aged, int(old[-1]))
        ages = old.searchsorted(aged.numbers, "right")
        stays = ages < self.first.searchsorted(aged.numbers, "right")
        was_old = (gone.numbers < postings.aged) | (old.searchsorted(gone.numbers, "right") < leaves)
        self.old = _Course(postings.old, _dated(aged.pairs, ages, stays), _dated(gone.pairs, leaves, was_old))

    def weigh(self, counts: Places | Hashes, turns: Places) -> Weights:
        """Return the weights of things that stand in so many entries at those turns, which are spread over them."""
        places: Any = np.minimum(counts, COMMON)
        if self._offsets is not None:
            places = places + self._offsets.take(turns)
        found: Weights = self._tables.take(places)
        return found

    def weigh_between(self, fewest: Hashes, most: Hashes) -> tuple[Weights, Weights]:
        """Return what things weigh at least, and at most, at any turn that stand in so many entries."""
        return self._least.take(np.minimum(most, COMMON)), self._most.take(np.minimum(fewest, COMMON))

    def _set_tables(self, entries: Places) -> None:
        """Weights depend on how many entries there are: the more, the greater."""
        self._least, self._most = map(weights, (int(entries.min()), int(entries.max())))
        tables = {id(table): table for table in (self._least, self._most)}
        self._offsets: Places | None = None
        if len(tables) > 1:
            each = [weights(number) for number in entries.tolist()]
            tables = {id(table): table for table in each}
            places = {number: place * (COMMON + 1) for place, number in enumerate(tables)}
            self._offsets = np.array([places[id(table)] for table in each], dtype=np.intp)
        self._tables: Weights = np.concatenate(list(tables.values()))


class _Course:
    """The counts of one kind of thing over the turns."""

    def __init__(self, frequencies: Frequencies, come: Keys, gone: Keys) -> None:
        """`come` and `gone` have the counter above the turn from which on it is one more, or one less."""
        self._now, self._come, self._gone = frequencies, _Steps(come), _Steps(gone)

    def at(self, hashes: Hashes, turns: Places) -> Places:
        """Return the counts of hashes at turns, without the entries whose turns they are."""
        counters = self._now.counters_of(hashes)
        counts = self._now.counts.take(counters).astype(np.intp)
        self._come.tell(counters, turns, counts, 1)
        self._gone.tell(counters, turns, counts, -1)
        return counts

    def at_own(self, hashes: Hashes, turns: Places) -> Places:
        """Return the same where the hashes are all of those whose turns they are, and turns rise: in half the time."""
        counters, order = self._in_order(hashes)
        counts = self._now.counts.take(counters).astype(np.intp)
        turns = turns.take(order)
        begins = np.concatenate(([True], counters[1:] != counters[:-1]))
        entries = begins.copy()
        entries[1:] |= turns[1:] != turns[:-1]
        number = entries.cumsum()
        counts += number - np.repeat(number[begins], np.diff(np.flatnonzero(np.append(begins, True))))
        self._gone.tell(counters, turns, counts, -1)
        found = np.empty_like(counts)
        found[order] = counts
        return found

    def at_most(self, hashes: Hashes) -> Hashes:
        """Return counts that hashes do not have more of at any turn."""
        return self.between(hashes)[1]

    def between(self, hashes: Hashes) -> tuple[Hashes, Hashes]:
        """Return counts that hashes do not have less of at any turn, and counts that they do not have more of."""
        counters = self._now.counters_of(hashes)
        now: Hashes = self._now.counts.take(counters)
        return now - np.minimum(now, self._gone.all(counters)), now + self._come.all(counters)

    def _in_order(self, hashes: Hashes) -> tuple[Hashes, Places]:
        """The counters of hashes, rising, and their places: what is near in memory is looked up together."""
        keys = self._now.counters_of(hashes).astype(np.uint64) << _HIGH | np.arange(len(hashes), dtype=np.uint64)
        keys.sort()
        return (keys >> _HIGH).astype(np.uint32), (keys & _LOW).astype(np.intp)


class _Steps:
    """From which turns on counters have changed by one."""

    def __init__(self, keys: Keys) -> None:
        """`keys` have the counter above the turn; they are sorted in place."""
        keys.sort()
        size = 1 << max(10, (len(keys) * 8).bit_length())
        self._keys, self._mask, self._mark = keys, np.uint32(size - 1), np.zeros(size, dtype=bool)
        self._mark[(keys >> _HIGH).astype(np.uint32) & self._mask] = True

    @lazy
    def _steps(self) -> Hashes:
        """How many steps counters have, by their last bits."""
        size = 1 << max(10, (len(self._keys) * 4).bit_length())
        some = (self._keys >> _HIGH).astype(np.uint32) & np.uint32(size - 1)
        steps: Hashes = np.bincount(some, minlength=size).astype(np.uint32)
        return steps

    @lazy
    def _ranks(self) -> Places:
        """Which step of its counter each is, from 1 on."""
        places = np.arange(len(self._keys))
        counters = self._keys >> _HIGH
        begins = np.concatenate(([True], counters[1:] != counters[:-1]))
        ranks: Places = places + 1 - np.maximum.accumulate(np.where(begins, places, 0))
        return ranks

    def all(self, counters: Hashes) -> Hashes:
        """Return how many steps counters have, or more."""
        found: Hashes = self._steps.take(counters & np.uint32(len(self._steps) - 1))
        return found

    def tell(self, counters: Hashes, turns: Places, counts: Places, change: int) -> None:
        """Change counts by what has happened to their counters by those turns."""
        if not len(self._keys):
            return
        some = np.flatnonzero(self._mark.take(counters & self._mask))
        keys = counters.take(some).astype(np.uint64) << _HIGH | some.astype(np.uint64)
        keys.sort()  # in order they are found in a quarter of the time
        places = (keys & _LOW).astype(np.intp)
        keys = keys & ~_LOW | turns.take(places).astype(np.uint64)
        last = np.maximum(self._keys.searchsorted(keys, "right") - 1, 0)
        step = self._keys.take(last)
        its_own = (step <= keys) & ((step ^ keys) <= _LOW)
        counts[places] += change * np.where(its_own, self._ranks.take(last), 0)


def _turned(keys: Keys) -> Keys:
    """Keys of entries above counters, as counters above the turns after the entries'."""
    turned: Keys = keys << _HIGH | (keys >> _HIGH) + _NEXT
    return turned


def _dated(keys: Keys, turns: Places, which: NDArray[np.bool_] | None = None) -> Keys:
    """Keys of rows above counters, as counters above the rows' turns; only of some rows."""
    rows = (keys >> _HIGH).astype(np.intp)
    if which is not None:
        some = which[rows]
        keys, rows = keys[some], rows[some]
    dated: Keys = (keys & _LOW) << _HIGH | turns[rows].astype(np.uint64)
    return dated
