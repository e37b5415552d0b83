"""The index of recent entries, and the decision which of them an entry repeats.

Candidates share rare pairs of neighbouring words; no other pair of entries is ever compared.
What the best candidates have in common goes to the pair model (`judge.py`); its best one is
joined if it is likely enough and the story's lead does not speak against it.

Which entries hang together is worked out at the broadest setting whatever is configured, and a
stricter setting cuts the weaker joints. So the stories of `strict` are parts of those of
`balanced`, and those of `balanced` parts of those of `broad`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import numpy as np

from watcher.dedup.ahead import Ahead, Candidate
from watcher.dedup.candidates import LEAST_WEIGHT
from watcher.dedup.explain import changes_between, first_counts, is_elsewhere, shared_phrases
from watcher.dedup.fingerprint import Fingerprint
from watcher.dedup.judge import Judge, shipped_judge
from watcher.dedup.pairs import Likeness, similarity_of_texts
from watcher.dedup.postings import AHEAD, Postings, words_of
from watcher.dedup.turns import Span, Times
from watcher.dedup.withdrawn import taken_back
from watcher.model import Assignment, AssignReason, Change, Reason, Relation, Sensitivity

#: Entries that are looked at together, at most: none of them is counted before the last has its turn. And within
#: what part of the window, or of the time after which entries are old, so that none of them leaves or is old by then.
TOGETHER, WITHIN = AHEAD, 0.9
#: Entries that may leave while they come, at most.
LEAVING = 2048
#: Probability from which two entries are one story.
THRESHOLDS = {sensitivity.value: sensitivity.threshold for sensitivity in Sensitivity}
#: A story's lead must be this likely too, unless the member is as good as certain.
LEAD_SUPPORT, CERTAIN = 0.10, 0.90
#: Entries older than this make what they share with newer ones old: a template, a footer.
OLD = timedelta(days=3)
#: A revision less similar than this to the entry before it is found by its own text too.
ANOTHER_TEXT = 0.80
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


class Coming(NamedTuple):
    """An entry that will probably be decided and added."""

    fp: Fingerprint
    at: datetime
    feed: str


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
        self._coming: list[Coming] = []
        self._ahead: Ahead | None = None

    def foresee(self, coming: Iterable[Coming]) -> None:
        """Be told which entries will probably be decided and added next, in this order: it saves time.

        Whatever then comes, decisions are the same as without.
        """
        self._coming = list(coming)

    def add(self, seq: int, story: int, at: datetime, feed: str, fp: Fingerprint, *, joins: int | None) -> None:
        """Take an assigned entry up. `seq` must rise; `joins` is the entry that `joins` says, or None."""
        self._move_to(at)
        postings, ahead = self._postings, self._ahead
        arrivals, which = (ahead.arrivals, postings.end - ahead.end) if ahead else (None, 0)
        if ahead and not ahead.is_next(fp.core, postings.end):
            self._ahead, arrivals, which = None, None, 0
        postings.make_room()  # which may give rows other numbers
        joined = -1 if joins is None else postings.row_of(joins)
        # It leads itself; or, where the window is read back, it hangs on what has left the window since.
        own = postings.end if joins is None else -1 - story
        lead = int(postings.lead[joined]) if joined >= 0 else own
        postings.add(fp.core, arrivals, which, at=self._now, story=story, seq=seq, feed=self._feed(feed), lead=lead)

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
        self._move_to(at)
        ahead = self._look_ahead(fp, feed)
        turn = self._postings.end - ahead.end
        candidates = ahead.candidates(turn)
        if not candidates:
            short = ahead.weight[turn] < LEAST_WEIGHT
            reason = AssignReason.TOO_SHORT if short else AssignReason.NO_CANDIDATE
            return Assignment(next_story, Relation.LEAD, reason, credits=fp.credits)

        def tells_of_elsewhere(candidate: Candidate) -> bool:
            seq = int(self._postings.seq[candidate.row])
            return ahead.likeness(candidate).counts_may_differ and is_elsewhere(text_of(seq), fp.text)

        best = self._joined(candidates, tells_of_elsewhere)
        reason = AssignReason.SAME_TEXT
        if best is None:
            best, reason = candidates[0], AssignReason.BELOW_THRESHOLD
            if best.probability >= THRESHOLDS["broad"] and tells_of_elsewhere(best):
                reason = AssignReason.ELSEWHERE
        elif best.probability < self.settings.threshold:
            reason = AssignReason.TOO_WEAK
        likeness = ahead.likeness(best)
        similarity, seq = round(ahead.strictly(best), 4), int(self._postings.seq[best.row])
        story, relation, changes = next_story, Relation.LEAD, tuple[Change, ...]()
        if reason is AssignReason.SAME_TEXT:
            story, relation = int(self._postings.story[best.row]), Relation.REPUBLICATION
            if likeness.may_differ_in_facts and (changes := changes_between(text_of(seq), fp.text)):
                relation, reason = Relation.DEVELOPMENT, AssignReason.FACTS_CHANGED
        told = Assignment(story, relation, reason, similarity, seq, changes=changes, credits=fp.credits)
        return self._explained(told, best, likeness, fp, ahead, turn) if explain else told

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
        self._move_to(at)
        ahead = self._look_ahead(fp, feed)
        found = ahead.candidates(self._postings.end - ahead.end)
        return [(int(self._postings.seq[c.row]), c.probability, ahead.likeness(c)) for c in found]

    # ------------------------------------------------------------ inside

    def _look_ahead(self, fp: Fingerprint, feed: str) -> Ahead:
        """What the entry will be compared with, now; where it is the next of those to come, for some more of them."""
        turn = self._postings.end - self._ahead.end if self._ahead else 0
        if self._ahead and self._is_next(fp) and (self._now, self._feed(feed)) == self._ahead.outset(turn):
            return self._ahead
        place = next((place for place, one in enumerate(self._coming[: TOGETHER + 1]) if one.fp is fp), None)
        self._coming = [] if place is None else self._coming[place:]
        others = self._coming[1:TOGETHER]
        times = np.maximum.accumulate(np.array([self._now, *(one.at.timestamp() for one in others)]))
        number = self._foreseeable(times)
        cores, names = [fp.core, *(one.fp.core for one in others)], [feed, *(one.feed for one in others)]
        postings = self._postings
        postings.make_room(number)
        postings.settle()
        feeds = np.array([self._feed(name, after) for after, name in enumerate(names[:number])])
        span = Span(self.settings.window.total_seconds(), OLD.total_seconds())
        self._ahead = Ahead(cores[:number], feeds, times[:number], postings, span, self.judge)
        return self._ahead

    def _foreseeable(self, times: Times) -> int:
        """How many of the entries that come at those times can be looked at together."""
        postings, window = self._postings, self.settings.window.total_seconds()
        within = self._now + min(window, OLD.total_seconds()) * WITHIN
        number = min(postings.foreseeable, int(times.searchsorted(within, "right")))
        if postings.first + LEAVING < postings.end:
            leaves = float(postings.at[postings.first + LEAVING]) + window
            number = min(number, int(times.searchsorted(leaves, "right")))
        return int(max(1, number))

    def _is_next(self, fp: Fingerprint) -> bool:
        """Say whether an entry is the next of those that were looked at."""
        return self._ahead is not None and self._ahead.is_next(fp.core, self._postings.end)

    def _move_to(self, at: datetime) -> None:
        moment = at.timestamp()
        if moment > self._now:
            self._now = moment
            self._postings.leave(moment - self.settings.window.total_seconds(), moment - OLD.total_seconds())

    def _feed(self, feed: str, after: int = 0) -> int:
        """A number for the feed of the entry that comes so many after the next; no two without a feed are of one."""
        if not feed:
            return -1 - self._postings.end - after
        return self._feeds.setdefault(feed, len(self._feeds))

    def _joined(self, candidates: list[Candidate], is_other: Callable[[Candidate], bool]) -> Candidate | None:
        """The likeliest candidate that is no other event, and whose story's lead does not speak against it, or None."""
        likely = {c.row: c.probability for c in candidates}
        for candidate in candidates:
            if candidate.probability < min(self.settings.threshold, THRESHOLDS["broad"]):
                continue
            lead = int(self._postings.lead[candidate.row])
            gone = lead < self._postings.first
            support = 1.0 if gone or lead == candidate.row else likely.get(lead)
            is_supported = candidate.probability >= CERTAIN if support is None else support >= LEAD_SUPPORT
            if is_supported and not is_other(candidate):
                return candidate
        return None

    def _explained(
        self, told: Assignment, best: Candidate, likeness: Likeness, fp: Fingerprint, ahead: Ahead, turn: int
    ) -> Assignment:
        phrases = shared_phrases(fp.text, ahead.shared(best), partial(ahead.counts, turn))
        return replace(told, shared=phrases, reasons=self._reasons(likeness))

    def _reasons(self, likeness: Likeness) -> tuple[Reason, ...]:
        """What spoke for and against, the weightiest of each."""
        added = self.judge.reasons(likeness.features)
        values = dict(zip(self.judge.features, likeness.features, strict=True))
        told = [Reason(name, round(values[name], 3), round(amount, 2)) for name, amount in added.items()]
        ayes = [reason for reason in told if reason.speaks > 0.05][:TOLD]
        noes = [reason for reason in told if reason.speaks < -0.05][:TOLD]
        return (*ayes, *noes)


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
    changed = (*changes_between(old.text, new.text), *first_counts(old.text, new.text))
    if back := taken_back(old.text, new.text, by_length=not old_is_page):
        changed = (back, *changed)
    similarity = round(similarity_of_texts(words_of(old.core).tolist(), words_of(new.core).tolist()), 4)
    relation, reason = Relation.REVISION, AssignReason.SAME_ENTRY_ID
    if changed:
        relation, reason = Relation.DEVELOPMENT, AssignReason.SAME_ENTRY_ID_FACTS_CHANGED
    return Assignment(story, relation, reason, similarity, seq, (), changed, new.credits)
