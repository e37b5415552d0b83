"""A small stage for dedup: entries in, stories out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from watcher.dedup.index import Settings
from watcher.dedup.stream import Clusterer
from watcher.model import Entry

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def clusterer(sensitivity="balanced", *, explain=True):
    kept = {}
    return Clusterer(Settings.named(sensitivity), kept.__setitem__, kept.__getitem__, explain=explain)


def entry(title, body="", *, feed="a", number=None, **more):
    return Entry(number or f"{feed}:{title}", title, body, feed=feed, **more)


def assigned(*entries, sensitivity="balanced", hours=2.0):
    """Assign entries one after another, some hours apart."""
    clusters = clusterer(sensitivity)
    return [clusters.assign(e, NOW + timedelta(hours=hours * n)) for n, e in enumerate(entries)]


def second(first, then, *, hours=2.0, sensitivity="balanced"):
    """Assign two entries of two outlets; return the decision on the second."""
    if then.feed == first.feed == "a" and first.id != then.id:
        then = replace(then, feed="b")
    return assigned(first, then, hours=hours, sensitivity=sensitivity)[1]
