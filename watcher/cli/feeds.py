"""feeds list, add, remove, import, export, discover, test: the subscriptions in config.yaml."""

import asyncio
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watcher.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    ago,
    load_config,
    now,
    open_existing,
    out,
    print_json,
    print_table,
)
from watcher.errors import FaultsFound, InputError, StoreError, UsageError
from watcher.links import without_login
from watcher.model import Fetched, FetchFailed, FetchRequest, ParseFailed, ParseFailure
from watcher.text import plural

if TYPE_CHECKING:
    from watcher.config import Config

#: Feeds of a page that an error names.
SHOWN = 10


def register(app: typer.Typer) -> None:
    """Add the commands."""
    feeds = typer.Typer(help="Subscriptions.", no_args_is_help=True)
    feeds.command("list")(list_feeds)
    feeds.command("add")(add)
    feeds.command("remove")(remove)
    feeds.command("import")(import_)
    feeds.command("export")(export)
    feeds.command("discover")(discover)
    feeds.command("test")(test)
    app.add_typer(feeds, name="feeds")


def list_feeds(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List the configured feeds and when they were polled; names and passwords in addresses are left out."""
    loaded = load_config(config)
    states = _states(loaded)
    rows: list[dict[str, Any]] = [
        {
            "feed": feed.id, "title": feed.title, "url": without_login(feed.url), "tags": list(feed.tags),
            "language": feed.language,
            "default_region": feed.default_region, "enabled": feed.enabled,
            "polled_at": states[feed.id].polled_at if feed.id in states else None,
        }
        for feed in loaded.feeds
    ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    for row in rows:
        row |= {"tags": " ".join(row["tags"]), "polled": ago(row["polled_at"], now())}
    columns = {"feed": "feed", "title": "title", "url": "url", "tags": "tags", "polled": "polled"}
    print_table(rows, columns, empty="no feeds are configured; `watcher feeds add URL` adds one")


def add(
    url: Annotated[str, typer.Argument(help="Address of the feed.")],
    config: ConfigOption = DEFAULT_CONFIG,
    feed_id: Annotated[str | None, typer.Option("--id", help="Its id; made from the title or host by default.")] = None,
    title: Annotated[str | None, typer.Option(help="Name of the outlet, as alerts show it.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A tag; may be given several times.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of its entries (BCP 47).")] = None,
    untried: Annotated[bool, typer.Option("--untried", help="Add it without fetching it first.")] = False,
) -> None:
    """Add a feed to the configuration, if its address gives one; comments and order stay.

    Of a page that names one feed, that feed is added.
    """
    from watcher.config import add_feed

    if not untried:
        loaded = load_config(config)
        told = asyncio.run(_test(url, loaded))
        if not told["ok"] and told["reason"] == ParseFailure.NOT_A_FEED:
            url, told = _named_on(url, told, loaded)
        if not told["ok"]:
            raise InputError(f"{url}: {told['message']}; nothing was added. --untried adds the address as it is")
        title = title or told["title"]
    wanted = {"id": feed_id, "url": url, "title": title, "tags": tag, "language": language}
    feed = {key: value for key, value in wanted.items() if value}
    before = {feed.id for feed in load_config(config).feeds}
    after = _rewrite(config, add_feed(_read(config), feed))
    (added,) = (feed for feed in after.feeds if feed.id not in before)
    out.print(f"added {url} as {added.id}", markup=False)


def remove(
    feed_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the feed.")], config: ConfigOption = DEFAULT_CONFIG
) -> None:
    """Remove a feed from the configuration; what was stored of it stays."""
    from watcher.config import remove_feed

    if feed_id not in {feed.id for feed in load_config(config).feeds}:
        raise UsageError(f"{config}: no feed has the id {feed_id!r}; `watcher feeds list` shows them")
    _rewrite(config, remove_feed(_read(config), feed_id))
    out.print(f"removed {feed_id}", markup=False)


def import_(file: Annotated[Path, typer.Argument(help="An OPML file.")], config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Add the feeds of an OPML file; folders become tags, feeds that are there already are passed over."""
    from watcher.config import add_feed, import_opml

    try:
        raw = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    known = {feed.url: feed.id for feed in load_config(config).feeds}
    text, added, passed = _read(config), 0, 0
    for feed in import_opml(raw, known.values()):
        if feed["url"] in known:
            passed += 1
            continue
        text, added = add_feed(text, feed), added + 1
    _rewrite(config, text)
    out.print(f"added {plural(added, 'feed')}, {passed} {'was' if passed == 1 else 'were'} there already", markup=False)


def export(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Print the feeds as OPML."""
    from watcher.config import export_opml

    typer.echo(export_opml(load_config(config).feeds))


def test(
    url: Annotated[str, typer.Argument(help="Address of a feed.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Fetch and parse one feed without storing anything. Status 1 if it gives no feed."""
    told = asyncio.run(_test(url, load_config(config)))
    if as_json:
        print_json(told)
    else:
        for key, value in told.items():
            out.print(f"{key}: {_in_words(value)}", markup=False)
    raise typer.Exit(0 if told["ok"] else 1)


def discover(
    url: Annotated[str, typer.Argument(help="Address of a web page or a feed.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Find the feeds that a web page names. Status 1 if there are none."""
    found = asyncio.run(_discover(url, load_config(config)))
    if as_json:
        print_json(found)
    else:
        columns = {"url": "url", "kind": "kind", "title": "title", "certain": "declared"}
        print_table(found, columns, empty=f"{url} names no feed")
    raise typer.Exit(0 if found else 1)


# ---------------------------------------------------------------- inside


def _named_on(page: str, told: dict[str, Any], config: "Config") -> tuple[str, dict[str, Any]]:
    """Return the one feed that a page names, tried; else the page, and what it names."""
    found = asyncio.run(_discover(page, config))
    if [one["certain"] for one in found] == [True]:
        return found[0]["url"], asyncio.run(_test(found[0]["url"], config))
    named = ", ".join(one["url"] for one in found[:SHOWN]) + (", …" if found[SHOWN:] else "")
    what = f"; it names {plural(len(found), 'feed')}: {named}" if found else ", and names no feed"
    return page, told | {"message": told["message"] + what}


async def _discover(url: str, config: "Config") -> list[dict[str, Any]]:
    """Fetch a page and list its feeds; an address that is a feed itself is the one found."""
    from watcher.daemon import fetch_settings, utc_now
    from watcher.fetch import Fetcher
    from watcher.parse import parse_feed
    from watcher.parse.discover import discover as feeds_of

    fetcher = Fetcher(fetch_settings(config))
    try:
        page = await fetcher.fetch(FetchRequest("discover", url))
    finally:
        await fetcher.aclose()
    if not isinstance(page, Fetched):
        raise InputError(f"{url}: {page.message if isinstance(page, FetchFailed) else 'not modified'}")
    named = feeds_of(page.body, page.url, page.content_type)
    if not named:
        parsed = parse_feed(page.body, now=utc_now(), content_type=page.content_type, url=page.url)
        if not isinstance(parsed, ParseFailed):
            return [{"url": page.url, "title": parsed.title, "kind": parsed.version, "certain": True}]
    return [{"url": f.url, "title": f.title, "kind": f.kind, "certain": f.certain} for f in named]


async def _test(url: str, config: "Config") -> dict[str, Any]:
    from watcher.daemon import fetch_settings, utc_now
    from watcher.fetch import Fetcher
    from watcher.workers import ParsePool

    fetcher, parser = Fetcher(fetch_settings(config)), ParsePool()
    try:
        fetched = await fetcher.fetch(FetchRequest("test", url))
        if isinstance(fetched, FetchFailed):
            return {"ok": False, "reason": fetched.reason, "message": fetched.message}
        if not isinstance(fetched, Fetched):
            return {
                "ok": False,
                "reason": "not_modified",
                "message": "the server says 304 though nothing was asked of it",
            }
        parsed = await parser.parse(
            fetched.body, content_type=fetched.content_type, url=fetched.url, feed="test", now=utc_now()
        )
    finally:
        await parser.aclose()
        await fetcher.aclose()
    if isinstance(parsed, ParseFailed):
        return {"ok": False, "reason": parsed.reason, "message": parsed.message}
    newest = max((e.published_at for e in parsed.entries if e.published_at), default=None)
    return {
        "ok": True, "title": parsed.title, "version": parsed.version, "entries": len(parsed.entries),
        "newest": newest, "bytes": len(fetched.body), "notes": list(parsed.notes),
    }  # fmt: skip


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(value) or "none"
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str("unknown" if value is None else value)


def _states(config: "Config") -> dict[str, Any]:
    """What is remembered of the feeds; nothing before the first poll."""
    from watcher.store import polls

    try:
        store = open_existing(config)
    except StoreError:
        return {}  # a list of subscriptions needs no database
    with store.read() as connection:
        states = polls.all_feed_states(connection)
    store.close()
    return dict(states)


def _read(path: Path) -> str:
    load_config(path)  # a faulty file is told before it is touched
    return path.read_text("utf-8")


def _rewrite(path: Path, text: str) -> "Config":
    """Replace the configuration as a whole, and only by one that is valid; return it."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
        changed = _valid(fresh, path)
        fresh.chmod(path.stat().st_mode)
        fresh.replace(path)
        return changed
    finally:
        fresh.unlink(missing_ok=True)


def _valid(fresh: Path, path: Path) -> "Config":
    """Load what is to replace a configuration.

    Raises:
        InputError: it would have faults; they are told as of the configuration itself.
    """
    try:
        return load_config(fresh)
    except FaultsFound as error:
        faults = [f"{fault.path}: {fault.message}" if fault.path else fault.message for fault in error.faults]
        raise InputError(
            f"{path} is left as it is, for with this change it would be faulty: {'; '.join(faults)}"
        ) from None
