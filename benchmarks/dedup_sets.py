"""The labelled sets that dedup is fitted and measured on, as entries. Texts are read from a folder, never kept here."""

import hashlib
import json
import lzma
import zlib
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from watcher.model import Entry
from watcher.text import html_to_text

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared/data/dedup"
#: Streams of real feeds of which pairs were read by hand.
HAND = ("newsfeeds", "headlines2020")
#: Title and summary; half of the items by summary and half by full text; title alone.
VIEWS = ("TS", "MIX", "T")


def half_of(name):
    """0 for what settings are fitted on, 1 for what is only reported."""
    return zlib.crc32(str(name).encode()) % 2


def load(folder, name, half=None):
    """Return a labelled set in order of time, and the pairs that are not to be scored."""
    rows = _rows(folder / f"{name}.dev.jsonl.xz")
    ignore = folder / f"{name}.dev.ignore.jsonl"
    pairs = [json.loads(line) for line in ignore.open()] if ignore.exists() else []
    skip = {frozenset((str(p["a"]), str(p["b"]))) if isinstance(p, dict) else frozenset(map(str, p)) for p in pairs}
    return [row for row in rows if half is None or half_of(row["group"]) == half], skip


@lru_cache(maxsize=4)
def _rows(path):
    with lzma.open(path, "rt") as lines:
        return sorted(map(json.loads, lines), key=lambda row: _time(row["published"]))


def load_stream(folder, name):
    """Return a stream of real entries in order of time."""
    return _rows(folder / f"{name}.stream.jsonl.xz")


def labelled_pairs(name):
    """Return the pairs of a stream that were read and labelled here: ids and labels only."""
    lines = (ROOT / "benchmarks/data/pairs.jsonl").read_text().splitlines()
    return [pair for pair in map(json.loads, lines) if pair["set"] == name]


def view(row, shown):
    """Return an item as an entry, by title, summary or full text."""
    by_text = int.from_bytes(hashlib.blake2b(f"mix|{row['id']}".encode(), digest_size=8).digest(), "little") % 2
    text = {"T": "", "TS": row["summary"], "MIX": row["text"] if by_text else row["summary"]}[shown] or ""
    return Entry(
        str(row["id"]), row["title"] or "", html_to_text(text), feed=row["source"] or "", link=row.get("url"),
        published_at=_time(row["published"]),
    )  # fmt: skip


def _time(text):
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
