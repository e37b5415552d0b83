"""Recognising republications and developments: entry and candidates in, Assignment out. The only user of rapidfuzz."""

from watcher.dedup.fingerprint import Fingerprint, fingerprint
from watcher.dedup.index import Index, Settings, decide_revision

__all__ = ["Fingerprint", "Index", "Settings", "decide_revision", "fingerprint"]
