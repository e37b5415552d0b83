"""A backtest on history: alerts once for each story, gained and lost against what was sent."""

import json
from datetime import timedelta

from rules_try import NOW

from watcher.model import Entry, Feed, Places
from watcher.rules import compile_rules
from watcher.rules.backtest import Backtest, plot


def test_of(*stories: str) -> Backtest:
    rules = [
        {"id": "raid", "when": {"any": ["raid*"]}},
        {"id": "many", "burst": {"rules": ["raid"], "at_least": 2, "within": "2d"}},
    ]
    test = Backtest(
        compile_rules([("r.yaml", json.dumps({"rules": rules}))]), lambda *_: Places(), {"f": Feed("f", "", "Outlet")}
    )
    for day, title in enumerate(stories):
        story = int(title.split()[-1])
        test.add(Entry(str(day), title, feed="f"), story, NOW + timedelta(days=day))
    return test


test_of.__test__ = False


def test_a_story_alerts_once_and_differences_are_named() -> None:
    test = test_of("A raid 1", "Raids again 1", "Rain 2", "Raid 3", "Sun 4")
    raid, many = test.outcomes({("raid", 3), ("raid", 2), ("gone", 1)})
    assert [(a.story, a.outlet, a.found) for a in raid.alerts] == [(1, "Outlet", ("raid",)), (3, "Outlet", ("Raid",))]
    assert [a.story for a in raid.gained] == [1]
    assert [(a.story, a.title) for a in raid.lost] == [(2, "Rain 2")]
    assert [a.story for a in many.alerts] == [3]
    assert test.per_day(raid.alerts) == 0.5
    series = test.series(raid.alerts)
    assert sum(series) == 2
    assert series[0] == 1
    assert [o.rule for o in test.outcomes(None, ["many"])] == ["many"]


def test_without_entries_there_is_nothing_to_say() -> None:
    test = test_of()
    assert test.outcomes(set())[0].alerts == []
    assert test.per_day([]) == 0.0
    assert plot(test.series([])) == " " * 24


def test_the_plot_shows_every_count_that_is_not_zero() -> None:
    assert plot([0, 1, 400, 800]) == " ▁▄█"
