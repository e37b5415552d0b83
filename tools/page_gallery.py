"""Draw docs/page/: every view of the page, light and dark, on invented news, and the table of them in README.md.

python tools/page_gallery.py docs/page

Needs what page_pictures.py needs, and fonts for all scripts (Debian: fonts-noto-core, fonts-noto-cjk,
fonts-noto-color-emoji).
"""

import base64
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import uvicorn
from sqlalchemy import insert, update

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]
import pageseed  # noqa: E402
from page_pictures import SCHEMES, SIZES, chromium  # noqa: E402

from watcher import config  # noqa: E402
from watcher.model import Change, FeedState, Relation, Silence, Suppressed, SuppressReason  # noqa: E402
from watcher.notifiers import REGISTRY  # noqa: E402
from watcher.store import polls, silences  # noqa: E402
from watcher.store.schema import daily, deliveries  # noqa: E402

#: What each picture shows, and where; the raid is story 0 of `STORIES`.
VIEWS = {
    "now": ("Now: alerts with what met the rule marked, each with its story’s outlets on a time line", "/"),
    "search": ("Stories: a search in all that is stored", "/stories?q=flood*"),
    "stories": ("Stories, the last to change first", "/stories"),
    "story": ("A story: who was first, who republished it, what each changed", "/stories/{raid}?all=1"),
    "map": ("Map: the last week", "/map"),
    "step": ("Map: one day of it, by the slider", "/map?step=6"),
    "month": ("Map: the last month", "/map?days=30"),
    "country": ("Map: one country by its provinces", "/map?region=SY"),
    "feeds": ("Feeds: health, when and why each is polled, entries a day", "/feeds"),
    "copies": ("Feeds: who copies whom", "/feeds#pairs"),
    "deliveries": ("Deliveries: sent, waiting, dead", "/deliveries"),
    "suppressed": ("Deliveries: what was held back, and why", "/suppressed"),
    "silences": ("Silences", "/silences"),
    "rules": ("Rules: alerts over time, and a text tried on all", "/rules?text=Ataque+en+Valencia"),
    "rule": ("A rule: its alerts, condition and examples, and a text tried on it",
             "/rules/strikes?text=Coalition+raid+near+Aleppo"),
    "edit": ("A rule file", "/edit?file=rules/world.yaml"),
    "draft": ("A draft of it, tried on a text and on what is stored, before it is saved", ""),
}  # fmt: skip
#: Those that are also taken on a phone.
ON_PHONES = ("now", "story", "map", "feeds", "deliveries", "rule")
WIDTH, HEIGHT, TALL = 1280, 860, 1100
#: Of WebP, 0 to 100: text stays sharp, and a picture takes some 40 kB.
QUALITY = 50
#: Where the table of pictures stands in README.md.
BEGIN, END = "<!-- pictures: tools/page_gallery.py -->\n", "<!-- /pictures -->"
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
    when:
      any: [raid*, strike*, shell*, قصف*, غارة, 袭击, удар*, ataque*]
      none: ["title:live updates", heart attack]
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
    (3 * DAY + 500, "alps", ("Flood risk along the upper river: authorities ask residents of eleven low-lying districts to move cars, "
     "secure cellars and follow the bulletins that the water board publishes every three hours, Salzburg included"),
     "A flood may reach Salzburg, Austria, on Monday.", []),
    (12 * DAY, "andes", "Terremoto leve en Antofagasta", "Un terremoto leve se sintió en Antofagasta, Chile.", []),
    (19 * DAY, "pacific", "Flood closes schools in Manila", "A flood closed schools in Manila, Philippines.", []),
    (26 * DAY, "sahel", "Raid on a convoy near Timbuktu", "A raid on a convoy near Timbuktu, Mali, was reported.", []),
    (6 * DAY, "harbour", "Earthquake felt in Izmir", "An earthquake was felt in Izmir, Turkey.", [("nile", 45, ())]),
]  # fmt: skip


def seed(folder: Path) -> tuple[pageseed.Seeded, int]:
    """A database that looks as after a month, and the number of the raid's story."""
    pageseed.CONFIG, pageseed.RULES = CONFIG, RULES.lstrip()
    made, dice = pageseed.Seeded(folder), random.Random(4)
    file = folder / "rules" / "world.yaml"
    (folder / "rules" / "r.yaml").rename(file)
    os.utime(file, (changed := (pageseed.NOW - timedelta(days=3, hours=2)).timestamp(), changed))
    made.config = config.load(folder / "config.yaml", {}, REGISTRY)
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
        hour = timedelta(hours=1)
        for begins, ends, about in (
            (-3, 21, {"rule": "floods", "region": "BD", "comment": "monsoon, told daily by hand, by page:amal"}),
            (-1, 3, {"word": "drill", "comment": "exercise at the port, by telegram:Noor"}),
            (-30, -6, {"feed": "pacific", "comment": "moving to a new system, by page:amal"}),
        ):
            silence = Silence(made.now + begins * hour, made.now + ends * hour, **about)
            silences.add_silence(connection, silence)
    return made, numbers[0]


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


def drafted(tab, address: str) -> None:
    """Try a draft: one rule finds less, another more."""
    tab.goto(f"{address}/edit?file=rules/world.yaml")
    text = tab.get_by_label("The file’s text")
    changed = (
        text.input_value()
        .replace("raid*, strike*, shell*, ", "raid*, airstrike*, ")
        .replace("flood*,", "flood*, river*,")
    )
    text.fill(changed)
    tab.get_by_label("A headline to try its rules on").fill(
        "River bursts its banks after a raid on a dam\nResidents flee."
    )
    tab.get_by_role("button", name="Check and try it").click()
    tab.get_by_role("button", name="Save it").wait_for(timeout=90_000)


def pictures(
    browser, address: str, raid: int, target: Path, size: tuple[int, int], names: Iterable[str], mark: str
) -> None:
    for scheme in SCHEMES:
        context = browser.new_context(viewport=dict(zip(("width", "height"), size, strict=True)), color_scheme=scheme)
        tab = context.new_page()
        shot = context.new_cdp_session(tab)
        for name in names:
            if path := VIEWS[name][1]:
                tab.goto(address + path.format(raid=raid))
            else:
                drafted(tab, address)
            whole = tab.evaluate("document.documentElement.scrollHeight")
            clip = {"x": 0, "y": 0, "width": size[0], "height": min(whole, TALL), "scale": 1}
            how = {} if "#" in path else {"clip": clip, "captureBeyondViewport": True}
            taken = shot.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY, **how})
            picture = target / f"{name}{mark}-{scheme}.webp"
            picture.write_bytes(base64.b64decode(taken["data"]))
            print(f"{picture} {picture.stat().st_size // 1000} kB")
        context.close()


def table(target: str) -> str:
    """The rows of README.md."""
    rows = ["| | light | dark |", "|---|---|---|"]
    for name, mark, told in [
        *((name, "", told) for name, (told, _) in VIEWS.items()),
        *((name, "-phone", VIEWS[name][0].partition(":")[0] + ", on a phone") for name in ON_PHONES),
    ]:
        light, dark = (f"![{name}, {scheme}]({target}/{name}{mark}-{scheme}.webp)" for scheme in SCHEMES)
        rows.append(f"| {told} | {light} | {dark} |")
    return "\n".join(rows)


def main() -> None:
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        made, raid = seed(Path(folder))
        with served(made) as address, chromium() as browser:
            pictures(browser, address, raid, target, (WIDTH, HEIGHT), VIEWS, "")
            pictures(browser, address, raid, target, SIZES["phone"], ON_PHONES, "-phone")
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text("utf-8").partition(BEGIN)
    readme.write_text(f"{before}{BEGIN}\n{table(sys.argv[1])}\n\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
