"""The index of recent entries, and the decision which of them an entry repeats.

Candidates share rare pairs of neighbouring words; no other pair of entries is ever compared.
What the best candidates have in common goes to the pair model (`judge.py`); its best one is
joined if it is likely enough and the story's lead does not speak against it.

Which entries hang together is worked out at the broadest setting whatever is configured, and a
stricter setting cuts the weaker joints. So the stories of `strict` are parts of those of
`balanced`, and those of `balanced` parts of those of `broad`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from watcher.dedup.explain import changes_between, shared_phrases
from watcher.dedup.fingerprint import Fingerprint
from watcher.dedup.judge import Judge, shipped_judge
from watcher.dedup.pairs import Likeness, Side, compare, containment, containments, of_one_outlet, similarity_of_texts
from watcher.dedup.postings import FREQUENT, Hashes, Postings, words_of
from watcher.dedup.sieve import ABOUT, Ahead, Limits
from watcher.dedup.sketches import Sketches
from watcher.dedup.weights import Weights, weights
from watcher.dedup.withdrawn import taken_back
from watcher.model import Assignment, AssignReason, Change, Reason, Relation, Sensitivity

#: Pairs of words that candidates are asked for by, the rarest first.
ASKED = 64
#: Candidates whose texts are looked at, the most promising first; of these, so many go to the pair model.
PROMISING, LOOKED_AT, JUDGED = 32, 12, 6
#: What a candidate must share of leading pairs: weight, part of the best one's, part of `LEAST_SHARED`.
LEAST_LED, LEAST_OF_BEST, LED_SHARE = 0.3, 0.1, 0.5
#: What a candidate must share with the smaller text to go to the pair model: a headline less, for it says the same
#: in other words more easily than a text does. With so many pairs of words or less an entry is a headline.
LEAST_SHARED, LEAST_SHARED_HEADLINE, HEADLINE = 0.15, 0.08, 20
#: Weight that an entry's pairs must have together, or the text is too short to tell.
LEAST_WEIGHT = 1.8
#: Entries that are looked at together, at most and at least.
TOGETHER, LEAST_TOGETHER = 256, 4
LIMITS = Limits(LEAST_LED, LED_SHARE, LEAST_SHARED, LEAST_SHARED_HEADLINE, HEADLINE, LEAST_WEIGHT)
#: Probability from which two entries are one story.
THRESHOLDS = {sensitivity.value: sensitivity.threshold for sensitivity in Sensitivity}
#: A story's lead must be this likely too, unless the member is as good as certain.
LEAD_SUPPORT, CERTAIN = 0.10, 0.90
#: What the same address adds to the log odds, as a factor on the odds.
SAME_LINK = 5.0
#: Probability, at most, that an item repeats its neighbour in the outlet's own output ("Morning briefing", a caption).
SERIES = 0.40
#: Entries older than this make what they share with newer ones old: a template, a footer.
OLD = timedelta(days=3)
#: A revision less similar than this to the entry before it is found by its own text too.
ANOTHER_TEXT = 0.80
#: What other facts, and other words in the place of some, cost among candidates that are about as likely.
OTHER_FACTS, OTHER_WORDS = 0.10, 0.05
#: Reasons for and against that are told.
TOLD = 3

#: Sequence number → text of an entry of the window ("" if it is not known any more).
TextOf = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Settings:
    """How alike two texts must be."""

    #: Probability from which entries are one story, 0.0-1.0; not below that of `broad`.
    threshold: float = THRESHOLDS["balanced"]
    window: timedelta = field(default=timedelta(days=7))

    @classmethod
    def named(cls, sensitivity: str, window: timedelta = timedelta(days=7)) -> "Settings":
        """Return the settings called strict, balanced or broad.

        Raises:
            KeyError: there are no settings of that name.
        """
        return cls(THRESHOLDS[sensitivity], window)


@dataclass(frozen=True, slots=True)
class _Candidate:
    row: int
    probability: float
    likeness: Likeness

    @property
    def rank(self) -> float:
        """The probability, less where facts or words differ: a copy belongs to what it says, not to a forgery of it."""
        return self.probability - OTHER_FACTS * self.likeness.facts_differ - OTHER_WORDS * self.likeness.replaces_words


class Index:
    """Entries of the window, found by their rare pairs of words. One thread at a time."""

    def __init__(self, settings: Settings, judge: Judge | None = None) -> None:
        """`judge` is the shipped one if it is None."""
        self.settings, self.judge = settings, judge or shipped_judge()
        self.clear()

    def __len__(self) -> int:
        """Return the number of entries in the window."""
        return len(self._postings)

    def clear(self) -> None:
        """Forget everything."""
        self._postings = Postings()
        self._feeds: dict[str, int] = {}
        self._now = float("-inf")
        self._coming: list[Fingerprint] = []
        self._until = datetime.min.replace(tzinfo=UTC)
        self._ahead: Ahead | None = None

    def foresee(self, coming: Sequence[Fingerprint], since: datetime, until: datetime) -> None:
        """Be told which entries will probably be decided and added next, in this order, and when: it saves time.

        Whatever then comes, decisions are the same as without.
        """
        self._coming, self._until, self._ahead = list(coming), until, None
        self._move_to(since)

    def add(self, seq: int, story: int, at: datetime, feed: str, fp: Fingerprint, *, joins: int | None) -> None:
        """Take an assigned entry up. `seq` must rise; `joins` is the entry that `joins` says, or None."""
        self._move_to(at)
        postings = self._postings
        arrival = self._ahead.take(fp, postings) if self._ahead else None
        postings.make_room()  # which may give rows other numbers
        joined = -1 if joins is None else postings.row_of(joins)
        lead = postings.end if joined < 0 else int(postings.lead[joined])
        postings.add(fp.core, arrival, at=self._now, story=story, seq=seq, feed=self._feed(feed), lead=lead)

    def expire(self, now: datetime) -> None:
        """Drop entries that are older than the window."""
        self._move_to(now)

    def decide(
        self, fp: Fingerprint, *, at: datetime, feed: str, next_story: int, text_of: TextOf, explain: bool = True
    ) -> Assignment:
        """Say which story a new entry belongs to; changes nothing but the time, which only moves on.

        `next_story` is the number that it gets as the lead of a story of its own. Without `explain`
        neither shared phrases nor reasons are looked for; the decision is the same.
        """
        alone = Assignment(next_story, Relation.LEAD, AssignReason.NO_CANDIDATE, credits=fp.credits)
        self._move_to(at)
        self._look_ahead(fp)
        before = self._now - self.settings.window.total_seconds()
        if self._ahead and self._ahead.is_alone(fp, self._postings, before):
            return alone
        side, likenesses = self._compared(fp, at, feed)
        if side.weight < LEAST_WEIGHT:
            return replace(alone, reason=AssignReason.TOO_SHORT)
        candidates = self._judged(likenesses)
        if not candidates:
            return alone
        best = self._joined(candidates)
        if best is None:
            told = self._told(alone, candidates[0], AssignReason.BELOW_THRESHOLD)
            return self._explained(told, candidates[0].likeness, fp) if explain else told
        if best.probability < self.settings.threshold:
            told = self._told(alone, best, AssignReason.TOO_WEAK)
            return self._explained(told, best.likeness, fp) if explain else told
        story = int(self._postings.story[best.row])
        together = replace(alone, story=story, relation=Relation.REPUBLICATION)
        told = self._told(together, best, AssignReason.SAME_TEXT)
        if best.likeness.may_differ_in_facts:
            told = _with_changes(told, changes_between(text_of(told.compared_with or 0), fp.text))
        return self._explained(told, best.likeness, fp) if explain else told

    def story_of(self, seq: int) -> int | None:
        """Return the story of an entry; None if it is not in the window."""
        row = self._postings.row_of(seq)
        return int(self._postings.story[row]) if row >= 0 else None

    def oldest(self) -> int | None:
        """Return the sequence number of the oldest entry in the window; None if it is empty."""
        postings = self._postings
        return int(postings.seq[postings.first]) if len(postings) else None

    def compared(self, fp: Fingerprint, *, at: datetime, feed: str) -> list[tuple[int, float, Likeness]]:
        """Return `(seq, probability, likeness)` of everything an entry would be compared with, for measuring."""
        found = self._judged(self._compared(fp, at, feed)[1])
        return [(int(self._postings.seq[c.row]), c.probability, c.likeness) for c in found]

    # ------------------------------------------------------------ inside

    def _compared(self, fp: Fingerprint, at: datetime, feed: str) -> tuple[Side, list[tuple[int, Likeness]]]:
        self._move_to(at)
        self._postings.settle()
        table = weights(len(self))
        pairs = self._ahead.pairs_of(fp) if self._ahead else None
        side = Side(fp.core, self._postings, table, self._now, self._feed(feed), new=True, pairs=pairs)
        if side.weight < LEAST_WEIGHT:
            return side, []
        return side, self._likenesses(side, self._candidates(side, table), table)

    def _look_ahead(self, fp: Fingerprint) -> None:
        """Where an entry is the next of those to come, look at it and some more."""
        if not self._coming or (self._ahead and self._ahead.knows(fp)):
            return
        place = next((place for place, one in enumerate(self._coming[:TOGETHER]) if one is fp), None)
        if place is None:
            return
        some, self._coming = self._coming[place : place + TOGETHER], self._coming[place + TOGETHER :]
        before = max(self._now, self._until.timestamp()) - self.settings.window.total_seconds()
        self._ahead = Ahead(some, self._postings, before, LIMITS) if len(some) >= LEAST_TOGETHER else None

    def _move_to(self, at: datetime) -> None:
        moment = at.timestamp()
        if moment > self._now:
            self._now = moment
            self._postings.leave(moment - self.settings.window.total_seconds(), moment - OLD.total_seconds())

    def _feed(self, feed: str) -> int:
        """A number for a feed; no two entries without a feed are of one."""
        if not feed:
            return -1 - self._postings.end
        return self._feeds.setdefault(feed, len(self._feeds))

    def _candidates(self, side: Side, table: Weights) -> list[int]:
        """Rows that share the most with an entry, as far as their leading pairs tell."""
        postings = self._postings
        some = np.flatnonzero((side.counts > 0) & (side.counts <= FREQUENT))
        if len(some) > ASKED:
            some = some[np.argsort(side.counts[some], kind="stable")[:ASKED]]
        rare = [(pair, side.pair_weights[pair]) for pair in side.pairs[some].tolist()]
        found = postings.sharing(rare)
        if not found:
            return []
        floor = max(LEAST_LED, max(found.values()) * LEAST_OF_BEST)
        rows = sorted([row for row, weight in found.items() if weight >= floor], key=lambda row: (-found[row], row))
        rows = rows[:PROMISING]
        leading = postings.leading[rows]
        whole = np.where(leading != 0, table.take(postings.pairs.of(leading), mode="clip"), 0.0).sum(axis=1)
        promise = {}
        for row, total in zip(rows, whole.tolist(), strict=True):
            share = min(1.0, found[row] / max(1e-6, total))
            if share >= _least_shared(side) * LED_SHARE:
                promise[row] = share * min(found[row], 3.0)
        return sorted(promise, key=lambda row: (-promise[row], row))[:LOOKED_AT]

    def _likenesses(self, side: Side, rows: list[int], table: Weights) -> list[tuple[int, Likeness]]:
        """Compare with the rows that share enough, up to JUDGED."""
        postings = self._postings
        looked: list[tuple[int, Side]] = []
        near: list[tuple[int, Side]] = []
        cores = [postings.cores[row] for row in rows]
        sets = Sketches(cores).pairs
        all_counts = postings.pairs.of(sets.hashes)
        about = containments(side, sets, all_counts, table).tolist() if rows else []
        least = _least_shared(side)
        for number, (row, core) in enumerate(zip(rows, cores, strict=True)):
            at, feed = float(postings.at[row]), int(postings.feed[row])
            pairs, counts = sets.of(number), all_counts[sets.starts[number] : sets.starts[number + 1]]
            older = Side(core, postings, table, at, feed, new=False, pairs=pairs, counts=counts)
            looked.append((row, older))
            if about[number] >= least * ABOUT and containment(side, older) >= least:
                near.append((row, older))
                if len(near) == JUDGED:
                    break
        outlets = [(row, other) for row, other in looked if of_one_outlet(side, other)]
        return [(row, compare(side, older, postings, self._told_before(row, outlets))) for row, older in near]

    def _told_before(self, row: int, outlets: list[tuple[int, Side]]) -> Hashes | None:
        """Pairs of words that the entry's outlet has used in other stories than that of a row."""
        lead = self._postings.lead
        others = [other.pairs for at, other in outlets if lead[at] != lead[row]]
        return np.concatenate(others) if others else None

    def _judged(self, likenesses: list[tuple[int, Likeness]]) -> list[_Candidate]:
        """The candidates as the pair model judges them, the likeliest and truest first."""
        if not likenesses:
            return []
        found = self.judge.probabilities([likeness.features for _, likeness in likenesses])
        judged = [
            _Candidate(row, _adjusted(probability, likeness), likeness)
            for (row, likeness), probability in zip(likenesses, found, strict=True)
        ]
        return sorted(judged, key=lambda c: (-c.rank, c.row))

    def _joined(self, candidates: list[_Candidate]) -> _Candidate | None:
        """The likeliest candidate whose story's lead does not speak against it; None if all are too unlikely."""
        likely = {c.row: c.probability for c in candidates}
        for candidate in candidates:
            if candidate.probability < min(self.settings.threshold, THRESHOLDS["broad"]):
                continue
            lead = int(self._postings.lead[candidate.row])
            gone = lead < self._postings.first
            support = 1.0 if gone or lead == candidate.row else likely.get(lead)
            if candidate.probability >= CERTAIN if support is None else support >= LEAD_SUPPORT:
                return candidate
        return None

    def _told(self, plain: Assignment, best: _Candidate, reason: AssignReason) -> Assignment:
        """The assignment with what it was compared with. Facts that clash make texts less similar, not less related."""
        similarity = best.probability
        if best.likeness.facts_differ:
            similarity = min(similarity, *self.judge.probabilities([best.likeness.strict]))
        seq = int(self._postings.seq[best.row])
        return replace(plain, reason=reason, similarity=round(similarity, 4), compared_with=seq)

    def _explained(self, told: Assignment, likeness: Likeness, fp: Fingerprint) -> Assignment:
        phrases = shared_phrases(fp.text, likeness.shared, self._postings.pairs.of)
        return replace(told, shared=phrases, reasons=self._reasons(likeness))

    def _reasons(self, likeness: Likeness) -> tuple[Reason, ...]:
        """What spoke for and against, the weightiest of each."""
        added = self.judge.reasons(likeness.features)
        values = dict(zip(self.judge.features, likeness.features, strict=True))
        told = [Reason(name, round(values[name], 3), round(amount, 2)) for name, amount in added.items()]
        ayes = [reason for reason in told if reason.speaks > 0.05][:TOLD]
        noes = [reason for reason in told if reason.speaks < -0.05][:TOLD]
        return (*ayes, *noes)


def _least_shared(side: Side) -> float:
    return LEAST_SHARED_HEADLINE if len(side.pairs) <= HEADLINE else LEAST_SHARED


def is_taken_up(assignment: Assignment) -> bool:
    """Return whether an assigned entry belongs into the index: a revision only if its text is another one.

    A page that is edited fifty times would make its own phrases common.
    """
    revised = assignment.reason in (AssignReason.SAME_ENTRY_ID, AssignReason.SAME_ENTRY_ID_FACTS_CHANGED)
    return not revised or assignment.similarity < ANOTHER_TEXT


def joins(assignment: Assignment) -> int | None:
    """Return the entry that an assigned one hangs on, also where the setting cut the joint; None for none."""
    hangs = assignment.relation is not Relation.LEAD or assignment.reason is AssignReason.TOO_WEAK
    return assignment.compared_with if hangs else None


def decide_revision(
    new: Fingerprint, old: Fingerprint, *, story: int, seq: int, old_is_page: bool = False
) -> Assignment:
    """Say what changed content under the same feed and entry id is: a revision, or a development.

    Where the old text was that of the entry's page and the new one is the feed's, that it is shorter says nothing.
    """
    changed = changes_between(old.text, new.text)
    if back := taken_back(old.text, new.text, by_length=not old_is_page):
        changed = (back, *changed)
    similarity = round(similarity_of_texts(words_of(old.core).tolist(), words_of(new.core).tolist()), 4)
    relation, reason = Relation.REVISION, AssignReason.SAME_ENTRY_ID
    if changed:
        relation, reason = Relation.DEVELOPMENT, AssignReason.SAME_ENTRY_ID_FACTS_CHANGED
    return Assignment(story, relation, reason, similarity, seq, (), changed, new.credits)


def _with_changes(plain: Assignment, changed: tuple[Change, ...]) -> Assignment:
    if not changed:
        return plain
    return replace(plain, relation=Relation.DEVELOPMENT, reason=AssignReason.FACTS_CHANGED, changes=changed)


def _adjusted(probability: float, likeness: Likeness) -> float:
    """The probability, raised where both entries name the same page, held down for neighbours in one outlet."""
    if likeness.is_rather_next:
        return min(probability, SERIES)
    if not likeness.same_link:
        return probability
    return probability * SAME_LINK / (1 - probability + probability * SAME_LINK)
