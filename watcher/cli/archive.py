"""parse, cluster, match, locate: the daemon's recognisers on files and streams."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from watcher.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    err,
    examine_config,
    load_config,
    print_json,
    print_json_lines,
    remarks,
    warn_of,
)
from watcher.cli.feedback import measure
from watcher.errors import InputError, UsageError
from watcher.model import Entry, Feed

if TYPE_CHECKING:
    from watcher.config import Config

#: Bytes read at once, at most: some two thousand short entries, which are answered together.
PIECE = 1 << 20


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(parse)
    app.command()(cluster)
    app.command()(match)
    app.command()(locate)


def parse(
    file: Annotated[Path, typer.Argument(help="A feed document; - for standard input.")],
    config: ConfigOption = DEFAULT_CONFIG,
    content_type: Annotated[str, typer.Option(help="Content-Type that it came with.")] = "",
    url: Annotated[str, typer.Option(help="Address that it came from, for relative links.")] = "",
) -> None:
    """Read one feed document: one JSON object per entry."""
    from watcher.archive import entry_as_json
    from watcher.model import ParseFailed
    from watcher.parse import parse_feed

    try:
        body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    parsed = parse_feed(body, content_type=content_type, url=url, now=datetime.now(UTC))
    if isinstance(parsed, ParseFailed):
        raise InputError(f"{file}: {parsed.message}")
    for note in parsed.notes:
        err.print(f"{file}: {note}", markup=False)
    for entry in parsed.entries:
        print_json(entry_as_json(entry))


def cluster(
    config: ConfigOption = DEFAULT_CONFIG,
    sensitivity: Annotated[str | None, typer.Option(help="strict, balanced or broad; else as configured.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell shared phrases, and what spoke for and against.")
    ] = False,
    feedback: Annotated[
        bool,
        typer.Option("--feedback", help="Try the pairs that readers took apart or put together, in place of a stream."),
    ] = False,
) -> None:
    """Group JSONL entries from standard input into stories: `{"id", "story", "similarity", "lead"}` lines."""
    from watcher import dedup
    from watcher.archive import Clusters

    if sensitivity is not None and sensitivity not in ("strict", "balanced", "broad"):
        raise UsageError(f"--sensitivity must be strict, balanced or broad, not {sensitivity!r}")
    if sensitivity is not None:
        settings = dedup.Settings.named(sensitivity)
    else:
        settings = load_config(config).dedup if config.exists() else dedup.Settings.named("balanced")
    if feedback:
        measure(load_config(config), settings)
        return
    clusters = Clusters(settings, explain=explain)
    _stream(clusters.lines)


def match(
    rules: Annotated[Path | None, typer.Option(help="A rule file, or a directory of them; else as configured.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Apply rules to JSONL entries from standard input: `{"id", "rule", "evidence"}` for every match."""
    from watcher.archive import match_lines
    from watcher.config import load_places, load_rules

    feeds: dict[str, Feed] = {}
    if rules is None:
        loaded = load_config(config)
        compiled, places, feeds = loaded.rules, loaded.places, {feed.id: feed for feed in loaded.feeds}
    else:
        compiled = load_rules(rules, load_places(config))
        places = load_places(config, compiled)
        stands = _what_stands(config)
        feeds = {feed.id: feed for feed in stands.feeds} if stands else {}
    _stream(lambda entries: (line for e in entries for line in match_lines(e, compiled, feeds, places.locate)))


def _what_stands(path: Path) -> "Config | None":
    """Return what is sound of a configuration, which need name no database, and warn of the rest; None without one."""
    if not path.exists():
        return None
    found = examine_config(path)
    warn_of(found.faults)
    return found.config


def locate(
    config: ConfigOption = DEFAULT_CONFIG,
    precision: Annotated[str, typer.Option(help="strict, balanced or broad: how sure a place must be.")] = "balanced",
    default_region: Annotated[str | None, typer.Option(help="ISO 3166 code that the texts are mostly about.")] = None,
) -> None:
    """Find the places that JSONL entries from standard input name, with their ISO 3166 codes."""
    from watcher import regions
    from watcher.archive import locate_line
    from watcher.config import load_places

    if precision not in regions.CONFIDENCE:
        raise UsageError(f"--precision must be strict, balanced or broad, not {precision!r}")
    if default_region is not None and not regions.is_code(default_region):
        near = regions.nearest_code(default_region)
        hint = f" (did you mean {near!r}?)" if near else ""
        raise UsageError(f"--default-region must be an ISO 3166 code, not {default_region!r}{hint}")
    stands = _what_stands(config)
    places = stands.places if stands else load_places(config)  # with those that rules define
    find = partial(places.locate, precision=precision)
    _stream(lambda entries: (locate_line(entry, find, default_region) for entry in entries))


def _stream(answer: Callable[[Sequence[Entry]], Iterable[dict[str, Any]]]) -> None:
    """Answer the entries of standard input in order; tell every line that is none, and end with status 1 for it.

    What can be read at once is answered at once, so that a slow source is answered line by line.
    """
    from watcher.archive import BadLine, read_entries

    _let_hold_a_piece(sys.stdin.buffer)
    bad, number, remark = 0, 0, remarks("standard input")
    for lines in _with_progress(_read_at_once(sys.stdin.buffer)):
        entries = []
        for item in read_entries(lines, number + 1, remark):
            if isinstance(item, BadLine):
                bad += 1
                err.print(f"standard input: {item}", markup=False)
            else:
                entries.append(item)
        number += len(lines)
        print_json_lines(answer(entries))
    if bad:
        raise typer.Exit(1)


def _let_hold_a_piece(stream: BinaryIO) -> None:
    """Have a pipe take a whole piece while the one before is answered, where the system can (Linux)."""
    if sys.platform == "linux":
        import fcntl

        # What is no pipe holds all at once anyway, and where all pipes hold much already it stays at less: only slower.
        with suppress(OSError):
            fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, PIECE)


def _read_at_once(stream: BinaryIO) -> Iterator[list[bytes]]:
    """Yield the lines that there are, at least one, without waiting for more."""
    held: list[bytes] = []
    while piece := stream.read1(PIECE):  # type: ignore[attr-defined]  # a BufferedReader, which BinaryIO does not say
        held.append(piece)
        if b"\n" in piece:
            *lines, rest = b"".join(held).split(b"\n")
            held = [rest]
            yield lines
    if last := b"".join(held):
        yield [last]


def _with_progress(pieces: Iterable[list[bytes]]) -> Iterator[list[bytes]]:
    """Show a count on a terminal while the output goes elsewhere."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from pieces
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:,} entries"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=None)
        for piece in pieces:
            yield piece
            progress.advance(task, len(piece))
