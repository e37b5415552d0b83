"""The labelled sets that dedup is fitted and measured on, as entries. Texts are read from a folder, never kept here."""

import base64
import hashlib
import json
import lzma
import pickle
import subprocess
import tempfile
import zlib
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from watcher import parse
from watcher.model import Entry, ParsedFeed
from watcher.text import html_to_text

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared/data/dedup"
#: Streams of real feeds of which pairs were read by hand.
HAND = ("newsfeeds", "headlines2020")
#: Real polls of many outlets; of what they brought, pairs were read by hand.
STREAMS = ROOT.parent / "shared/data/feeds/streams"
POLLED = ("gesab001", "egfedorov-ru-7d", "evilgod-int-31d")
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
    files = sorted((ROOT / "benchmarks/data").glob("*.jsonl"))
    lines = [line for file in files for line in file.read_text().splitlines()]
    return [pair for pair in map(json.loads, lines) if pair["set"] == name]


def read_polls(path):
    """Yield `(moment, feed, body)` of a file of polls (needs `zstd`); a body that was sent before stands there once."""
    bodies = {}
    with subprocess.Popen(["zstd", "-dc", "--long=31", path], stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            poll = json.loads(line)
            if "body" in poll:
                bodies[poll["sha"]] = poll["body"].encode()
            elif "b64" in poll:
                bodies[poll["sha"]] = base64.b64decode(poll["b64"])
            if poll["sha"] in bodies:
                yield _moment(poll["ts"]), poll["feed"], bodies[poll["sha"]]


def new_in_polls(name):
    """Return what each poll of a stream brought, new or changed: `(id, moment, entry)` in order.

    The id is a hash of feed, entry id and text. Parsing takes minutes, so what it gives is kept in
    the system's folder for temporary files.
    """
    kept = Path(tempfile.gettempdir()) / f"watcher-polls-{name}.pickle"
    if kept.exists():
        return pickle.loads(kept.read_bytes())
    found, known, items = [], {}, {}
    now = datetime.min.replace(tzinfo=UTC)
    for moment, feed, body in read_polls(STREAMS / f"{name}.jsonl.zst"):
        now = max(now, moment)
        parsed = parse.parse_feed(body, now=now, url=f"https://{feed}/feed", feed=feed, remembered=items.get(feed))
        if not isinstance(parsed, ParsedFeed):
            continue
        items[feed] = parsed.items
        for entry in parsed.entries:
            text = (entry.title, entry.summary, entry.content, entry.link)
            if known.get((feed, entry.id)) != text:
                known[feed, entry.id] = text
                found.append((version_id(entry), now, entry))
    kept.write_bytes(pickle.dumps(found))
    return found


def shown_as(rows, shown):
    """Return rows of a labelled set as `(id, moment, entry)`."""
    entries = (view(row, shown) for row in rows)
    return [(entry.id, entry.published_at, entry) for entry in entries]


def half_of_pair(pair):
    """0 for a pair that may be fitted on, 1 for one that is only reported: by the outlet, where the pair names one.

    A pair that was read while rules were made says itself which it is.
    """
    return pair.get("half", half_of(pair.get("feed", pair["a"])))


def version_id(entry):
    """Return the id of one version of an entry."""
    text = f"{entry.feed}\n{entry.id}\n{entry.title}\n{entry.summary}\n{entry.content}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


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


def _moment(value):
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else _time(value)
