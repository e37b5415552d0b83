"""The JSON Schema that editors use, on every rule file that ships, by a real validator."""

from pathlib import Path

import jsonschema
import pytest

from watcher.rules import json_schema
from watcher.yamlsrc import parse

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "rules").glob("*.yaml"), ROOT / "watcher/templates/first.yaml"])
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_shipped_file_is_valid(file: Path) -> None:
    errors = [
        f"{e.json_path}: {e.message}" for e in VALIDATOR.iter_errors(parse(file.read_text("utf-8"), file.name).data)
    ]
    assert errors == []


WELL = [
    "{any: [a, 5, {all: [b]}], none: [c]}",
    "{at_least: {count: 2, of: [a, b]}}",
    "{at_least: {count: 2, of: $list}}",
    "{score: {threshold: 1, weights: {a: 2, b: -1.5}}}",
    "{near: {within: 3, all: [a, b], ordered: true, same_sentence: true}}",
    "{region: {in: [SY], precision: strict, ambiguous: any, unplaced: match}}",
    "{region: SY, language: [ar], feed: f, tag: t, severity: [severe], newer_than: 12h}",
]


@pytest.mark.parametrize("when", WELL)
def test_every_condition_is_described(when: str) -> None:
    data = parse(f"rules: [{{id: r, when: {when}}}]", "r").data
    assert [e.message for e in VALIDATOR.iter_errors(data)] == []


BAD = [
    "{id: r}",
    "{id: r, when: {}}",
    "{id: r, when: {anny: [a]}}",
    "{id: r, when: {any: []}}",
    "{id: R r, when: a}",
    "{id: r, when: a, severity: sever}",
    "{id: r, when: {near: {all: [a]}}}",
    "{id: r, when: {newer_than: 5}}",
    "{id: r, when: a, burst: {rules: [x], at_least: 2, within: 1h}}",
    "{id: r, burst: {rules: [x], at_least: 1, within: 1h}}",
    "{id: r, when: {region: {in: SY, precision: exact}}}",
    "{id: r, when: a, cooldown: soon}",
    "{id: r, when: a, colour: x}",
]


@pytest.mark.parametrize("rule", BAD)
def test_mistakes_are_underlined(rule: str) -> None:
    assert list(VALIDATOR.iter_errors(parse(f"rules: [{rule}]", "r").data))


def test_every_key_has_a_hover_text() -> None:
    schema = json_schema()
    rule = schema["$defs"]["RuleModel"]["properties"]
    conditions = schema["$defs"]["condition"]["anyOf"][1]["properties"]
    silent = [k for k, v in (rule | conditions).items() if "description" not in v and k != "enabled"]
    assert silent == []
