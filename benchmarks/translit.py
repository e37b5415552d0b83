"""How well ~names find spellings, and what else they find: `python benchmarks/translit.py [SHARED] [--misses]`.

SHARED is a folder with rules/translit.jsonl and dedup/*.stream.jsonl.xz (default: ../shared/data). Three lists of
names: that of SHARED (the tables were tuned on it), the odd lines of `names.jsonl` (tuned on too), and its even
lines, which nothing was tuned on: `held out`. Recall is over the variants of all names, each in a sentence; false
friends are all other words of the streams (as they stand, three letters or more) that a name finds, told for 10,000
words and one name. Inflected forms of the name itself (Багдаде) count as false.
"""

import argparse
import json
import lzma
import re
from datetime import UTC, datetime
from pathlib import Path

from watcher.model import Entry, Places
from watcher.rules import compile_rules
from watcher.text import fold

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OWN = Path(__file__).with_name("names.jsonl")


def read(file):
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def vocabulary(folder):
    found = set()
    for file in sorted(folder.glob("*.stream.jsonl.xz")):
        with lzma.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                found.update(re.findall(r"[^\W\d_]{3,}", f"{row['title']} {row.get('summary') or ''}"))
    return found


class Watcher:
    """The real matcher, with a rule for each name."""

    def __init__(self, names):
        self.names = names
        rules = [{"id": f"n{i}", "when": {"any": ["~" + row["name"]]}} for i, row in enumerate(names)]
        self.rules = compile_rules([("x", json.dumps({"rules": rules}))])

    def found(self, text):
        matches = self.rules.match(Entry("e", text), feed=None, places=Places, now=NOW)
        return {self.names[int(match.rule[1:])]["name"] for match in matches}


def measure(finder, names, vocabulary):
    missed = {
        row["name"]: out
        for row in names
        if (out := [v for v in row["variants"] if row["name"] not in finder.found(f"Report: {v} said")])
    }
    known = {fold(w) for row in names for v in [row["name"], *row["variants"]] for w in re.findall(r"[^\W\d_]+", v)}
    false = {}
    for word in vocabulary:
        for name in finder.found(word) if fold(word) not in known else ():
            false.setdefault(name, []).append(word)
    total = sum(len(row["variants"]) for row in names)
    return total - sum(map(len, missed.values())), total, missed, false


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("shared", nargs="?", type=Path, default=Path(__file__).parents[2] / "shared/data")
    options.add_argument("--misses", action="store_true", help="show what is missed and what is false")
    given = options.parse_args()
    own = read(OWN)
    lists = {"translit.jsonl": read(given.shared / "rules/translit.jsonl"), "fitted": own[::2], "held out": own[1::2]}
    every = sorted(vocabulary(given.shared / "dedup"))
    for label, names in lists.items():
        found, total, missed, false = measure(Watcher(names), names, every)
        wrong = sum(map(len, false.values()))
        share = 10_000 * wrong / len(every) / len(names)
        print(
            f"{label}: recall {found}/{total} = {found / total:.3f}; {wrong} false among {len(every):,} words and "
            f"{len(names)} names ({share:.2f} for 10,000 words and a name)"
        )
        if given.misses and label != "held out":
            for name, words in missed.items():
                print(f"    {name}: not found {', '.join(words)}")
            for name, words in false.items():
                print(f"    {name}: false {', '.join(words[:14])}{' …' if len(words) > 14 else ''}")


if __name__ == "__main__":
    main()
