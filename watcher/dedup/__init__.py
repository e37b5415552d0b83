"""Recognising republications and developments: entry and candidates in, Assignment out. The only user of rapidfuzz."""

from watcher.dedup.explain import Piece, word_diff
from watcher.dedup.fingerprint import Fingerprint, fingerprint
from watcher.dedup.index import Index, Settings, decide_revision, is_taken_up, joins

__all__ = [
    "Fingerprint",
    "Index",
    "Piece",
    "Settings",
    "decide_revision",
    "fingerprint",
    "is_taken_up",
    "joins",
    "word_diff",
]
