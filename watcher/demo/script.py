"""The script of the demo: who publishes what, and when. Read from `script.yaml`; publishing it is done by `Press`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from typing import Any

import yaml

from watcher.demo.documents import CONTENT_TYPES, Channel, Item, document
from watcher.demo.server import Document, FeedServer

#: The package's own files.
FILES = resources.files("watcher.demo")


@dataclass(frozen=True, slots=True)
class Outlet:
    """A feed of the demo: written from the script, or a captured document."""

    id: str
    title: str
    language: str
    #: Key of `documents.CONTENT_TYPES`; empty for a capture.
    format: str = ""
    home: str = ""
    tags: Sequence[str] = ()
    #: Name of the captured document.
    file: str = ""

    @property
    def path(self) -> str:
        """Where its feed is served."""
        return f"/{self.id}"

    def entry_id(self, name: str) -> str:
        """Id and address of an entry that the script names."""
        return f"{self.home}/{name}"

    @property
    def channel(self) -> Channel:
        """The head of its feed."""
        return Channel(self.title, self.home, self.language)


@dataclass(frozen=True, slots=True)
class Step:
    """What happens in the outside world at one moment."""

    say: str
    #: Seconds after the start, at the pace of a demo that is not hurried.
    at: float
    #: Events that the daemon is to report before the next step.
    until: Sequence[str]
    publish: Sequence[Mapping[str, str]] = ()
    #: Whether the story that every run is to show ends here.
    ends_main: bool = False
    #: Outlets whose server begins or ceases to answer 404.
    broken: str = ""
    mended: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """Everything that `script.yaml` says."""

    outlets: Sequence[Outlet]
    steps: Sequence[Step]


def load() -> Script:
    """Read the package's script."""
    data = yaml.safe_load((FILES / "script.yaml").read_text("utf-8"))
    outlets = [Outlet(**outlet) for outlet in (*data["outlets"], *data["captures"])]
    return Script(outlets, [_step(step) for step in data["steps"]])


def _step(data: Mapping[str, Any]) -> Step:
    renamed = {"break": "broken", "mend": "mended"}
    return Step(**{renamed.get(key, key): value for key, value in data.items()})


@dataclass(slots=True)
class Press:
    """Keeps what each outlet has published so far, and puts its feed on the server."""

    server: FeedServer
    outlets: Mapping[str, Outlet]
    _items: dict[str, dict[str, Item]] = field(default_factory=dict)

    def open(self) -> None:
        """Serve the captured documents, byte for byte."""
        for outlet in self.outlets.values():
            if outlet.file:
                self.server.put(outlet.path, Document((FILES / "captures" / outlet.file).read_bytes()))

    def concerns(self, step: Step) -> frozenset[str]:
        """Ids of the entries and feeds that the events of a step are about."""
        entries = {self.outlets[part["outlet"]].entry_id(part["id"]) for part in step.publish}
        return frozenset(entries | {step.broken, step.mended} - {""})

    def perform(self, step: Step, now: datetime) -> None:
        """Let a step take effect."""
        changed = {outlet.id for outlet in self._write(step, now)} | {step.mended} - {""}
        for name in changed:
            outlet = self.outlets[name]
            newest_first = list(reversed(self._items[name].values()))
            body = document(outlet.format, outlet.channel, newest_first)
            self.server.put(outlet.path, Document(body, CONTENT_TYPES[outlet.format]))
        if step.broken:
            self.server.put(self.outlets[step.broken].path, Document(status=404))

    def _write(self, step: Step, now: datetime) -> Iterator[Outlet]:
        for part in step.publish:
            outlet = self.outlets[part["outlet"]]
            items = self._items.setdefault(outlet.id, {})
            key = outlet.entry_id(part["id"])
            published = items[key].published_at if key in items else now
            items[key] = Item(key, part["title"], part["text"], published)
            yield outlet
