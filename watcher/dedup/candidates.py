"""Which entries of the window the ones that come next are compared with: those that share their rare pairs of words.

Many are looked up at once; each with the frequencies of its turn, and with those that come before it among
the ones to be found.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from watcher.dedup.postings import FREQUENT, LEADING, Postings
from watcher.dedup.sketches import Hashes, Places, Sets, spread, sums
from watcher.dedup.turns import Turns
from watcher.dedup.weights import Weights

#: Pairs of words that candidates are asked for by, the rarest first.
ASKED = 64
#: Candidates whose leading pairs are weighed, and whose texts are looked at, the most promising first.
PROMISING, LOOKED_AT = 32, 12
#: What a candidate must share of leading pairs: weight, part of the best one's, part of `LEAST_SHARED`.
LEAST_LED, LEAST_OF_BEST, LED_SHARE = 0.3, 0.1, 0.5
#: Weight shared beyond this is no more promising.
_ENOUGH = 3.0
#: What a candidate must share with the smaller text to go to the pair model: a headline less, for it says the same
#: in other words more easily than a text does. With so many pairs of words or less an entry is a headline.
LEAST_SHARED, LEAST_SHARED_HEADLINE, HEADLINE = 0.15, 0.08, 20
#: Weight that an entry's pairs must have together, or the text is too short to tell.
LEAST_WEIGHT = 1.8
#: Lists of postings that are gone along together, at least; fewer are quicker gone along one by one.
_TOGETHER = 24
#: Sums come out a little different in another order.
ABOUT = 1 - 1e-9
_ENTRY, _ROW = np.uint64(40), np.uint64(8)
_HIGH = np.uint64(32)
#: So that a number is no greater in half of the bits.
_ROUNDED_DOWN = 1 - 1e-6
#: Bits of a value and, in the rest, of the number of an entry: so many have room.
_VALUE, _GREATEST = np.uint64(55), np.float64(64).view(np.uint64)
_NUMBERED = 512
_ROWS, _PLACES = np.uint64(0xFFFFFFFF), np.uint64(0xFF)


@dataclass(frozen=True, slots=True)
class Coming:
    """The distinct pairs of entries that come next, as they count and weigh at their turns."""

    pairs: Sets
    turns: Turns
    #: Of each pair: the entry that it is of, in how many others it stands, what it weighs.
    owners: Places
    counts: Places
    weights: Weights
    #: Of each entry: what it weighs, how much of a text a candidate must share.
    weight: Weights
    least: Weights

    def __len__(self) -> int:
        """Return how many entries there are."""
        return len(self.weight)


def coming(pairs: Sets, turns: Turns) -> Coming:
    """Weigh entries by their distinct pairs."""
    owners, entries = pairs.owners, len(pairs.starts) - 1
    counts = turns.pairs.at_own(pairs.hashes, owners)
    weights = turns.weigh(counts + 1, owners)
    sizes = np.diff(pairs.starts)
    least = np.where(sizes <= HEADLINE, LEAST_SHARED_HEADLINE, LEAST_SHARED)
    return Coming(pairs, turns, owners, counts, weights, sums(owners, weights, entries), least)


class Led(NamedTuple):
    """Entries that come, by number, and rows that promise to be like them: each entry's by rank."""

    entries: Places
    rows: Places
    #: What rows weigh at least, as far as their leading pairs tell.
    least: Weights


def candidates(new: Coming, postings: Postings) -> Led:
    """Return rows that share the most with entries, as far as their leading pairs tell: at most LOOKED_AT for each."""
    leading = _leading(new.pairs)
    entries, rows, found = _found(new, postings, leading)
    best = np.zeros(len(new))
    np.maximum.at(best, entries, found)
    likely = np.flatnonzero(found >= np.maximum(LEAST_LED, best * LEAST_OF_BEST).take(entries))
    likely = likely.take(_best(PROMISING, entries.take(likely), found.take(likely)))
    entries, rows, found = entries.take(likely), rows.take(likely), found.take(likely)
    distinct, which = np.unique(rows, return_inverse=True)
    led_by = _led_by(distinct, postings, leading)
    likely = _worth(new, entries, found, which, led_by)
    entries, rows, found = entries.take(likely), rows.take(likely), found.take(likely)
    led_by = led_by.take(which.take(likely), axis=0)
    which, places = np.nonzero(led_by)
    turns = entries.take(which)
    counts = new.turns.pairs.at(led_by[which, places], turns)
    whole = sums(which, new.turns.weigh(counts, turns), len(rows))
    share, promise = _promise(found, whole)
    promise[share < new.least.take(entries) * LED_SHARE] = -1.0
    kept = _ranked(LOOKED_AT, entries, rows, promise)
    kept = kept[promise.take(kept) >= 0]
    return Led(entries.take(kept), rows.take(kept), whole.take(kept))


# ---------------------------------------------------------------- inside


def _best(most: int, entries: Places, values: Weights) -> Places:
    """Return the places of so many of each entry's greatest values, of equal ones the first; entries rise.

    As whole numbers, which are sorted in a tenth of the time: the entry's number, and below it how much less than
    the greatest a value is. Values are from 0.25 to less than 64.
    """
    sizes = np.bincount(entries)
    begins = sizes.cumsum() - sizes
    crowded = np.flatnonzero(sizes > most)
    kept = np.ones(len(entries), dtype=bool)
    for first in range(0, len(crowded), _NUMBERED):
        some = crowded[first : first + _NUMBERED]
        each, places = spread(begins.take(some), sizes.take(some))
        falling = each.astype(np.uint64) << _VALUE | _GREATEST - values.take(places).view(np.uint64)
        last = np.sort(falling).take(np.flatnonzero(np.diff(each, prepend=-1)) + most - 1).take(each)
        better = falling < last
        equal = np.flatnonzero(falling == last)
        owners = each.take(equal)
        room = most - np.bincount(each[better], minlength=len(some))
        better[equal[np.arange(len(equal)) - owners.searchsorted(owners) < room.take(owners)]] = True
        kept[places] = better
    return np.flatnonzero(kept)


def _promise(found: Weights, whole: Weights) -> tuple[Weights, Weights]:
    """Return the share of rows' leading pairs that was found, and how promising they are."""
    share = np.minimum(1.0, found / np.maximum(1e-6, whole))
    return share, share * np.minimum(found, _ENOUGH)


def _worth(new: Coming, entries: Places, found: Weights, which: Places, led_by: NDArray[np.uint32]) -> Places:
    """Return the places of rows that may share enough, and may be among the `LOOKED_AT` best of those that surely do.

    `which` are the rows, by number, and `led_by` the leading pairs of each number. What these weigh at a turn costs
    more to tell than between what they weigh at all turns, which is the same for all entries that found a row.
    """
    used, least = led_by != 0, new.least.take(entries) * LED_SHARE
    lightest, heaviest = new.turns.weigh_between(*new.turns.pairs.between(led_by))
    share, promise = _promise(found, (lightest * used).sum(axis=1).take(which) * ABOUT)
    surely, least_promise = _promise(found, (heaviest * used).sum(axis=1).take(which) / ABOUT)
    bits = np.where(surely >= least, least_promise * _ROUNDED_DOWN, 0.0).astype(np.float32).view(np.uint32)
    sizes = np.bincount(entries, minlength=len(new))
    crowded = np.flatnonzero(sizes > LOOKED_AT)
    falling = np.sort(entries.astype(np.uint64) << _HIGH | ~bits)
    last = falling.take(sizes.cumsum()[crowded] - sizes[crowded] + LOOKED_AT - 1)
    wanted = np.zeros(len(new))
    wanted[crowded] = (~last.astype(np.uint32)).view(np.float32)
    return np.flatnonzero((share >= least) & (promise >= wanted.take(entries)))


def _ranked(most: int, entries: Places, rows: Places, values: Weights) -> Places:
    """Return the places of so many of each entry's rows of the greatest values, in this order."""
    order = np.lexsort((rows, -values, entries))
    ordered = entries.take(order)
    rank = np.arange(len(order)) - ordered.searchsorted(ordered)
    best: Places = order[rank < most]
    return best


def _led_by(rows: Places, postings: Postings, leading: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The leading pairs of rows, which go on with those that come."""
    older = rows < postings.end
    found = np.empty((len(rows), LEADING), dtype=np.uint32)
    found[older] = postings.leading.take(rows[older], axis=0)
    found[~older] = leading.take(rows[~older] - postings.end, axis=0)
    return found


def _leading(pairs: Sets) -> NDArray[np.uint32]:
    """The leading pairs of those that come; 0 where there are none."""
    rows = np.zeros((len(pairs.starts) - 1, LEADING), dtype=np.uint32)
    starts = np.array(pairs.starts)
    lengths = np.minimum(np.diff(starts), LEADING)
    owners, places = spread(starts[:-1], lengths)
    rows[owners, places - starts.take(owners)] = pairs.hashes.take(places)
    return rows


def _asked(new: Coming) -> Places:
    """Places of the pairs that candidates are asked for by."""
    worth = (new.weight >= LEAST_WEIGHT).take(new.owners)
    asked = np.flatnonzero((new.counts > 0) & (new.counts <= FREQUENT) & worth)
    many = np.bincount(new.owners.take(asked), minlength=len(new)) > ASKED
    if many.any():
        owners = new.owners.take(asked)
        order = np.lexsort((asked, new.counts.take(asked), owners))
        ordered = owners.take(order)
        kept = order[np.arange(len(order)) - ordered.searchsorted(ordered) < ASKED]
        kept.sort()
        asked = asked.take(kept)
    return asked


def _found(new: Coming, postings: Postings, leading: NDArray[np.uint32]) -> tuple[Places, Places, Weights]:
    """Entries, rows that lead with some of the pairs that are asked for, and the weight of these."""
    asked = _asked(new)
    owners = new.owners.take(asked)
    starts = np.array(new.pairs.starts)
    keys = owners.astype(np.uint64) << _ENTRY | (asked - starts.take(owners)).astype(np.uint64)
    pairs = new.pairs.hashes.take(asked)
    least = new.turns.first.take(owners)
    found = np.concatenate((_stored(postings, pairs, keys, least), _among(pairs, owners, keys, leading, postings.end)))
    found.sort()
    entries_and_rows = found >> _ROW
    if not len(found):
        return owners[:0], owners[:0], new.weights[:0]
    begins = np.concatenate(([True], entries_and_rows[1:] != entries_and_rows[:-1]))
    entries = (found >> _ENTRY).astype(np.intp)
    weights = new.weights.take(starts.take(entries) + (found & _PLACES).astype(np.intp))
    rows = (entries_and_rows & _ROWS).astype(np.intp)
    return entries[begins], rows[begins], sums(begins.cumsum() - 1, weights, int(begins.sum()))


def _stored(postings: Postings, pairs: Hashes, keys: NDArray[np.uint64], least: Places) -> NDArray[np.uint64]:
    """`keys` with the rows that lead with their pairs, from the least row on."""
    found = [keys[:0]]
    leading, previous = postings.leading.reshape(-1), postings.previous.reshape(-1)
    at, least = postings.heads.take(pairs & postings.mask), least * LEADING
    while len(at) > _TOGETHER:
        alive = np.flatnonzero(at >= least)
        if len(alive) < len(at):
            pairs, keys, least, at = pairs.take(alive), keys.take(alive), least.take(alive), at.take(alive)
        same = np.flatnonzero(leading.take(at) == pairs)
        found.append(keys.take(same) | (at.take(same) // LEADING).astype(np.uint64) << _ROW)
        at = previous.take(at)
    alive = np.flatnonzero(at >= least)
    row = int(_ROW)
    alone = [
        key | number << row
        for pair, key, end, place in zip(*(column[alive].tolist() for column in (pairs, keys, least, at)), strict=True)
        for number in postings.rows_along(place, pair, end)
    ]
    return np.concatenate([*found, np.array(alone, dtype=np.uint64)])


def _among(
    pairs: Hashes, owners: Places, keys: NDArray[np.uint64], leading: NDArray[np.uint32], end: int
) -> NDArray[np.uint64]:
    """The same among those that come, whose rows will begin at `end`: each with the ones before it."""
    if len(leading) < 2:
        return keys[:0]
    lead = np.flatnonzero(leading)
    leading = leading.ravel()[lead]
    order = leading.argsort(kind="stable")
    ordered = leading.take(order)
    again = np.zeros(1 << 16, dtype=bool)
    again[leading & np.uint32(0xFFFF)] = True
    some = np.flatnonzero(again.take(pairs & np.uint32(0xFFFF)))
    first = ordered.searchsorted(pairs.take(some))
    each, place = spread(first, ordered.searchsorted(pairs.take(some), "right") - first)
    rows, which = lead.take(order.take(place)) // LEADING, some.take(each)
    before = rows < owners.take(which)
    found: NDArray[np.uint64] = keys.take(which[before]) | (rows[before] + end).astype(np.uint64) << _ROW
    return found
