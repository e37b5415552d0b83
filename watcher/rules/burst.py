"""Bursts: many different stories of some rules within a time. What was seen before is handed in."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.model import Evidence, Match, Place

#: Titles of stories that an alert on a burst names.
TITLES = 5


@dataclass(frozen=True, slots=True)
class Sighting:
    """A story that a rule has met, and where and when."""

    rule: str
    story: int
    at: datetime
    title: str = ""
    feed: str = ""
    places: tuple[Place, ...] = ()
    #: For a burst's own alerts: the group that it spoke of.
    group: str = ""


@dataclass(frozen=True, slots=True)
class Burst:
    """A rule that counts the stories of others."""

    rule: str
    rules: frozenset[str]
    at_least: int
    within: timedelta
    #: region, country or feed: counted for each alone; empty: all together.
    by: str = ""

    @property
    def label(self) -> str:
        """What an alert says that it is about."""
        return f"{self.at_least} stories of {', '.join(sorted(self.rules))} within {spoken(self.within)}"

    def groups(self, sighting: Sighting) -> frozenset[str]:
        """What a sighting counts for."""
        match self.by:
            case "region":
                return frozenset(p.admin1 or p.country or "" for p in sighting.places) - {""}
            case "country":
                return frozenset(p.country or "" for p in sighting.places) - {""}
            case "feed":
                return frozenset({sighting.feed})
            case _:
                return frozenset({""})

    def match(self, new: Iterable[Sighting], before: Iterable[Sighting], now: datetime) -> Match | None:
        """Return a match if what is new completes a burst that was not told within its own time.

        `before` holds earlier sightings of the rules that are counted, and of this rule itself.
        """
        recent = [s for s in before if now - s.at <= self.within]
        told = {s.group for s in recent if s.rule == self.rule}
        counted = [s for s in (*recent, *new) if s.rule in self.rules]
        mine = frozenset[str]().union(*(self.groups(s) for s in new if s.rule in self.rules))
        evidence = tuple(self._evidence(counted, sorted(mine - told)))
        return Match(self.rule, evidence) if evidence else None

    def _evidence(self, counted: list[Sighting], groups: Iterable[str]) -> Iterator[Evidence]:
        for group in groups:
            stories = {s.story: s.title for s in counted if group in self.groups(s)}
            if len(stories) >= self.at_least:
                titles = "; ".join(title for title in list(stories.values())[-TITLES:] if title)
                text = f"{len(stories)} stories within {spoken(self.within)}: {titles}"
                yield Evidence(self.label, "", 0, 0, f"{group}: {text}" if group else text)


class Ledger:
    """The sightings that bursts count, by whoever remembers them: what was stored, and what is being decided."""

    def __init__(self, bursts: Sequence[Burst], stored: Callable[[Burst], Iterable[Sighting]]) -> None:
        self._bursts, self._stored = tuple(bursts), stored
        self._seen: list[Sighting] = []

    def add(self, new: Sequence[Sighting], now: datetime) -> tuple[Match, ...]:
        """Note the matches of one entry, and return the bursts that they complete."""
        found = []
        for burst in self._bursts:
            if any(s.rule in burst.rules for s in new):
                match = burst.match(new, [*self._stored(burst), *self._seen], now)
                if match is not None:
                    found.append((burst, match))
        if self._bursts:
            self._seen += new
            self._seen += [s for burst, match in found for s in told(burst, match.evidence, now)]
        return tuple(match for _, match in found)

    def forget(self, before: datetime) -> None:
        """Drop what no burst looks back to."""
        self._seen = [s for s in self._seen if s.at >= before]


def told(burst: Burst, evidence: Iterable[Evidence], at: datetime) -> Iterator[Sighting]:
    """Yield what a burst has spoken of: a sighting of itself for each group."""
    for e in evidence:
        yield Sighting(burst.rule, 0, at, group=e.text.split(":", 1)[0] if burst.by else "")


def spoken(span: timedelta) -> str:
    """A duration as people write it: 90m is `1h30m`."""
    left, out = int(span.total_seconds()), ""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        out += f"{count}{unit}" if count else ""
    return out or "0s"
