"""What rules would have alerted on: fed with entries in order of time, asked at the end."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from watcher.model import Entry, Feed, Places
from watcher.rules.burst import Ledger, Sighting
from watcher.rules.ruleset import RuleSet

#: Columns of the plot, and its heights.
COLUMNS, BARS = 24, " ▁▂▃▄▅▆▇█"
#: Alerts that are shown of each kind.
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Alerted:
    """A first alert of a rule on a story."""

    story: int
    at: datetime
    outlet: str
    title: str
    found: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The form that `backtest --json` prints."""
        return {
            "story": self.story,
            "at": self.at,
            "outlet": self.outlet,
            "title": self.title,
            "found": list(self.found),
        }


@dataclass(slots=True)
class Outcome:
    """What one rule would have said, and how that differs from what was said."""

    rule: str
    alerts: list[Alerted] = field(default_factory=list)
    gained: list[Alerted] = field(default_factory=list)
    lost: list[Alerted] = field(default_factory=list)


class Backtest:
    """Applies rules to history; a rule alerts once on a story."""

    def __init__(
        self, rules: RuleSet, locate: Callable[[Entry, str | None], Places], feeds: Mapping[str, Feed]
    ) -> None:
        self._rules, self._locate, self._feeds = rules, locate, feeds
        self._ledger = Ledger(rules.bursts, lambda burst: ())
        self._longest = max((burst.within for burst in rules.bursts), default=timedelta())
        self._alerts: dict[str, dict[int, Alerted]] = {rule.id: {} for rule in rules.rules}
        self._stories: dict[int, Alerted] = {}
        self.entries = 0
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None

    def add(self, entry: Entry, story: int, at: datetime) -> None:
        """Apply all rules to one entry, as they would have been applied then."""
        self.entries += 1
        self.first_at, self.last_at = self.first_at or at, max(self.last_at or at, at)
        feed = self._feeds.get(entry.feed)

        @cache
        def places() -> Places:
            return self._locate(entry, feed.default_region if feed else None)

        outlet = feed.outlet if feed else entry.feed
        self._stories.setdefault(story, Alerted(story, at, outlet, entry.title))
        matches = self._rules.match(entry, feed=feed, places=places, now=at)
        if matches and self._rules.bursts:
            seen = [Sighting(m.rule, story, at, entry.title, entry.feed, places().places) for m in matches]
            self._ledger.forget(at - self._longest)
            matches += self._ledger.add(seen, at)
        for match in matches:
            found = tuple(dict.fromkeys(e.text for e in match.evidence))
            self._alerts[match.rule].setdefault(story, Alerted(story, at, outlet, entry.title, found))

    def outcomes(self, sent: Set[tuple[str, int]] | None, only: Sequence[str] = ()) -> list[Outcome]:
        """Return each rule's outcome; `sent` has the `(rule, story)` that were alerted, None if that is not known."""
        told = []
        for rule, by_story in self._alerts.items():
            if only and rule not in only:
                continue
            outcome = Outcome(rule, list(by_story.values()))
            if sent is not None:
                before = {story for name, story in sent if name == rule}
                outcome.gained = [alert for story, alert in by_story.items() if story not in before]
                outcome.lost = [self._stories[s] for s in sorted(before - set(by_story)) if s in self._stories]
            told.append(outcome)
        return told

    def series(self, alerts: Iterable[Alerted]) -> list[int]:
        """Count alerts in equal pieces of the time that was looked at."""
        counts = [0] * COLUMNS
        if self.first_at is None or self.last_at is None:
            return counts
        whole = max((self.last_at - self.first_at).total_seconds(), 1.0)
        for alert in alerts:
            share = (alert.at - self.first_at).total_seconds() / whole
            counts[min(COLUMNS - 1, max(0, int(share * COLUMNS)))] += 1
        return counts

    def per_day(self, alerts: Sequence[Alerted]) -> float:
        """Alerts a day, over a day at least."""
        if self.first_at is None or self.last_at is None:
            return 0.0
        return len(alerts) / max(1.0, (self.last_at - self.first_at) / timedelta(days=1))


def plot(counts: Sequence[int]) -> str:
    """Draw counts as bars; the highest is full, and what is not zero can be seen."""
    most = max(counts, default=0)
    return "".join(BARS[-(-count * (len(BARS) - 1) // most) if most else 0] for count in counts)
