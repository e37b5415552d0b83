"""How well changed facts are found: `python benchmarks/dedup_developments.py [DATA] [--half 0|1] [--show]`.

Pairs of real entries and of revisions that were read and labelled (benchmarks/data, ids and labels
only) are compared as the daemon would: a revision with the version before it (`decide_revision`), another
entry if it is one story at the balanced setting. "development" is the same report with changed facts; an "update"
(another report of the same event with other facts) is counted neither for nor against.

The words and numbers of `facts` and `lexicon` were worked on with half 0 ("fitted") alone; half 1
("held out"; by outlet where the set names one) is for reporting. Printed for each half, and within it
for each way in which pairs were drawn: precision and recall of the flag, and recall among those that
were joined at all. Drawn were revisions with other numbers ("numbers"), any revisions ("others"),
revisions in which a number stands for another ("clash") or a name for another ("names"), revisions that
count victims of whom the text before did not speak ("first"), and merged entries with such numbers ("merges").
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from dedup_quality import likelihoods
from dedup_sets import DATA, HAND, POLLED, half_of_pair, labelled_pairs, load_stream, new_in_polls, shown_as

from watcher.dedup.explain import changes_between
from watcher.dedup.fingerprint import fingerprint
from watcher.dedup.index import THRESHOLDS, decide_revision

#: Labels of `benchmarks/data` that say whether facts changed.
LABELS = ("development", "repeat", "revision", "dup", "same_event", "different")


def compared(name, folder):
    """Yield `(pair, whether one story, changes)` of a set's labelled pairs."""
    pairs = [pair for pair in labelled_pairs(name) if pair["label"] in LABELS and (name in HAND or "draw" in pair)]
    if not pairs:
        return
    entries = new_in_polls(name) if name in POLLED else shown_as(load_stream(folder, name), "TS")
    place, by_id = {}, {}
    for number, (identity, _, entry) in enumerate(entries):
        place.setdefault(identity, number)
        by_id.setdefault(identity, entry)
    gone = [pair for pair in pairs if not {pair["a"], pair["b"]} <= place.keys()]
    if gone:  # an id is a hash of what was parsed
        print(json.dumps({"set": name, "pairs_that_parse_otherwise_now": len(gone)}))
    pairs = [pair for pair in pairs if pair not in gone]
    others = {frozenset((p["a"], p["b"])) for p in pairs if p["label"] != "revision"}
    scores = likelihoods(entries, others, strict=False) if others else {}
    for pair in pairs:
        old, new = sorted((pair["a"], pair["b"]), key=place.__getitem__)
        is_revision = by_id[old].id == by_id[new].id
        before, after = (fingerprint(by_id[identity]) for identity in (old, new))
        if is_revision:
            yield pair, True, decide_revision(after, before, story=1, seq=1).changes
            continue
        together = scores[frozenset((old, new))] >= THRESHOLDS["balanced"]
        yield pair, together, changes_between(before.text, after.text) if together else ()


def figures(counts):
    flagged = counts["right"] + counts["false"]
    return {
        "pairs": counts["pairs"], "developments": counts["wanted"], "flagged": flagged, "right": counts["right"],
        "precision": round(counts["right"] / max(1, flagged), 3),
        "recall": round(counts["right"] / max(1, counts["wanted"]), 3),
        "recall_of_joined": round(counts["right"] / max(1, counts["joined"]), 3),
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--half", type=int, choices=(0, 1))
    parser.add_argument("--show", action="store_true", help="ids and changes of what was flagged wrongly or missed")
    chosen = parser.parse_args()
    halves = (0, 1) if chosen.half is None else (chosen.half,)
    counts = {half: {} for half in halves}
    for name in (*HAND, *POLLED):
        for pair, together, changes in compared(name, chosen.folder):
            if (half := half_of_pair(pair)) not in halves:
                continue
            wanted, flagged = pair["label"] == "development", bool(changes)
            for group in ("all", name, pair.get("draw", "entries")):
                here = counts[half].setdefault(group, Counter())
                here["pairs"] += 1
                here["wanted"] += wanted
                here["joined"] += wanted and together
                here["right" if wanted else "false"] += flagged
            if chosen.show and wanted != flagged:
                print(json.dumps({**pair, "told": [change.as_dict() for change in changes]}, ensure_ascii=False))
    for half in halves:
        for group, here in counts[half].items():
            print(json.dumps({"half": ("fitted", "held out")[half], "of": group, **figures(here)}))


if __name__ == "__main__":
    main()
