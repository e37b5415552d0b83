"""Trying a draft of a rule file in a process of its own: what is wrong with it, and what it would have alerted on.

The daemon's own process and its rules are not touched: compiling and matching would take its time.
"""

import multiprocessing
import os
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from multiprocessing.connection import Connection as Pipe
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from watcher.config import Config, load
from watcher.errors import Fault, FaultsFound, StoreError
from watcher.model import Entry, Places
from watcher.notifiers import REGISTRY
from watcher.rules import Explanation, lint
from watcher.rules.backtest import Alerted, Backtest, Outcome
from watcher.store import history, open_store

#: Newest stored entries that a draft is tried on, and the time in seconds for it.
ENTRIES, BACKTEST_S = 20_000, 30.0
#: Time in seconds after which a process that has not ended is ended.
WHOLE_S = 180.0
#: Drafts that are kept, and that are tried at once.
KEPT, AT_ONCE = 8, 2
#: Alerts that are shown of each kind, and entries between two looks at the clock.
SHOWN, STEP = 10, 100
#: Spans that one condition of a tried text is shown with.
SPANS = 3
#: How much less than the daemon it takes of the processor (nice).
NICER = 10

Told = dict[str, Any]


@dataclass(slots=True)
class Draft:
    """A text for a rule file, and how far trying it is."""

    number: str
    #: Name of the file, its path, and the hash of what the text was made from.
    name: str
    file: Path
    before: str
    text: str
    #: What the rules are tried on beside what is stored: a headline, and a text on further lines.
    sample: str
    #: What the files of the configuration were like when it was tried.
    stamps: Mapping[Path, tuple[int, int]]
    progress: str = "waits for its turn"
    is_over: bool = False
    #: What keeps it from being tried at all.
    broken: str = ""
    faults: Sequence[Fault] = ()
    warnings: Sequence[Fault] = ()
    #: What the rules say to the sample.
    tried: Sequence[Told] = ()
    #: What it would have alerted on.
    result: Told | None = None
    process: SpawnProcess | None = field(default=None, repr=False)

    @property
    def is_good(self) -> bool:
        """Whether it may be saved."""
        return self.is_over and not self.faults and not self.broken


class Drafts:
    """The drafts that are tried, or were."""

    def __init__(self) -> None:
        self._kept: dict[str, Draft] = {}
        self._turns, self._lock = threading.BoundedSemaphore(AT_ONCE), threading.Lock()

    def start(self, config: Config, draft: Draft) -> None:
        """Begin to try a draft; the oldest is forgotten where there are too many."""
        with self._lock:
            self._kept[draft.number] = draft
            surplus = list(self._kept)[: max(0, len(self._kept) - KEPT)]
            for old in [self._kept.pop(number) for number in surplus]:
                _end(old)
        threading.Thread(target=self._try, args=(config.path, draft), daemon=True, name="draft").start()

    def numbered(self, number: str) -> Draft | None:
        """Return a draft that is kept."""
        return self._kept.get(number)

    def close(self) -> None:
        """End what is being tried."""
        for draft in list(self._kept.values()):
            _end(draft)

    def _try(self, config: Path, draft: Draft) -> None:
        with self._turns:
            try:
                for what, told in _told_by(config, draft):
                    setattr(draft, what, told)
            except Exception as error:  # no process can be had
                draft.broken = f"it could not be tried: {error}"
            draft.is_over = True


def new_number() -> str:
    """Return a name for a draft that nobody guesses."""
    return secrets.token_urlsafe(12)


def said_to(config: Config, text: str, now: datetime) -> list[Told]:
    """Return what the rules say to a text, whose first line is the headline; those that it meets come first."""
    title, _, body = text.partition("\n")
    entry = Entry("tried", title.strip(), body.strip(), published_at=now)

    @cache
    def places() -> Places:
        return config.places.locate(entry)

    told = config.rules.explain(entry, feed=None, places=places, now=now)
    return [_explained(one) for one in sorted(told, key=lambda one: not one.met)]


def _explained(explanation: Explanation) -> Told:
    told = explanation.as_dict()
    _shorten(told["condition"])
    return told


def _shorten(node: Told) -> None:
    node["found"] = [e["text"] for e in node["evidence"][:SPANS] if e["text"]] if not node["children"] else []
    node.setdefault("note", "")
    for child in node["children"]:
        _shorten(child)


# ---------------------------------------------------------------- the daemon's side


def _told_by(config: Path, draft: Draft) -> Iterator[tuple[str, Any]]:
    """Yield what the process tells, until it ends."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    arguments = (theirs, config, draft.file, draft.text, draft.sample, ENTRIES, BACKTEST_S)
    process = context.Process(target=_serve, args=arguments, daemon=True, name="draft")
    process.start()
    draft.process = process
    theirs.close()
    until = time.monotonic() + WHOLE_S
    try:
        while ours.poll(max(0.0, until - time.monotonic())):
            yield ours.recv()
        yield "broken", f"it took longer than {WHOLE_S:g} seconds"
    except EOFError:
        process.join(5)
        if process.exitcode:
            yield "broken", f"the process that tried it ended with status {process.exitcode}"
    finally:
        ours.close()
        _end(draft)


def _end(draft: Draft) -> None:
    if draft.process is not None and draft.process.is_alive():
        draft.process.kill()
        draft.process.join(5)


# ---------------------------------------------------------------- the process


def _serve(pipe: Pipe, config: Path, file: Path, text: str, sample: str, most: int, bound_s: float) -> None:
    with suppress(OSError, AttributeError):  # Windows knows no such thing
        os.nice(NICER)
    for told in examine(config, file, text, sample, most, bound_s):
        try:
            pipe.send(told)
        except OSError:  # the daemon is gone
            break
    pipe.close()


def examine(config: Path, file: Path, text: str, sample: str, most: int, bound_s: float) -> Iterator[tuple[str, Any]]:
    """Yield what is found out about a text for a rule file, as fields of a `Draft` with their values.

    It is tried on the sample, if there is one, and on the `most` newest stored entries, for `bound_s` seconds
    at most, beside the files as they are.
    """
    yield "progress", "is being compiled"
    try:
        draft = load(config, {}, REGISTRY, instead={file: text})
    except FaultsFound as error:
        yield "faults", error.faults
        return
    if faults := draft.rules.run_examples(draft.places.locate, datetime.now(UTC)):
        yield "faults", faults
        return
    yield "warnings", [fault for fault in lint(draft.rules) if fault.file == str(file)]
    if sample:
        mine = {rule.meta.id for rule in draft.rules.sources if rule.document.file == str(file)}
        told = said_to(draft, sample, datetime.now(UTC))
        yield "tried", [one for one in told if one["rule"] in mine] or told
    try:
        live: Config | None = load(config, {}, REGISTRY)
    except FaultsFound:  # the draft mends them
        live = None
    try:
        store = open_store(draft.database, migrate=False)
    except StoreError as error:
        yield "broken", str(error)
        return
    try:
        with store.read() as connection:
            yield from _backtested(connection, draft, live, most, bound_s)
    finally:
        store.close()


def _backtested(
    connection: Connection, draft: Config, live: Config | None, most: int, bound_s: float
) -> Iterator[tuple[str, Any]]:
    total, until, tried = history.count_since(connection, None), time.monotonic() + bound_s, 0
    wanted = min(total, most)
    tests = [_backtest(config) for config in (draft, live) if config is not None]
    for stored in history.newest_in_order(connection, most):
        if tried % STEP == 0:
            yield "progress", f"is being tried: {tried:,} of {wanted:,} entries"
            if time.monotonic() > until:
                break
        tried += 1
        if not stored.baseline:
            for test in tests:
                test.add(stored.entry, stored.story, stored.seen_at)
    yield "progress", "was tried"
    new = tests[0]
    if live is None:
        before = history.alerted_since(connection, new.first_at)
        gone: list[Outcome] = []
    else:
        old = tests[1].outcomes(None)
        before = {(outcome.rule, alert.story) for outcome in old for alert in outcome.alerts}
        known = {rule.id for rule in draft.rules.rules}
        gone = [Outcome(o.rule, lost=o.alerts) for o in old if o.rule not in known]
    titles = {rule.id: rule.title for config in (live, draft) if config for rule in config.rules.rules}
    rules = [_summed(outcome, titles, before) for outcome in (*new.outcomes(before), *gone)]
    yield "result", {
        "entries": tried, "total": total, "wanted": wanted, "from": new.first_at, "to": new.last_at,
        "against": "live" if live is not None else "sent", "rules": rules,
    }  # fmt: skip


def _backtest(config: Config) -> Backtest:
    return Backtest(config.rules, config.places.locate, {feed.id: feed for feed in config.feeds})


def _summed(outcome: Outcome, titles: Mapping[str, str], before: set[tuple[str, int]]) -> Told:
    return {
        "rule": outcome.rule, "title": titles.get(outcome.rule, outcome.rule), "alerts": len(outcome.alerts),
        "before": sum(rule == outcome.rule for rule, _ in before), "gained": len(outcome.gained),
        "lost": len(outcome.lost), "shown_gained": _shown(outcome.gained), "shown_lost": _shown(outcome.lost),
    }  # fmt: skip


def _shown(alerts: Sequence[Alerted]) -> list[Alerted]:
    """The newest of them."""
    return sorted(alerts, key=lambda alert: alert.at, reverse=True)[:SHOWN]
