"""How well changed facts are found: `python benchmarks/dedup_developments.py [DATA]`.

Pairs of real entries that were read and labelled (benchmarks/data/pairs.jsonl, ids and labels only) are
compared in their streams. Flagged is a pair that is one story at the balanced setting and whose facts
changed. "development" is the same report with changed facts; an "update" (another report of the same
event with other facts) is counted neither for nor against. Printed: precision and recall of the flag,
and recall among those developments that were joined at all.
"""

import json
import sys
from pathlib import Path

from dedup_quality import likelihoods
from dedup_sets import DATA, HAND, labelled_pairs, load_stream, view

from watcher.dedup.explain import changes_between
from watcher.dedup.index import THRESHOLDS


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    right = flagged = wanted = joined = pairs = 0
    for name in HAND:
        rows = load_stream(folder, name)
        place = {row["id"]: number for number, row in enumerate(rows)}
        labelled = [pair for pair in labelled_pairs(name) if pair["label"] != "update"]
        scores = likelihoods(rows, {frozenset((p["a"], p["b"])) for p in labelled}, strict=False)
        for pair in labelled:
            old, new = (rows[n] for n in sorted((place[pair["a"]], place[pair["b"]])))
            together = scores[frozenset((pair["a"], pair["b"]))] >= THRESHOLDS["balanced"]
            changed = together and bool(changes_between(view(old, "TS").text, view(new, "TS").text))
            is_one = pair["label"] == "development"
            pairs, flagged, wanted = pairs + 1, flagged + changed, wanted + is_one
            right, joined = right + (changed and is_one), joined + (together and is_one)
    print(
        json.dumps({
            "pairs": pairs, "developments": wanted, "joined": joined, "flagged": flagged, "right": right,
            "precision": round(right / max(1, flagged), 3), "recall": round(right / max(1, wanted), 3),
            "recall_of_joined": round(right / max(1, joined), 3),
        })
    )  # fmt: skip


if __name__ == "__main__":
    main()
