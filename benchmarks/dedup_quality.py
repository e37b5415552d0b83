"""How well dedup finds republications: `python benchmarks/dedup_quality.py [DATA] [--settings NAME ...] [--sets NAME ...]`.

DATA is a folder with labelled sets (default: ../shared/data/dedup). Each set is read as title and
summary (TS), half by summary and half by full text (MIX), and title alone (T), and streamed through
the daemon's own index. The pair model was fitted on the half of each set with even group hashes
("fitted"); the odd half ("held out") is for reporting.

Figures: pairwise precision, recall and F1; sup, the share of repeats recognised; wrong, the share of
first items merged into another story, without those whose partner the labels leave undecided (with
them: wrong_all). For pairs read by hand, average precision for "dup", plain and weighted by stratum;
for pairs of real polls (benchmarks/data/merges.jsonl, fitted and held out by outlet) also how many of
each label are one story.
"""

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path

from dedup_sets import (
    DATA,
    HAND,
    POLLED,
    VIEWS,
    half_of,
    half_of_pair,
    labelled_pairs,
    load,
    load_stream,
    new_in_polls,
    shown_as,
)
from rich.progress import track

from watcher.dedup.explain import is_elsewhere
from watcher.dedup.fingerprint import fingerprint
from watcher.dedup.index import THRESHOLDS, TOGETHER, Coming, Index, Settings, joins
from watcher.dedup.judge import read_judge

SETS = ("saudi", "reuters", "helsinki")


def stories_of(rows, shown, settings, label, judge=None):
    """Stream a set through the index; return item → story."""
    index, stories, texts, count = Index(Settings.named(settings), judge), {}, [], 0
    entries = shown_as(rows, shown)
    for number, (identity, at, entry, fp) in enumerate(foreseen(index, entries, label)):
        texts.append(fp.text)
        found = index.decide(fp, at=at, feed=entry.feed, next_story=count + 1, text_of=texts.__getitem__, explain=False)
        count = max(count, found.story)
        index.add(number, found.story, at, entry.feed, fp, joins=joins(found))
        stories[identity] = found.story
    return stories


def foreseen(index, entries, label):
    """Yield `(id, moment, entry, fingerprint)`, with the index told which come next: much quicker, and decides alike."""
    for first in track(range(0, len(entries), TOGETHER), label, transient=True):
        some = [(*one, fingerprint(one[2])) for one in entries[first : first + TOGETHER]]
        index.foresee(Coming(fp, at, entry.feed) for _, at, entry, fp in some)
        yield from some


def pairs_of(groups):
    return {frozenset((a, b)) for ids in groups.values() for i, a in enumerate(ids) for b in ids[:i]}


def score(rows, stories, skip):
    gold, got = defaultdict(list), defaultdict(list)
    for row in rows:
        gold[row["group"]].append(row["id"])
        got[stories[row["id"]]].append(row["id"])
    wanted, found = pairs_of(gold) - skip, pairs_of(got) - skip
    right = len(wanted & found)
    precision, recall = right / max(1, len(found)), right / max(1, len(wanted))
    seen, members, counts = set(), defaultdict(list), Counter()
    for row in rows:
        story, repeat = members[stories[row["id"]]], row["group"] in seen
        counts["repeats" if repeat else "firsts"] += 1
        if story and repeat:
            counts["sup"] += 1
        elif story:
            counts["wrong_all"] += 1
            counts["wrong"] += not any(frozenset((row["id"], other)) in skip for other in story)
        seen.add(row["group"])
        story.append(row["id"])
    firsts = max(1, counts["firsts"])
    return {
        "F1": 2 * precision * recall / max(1e-9, precision + recall), "P": precision, "R": recall,
        "sup": counts["sup"] / max(1, counts["repeats"]), "wrong": counts["wrong"] / firsts,
        "wrong_all": counts["wrong_all"] / firsts,
    }  # fmt: skip


def average_precision(ranked):
    """Average precision of `(score, is positive, weight)`; equal scores count as in the worst order."""
    ranked = sorted(ranked, key=lambda item: (-item[0], item[1]))
    positives, seen, right, total = sum(w for _, y, w in ranked if y), 0.0, 0.0, 0.0
    for _, positive, weight in ranked:
        seen += weight
        if positive:
            right += weight
            total += weight * right / seen
    return total / max(1e-9, positives)


def likelihoods(entries, pairs, *, strict=True, judge=None):
    """Return pair → similarity as the index sees it in the stream, changed facts set aside unless `strict`; 0.0 where never compared, or of elsewhere.

    `entries` are `(id, moment, entry)`; a revision is no new entry. What hangs together is as the daemon decides.
    """
    wanted = {identity for pair in pairs for identity in pair}
    index, found, ids, texts, known, first = Index(Settings.named("balanced"), judge), {}, [], [], set(), []
    for one in entries:
        if (one[2].feed, one[2].id) not in known:
            known.add((one[2].feed, one[2].id))
            first.append(one)
    for number, (identity, at, entry, fp) in enumerate(foreseen(index, first, "pairs read by hand")):
        ids.append(identity)
        texts.append(fp.text)
        if identity in wanted:
            for seq, probability, likeness in index.compared(fp, at=at, feed=entry.feed):
                if likeness.counts_may_differ and is_elsewhere(texts[seq], fp.text):
                    continue
                clash = index.judge.probabilities([likeness.strict]) if strict and likeness.facts_differ else ()
                found[frozenset((identity, ids[seq]))] = min(probability, *clash, 1.0)
        told = index.decide(fp, at=at, feed=entry.feed, next_story=0, text_of=texts.__getitem__, explain=False)
        index.add(number, number, at, entry.feed, fp, joins=joins(told))
    return {pair: found.get(pair, 0.0) for pair in pairs}


def hand(folder, name, judge=None):
    given = [json.loads(line) for line in (folder / f"{name}.pairs.dev.jsonl").open()]
    own = [pair for pair in labelled_pairs(name) if half_of(pair["a"]) == 1]
    entries = shown_as(load_stream(folder, name), "TS")
    scores = likelihoods(entries, {frozenset((p["a"], p["b"])) for p in given + own}, judge=judge)
    sizes = Counter(p["stratum"] for p in given)
    shown = [
        (scores[frozenset((p["a"], p["b"]))], p["label"] == "dup", p["stratum_size"] / sizes[p["stratum"]])
        for p in given
    ]
    read_here = [(scores[frozenset((p["a"], p["b"]))], p["label"] == "dup", 1.0) for p in own]
    return {
        "AP": average_precision([(s, y, 1.0) for s, y, _ in shown]), "AP_weighted": average_precision(shown),
        "pairs": len(shown), "AP_read_here": average_precision(read_here), "pairs_read_here": len(read_here),
    }  # fmt: skip


def merges(name, judge=None):
    """Yield, for each half of the pairs of real polls that were read, how many of each label are one story."""
    pairs = [pair for pair in labelled_pairs(name) if pair["label"] in ("dup", "same_event", "different")]
    scores = likelihoods(new_in_polls(name), {frozenset((p["a"], p["b"])) for p in pairs}, strict=False, judge=judge)
    for half in (0, 1):
        ranked = [(scores[frozenset((p["a"], p["b"]))], p["label"]) for p in pairs if half_of_pair(p) == half]
        counts = Counter(label for _, label in ranked)
        joined = Counter(label for score, label in ranked if score >= THRESHOLDS["balanced"])
        yield {
            "half": ("fitted", "held out")[half],
            "AP": average_precision([(score, label == "dup", 1.0) for score, label in ranked]),
            **{f"{label}_joined": f"{joined[label]}/{counts[label]}" for label in counts},
        }


def tell(**figures):
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in figures.items()}
    print(json.dumps(rounded), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--settings", nargs="+", default=["balanced"])
    parser.add_argument("--sets", nargs="+", default=[*SETS, *HAND, *POLLED])
    parser.add_argument("--views", nargs="+", default=list(VIEWS))
    parser.add_argument("--halves", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--model", type=Path, help="another pair model than the shipped one")
    chosen = parser.parse_args()
    judge = read_judge(json.loads(chosen.model.read_text())) if chosen.model else None
    for name in [name for name in SETS if name in chosen.sets]:
        for half in chosen.halves:
            rows, skip = load(chosen.folder, name, half)
            for shown in chosen.views:
                for settings in chosen.settings:
                    figures = score(rows, stories_of(rows, shown, settings, f"{name} {shown}", judge), skip)
                    which = {"set": name, "half": ("fitted", "held out")[half], "view": shown, "settings": settings}
                    tell(**which, **figures, items=len(rows))
    for name in [name for name in HAND if name in chosen.sets]:
        tell(set=name, **hand(chosen.folder, name, judge))
    for name in [name for name in POLLED if name in chosen.sets]:
        for figures in merges(name, judge):
            tell(set=name, **figures)


if __name__ == "__main__":
    main()
