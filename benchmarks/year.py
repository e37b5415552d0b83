"""A year of 500 feeds in minutes: `python benchmarks/year.py [--days 365] [--feeds 500] [--rate 20] [--scale 200] [--json]`.

The real poller, dedup, rules, outbox and pruner work on an SQLite file and a simulated clock. In place
of the network and the parser stand invented documents: of each feed's entries one in six is another
outlet's text of the last two days with a word changed, one in a hundred meets a rule that alerts.

What is scaled down, and what that means: a feed brings `--rate` entries a day in the world that is
simulated, and one `--scale`th of them here, each in a poll of its own. The daemon keeps its real bounds
in time (90 days, 365 for what was alerted, 7 for dedup), and the newest 200 / scale entries of each feed,
so what is kept is one `--scale`th of the world's. Bytes an entry are what they are; the size of
the world's database is that times the scale, printed as an estimate. Poll times hold for the scaled dedup
window only (benchmarks/dedup.py has those of large ones). Memory is the process's, with the gazetteer not loaded.

Printed for every thirty days: entries seen and stored, the file's size, milliseconds a poll (mean and 99th
percentile, processor time) and of the longest page of pruning (real time: as long can a poll wait for it), resident memory.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from watcher import dedup
from watcher.model import Entry, Feed, FeedState, Fetched, ParsedFeed, Places
from watcher.poll import Poller, Setup, Window
from watcher.pruning import Pruner
from watcher.route import Routing
from watcher.rules import compile_rules
from watcher.schedule import PollPolicy
from watcher.store import open_store, outbox, polls, retention
from watcher.store.standing import size_bytes

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
#: Entries that a document lists beside the new ones.
LISTED = 20
MONTH = 30
RULE = (
    "rules:\n  - {id: alarm, title: Alarm, when: {any: [redalert]}, receivers: [desk], examples: {match: [redalert]}}\n"
)


class World:
    """Feeds and what they publish; the same for the same seed."""

    def __init__(self, feeds, each):
        self.dice = random.Random(42)
        self.feeds, self.each = [f"f{i}" for i in range(feeds)], each
        self.words = [
            "".join(self.dice.choices("abcdefghijklmnoprstuvz", k=self.dice.randint(3, 9))) for _ in range(20_000)
        ]
        self.weights = [1 / (rank + 10) for rank in range(len(self.words))]
        self.number, self.lists, self.recent = 0, {feed: [] for feed in self.feeds}, []
        self._cumulative = None

    def text(self, count):
        if self._cumulative is None:
            total, self._cumulative = 0.0, []
            for weight in self.weights:
                total += weight
                self._cumulative.append(total)
        return self.dice.choices(self.words, cum_weights=self._cumulative, k=count)

    def publish(self, feed):
        """The document of a feed with its new entries first."""
        new = [self._entry(feed) for _ in range(self.each)]
        self.lists[feed] = (new + self.lists[feed])[: LISTED + self.each]
        return self.lists[feed]

    def _entry(self, feed):
        self.number += 1
        if self.recent and self.dice.random() < 1 / 6:
            words = list(self.dice.choice(self.recent))
            words[self.dice.randrange(len(words))] = "changed"
        else:
            words = self.text(180)
            if self.dice.random() < 0.01:
                words[3] = "redalert"
            self.recent = [*self.recent[-1000:], words]
        name = f"{feed}-{self.number}"
        return Entry(
            name, " ".join(words[:12]), " ".join(words[12:60]), " ".join(words[60:]),
            link=f"https://{feed}.example/{self.number}", feed=feed, lang="en",
        )  # fmt: skip


class Outside:
    """Stands for the network and the parser."""

    def __init__(self):
        self.document = ()

    async def fetch(self, request):
        return Fetched(request.url, f"{request.feed} {self.document[0].id}".encode())

    async def parse(self, body, **_):
        return ParsedFeed("F", "rss20", tuple(self.document))


async def at_once(work):
    return work()


def resident_mb():
    """Resident memory of this process; 0 where /proc is not."""
    path = Path("/proc/self/status")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


class Year:
    """One simulated year."""

    def __init__(self, arguments, folder):
        self.days = arguments.days
        self.every = max(1, round(arguments.scale / arguments.rate))
        self.world = World(arguments.feeds, max(1, round(arguments.rate * self.every / arguments.scale)))
        retention.NEWEST_KEPT = max(1, round(retention.NEWEST_KEPT / arguments.scale))
        self.now, self.outside = EPOCH, Outside()
        self.store = open_store(f"sqlite:///{folder}/year.db")
        rules = compile_rules([("year.yaml", RULE)])
        routing = Routing({rule.id: rule for rule in rules.rules}, ("desk",))
        self.feeds = {name: Feed(name, f"https://{name}.example/") for name in self.world.feeds}
        setup = Setup(self.feeds, rules, routing, PollPolicy(), lambda entry, region: Places())
        self.window = Window(dedup.Settings.named("balanced"))
        self.poller = Poller(
            self.store, at_once, self.outside, self.outside, setup, self.window, lambda: self.now, lambda: 0.5,
            lambda event: None,
        )  # fmt: skip
        self.keep = retention.Keep(90 * DAY, 365 * DAY)
        self.held, self.polled = [], []
        self.pruner = Pruner(self.store, self.timed, self.keep, lambda: self.now, lambda event: None)

    async def timed(self, work):
        begun = time.perf_counter()
        try:
            return work()
        finally:
            self.held.append(1000 * (time.perf_counter() - begun))

    async def run(self):
        """Yield a row for every thirty days."""
        names = list(self.feeds)
        for day in range(1, self.days + 1):
            self.now = EPOCH + day * DAY
            for name in names[day % self.every :: self.every]:
                await self.poll(name)
            self.send()
            await self.pruner.all()
            self.window.index.expire(self.now)
            if day % MONTH == 0 or day == self.days:
                yield self.row(day)
                self.held, self.polled = [], []

    async def poll(self, name):
        self.outside.document = self.world.publish(name)
        self.now += timedelta(seconds=1)
        with self.store.read() as connection:
            state = polls.feed_state(connection, name) or FeedState(name)
        begun = time.process_time()
        await self.poller.poll(self.feeds[name], state)
        self.polled.append(1000 * (time.process_time() - begun))

    def send(self):
        """Stand for the deliverer."""
        with self.store.write() as connection:
            while claim := outbox.claim_next(connection, "desk", self.now):
                outbox.record_sent(connection, claim, ref="1", detail="", now=self.now)

    def row(self, day):
        with self.store.read() as connection:
            stored, told, hashes = (
                connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
                for table in ("entries", "alerts", "forgotten")
            )
        times = sorted(self.polled)
        return {
            "day": day, "seen": self.world.number, "stored": stored, "alerts": told, "forgotten": hashes,
            "file_mb": round(size_bytes(self.store.path) / 1e6, 1), "poll_ms": round(sum(times) / len(times), 2),
            "poll_p99_ms": round(times[int(len(times) * 0.99)], 2), "prune_longest_ms": round(max(self.held), 1),
            "resident_mb": round(resident_mb(), 1),
        }  # fmt: skip


async def report(arguments, folder):
    year, rows = Year(arguments, folder), []
    async for row in year.run():
        rows.append(row)
        print(f"day {row['day']}: {row['stored']} entries, {row['file_mb']} MB", file=sys.stderr)
    year.store.close()
    return rows


def estimate(rows, scale):
    """Bytes that an entry adds, from the first two rows; the world's database, if its feeds' states are as here."""
    (few, small), (many, large) = ((row["stored"], row["file_mb"]) for row in (*rows, *rows)[:2])
    if many == few:
        return {}
    each = (large - small) / (many - few)
    whole = small - each * few + each * rows[-1]["stored"] * scale
    return {"bytes_an_entry": round(1e6 * each), "world_gb_estimate": round(whole / 1000, 1)}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--days", type=int, default=365)
    options.add_argument("--feeds", type=int, default=500)
    options.add_argument(
        "--rate", type=float, default=20, help="entries of a feed in a day of the world that is simulated"
    )
    options.add_argument("--scale", type=float, default=200, help="one in so many of them is simulated")
    options.add_argument("--json", action="store_true")
    arguments = options.parse_args()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(report(arguments, folder))
    last = rows[-1]
    summary = {"seconds": round(time.perf_counter() - begun)} | estimate(rows, arguments.scale)
    if arguments.json:
        print(json.dumps({"rows": rows} | summary))
        return
    table = Table(
        box=None,
        title=f"{arguments.feeds} feeds, {arguments.rate:g} entries a day each, 1 in {arguments.scale:g} simulated",
    )
    for heading in last:
        table.add_column(heading.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(f"{value:,}" for value in row.values()))
    Console(width=130).print(table)
    print(", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in summary.items()))


if __name__ == "__main__":
    main()
