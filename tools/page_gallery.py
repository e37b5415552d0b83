"""Draw docs/page/: every view of the page, light and dark, on invented news. Needs what page_pictures.py needs.

python tools/page_gallery.py docs/page
"""

import base64
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import uvicorn
from sqlalchemy import insert, update

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]
import pageseed  # noqa: E402
from page_pictures import SCHEMES, VIEWS, chromium  # noqa: E402

from watcher.model import Change, FeedState, Relation, Suppressed, SuppressReason  # noqa: E402
from watcher.store import polls  # noqa: E402
from watcher.store.schema import daily, deliveries  # noqa: E402

WIDTH, HEIGHT = 1280, 860
MORE = {"search": "/stories?q=flood*", "copies": "/feeds#pairs", "step": "/map?days=7&step=3"}
#: Of WebP, 0 to 100: text stays sharp, and a picture takes some 50 kB.
QUALITY = 70
DAY = 24 * 60
OUTLETS = {
    "harbour": "Harbour Post", "levant": "Levant Wire", "sahel": "Sahel Monitor", "dniester": "Dniester Daily",
    "andes": "Correo Andino", "nile": "صحيفة النيل", "pacific": "太平洋通讯", "alps": "Alpenbote",
}  # fmt: skip
RULES = """
rules:
  - id: strikes
    title: Strikes and raids
    severity: severe
    when: {any: [raid*, strike*, shell*, قصف*, غارة, 袭击, удар*, ataque*]}
    receivers: [desk]
    examples: {match: [Raid near Aleppo], ignore: [Rain near Aleppo]}
  - id: floods
    title: Floods and storms
    severity: moderate
    when: {any: [flood*, inundaci*, Hochwasser, فيضان*, 洪水]}
    receivers: [desk, mail]
    examples: {match: [Flood in Valencia], ignore: [Flour in Valencia]}
  - id: quakes
    title: Earthquakes
    severity: extreme
    when: {any: [earthquake*, terremoto*, زلزال, 地震]}
    receivers: [desk, mail]
    examples: {match: [Earthquake in Peru], ignore: [A shaky start in Peru]}
"""
CONFIG = f"""
database: w.db
rules: rules
timezone: UTC
feeds:
{"".join(f'  - {{id: {id_}, url: "https://{id_}.example/feed", title: "{title}"}}{chr(10)}' for id_, title in OUTLETS.items())}
receivers:
  desk: {{type: console}}
  mail: {{type: console}}
"""
#: Minutes before now, outlet, headline, text; then who took it over how many minutes later, and what changed in it.
STORIES = [
    (35, "levant", "Coalition raid captures cell leader in village near Manbij",
     "Before dawn a coalition captured the leader of a cell near Manbij, Syria. 12 people were detained, residents said.",
     [("harbour", 11, ()), ("sahel", 24, (Change("detained", 12, 15),))]),
    (160, "nile", "قصف مدفعي على ريف إدلب يوقع قتلى", "قال سكان إن قصفا مدفعيا استهدف قرية في ريف إدلب في سوريا وقتل ثلاثة أشخاص.",
     [("levant", 40, ())]),
    (300, "pacific", "地震袭击秘鲁南部海岸", "秘鲁南部海岸发生地震，阿雷基帕 Arequipa 的建筑物受损。", []),
    (310, "andes", "Terremoto sacude Arequipa, en el sur de Perú",
     "Un terremoto de magnitud 6,4 sacudió Arequipa, en Perú. No hay víctimas, dijo el gobierno.",
     [("harbour", 30, ()), ("alps", 95, ())]),
    (700, "alps", "Hochwasser sperrt Straßen in Salzburg", "Nach Regen sperrt Hochwasser Straßen in Salzburg, Österreich.", []),
    (DAY + 90, "dniester", "Удар по порту Одессы повредил склады", "Ночью удар по порту Одессы, Украина, повредил склады. Погибших нет.",
     [("levant", 15, ()), ("harbour", 35, ()), ("alps", 60, (Change("injured", 2, 5),))]),
    (2 * DAY, "andes", "Inundaciones en Valencia cortan carreteras", "Inundaciones tras la lluvia cortan carreteras en Valencia, España.",
     [("alps", 80, ())]),
    (2 * DAY + 400, "sahel", "Raid on market town near Gao kills four", "Gunmen killed four people in a raid on a market town near Gao, Mali.", []),
    (3 * DAY, "sahel", "Floods displace hundreds around Niamey", "Floods along the river displaced hundreds around Niamey, Niger.", []),
    (3 * DAY + 200, "harbour", "Flood warning for Dhaka", "The river rises: flood warning for Dhaka, Bangladesh.", []),
    (4 * DAY, "levant", "Shelling reported east of Kharkiv", "Shelling was reported east of Kharkiv, Ukraine.", [("dniester", 20, ())]),
    (5 * DAY, "pacific", "洪水淹没武汉部分地区", "洪水淹没中国武汉 Wuhan 部分地区。", []),
    (6 * DAY, "harbour", "Earthquake felt in Izmir", "An earthquake was felt in Izmir, Turkey.", [("nile", 45, ())]),
]  # fmt: skip


def seed(folder: Path) -> pageseed.Seeded:
    """A database that looks as after two weeks."""
    pageseed.CONFIG, pageseed.RULES = CONFIG, RULES
    made, dice = pageseed.Seeded(folder), random.Random(4)
    came = [(-ago, feed, title, text, n, None, ()) for n, (ago, feed, title, text, _) in enumerate(STORIES)]
    for n, (ago, first, title, text, taken) in enumerate(STORIES):
        came += [(later - ago, feed, title, text, n, first, changes) for feed, later, changes in taken]
    numbers: dict[int, int] = {}
    for after, feed, title, text, n, first, changes in sorted(came, key=lambda one: one[0]):
        relation = Relation.LEAD if first is None else Relation.DEVELOPMENT if changes else Relation.REPUBLICATION
        said = text
        for change in changes:
            said = said.replace(str(change.before), str(change.after))
        held = (Suppressed("strikes", SuppressReason.SAME_OUTLET_REPEAT),) if relation is Relation.REPUBLICATION else ()
        pk = made.enter(
            feed, title, said, after=after, story=numbers.get(n), relation=relation, changes=changes,
            credits=OUTLETS[first] if first and after % 2 else None, suppressed=held,
        )  # fmt: skip
        numbers.setdefault(n, pk)
    made.now = pageseed.NOW
    with made.store.write() as connection:
        connection.execute(daily.delete())
        connection.execute(insert(daily), list(counted(made, dice)))
        sent = {"state": "sent", "attempts": 1, "sent_at": made.now - timedelta(hours=1)}
        connection.execute(update(deliveries).where(deliveries.c.pk % 9 != 0).values(sent))
        refused = {"state": "dead", "attempts": 3, "reason": "550 no such mailbox"}
        connection.execute(update(deliveries).where(deliveries.c.pk % 18 == 9).values(refused))
        state = FeedState("alps", url="https://alps.example/feed", polled_at=made.now - timedelta(minutes=9))
        failing = {
            "failures": 4,
            "failing_since_at": made.now - timedelta(hours=3),
            "last_error": "503 Service Unavailable",
        }
        polls.save_feed_state(connection, replace(state, next_poll_at=made.now + timedelta(minutes=40), **failing))
    return made


def counted(made: pageseed.Seeded, dice: random.Random) -> Iterator[dict]:
    """What feeds brought on each day, and what they had from others."""
    habits = {feed: dice.randint(4, 40) for feed in OUTLETS}
    for back in range(14):
        day = (made.now - timedelta(days=back)).date()
        for feed, habit in habits.items():
            key = {"day": day, "feed": feed, "outlet": OUTLETS[feed]}
            count = dice.randint(habit // 2, habit)
            yield key | {"origin": "", "entries": count}
            for other in dice.sample([one for one in OUTLETS if one != feed], 3):
                yield key | {"origin": OUTLETS[other], "entries": dice.randint(1, max(1, count // 6))}


@contextmanager
def served(made: pageseed.Seeded) -> Iterator[str]:
    """The page on loopback; gives its address."""
    server = uvicorn.Server(uvicorn.Config(made.app(), port=0, lifespan="off", log_config=None, http="h11", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        made.close()


def main() -> None:
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(seed(Path(folder))) as address, chromium() as browser:
        for scheme in SCHEMES:
            context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme)
            tab = context.new_page()
            shot = context.new_cdp_session(tab)
            for name, path in (VIEWS | MORE).items():
                tab.goto(address + path)
                taken = shot.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
                picture = target / f"{name}-{scheme}.webp"
                picture.write_bytes(base64.b64decode(taken["data"]))
                print(f"{picture} {picture.stat().st_size // 1000} kB")
            context.close()
    lines = [
        "# Every view of the page",
        "",
        "Drawn by `tools/page_gallery.py`; the news is invented.",
        "",
        "| light | dark |",
        "|---|---|",
    ]
    lines += [f"| ![{name}]({name}-light.webp) | ![{name}, dark]({name}-dark.webp) |" for name in VIEWS | MORE]
    (target / "README.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
