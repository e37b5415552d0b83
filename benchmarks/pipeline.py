"""Entries per second from body to commit: `python benchmarks/pipeline.py [--feeds N] [--json]`.

Every captured feed document of the corpus is one poll of the real poller: parsed, deduplicated,
matched against the rules in `rules/`, located, routed and committed to an SQLite file, in one
process and on a simulated clock (a document every second). Printed: entries/s of processor time,
milliseconds a document and microseconds an entry for each stage, and the peak memory.
"""

import argparse
import asyncio
import json
import resource
import sys
import tarfile
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from watcher import dedup, parse, poll, regions
from watcher.config import load_rules
from watcher.model import Feed, Fetched, FetchRequest
from watcher.poll import Poller, Setup, Window
from watcher.route import Routing
from watcher.rules import RuleSet
from watcher.schedule import PollPolicy
from watcher.store import open_store, polls

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "data" / "feeds" / "corpus.tar.xz"


class Stages:
    """Processor time by stage; a stage inside another is taken out of it."""

    def __init__(self):
        self.seconds, self._running = {}, []

    def time(self, owner, name, stage):
        """Count the time of a function under a stage."""
        function = getattr(owner, name)

        def timed(*args, **kwargs):
            self._running.append(0.0)
            begun = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent = time.thread_time() - begun
                self.seconds[stage] = self.seconds.get(stage, 0.0) + spent - self._running.pop()
                if self._running:
                    self._running[-1] += spent

        setattr(owner, name, timed)


class Bodies:
    """Stands for the fetcher and the parser's process: the measured work happens in this process."""

    def __init__(self, bodies):
        self._bodies = bodies

    async def fetch(self, request: FetchRequest):
        return Fetched(request.url, self._bodies[request.feed])

    async def parse(self, body, **kwargs):
        return parse.parse_feed(body, **kwargs)


def documents(limit):
    """The captured feed documents of the corpus."""
    with tarfile.open(CORPUS) as archive:
        files = [m for m in archive if m.isfile()]
        return {f"d{i}": archive.extractfile(m).read() for i, m in enumerate(files[:limit])}


async def run(bodies, stages, folder):
    """Poll every document once; return how many entries were committed."""
    clock = [datetime(2026, 1, 1, tzinfo=UTC)]
    rules = load_rules(ROOT / "rules")
    routing = Routing({rule.id: rule for rule in rules.rules}, ("nobody",))
    feeds = {name: Feed(name, f"https://{name}.example/", alert_on_first_poll=True) for name in bodies}
    setup = Setup(feeds, rules, routing, PollPolicy(), Places(stages).locate)
    store = open_store(f"sqlite:///{folder}/w.db")
    window = Window(dedup.Settings.named("balanced"))

    async def in_writer(work):
        return work()

    outside = Bodies(bodies)
    poller = Poller(
        store, in_writer, outside, outside, setup, window, lambda: clock[0], lambda: 0.5, lambda event: None
    )
    entries = alerts = 0
    for name in track(feeds, "documents", console=Console(stderr=True), transient=True):
        clock[0] += timedelta(seconds=1)
        commit = await poller.poll(feeds[name], polls.FeedState(name))
        entries += len(commit.entries)
        alerts += sum(len(item.alerts) for item in commit.entries)
    store.close()
    return entries, alerts


class Places:
    """The resolver of places, timed."""

    def __init__(self, stages):
        self.locate = regions.locate
        stages.time(self, "locate", "regions")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--feeds", type=int, help="use only so many documents")
    options.add_argument("--json", action="store_true")
    arguments = options.parse_args()
    if not CORPUS.exists():
        sys.exit(f"pipeline.py: {CORPUS.name} is not there; it is not part of the project")
    bodies, stages = documents(arguments.feeds), Stages()
    stages.time(parse, "parse_feed", "parse")
    stages.time(dedup, "fingerprint", "dedup")
    stages.time(dedup.Index, "foresee", "dedup")
    stages.time(dedup.Index, "decide", "dedup")
    stages.time(dedup.Index, "add", "dedup")
    stages.time(RuleSet, "match", "rules")
    stages.time(poll, "route", "route")
    stages.time(polls, "known_entries", "commit")
    stages.time(polls, "commit_poll", "commit")
    regions.is_code("SY")  # the gazetteer is read before the clock runs
    begun, wall = time.process_time(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        entries, alerts = asyncio.run(run(bodies, stages, folder))
    total, wall = time.process_time() - begun, time.perf_counter() - wall
    stages.seconds["rest"] = total - sum(stages.seconds.values())
    told = {
        "documents": len(bodies),
        "entries": entries,
        "alerts": alerts,
        "entries_per_s": round(entries / total),
        "wall_s": round(wall, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "stages": {
            stage: {"ms_a_document": round(1000 * s / len(bodies), 2), "us_an_entry": round(1e6 * s / entries, 1)}
            for stage, s in stages.seconds.items()
        },
    }
    if arguments.json:
        print(json.dumps(told))
        return
    table = Table(title=f"{entries:,} entries of {len(bodies)} documents, {alerts} alerts", box=None)
    for heading in ("stage", "ms a document", "µs an entry", "share"):
        table.add_column(heading, justify="right" if heading != "stage" else "left")
    for stage, figures in told["stages"].items():
        share = stages.seconds[stage] / total
        table.add_row(stage, f"{figures['ms_a_document']:.2f}", f"{figures['us_an_entry']:.1f}", f"{share:.0%}")
    Console().print(table)
    print(f"{told['entries_per_s']} entries/s of processor time, {told['wall_s']} s in all, peak {told['peak_mb']} MB")


if __name__ == "__main__":
    main()
