"""Conditions that need no reading: region, language, feed, tag, severity, age."""

from dataclasses import dataclass, field
from datetime import timedelta

from watcher import regions
from watcher.model import Evidence, Place
from watcher.rules.subject import Condition, Subject, Verdict, names_of

#: Places that are evidence at most; a long text names many.
MAX_PLACES = 5


@dataclass(frozen=True, slots=True)
class Region(Condition):
    """The entry must be about one of these places."""

    region: regions.Region = field(default_factory=lambda: regions.Region(""))
    precision: str = "balanced"
    ambiguous: str = "best"
    #: Whether an entry without any place meets the condition.
    unplaced: bool = False

    def holds(self, subject: Subject) -> bool:
        """Look the entry's places up, and say whether one of them lies in the region."""
        sure = self._sure(subject)
        return any(self._why(place, subject) for place in sure) or (self.unplaced and not sure)

    def check(self, subject: Subject) -> Verdict:
        """The places inside are evidence; otherwise the note says where the entry is about."""
        sure = self._sure(subject)
        inside = [(place, why) for place in sure if (why := self._why(place, subject))]
        evidence = tuple(_place_evidence(self.label, place, why) for place, why in inside[:MAX_PLACES])
        met = bool(inside) or (self.unplaced and not sure)
        return Verdict(self.label, met, evidence).noted(self._elsewhere(subject, sure))

    @property
    def dear(self) -> bool:
        """It looks places up."""
        return True

    def _sure(self, subject: Subject) -> list[Place]:
        least = regions.CONFIDENCE[self.precision]
        return [place for place in subject.places.places if place.confidence >= least]

    def _why(self, place: Place, subject: Subject) -> str:
        """Of a shape that the entry gives it is enough that it reaches into the region."""
        why = self.region.contains(place, self.ambiguous)
        if why or place.kind != "point":
            return why
        shapes = (p.area for p in subject.entry.points if (p.lat, p.lon) == (place.lat, place.lon))
        return next((found for area in shapes if (found := self.region.reached_by(area))), "")

    def _elsewhere(self, subject: Subject, sure: list[Place]) -> str:
        if sure:
            return "the places named are " + names_of(f"{p.name} ({_code(p)})" for p in sure)
        if subject.places.places:
            return f"the places named are not sure enough for precision {self.precision}: " + names_of(
                f"{p.name} ({_code(p)}, {p.confidence:.2f})" for p in subject.places.places
            )
        return "no place is named"


@dataclass(frozen=True, slots=True)
class Fact(Condition):
    """Something that the entry or its feed says: the language, the feed, a tag, the severity, the age."""

    kind: str = "feed"
    values: frozenset[str] = frozenset()
    age: timedelta = field(default=timedelta())

    def holds(self, subject: Subject) -> bool:
        """Compare with what the entry and its feed say."""
        return bool(self._found(subject)[0])

    def check(self, subject: Subject) -> Verdict:
        """What was found is evidence without a span."""
        found, note = self._found(subject)
        evidence = (Evidence(self.label, "", 0, 0, found),) if found else ()
        return Verdict(self.label, bool(found), evidence).noted(note)

    def _found(self, subject: Subject) -> tuple[str, str]:
        """Return what meets the condition, or why nothing does."""
        entry, feed = subject.entry, subject.feed
        match self.kind:
            case "language":
                lang = (entry.lang or (feed.language if feed else None) or "").lower()
                return self._one_of(lang, {lang, lang.split("-")[0]}, "language")
            case "feed":
                name = feed.id if feed else entry.feed
                return self._one_of(name, {name}, "feed")
            case "tag":
                tags = sorted(feed.tags) if feed else []
                return self._one_of(", ".join(self.values.intersection(tags)), set(tags), "tag", ", ".join(tags))
            case "severity":
                severity = str(entry.severity or "")
                return self._one_of(severity, {severity}, "severity")
            case _:
                return self._young(subject)

    def _one_of(self, found: str, forms: set[str], what: str, said: str | None = None) -> tuple[str, str]:
        if found and forms & self.values:
            return found, ""
        said = found if said is None else said
        return "", f"the {what} is {said}" if said else f"the entry has no {what}"

    def _young(self, subject: Subject) -> tuple[str, str]:
        at = subject.entry.published_at
        if at is None:
            return "", "the entry has no date"
        said = f"published {at:%Y-%m-%d %H:%M}"
        return (said, "") if subject.now - at <= self.age else ("", said)


def _code(place: Place) -> str:
    return place.admin1 or place.country or "?"


def _place_evidence(label: str, place: Place, why: str) -> Evidence:
    where, _, how = why.partition(": ")
    text = f"{where}: {place.name}, {how}" if how else f"{where}: {place.name}"
    return Evidence(label, place.field, place.start, place.end, text)
