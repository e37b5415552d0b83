"""Warnings on rules that compile: what is probably not meant, each with its place."""

import pytest

from watcher.model import Entry
from watcher.rules import compile_rules, lint, wide_terms


def warned(text: str) -> list[str]:
    return [str(fault) for fault in lint(compile_rules([("r.yaml", text)]))]


def rule(name: str, when: str, **more: str) -> str:
    return f"  - {{id: {name}, when: {when}{''.join(f', {k}: {v}' for k, v in more.items())}}}\n"


ODD = [
    ("drone AND missile", "AND is looked for as a word: use all: [...]"),
    ("drone OR missile", "OR is looked for as a word: use any: [...]"),
    ("drone NOT drill", "NOT is looked for as a word: use none: [...]"),
    ("a*", "'a*' matches every word that begins so: write at least 3 letters"),
    ("قص*", "matches every word that begins so"),
]


@pytest.mark.parametrize(("term", "told"), ODD)
def test_terms_that_are_probably_not_meant(term: str, told: str) -> None:
    (warning,) = warned(f"rules:\n  - id: r\n    when:\n      any:\n        - '{term}'\n")
    assert warning.startswith("r.yaml:5:11: rules[0].when.any[0]: ")
    assert told in warning


@pytest.mark.parametrize(
    "term",
    ["bread and butter", '"this OR that"', "炸*", "Kyiv: live", "state: foo", '"tytle:foo"', "dro*", "=OR", "/a OR b/"],
)
def test_terms_that_are_well(term: str) -> None:
    assert warned(f"rules:\n  - id: r\n    when:\n      any:\n        - '{term}'\n") == []


def test_lists_and_regions_that_nothing_uses() -> None:
    text = "terms: {a: [x], b: [$c], c: [y]}\nregions: {n: [SY]}\nrules:\n" + rule("r", "{any: [$b]}")
    assert warned(text) == [
        "r.yaml:1:9: terms.a: no rule uses the list 'a'",
        "r.yaml:2:11: regions.n: no rule uses the region 'n'",
    ]


SHADOWED = [
    # condition, wider condition
    ("{any: [raid]}", "{any: [raid]}"),
    ("{any: [raid]}", "{any: [raid, strike]}"),
    ("{any: [raids]}", "{any: ['raid*']}"),
    ("{any: [night raid]}", "{any: [raid]}"),
    ("{any: ['title:raid']}", "{any: [raid]}"),
    ("{all: [raid, Homs]}", "{any: [raid]}"),
    ("{all: [raid, {region: SY-HL}]}", "{all: [raid, {region: SY}]}"),
    ("{all: [raid, {language: ar}]}", "{all: [raid, {language: [ar, en]}]}"),
    ("{all: [raid, {none: [drill, film]}]}", "{all: [raid, {none: [drill]}]}"),
    ("{all: [raid, {newer_than: 1h}]}", "{all: [raid, {newer_than: 2h}]}"),
]


@pytest.mark.parametrize(("narrow", "wide"), SHADOWED)
def test_a_rule_that_says_nothing_new(narrow: str, wide: str) -> None:
    (warning,) = warned("rules:\n" + rule("wide", wide) + rule("narrow", narrow))
    assert warning == "r.yaml:3:6: rules[1].id: rule 'narrow' says nothing new: 'wide' matches all that it does"
    if narrow != wide:
        assert "'narrow' says nothing new" in warned("rules:\n" + rule("narrow", narrow) + rule("wide", wide))[0]


APART = [
    ("{any: [raid]}", "{any: [strike]}"),
    ("{any: ['raid*']}", "{any: [raid]}"),
    ("{any: [raid]}", "{all: [raid, Homs]}"),
    ("{any: [raid]}", "{any: ['title:raid']}"),
    ("{all: [raid, {region: SY}]}", "{all: [raid, {region: SY-HL}]}"),
    ("{all: [raid, {none: [drill]}]}", "{all: [raid, {none: [drill, film]}]}"),
    ("{any: ['bomb mak*']}", "{any: [mak]}"),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_rules_that_both_have_something_to_say(one: str, other: str) -> None:
    found = warned("rules:\n" + rule("other", other) + rule("one", one))
    assert not any("'one' says nothing new" in warning for warning in found)


def test_a_rule_for_other_receivers_or_more_serious_is_not_shadowed() -> None:
    wide = rule("wide", "{any: [raid]}", receivers="[a]", severity="moderate")
    assert warned("rules:\n" + wide + rule("r", "{any: [raid]}", receivers="[b]")) == []
    assert warned("rules:\n" + wide + rule("r", "{any: [raid]}", receivers="[a]", severity="extreme")) == []


def test_a_term_that_stands_in_every_fifth_stored_entry() -> None:
    rules = compile_rules([("r.yaml", "terms: {t: ['th*', raid]}\nrules:\n" + rule("r", "{any: [$t]}"))])
    entries = [Entry(str(n), "The raid" if n % 10 == 0 else "This and that") for n in range(1000)]
    assert [str(fault) for fault in wide_terms(rules, entries)] == [
        "r.yaml:1:13: terms.t[0]: 'th*' stands in 1,000 of 1,000 stored entries: it tells few apart"
    ]
    assert wide_terms(rules, entries[:100]) == []
