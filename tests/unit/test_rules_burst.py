"""Bursts: many stories of some rules within a time make an alert of their own, once."""

from datetime import timedelta

import pytest
from rules_try import NOW, place

from watcher.rules import Burst, Ledger, Sighting, compile_rules

HOUR = timedelta(hours=1)
SYRIA, IDLIB, IRAQ = place("SY", "SY-HL"), place("SY", "SY-ID"), place("IQ")


def run(burst, *seen):
    """Feed `(rule, story, minutes, feed, places)` in order; return what each one completes."""
    ledger = Ledger([burst], lambda burst: ())
    found = []
    for rule, story, minutes, *more in seen:
        feed, places = (*more, "f", ())[:2] if more else ("f", ())
        at = NOW + timedelta(minutes=minutes)
        found.append(
            [
                e.text
                for m in ledger.add([Sighting(rule, story, at, f"title {story}", feed, places)], at)
                for e in m.evidence
            ]
        )
    return found


def burst(by="", at_least=3):
    return Burst("b", frozenset({"raid", "strike"}), at_least, HOUR, by)


CASES = {
    "different stories count": (burst(), [("raid", 1, 0), ("strike", 2, 1), ("raid", 3, 2)], [0, 0, 1]),
    "the same story does not": (burst(), [("raid", 1, 0), ("strike", 1, 1), ("raid", 1, 2)], [0, 0, 0]),
    "other rules do not": (burst(), [("raid", 1, 0), ("aid", 2, 1), ("raid", 3, 2)], [0, 0, 0]),
    "what is too old does not": (burst(), [("raid", 1, 0), ("raid", 2, 50), ("raid", 3, 61)], [0, 0, 0]),
    "within to the minute": (burst(), [("raid", 1, 0), ("raid", 2, 50), ("raid", 3, 60)], [0, 0, 1]),
    "once within its time": (burst(), [("raid", n, n) for n in range(5)], [0, 0, 1, 0, 0]),
    "again after it": (burst(), [("raid", n, 25 * n) for n in range(7)], [0, 0, 1, 0, 0, 1, 0]),
    "for each feed": (burst("feed", 2), [("raid", 1, 0, "f"), ("raid", 2, 1, "g"), ("raid", 3, 2, "f")], [0, 0, 1]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_makes_a_burst(case):
    rule, seen, counts = CASES[case]
    assert [len(found) for found in run(rule, *seen)] == counts


def test_regions_are_counted_for_themselves_and_each_may_speak():
    seen = [("raid", 1, 0, "f", (SYRIA,)), ("raid", 2, 1, "f", (IDLIB,)), ("raid", 3, 2, "f", (SYRIA, IDLIB))]
    assert run(burst("region", 2), *seen) == [
        [], [], ["SY-HL: 2 stories within 1h: title 1; title 3", "SY-ID: 2 stories within 1h: title 2; title 3"],
    ]  # fmt: skip
    assert run(burst("country", 3), *seen)[-1] == ["SY: 3 stories within 1h: title 1; title 2; title 3"]
    assert run(burst("region", 2), *seen, ("raid", 4, 3, "f", (IRAQ,)), ("raid", 5, 4, "f", (SYRIA,)))[3:] == [[], []]


def test_what_was_stored_before_counts_and_a_told_burst_is_not_told_again():
    before = [Sighting("raid", n, NOW - 30 * HOUR / 60) for n in (1, 2)]
    new = [Sighting("raid", 3, NOW, "c")]
    (match,) = Ledger([burst()], lambda _: before).add(new, NOW)
    assert match.rule == "b"
    assert match.evidence[0].term == "3 stories of raid, strike within 1h"
    told = [*before, Sighting("b", 0, NOW - HOUR / 2)]
    assert Ledger([burst()], lambda _: told).add(new, NOW) == ()


def test_a_rule_file_gives_bursts_and_explains_them():
    text = (
        "rules:\n  - {id: raid, when: {any: [raid]}, receivers: []}\n"
        "  - {id: many, severity: severe, burst: {rules: [raid], at_least: 5, within: 90m, by: region}}\n"
    )
    rules = compile_rules([("r.yaml", text)])
    assert rules.bursts == (Burst("many", frozenset({"raid"}), 5, timedelta(minutes=90), "region"),)
    assert [rule.id for rule in rules.rules] == ["raid", "many"]
