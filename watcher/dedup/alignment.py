"""Pairs of texts word by word side by side (longest common subsequence): what stands in the place of what."""

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import LCSseq

from watcher.dedup.sketches import Keys, Places, distinct_keys, spread, sums
from watcher.dedup.texts import Texts
from watcher.dedup.weights import Weights

#: Words replaced at one place that are counted.
_GAP = 12
#: Bodies shorter than this are aligned together with their titles.
_BODY = 5
_HIGH = np.uint64(32)


class Blocks:
    """Runs of words that two texts have both, in order, each pair's last one empty and at the end."""

    def __init__(self, mine: Sequence[str], theirs: Sequence[str]) -> None:
        """Align texts that are written with a character for each word."""
        found = [
            (pair, block.a, block.b, block.size)
            for pair, both in enumerate(zip(mine, theirs, strict=True))
            for block in LCSseq.editops(*both).as_matching_blocks()
        ]
        self.pair, self.mine, self.theirs, self.size = np.array(found, dtype=np.intp).reshape(-1, 4).T
        self.pairs = len(mine)
        #: Words between the run before and this one, in both texts.
        self.my_gap, self.their_gap = self._gap(self.mine), self._gap(self.theirs)

    def sum(self, values: Places) -> Weights:
        """Sum values of runs up for each pair."""
        return sums(self.pair, values, self.pairs)

    def longest(self) -> Places:
        """Return, for each pair, its longest run, the first of several."""
        order = np.lexsort((-self.size, self.pair))
        first: Places = order[self.pair.searchsorted(np.arange(self.pairs))]
        return first

    def _gap(self, begins: Places) -> Places:
        before = np.zeros_like(begins)
        before[1:] = np.where(self.pair[1:] == self.pair[:-1], (begins + self.size)[:-1], 0)
        gap: Places = begins - before
        return gap


class Alignment:
    """Texts of pairs side by side, their titles left out unless there is little else."""

    def __init__(self, texts: Texts, mine: Places, theirs: Places) -> None:
        bodies = texts.lengths - texts.titled
        whole = np.minimum(bodies[mine], bodies[theirs]) < _BODY
        self._texts = texts
        first = [np.where(whole, 0, texts.titled[which]) for which in (mine, theirs)]
        written = [
            [texts.signs[text][skipped:] for text, skipped in zip(which.tolist(), skip.tolist(), strict=True)]
            for which, skip in zip((mine, theirs), first, strict=True)
        ]
        self._blocks = blocks = Blocks(*written)
        self._mine, self._theirs = (
            texts.starts[which] + skip for which, skip in zip((mine, theirs), first, strict=True)
        )
        kept = blocks.sum(blocks.size)
        shorter = np.minimum(texts.lengths[mine] - first[0], texts.lengths[theirs] - first[1])
        #: Share of the shorter that is in order in the other.
        self.order = kept / np.maximum(1, shorter)
        gaps = np.minimum(blocks.my_gap, blocks.their_gap)
        #: Words replaced for each word kept.
        self.replaced = blocks.sum(np.minimum(gaps, _GAP)) / np.maximum(1, kept)
        self._replaced = np.flatnonzero(gaps > 0)

    def come(self) -> Keys:
        """Return distinct words that stand in the place of others in the first text: the pair above the hash."""
        return self._words(self._mine, self._blocks.mine, self._blocks.my_gap)

    def gone(self) -> Keys:
        """Return those in whose place they stand."""
        return self._words(self._theirs, self._blocks.theirs, self._blocks.their_gap)

    def longest_run(self) -> tuple[Places, Places]:
        """Return of each pair's longest run where it begins in the first text, and how many words it has."""
        longest = self._blocks.longest()
        return self._mine + self._blocks.mine[longest], self._blocks.size[longest]

    def _words(self, first: Places, begins: Places, gap: Places) -> Keys:
        some = self._replaced
        pairs, gap = self._blocks.pair[some], gap[some]
        each, places = spread(first[pairs] + begins[some] - gap, np.minimum(gap, _GAP))
        return distinct_keys(pairs[each].astype(np.uint64) << _HIGH | self._texts.hashes.take(places))


def words_swapped(mine: Sequence[str], theirs: Sequence[str]) -> Weights:
    """Share of the edits between two titles that put as many words for as many: a template's places and dates.

    0.0 where one is empty.
    """
    blocks = Blocks(mine, theirs)
    edits = blocks.sum(np.maximum(blocks.my_gap, blocks.their_gap))
    swapped = blocks.sum(np.where(blocks.my_gap == blocks.their_gap, blocks.my_gap, 0))
    return swapped / np.maximum(1, edits)
