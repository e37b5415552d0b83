"""The daemon's own recognisers on files and streams: `parse`, `cluster`, `match`, `locate`.

One JSON object a line in, one a line out, in order. The code that decides is the daemon's.
"""

import difflib
import json
import pickle
import struct
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from watcher import dedup
from watcher.dedup.stream import Clusterer
from watcher.model import Assignment, Entry, Feed, Place, Places, Point, Relation, Severity
from watcher.rules import RuleSet
from watcher.spool import Spool
from watcher.text import html_to_text, one_line

Locate = Callable[[Entry, str | None], Places]

#: Keys of a JSONL entry, and the types that they may have.
KEYS: Mapping[str, tuple[type, ...]] = {
    "id": (str, int), "title": (str,), "summary": (str,), "content": (str,), "link": (str,), "feed": (str,),
    "author": (str,), "categories": (list,), "published": (str,), "lang": (str,), "points": (list,),
    "severity": (str,),
}  # fmt: skip
#: Keys that need no remark: these, and what `entry_as_json` writes besides.
_NO_MISTAKES = KEYS.keys() | {"id_origin", "updated", "source", "enclosures", "link_of_feed"}
#: Lengths of two ids.
_IDS = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no entry, and why."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


def read_entries(
    lines: Iterable[str | bytes], number: int = 1, misspelt: Callable[[str], None] | None = None
) -> Iterator[Entry | BadLine]:
    """Turn JSONL into entries; a line that is no entry comes back as a BadLine, empty lines are passed over.

    `number` is that of the first line.

    `summary` and `content` may hold HTML, and so may `title`. Keys that are not known are
    ignored, so that richer archives can be piped in; `misspelt` is told each time that one looks
    like a known one that is missing.
    """
    for at, line in enumerate(lines, number):
        if line and not line.isspace():
            try:
                data = json.loads(line)
                entry = entry_of(data)
            except (ValueError, RecursionError) as error:
                yield BadLine(at, str(error))
                continue
            if misspelt is not None:
                for key in sorted(data.keys() - _NO_MISTAKES):
                    if (meant := _nearest_key(key)) and meant not in data:
                        misspelt(f"the key {key!r} is passed over (did you mean {meant!r}?)")
            yield entry


@lru_cache(maxsize=1000)
def _nearest_key(key: str) -> str | None:
    return next(iter(difflib.get_close_matches(key, KEYS, n=1)), None)


def in_order(entries: Iterable[Entry]) -> Iterator[tuple[Entry, datetime]]:
    """Yield entries by their dates, each with its own; one without a date comes after the one before it, with its date.

    All are read first, into a temporary file.
    """
    spool, dates = Spool(), array("d")
    at = datetime(1970, 1, 1, tzinfo=UTC)
    for entry in entries:
        at = entry.published_at or at
        spool.append(pickle.dumps((entry, at)))
        dates.append(at.timestamp())
    for number in sorted(range(len(dates)), key=dates.__getitem__):
        yield pickle.loads(spool[number + 1])  # noqa: S301 - written above


def entry_of(data: Any) -> Entry:
    """Build an Entry from its JSON form.

    Raises:
        ValueError: it has no `id`, or a key has the wrong type; the message says which.
    """
    if not isinstance(data, dict):
        raise ValueError(  # noqa: TRY004 - one kind of error for everything that is wrong with a line
            f"a JSON object is wanted, this is {type(data).__name__}"
        )
    for key, value in data.items():
        if value is not None and key in KEYS and type(value) not in KEYS[key]:
            raise ValueError(f"{key!r} must be {KEYS[key][0].__name__}, this is {type(value).__name__}")
    if data.get("id") is None:
        raise ValueError("the key 'id' is missing")
    title = html_to_text(data.get("title") or "")
    return Entry(
        id=str(data["id"]),
        title=title if "\n" not in title else one_line(title),
        summary=html_to_text(data.get("summary") or ""),
        content=html_to_text(data.get("content") or ""),
        link=data.get("link"),
        feed=data.get("feed") or "",
        author=data.get("author") or "",
        categories=tuple(str(c) for c in data.get("categories") or ()),
        published_at=_time(data.get("published")),
        lang=data.get("lang"),
        points=tuple(map(_point, data.get("points") or ())),
        severity=_severity(data.get("severity")),
    )


def entry_as_json(entry: Entry) -> dict[str, Any]:
    """Return an Entry's JSON form, without empty keys; the inverse of `entry_of`."""
    data = {
        "id": entry.id, "id_origin": entry.id_origin, "title": entry.title, "summary": entry.summary,
        "content": entry.content, "link": entry.link, "feed": entry.feed, "author": entry.author,
        "categories": list(entry.categories), "lang": entry.lang,
        "published": entry.published_at.isoformat() if entry.published_at else None,
        "updated": entry.updated_at.isoformat() if entry.updated_at else None,
        "source": asdict(entry.source) if entry.source else None,
        "enclosures": [asdict(e) for e in entry.enclosures], "points": list(map(_point_as_json, entry.points)),
        "severity": entry.severity, "link_of_feed": entry.link_of_feed,
    }  # fmt: skip
    return {key: value for key, value in data.items() if value or key in ("id", "title")}


class Clusters:
    """Groups a stream of entries into stories, as the daemon does."""

    def __init__(self, settings: dedup.Settings, *, explain: bool = False) -> None:
        self._explain = explain
        #: Each assigned version of an entry: its id, its story's lead's id, its fingerprint.
        self._versions = Spool()
        self._new = b""
        self._clusterer = Clusterer(settings, self._keep, self._recall, self._versions.drop, explain=explain)
        self._at = datetime(1970, 1, 1, tzinfo=UTC)  # for entries without a date

    def line(self, entry: Entry) -> dict[str, Any]:
        """Assign one entry: `{"id", "story", "similarity", "lead"}`, with the lead entry's id, and why."""
        return next(self.lines([entry]))

    def lines(self, entries: Sequence[Entry]) -> Iterator[dict[str, Any]]:
        """Assign entries one after another, as `line` does, in a fraction of the time."""
        timed = [(entry, self._time(entry)) for entry in entries]
        for entry, assignment in zip(entries, self._clusterer.assign_all(timed), strict=True):
            yield self._told(entry, assignment)

    def _time(self, entry: Entry) -> datetime:
        """Time only moves on: an entry that is dated back belongs to the moment when it was read."""
        self._at = max(self._at, entry.published_at or self._at)
        return self._at

    def _told(self, entry: Entry, assignment: Assignment) -> dict[str, Any]:
        lead, compared = entry.id, None
        if assignment.compared_with is not None:
            compared, lead_there, _ = self._version(assignment.compared_with)
            lead = entry.id if assignment.relation is Relation.LEAD else lead_there
        if self._clusterer.seq > len(self._versions):
            ids = entry.id.encode("utf-8", "surrogatepass"), lead.encode("utf-8", "surrogatepass")
            self._versions.append(_IDS.pack(*map(len, ids)) + b"".join(ids) + self._new)
        told: dict[str, Any] = {
            "id": entry.id, "story": assignment.story, "similarity": assignment.similarity, "lead": lead,
            "relation": assignment.relation, "reason": assignment.reason,
        }  # fmt: skip
        if compared is not None:
            told["compared_with"] = compared
        if assignment.changes:
            told["changes"] = [change.as_dict() for change in assignment.changes]
        if assignment.credits:
            told["credits"] = assignment.credits
        if self._explain:
            told |= {"shared": assignment.shared, "reasons": [asdict(reason) for reason in assignment.reasons]}
        return told

    def _keep(self, seq: int, fp: dedup.Fingerprint) -> None:
        self._new = fp.to_bytes(compress=False)

    def _recall(self, seq: int) -> dedup.Fingerprint:
        return dedup.Fingerprint.from_bytes(self._version(seq)[2])

    def _version(self, seq: int) -> tuple[str, str, bytes]:
        """Entry id, lead's id and fingerprint of an assigned version."""
        data = self._versions[seq]
        first, second = _IDS.unpack_from(data)
        lead, fingerprint = _IDS.size + first, _IDS.size + first + second
        ids = data[_IDS.size : lead], data[lead:fingerprint]
        return ids[0].decode("utf-8", "surrogatepass"), ids[1].decode("utf-8", "surrogatepass"), data[fingerprint:]


def match_lines(entry: Entry, rules: RuleSet, feeds: Mapping[str, Feed], locate: Locate) -> Iterator[dict[str, Any]]:
    """Yield `{"id", "rule", "evidence"}` for every rule that an entry meets."""
    feed = feeds.get(entry.feed)
    now = datetime.now(UTC)

    @cache
    def places() -> Places:
        return locate(entry, feed.default_region if feed else None)

    for match in rules.match(entry, feed=feed, places=places, now=now):
        yield {"id": entry.id, "rule": match.rule, "evidence": [e.as_dict() for e in match.evidence]}


def locate_line(entry: Entry, locate: Locate, default_region: str | None = None) -> dict[str, Any]:
    """Return `{"id", "places", "countries", "regions"}`."""
    found = locate(entry, default_region)
    places = [_place(place) for place in found.places]
    return {"id": entry.id, "places": places, "countries": dict(found.countries), "regions": list(found.regions)}


# ---------------------------------------------------------------- inside


def _point(given: Any) -> Point:
    try:
        lat, lon = float(given["lat"]), float(given["lon"])
    except (KeyError, TypeError, ValueError):
        raise ValueError(f'\'points\' are {{"lat", "lon"}} in degrees, one is {given!r}') from None
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        hint = ": are latitude and longitude swapped?" if abs(lon) <= 90 < abs(lat) <= 180 else ""
        raise ValueError(f"'points' lie on the globe, one is {given!r}{hint}")
    return Point(lat, lon, _area(given.get("area") or ()))


def _area(given: Any) -> tuple[tuple[float, float], ...]:
    try:
        area = tuple((float(lat), float(lon)) for lat, lon in given)
    except (TypeError, ValueError):
        raise ValueError(f"an 'area' is a list of [lat, lon] in degrees, one is {given!r}") from None
    if not all(abs(lat) <= 90 and abs(lon) <= 180 for lat, lon in area):
        raise ValueError(f"an 'area' lies on the globe, one is {given!r}")
    return area


def _point_as_json(point: Point) -> dict[str, Any]:
    return asdict(point) if point.area else {"lat": point.lat, "lon": point.lon}


_PLACE_KEYS = tuple(field.name for field in fields(Place))
_PLACE_VALUES = attrgetter(*_PLACE_KEYS)


def _place(place: Place) -> dict[str, Any]:
    """Return a place's JSON form; `asdict`, which copies deeply, took a third of `locate`'s time."""
    return dict(zip(_PLACE_KEYS, _PLACE_VALUES(place), strict=True))


def _severity(value: str | None) -> Severity | None:
    try:
        return Severity(value) if value else None
    except ValueError:
        raise ValueError(f"'severity' must be {', '.join(Severity)}, this is {value!r}") from None


def _time(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"'published' must be ISO 8601, this is {value!r}") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
