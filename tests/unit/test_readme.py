"""The README names every command, every key of the configuration and every type of receiver."""

import re
from pathlib import Path

import pytest
import typer.main
from click import Group

from watcher.cli import COMMANDS, build
from watcher.config.models import ConfigModel, FeedModel
from watcher.notifiers import REGISTRY
from watcher.rules.reading import KEYS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
CODE = set(re.findall(r"`([^`\n]+)`", README))
WORDS = {word for code in CODE for word in re.findall(r"[\w.-]+", code)} | set(re.findall(r"^\s+(\w+):", README, re.M))


def commands(group, prefix=""):
    for name, command in group.commands.items():
        if isinstance(command, Group):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"


def keys(model, prefix=""):
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and hasattr(inner, "model_fields"):
            yield from keys(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


@pytest.mark.parametrize("command", list(commands(typer.main.get_command(build()))))
def test_every_command_stands_in_the_readme(command):
    group, _, name = command.rpartition(" ")
    assert any(re.match(rf"(?:{group} )?{name}\b", code) for code in CODE), command
    if group:
        assert group in WORDS


def test_a_command_alone_is_the_same_as_among_all():
    every = typer.main.get_command(build()).commands
    assert set(every) == {name for names in COMMANDS.values() for name in names}
    for name in every:
        assert name in typer.main.get_command(build(name)).commands


@pytest.mark.parametrize("key", list(keys(ConfigModel)))
def test_every_key_of_the_configuration_stands_in_the_readme(key):
    section, _, name = key.rpartition(".")
    assert key in WORDS or (section in {w.split(".")[0] for w in WORDS} and f".{name}" in WORDS), key


@pytest.mark.parametrize("key", list(FeedModel.model_fields))
def test_every_key_of_a_feed_stands_in_the_readme(key):
    assert key in WORDS


@pytest.mark.parametrize("kind", REGISTRY)
def test_every_type_of_receiver_stands_in_the_readme_with_its_keys_and_secrets(kind):
    told = {f.alias or name for name, f in REGISTRY[kind].settings.model_fields.items()} | set(REGISTRY[kind].secrets)
    assert {kind, *told} <= WORDS, {kind, *told} - WORDS


@pytest.mark.parametrize("condition", [*KEYS, "burst"])
def test_every_condition_of_a_rule_stands_in_the_readme(condition):
    assert condition in WORDS


def test_links_inside_the_project_lead_somewhere():
    root = Path(__file__).resolve().parents[2]
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (root / target).exists(), target


def test_every_picture_of_the_page_stands_in_the_readme_and_all_are_small():
    folder = ROOT / "docs" / "page"
    shown, drawn = set(re.findall(r"\(docs/page/([^)]+)\)", README)), {path.name for path in folder.iterdir()}
    assert shown == drawn
    assert {name.replace("-light", "-dark") for name in drawn} <= drawn
    assert sum(path.stat().st_size for path in folder.iterdir()) < 2_000_000
