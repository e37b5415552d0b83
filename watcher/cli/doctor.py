"""doctor: what is wrong, and what to do."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watcher.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, now, out, print_json
from watcher.text import plural

if TYPE_CHECKING:
    from watcher.config import Config
    from watcher.doctor import Finding

_SIGNS = {"well": ("✓", "green"), "warning": ("!", "yellow"), "wrong": ("✗", "bold red")}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
    offline: Annotated[bool, typer.Option("--offline", help="Leave out what needs the network.")] = False,
) -> None:
    """Look at configuration, database, disk, network, clock and receivers, and say what to do. Status 1 if wrong."""
    findings: list[Finding] = []
    for finding in _found(config, offline=offline):
        findings.append(finding)
        if not as_json:
            _print(finding)
    bad = [finding for finding in findings if finding.grade != "well"]
    wrong = any(finding.grade == "wrong" for finding in bad)
    if as_json:
        print_json({"ok": not wrong, "findings": [asdict(finding) for finding in findings]})
    elif not bad:
        out.print("\nall well", style="bold")
    raise typer.Exit(1 if wrong else 0)


def _found(path: Path, *, offline: bool) -> "Iterator[Finding]":
    from sqlalchemy import make_url

    from watcher import doctor as look

    config, findings = _load(path)
    yield from findings
    if config is None:
        return
    yield from look.look_at_files(config)
    yield from look.look_at_database(config, now())
    database = make_url(config.database).database
    yield from look.look_at_daemon(config, Path(database + ".lock") if database else None)
    if not offline:
        yield from asyncio.run(_outside(config))


def _load(path: Path) -> "tuple[Config | None, list[Finding]]":
    """The configuration, and what is wrong with it; what is sound of it is looked at all the same."""
    from watcher import doctor as look
    from watcher.cli.check import checked
    from watcher.cli.run import register_secrets

    faults, config = checked(path)
    if config is not None:
        register_secrets(config)
    if faults or config is None:
        remedy = "correct it; `watcher check` tells more"
        return config, [look.Finding("configuration", look.Grade.WRONG, str(fault), remedy) for fault in faults]
    told = (
        f"{path}: {plural(len(config.feeds), 'feed')}, {plural(len(config.rules.rules), 'rule')}, "
        f"{plural(len(config.receivers), 'receiver')}"
    )
    return config, [look.Finding("configuration", look.Grade.WELL, told)]


async def _outside(config: "Config") -> "list[Finding]":
    from watcher import doctor as look
    from watcher.daemon import fetch_settings

    async def all_of(*parts: "AsyncIterator[Finding]") -> "list[Finding]":
        return [finding for part in parts async for finding in part]

    return await all_of(look.look_at_network(config, fetch_settings(config)), look.look_at_receivers(config))


def _print(finding: "Finding") -> None:
    sign, style = _SIGNS[finding.grade]
    out.print(f"{sign} {finding.subject}: {finding.told}", markup=False, style=style)
    if finding.remedy:
        out.print(f"    {finding.remedy}", markup=False)
