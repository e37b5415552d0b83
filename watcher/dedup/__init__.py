"""Recognising republications and developments: entry and candidates in, Assignment out. The only user of rapidfuzz."""

from watcher.dedup.explain import Piece, counted_in, word_diff
from watcher.dedup.fingerprint import Fingerprint, fingerprint
from watcher.dedup.index import Coming, Index, Settings, decide_revision, is_taken_up, joins
from watcher.dedup.provenance import Origin, Publication, origin_of

__all__ = [
    "Coming",
    "Fingerprint",
    "Index",
    "Origin",
    "Piece",
    "Publication",
    "Settings",
    "counted_in",
    "decide_revision",
    "fingerprint",
    "is_taken_up",
    "joins",
    "origin_of",
    "word_diff",
]
