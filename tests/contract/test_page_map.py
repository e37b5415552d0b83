"""The page's map on a real database, and how it is drawn."""

import re
import runpy
from pathlib import Path

import pytest
from pageseed import EVIL, tree

from watcher import regions
from watcher.web.drawing import WORLD, country, marks
from watcher.web.page import BusyError
from watcher.web.views_map import SPANS

ROOT = Path(__file__).resolve().parents[2]


def sections(answer):
    return [" ".join(one.text_content().split()) for one in tree(answer).xpath("//section")]


def test_stories_stand_at_their_nearest_place_and_are_listed_below(page):
    answer = page.get("/map")
    assert answer.status_code == 200
    assert sections(answer) == [
        f"Valencia (ES-VC) 1 closer to ES moderate {EVIL} Flood in Valencia Daily",
        "Aleppo (SY-HL) 1 closer to SY severe International coalition arrests top Daesh leader in Syria Daily",
    ]
    found = tree(answer)
    labels = found.xpath("//svg//a/@aria-label")
    assert labels == ["Valencia (ES-VC): 1 story", "Aleppo (SY-HL): 1 story"]
    assert {href[1:] for href in found.xpath("//svg//a/@href")} <= set(found.xpath("//@id"))


def test_a_country_is_drawn_by_its_provinces_with_what_is_inside(page):
    answer = page.get("/map?region=SY")
    assert [one.split(" (")[0] for one in sections(answer)] == ["Aleppo"]
    assert "1 elsewhere" in answer.text
    assert len(tree(answer).xpath("//svg/path[@class='land']")) >= 14


def test_older_alerts_are_left_out(seeded, page):
    seeded.now = seeded.now.replace(day=5)
    assert len(sections(page.get("/map?days=7"))) == 2
    assert sections(page.get("/map?days=1")) == []


def test_the_time_line_shows_a_part_of_the_time_without_a_script(seeded, page):
    seeded.now = seeded.now.replace(day=3)
    seeded.enter("daily", "Flood in Sevilla", after=2 * 24 * 60)
    answer = page.get("/map?days=7")
    whole, *steps = tree(answer).xpath("//nav[@aria-label='Time line']//li/a")
    told = [" ".join(one.xpath("string(span[@class='unseen'])").split()) for one in (whole, *steps)]
    assert told[0] == "All of the last 7 days: 3 stories" and whole.get("aria-current") == "true"
    assert [text.rpartition(": ")[2] for text in told[1:]] == ["0 stories"] * 4 + ["2 stories", "0 stories", "1 story"]
    assert told[7].startswith("2026-05-02 16:00 to 2026-05-03 16:00")
    last = page.get(steps[6].get("href"))
    assert [one.split(" ")[0] for one in sections(last)] == ["Sevilla"]
    (current,) = tree(last).xpath("//a[@aria-current='true'][ancestor::ol]")
    assert current.get("href") == steps[6].get("href")
    earlier = page.get(tree(last).xpath("//a[@rel='prev']/@href")[0])
    assert sections(earlier) == []
    assert len(sections(page.get("/map?days=7&step=5"))) == 2


def test_the_slider_stands_at_the_part_that_is_shown_and_says_which(seeded, page):
    seeded.now = seeded.now.replace(day=3)
    for asked, value, said in (
        ("", "0", "All of the last 7 days: 2 stories"),
        ("step=5", "5", "2026-04-30 16:00 to 2026-05-01 16:00: 2 stories"),
        ("step=5&of=7", "5", "2026-04-30 16:00 to 2026-05-01 16:00: 2 stories"),
        ("step=5&of=7&days=30", "0", "All of the last 30 days: 2 stories"),
    ):
        shown = tree(page.get(f"/map?{asked}"))
        (slider,) = shown.xpath("//form[@action='/map']//input[@type='range']")
        assert (slider.get("value"), slider.get("aria-valuetext")) == (value, said)
        assert shown.xpath("//label[@for=$id]/text()", id=slider.get("id")) == ["Part of the time"]


@pytest.mark.parametrize(("span", "steps"), SPANS.items())
def test_the_style_knows_how_many_bars_the_slider_stands_below(page, span, steps):
    (slider,) = tree(page.get(f"/map?days={span}")).xpath("//input[@type='range']")
    assert slider.get("max") == str(steps)
    assert f".n{steps + 1} {{ --steps: {steps + 1}; }}" in page.get("/static/page.css").text


@pytest.mark.parametrize("step", ["0", "8", "99999999999999999999", "x", "-1"])
def test_a_step_that_is_not_there_is_all_of_the_time(page, step):
    assert len(sections(page.get(f"/map?days=7&step={step}"))) == 2


def test_a_cluster_says_how_many_stories_it_holds(seeded, page):
    seeded.enter("daily", "Flood in Valencia and Sagunto", after=230)
    found = tree(page.get("/map"))
    assert found.xpath("//*[local-name()='text']/text()") == ["2"]
    assert found.xpath("//a[.//*[local-name()='text']]/@aria-label") == ["Valencia (ES-VC): 2 stories"]


@pytest.mark.parametrize("asked", ["region=XX", "region=<script>", "region=../.."])
def test_what_cannot_be_drawn_is_said(page, asked):
    answer = page.get(f"/map?{asked}")
    assert tree(answer, 400).xpath("//*[@role='alert']")
    assert "<script>" not in answer.text


def test_positions_upon_each_other_are_one_mark():
    found = marks([(36.2, 37.1), (36.3, 37.2), (-33.9, 18.4), (-90, 0)], WORLD)
    assert [mark.items for mark in found] == [(0, 1), (2,)]
    assert found[0].radius > found[1].radius
    assert (found[1].x, found[1].y) == (18.4, 33.9)


@pytest.mark.parametrize("code", ["SY", "SY-HL", "FR", "RU", "CL", "FJ", "MT", "NO"])
def test_a_drawn_province_lies_in_the_frame(code):
    drawn = country(code)
    frame, record = drawn.frame, regions.name_of(code)
    assert record
    numbers = [float(n) for name, path in drawn.paths if name == code or "-" not in code
               for n in re.findall(r"-?\d+\.\d+", path)]  # fmt: skip
    assert frame.x <= min(numbers[::2]) <= max(numbers[::2]) <= frame.x + frame.width
    assert frame.y <= min(numbers[1::2]) <= max(numbers[1::2]) <= frame.y + frame.height
    assert sum(len(path) for _, path in drawn.paths) < 400_000


def test_nothing_is_drawn_of_what_is_not_there():
    assert country("XX") is None


def test_the_world_is_what_the_tool_draws():
    tool = runpy.run_path(str(ROOT / "tools" / "build_map.py"))
    assert tool["TARGET"].read_text("utf-8") == tool["world"]()


def test_a_map_that_cannot_be_read_in_time_says_so(page, monkeypatch):
    def slow(*_):
        raise BusyError("That took longer.")

    monkeypatch.setattr("watcher.store.browsing.alerts_placed", slow)
    answer = page.get("/map?days=30")
    assert (answer.status_code, answer.text) == (503, "The places could not be read in time; ask for fewer days.\n")
