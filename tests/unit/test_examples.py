"""The files that people copy are right: the configuration names every key, every rule file passes its own tests."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from watcher import regions
from watcher.config import load
from watcher.config.models import ConfigModel
from watcher.notifiers import REGISTRY

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.yaml"
RULES = sorted((ROOT / "rules").glob("*.yaml"))


@pytest.fixture(scope="module")
def config():
    return load(EXAMPLE, {}, REGISTRY)


def keys_of(schema: dict[str, Any]) -> Iterator[str]:
    """Every key that a model's JSON Schema knows, those of models inside it too."""
    yield from schema.get("properties", {})
    for inner in schema.get("$defs", {}).values():
        yield from inner.get("properties", {})


def all_keys() -> dict[str, set[str]]:
    found = {"config": set(keys_of(ConfigModel.model_json_schema()))}
    for name, kind in REGISTRY.items():
        found[name] = set(keys_of(kind.settings.model_json_schema())) | {f"{secret}_file" for secret in kind.secrets}
    return found


@pytest.mark.parametrize("part", sorted(all_keys()))
def test_every_key_of_the_configuration_stands_in_the_example(part):
    text = EXAMPLE.read_text("utf-8")
    missing = [key for key in sorted(all_keys()[part]) if not re.search(rf"(?m)(^|[\s{{,#]){key}:(\s|$)", text)]
    assert not missing


@pytest.mark.parametrize("kind", sorted(REGISTRY))
def test_every_type_of_receiver_stands_in_the_example(config, kind):
    assert kind in {receiver.type for receiver in config.receivers.values()}


def test_the_default_values_in_the_example_are_the_defaults(config):
    """Take away everything that differs by purpose, and what is left of the model is the default."""
    plain = ConfigModel()
    assert config.polling == type(config.polling)(plain.polling.interval, plain.polling.floor, plain.polling.ceiling)
    assert config.http.model_copy(update={"user_agent": plain.http.user_agent}) == plain.http
    assert config.log == plain.log
    assert config.give_up_after == plain.delivery.give_up_after
    assert (config.feed_alarm_after, config.reload) == (plain.feed_alarm_after, plain.reload)


def test_the_example_follows_what_a_monitor_of_syria_follows(config):
    assert {feed.language for feed in config.feeds} >= {"en", "ar", "ru"}
    assert all(feed.url.startswith("https://") for feed in config.feeds)


def test_every_rule_finds_and_ignores_what_its_examples_say(config):
    assert config.rules.rules
    assert config.rules.run_examples(regions.locate, datetime.now(UTC)) == []


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_every_rule_file_names_its_schema_for_editors(path):
    first = path.read_text("utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./rules.schema.json"


CONSTRUCTS = """
    all any none at_least score near region language tag newer_than terms regions severity receivers on_republication
    on_development cooldown enabled circle place exclude
"""


@pytest.mark.parametrize("construct", CONSTRUCTS.split())
def test_the_rule_files_show_every_construct(construct):
    text = "\n".join(path.read_text("utf-8") for path in RULES)
    assert re.search(rf"(?m)(^|[\s{{]){construct}:", text)


def test_the_demo_runs_on_these_very_rules():
    """The wheel carries copies, for it has no top level."""
    copies = {path.name: path.read_bytes() for path in (ROOT / "watcher" / "demo" / "rules").iterdir()}
    assert copies == {path.name: path.read_bytes() for path in RULES}
