"""Candidates as they are looked at: which of them share enough with an entry to go to the pair model."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from watcher.dedup.candidates import ABOUT, Coming, Led
from watcher.dedup.postings import FREQUENT, Postings
from watcher.dedup.sketches import Flags, Places, Sketches, marked, sums
from watcher.dedup.texts import Texts
from watcher.dedup.weights import Weights

#: Candidates that go to the pair model.
JUDGED = 6


class Sources:
    """Where texts and their outlets stand: entries that come, and rows of the window, which go on with those."""

    def __init__(self, cores: Sequence[bytes], feeds: Places, times: Weights, postings: Postings) -> None:
        self.cores, self.feeds, self.times, self.end = cores, feeds, times, postings.end
        self._postings = postings
        self.hosts = Texts(cores).hosts

    def cores_of(self, rows: Places) -> list[bytes]:
        """Return the cores of rows."""
        stored, end = self._postings.cores, self.end
        return [stored[row] if row < end else self.cores[row - end] for row in rows.tolist()]

    def feeds_of(self, rows: Places) -> Places:
        """Return the feeds of rows."""
        found: Places = self._of(rows, self._postings.feed, self.feeds)
        return found

    def times_of(self, rows: Places) -> Weights:
        """Return when rows came."""
        found: Weights = self._of(rows, self._postings.at, self.times)
        return found

    def _of(self, rows: Places, stored: NDArray[Any], coming: NDArray[Any]) -> NDArray[Any]:
        older = rows < self.end
        found = np.empty(len(rows), dtype=coming.dtype)
        found[older], found[~older] = stored[rows[older]], coming[rows[~older] - self.end]
        return found


class Looked:
    """Pairs of an entry that comes and a row that is looked at, each entry's the most promising first."""

    def __init__(self, new: Coming, led: Led, sources: Sources) -> None:
        """Find what they have in common."""
        self.new, self.entries, self.rows = new, led.entries, led.rows
        distinct, self.which = np.unique(led.rows, return_inverse=True)
        #: Cores of the distinct rows, by `which`.
        self.cores = sources.cores_of(distinct)
        texts = Texts(self.cores)
        pairs = texts.pairs_marked(marked(new.pairs.hashes))
        each, places = pairs.spread(self.which)
        at, both = new.pairs.find(led.entries.take(each), pairs.hashes.take(places))
        #: Of each pair of words that two texts have both: which texts, and its place among those of the entries.
        self.each, self.shared = each[both], at[both]
        self.together = self.sum(new.weights.take(self.shared))
        mine, least = new.weight.take(led.entries), new.least.take(led.entries)
        # Most share too little even if there is nothing to them but their leading pairs: the others are weighed.
        enough = self.together >= np.minimum(mine, led.least) * least * ABOUT
        #: Distinct pairs of texts, and their weight, of those that may be near; 0 of others.
        self.sizes, self.weight = np.zeros(len(self), dtype=np.intp), np.zeros(len(self))
        some = np.flatnonzero(enough)
        enough[some] = self._weigh(some, mine, least)
        before = enough.cumsum() - enough
        before -= before.take(led.entries.searchsorted(led.entries))
        self.near = np.flatnonzero(enough & (before < JUDGED))
        mine, theirs = sources.hosts.take(led.entries), texts.hosts.take(self.which)
        same_feed = sources.feeds.take(led.entries) == sources.feeds_of(led.rows)
        #: Whether two entries link to one site; where one names none, whether they came by one feed.
        self.one_outlet = np.where((mine != 0) & (theirs != 0), mine == theirs, same_feed)
        #: Those of one outlet that are looked at until there are enough.
        self.siblings = self.one_outlet & (before < JUDGED)

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self.entries)

    def sum(self, values: Weights) -> Weights:
        """Sum values of shared pairs of words up for each two texts."""
        return sums(self.each, values, len(self))

    def _weigh(self, some: Places, mine: Weights, least: Weights) -> Flags:
        """Weigh some of the texts, as far as they may be near; return which of them share enough."""
        distinct, which = np.unique(self.which.take(some), return_inverse=True)
        pairs = Sketches([self.cores[row] for row in distinct.tolist()]).pairs
        self.sizes[some] = np.diff(pairs.starts).take(which)
        mine, least, together = mine.take(some), least.take(some), self.together.take(some)
        each, places = pairs.spread(which)
        hashes, turns = pairs.hashes.take(places), self.entries.take(some.take(each))
        course, weigh = self.new.turns.pairs, self.new.turns.weigh
        lightest = sums(each, weigh(course.at_most(hashes), turns), len(some))
        may_be = together >= np.minimum(mine, lightest) * least * ABOUT
        few = np.flatnonzero(may_be.take(each))
        turns, owners = turns.take(few), each.take(few)
        weight = sums(owners, weigh(course.at(hashes.take(few), turns), turns), len(some))
        self.weight[some] = weight
        enough: Flags = may_be & (together / np.maximum(1e-6, np.minimum(mine, weight)) >= least)
        return enough

    def told_before(self, some: slice, lead: Places) -> Weights:
        """Share of what two texts of one outlet have both that it has in other stories too, or everybody has.

        `some` are all of some entries' pairs, `lead` the leads of their rows; 0.0 for two outlets.
        """
        first, end = self.each.searchsorted((some.start, some.stop)).tolist()
        each, shared = self.each[first:end] - some.start, self.shared[first:end]
        which = np.flatnonzero(self.siblings[some].take(each))
        each, shared = each.take(which), shared.take(which)
        leads = lead.take(each)
        order = np.lexsort((leads, shared))
        ordered = shared.take(order)
        least = leads.take(order.take(ordered.searchsorted(shared)))
        greatest = leads.take(order.take(ordered.searchsorted(shared, "right") - 1))
        known = (least != leads) | (greatest != leads) | (self.new.counts.take(shared) > FREQUENT)
        told = sums(each, np.where(known, self.new.weights.take(shared), 0.0), len(lead))
        share: Weights = told / np.maximum(1e-6, self.together[some])
        return share
