"""How well ~names find spellings, and what else they find: `python benchmarks/translit.py [SHARED]`.

SHARED is a folder with rules/translit.jsonl and dedup/*.stream.jsonl.xz (default: ../shared/data). Recall is over the
variants of all names, each in a sentence; false friends are all other words of the streams (as they stand, three
letters or more) that a name finds, by script. Inflected forms of the name itself (Багдаде) count as false here.
"""

import json
import lzma
import re
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from watcher.model import Entry, Places
from watcher.rules import compile_rules
from watcher.text import fold

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SCRIPTS = {"Arabic and Hebrew": "[\u0590-\u06ff]", "Cyrillic": "[\u0400-\u04ff]", "Latin": "[A-Za-z]"}


def vocabulary(folder):
    words = set()
    for file in sorted(folder.glob("*.stream.jsonl.xz")):
        with lzma.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                words.update(re.findall(r"[^\W\d_]{3,}", f"{row['title']} {row.get('summary') or ''}"))
    return words


def main():
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "shared/data"
    names = [json.loads(line) for line in (shared / "rules/translit.jsonl").read_text("utf-8").splitlines()]
    rules = compile_rules([("x", json.dumps({"rules": [
        {"id": f"n{i}", "when": {"any": ["~" + row["name"]]}} for i, row in enumerate(names)
    ]}))])  # fmt: skip

    def found(text):
        return {m.rule for m in rules.match(Entry("e", text), feed=None, places=Places, now=NOW)}

    hits, total = 0, 0
    for i, row in enumerate(names):
        missed = [v for v in row["variants"] if f"n{i}" not in found(f"Report: {v} said")]
        hits, total = hits + len(row["variants"]) - len(missed), total + len(row["variants"])
        if missed:
            print(f"{row['name']}: not found {', '.join(missed)}")
    print(f"recall {hits}/{total} = {hits / total:.3f}")
    known = {fold(w) for row in names for v in [row["name"], *row["variants"]] for w in re.findall(r"[^\W\d_]+", v)}
    words = sorted(w for w in vocabulary(shared / "dedup") if fold(w) not in known)
    for script, letters in SCRIPTS.items():
        own, false = [w for w in words if re.match(letters, w)], defaultdict(list)
        for word in own:
            for rule in found(word):
                false[names[int(rule[1:])]["name"]].append(word)
        print(f"{script}: {sum(map(len, false.values()))} false among {len(own):,} words")
        for name, friends in false.items():
            print(f"    {name}: {', '.join(friends[:14])}{' …' if len(friends) > 14 else ''}")


if __name__ == "__main__":
    main()
