"""Clustering a stream of entries, with the daemon's own index."""

from datetime import datetime

from watcher.dedup.fingerprint import Fingerprint, fingerprint
from watcher.dedup.index import Index, Settings, decide_revision
from watcher.model import Assignment, AssignReason, Entry, Relation


class Clusterer:
    """Assigns entries in the order in which they come; stories are numbered from 1."""

    def __init__(self, settings: Settings) -> None:
        self._index = Index(settings)
        self._known: dict[tuple[str, str], tuple[int, int, Fingerprint]] = {}
        self._seq = self._stories = 0

    def assign(self, entry: Entry, at: datetime) -> Assignment:
        """Assign one entry. `at` must not go back."""
        fp, key = fingerprint(entry), (entry.feed, entry.id)
        self._seq += 1
        self._index.expire(at)
        if key in self._known:
            seq, story, old = self._known[key]
            if old == fp:
                return Assignment(story, Relation.REVISION, AssignReason.SAME_ENTRY_ID, 1.0, seq, credits=fp.credits)
            assignment = decide_revision(fp, old, story=story, seq=seq)
        else:
            assignment = self._index.decide(fp, at=at, feed=entry.feed, next_story=self._stories + 1)
        lead = assignment.relation is Relation.LEAD
        self._stories += lead
        self._index.add(self._seq, assignment.story, at, entry.feed, fp, lead=lead)
        self._known[key] = (self._seq, assignment.story, fp)
        return assignment
