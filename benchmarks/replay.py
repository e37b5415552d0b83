"""Replay real polls through the whole daemon logic: `python benchmarks/replay.py [STREAM] [--polls N] [--merges N]`.

STREAM is a file of polls (`.jsonl.zst`; default: ../shared/data/feeds/streams/gesab001.jsonl.zst); it
needs the `zstd` program. Each poll goes through the real poller on a simulated clock: parsed,
deduplicated, routed and committed to an SQLite file. Printed: entries, stories, the share of
republications and developments, the largest stories, random merges side by side with their ids, to be
read, and what was read so far: of the pair model of now (benchmarks/data/read/drawn.jsonl), of this stream and of all,
and of those before (merges.jsonl). A "repeat" is the same text or article, "same_event" another report of the same
event, "wrong" another story.
"""

import argparse
import asyncio
import json
import random
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dedup_sets import STREAMS, read_polls, version_id
from rich.console import Console
from rich.progress import track

from watcher import dedup, parse
from watcher.model import Feed, Fetched, Places
from watcher.poll import Poller, Setup, Window
from watcher.route import Routing
from watcher.rules import RuleSet
from watcher.schedule import PollPolicy
from watcher.store import open_store, polls, reading

STREAM = STREAMS / "gesab001.jsonl.zst"
DATA = Path(__file__).resolve().parent / "data/read"


class Polls:
    """Stands for the outlets: a fetch gives the body of the moment."""

    def __init__(self):
        self.body = b""

    async def fetch(self, request):
        return Fetched(request.url, self.body)

    async def parse(self, body, **kwargs):
        return parse.parse_feed(body, **kwargs)


async def replay(path, limit, store):
    """Poll everything; return counts."""
    outside, now = Polls(), [datetime(1970, 1, 1, tzinfo=UTC)]
    setup = Setup({}, RuleSet((), ()), Routing({}), PollPolicy(), lambda *_: Places())
    window = Window(dedup.Settings.named("balanced", timedelta(days=7)))

    async def in_writer(work):
        return work()

    poller = Poller(store, in_writer, outside, outside, setup, window, lambda: now[0], lambda: 0.5, lambda event: None)
    counts, states = Counter(), {}
    for moment, name, body in track(read_polls(path), console=Console(stderr=True), transient=True):
        if counts["polls"] == limit:
            break
        now[0], outside.body = max(now[0], moment), body
        feed = Feed(name, f"https://{name}/feed")
        commit = await poller.poll(feed, states.get(name) or polls.FeedState(name))
        states[name] = commit.state
        counts["polls"] += 1
        counts.update(item.assignment.relation for item in commit.entries)
    return counts


def show(store, count, seed):
    """Print the largest stories, and random merges side by side."""
    chance = random.Random(seed)
    with store.read() as connection:
        listed = [row for row in reading.story_list(connection, 1_000_000) if row["members"] > 1]
        for row in sorted(listed, key=lambda row: -row["members"])[:10]:
            print(f"{row['members']} entries, {row['outlets']} outlets: {row['title']}")
        for number, row in enumerate(chance.sample(listed, min(count, len(listed))), 1):
            members = reading.story_members(connection, row["story"])
            joined = [member for member in members if member["relation"] in ("republication", "development")]
            if not joined:
                continue
            member = chance.choice(joined)
            other = reading.entry_facts(connection, members[0]["number"])[0]
            entry = reading.entry_facts(connection, member["number"])[0]
            print(f"\n{number}. {member['relation']} {member['similarity']:.2f} {member['changes'] or ''}")
            for e in (other, entry):
                print(f"   {version_id(e)} {e.feed}: {e.text[:240]!r}")


def tell_what_was_read(name):
    """Print the shares of merges that are right, of those that were read."""
    for file, sets in (("drawn", (name, None)), ("merges", (name,))):
        lines = [json.loads(line) for line in (DATA / f"{file}.jsonl").read_text().splitlines()]
        for of in sets:
            counts = Counter(line["label"] for line in lines if of in (line["set"], None))
            right = (counts["repeat"] + counts["same_event"]) / max(1, counts.total())
            told = {"file": file, "set": of or "all", "read": counts.total()}
            print(json.dumps(told | counts | {"right_share": round(right, 3)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stream", nargs="?", type=Path, default=STREAM)
    parser.add_argument("--polls", type=int, help="stop after so many")
    parser.add_argument("--merges", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/w.db")
        counts = asyncio.run(replay(chosen.stream, chosen.polls, store))
        entries = counts.total() - counts["polls"]
        shares = {
            f"{name}_share": round(counts[name] / max(1, entries), 4) for name in ("republication", "development")
        }
        print(json.dumps({**counts, "entries": entries, "stories": counts["lead"], **shares}))
        show(store, chosen.merges, chosen.seed)
        tell_what_was_read(chosen.stream.name.partition(".")[0])
        store.close()


if __name__ == "__main__":
    main()
