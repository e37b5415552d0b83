"""backtest: what the rules on disk would have alerted on, against what was sent."""

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watcher.cli.common import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    err,
    load_config,
    now,
    open_existing,
    out,
    print_json,
    print_table,
    remarks,
)
from watcher.errors import UsageError
from watcher.text import plural

if TYPE_CHECKING:
    from watcher.config import Config
    from watcher.model import Entry
    from watcher.rules.backtest import Alerted, Backtest, Outcome


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backtest)


def _since(value: str) -> timedelta:
    from watcher.yamlsrc import duration

    try:
        return duration(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def backtest(
    rule: Annotated[list[str] | None, typer.Argument(help="Rules to show; all by default.")] = None,
    since: Annotated[
        timedelta | None, typer.Option(parser=_since, metavar="TIME", help="Look back so far: 12h, 30d.")
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option(help="JSONL entries to try the rules on in place of stored ones; - is standard input."),
    ] = None,
    first_polls: Annotated[bool, typer.Option(help="Count entries of feeds' first polls, which alert nobody.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show what the rules on disk would have alerted on: how often, when, examples, and against what was sent."""
    from watcher.rules.backtest import Backtest

    loaded = load_config(config)
    _check_names(rule or [], [meta.id for meta in loaded.rules.rules])
    test = Backtest(loaded.rules, loaded.places.locate, {feed.id: feed for feed in loaded.feeds})
    start = now() - since if since else None
    sent: set[tuple[str, int]] | None
    bad: list[int] = []
    irrelevant: set[tuple[str, int]] = set()
    if archive is None:
        sent, irrelevant = _on_history(test, loaded, start, first_polls=first_polls)
    else:
        sent, bad = None, _on_archive(test, loaded, archive, start)
    outcomes = test.outcomes(sent, rule or ())
    if as_json:
        print_json(_told(test, outcomes, irrelevant))
    else:
        _print(test, outcomes, compared=sent is not None)
        _print_feedback(outcomes, irrelevant)
    if bad:
        raise typer.Exit(1)


# ---------------------------------------------------------------- inside


def _check_names(given: list[str], known: list[str]) -> None:
    from watcher.yamlsrc import did_you_mean

    for name in given:
        if name not in known:
            raise UsageError(f"no rule has the id {name!r}{did_you_mean(name, known)}")


def _on_history(
    test: "Backtest", config: "Config", start: datetime | None, *, first_polls: bool
) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """Try rules on stored entries; return what was sent, and what readers called not relevant."""
    from watcher.store import history

    store = open_existing(config)
    with store.read() as connection:
        total = history.count_since(connection, start)
        for stored in _progress(history.entries_since(connection, start), total):
            if first_polls or not stored.baseline:
                test.add(stored.entry, stored.story, stored.seen_at)
        sent, irrelevant = history.alerted_since(connection, start), history.irrelevant_since(connection, start)
    store.close()
    return sent, irrelevant


def _on_archive(test: "Backtest", config: "Config", file: Path, start: datetime | None) -> list[int]:
    """Try rules on JSONL entries, of which the daemon's own dedup makes stories; return the lines that are none."""
    from watcher.archive import Clusters, in_order

    bad: list[int] = []
    clusters = Clusters(config.dedup)
    for entry, at in _progress(in_order(_archived(file, bad)), None):
        story = clusters.line(entry)["story"]
        if start is None or at >= start:
            test.add(entry, story, at)
    return bad


def _archived(file: Path, bad: list[int]) -> "Iterator[Entry]":
    from watcher.archive import BadLine, read_entries

    try:
        lines: Iterable[str] = sys.stdin if str(file) == "-" else file.open(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    for item in read_entries(lines, misspelt=remarks(str(file))):
        if isinstance(item, BadLine):
            bad.append(item.line)
            err.print(f"{file}: {item}", markup=False)
        else:
            yield item


def _progress(items: Iterable[Any], total: int | None) -> Iterator[Any]:
    """Show a bar on a terminal; with the time that is left, if the total is known."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.progress import track

    yield from track(items, "trying rules", total=total, console=err, transient=True)


def _feedback(outcome: "Outcome", irrelevant: set[tuple[str, int]]) -> dict[str, int]:
    """How many of a rule's alerts readers called not relevant, and how many of those would come again."""
    labelled = {story for rule, story in irrelevant if rule == outcome.rule}
    return {"labelled": len(labelled), "again": len(labelled & {alert.story for alert in outcome.alerts})}


def _told(test: "Backtest", outcomes: "list[Outcome]", irrelevant: set[tuple[str, int]]) -> dict[str, Any]:
    rules = [
        {
            "rule": o.rule, "alerts": len(o.alerts), "per_day": round(test.per_day(o.alerts), 3),
            "series": test.series(o.alerts), "examples": [a.as_dict() for a in o.alerts[:10]],
            "gained": [a.as_dict() for a in o.gained], "lost": [a.as_dict() for a in o.lost],
            "not_relevant": _feedback(o, irrelevant),
        }
        for o in outcomes
    ]  # fmt: skip
    return {"entries": test.entries, "from": test.first_at, "to": test.last_at, "rules": rules}


def _print(test: "Backtest", outcomes: "list[Outcome]", *, compared: bool) -> None:
    from watcher.rules.backtest import plot

    if test.first_at is None or test.last_at is None:
        out.print("no entries to try the rules on", markup=False)
        return
    entries = plural(test.entries, "entry", "entries")
    out.print(f"{entries}, {test.first_at:%Y-%m-%d %H:%M} to {test.last_at:%Y-%m-%d %H:%M} UTC", markup=False)
    rows = [
        {
            "rule": o.rule, "alerts": len(o.alerts), "per_day": f"{test.per_day(o.alerts):.1f}",
            "plot": f"|{plot(test.series(o.alerts))}|", "gained": f"+{len(o.gained)}", "lost": f"-{len(o.lost)}",
        }
        for o in outcomes
    ]  # fmt: skip
    columns = {"rule": "rule", "alerts": "alerts", "per_day": "a day", "plot": "over time"}
    difference = {"gained": "gained", "lost": "lost"} if compared else {}
    print_table(rows, columns | difference, empty="no rules")
    for o in outcomes:
        _print_examples(o, compared=compared)


def _print_feedback(outcomes: "list[Outcome]", irrelevant: set[tuple[str, int]]) -> None:
    counts = [(o.rule, _feedback(o, irrelevant)) for o in outcomes]
    told = [f"  {rule}: {c['again']} of {c['labelled']}" for rule, c in counts if c["labelled"]]
    if told:
        out.print("\nOf the alerts that readers called not relevant, these would come again", style="bold")
        out.print("\n".join(told), markup=False)


def _print_examples(outcome: "Outcome", *, compared: bool) -> None:
    out.print(f"\n{outcome.rule}", style="bold", markup=False)
    if not outcome.alerts and not outcome.lost:
        out.print("  would have said nothing", markup=False)
    kinds = [("  ", outcome.alerts)]
    if compared and (outcome.gained or outcome.lost):
        kinds = [("+ ", outcome.gained), ("- ", outcome.lost)]
    for mark, alerts in kinds:
        _print_alerts(mark, alerts)


def _print_alerts(mark: str, alerts: "list[Alerted]") -> None:
    from watcher.rules.backtest import EXAMPLES

    for alert in alerts[:EXAMPLES]:
        found = f"  [{', '.join(alert.found[:4])}]" if alert.found else ""
        out.print(f"  {mark}{alert.at:%Y-%m-%d %H:%M} {alert.outlet}: {alert.title}{found}", markup=False)
    if len(alerts) > EXAMPLES:
        out.print(f"  {mark}… {len(alerts) - EXAMPLES} more", markup=False)
