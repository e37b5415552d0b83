"""run, once, demo: the daemon."""

import asyncio
import gc
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watcher.cli.check import checked
from watcher.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, ago, now, out, print_json
from watcher.errors import FaultsFound
from watcher.text import plural

if TYPE_CHECKING:
    from watcher.config import Config
    from watcher.daemon import Polled


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(run)
    app.command()(once)
    app.command()(demo)


def run(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Run the daemon and its page until SIGTERM: poll, recognise, match, deliver. SIGHUP and changed files reload."""
    from watcher import daemon
    from watcher.notifiers import Environment

    loaded = load_checked(config)
    observe = _logging(loaded)
    asyncio.run(daemon.run(loaded, lambda: load_checked(config), observe, Environment()))


def once(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Poll every due feed once, deliver what is due, and end (for cron)."""
    loaded = load_checked(config)
    polled = asyncio.run(_once(loaded))
    told = {"event": "once", "feeds": polled.feeds, "failed": polled.failed, "new_entries": polled.new_entries}
    told |= {"not_due": polled.not_due, "next_poll_at": polled.next_poll_at}
    if as_json:
        print_json(told)
    else:
        out.print(
            f"{plural(polled.feeds, 'feed')} polled, {polled.failed} failed, "
            f"{plural(polled.new_entries, 'new entry', 'new entries')}{_rest(polled)}",
            markup=False,
        )
    raise typer.Exit(1 if polled.failed else 0)


def _rest(polled: "Polled") -> str:
    """Say what became of the feeds that were not polled."""
    if not polled.not_due:
        return "" if polled.feeds else "; there is no feed to poll"
    feeds = plural(polled.not_due, "feed is", "feeds are")
    if polled.next_poll_at is None:
        return f"; {feeds} not polled any more, `watcher status` says why"
    return f"; {feeds} not due yet, the next {ago(polled.next_poll_at, now())}"


def demo(
    seconds: Annotated[float | None, typer.Option("--for", min=1, help="End after so many seconds.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Show the main job, offline and for real: local feeds, the real daemon, alerts on this terminal."""
    from watcher import demo as demonstration

    asyncio.run(demonstration.run(seconds, as_json=as_json))


def load_checked(path: Path) -> "Config":
    """Load configuration, rules and secrets, and run the examples: what `run` starts with and reloads.

    Raises:
        FaultsFound: with everything that is wrong; nothing is started in part.
    """
    gc.unfreeze()  # what a reload replaces may be garbage
    faults, config = checked(path)
    if faults or config is None:
        raise FaultsFound(faults)
    gc.collect()
    gc.freeze()
    register_secrets(config)
    return config


async def _once(config: "Config") -> "Polled":
    from watcher.daemon import Watcher
    from watcher.notifiers import Environment

    watcher = await Watcher.open(config, _logging(config), Environment(), spread_first_polls=False)
    try:
        await watcher.hearer.once()
        polled = await watcher.poll_all_due()
        await watcher.upkeep()
        await watcher.deliver()
        await watcher.deliverer.drain()
        await watcher.forget_old()
    finally:
        await watcher.stop()
    return polled


def _logging(config: "Config") -> Any:
    """Set logs up and return the observer that writes every event to them."""
    from watcher import logs

    register_secrets(config)
    logs.setup(config.log.level, config.log.format)

    def observe(event: Mapping[str, Any]) -> None:
        logs.observe(event)

    return observe


def register_secrets(config: "Config") -> None:
    """Let no secret of a configuration reach the log, those of a reloaded one included."""
    from watcher import logs

    ours = [config.web_token] if config.web_token else []
    for secrets in (ours, *(receiver.secrets.values() for receiver in config.receivers.values())):
        for secret in secrets:
            logs.register_secret(secret.get_secret_value())
