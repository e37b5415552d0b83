"""The page on a large database: python benchmarks/page.py [ENTRIES] [STORIES] [--keep DIR] [--polling READERS]

Fills a database (1,000,000 entries, 50,000 stories of several entries, an alert on each of these) with rows as polls
write them; `--keep` keeps it in a folder for the next run. Then asks each view through the application itself, without
a network between, and prints milliseconds: the first time (caches of the database and of the page cold), and the
median and the worst of the next ones, in real time, and the median of processor time.

`--polling` measures what the page costs the daemon: documents of new entries go through the real poller, as many as it
can take, with nobody at the page and with readers that open a view every two seconds, in turns. Prints polls a second
(of real time, so only where nothing else runs), and the page's processor time in a second: what is lost for polls of
one core that does nothing else.
"""

import argparse
import asyncio
import json
import random
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
warnings.filterwarnings("ignore", "Using `httpx`")
from pageseed import Seeded  # noqa: E402
from year import Outside, World  # noqa: E402

from watcher import dedup  # noqa: E402
from watcher.model import Feed, FeedState, Places  # noqa: E402
from watcher.poll import Poller, Setup, Window  # noqa: E402
from watcher.route import Routing  # noqa: E402
from watcher.schedule import PollPolicy  # noqa: E402
from watcher.store import WriterThread  # noqa: E402
from watcher.store.words import terms_of  # noqa: E402
from watcher.web import Door, serving  # noqa: E402

VIEWS = (
    "/", "/?rule=raid", "/?region=SY", "/?region=MT", "/stories", "/stories/{story}", "/map", "/map?region=SY", "/feeds",
    "/deliveries", "/deliveries?state=dead", "/suppressed", "/rules", "/rules/raid", "/feeds/raid.atom", "/api/alerts",
    "/api/stories",
)  # fmt: skip


def word(rank: int) -> str:
    """The word of a rank: letters only, the commonest first."""
    digits = [rank // 27**place % 27 for place in range(4)]
    return "".join("bcdfghjklmnpqrstvwxyzaeioub"[digit] for digit in digits)


#: Words that none, few, some, many, nearly all entries say; in other scripts; with filters that meet little.
SEARCHES = (
    "zzyzx", word(19000), word(2000), word(300), word(0), f"{word(0)} {word(1)}", f"{word(7)[:2]}*",
    f'"{word(5)} {word(6)}"', "داعش", "袭击", f"{word(0)}&region=MT", f"{word(3)} {word(4)}&rule=flood&severity=minor",
)  # fmt: skip
#: Turns of polling without and with readers, and seconds of each.
ROUNDS, ROUND_S = 8, 5.0
#: Times that each view is asked.
TIMES = 7
#: Sentences that texts are made of, words that there are, feeds, and days that all came in.
SENTENCES, WORDS, FEEDS, DAYS = 20_000, 20_000, 500, 90
COLUMNS = {
    "stories": "id lead_entry first_seen_at updated_at",
    "entries": "pk feed entry_id id_origin title summary content link author categories published_at lang extra outlet "
    "content_hash revision seen_at story baseline places",
    "assignments": "seq entry revision story relation reason similarity shared changes at fingerprint reasons",
    "alerts": "pk story rule kind revision severity entry evidence text created_at",
    "deliveries": "pk alert receiver action state reason due_at first_due_at attempts sent_at",
    "entry_words": "rowid words",
}
PLACE = {
    "name": "Aleppo", "field": "title", "start": 0, "end": 6, "country": "SY", "admin1": "SY-HL", "lat": 36.2,
    "lon": 37.1, "confidence": 0.9, "why": "", "kind": "admin1", "others": [], "admin2": None,
}  # fmt: skip
SPOTS = (
    ("SY", "SY-HL", 36.2, 37.1),
    ("ES", "ES-MD", 40.4, -3.7),
    ("UA", "UA-30", 50.4, 30.5),
    ("JP", "JP-13", 35.7, 139.7),
)
#: What polls count as they go.
COUNTED = (
    "INSERT INTO daily SELECT date(seen_at), feed, '', outlet, count(*) FROM entries WHERE seen_at > ? GROUP BY 1, 2",
    """INSERT INTO daily SELECT date(a.at), e.feed, l.outlet, e.outlet, count(*)
    FROM assignments a JOIN entries e ON e.pk = a.entry JOIN stories s ON s.id = a.story JOIN entries l ON l.pk = s.lead_entry
    WHERE a.at > ? AND a.relation = 'republication' AND l.outlet != e.outlet GROUP BY 1, 2, 3""",
)
EXTRA = json.dumps({"source": None, "enclosures": [], "points": []})
EVIDENCE = json.dumps([{"term": "raid", "field": "title", "start": 0, "end": 4, "text": "raid"}])


def sentences() -> list[tuple[str, set[str]]]:
    """Sentences of twelve words, rare ones and common ones as in a language, and the terms of each."""
    weights = list(accumulate(1 / (rank + 10) for rank in range(WORDS)))
    made = [" ".join(map(word, random.choices(range(WORDS), cum_weights=weights, k=12))) for _ in range(SENTENCES)]
    made[::500] = ["قصفت طائرات مسيرة مواقع تنظيم داعش في ريف حلب"] * len(made[::500])
    made[7::500] = ["无人机袭击敖德萨港口两名工人死亡"] * len(made[7::500])
    return [(text, terms_of(text)) for text in made]


def fill(path: Path, end: datetime, count: int, several: int) -> None:
    """Every `count / several`-th entry begins a story that two more join and that is alerted of; others stand alone."""
    start, step, every = end - timedelta(days=DAYS), timedelta(days=DAYS) / count, max(4, count // several)
    said, rows = sentences(), {table: [] for table in COLUMNS}
    places = [json.dumps([PLACE | dict(zip(("country", "admin1", "lat", "lon"), spot, strict=True))]) for spot in SPOTS]
    with closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000")
        for n in range(1, count + 1):
            at, nth, feed = str(start + n * step), n % every, f"feed{n % FEEDS}"
            joins = nth in (1, 2) and n > every
            story = n - nth if joins else n
            (title, words), *more = random.choices(said, k=6)
            if not joins:
                rows["stories"].append((n, n, at, at))
            rows["entries"].append((
                n, feed, f"e{n}", "id", title, ". ".join(text for text, _ in more), "", f"https://x.example/{n}", "", "[]",
                at, "en", EXTRA, feed.upper(), "0" * 64, 0, at, story, 0, random.choice(places),
            ))  # fmt: skip
            rows["entry_words"].append((n, " ".join(words.union(*(terms for _, terms in more)))))
            relation = "republication" if joins else "lead"
            rows["assignments"].append((n, n, 0, story, relation, "same_text", 0.9, "[]", "[]", at, b"f" * 600, "[]"))
            if nth == 0:
                number = n // every
                rule, state = random.choice(("raid", "flood")), "dead" if number % 500 == 0 else "sent"
                rows["alerts"].append((number, story, rule, "alert", 0, "severe", n, EVIDENCE, "", at))
                rows["deliveries"].append((number, number, "desk", "new", state, "", at, at, 1, at))
            if n % 20_000 == 0 or n == count:
                for table, made in rows.items():
                    columns = COLUMNS[table].split()
                    holes = ", ".join("?" * len(columns))
                    database.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({holes})", made)
                    made.clear()
        for counted in COUNTED:
            database.execute(counted, (str(end - timedelta(days=15)),))
        database.commit()


def opened(folder: Path, count: int, several: int) -> Seeded:
    """The page's database, filled unless it is there already."""
    done = folder / f"filled-{count}-{several}"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    made, now = Seeded(folder), datetime(2026, 5, 1, 12, tzinfo=UTC)
    if not done.exists():
        begun = time.perf_counter()
        made.store.close()
        fill(folder / "w.db", now, count, several)
        done.touch()
        made = Seeded(folder)
        print(json.dumps({"entries": count, "filled_s": round(time.perf_counter() - begun)}))
    made.now = now
    feeds = tuple(Feed(f"feed{n}", f"https://feed{n}.example/", title=f"FEED{n}") for n in range(FEEDS))
    made.config = replace(made.config, feeds=feeds)
    print(json.dumps({"bytes": (folder / "w.db").stat().st_size}))
    return made


def paths(count: int, several: int) -> list[str]:
    every = max(4, count // several)
    views = [view.format(story=every * (count // every - 1)) for view in VIEWS]
    return views + [f"/?q={asked.replace(' ', '+')}" for asked in SEARCHES] + [f"/stories?q={SEARCHES[3]}"]


def ask(client, path: str) -> None:
    """Print how long a view takes."""
    real, work = [], []
    for _ in range(TIMES):
        begun, worked = time.perf_counter(), time.process_time()
        answer = client.get(path)
        real.append(1000 * (time.perf_counter() - begun))
        work.append(1000 * (time.process_time() - worked))
    print(json.dumps({
        "view": path, "status": answer.status_code, "first_ms": round(real[0]), "first_cpu_ms": round(work[0]),
        "median_ms": round(statistics.median(real[1:])), "worst_ms": round(max(real[1:])),
        "median_cpu_ms": round(statistics.median(work[1:])), "bytes": len(answer.content),
    }, ensure_ascii=False), flush=True)  # fmt: skip


#: What a reader runs: a view every two seconds, the next of the list each time, for as long as the input is open.
READER = """
import sys, threading, time, urllib.request
address, nth, *views = sys.argv[1:]
threading.Thread(target=lambda: (sys.stdin.read(), __import__("os")._exit(0)), daemon=True).start()
for n in range(int(nth), 10**9):
    begun = time.monotonic()
    urllib.request.urlopen(address + views[n % len(views)]).read()
    time.sleep(max(0, 2 - (time.monotonic() - begun)))
"""


async def polling(made: Seeded, views: list[str], readers: int) -> None:
    """Print polls a second with and without readers, and how much slower they are."""
    in_writer, outside = WriterThread(), Outside()
    world = World(40, 4)
    feeds = {name: Feed(name, f"https://{name}.example/") for name in world.feeds}
    routing = Routing({rule.id: rule for rule in made.config.rules.rules}, ("desk",))
    setup = Setup(feeds, made.config.rules, routing, PollPolicy(), lambda entry, region: Places())
    poller = Poller(
        made.store, in_writer, outside, outside, setup, Window(dedup.Settings.named("balanced")), lambda: made.now,
        lambda: 0.5, lambda event: None,
    )  # fmt: skip
    states: dict[str, FeedState] = {}

    async def rate() -> tuple[float, float, float]:
        """Polls of this round in a second, their number, and the processor time of the process in milliseconds."""
        count, begun, worked = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - begun < ROUND_S:
            name = world.feeds[count % len(world.feeds)]
            outside.document = world.publish(name)
            made.now += timedelta(seconds=1)
            states[name] = (await poller.poll(feeds[name], states.get(name, FeedState(name)))).state
            count += 1
        return count / (time.perf_counter() - begun), count, 1000 * (time.process_time() - worked)

    loop, port = asyncio.get_running_loop(), free_port()
    async with serving(made.app(Door()), "127.0.0.1", port, lambda event: None):
        await rate()  # reads the dedup window
        alone, used = [], []
        for _ in range(ROUNDS):
            alone.append(await rate())
            at_page = [start_reader(port, n, views) for n in range(readers)]
            used.append(await rate())
            for reader in at_page:
                reader.stdin.close()
                await loop.run_in_executor(None, reader.wait)
    ratios = [after / before for (before, *_), (after, *_) in zip(alone, used, strict=True)]
    each = sum(work for *_, work in alone) / sum(count for _, count, _ in alone)
    of_page = sum(work - count * each for _, count, work in used) / sum(count / rate for rate, count, _ in used)
    print(json.dumps({
        "readers": readers, "rounds": ROUNDS, "polls_s_alone": round(statistics.median(rate for rate, *_ in alone)),
        "polls_s_used": round(statistics.median(rate for rate, *_ in used)), "poll_cpu_ms": round(each, 1),
        "slower_percent": round(100 * (1 - statistics.median(ratios)), 1),
        "page_cpu_ms_a_second": round(of_page), "slower_by_cpu_percent": round(of_page / 10, 1),
    }))  # fmt: skip
    in_writer.close()


def start_reader(port: int, nth: int, views: list[str]) -> subprocess.Popen:
    asked = [sys.executable, "-c", READER, f"http://127.0.0.1:{port}", str(nth * 5)]
    return subprocess.Popen([*asked, *(quote(path, safe="/?=&+") for path in views)], stdin=subprocess.PIPE)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("entries", type=int, nargs="?", default=1_000_000)
    options.add_argument("stories", type=int, nargs="?", default=50_000)
    options.add_argument("--keep", type=Path)
    options.add_argument("--polling", type=int, metavar="READERS")
    given = options.parse_args()
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        made = opened(given.keep or Path(folder), given.entries, given.stories)
        if given.polling:
            asyncio.run(polling(made, paths(given.entries, given.stories), given.polling))
        else:
            client = made.client()
            for path in paths(given.entries, given.stories):
                ask(client, path)
        made.store.close()


if __name__ == "__main__":
    main()
