"""init, check, schema: the files that people edit."""

import ipaddress
import json
import shutil
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watcher.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    err,
    examine_config,
    open_existing,
    out,
    print_json,
)
from watcher.errors import Fault, StoreError, UsageError
from watcher.text import plural

if TYPE_CHECKING:
    from watcher.config import Config
    from watcher.yamlsrc import Document

#: Newest stored entries that terms are tried on.
LOOKED_AT = 5_000


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(init)
    app.command()(check)
    app.command()(schema)


def init(
    directory: Annotated[Path, typer.Argument(help="Where to write; the present directory by default.")] = Path(),
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write a commented config.yaml and a first rule file; never overwrites."""
    from watcher.rules.schema import json_schema as rules_schema

    templates = resources.files("watcher") / "templates"
    files = {
        directory / config.name: (templates / "config.yaml").read_text("utf-8"),
        directory / "rules" / "first.yaml": (templates / "first.yaml").read_text("utf-8"),
        directory / "config.schema.json": json.dumps(config_schema(), indent=1) + "\n",
        directory / "rules" / "rules.schema.json": json.dumps(rules_schema(), indent=1) + "\n",
    }
    if existing := [str(path) for path in files if path.exists()]:
        raise UsageError(f"{', '.join(existing)}: exists already, nothing was written")
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}") from None
        out.print(f"wrote {path}", markup=False)
    out.print("\nNext: edit them, then `watcher check` and `watcher run`.", markup=False)


def check(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Validate configuration and rules, run every rule's examples, and warn of what is probably not meant.

    Faults end with status 1, warnings do not.
    """
    faults, loaded = checked(config)
    warnings = find_warnings(loaded) if loaded and not faults else []
    if as_json:
        told = {"faults": [_as_dict(fault) for fault in faults], "warnings": [_as_dict(fault) for fault in warnings]}
        print_json({"ok": not faults} | told)
        raise typer.Exit(1 if faults else 0)
    lines = _Lines()
    for fault in faults:
        lines.show(fault, str(fault))
    for warning in warnings:
        lines.show(warning, str(replace(warning, message=f"warning: {warning.message}")))
    if faults or loaded is None:
        raise typer.Exit(1)
    counts = (("feed", loaded.feeds), ("rule", loaded.rules.rules), ("receiver", loaded.receivers))
    grade = f"no faults, {plural(len(warnings), 'warning')}" if warnings else "all well"
    out.print(f"{config}: {grade}: {', '.join(plural(len(items), word) for word, items in counts)}", markup=False)


def find_warnings(config: "Config") -> list[Fault]:
    """Return what is probably not meant; terms are tried on the newest stored entries, if there are any."""
    from watcher.rules import lint, wide_terms

    found = lint(config.rules)
    if not config.rules.rules:
        message = "there are no rules, so nothing will be alerted: write one, as `watcher init` does"
        found.insert(0, Fault(str(config.path), 1, 1, "rules", message))
    found += unreachable(config)
    found += missing_programs(config)
    if _is_missing(config.database):  # nothing was polled yet
        return found
    from watcher.store.history import newest_entries

    try:
        store = open_existing(config)
    except StoreError as error:
        message = f"terms were not tried on stored entries, for the database cannot be opened: {error}"
        return [*found, _source(config).fault(("database",), message)]
    with store.read() as connection:
        found += wide_terms(config.rules, newest_entries(connection, LOOKED_AT))
    store.close()
    return found


def _is_missing(database: str) -> bool:
    """Say whether a database is a file that is not there; to load all that opens one takes a fifth of the command."""
    file = database.removeprefix("sqlite:///")
    return file != database and "?" not in file and not Path(file).exists()


def unreachable(config: "Config") -> list[Fault]:
    """Return a warning where addresses of feeds say by themselves that they are not public, and are not allowed.

    Each poll of such a feed is refused. No name is looked up.
    """
    from watcher.links import host

    if config.http.proxy is not None:
        return []
    allowed = config.http.allow_networks
    wrong = [
        (number, feed.id, network)
        for number, feed in enumerate(config.feeds)
        if feed.enabled and (network := _refused_network(host(feed.url), allowed))
    ]
    if not wrong:
        return []
    number, feed_id, network = wrong[0]
    addresses = f"the addresses of {feed_id} and {plural(len(wrong) - 1, 'other feed')} are" if wrong[1:] else "this is"
    message = (
        f"{addresses} not public, so every poll will be refused; if you mean it, allow the network: "
        f"`http: {{allow_networks: [{network}]}}`"
    )
    return [_source(config).fault(("feeds", number, "url"), message)]


def missing_programs(config: "Config") -> list[Fault]:
    """Return a warning for each receiver whose command is no program of this machine: its messages would wait."""
    commands = {name: r.settings.command[0] for name, r in config.receivers.items() if r.type == "exec"}
    missing = {name: program for name, program in commands.items() if shutil.which(program) is None}
    if not missing:
        return []
    source = _source(config)
    return [
        source.fault(("receivers", name, "command"), f"there is no program {program!r} here that can be run")
        for name, program in missing.items()
    ]


def _source(config: "Config") -> "Document":
    """Return the configuration's file, for places in it."""
    from watcher.yamlsrc import read_bytes

    return read_bytes(config.path.read_bytes(), str(config.path))


def _refused_network(name: str, allowed: Sequence[str]) -> str | None:
    """Return the network of a host that will be refused, as far as its name alone tells; else None."""
    from watcher.addresses import is_allowed

    try:
        address = ipaddress.ip_address("127.0.0.1" if name.rpartition(".")[2] == "localhost" else name)
    except ValueError:  # a name; one without a dot is a machine of the own network
        return None if "." in name or allowed else "10.0.0.0/8"
    if is_allowed(address, map(ipaddress.ip_network, allowed)):
        return None
    return "127.0.0.0/8" if address.is_loopback and address.version == 4 else str(ipaddress.ip_network(address))


def checked(path: Path) -> "tuple[list[Fault], Config | None]":
    """Return everything that is wrong with a configuration, its rules, their examples and the secrets it needs.

    With it what is sound: whoever needs the whole takes it only if nothing is wrong. Examples are tried of the rules
    that are sound, whatever is wrong elsewhere.
    """
    found = examine_config(path, require_secrets=True)
    if found.config is None:
        return sorted(set(found.faults)), None
    tried = found.config.rules.run_examples(found.config.places.locate, datetime.now(UTC))
    return sorted({*found.faults, *tried}), found.config


class _Lines:
    """Shows faults with the line that they are in; each file is read once."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def show(self, fault: Fault, text: str) -> None:
        """Print one fault, then its line, without passwords in addresses, with a caret under the column."""
        from watcher.logs import redact

        err.print(text, markup=False)
        line = redact(self._line(fault))
        if line.strip():
            start = max(0, fault.column - 60)
            before = "".join(" " * _width(c) for c in line[start : fault.column - 1])
            err.print(f"    {line[start : start + 110]}\n    {before}^", markup=False)

    def _line(self, fault: Fault) -> str:
        if fault.file not in self._files:
            try:
                self._files[fault.file] = Path(fault.file).read_text("utf-8-sig").split("\n")
            except (OSError, ValueError):
                self._files[fault.file] = []
        lines = self._files[fault.file]
        return lines[fault.line - 1].rstrip().replace("\t", " ") if fault.line <= len(lines) else ""


def _width(character: str) -> int:
    """Columns of a terminal that a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def schema(
    kind: Annotated[str, typer.Argument(help="rules or config")] = "rules", config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """Print the JSON Schema of rule files or of config.yaml, for editors."""
    from watcher.rules.schema import json_schema as rules_schema

    schemas = {"rules": rules_schema, "config": config_schema}
    if kind not in schemas:
        raise UsageError(f"no schema of {kind!r}: rules or config")
    typer.echo(json.dumps(schemas[kind](), indent=1, ensure_ascii=False))


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema of config.yaml with every type of receiver."""
    from watcher.config.models import json_schema
    from watcher.notifiers import REGISTRY

    settings = {name: kind.settings for name, kind in REGISTRY.items()}
    return json_schema(settings, {name: kind.secrets for name, kind in REGISTRY.items()})


def _as_dict(fault: Fault) -> dict[str, str | int]:
    return {
        "file": fault.file, "line": fault.line, "column": fault.column, "path": fault.path, "message": fault.message,
    }  # fmt: skip
