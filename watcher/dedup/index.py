"""The index of recent entries, and the decision which of them an entry repeats.

Candidates share rare pairs of neighbouring words; no other pair of entries is ever compared.
Method: containment of sketches, weighted by squared inverse document frequency (Broder's
resemblance sketches with the weighting measured best on news), then rapidfuzz on the words.
"""

import math
from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from rapidfuzz import fuzz

from watcher.dedup.facts import changes, other_numbers
from watcher.dedup.fingerprint import Fingerprint, pair_hash
from watcher.model import Assignment, AssignReason, Change, Relation

#: Shingles of an entry that lead to it, those with the smallest hashes.
LEADING = 16
#: A shingle that stands in more entries than this leads nowhere: it is a phrase, not a text.
FREQUENT = 60
#: Newest entries that one shingle leads to.
CHAIN = 64
#: Best candidates that are compared word by word.
COMPARED = 5
#: Weights of the entries' sketches must reach this, or the text is too short to tell.
LEAST_WEIGHT = 3.0
#: Counters of the document frequencies; a power of two. One in a thousand is too high at a million pairs.
COUNTERS = 1 << 22
#: Inverse document frequencies as in a corpus of at least so many entries.
LEAST_CORPUS = 1000


@dataclass(frozen=True, slots=True)
class Settings:
    """How alike two texts must be."""

    #: Similarity from which entries of two outlets are one story, 0.0-1.0.
    threshold: float = 0.55
    #: The same within one feed, where templates and series are the rule.
    same_feed_threshold: float = 0.80
    window: timedelta = field(default=timedelta(days=7))

    @classmethod
    def named(cls, sensitivity: str, window: timedelta = timedelta(days=7)) -> "Settings":
        """Return the settings called strict, balanced or broad.

        Raises:
            KeyError: there are no settings of that name.
        """
        across, within = {"strict": (0.70, 0.90), "balanced": (0.55, 0.80), "broad": (0.45, 0.75)}[sensitivity]
        return cls(across, within, window)


@dataclass(frozen=True, slots=True)
class _Member:
    seq: int
    story: int
    at: datetime
    feed: str
    fp: Fingerprint


@dataclass(frozen=True, slots=True)
class _Likeness:
    member: _Member
    similarity: float
    changes: tuple[Change, ...] = ()
    #: Same feed, and numbers differ that are no casualties: a series (12th, 13th package; prices of the day).
    series: bool = False


class Index:
    """Entries of the window, found by their rare shingles. One thread at a time."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._members: dict[int, _Member] = {}
        self._order: deque[int] = deque()
        self._leads_to: dict[int, list[int]] = {}
        self._counts = array("H", bytes(2 * COUNTERS))
        self._seen = self._weighed = 0
        self._weights: list[float] = []
        self._weigh()

    def __len__(self) -> int:
        """Return the number of entries in the window."""
        return len(self._members)

    def clear(self) -> None:
        """Forget everything."""
        self.__init__(self.settings)  # type: ignore[misc]  # the same object, as good as new

    def add(self, seq: int, story: int, at: datetime, feed: str, fp: Fingerprint, *, lead: bool) -> None:
        """Take an assigned entry up. `seq` must rise."""
        self._members[seq] = _Member(seq, story, at, feed, fp)
        self._order.append(seq)
        self._seen += 1
        self._weigh()
        for shingle in fp.sketch:
            slot = shingle & (COUNTERS - 1)
            if self._counts[slot] < 65_535:
                self._counts[slot] += 1
        for shingle in fp.sketch[:LEADING]:
            self._leads_to.setdefault(shingle, []).append(seq)

    def expire(self, now: datetime) -> None:
        """Drop entries that are older than the window."""
        before = now - self.settings.window
        while self._order and self._members[self._order[0]].at < before:
            gone = self._members.pop(self._order.popleft())
            for shingle in gone.fp.sketch[:LEADING]:
                left = [seq for seq in self._leads_to.get(shingle, ()) if seq != gone.seq]
                if left:
                    self._leads_to[shingle] = left
                else:
                    self._leads_to.pop(shingle, None)

    def decide(self, fp: Fingerprint, *, at: datetime, feed: str, next_story: int) -> Assignment:
        """Say which story a new entry belongs to; changes nothing.

        `next_story` is the number that it gets as the lead of a story of its own.
        """
        weights = {shingle: self._weight(shingle) for shingle in fp.sketch}
        total = sum(weights.values())
        if total < LEAST_WEIGHT:
            return Assignment(next_story, Relation.LEAD, AssignReason.TOO_SHORT, credits=fp.credits)
        candidates = [self._likeness(fp, m, feed) for m in self._candidates(weights, at)]
        best = max(candidates, key=lambda c: (not c.series, c.similarity, -c.member.seq), default=None)
        if best is None:
            return Assignment(next_story, Relation.LEAD, AssignReason.NO_CANDIDATE, credits=fp.credits)
        similarity, seq = round(best.similarity, 4), best.member.seq
        shared = self._shared(fp, best.member.fp)
        if best.series or best.similarity < self._threshold(best, feed):
            reason = AssignReason.BELOW_THRESHOLD
            return Assignment(next_story, Relation.LEAD, reason, similarity, seq, shared, (), fp.credits)
        relation, reason = Relation.REPUBLICATION, AssignReason.SAME_TEXT
        if best.changes:
            relation, reason = Relation.DEVELOPMENT, AssignReason.FACTS_CHANGED
        return Assignment(best.member.story, relation, reason, similarity, seq, shared, best.changes, fp.credits)

    # ------------------------------------------------------------ inside

    def _threshold(self, best: _Likeness, feed: str) -> float:
        same = bool(feed) and best.member.feed == feed
        return self.settings.same_feed_threshold if same else self.settings.threshold

    def _weight(self, shingle: int) -> float:
        count = self._counts[shingle & (COUNTERS - 1)]
        return self._weights[count] if count < len(self._weights) else 0.0

    def _weigh(self) -> None:
        """Compute the weights anew, by count, when the corpus has grown by a tenth."""
        corpus = max(LEAST_CORPUS, self._seen)
        if corpus < 1.1 * self._weighed and self._weights:
            return
        self._weighed = corpus
        scale = math.log(corpus + 2)
        self._weights = [(max(0.0, math.log((corpus + 2) / (n + 1))) / scale) ** 2 for n in range(min(corpus, 4096))]

    def _candidates(self, weights: dict[int, float], at: datetime) -> list[_Member]:
        """The members that share the greatest weight of leading shingles."""
        oldest = at - self.settings.window
        found: dict[int, float] = {}
        for shingle, weight in list(weights.items())[:LEADING]:
            if self._counts[shingle & (COUNTERS - 1)] > FREQUENT:
                continue
            for seq in self._leads_to.get(shingle, ())[-CHAIN:]:
                if self._members[seq].at >= oldest:
                    found[seq] = found.get(seq, 0.0) + weight
        best = sorted(found, key=lambda seq: (-found[seq], seq))[:COMPARED]
        return [self._members[seq] for seq in best]

    def _likeness(self, fp: Fingerprint, member: _Member, feed: str) -> _Likeness:
        containment = self._containment(fp.sketch, member.fp.sketch)
        changed = changes(member.fp.facts, fp.facts)
        series = False
        if feed and member.feed == feed:
            mine = other_numbers(fp.text.split(), fp.facts)
            theirs = other_numbers(member.fp.text.split(), member.fp.facts)
            series = bool(mine ^ theirs) and min(len(mine), len(theirs)) > 0 and not mine < theirs and not theirs < mine
        return _Likeness(member, self._verified(containment, fp, member.fp), changed, series)

    def _containment(self, mine: tuple[int, ...], theirs: tuple[int, ...]) -> float:
        """Share of the smaller sketch's weight that stands in the other one too."""
        others = set(theirs)
        shared = own = 0.0
        for shingle in mine:
            weight = self._weight(shingle)
            own += weight
            shared += weight * (shingle in others)
        smaller = min(own, sum(self._weight(shingle) for shingle in theirs))
        return shared / smaller if smaller >= LEAST_WEIGHT / 2 else 0.0

    def _verified(self, containment: float, mine: Fingerprint, theirs: Fingerprint) -> float:
        """Let the words have their say: what few rare pairs promise must hold for the order of the whole text."""
        if containment < 0.2:
            return containment
        short, long_ = sorted((mine.text, theirs.text), key=len)
        words = (
            fuzz.partial_ratio(short, long_) / 100 if len(short) < 0.8 * len(long_) else fuzz.ratio(short, long_) / 100
        )
        title = fuzz.token_sort_ratio(mine.title, theirs.title) / 100
        return min(1.0, 0.70 * containment + 0.15 * words + 0.15 * title)

    def _shared(self, mine: Fingerprint, theirs: Fingerprint) -> tuple[str, ...]:
        """The rarest phrases that both texts have, for people to see."""
        both = set(mine.sketch) & set(theirs.sketch)
        pairs = {f"{a} {b}": h for a, b in pairwise(mine.text.split()) if (h := pair_hash(a, b)) in both}
        return tuple(sorted(pairs, key=lambda p: (-self._weight(pairs[p]), p))[:8])


def decide_revision(new: Fingerprint, old: Fingerprint, *, story: int, seq: int) -> Assignment:
    """Say what changed content under the same feed and entry id is: a revision, or a development."""
    changed = changes(old.facts, new.facts)
    similarity = round(fuzz.ratio(old.text, new.text) / 100, 4)
    relation, reason = Relation.REVISION, AssignReason.SAME_ENTRY_ID
    if changed:
        relation, reason = Relation.DEVELOPMENT, AssignReason.SAME_ENTRY_ID_FACTS_CHANGED
    return Assignment(story, relation, reason, similarity, seq, (), changed, new.credits)


def members(index: Index) -> Iterator[int]:
    """Yield the numbers of the entries in the window, oldest first."""
    yield from index._order
