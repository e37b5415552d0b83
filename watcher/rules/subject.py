"""An entry under examination, what a condition says of it, and what every condition can do."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from watcher.model import Entry, Evidence, Feed, Places
from watcher.rules.parts import Hit, parts_of
from watcher.rules.scan import Scanner

#: Label and advice of an unmet condition are shortened to so many names.
NAMES = 6


class Subject:
    """One entry: its texts, its hits by term, and its places, looked up when asked for."""

    def __init__(
        self, entry: Entry, feed: Feed | None, scanner: Scanner, places: Callable[[], Places], now: datetime
    ) -> None:
        self.entry, self.feed, self.now = entry, feed, now
        self.scanner, self._places = scanner, places
        self.parts = parts_of(entry, feed)
        #: Rules that what stands in the entry does not rule out, and which of their terms may stand there.
        self.candidates, self.promising = scanner.read(self.parts)
        #: Terms that are looked for; None: all.
        self.sought: list[tuple[int, int]] | None = None

    @cached_property
    def hits(self) -> dict[int, list[Hit]]:
        """The terms that stand in the entry, and where; worked out when first asked for."""
        found: dict[int, list[Hit]] = {}
        for hit in self.scanner.find(self.parts, self.sought):
            found.setdefault(hit.term, []).append(hit)
        return found

    @cached_property
    def places(self) -> Places:
        """The entry's places; the region stage runs when this is first asked for."""
        return self._places()

    def evidence(self, hit: Hit) -> Evidence:
        """The proof that a hit is."""
        part = self.parts[hit.part]
        start, end = part.span(hit)
        return Evidence(self.scanner.terms[hit.term].text, part.field, start, end, part.text[start:end])


class Verdict(NamedTuple):
    """What one condition says of an entry."""

    label: str
    met: bool
    evidence: tuple[Evidence, ...] = ()
    children: tuple["Verdict", ...] = ()
    #: Places of the evidence in the text, for `near`.
    hits: tuple[Hit, ...] = ()
    #: For what is not met: what was found instead, and what would have made it hold.
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The form that `explain --json` prints."""
        told: dict[str, Any] = {
            "label": self.label, "met": self.met, "evidence": [e.as_dict() for e in self.evidence],
            "children": [child.as_dict() for child in self.children],
        }  # fmt: skip
        return told | {"note": self.note} if self.note else told

    def noted(self, note: str) -> "Verdict":
        """The same with a note, if it is not met."""
        return self._replace(note=note) if note and not self.met else self


@dataclass(frozen=True, slots=True)
class Condition:
    """Base of all conditions: a quick answer for every entry, and a told one for those that matter."""

    label: str

    def holds(self, subject: Subject) -> bool:
        """Say whether it holds, and stop as soon as that is known."""
        raise NotImplementedError

    def check(self, subject: Subject) -> Verdict:
        """Tell the whole: evidence, children, what is missing. `met` equals `holds`."""
        raise NotImplementedError

    def proof(self, subject: Subject) -> Iterable[Evidence]:
        """The evidence of `check`, where it holds."""
        return self.check(subject).evidence

    def needs(self) -> frozenset[int] | None:
        """Terms of which one must hit before this can hold; None if it can hold without any."""
        return None

    def requires(self) -> tuple[frozenset[int], ...]:
        """Sets of terms from each of which one must hit before this can hold."""
        needs = self.needs()
        return () if needs is None else (needs,)

    @property
    def dear(self) -> bool:
        """Whether it may look places up; such members are asked last."""
        return False

    @property
    def placed(self) -> bool:
        """Whether its evidence has a place in the text, so that it can be near something."""
        return False

    def parts(self) -> Iterator["Condition"]:
        """The conditions that it is made of."""
        yield from ()

    def terms(self) -> Iterable[int]:
        """The terms that it asks for, at any depth."""
        return chain.from_iterable(part.terms() for part in self.parts())


def joined(label: str, met: bool, told: Iterable[Verdict]) -> Verdict:
    """A verdict with everything that its good members prove."""
    children = tuple(told)
    good = [v for v in children if v.met]
    evidence = tuple(e for v in good for e in v.evidence)
    return Verdict(label, met, evidence, children, tuple(h for v in good for h in v.hits))


def names_of(labels: Iterable[str]) -> str:
    """A list of names for a sentence, shortened."""
    every = list(dict.fromkeys(labels))
    more = f" … ({len(every) - NAMES} more)" if len(every) > NAMES else ""
    return ", ".join(every[:NAMES]) + more
