"""silence add, list, expire: what nobody wants to hear of for a while."""

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watcher.cli.common import (
    DEFAULT_CONFIG,
    MOST_NUMBER,
    ConfigOption,
    JsonOption,
    ago,
    clock,
    load_what_stands,
    now,
    open_existing,
    out,
    print_json,
    print_table,
)
from watcher.errors import Fault, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from watcher.config import Config


def register(app: typer.Typer) -> None:
    """Add the commands."""
    silence = typer.Typer(help="Silences: alerts that are held back for a while.", no_args_is_help=True)
    silence.command("add")(add)
    silence.command("list")(list_silences)
    silence.command("expire")(expire)
    app.add_typer(silence, name="silence")


def _duration(value: str) -> timedelta:
    from watcher.yamlsrc import duration

    try:
        return duration(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def add(
    lasting: Annotated[timedelta, typer.Option("--for", parser=_duration, metavar="TIME", help="How long: 2h, 7d.")],
    rule: Annotated[str | None, typer.Option(help="Alerts of this rule.")] = None,
    region: Annotated[str | None, typer.Option(help="Alerts on this country or region: SY, SY-HL.")] = None,
    feed: Annotated[str | None, typer.Option(help="Alerts on entries of this feed.")] = None,
    story: Annotated[int | None, typer.Option(max=MOST_NUMBER, help="Alerts on this story.")] = None,
    word: Annotated[str | None, typer.Option(help="Alerts on entries that say this word or phrase.")] = None,
    receiver: Annotated[str | None, typer.Option(help="Alerts for this receiver.")] = None,
    comment: Annotated[str, typer.Option(help="Why, for those who wonder.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Hold alerts back that meet every condition given. A running daemon obeys at once."""
    from watcher.model import Silence
    from watcher.store import silences

    given: dict[str, Any] = {
        "rule": rule, "region": region, "feed": feed, "story": story, "word": word, "receiver": receiver
    }  # fmt: skip
    faults: list[Fault] = []
    loaded = load_what_stands(config, faults)
    at = now()
    silence = Silence(at, at + lasting, **given, comment=comment)
    store = open_existing(loaded)
    try:
        with store.write() as connection:
            _check(connection, loaded, given, whole=not faults)
            number = silences.add_silence(connection, silence)
    finally:
        store.close()
    if as_json:
        print_json(asdict(silence) | {"pk": number})
    else:
        until = clock(silence.expires_at, loaded.timezone)
        out.print(f"silence {number} until {until}: {silences.describe(silence)}", markup=False)


def list_silences(
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
    ended: Annotated[bool, typer.Option("--all", help="Show those that have ended too.")] = False,
) -> None:
    """List the silences that hold."""
    from watcher.store import silences

    store = open_existing(load_what_stands(config))
    with store.read() as connection:
        found = silences.all_silences(connection) if ended else silences.active_silences(connection, now())
        held = [silences.held_by(connection, silence.pk) for silence in found]
    store.close()
    if as_json:
        print_json([asdict(silence) | {"held": counts} for silence, counts in zip(found, held, strict=True)])
        return
    rows = [
        {"pk": s.pk, "ends": ago(s.expires_at, now()), "what": silences.describe(s), "held": sum(counts.values())}
        | {"comment": s.comment}
        for s, counts in zip(found, held, strict=True)
    ]
    columns = {"pk": "no.", "ends": "ends", "what": "holds back", "held": "alerts held", "comment": "why"}
    print_table(rows, columns, empty="no silence holds")


def expire(
    number: Annotated[int, typer.Argument(max=MOST_NUMBER, help="Number of the silence.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """End a silence now."""
    from watcher.store import silences

    store = open_existing(load_what_stands(config))
    with store.write() as connection:
        ended = silences.expire_silence(connection, number, now())
        held = silences.held_by(connection, number)
    store.close()
    if not ended:
        raise UsageError(f"no silence {number} holds; `watcher silence list` shows those that do")
    told = ", ".join(f"{count} from {receiver}" for receiver, count in held.items()) or "nothing"
    out.print(f"silence {number} has ended; it held back {told}", markup=False)


def _check(connection: "Connection", config: "Config", given: dict[str, Any], *, whole: bool) -> None:
    """A silence that could hold nothing back, or everything, is a mistake.

    Of a configuration that is not `whole`, a running daemon may know more names.

    Raises:
        UsageError: naming it.
    """
    from watcher import actions

    rules, feeds = {rule.id for rule in config.rules.rules}, {feed.id for feed in config.feeds}
    receivers = set(config.receivers)
    if not whole:
        for names, key in ((rules, "rule"), (feeds, "feed"), (receivers, "receiver")):
            names.add(given[key])
    wrong = actions.wrong_with_silence(connection, given, actions.Names(rules, feeds, receivers))
    if wrong is not None:
        is_empty = all(value is None for value in given.values())
        raise UsageError(wrong + (": --rule, --region, --feed, --story, --word or --receiver" if is_empty else ""))
