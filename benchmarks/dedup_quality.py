"""How well dedup finds republications, on labelled sets: `python benchmarks/dedup_quality.py [DATA] [SETTINGS ...]`.

DATA is a folder with `*.dev.jsonl.xz` and `*.dev.ignore.jsonl` (default: ../shared/data/dedup). The sets are
read as three views: T (title), TS (title and summary), MIX (half by summary, half by full text). The
half of each set with even group hashes is for choosing settings, the odd half for reporting.
Figures: pairwise precision, recall and F1; sup, the share of repeats recognised; wrong, the
share of first items that were merged into another story.
"""

import json
import lzma
import sys
import time
import zlib
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

from rich.progress import track

from watcher.dedup.index import Settings
from watcher.dedup.stream import Clusterer
from watcher.model import Entry
from watcher.text import html_to_text

SETS = ("saudi", "reuters")


def view(row, name, number):
    text = {"T": "", "TS": row["summary"], "MIX": (row["summary"], row["text"])[number % 2]}[name] or ""
    at = datetime.fromisoformat(row["published"])
    return Entry(
        str(row["id"]),
        row["title"] or "",
        html_to_text(text),
        feed=row["source"] or "",
        published_at=at if at.tzinfo else at.replace(tzinfo=UTC),
    )


def load(folder, name, half):
    with lzma.open(folder / f"{name}.dev.jsonl.xz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    ignore = folder / f"{name}.dev.ignore.jsonl"
    pairs = [json.loads(line) for line in ignore.read_text().splitlines()] if ignore.exists() else []
    skip = {frozenset((str(p["a"]), str(p["b"]))) if isinstance(p, dict) else frozenset(map(str, p)) for p in pairs}
    kept = [row for row in rows if zlib.crc32(str(row["group"]).encode()) % 2 == half]
    return sorted(kept, key=lambda row: row["published"]), skip


def score(rows, stories, skip):
    gold, got = defaultdict(list), defaultdict(list)
    for row in rows:
        gold[row["group"]].append(str(row["id"]))
        got[stories[str(row["id"])]].append(str(row["id"]))

    def pairs(groups):
        return {frozenset((a, b)) for ids in groups.values() for i, a in enumerate(ids) for b in ids[:i]}

    wanted, found = pairs(gold) - skip, pairs(got) - skip
    right = len(wanted & found)
    precision, recall = right / max(1, len(found)), right / max(1, len(wanted))
    seen, merged, counts = set(), set(), Counter()
    for row in rows:
        story, repeat = stories[str(row["id"])], row["group"] in seen
        counts["repeats" if repeat else "firsts"] += 1
        counts["sup" if repeat else "wrong"] += story in merged
        seen.add(row["group"])
        merged.add(story)
    return {
        "F1": 2 * precision * recall / max(1e-9, precision + recall),
        "P": precision,
        "R": recall,
        "sup": counts["sup"] / max(1, counts["repeats"]),
        "wrong": counts["wrong"] / max(1, counts["firsts"]),
    }


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2] / "shared/data/dedup"
    settings = sys.argv[2:] or ["balanced"]
    for name in SETS:
        for half, label in ((0, "choose"), (1, "report")):
            rows, skip = load(folder, name, half)
            for shown in ("T", "TS", "MIX"):
                for chosen in settings:
                    clusterer, begun = Clusterer(Settings.named(chosen)), time.process_time()
                    stories = {}
                    for number, row in enumerate(track(rows, f"{name} {label} {shown}", transient=True)):
                        entry = view(row, shown, number)
                        stories[entry.id] = clusterer.assign(entry, entry.published_at).story
                    rate = len(rows) / (time.process_time() - begun)
                    figures = {k: round(v, 4) for k, v in score(rows, stories, skip).items()}
                    print(
                        json.dumps(
                            {
                                "set": name,
                                "half": label,
                                "view": shown,
                                "settings": chosen,
                                **figures,
                                "items": len(rows),
                                "entries_per_s": round(rate),
                            }
                        ),
                        flush=True,
                    )


if __name__ == "__main__":
    main()
