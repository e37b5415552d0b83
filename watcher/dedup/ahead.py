"""Entries that come next, and how the pair model judges what each will be compared with at its turn.

numpy's price is by the call, so two hundred entries cost little more than ten. Each is weighed and compared
exactly as if it had come alone: whether many are foreseen changes no decision.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from watcher.dedup.candidates import candidates, coming
from watcher.dedup.judge import Judge
from watcher.dedup.looked import Looked, Sources
from watcher.dedup.pairs import TOLD_BEFORE, Compared, Likeness
from watcher.dedup.postings import Postings
from watcher.dedup.sketches import Hashes, Places, Sketches
from watcher.dedup.turns import Span, Times, Turns
from watcher.dedup.weights import Weights

#: What the same address adds to the log odds, as a factor on the odds.
SAME_LINK = 5.0
#: Probability, at most, that an item repeats its neighbour in the outlet's own output ("Morning briefing", a caption).
SERIES = 0.40
#: Probability, at least, that an outlet's text with other counts is one story with its text of a few hours before.
GOES_ON = 0.60
#: What other facts, and other words in the place of some, cost among candidates that are about as likely.
OTHER_FACTS, OTHER_WORDS = 0.10, 0.05


class Candidate(NamedTuple):
    """A row of the window that an entry is compared with."""

    row: int
    #: 0.0-1.0.
    probability: float
    #: The probability, less where facts or words differ: a copy belongs to what it says, not to a forgery of it.
    rank: float
    #: Which of the pairs that are compared it is.
    number: int


class Ahead:
    """What is known in advance of entries that come next; holds as long as nothing else comes between."""

    def __init__(
        self, cores: Sequence[bytes], feeds: Places, times: Times, postings: Postings, span: Span, judge: Judge
    ) -> None:
        """`postings` are settled at the time of the first one."""
        self._postings, self._judge, self.cores = postings, judge, tuple(cores)
        self.times, self.feeds, self.end = times.tolist(), feeds.tolist(), postings.end
        sketches = Sketches(cores)
        #: What is counted of them.
        self.arrivals = postings.arrivals(sketches)
        turns = Turns(postings, self.arrivals, times, span)
        self._new = new = coming(sketches.pairs, turns)
        self.weight: list[float] = new.weight.tolist()
        led = candidates(new, postings)
        self._compared: Compared | None = None
        #: Probabilities of pairs whose facts clash, taken strictly; None until they are wanted.
        self._strict: dict[int, float] | None = None
        if len(led.entries):
            sources = Sources(cores, feeds, times, postings)
            self._looked = Looked(new, led, sources)
            if len(self._looked.near):
                self._compared = Compared(self._looked, sources)
                self._judge_all()

    def is_next(self, core: bytes, end: int) -> bool:
        """Say whether an entry is the one whose turn it is when the rows end there."""
        return 0 <= end - self.end < len(self.cores) and self.cores[end - self.end] is core

    def outset(self, turn: int) -> tuple[float, int]:
        """Return when an entry comes, in seconds, and by which feed."""
        return self.times[turn], self.feeds[turn]

    def candidates(self, turn: int) -> list[Candidate]:
        """Return what an entry is compared with as the pair model judges it, the likeliest and truest first."""
        if self._compared is None:
            return []
        if (late := self._late.get(turn)) and any(self._postings.lead[row] != row for row in late):
            self._tell_before(turn, turn + 1)
            self._judge_from(*self._bounds[turn : turn + 2])
            if self._strict is not None:
                for number in range(*self._bounds[turn : turn + 2]):
                    self._strict.pop(number, None)
        return self._judged[self._bounds[turn] : self._bounds[turn + 1]]

    def likeness(self, candidate: Candidate) -> Likeness:
        """Return what an entry has in common with a candidate."""
        assert self._compared is not None, "there are candidates"
        return self._compared.likeness(candidate.number)

    def strictly(self, candidate: Candidate) -> float:
        """Return how likely a candidate is with facts that clash taken for other numbers, 0.0-1.0."""
        assert self._compared is not None, "there are candidates"
        if not self._compared.facts_differ[candidate.number]:
            return candidate.probability
        if self._strict is None:
            self._strict = self._strictly(self._compared.clashes)
        elif candidate.number not in self._strict:
            self._strict |= self._strictly([candidate.number])
        return min(candidate.probability, self._strict[candidate.number])

    def shared(self, candidate: Candidate) -> list[int]:
        """Return the pairs of words that an entry has in common with a candidate."""
        assert self._compared is not None, "there are candidates"
        return self._compared.shared(candidate.number)

    def counts(self, turn: int, hashes: Hashes) -> Places:
        """Return in how many entries pairs of words stand at a turn."""
        return self._new.turns.pairs.at(hashes, np.full(len(hashes), turn))

    # ------------------------------------------------------------ inside

    def _strictly(self, numbers: list[int]) -> dict[int, float]:
        assert self._compared is not None, "there are pairs"
        rows = [self._compared.likeness(number).strict for number in numbers]
        return dict(zip(numbers, self._judge.probabilities(rows), strict=True))

    def _judge_all(self) -> None:
        compared, looked = self._compared, self._looked
        assert compared is not None, "there are pairs"
        bounds = np.arange(len(self.cores) + 1)
        self._bounds: list[int] = compared.entries.searchsorted(bounds).tolist()
        self._looked_bounds: list[int] = looked.entries.searchsorted(bounds).tolist()
        self._strict = None
        self._judged: list[Candidate] = [Candidate(0, 0.0, 0.0, 0)] * len(compared)
        #: What an outlet has told before is only known when the entries before are decided: of each entry, those
        #: of its outlet that come too, which are taken to lead stories of their own until then.
        self._late: dict[int, list[int]] = {}
        late = np.flatnonzero(looked.siblings & (looked.rows >= self.end))
        for entry, row in zip(looked.entries[late].tolist(), looked.rows[late].tolist(), strict=True):
            self._late.setdefault(entry, []).append(row)
        self._tell_before(0, len(self.cores), decided=False)
        self._judge_from(0, len(compared))

    def _tell_before(self, turn: int, end: int, *, decided: bool = True) -> None:
        """Work the feature `TOLD_BEFORE` out for entries from one turn up to another; those before are `decided`."""
        compared, looked = self._compared, self._looked
        assert compared is not None, "there are pairs"
        some = slice(self._looked_bounds[turn], self._looked_bounds[end])
        rows = looked.rows[some]
        known = rows < (self._postings.end if decided else self.end)
        lead = np.where(known, self._postings.lead.take(rows, mode="clip"), rows)
        told = looked.told_before(some, lead)
        pairs = slice(self._bounds[turn], self._bounds[end])
        compared.features[pairs, TOLD_BEFORE] = told.take(compared.near[pairs] - some.start)

    def _judge_from(self, first: int, end: int) -> None:
        """Judge pairs, and put those of each entry in order."""
        compared, some = self._compared, slice(first, end)
        if compared is None or first == end:
            return
        features = compared.features[some]
        plain: Weights = np.array(self._judge.probabilities(features))
        linked = plain * SAME_LINK / (1 - plain + plain * SAME_LINK)
        likely = np.where(compared.same_link[some], linked, plain)
        likely = np.where(compared.is_rather_next[some], np.minimum(plain, SERIES), likely)
        likely = np.where(compared.goes_on[some], np.maximum(likely, GOES_ON), likely)
        rank = likely - OTHER_FACTS * compared.facts_differ[some] - OTHER_WORDS * compared.replaces_words[some]
        entries, rows = compared.entries[some], compared.rows[some]
        order = np.lexsort((rows, -rank, entries))
        columns = (rows[order], likely[order], rank[order], order + first)
        self._judged[some] = map(Candidate._make, zip(*(column.tolist() for column in columns), strict=True))
