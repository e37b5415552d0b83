"""How fast the daemon decides and stores: `python benchmarks/dedup_daemon.py [--entries N] [--poll N]`.

The entries of `benchmarks/dedup.py` come as polls of N new entries each, through the real poller
into an SQLite file: fingerprint, story, explanation, commit. Nothing is parsed and there are no
rules. At the end a new process's window is read back from the database, and the same entries go
through `watcher cluster`'s code: the last line counts entries whose story differs.
"""

import argparse
import asyncio
import json
import resource
import tempfile
import time
from datetime import timedelta

from dedup import DATA, START, Growth
from rich.progress import track

from watcher import dedup
from watcher.archive import Clusters, read_entries
from watcher.model import Feed, FeedState, Fetched, ParsedFeed
from watcher.poll import Poller, Setup, Window
from watcher.regions import locate
from watcher.route import Routing
from watcher.rules import RuleSet
from watcher.schedule import PollPolicy
from watcher.store import open_store

SETTINGS = dedup.Settings.named("balanced", timedelta(days=30))


class Outside:
    """Stands for fetcher and parser: the entries of the next poll are there already."""

    entries = ()

    async def fetch(self, request):
        return Fetched(request.url, repr(self.entries).encode())

    async def parse(self, body, **kwargs):
        return ParsedFeed("t", "rss20", self.entries)


async def poll_all(store, polled):
    """Poll; return seconds of processor time, and the story of each entry by its id."""
    clock, outside, stories = [START], Outside(), {}
    feeds = {
        entries[0].feed: Feed(entries[0].feed, "https://a.example/", alert_on_first_poll=True) for entries in polled
    }
    setup = Setup(feeds, RuleSet((), ()), Routing({}), PollPolicy(), locate)

    async def in_writer(work):
        return work()

    observe = lambda event: None  # noqa: E731  a name makes the call below readable
    poller = Poller(store, in_writer, outside, outside, setup, Window(SETTINGS), lambda: clock[0], lambda: 0.5, observe)
    begun = time.process_time()
    for entries in track(polled, transient=True):
        clock[0] = entries[0].published_at
        outside.entries = tuple(reversed(entries))  # a feed lists its newest entry first
        commit = await poller.poll(feeds[entries[0].feed], FeedState(entries[0].feed))
        stories |= {item.entry.id: item.assignment.story for item in commit.entries}
    return time.process_time() - begun, stories


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--poll", type=int, default=10, help="new entries in each poll")
    chosen = parser.parse_args()
    growth, polled = Growth(DATA), []
    for first in range(0, chosen.entries, chosen.poll):
        rows = [json.loads(growth.line(first + n, chosen.entries)) for n in range(chosen.poll)]
        same = {"feed": rows[0]["feed"], "published": rows[0]["published"]}
        polled.append(list(read_entries(json.dumps(row | same) for row in rows)))
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/w.db")
        seconds, stories = asyncio.run(poll_all(store, polled))
        window, begun = Window(SETTINGS), time.process_time()
        with store.read() as connection:
            window.catch_up(connection, polled[-1][0].published_at)
        back = time.process_time() - begun
        store.close()
    clusters = Clusters(SETTINGS)
    told = {line["id"]: line["story"] for entries in polled for line in clusters.lines(entries)}
    print(json.dumps({
        "entries": len(stories), "entries_per_s": round(len(stories) / seconds),
        "read_back": len(window.index), "read_back_per_s": round(len(window.index) / back),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "stories_unlike_cluster": sum(stories[number] != told[number] for number in stories),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
