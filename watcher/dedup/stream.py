"""Clustering a stream of entries, with the daemon's own index."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from watcher.dedup.fingerprint import Fingerprint, fingerprint
from watcher.dedup.index import Index, Settings, decide_revision, is_taken_up, joins
from watcher.model import Assignment, AssignReason, Entry, Relation

#: Known ids are gone through for those that left the window when they are so many times the window, and this many.
_SPARE, _FEW = 2, 10_000
_HALF = (1 << 64) - 1


class Clusterer:
    """Assigns entries in the order in which they come; stories are numbered from 1."""

    def __init__(
        self,
        settings: Settings,
        keep: Callable[[int, Fingerprint], None],
        recall: Callable[[int], Fingerprint],
        *,
        explain: bool = False,
    ) -> None:
        """`keep` puts a fingerprint away under its sequence number, and `recall` fetches it."""
        self._index = Index(settings)
        self._keep, self._recall, self._explain = keep, recall, explain
        #: Hash of feed and entry id → its newest version, packed by `_packed`.
        self._known: dict[int, int] = {}
        #: Versions of entries seen, and stories begun.
        self.seq = self.stories = 0

    def assign_all(self, entries: Sequence[tuple[Entry, datetime]]) -> Iterator[Assignment]:
        """Assign entries one after another, in less time than each on its own."""
        fingerprints = [None if self._is_seen(entry) else fingerprint(entry) for entry, _ in entries]
        coming = [fp for fp in fingerprints if fp is not None]
        if len(coming) > 1:
            self._index.foresee(coming, entries[0][1], entries[-1][1])
        for (entry, at), fp in zip(entries, fingerprints, strict=True):
            yield self.assign(entry, at, fp)

    def assign(self, entry: Entry, at: datetime, fp: Fingerprint | None = None) -> Assignment:
        """Assign one entry; returns what the daemon would. `at` must not go back. `fp` is its fingerprint, once made.

        An id that comes again after it left the window is new.
        """
        key = hash((entry.feed, entry.id))
        content = _content(entry)
        known = self._known.get(key)
        if known is not None and known & _HALF == content:
            seq, story = _unpacked(known)
            return Assignment(story, Relation.REVISION, AssignReason.SAME_ENTRY_ID, 1.0, seq)
        self.seq += 1
        fp = fp or fingerprint(entry)
        if known is not None:
            seq, story = _unpacked(known)
            assignment = decide_revision(fp, self._recall(seq), story=story, seq=seq)
        else:
            assignment = self._index.decide(
                fp, at=at, feed=entry.feed, next_story=self.stories + 1, text_of=self._text_of, explain=self._explain
            )
        self.stories += assignment.relation is Relation.LEAD
        self._keep(self.seq, fp)
        if is_taken_up(assignment):
            self._index.add(self.seq, assignment.story, at, entry.feed, fp, joins=joins(assignment))
        self._known[key] = self.seq << 104 | assignment.story << 64 | content
        if len(self._known) > _FEW + _SPARE * len(self._index):
            self._forget()
        return assignment

    def _is_seen(self, entry: Entry) -> bool:
        known = self._known.get(hash((entry.feed, entry.id)))
        return known is not None and known & _HALF == _content(entry)

    def _text_of(self, seq: int) -> str:
        return self._recall(seq).text

    def _forget(self) -> None:
        oldest = self._index.oldest() or 0
        self._known = {key: known for key, known in self._known.items() if _unpacked(known)[0] >= oldest}


def _content(entry: Entry) -> int:
    return hash((entry.title, entry.summary, entry.content, entry.link)) & _HALF


def _unpacked(known: int) -> tuple[int, int]:
    """Return sequence number and story: 64 bits of content below 40 of the story below the number."""
    return known >> 104, known >> 64 & (1 << 40) - 1
