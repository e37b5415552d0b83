"""Fit the pair model of watcher/dedup: `python tools/fit_dedup.py [DATA] [--halves 0|1|01] [--without SET ...]`.

Needs lightgbm, which is no dependency of the project: `pip install lightgbm`. DATA is a folder with
`NAME.dev.jsonl.xz`, `NAME.dev.ignore.jsonl`, `NAME.stream.jsonl.xz` (default: ../shared/data/dedup).
Each labelled set is streamed through the daemon's own index, so a pair is learnt from only if the
daemon would compare it, with the features that the daemon would see at that moment. Learnt from:

- the half of each set whose group hashes are even (the odd half is for reporting), read as title and
  summary, half by summary and half by full text, and titles alone;
- pairs of real feeds that were read and labelled by hand (benchmarks/data), the even half of them; those that the
  benchmarks judge by (DATA/NAME.pairs.dev.jsonl) are none of these.

Writes watcher/dedup/pairs.json: trees as lists of numbers. What more of the same cannot make less
likely is held monotone, so that a set's peculiarities do not turn a feature round.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

import lightgbm
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
from dedup_quality import foreseen
from dedup_sets import (
    HAND,
    POLLED,
    ROOT,
    VIEWS,
    half_of_pair,
    labelled_pairs,
    load,
    load_stream,
    new_in_polls,
    shown_as,
)

from watcher.dedup.index import Index, Settings, joins
from watcher.dedup.judge import read_judge
from watcher.dedup.pairs import FEATURES

RISING = {
    "shared of the smaller", "shared of both", "shared words of the smaller", "titles alike", "title in the other text",
    "shared phrases", "runs of four words", "order of words", "newer in older", "numbers in texts", "beginnings alike",
}  # fmt: skip
FALLING = {
    "shared is old",
    "replaced words",
    "weight of replaced words",
    "replaced numbers",
    "same outlet",
    "told before",
    "title words put for others",
    "hours apart",
    "hours apart with little shared",
    "less than the best",
    "rarest word replaced",
}
#: Weight of a set's pairs. Pairs read by hand are few and of the kind that matters, headlines above all.
WEIGHTS = {"saudi": 1.0, "reuters": 1.0, "helsinki": 3.0}
HAND_WEIGHT, HAND_WEIGHTS = 12.0, {"newsfeeds": 24.0}
#: Of titles alone; which of them are one text is known by texts that the daemon would see too.
TITLES_WEIGHT = 0.03
#: Labels of what is one story; a development is, with other facts, which the features set aside.
ONE_STORY = ("dup", "repeat", "development")
#: Independent reports of one event are no repeats, but the line is fine: they count less.
SAME_EVENT_WEIGHT = 0.3
#: Slowly learnt; twice as many gave nothing on folds of the fitted half.
TREES = 160
NOTHING = {"features": list(FEATURES), "bias": 0.0, "trees": [[[-1, 0, 0, 0, 0.0]]]}


def candidates(entries, wanted=None, groups=None):
    """Yield `(newer, older, features)` of all pairs that the index would have compared.

    `entries` are `(id, moment, entry)`. Which entries hang together is known from `groups`, and
    where there are none, decided by the model of before.
    """
    index = Index(Settings.named("balanced"), read_judge(NOTHING) if groups else None)
    ids, lead_of, known, first = [], {}, set(), []
    for one in entries:
        if (key := (one[2].feed, one[2].id)) not in known or groups:  # else a revision
            known.add(key)
            first.append(one)
    for number, (identity, at, entry, fp) in enumerate(foreseen(index, first, "pairs to learn from")):
        ids.append(identity)
        if wanted is None or identity in wanted:
            for seq, _, likeness in index.compared(fp, at=at, feed=entry.feed):
                yield identity, ids[seq], likeness.features
        if groups:
            joined = lead_of.setdefault(groups[identity], number)
            joined = None if joined == number else joined
        else:
            decided = index.decide(fp, at=at, feed=entry.feed, next_story=0, text_of=lambda _: "", explain=False)
            joined = joins(decided)
        index.add(number, number, at, entry.feed, fp, joins=joined)


def examples(folder, halves, without=()):
    """Return features, labels and weights."""
    found = []
    for name, weight in WEIGHTS.items():
        for half in () if name in without else halves:
            rows, ignored = load(folder, name, half)
            groups = {str(row["id"]): row["group"] for row in rows}
            for shown in VIEWS:
                for newer, older, features in candidates(shown_as(rows, shown), groups=groups):
                    same = groups[newer] == groups[older]
                    if same or frozenset((newer, older)) not in ignored:
                        found.append((features, same, weight * (TITLES_WEIGHT if shown == "T" else 1.0)))
    for name in (name for name in (*HAND, *POLLED) if name not in without):
        labels = {frozenset((p["a"], p["b"])): p["label"] for p in labelled_pairs(name) if half_of_pair(p) in halves}
        if not labels:
            continue
        entries = new_in_polls(name) if name in POLLED else shown_as(load_stream(folder, name), "TS")
        wanted = {identity for pair in labels for identity in pair}
        for newer, older, features in candidates(entries, wanted):
            label = labels.get(frozenset((newer, older)))
            if label in (*ONE_STORY, "same_event", "different"):
                lighter = SAME_EVENT_WEIGHT if label == "same_event" else 1.0
                found.append((features, label in ONE_STORY, HAND_WEIGHTS.get(name, HAND_WEIGHT) * lighter))
    print(Counter(same for _, same, _ in found), file=sys.stderr)
    features, labels, weights = zip(*found, strict=True)
    return np.array(features), np.array(labels), np.array(weights)


def fit(features, labels, weights):
    constraints = [1 if name in RISING else -1 if name in FALLING else 0 for name in FEATURES]
    parameters = {
        "objective": "binary", "learning_rate": 0.06, "num_leaves": 12, "max_depth": 5, "min_data_in_leaf": 30,
        "bagging_fraction": 0.8, "bagging_freq": 1, "feature_fraction": 0.6, "lambda_l2": 5, "seed": 0,
        "monotone_constraints": constraints, "num_threads": 1, "verbose": -1, "deterministic": True,
    }  # fmt: skip
    return lightgbm.train(parameters, lightgbm.Dataset(features, labels, weight=weights), TREES).dump_model()


def as_numbers(dumped):
    """Turn LightGBM's dump into lists of `[feature, threshold, left, right, value]`."""

    def walk(node, nodes):
        number = len(nodes)
        nodes.append(None)
        if "leaf_value" in node:
            nodes[number] = [-1, 0, 0, 0, round(node["leaf_value"], 5)]
        else:
            left, right = walk(node["left_child"], nodes), walk(node["right_child"], nodes)
            value = round(node["internal_value"], 5)
            nodes[number] = [node["split_feature"], float(f"{node['threshold']:.6g}"), left, right, value]
        return number

    trees = []
    for tree in dumped["tree_info"]:
        nodes = []
        walk(tree["tree_structure"], nodes)
        trees.append(nodes)
    return {"features": list(FEATURES), "bias": 0.0, "trees": trees}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT.parent / "shared/data/dedup")
    parser.add_argument("--halves", default="0")
    parser.add_argument("--without", nargs="+", default=(), help="sets to leave out, to see how the rest carries over")
    parser.add_argument("--out", type=Path, default=ROOT / "watcher/dedup/pairs.json")
    chosen = parser.parse_args()
    model = as_numbers(fit(*examples(chosen.folder, [int(half) for half in chosen.halves], chosen.without)))
    text = json.dumps(model, separators=(",", ":")).replace("]],[[", "]],\n[[")
    chosen.out.write_text(text + "\n", "utf-8")
    print(f"{chosen.out}: {len(model['trees'])} trees, {sum(map(len, model['trees']))} nodes", file=sys.stderr)


if __name__ == "__main__":
    main()
