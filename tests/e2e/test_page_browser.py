"""The page in a real browser: every view, light and dark, on a desk and on a phone, by keyboard, without scripts."""

import runpy
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from pageseed import NOW, RAID, Seeded

from watcher.model import Silence
from watcher.store import silences

TOOL = runpy.run_path(str(Path(__file__).resolve().parents[2] / "tools" / "page_pictures.py"))
VIEWS = TOOL["VIEWS"] | {
    "rule": "/rules/raid?text=Daesh+leader", "right to left": "/rules/clash",
    "edit": "/edit?file=rules/r.yaml", "paused": "/?live=off",
    "columns": "/stories/1?all=1", "dead": "/deliveries?state=dead&receiver=desk", "held": "/silences?story=1",
    "reload": "/?live=reload", "new": "/edit?new=storms", "day": "/map?days=1&step=12",
}  # fmt: skip
#: Examples that run from right to left, and long ones.
MORE_RULES = """
rules:
  - id: clash
    when: {any: [clash*, اشتباك*]}
    receivers: []
    examples: {match: [اشتباكات في ريف حلب, "Clashes %s"], ignore: [هدوء في حلب]}
""" % ("go on and " * 30)
PHONE = dict(zip(("width", "height"), TOOL["SIZES"]["phone"], strict=True))
#: Wherever npm has put it: `npm install axe-core` in the project's folder.
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@contextmanager
def served(made):
    """The page on loopback; gives its address."""
    config = uvicorn.Config(
        made.app(), port=0, lifespan="off", log_config=None, h11_max_incomplete_event_size=16_384, http="h11", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        made.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The page that is only read."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "rules").mkdir()
    (folder / "rules" / "more.yaml").write_text(MORE_RULES, "utf-8")
    made = Seeded(folder).usual()
    with made.store.write() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET state = 'dead', reason = 'chat not found' WHERE pk = 4")
        silences.add_silence(connection, Silence(NOW, NOW + timedelta(days=1), rule="raid", comment="drill"))
        silences.add_silence(connection, Silence(NOW, NOW, region="SY", comment="over"))
    with served(made) as found:
        yield found


@pytest.fixture
def own(tmp_path):
    """A page of the test's own, and what is behind it."""
    made = Seeded(tmp_path).usual()
    with served(made) as found:
        yield found, made


@pytest.fixture(scope="module")
def browser():
    pytest.importorskip("playwright", reason="playwright is not installed: pip install playwright")
    if not Path(TOOL["CHROMIUM"]).exists():
        pytest.skip(f"no Chromium at {TOOL['CHROMIUM']}: apt-get install chromium")
    with TOOL["chromium"]() as running:
        yield running


@pytest.fixture
def tab(browser):
    """A tab that notes what it asks for and what it complains of."""
    context = browser.new_context()
    opened = context.new_page()
    opened.asked, opened.complaints = [], []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("console", lambda message: opened.complaints.append(message.text))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    opened.on("dialog", lambda dialog: (opened.complaints.append(dialog.message), dialog.dismiss()))
    yield opened
    context.close()


@pytest.mark.parametrize("path", [pytest.param(path, id=name) for name, path in VIEWS.items()])
def test_a_view_loads_whole_from_here_and_runs_nothing(tab, address, path):
    answer = tab.goto(address + path)
    assert answer.status == 200
    assert tab.complaints == []
    assert all(url.startswith(address) for url in tab.asked)
    assert tab.evaluate("getComputedStyle(document.body).maxWidth") != "none"


@pytest.mark.parametrize("path", [pytest.param(path, id=name) for name, path in VIEWS.items()])
@pytest.mark.parametrize("size", list(TOOL["SIZES"]))
def test_a_view_fits_the_screen(browser, address, path, size):
    width, height = TOOL["SIZES"][size]
    context = browser.new_context(viewport={"width": width, "height": height})
    opened = context.new_page()
    opened.goto(address + path)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_dark_is_dark_and_light_is_light(browser, address):
    shades = {}
    for scheme in TOOL["SCHEMES"]:
        context = browser.new_context(color_scheme=scheme)
        opened = context.new_page()
        opened.goto(address)
        shades[scheme] = opened.evaluate("getComputedStyle(document.body).backgroundColor")
        context.close()
    assert shades == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 21, 25)"}


def test_everything_is_reached_without_scripts_and_by_keyboard(browser, address):
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(address)
    opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")
    assert opened.url.endswith("#main")
    opened.get_by_label("Words").fill("12 people")
    opened.keyboard.press("Enter")
    opened.wait_for_url(lambda url: "q=12+people" in url)
    assert opened.locator("article").count() == 1
    opened.get_by_role("link", name="Story 1").click()
    opened.get_by_role("heading", level=1, name=RAID).wait_for()
    opened.get_by_label("Second text").select_option("2")
    opened.get_by_role("button", name="Compare").click()
    opened.wait_for_url(lambda url: "to=2" in url)
    opened.get_by_role("link", name="Rules").click()
    opened.get_by_label("A headline").fill("Daesh leader captured in Aleppo, Syria")
    opened.get_by_role("button", name="Try it").click()
    opened.get_by_text("1 of 3 rules matches").wait_for()
    opened.get_by_role("link", name="Map").click()
    opened.locator("svg a").first.focus()
    opened.keyboard.press("Enter")
    opened.wait_for_url("**#m1")
    context.close()


def test_new_alerts_appear_by_themselves_and_can_be_paused(tab, own):
    address, made = own
    tab.clock.install()
    tab.goto(address + "/?rule=flood")
    made.enter("daily", "Flood in Murcia", after=210)
    tab.clock.run_for(16_000)
    tab.get_by_role("heading", name="Flood in Murcia").wait_for()
    assert tab.locator("article").count() == 2
    assert "1 new alert" in tab.get_by_role("status").inner_text()
    made.enter("daily", "Flood in Lorca", after=220)
    tab.clock.run_for(16_000)
    tab.get_by_role("heading", name="Flood in Lorca").wait_for()
    tab.get_by_role("link", name="Pause").click()
    tab.get_by_role("link", name="Go on").wait_for()
    asked = [url for url in tab.asked if "/fresh" in url]
    tab.clock.run_for(60_000)
    assert [url for url in tab.asked if "/fresh" in url] == asked != []
    assert tab.complaints == []
    assert all(url.startswith(address) for url in tab.asked)


def test_the_time_slider_moves_the_map_by_keyboard_and_keeps_its_place(tab, address):
    tab.goto(f"{address}/map?region=SY")
    slider = tab.get_by_role("slider", name="Part of the time")
    slider.focus()
    tab.keyboard.press("End")
    tab.locator("#shown a[rel=prev]").wait_for()
    assert tab.evaluate("document.activeElement.id") == "step", "moving goes on where it was"
    assert slider.get_attribute("aria-valuetext").startswith("2026-04-30 16:00 to 2026-05-01 16:00: 2 stories")
    assert tab.locator("#steps a[aria-current]").get_attribute("href") == "/map?days=7&region=SY&step=7"
    assert tab.url == f"{address}/map?days=7&region=SY&step=7"
    tab.keyboard.press("ArrowLeft")
    tab.get_by_text("No alert of this time has a place here").wait_for()
    tab.keyboard.press("Home")
    tab.get_by_text("All of the last 7 days.").wait_for()
    assert tab.complaints == []


def test_the_time_slider_works_without_scripts(browser, address):
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(f"{address}/map?days=30")
    opened.get_by_label("Part of the time").focus()
    opened.keyboard.press("End")
    opened.get_by_role("button", name="Show this part").click()
    opened.wait_for_url(lambda url: "step=15" in url)
    opened.get_by_role("heading", name="Aleppo").wait_for()
    assert opened.locator("#steps a[aria-current] .day").inner_text() == "05-01"
    context.close()


def test_everything_is_changed_without_scripts_and_by_keyboard(browser, own):
    address, made = own
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(f"{address}/stories/1")
    opened.get_by_role("button", name="Split off no. 2").focus()
    opened.keyboard.press("Enter")
    opened.get_by_role("status").filter(has_text="became story 5").wait_for()
    opened.get_by_label("Number of a story").fill("1")
    opened.keyboard.press("Enter")
    opened.get_by_role("status").filter(has_text="Story 5 was put into this one").wait_for()
    opened.get_by_role("link", name="Silence this story").click()
    assert opened.get_by_label("Story’s number").input_value() == "1"
    opened.get_by_label("For").fill("2h")
    opened.keyboard.press("Enter")
    opened.get_by_role("status").filter(has_text="story 1").wait_for()
    opened.get_by_role("button", name="End silence 1").click()
    opened.get_by_role("status").filter(has_text="Silence 1 has ended").wait_for()
    with made.store.write() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET state = 'dead' WHERE pk = 4")
    opened.goto(f"{address}/deliveries?state=dead")
    opened.get_by_role("button", name="Send again").click()
    opened.get_by_role("status").filter(has_text="will be sent again").wait_for()
    opened.reload()
    assert [one["what"] for one in made.events if one["event"] == "changed_by_hand"] == [
        "split", "join", "silence", "silence ended", "resend"
    ]  # fmt: skip
    context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_draft_is_tried_mended_and_saved(browser, own, scripts):
    address, made = own
    file = made.config.path.parent / "rules" / "r.yaml"
    before = file.read_text()
    context = browser.new_context(java_script_enabled=scripts)
    opened = context.new_page()
    complaints = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.goto(f"{address}/rules/raid")
    opened.get_by_role("link", name="rules/r.yaml").click()
    text = opened.get_by_label("The file’s text")
    assert text.input_value() == before
    text.fill(before.replace("severity: severe", "severity: dire"))
    opened.get_by_role("button", name="Check and try it").click()
    opened.get_by_role("status").filter(has_text="1 fault: it cannot be saved.").wait_for(timeout=90_000)
    assert opened.get_by_role("button", name="Save").count() == 0
    text.fill(before.replace("{any: [arrest*, captur*]}, ", ""))
    opened.get_by_role("button", name="Check and try it").click()
    opened.get_by_role("status").filter(has_text="its examples do").or_(opened.get_by_text("is being")).first.wait_for()
    opened.get_by_role("button", name="Save it to rules/r.yaml").wait_for(timeout=90_000)
    if scripts and AXE.exists():
        found = judged_beside(browser, context, opened.url)
        assert [one for one in found if one["impact"] in ("serious", "critical")] == []
    opened.get_by_role("button", name="Save it to rules/r.yaml").click()
    opened.get_by_role("status").filter(has_text="rules/r.yaml was saved").wait_for()
    assert file.read_text() == before.replace("{any: [arrest*, captur*]}, ", "").rstrip() + "\n"
    assert file.with_name("r.yaml.bak").read_text() == before
    assert complaints == []
    context.close()


def judged_beside(browser, context, url):
    """What axe-core says of a view in another window of the same reader."""
    beside = browser.new_context(bypass_csp=True, storage_state=context.storage_state(), viewport=PHONE)
    opened = beside.new_page()
    opened.goto(url)
    found = TOOL["judged"](opened, AXE.read_text("utf-8"))
    beside.close()
    return found


def test_another_site_can_send_no_form_in_the_readers_name(tab, own):
    address, made = own
    tab.goto(f"{address}/silences")
    seal = tab.locator("form[action='/do/silence'] input[name=seal]").get_attribute("value")
    fields = {"seal": seal, "rule": "raid", "lasting": "2h"}
    inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
    form = f'<form method="post" action="{address}/do/silence">{inputs}<button>Win</button></form>'
    tab.route("https://evil.example/", lambda route: route.fulfill(body=form, content_type="text/html"))
    tab.goto("https://evil.example/")
    tab.get_by_role("button", name="Win").click()
    tab.get_by_text("a form must be sent from the page itself").wait_for()
    assert made.events == []


@pytest.mark.parametrize(("size", "scheme"), [("desk", "light"), ("desk", "dark"), ("phone", "light")])
@pytest.mark.parametrize("path", [pytest.param(path, id=name) for name, path in VIEWS.items()])
def test_axe_core_finds_nothing_serious(browser, address, path, size, scheme):
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm install axe-core")
    width, height = TOOL["SIZES"][size]
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height}, bypass_csp=True)
    opened = context.new_page()
    opened.goto(address + path)
    found = TOOL["judged"](opened, AXE.read_text("utf-8"))
    context.close()
    assert [one for one in found if one["impact"] in ("serious", "critical")] == []
