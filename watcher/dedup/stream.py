"""Clustering a stream of entries, with the daemon's own index."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from watcher.dedup.fingerprint import Fingerprint, fingerprint
from watcher.dedup.index import Coming, Index, Settings, decide_revision, is_taken_up, joins
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
        drop: Callable[[int], None] = lambda before: None,
        *,
        explain: bool = False,
    ) -> None:
        """`keep` puts a fingerprint away under its sequence number, and `recall` fetches it.

        `drop` is told below which number none will be fetched any more.
        """
        self._index = Index(settings)
        self._keep, self._recall, self._drop, self._explain = keep, recall, drop, explain
        #: Hash of feed and entry id → its newest version, packed by `_packed`.
        self._known: dict[int, int] = {}
        #: Versions of entries seen, and stories begun.
        self.seq = self.stories = 0

    def assign_all(self, entries: Sequence[tuple[Entry, datetime]]) -> Iterator[Assignment]:
        """Assign entries one after another, as the daemon would. Many together take less time than each alone.

        Times must not go back. An id that comes again after it left the window is new.
        """
        signs = [_signs(entry) for entry, _ in entries]
        prints = [
            None if self._is_seen(*sign) else fingerprint(entry)
            for (entry, _), sign in zip(entries, signs, strict=True)
        ]
        coming = zip(entries, prints, strict=True)
        self._index.foresee(Coming(fp, at, entry.feed) for (entry, at), fp in coming if fp is not None)
        for (entry, at), (key, content), fp in zip(entries, signs, prints, strict=True):
            if self._is_seen(key, content):
                seq, story = _unpacked(self._known[key])
                yield Assignment(story, Relation.REVISION, AssignReason.SAME_ENTRY_ID, 1.0, seq)
            else:
                yield self._assign(entry, at, fp or fingerprint(entry), key, content)

    def assign(self, entry: Entry, at: datetime) -> Assignment:
        """Assign one entry."""
        return next(self.assign_all([(entry, at)]))

    def _is_seen(self, key: int, content: int) -> bool:
        known = self._known.get(key)
        return known is not None and known & _HALF == content

    def _assign(self, entry: Entry, at: datetime, fp: Fingerprint, key: int, content: int) -> Assignment:
        self.seq += 1
        if (known := self._known.get(key)) is not None:
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
        if len(self._known) > _FEW and len(self._known) > _FEW + _SPARE * len(self._index):
            self._forget()
        return assignment

    def _text_of(self, seq: int) -> str:
        return self._recall(seq).text

    def _forget(self) -> None:
        oldest = self._index.oldest() or 0
        self._known = {key: known for key, known in self._known.items() if _unpacked(known)[0] >= oldest}
        self._drop(oldest)


def _signs(entry: Entry) -> tuple[int, int]:
    """Hashes by which an entry, and its content, are known again."""
    content = hash((entry.title, entry.summary, entry.content, entry.link)) & _HALF
    return hash((entry.feed, entry.id)), content


def _unpacked(known: int) -> tuple[int, int]:
    """Return sequence number and story: 64 bits of content below 40 of the story below the number."""
    return known >> 104, known >> 64 & (1 << 40) - 1
