"""The page in a real browser: every view, light and dark, on a desk and on a phone, by keyboard, without scripts."""

import runpy
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from pageseed import RAID, Seeded

from watcher.web import Door, Page, Sources, create_app

TOOL = runpy.run_path(str(Path(__file__).resolve().parents[2] / "tools" / "page_pictures.py"))
VIEWS = TOOL["VIEWS"]
#: Wherever npm has put it: `npm install axe-core` in the project's folder.
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The page on loopback."""
    made = Seeded(tmp_path_factory.mktemp("page")).usual()
    page = Page(made.store, lambda: made.config, lambda: made.now)
    app = create_app(Sources(lambda: b"", lambda: (), lambda: ()), Door(), page)
    server = uvicorn.Server(
        uvicorn.Config(
            app, port=0, lifespan="off", log_config=None, h11_max_incomplete_event_size=16_384, http="h11", ws="none"
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(30)
    made.store.close()


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
    opened.get_by_text("1 of 2 rules match").wait_for()
    opened.get_by_role("link", name="Map").click()
    opened.locator("svg a").first.focus()
    opened.keyboard.press("Enter")
    opened.wait_for_url("**#m1")
    context.close()


@pytest.mark.parametrize("scheme", TOOL["SCHEMES"])
@pytest.mark.parametrize("path", [pytest.param(path, id=name) for name, path in VIEWS.items()])
def test_axe_core_finds_nothing_serious(browser, address, path, scheme):
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm install axe-core")
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    opened = context.new_page()
    opened.goto(address + path)
    found = TOOL["judged"](opened, AXE.read_text("utf-8"))
    context.close()
    assert [one for one in found if one["impact"] in ("serious", "critical")] == []
