"""send-test and db: trying a receiver, looking after the database."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from watcher.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    err,
    load_config,
    load_what_stands,
    open_existing,
    out,
    print_json,
)
from watcher.errors import UsageError
from watcher.model import (
    Action,
    AlertKind,
    AlertView,
    Entry,
    Outcome,
    Rejected,
    RetryLater,
    Sent,
    Sentence,
    Severity,
    Unknown,
)
from watcher.text import plural

if TYPE_CHECKING:
    from watcher.config import Config
    from watcher.store import Store
    from watcher.store.retention import Pruned


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("send-test")(send_test)
    database = typer.Typer(help="The database.", no_args_is_help=True)
    database.command("upgrade")(upgrade)
    database.command("backup")(backup)
    database.command("prune")(prune)
    app.add_typer(database, name="db")


def send_test(
    receiver: Annotated[str, typer.Argument(help="Name of a configured receiver.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send one test message to a receiver and tell what became of it. Status 1 if it was not accepted."""
    loaded = load_config(config, require_secrets=True)
    if receiver not in loaded.receivers:
        names = ", ".join(sorted(loaded.receivers)) or "none"
        raise UsageError(f"no receiver is named {receiver!r}; configured: {names}")
    outcome = asyncio.run(_send(receiver, loaded))
    detail = outcome.detail if isinstance(outcome, Sent) else outcome.reason
    if as_json:
        print_json({"receiver": receiver, "outcome": type(outcome).__name__, "detail": detail})
    else:
        out.print(f"{receiver}: {_meaning(outcome)}" + (f": {detail}" if detail else ""), markup=False)
    raise typer.Exit(0 if isinstance(outcome, Sent) else 1)


def _meaning(outcome: Outcome) -> str:
    match outcome:
        case Sent():
            return "accepted"
        case RetryLater():
            return "not accepted now; the daemon would try again"
        case Rejected(receiver_down=True):
            return "refused, and so would be every other message"
        case Rejected():
            return "refused"
        case Unknown():
            return "perhaps accepted; the daemon would send it again"
        case _:
            assert_never(outcome)


async def _send(name: str, config: "Config") -> Outcome:
    from watcher.daemon import notifier_of
    from watcher.notifiers import Environment
    from watcher.render import render
    from watcher.render.sentences import in_english

    at = datetime.now(UTC)
    key = f"test.{at:%Y%m%dT%H%M%S}.{name}"
    said = Sentence("test", {"receiver": name})
    text = in_english(said)
    view = AlertView(
        key=key, thread_key=key, kind=AlertKind.ALARM, rule="watcher/test", rule_title="Test", severity=Severity.MINOR,
        story=0, entry=Entry(id=key, title=text), outlet="watcher", seen_at=at, text=text,
        said=said,
    )  # fmt: skip
    notifier = notifier_of(config.receivers[name], Environment(), {})
    try:
        return await notifier.send(render(view, notifier.style, action=Action.NEW, ref=None, tz=config.timezone))
    finally:
        await notifier.aclose()


def upgrade(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Create the database, or bring it to this version's schema after a backup. Stop the daemon first."""
    from watcher.store import open_store

    loaded = load_config(config)
    store = open_store(loaded.database)
    if store.upgraded:
        out.print("schema {} is kept in {}".format(*store.upgraded), markup=False)
    try:
        asyncio.run(_fill_search(store))
    finally:
        store.close()
    out.print(f"{store.path}: up to date", markup=False)


async def _fill_search(store: "Store") -> None:
    """Put what was stored before there was a full-text index into it, with a progress bar."""
    from rich.progress import Progress

    from watcher.indexing import Indexer
    from watcher.store import WriterThread, search

    with store.read() as connection:
        left = search.left(connection)
    if not left:
        return
    in_writer, begun = WriterThread(), monotonic()
    try:
        indexer = Indexer(store, in_writer, lambda event: None)
        with Progress(console=err, transient=True) as progress:
            bar = progress.add_task("search index", total=left)
            while put := await indexer.some():
                progress.advance(bar, put)
    finally:
        in_writer.close()
    entries = plural(left, "entry", "entries")
    out.print(f"{entries} put into the search index in {monotonic() - begun:,.0f} s", markup=False)


def prune(
    config: ConfigOption = DEFAULT_CONFIG,
    compact: Annotated[
        bool, typer.Option("--compact", help="Rewrite the file to its least size; stop the daemon.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Forget what is older than `retention` says, now; the daemon does it little by little by itself."""
    from watcher.store.standing import size_bytes

    loaded = load_config(config)
    store = open_existing(loaded)
    before = size_bytes(store.path)
    try:
        if compact:
            store.claim_exclusively()
        pruned = asyncio.run(_prune(loaded, store))
        if compact:
            store.compact()
    finally:
        store.close()
    told = asdict(pruned) | {"bytes_before": before, "bytes": size_bytes(store.path)}
    if as_json:
        print_json(told)
        return
    entries, stories = plural(pruned.entries, "entry", "entries"), plural(pruned.stories, "story", "stories")
    forgot = f"forgot {entries}, {stories} and {plural(pruned.alerts, 'alert')}"
    out.print(f"{forgot}; {before / 1e6:,.1f} MB before, {told['bytes'] / 1e6:,.1f} MB now", markup=False)


async def _prune(config: "Config", store: "Store") -> "Pruned":
    from watcher.daemon import keep, utc_now
    from watcher.pruning import Pruner
    from watcher.store import WriterThread

    in_writer = WriterThread()
    try:
        return await Pruner(store, in_writer, keep(config), utc_now, lambda event: None).all()
    finally:
        in_writer.close()


def backup(
    target: Annotated[Path, typer.Argument(help="File to write; must not exist.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Copy the database consistently, also while the daemon runs."""
    from watcher.store import open_store
    from watcher.store.backup import copy_database

    store = open_store(load_what_stands(config).database, migrate=False)
    source = store.path
    store.close()
    if target.exists():
        raise UsageError(f"{target}: exists already, nothing was written")
    if source is None:
        raise UsageError("a database in memory cannot be backed up")
    copy_database(source, target)
    out.print(f"wrote {target}", markup=False)
