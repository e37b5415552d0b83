"""How long the page's views take on a large database: python benchmarks/page.py [ENTRIES] [STORIES]

Fills a database (1,000,000 entries, 50,000 stories of several entries, an alert on each of these) with rows as polls
write them, then asks each view through the application itself, without a network between. Prints milliseconds: the
first time (caches of the database and of the page cold), and the median and the worst of the next ones.
"""

import json
import random
import statistics
import sys
import tempfile
import time
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
warnings.filterwarnings("ignore", "Using `httpx`")
from pageseed import Seeded  # noqa: E402

from watcher.store.schema import alerts, assignments, deliveries, entries, stories  # noqa: E402

VIEWS = (
    "/", "/?rule=raid", "/?region=SY", "/?q=zzyzx", "/?q=coalition+village", "/stories", "/stories/{story}", "/map",
    "/map?region=SY", "/feeds", "/deliveries", "/deliveries?state=dead", "/suppressed", "/rules", "/rules/raid",
    "/feeds/raid.atom", "/api/alerts", "/api/stories",
)  # fmt: skip
#: Times that each view is asked.
TIMES = 7
WORDS = "coalition raid village province leader captured killed people flood rain river market school police army port".split()


def text(count: int) -> str:
    return " ".join(random.choices(WORDS, k=count))


def fill(made: Seeded, count: int, several: int) -> None:
    """Every `count / several`-th entry begins a story that two more join and that is alerted of; others stand alone."""
    start, last = made.now - timedelta(days=90), 0
    step, every = timedelta(days=90) / count, max(4, count // several)
    place = {
        "name": "Aleppo", "field": "title", "start": 0, "end": 6, "country": "SY", "admin1": "SY-HL", "lat": 36.2,
        "lon": 37.1, "confidence": 0.9, "why": "", "kind": "admin1", "others": [], "admin2": None,
    }  # fmt: skip
    rows: dict = {table: [] for table in (stories, entries, assignments, alerts, deliveries)}
    for n in range(1, count + 1):
        pk, at, nth = n, start + n * step, n % every
        joins = nth in (1, 2) and n > every
        story = n - nth if joins else n
        last = story if nth == 2 else last
        feed = f"feed{n % 500}"
        if not joins:
            rows[stories].append({"id": n, "lead_entry": n, "first_seen_at": at, "updated_at": at})
        rows[entries].append({
            "pk": pk, "feed": feed, "entry_id": f"e{n}", "id_origin": "id", "title": text(9), "summary": text(60),
            "content": "", "link": f"https://x.example/{n}", "author": "", "categories": [], "published_at": at,
            "updated_at": None, "lang": "en", "extra": {"source": None, "enclosures": [], "points": []},
            "outlet": feed.upper(), "content_hash": "0" * 64, "revision": 0, "seen_at": at, "story": story,
            "baseline": False, "places": [place | {"country": random.choice(("SY", "ES", "UA"))}],
        })  # fmt: skip
        rows[assignments].append({
            "seq": n, "entry": pk, "revision": 0, "story": story, "relation": "republication" if joins else "lead",
            "reason": "same_text", "similarity": 0.9, "compared_with": None, "shared": [], "changes": [],
            "credits": None, "at": at, "fingerprint": b"f" * 600, "reasons": [],
        })  # fmt: skip
        if nth == 0:
            number = n // every
            evidence = [{"term": "raid", "field": "title", "start": 0, "end": 4, "text": "raid"}]
            rows[alerts].append({
                "pk": number, "story": story, "rule": random.choice(("raid", "flood")), "kind": "alert", "revision": 0,
                "severity": "severe", "entry": pk, "evidence": evidence, "text": "", "created_at": at,
            })  # fmt: skip
            rows[deliveries].append({
                "pk": number, "alert": number, "receiver": "desk", "action": "new",
                "state": "dead" if number % 500 == 0 else "sent", "reason": "", "due_at": at, "first_due_at": at,
                "attempts": 1, "sent_at": at, "ref": None, "told_in": None, "escalated_from": None,
            })  # fmt: skip
        if n % 20_000 == 0 or n == count:
            with made.store.write() as connection:
                for table, made_rows in rows.items():
                    if made_rows:
                        connection.execute(insert(table), made_rows)
                        made_rows.clear()


def main() -> None:
    given = [int(number) for number in sys.argv[1:]]
    count, several = [*given, *(1_000_000, 50_000)[len(given) :]]
    random.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        made = Seeded(Path(folder))
        made.now = datetime(2026, 5, 1, 12, tzinfo=UTC)
        begun = time.perf_counter()
        fill(made, count, several)
        size = (Path(folder) / "w.db").stat().st_size
        print(json.dumps({"entries": count, "filled_s": round(time.perf_counter() - begun), "bytes": size}))
        client, every = made.client(), max(4, count // several)
        for view in VIEWS:
            path, took = view.format(story=every * (count // every - 1)), []
            for _ in range(TIMES):
                begun = time.perf_counter()
                answer = client.get(path)
                took.append(1000 * (time.perf_counter() - begun))
            print(json.dumps({
                "view": path, "status": answer.status_code, "first_ms": round(took[0]),
                "median_ms": round(statistics.median(took[1:])), "worst_ms": round(max(took[1:])), "bytes": len(answer.content),
            }))  # fmt: skip
        made.store.close()


if __name__ == "__main__":
    main()
