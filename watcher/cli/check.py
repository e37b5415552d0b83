"""init, check, schema: the files that people edit."""

import json
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer

from watcher.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, load_config, out, print_json
from watcher.errors import Fault, FaultsFound, UsageError


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
    from watcher.rules import json_schema as rules_schema

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
    """Validate configuration and rules, and run every rule's examples; all faults with their places."""
    faults = find_faults(config)
    if as_json:
        print_json({"ok": not faults, "faults": [_as_dict(fault) for fault in faults]})
        raise typer.Exit(1 if faults else 0)
    if faults:
        raise FaultsFound(faults)
    loaded = load_config(config)
    out.print(
        f"{config}: all well: {len(loaded.feeds)} feeds, {len(loaded.rules.rules)} rules, "
        f"{len(loaded.receivers)} receivers",
        markup=False,
    )


def find_faults(path: Path) -> list[Fault]:
    """Return everything that is wrong with a configuration, its rules, their examples and the secrets it needs."""
    try:
        config = load_config(path, require_secrets=True)
    except FaultsFound as error:
        return list(error.faults)
    from watcher import regions

    return config.rules.run_examples(regions.locate, datetime.now(UTC))


def schema(
    kind: Annotated[str, typer.Argument(help="rules or config")] = "rules", config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """Print the JSON Schema of rule files or of config.yaml, for editors."""
    from watcher import rules

    schemas = {"rules": rules.json_schema, "config": config_schema}
    if kind not in schemas:
        raise UsageError(f"no schema of {kind!r}: rules or config")
    typer.echo(json.dumps(schemas[kind](), indent=1, ensure_ascii=False))


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema of config.yaml with every type of receiver."""
    from watcher.config import json_schema
    from watcher.notifiers import REGISTRY

    settings = {name: kind.settings for name, kind in REGISTRY.items()}
    return json_schema(settings, {name: kind.secrets for name, kind in REGISTRY.items()})


def _as_dict(fault: Fault) -> dict[str, str | int]:
    return {
        "file": fault.file, "line": fault.line, "column": fault.column, "path": fault.path, "message": fault.message,
    }  # fmt: skip
