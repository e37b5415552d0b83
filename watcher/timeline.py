"""What a story says by now: its changed facts, each with its newest value and when that was published. Pure.

Outlets are late: one may bring "12 killed" after another's "15 killed" was told. Such a text takes nothing back.
Readers are late too: what has changed for one is the difference to what that one was told last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from watcher.model import Change


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a member's text, as far as its facts and their time go."""

    #: When it was published; None if it does not say.
    at: datetime | None
    changes: tuple[Change, ...] = ()
    #: It is another text under the id of an earlier one.
    is_revision: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What one message told a reader."""

    changes: tuple[Change, ...]
    #: What its text counts: `{"killed": 12}`.
    counts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Told:
    """One fact of a story, its numbers as they are written."""

    newest: str
    #: When the newest value was first published; None if nobody who gave it says.
    at: datetime | None
    #: All its values so far.
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The facts of a story that have changed since its lead."""

    #: When the lead was published; None if it does not say.
    began_at: datetime | None = None
    #: What was counted or named → its values.
    facts: Mapping[str, Told] = field(default_factory=dict)

    def brings_back(self, version: Version) -> bool:
        """Whether a version says only what the story has left behind, or what it says by now: a late copy."""
        changes = version.changes
        return any(self._is_past(change, version) for change in changes) and all(
            self._is_newest(change) or self._is_past(change, version) for change in changes
        )

    def news(self, version: Version) -> tuple[Change, ...]:
        """Return a version's changes but for those that bring back what the story has left behind; all, if all do."""
        return tuple(c for c in version.changes if not self._is_past(c, version)) or version.changes

    def says(self, changes: Sequence[Change]) -> bool:
        """Whether changed facts are what the story says by now: another outlet has caught up."""
        return bool(changes) and all(map(self._is_newest, changes))

    def after(self, version: Version) -> "Timeline":
        """Return the timeline with one more version."""
        facts = dict(self.facts)
        for change in version.changes:
            facts[change.what] = self._with(change, version)
        return replace(self, facts=facts)

    # ------------------------------------------------------------ inside

    def _is_newest(self, change: Change) -> bool:
        told = self.facts.get(change.what)
        return told is not None and told.newest == str(change.after)

    def _is_past(self, change: Change, version: Version) -> bool:
        """Whether a value is older than the newest: by its date, or because the story has had it.

        A number that is greater than all before is news whatever its date, for clocks are wrong too. An outlet that
        goes back to a value revises its own text; who brings it in a new one is late.
        """
        told = self.facts.get(change.what)
        values = told.values if told else frozenset({str(change.before)})
        if self._is_newest(change) or _exceeds(change.after, values):
            return False
        newest_at = told.at if told else self.began_at
        if version.at is not None and newest_at is not None and version.at < newest_at:
            return True
        return told is not None and str(change.after) in values and not version.is_revision

    def _with(self, change: Change, version: Version) -> Told:
        told, both = self.facts.get(change.what), frozenset({str(change.before), str(change.after)})
        values = told.values | both if told else both
        if self._is_past(change, version):
            return replace(told, values=values) if told else Told(str(change.before), self.began_at, values)
        known_at = told.at if told and self._is_newest(change) else None
        at = min(filter(None, (known_at, version.at)), default=None)
        return Told(str(change.after), at, values)


def timeline_of(began_at: datetime | None, versions: Iterable[Version]) -> Timeline:
    """Return the timeline of a story from its lead's time and its later versions in order of arrival."""
    line = Timeline(began_at)
    for version in versions:
        line = line.after(version)
    return line


def dated(
    published_at: datetime | None, updated_at: datetime | None, *, seen_at: datetime, is_revision: bool
) -> datetime | None:
    """Return when a version was published; a revision when it was seen, for many feeds leave its dates alone."""
    if is_revision:
        return seen_at
    stated = max(filter(None, (published_at, updated_at)), default=None)
    return None if stated is None else min(stated, seen_at)


def since(changes: Sequence[Change], known: Iterable[Known]) -> tuple[Change, ...]:
    """Return changes as they are to a reader who knows this, the newest first: "15 → 17" after a message that said 15.

    What the reader knows already is left out, unless that is all. No more of `known` is taken than tells of them all.
    """
    found: dict[Change, float | str] = {}
    messages = iter(known)
    while any(change not in found for change in changes) and (one := next(messages, None)) is not None:
        for change in changes:
            value = _told_by(one, change)
            if value is not None:
                found.setdefault(change, value)
    seen = (replace(change, before=found.get(change, change.before)) for change in changes)
    return tuple(change for change in seen if change.before != change.after) or tuple(changes)


def summed(steps: Iterable[Sequence[Change]]) -> tuple[Change, ...]:
    """Return changes that came one after another as one for each fact: from its first value to its last."""
    found: list[Change] = []
    for change in chain.from_iterable(steps):
        for at, earlier in enumerate(found):
            if earlier.what == change.what and change.before in (earlier.before, earlier.after):
                found[at] = replace(earlier, after=change.after)
                break
        else:
            found.append(change)
    return tuple(change for change in found if change.before != change.after)


def _told_by(one: Known, change: Change) -> float | str | None:
    """Return the value that a message told of what changes; of names and the like only if the old one was its own."""
    for told in one.changes:
        if told.what == change.what and (change.what in one.counts or told.before == change.before):
            return told.after
    return one.counts.get(change.what)


def _exceeds(value: float | str, values: Iterable[str]) -> bool:
    """Whether a number is greater than all others."""
    if isinstance(value, str):
        return False
    try:
        return all(value > float(other) for other in values)
    except ValueError:
        return False
