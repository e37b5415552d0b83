"""What the demo prints: for people a commented account, for programs one JSON object a line."""

import errno
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TextIO

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from watcher.demo.script import Outlet
from watcher.model import Severity, SuppressReason

#: Events of the daemon that carry an alert to a receiver.
SENT = ("alert", "republication", "development")

_COLOURS = {
    Severity.EXTREME: "red",
    Severity.SEVERE: "dark_orange",
    Severity.MODERATE: "yellow",
    Severity.MINOR: "blue",
}

#: Why something was held back, in words; the text in brackets is what `explain` calls it.
WHY = {
    SuppressReason.BASELINE: "the feed held it already when it was first read",
    SuppressReason.REPUBLICATION_SILENT: "the rule wants no word about copies",
    SuppressReason.DEVELOPMENT_SILENT: "the rule wants no word about changed numbers",
    SuppressReason.REVISION_WITHOUT_NEWS: "the article changed, but no fact in it",
    SuppressReason.SAME_OUTLET_REPEAT: "the same outlet brings its own text again",
    SuppressReason.SAME_STORY_FOR_RULE: "the rule has told of a story that it takes for the same",
    SuppressReason.OTHER_STORY_FOR_RULE: "the rule takes it for another story, and is not met by it",
    SuppressReason.BELOW_MIN_SEVERITY: "not serious enough for this receiver",
}


class Output(Protocol):
    """Where a demo's happenings are told. Called from several threads."""

    def begin(self, outlets: Sequence[Outlet], folder: str, seconds: float | None) -> None:
        """Say what will be seen."""

    def said(self, text: str) -> None:
        """Something happened in the outside world."""

    def event(self, event: Mapping[str, Any]) -> None:
        """The daemon reports."""

    def received(self, receiver: str, message: Mapping[str, Any]) -> None:
        """A message has arrived."""

    def end(self) -> None:
        """Sum up."""


class Tally:
    """Counts what the daemon reported."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.events: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.feeds: set[str] = set()
        self.entries = 0

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def count(self, event: Mapping[str, Any]) -> None:
        """Take one event up."""
        kind = str(event["event"])
        self.events[kind] += 1
        if kind == "suppressed":
            self.reasons[str(event["reason"])] += 1
        if kind == "polled":
            self.feeds.add(str(event["feed"]))
            self.entries += int(event["new"])

    def as_dict(self) -> dict[str, Any]:
        """The form that `--json` prints last."""
        sent = {kind: self.events[kind] for kind in SENT}
        held = {"suppressed": self.events["suppressed"], "reasons": dict(self.reasons.most_common())}
        seconds = {"seconds": round(self.elapsed_s, 1)}
        return {"event": "summary", "feeds": len(self.feeds), "entries": self.entries} | sent | held | seconds


class JsonLines:
    """One JSON object for each event, and nothing else."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream, self._tally, self._lock = stream or sys.stdout, Tally(), threading.Lock()

    def begin(self, outlets: Sequence[Outlet], folder: str, seconds: float | None) -> None:
        """Nothing: the daemon's own `started` says it."""

    def said(self, text: str) -> None:
        """What the outlets do is an event too."""
        self._print({"event": "scene", "text": text})

    def event(self, event: Mapping[str, Any]) -> None:
        """Print it as it is."""
        self._print(event)

    def received(self, receiver: str, message: Mapping[str, Any]) -> None:
        """Nothing: the delivery's own event says it."""

    def end(self) -> None:
        """Print the counts."""
        self._print(self._tally.as_dict())

    def _print(self, event: Mapping[str, Any]) -> None:
        with self._lock:
            self._tally.count(event)
            told = {"event": event["event"]} | dict(event) | {"at": round(self._tally.elapsed_s, 2)}
            ascii_only = (self._stream.encoding or "").lower() not in ("utf-8", "utf8")
            self._stream.write(json.dumps(told, ensure_ascii=ascii_only, default=_plain) + "\n")
            self._stream.flush()


class Terminal(Console):
    """A console that tells of a reader who has gone, where rich would end the process at once."""

    def on_broken_pipe(self) -> None:
        """Raise, so that the daemon is ended first."""
        raise BrokenPipeError(errno.EPIPE, "the reader of the output has gone")


class Screen:
    """An account with time marks: what happens outside, what arrives at receivers, what is held back and why."""

    def __init__(self, console: Console) -> None:
        self._console, self._tally, self._lock = console, Tally(), threading.Lock()
        #: Text of each message as it was last received, by thread and receiver.
        self._shown: dict[tuple[str, str], str] = {}

    def begin(self, outlets: Sequence[Outlet], folder: str, seconds: float | None) -> None:
        """A heading from which a newcomer understands what follows."""
        names = ", ".join(f"{outlet.title} ({outlet.format or 'captured'}, {outlet.language})" for outlet in outlets)
        ends = f"[dim]Files:[/] {escape(folder)}. A changed rule takes effect at once. Ctrl-C ends the demo."
        if seconds is not None:
            ends = f"It ends by itself after {seconds:g} seconds."
        self._console.print(
            Panel(
                "watcher reads feeds and sends [bold]one alert for a story[/], however many outlets carry it. Watch a "
                "second outlet's copy join the alert, changed numbers come as a reply, and whatever is held back give "
                "its reason. The daemon, the rules and the HTTP are real; the outlets are a server on this machine, "
                "and their news is invented.\n\n"
                f"[dim]Outlets:[/] {escape(names)}\n"
                "[dim]Receivers:[/] newsroom (everything), duty-phone (extreme only), desk-email (quiet rules)\n"
                f"{ends}",
                title="watcher demo",
                title_align="left",
                border_style="cyan",
            )
        )

    def said(self, text: str) -> None:
        """A scene of the outside world."""
        with self._lock:
            self._console.print()
            self._line("[bold cyan]•[/]", f"[cyan]{escape(text)}[/]")

    def event(self, event: Mapping[str, Any]) -> None:
        """Tell what a reader should know; the rest is counted."""
        with self._lock:
            self._tally.count(event)
            match event["event"]:
                case "suppressed":
                    self._line("[dim]–[/]", f"[dim]{escape(_held(event))}[/]")
                case "feed_failed" if event["failures"] == 1:
                    told = f"{event['feed']} failed ({event['error']}); it is tried again, never given up"
                    self._line("[red]![/]", f"[red]{escape(told)}[/]")
                case "feed_recovered":
                    told = f"{event['feed']} is well again after {event['failures']} failed polls"
                    self._line("[green]✓[/]", f"[green]{escape(told)}[/]")
                case "web_started":
                    self._line("[green]✓[/]", f"the page of the daemon: [bold]{escape(event['address'])}[/]")
                case "reloaded":
                    self._line("[green]✓[/]", f"[green]the changed files are in force: {event['rules']} rules[/]")
                case "reload_failed":
                    self._line(
                        "[red]![/]", f"[red]the old rules stay in force: {escape('; '.join(event['faults']))}[/]"
                    )
                case "internal_error" | "web_failed" | "delivery_retry" | "delivery_dead" | "alarm":
                    self._line("[red]![/]", f"[red]{escape(str(dict(event)))}[/]")

    def received(self, receiver: str, message: Mapping[str, Any]) -> None:
        """Show a message as its receiver got it; of an edited one only what is new."""
        with self._lock:
            key, text = (str(message["thread_key"]), receiver), str(message["message"])
            colour = _COLOURS[Severity(message["severity"])]
            match message["action"]:
                case "edit":
                    self._line("[green]✎[/]", f"[bold green]{escape(receiver)}: the message is edited; new in it:[/]")
                    self._box(_news(text, self._shown.get(key, "")), "green")
                case "reply":
                    self._line("[magenta]↳[/]", f"[bold magenta]{escape(receiver)}: a reply to that message:[/]")
                    self._box(_news(text, self._shown.get(key, "")), "magenta")
                case _:
                    self._line(f"[{colour}]▶[/]", f"[bold {colour}]{escape(receiver)}: ALERT, {message['severity']}[/]")
                    self._box(text, colour)
            if message["action"] != "reply":
                self._shown[key] = text

    def end(self) -> None:
        """One line of counts."""
        counts, events = self._tally, self._tally.events
        reasons = ", ".join(f"{number} {reason}" for reason, number in counts.reasons.most_common())
        with self._lock:
            self._console.print()
            sent = ", ".join(_plural(events[kind], kind) for kind in SENT)
            self._console.print(
                f"[bold]{counts.elapsed_s:.0f} s: {len(counts.feeds)} feeds, {counts.entries} entries → {sent}; "
                f"{events['suppressed']} held back[/] ({reasons})."
            )

    def _line(self, mark: str, text: str) -> None:
        row = Table.grid(padding=(0, 1))
        row.add_row(f"[dim]{self._tally.elapsed_s:6.1f} s[/]", mark, text)
        self._console.print(row)

    def _box(self, text: str, colour: str) -> None:
        self._console.print(Padding(Panel(Text(text), border_style=colour), (0, 0, 0, 11)))


def _news(text: str, before: str) -> str:
    """The lines of a message that an earlier one did not have, but not what matched."""
    old = before.splitlines()
    return "\n".join(line for line in text.splitlines() if line not in old and not line.startswith("matched:"))


def _plural(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _held(event: Mapping[str, Any]) -> str:
    reason = event["reason"]
    whom = f" for {event['receiver']}" if event.get("receiver") else ""
    what = f" “{event['title']}”:" if reason == SuppressReason.BASELINE else ""
    why = event.get("detail") or WHY.get(reason) or "see `watcher explain`"
    return f"held back{whom}:{what} {why} ({reason})"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)
