#!/usr/bin/env python3
"""Replay a stream of real polls through the tiers before the parser, and compare with reading every body whole.

    python benchmarks/parse.py STREAM.jsonl.zst [--naive N]

STREAM has one poll a line: ts, feed, sha, and the body (`body` or `b64`) where the sha is new; it is
read with the zstd program. `--naive N` also gives every different body of N feeds whole to plain
feedparser, and checks that both find exactly the same new entries, by id.
"""

import argparse
import base64
import io
import json
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import feedparser

from watcher.model import ParsedFeed
from watcher.parse import parse_feed, splice
from watcher.workers import settle

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def polls(path: Path):
    """Yield (feed, sha, body) in the stream's order."""
    reading = subprocess.Popen(["zstd", "-dc", "--long=31", str(path)], stdout=subprocess.PIPE)
    bodies: dict[str, bytes] = {}
    for line in reading.stdout:
        row = json.loads(line)
        if "body" in row:
            bodies[row["sha"]] = row["body"].encode()
        elif "b64" in row:
            bodies[row["sha"]] = base64.b64decode(row["b64"])
        yield row["feed"], row["sha"], bodies.get(row["sha"], b"")


class Quick:
    """The tiers: same body → no new item → only new items, as one to three and more → the whole document."""

    def __init__(self) -> None:
        self.last: dict[str, str] = {}
        self.items: dict[str, bytes | None] = {}
        self.new: dict[str, set[str]] = defaultdict(set)
        self.count: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        #: Milliseconds of bodies of 15-35 kB, as if each had 25.
        self.usual: dict[str, list[float]] = defaultdict(list)

    def poll(self, feed: str, sha: str, body: bytes) -> None:
        begun = time.process_time()
        tier = self._tier(feed, sha, body)
        self.count[tier] += 1
        spent = time.process_time() - begun
        self.seconds[tier] += spent
        if 15_000 <= len(body) <= 35_000:
            self.usual[tier].append(1000 * spent * 25_000 / len(body))

    def _tier(self, feed: str, sha: str, body: bytes) -> str:
        if self.last.get(feed) == sha:
            return "same body"
        self.last[feed] = sha
        known = self.items.get(feed)
        hashes = splice.quick_hashes(body, known) if known else None
        if known and splice.are_known(hashes, known):
            return "no new item"
        result = parse_feed(body, now=NOW, feed=feed, remembered=known, hashes=hashes)
        if not isinstance(result, ParsedFeed):
            return "no feed"
        self.items[feed] = result.items
        self.new[feed] |= {entry.id.partition("#")[0] if "#" in entry.id else entry.id for entry in result.entries}
        if not known or not result.left_out:
            return "all items new" if known else "whole"
        return "1-3 new items" if len(result.entries) <= 3 else "more new items"


def naive(bodies: dict[str, bytes]) -> set[str]:
    """Ids that plain feedparser finds in these bodies."""
    found = set()
    for body in bodies.values():
        for entry in feedparser.parse(io.BytesIO(body)).entries:
            found.add((entry.get("id") or entry.get("link") or "").partition("#")[0])
    return found - {""}


def main() -> int:
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stream", type=Path)
    parser.add_argument("--naive", type=int, default=0, metavar="N")
    options = parser.parse_args()
    settle()
    quick, different, size = Quick(), defaultdict(dict), 0
    for feed, sha, body in polls(options.stream):
        size += len(body)
        quick.poll(feed, sha, body)
        if feed in different or len(different) < options.naive:
            different[feed][sha] = body
    total = sum(quick.count.values())
    print(f"{total} polls of {len(quick.last)} feeds, {size / 1e6:.0f} MB")
    for tier, count in quick.count.most_common():
        ms = 1000 * quick.seconds[tier] / count
        usual = f", {statistics.median(quick.usual[tier]):.2f} ms at 25 kB" if quick.usual[tier] else ""
        print(f"{tier:15} {count:7} {100 * count / total:5.1f} % {quick.seconds[tier]:8.1f} s {ms:8.3f} ms each{usual}")
    changed = [ms for tier in ("1-3 new items", "more new items", "all items new") for ms in quick.usual[tier]]
    if changed:
        print(f"changed: median {statistics.median(changed):.2f} ms at 25 kB, mean {statistics.mean(changed):.2f} ms")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'all':15} {total:7} 100.0 % {sum(quick.seconds.values()):8.1f} s of processor time, peak {peak:.0f} MB")
    return compare(quick, different) if options.naive else 0


def compare(quick: Quick, different: dict[str, dict[str, bytes]]) -> int:
    begun, wrong = time.process_time(), 0
    for feed, bodies in different.items():
        ours = {i for i in quick.new[feed] if not i.startswith("hash:")}
        theirs = naive(bodies)
        if ours != theirs:
            wrong += 1
            print(
                f"differs: {feed}: ours only {sorted(ours - theirs)[:3]}, feedparser only {sorted(theirs - ours)[:3]}"
            )
    seconds, bodies = time.process_time() - begun, sum(map(len, different.values()))
    print(
        f"feedparser alone: {len(different)} feeds, {bodies} different bodies, {seconds:.1f} s, "
        f"{1000 * seconds / max(bodies, 1):.1f} ms each; {len(different) - wrong} feeds with the same entries"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
