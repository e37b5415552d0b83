"""How fast rules are, whatever their number: `python benchmarks/rules.py [DATA] [--texts N] [--fuzzy] [--json]`.

DATA is a folder with `reuters.dev.jsonl.xz` and `saudi.dev.jsonl.xz` (default: ../shared/data/dedup). Texts are cut to
1,300 characters; three of four are English, one is Arabic. The first half of them lends the terms: each rule
has ten (six words, two phrases, one `word*`, one `=Exact`), drawn from all that occur in at most 1 % of them, and asks for one of
five and one of the other five. The second half, which no term was drawn from, is matched. Each number of rules
runs in a process of its own; `build` is from YAML text to compiled rules, `compiled` without reading the YAML;
every text is matched once, the first quarter (`cold`) into an empty memory of words. Memory is that of the whole
process in MB, at its peak (while YAML is read) and afterwards. All times are processor
time. Peers' way: one regular
expression for each rule, as Miniflux and FreshRSS do it, on a few texts.
"""

import argparse
import gc
import json
import lzma
import random
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

LENGTH = 1300
#: Words that stand in a greater share of the texts are no rule's term: a newsroom does not ask for "said".
COMMON = 0.01
NUMBERS = (10, 100, 1_000, 10_000)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def read_texts(data, count):
    found = []
    for name, share in (("reuters", 3), ("saudi", 1)):
        with lzma.open(data / f"{name}.dev.jsonl.xz", "rt", encoding="utf-8") as lines:
            own = []
            for line in lines:
                row = json.loads(line)
                body = row["text"] or row["summary"] or ""
                if len(body) > LENGTH // 2:
                    own.append((row["title"] or "", body[: LENGTH - len(row["title"] or "")]))
                if len(own) >= count * share // 2:
                    break
            found += own
    random.Random(1).shuffle(found)
    return found[: len(found) // 2], found[len(found) // 2 :]


def draw_terms(texts, draw):
    """Return endless terms: words, phrases, beginnings and exact words of the texts, each as likely as the others."""
    counts = Counter(w for title, body in texts for w in set(re.findall(r"[^\W\d_]{4,}", title + " " + body)))
    words = sorted(w for w, count in counts.items() if count <= len(texts) * COMMON)
    pairs = sorted({p for title, body in texts for p in re.findall(r"(?=\b([^\W\d_]{4,} [^\W\d_]{4,})\b)", body)})
    while True:
        yield [draw.choice(words) for _ in range(6)] + [draw.choice(pairs) for _ in range(2)] + [
            draw.choice(words)[:7] + "*", "=" + draw.choice(words)
        ]  # fmt: skip


def rules_text(texts, number, fuzzy):
    from watcher.rules.fuzzy import can_be_fuzzy
    from watcher.text import words

    draw = random.Random(number)
    terms = draw_terms(texts, draw)
    rules = []
    for i in range(number):
        ten = next(terms)
        draw.shuffle(ten)
        if fuzzy and can_be_fuzzy(words(ten[0])):
            ten[0] = "~" + ten[0].strip("=*")
        rules.append({"id": f"r{i}", "when": {"all": [{"any": ten[:5]}, {"any": ten[5:]}]}})
    lines = ["rules:"]
    for rule in rules:
        first, second = (json.dumps(m["any"], ensure_ascii=False) for m in rule["when"]["all"])
        lines += [
            f"  - id: {rule['id']}",
            "    when:",
            "      all:",
            f"        - any: {first}",
            f"        - any: {second}",
        ]
    return "\n".join(lines) + "\n", rules


def measure(data, number, count, fuzzy):
    from watcher.model import Entry, Places
    from watcher.rules import compile_rules
    from watcher.yamlsrc import parse

    lend, texts = read_texts(data, count)
    text, rules = rules_text(lend, number, fuzzy)
    del lend
    start = time.process_time()
    parse(text, "bench.yaml")
    parsed = time.process_time()
    compiled = compile_rules([("bench.yaml", text)])
    built, parsed = time.process_time() - parsed, parsed - start
    gc.freeze()  # as the commands do once their files are read
    entries = [Entry(str(i), title, body) for i, (title, body) in enumerate(texts)]
    began = time.process_time()
    cold = entries[: len(entries) // 4]
    for entry in cold:
        compiled.match(entry, feed=None, places=Places, now=NOW)
    cold_rate, fresh = len(cold) / (time.process_time() - began), entries[len(cold) :]
    began = time.process_time()
    matches = sum(len(compiled.match(entry, feed=None, places=Places, now=NOW)) for entry in fresh)
    rate = len(fresh) / (time.process_time() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    gc.collect()
    now = Path("/proc/self/statm")
    kept = int(now.read_text().split()[1]) * resource.getpagesize() // 2**20 if now.exists() else None
    return {
        "rules": number, "texts": len(entries), "characters": sum(map(len, (t + b for t, b in texts))) // len(texts),
        "cold_per_s": round(cold_rate), "per_s": round(rate), "matches_per_text": round(matches / len(fresh), 2),
        "build_s": round(built, 2), "compiled_s": round(built - parsed, 2), "peak_mb": peak // 1024, "kept_mb": kept,
        "peers_per_s": round(peers(rules, texts), 1),
    }  # fmt: skip


def peers(rules, texts):
    """One alternation for each of the two groups of a rule, ignoring case, as feed readers keep them."""

    def pattern(terms):
        return re.compile(r"\b(?:" + "|".join(re.escape(t.strip("=*~")) for t in terms) + r")\b", re.IGNORECASE)

    compiled = [tuple(pattern(member["any"]) for member in rule["when"]["all"]) for rule in rules]
    few = texts[: max(3, 2_000 // len(rules))]
    began = time.process_time()
    for title, body in few:
        whole = f"{title}\n{body}"
        for first, second in compiled:
            _ = first.search(whole) and second.search(whole)
    return len(few) / (time.process_time() - began)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("data", nargs="?", type=Path, default=Path(__file__).parents[2] / "shared/data/dedup")
    arguments.add_argument("--texts", type=int, default=4_000)
    arguments.add_argument("--fuzzy", action="store_true", help="make one term of each rule a ~fuzzy one")
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--only", type=int, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.only:
        print(json.dumps(measure(given.data, given.only, given.texts, given.fuzzy)))
        return
    if not (given.data / "reuters.dev.jsonl.xz").exists():
        sys.exit(f"{given.data}: no reuters.dev.jsonl.xz there; give the folder of labelled sets")
    if not given.json:
        print(
            f"{'rules':>7} {'texts/s':>8} {'cold/s':>8} {'matches':>8} {'build s':>8} {'no YAML':>8} {'peak':>5} {'kept':>5} {'peers/s':>8}"
        )
    for number in NUMBERS:
        command = [sys.executable, __file__, str(given.data), "--texts", str(given.texts), "--only", str(number)]
        told = json.loads(
            subprocess.run(command + ["--fuzzy"] * given.fuzzy, check=True, capture_output=True, text=True).stdout
        )
        if given.json:
            print(json.dumps(told))
        else:
            print(
                f"{told['rules']:>7,} {told['per_s']:>8,} {told['cold_per_s']:>8,} {told['matches_per_text']:>8} {told['build_s']:>8}"
                f" {told['compiled_s']:>8} {told['peak_mb']:>5} {told['kept_mb']!s:>5} {told['peers_per_s']:>8,}"
            )


if __name__ == "__main__":
    main()
