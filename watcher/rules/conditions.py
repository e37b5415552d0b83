"""Conditions as a tree, and what they say of one entry: met or not, with the evidence."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from watcher.model import Entry, Evidence, Feed, Place, Places
from watcher.rules.terms import Automaton, Hit, texts_of

#: Confidence that a place needs, by a region condition's `precision`.
CONFIDENCE = {"strict": 0.8, "balanced": 0.5, "broad": 0.0}
_SENTENCE_END = re.compile(r"[.!?。！？؟۔।\n]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one condition says of an entry."""

    label: str
    met: bool
    evidence: tuple[Evidence, ...] = ()
    children: tuple["Verdict", ...] = ()
    #: Places of the evidence in the text, for `near`.
    hits: tuple[Hit, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The form that `explain --json` prints."""
        return {
            "label": self.label, "met": self.met, "evidence": [e.as_dict() for e in self.evidence],
            "children": [child.as_dict() for child in self.children],
        }  # fmt: skip


class Subject:
    """One entry under examination: its texts, its hits by term, and its places, looked up when asked for."""

    def __init__(
        self, entry: Entry, feed: Feed | None, automaton: Automaton, places: Callable[[], Places], now: datetime
    ) -> None:
        self.entry, self.feed, self.now = entry, feed, now
        self.automaton, self._places = automaton, places
        self.texts = texts_of(entry, feed)
        self.hits: dict[int, list[Hit]] = {}
        for hit in automaton.find(self.texts):
            self.hits.setdefault(hit.term, []).append(hit)

    @cached_property
    def places(self) -> Places:
        """The entry's places."""
        return self._places()

    def slice(self, hit: Hit) -> str:
        """The text of a hit."""
        values = self.texts[hit.field]
        return next((v[hit.start : hit.end] for v in values if len(v) >= hit.end), "")


@dataclass(frozen=True, slots=True)
class Condition:
    """Base of all conditions."""

    label: str

    def check(self, subject: Subject, *, lazy: bool) -> Verdict:
        """Say whether it holds. `lazy` stops as soon as that is known, else the whole tree is told."""
        raise NotImplementedError

    def needs(self) -> frozenset[int] | None:
        """Terms of which one must hit before this can hold; None if it can hold without any."""
        return None

    #: Conditions that cost more are checked later.
    @property
    def cost(self) -> int:
        """0 for what is known after the one pass, 1 for what looks places up."""
        return 0


@dataclass(frozen=True, slots=True)
class Terms(Condition):
    """A term, or a named list of terms: one of them must stand in the text."""

    numbers: tuple[int, ...] = ()

    def check(self, subject: Subject, *, lazy: bool) -> Verdict:
        """Met by the first hit; every hit is evidence."""
        hits = tuple(hit for number in self.numbers for hit in subject.hits.get(number, ()))
        evidence = tuple(
            Evidence(subject.automaton.terms[h.term].text, h.field, h.start, h.end, subject.slice(h)) for h in hits
        )
        return Verdict(self.label, bool(hits), evidence, hits=hits)

    def needs(self) -> frozenset[int] | None:
        """Its own terms."""
        return frozenset(self.numbers)


@dataclass(frozen=True, slots=True)
class All(Condition):
    """Every member must hold."""

    members: tuple[Condition, ...] = ()

    def check(self, subject: Subject, *, lazy: bool) -> Verdict:
        """Cheap members first, so that places are looked up only when the rest holds."""
        told: list[Verdict] = []
        for member in sorted(self.members, key=lambda m: m.cost):
            told.append(member.check(subject, lazy=lazy))
            if lazy and not told[-1].met:
                return Verdict(self.label, False)
        return _joined(self.label, all(v.met for v in told), told)

    def needs(self) -> frozenset[int] | None:
        """Those of the member that needs the fewest."""
        known = [n for m in self.members if (n := m.needs()) is not None]
        return min(known, key=len, default=None)

    @property
    def cost(self) -> int:
        """That of the dearest member."""
        return max((m.cost for m in self.members), default=0)


@dataclass(frozen=True, slots=True)
class AtLeast(Condition):
    """At least `count` different members must hold; `any` is a count of one."""

    count: int = 1
    members: tuple[Condition, ...] = ()

    def check(self, subject: Subject, *, lazy: bool) -> Verdict:
        """Every member is looked at, for each that holds is evidence; dear ones only while needed."""
        told: list[Verdict] = []
        for member in sorted(self.members, key=lambda m: m.cost):
            if lazy and member.cost and sum(v.met for v in told) >= self.count:
                break
            told.append(member.check(subject, lazy=lazy))
        return _joined(self.label, sum(v.met for v in told) >= self.count, told)

    def needs(self) -> frozenset[int] | None:
        """Those of all members, if each needs some."""
        return _union(m.needs() for m in self.members)

    @property
    def cost(self) -> int:
        """That of the dearest member."""
        return max((m.cost for m in self.members), default=0)


@dataclass(frozen=True, slots=True)
class NoneOf(Condition):
    """No member may hold."""

    members: tuple[Condition, ...] = ()

    def check(self, subject: Subject, *, lazy: bool) -> Verdict:
        """Met without evidence; not met with the evidence that stands against it."""
        told = tuple(member.check(subject, lazy=lazy) for member in self.members)
        against = tuple(e for v in told if v.met for e in v.evidence)
        met = not any(v.met for v in told)
        return Verdict(self.label, met, () if met else against, () if lazy else told)

    @property
    def cost(self) -> int:
        """That of the dearest member."""
        return max((m.cost for m in self.members), default=0)


@dataclass(frozen=True, slots=True)
class Score(Condition):
    """Weights of the terms that stand in the text, each counted once, must reach a threshold."""

    threshold: float = 1.0
    weights: tuple[tuple[Condition, float], ...] = ()

    def check(self, subject: Subject, *, lazy: bool) -> Verdict:
        """Sum the weights of the members that hold."""
        told = [(member.check(subject, lazy=lazy), weight) for member, weight in self.weights]
        total = sum(weight for verdict, weight in told if verdict.met)
        label = f"{self.label} = {total:g}"
        return _joined(label, total >= self.threshold, [verdict for verdict, _ in told])

    def needs(self) -> frozenset[int] | None:
        """Terms with a positive weight."""
        if self.threshold <= 0:
            return None
        return _union(member.needs() for member, weight in self.weights if weight > 0)


@dataclass(frozen=True, slots=True)
class Near(Condition):
    """All members must hold within so many words of one field."""

    within: int = 10
    members: tuple[Condition, ...] = ()
    ordered: bool = False
    same_sentence: bool = False

    def check(self, subject: Subject, *, lazy: bool) -> Verdict:
        """Find the closest places at which all members stand together."""
        told = [member.check(subject, lazy=lazy) for member in self.members]
        together = self._closest(subject, [v.hits for v in told]) if all(v.met for v in told) else None
        if together is None:
            return Verdict(self.label, False, children=() if lazy else tuple(told))
        wanted = {(h.field, h.start, h.end) for h in together}
        evidence = tuple(e for v in told for e in v.evidence if (e.field, e.start, e.end) in wanted)
        return Verdict(self.label, True, evidence, () if lazy else tuple(told), together)

    def needs(self) -> frozenset[int] | None:
        """Those of the member that needs the fewest."""
        known = [n for m in self.members if (n := m.needs()) is not None]
        return min(known, key=len, default=None)

    def _closest(self, subject: Subject, lists: Sequence[Sequence[Hit]]) -> tuple[Hit, ...] | None:
        """From every hit of the first member, take the nearest hit of each other one, and keep the tightest set."""
        best: tuple[Hit, ...] | None = None
        for anchor in lists[0]:
            chosen = [anchor]
            for others in lists[1:]:
                last = chosen[-1]
                usable = [h for h in others if h.field == anchor.field and (not self.ordered or h.first > last.last)]
                if not usable:
                    break
                chosen.append(min(usable, key=lambda h: _gap(last, h) + _gap(anchor, h)))
            else:
                if self._fits(subject, chosen) and (best is None or _spread(chosen) < _spread(best)):
                    best = tuple(chosen)
        return best

    def _fits(self, subject: Subject, hits: Sequence[Hit]) -> bool:
        if _spread(hits) > self.within:
            return False
        if not self.same_sentence:
            return True
        start, end = min(h.end for h in hits), max(h.start for h in hits)
        text = next((v for v in subject.texts[hits[0].field] if len(v) >= end), "")
        return not _SENTENCE_END.search(text[start:end])


@dataclass(frozen=True, slots=True)
class Region(Condition):
    """The entry must be about one of these places."""

    codes: frozenset[str] = frozenset()
    precision: str = "balanced"
    #: Whether an entry without any place meets the condition.
    unplaced: bool = False

    def check(self, subject: Subject, *, lazy: bool) -> Verdict:
        """Look the entry's places up, and say which of them lie in the region."""
        least = CONFIDENCE[self.precision]
        sure = [place for place in subject.places.places if place.confidence >= least]
        inside = [place for place in sure if self._holds(place)]
        evidence = tuple(_place_evidence(self.label, place) for place in inside[:5])
        met = bool(inside) or (self.unplaced and not sure)
        return Verdict(self.label, met, evidence)

    def _holds(self, place: Place) -> bool:
        return place.country in self.codes or place.admin1 in self.codes

    @property
    def cost(self) -> int:
        """It looks places up."""
        return 1


@dataclass(frozen=True, slots=True)
class Fact(Condition):
    """Something that is known without reading: the language, the feed, a tag of the feed, the age."""

    kind: str = "feed"
    values: frozenset[str] = frozenset()
    age: timedelta = field(default=timedelta())

    def check(self, subject: Subject, *, lazy: bool) -> Verdict:
        """Compare with what the entry and its feed say."""
        found = self._found(subject)
        evidence = (Evidence(self.label, "", 0, 0, found),) if found else ()
        return Verdict(self.label, bool(found), evidence)

    def _found(self, subject: Subject) -> str:
        entry, feed = subject.entry, subject.feed
        match self.kind:
            case "language":
                lang = (entry.lang or (feed.language if feed else None) or "").lower()
                return lang if {lang, lang.split("-")[0]} & self.values else ""
            case "feed":
                name = feed.id if feed else entry.feed
                return name if name in self.values else ""
            case "tag":
                return ", ".join(sorted(self.values & set(feed.tags))) if feed else ""
            case _:
                at = entry.published_at
                return f"published {at:%Y-%m-%d %H:%M}" if at is not None and subject.now - at <= self.age else ""


# ---------------------------------------------------------------- inside


def _joined(label: str, met: bool, told: Sequence[Verdict]) -> Verdict:
    good = [v for v in told if v.met]
    evidence = tuple(e for v in good for e in v.evidence)
    return Verdict(label, met, evidence, tuple(told), tuple(h for v in good for h in v.hits))


def _union(needs: Iterator[frozenset[int] | None]) -> frozenset[int] | None:
    found: set[int] = set()
    for need in needs:
        if need is None:
            return None
        found |= need
    return frozenset(found)


def _gap(a: Hit, b: Hit) -> int:
    return max(a.first, b.first) - min(a.last, b.last)


def _spread(hits: Sequence[Hit]) -> int:
    return max(h.last for h in hits) - min(h.first for h in hits)


def _place_evidence(label: str, place: Place) -> Evidence:
    code = place.admin1 or place.country
    return Evidence(label, place.field, place.start, place.end, f"{code}: {place.name}, {place.why}")
