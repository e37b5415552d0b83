"""How fast `watcher cluster` is and what it needs: `python benchmarks/dedup.py [--entries N] [--texts FILE] [--sample]`.

Real titles and summaries (default: ../shared/data/dedup/headlines2020.stream.jsonl.xz) are grown: each
synthetic entry takes its words from the bigrams of the real ones, so that word and pair frequencies
stay natural, and one in five is a copy of a recent entry, under another headline or cut. They are
spread over 30 days and go through the code of `watcher cluster` from the JSON line in to the JSON
line out. Printed after each step: entries in the window, entries/s of processor time in the last
2,000 entries, peak memory, and the cost of an entry against that at 10,000.

With `--sample` only the last 2,000 entries before each step are searched for; those between are
taken up as leads of stories of their own, which is much quicker and gives the same window.
"""

import argparse
import json
import lzma
import random
import resource
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from rich.progress import track

from watcher import dedup
from watcher.archive import Clusters, read_entries
from watcher.model import Assignment, AssignReason, Relation

DATA = Path(__file__).resolve().parents[2] / "shared/data/dedup/headlines2020.stream.jsonl.xz"
START = datetime(2026, 1, 1, tzinfo=UTC)
PROBE = 2000
#: Lines that the command reads at once: 1 MB.
TOGETHER = 2000


class Growth:
    """Writes texts that run like the real ones, word after word."""

    def __init__(self, path, seed=1):
        self._random, self._next, self._texts = random.Random(seed), defaultdict(list), []
        with lzma.open(path, "rt") as lines:
            for row in map(json.loads, lines):
                title, summary = row["title"].split(), row["summary"].split()
                self._texts.append((len(title), len(summary)))
                words = ["", *title, *summary]
                for word, following in pairwise(words):
                    self._next[word].append(following)
        self._recent = []

    def _words(self, count):
        word, found = "", []
        for _ in range(count):
            word = self._random.choice(self._next.get(word) or self._next[""])
            found.append(word)
        return found

    def line(self, number, total):
        """Return the JSON line of one entry."""
        pick, title, summary = self._random, *self._random.choice(self._texts)
        if self._recent and pick.random() < 0.2:
            body = pick.choice(self._recent)
            body = body[: pick.randint(max(1, len(body) // 2), len(body))]
        else:
            body = self._words(max(8, summary))
            self._recent = [*self._recent[-500:], body]
        at = START + timedelta(days=30) * number / total
        entry = {
            "id": f"e{number}", "title": " ".join(self._words(max(4, title))), "summary": " ".join(body),
            "feed": f"f{pick.randrange(400)}", "link": f"https://f{number % 400}.example/news/{number}",
            "published": at.isoformat(),
        }  # fmt: skip
        return json.dumps(entry, ensure_ascii=False)


def cluster(clusters, lines):
    """Send lines through; return seconds of processor time."""
    begun = time.process_time()
    for first in range(0, len(lines), TOGETHER):
        for told in clusters.lines(list(read_entries(lines[first : first + TOGETHER]))):
            json.dumps(told, ensure_ascii=False)
    return time.process_time() - begun


def take_up(clusters, lines):
    """Send lines through without a search."""
    index = clusters._clusterer._index
    index.foresee = lambda coming: None
    index.decide = lambda fp, next_story, **more: Assignment(next_story, Relation.LEAD, AssignReason.NO_CANDIDATE)
    cluster(clusters, lines)
    del index.foresee, index.decide
    index._postings.settle()  # else the next search would be charged with what these left to count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--texts", type=Path, default=DATA)
    parser.add_argument("--sample", action="store_true", help="search only for the entries before each step")
    chosen = parser.parse_args()
    growth = Growth(chosen.texts)
    clusters = Clusters(dedup.Settings.named("balanced", timedelta(days=30)))
    shown = [n for n in (10_000, 30_000, 100_000, 300_000, 600_000, 1_000_000) if n <= chosen.entries]
    first, spent = None, 0.0
    for number in track(range(0, chosen.entries, PROBE), transient=True):
        lines, done = [growth.line(n, chosen.entries) for n in range(number, number + PROBE)], number + PROBE
        if chosen.sample and done not in shown:
            take_up(clusters, lines)
            continue
        seconds = cluster(clusters, lines)
        spent += seconds
        if done in shown:
            first = first or seconds
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            figures = {"window": done, "entries_per_s": round(PROBE / seconds), "peak_mb": round(peak)}
            print(json.dumps(figures | {"cost_to_10k": round(seconds / first, 2)}), flush=True)
    searched = PROBE * len(shown) if chosen.sample else chosen.entries
    print(json.dumps({"entries": chosen.entries, "searched_for": searched, "entries_per_s": round(searched / spent)}))


if __name__ == "__main__":
    main()
