"""What the commands share: finding the configuration, opening the database, tables and JSON."""

import gc
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from watcher.errors import Fault, FaultsFound, UsageError

if TYPE_CHECKING:  # each command imports what it needs, so that `--help` and the filters start quickly
    from watcher.config import Config
    from watcher.config.loading import Examined
    from watcher.store import Store

ConfigOption = Annotated[
    Path, typer.Option("-c", "--config", help="The configuration file.", envvar="WATCHER_CONFIG", dir_okay=True)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]

DEFAULT_CONFIG = Path("config.yaml")

#: Greatest number that the database can hold of a story or a silence.
MOST_NUMBER = 2**63 - 1

#: Letters of a column, but the last, where rows are cut.
MOST = 20

out = Console(soft_wrap=True, highlight=False, emoji=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)


def load_config(path: Path, *, require_secrets: bool = False) -> "Config":
    """Load the configuration and all rules.

    Raises:
        FaultsFound: with every mistake in every file.
    """
    found = examine_config(path, require_secrets=require_secrets)
    if found.faults or found.config is None:
        raise FaultsFound(list(found.faults))
    gc.freeze()  # nothing of it becomes garbage in a ring: 10,000 rules are half a million objects to look through
    return found.config


def load_what_stands(path: Path, faults: list[Fault] | None = None) -> "Config":
    """Load what is sound of the configuration, for commands that look into the database; mistakes are warnings.

    They are added to `faults` too.

    Raises:
        FaultsFound: nothing can be made of it.
    """
    found = examine_config(path)
    if found.config is None or not found.knows_database:
        raise FaultsFound(list(found.faults))
    if faults is not None:
        faults += found.faults
    warn_of(found.faults)
    return found.config


def warn_of(faults: Sequence[Fault]) -> None:
    """Tell mistakes of what is left out."""
    for fault in faults:
        err.print(f"warning: {fault}", markup=False)
    if faults:
        err.print("warning: what has mistakes is left out; `watcher check` shows them in their lines", markup=False)


def examine_config(path: Path, *, require_secrets: bool = False) -> "Examined":
    """Return what is sound of the configuration and all rules, and every mistake.

    Raises:
        UsageError: there is no file.
    """
    from watcher.config import examine
    from watcher.notifiers import REGISTRY

    if not path.exists() and path == DEFAULT_CONFIG:
        raise UsageError(f"{path}: no such file; `watcher init` writes one, `-c FILE` names another")
    return examine(path, os.environ, REGISTRY, require_secrets=require_secrets)


def open_existing(config: "Config") -> "Store":
    """Open the database for reading; it must exist.

    Raises:
        StoreError: nothing was polled yet, or it cannot be read.
    """
    from watcher.store import open_store

    return open_store(config.database, migrate=False)


def print_json(value: Any) -> None:
    """Print one JSON document on one line."""
    print_json_lines([value])


def print_json_lines(values: Iterable[Any]) -> None:
    """Print JSON documents, one a line, and let go of them together."""
    for value in values:
        sys.stdout.write(_encode(value) + "\n")
    sys.stdout.flush()


def print_table(
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
    *,
    empty: str,
    zone: tzinfo = UTC,
    is_brief: bool = False,
) -> None:
    """Print rows as a table; `columns` maps keys to headings. Times are those of `zone`.

    Where it `is_brief`, each row is one line, cut where it is too long.
    """
    if not rows:
        out.print(empty, markup=False)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    console = Console(highlight=False, emoji=False)
    for heading in columns.values():
        table.add_column(heading, overflow="ellipsis" if is_brief else "fold", no_wrap=is_brief)
    cells = [[_cell(row.get(key), zone) for key in columns] for row in rows]
    for row in _cut(cells, list(columns.values()), console.width) if is_brief else cells:
        table.add_row(*map(escape, row))
    console.print(table)


def _cut(rows: Sequence[Sequence[str]], headings: Sequence[str], width: int) -> list[list[str]]:
    """Cut the texts of a table: the last column takes what the others leave of the width."""
    cut = [[_short(text, MOST) for text in row] for row in rows]
    taken = [max(cell_len(text) for text in column) for column in zip(headings, *cut, strict=True)]
    rest = max(width - sum(taken[:-1]) - 2 * (len(headings) - 1), 8)
    return [[*short[:-1], _short(whole[-1], rest)] for short, whole in zip(cut, rows, strict=True)]


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if cell_len(line) <= most else set_cell_size(line, most - 1).rstrip() + "…"


def remarks(source: str) -> Callable[[str], None]:
    """Return what prints remarks on a source, each the first time that it is made."""

    @cache
    def remark(text: str) -> None:
        err.print(f"{source}: {text}", markup=False)

    return remark


def ago(at: datetime | None, now: datetime) -> str:
    """Return how long ago something was, or how soon it will be: `3 min ago`, `in 2 h`, `never`."""
    if at is None:
        return "never"
    seconds = (now - at).total_seconds()
    amount = abs(seconds)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if amount >= size:
            text = f"{amount / size:.0f} {unit}"
            break
    else:
        text = f"{amount:.0f} s"
    return f"{text} ago" if seconds >= 0 else f"in {text}"


def clock(at: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """Return a time as people in a zone read it, with the zone's name."""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S %Z}" if seconds else f"{local:%Y-%m-%d %H:%M %Z}"


def now() -> datetime:
    """The present, for showing."""
    return datetime.now(UTC)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Iterable):
        return list(value)
    return str(value)


_encode = json.JSONEncoder(ensure_ascii=False, default=_plain).encode


def _cell(value: Any, zone: tzinfo) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return str(value)
