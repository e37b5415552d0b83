"""Places that need no reading: positions that an entry gives, ISO codes among its categories, a feed's own region."""

import json
import math
import re
import zlib
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib import resources

from watcher.model import Entry, Place, Point
from watcher.regions.datafile import DataFile
from watcher.regions.gazetteer import Gazetteer, Record, gazetteer
from watcher.regions.geometry import Polygon, Ring, distance_km

#: A town gives its name to a position up to here, in kilometres.
_NAMED_WITHIN_KM = 60.0
#: A shape is looked at where so many lines cross each other.
_GRID = 7
#: So far from the shore, and between the simplified lines of coasts, a position belongs to the nearest town.
_OFFSHORE_KM = 25.0
#: A code with a word before it that says so, or a code of a subdivision, which is nothing else.
_CODE = re.compile(
    r"(?i:iso[-_ ]?3166(?:-[12])?|country|region|geo)[:=/ ]\s*((?i:[A-Z]{2,3}(?:-[A-Z0-9]{1,3})?))"
    r"|([A-Z]{2}-[A-Z0-9]{1,3})"
)


def outlines(country: str = "") -> Iterator[tuple[str, Iterator[Ring]]]:
    """Yield provinces, of one country (ISO 3166-1) or of all: their ISO 3166 codes and rings, outer ones and holes."""
    with resources.as_file(resources.files("watcher.regions") / "data" / "admin1.wgaz") as path:
        raw = json.loads(zlib.decompress(DataFile(path, names=False).section("RING")))
    for code, rings in raw:
        if code.startswith(country):
            yield code, map(_unpacked, rings)


class Provinces:
    """Polygons of provinces, each with the box around it."""

    def __init__(self) -> None:
        self._codes: list[str] = []
        #: By whole degrees of latitude: number of the code, box, ring.
        self._bands: dict[int, list[tuple[int, tuple[float, float, float, float], Polygon]]] = {}
        for number, (code, rings) in enumerate(outlines()):
            self._codes.append(code)
            for ring in rings:
                xs, ys = [p[0] for p in ring], [p[1] for p in ring]
                shape = number, (min(xs), min(ys), max(xs), max(ys)), Polygon((ring,))
                for band in range(math.floor(min(ys)), math.floor(max(ys)) + 1):
                    self._bands.setdefault(band, []).append(shape)

    def at(self, lat: float, lon: float) -> str:
        """ISO 3166 code of the province that holds a position, else of the country; empty at sea.

        Holes are provinces of their own.
        """
        inside: dict[int, int] = {}
        for number, (west, south, east, north), shape in self._bands.get(math.floor(lat), ()):
            if west <= lon <= east and south <= lat <= north and shape.contains(lat, lon):
                inside[number] = inside.get(number, 0) + 1
        return next((self._codes[number] for number, times in inside.items() if times % 2), "")


@cache
def provinces() -> Provinces:
    """Return the polygons; read when a position is first asked about."""
    return Provinces()


@lru_cache(maxsize=256)
def reached(area: tuple[tuple[float, float], ...]) -> tuple[Place, ...]:
    """Return places all over a shape, given its corners (latitude, longitude): each with its province."""
    ring = Polygon((_closed(area),))
    south, north = min(lat for lat, _ in area), max(lat for lat, _ in area)
    west, east = min(x for x, _ in ring.rings[0]), max(x for x, _ in ring.rings[0])
    steps = [(i + 0.5) / _GRID for i in range(_GRID)]
    grid = ((south + (north - south) * y, west + (east - west) * x) for y in steps for x in steps)
    inside = [(lat, (lon + 180) % 360 - 180) for lat, lon in grid if ring.contains(lat, lon)]
    return tuple(place_at(lat, lon) for lat, lon in (*area, *inside))


def place_at(lat: float, lon: float) -> Place:
    """Return a position with its province or country, without a name."""
    record = gazetteer().of_code(provinces().at(lat, lon))
    country, admin1 = (record.country, record.admin1 or None) if record else (None, None)
    return Place("", "geo", 0, 0, country, admin1, lat, lon, 1.0, "", "point")


def inside(area: tuple[tuple[float, float], ...], lat: float, lon: float) -> bool:
    """Say whether a position lies inside a shape, given its corners (latitude, longitude)."""
    return Polygon((_closed(area),)).contains(lat, lon)


def _closed(area: tuple[tuple[float, float], ...]) -> Ring:
    """A shape's ring, its longitudes run on over the antimeridian."""
    ring: list[tuple[float, float]] = []
    for lat, lon in (*area, area[0]):
        turn = round((ring[-1][0] - lon) / 360) * 360 if ring else 0
        ring.append((lon + turn, lat))
    return tuple(ring)


def given_places(entry: Entry, gazetteer: Gazetteer) -> list[Place]:
    """Places that an entry gives itself, surest first."""
    places = [_at(p, gazetteer) for p in entry.points if abs(p.lat) <= 90 and abs(p.lon) <= 180]
    for category in entry.categories:
        found = _CODE.fullmatch(category.strip())
        record = gazetteer.of_code((found[1] or found[2]).upper()) if found else None
        if record is not None:
            places.append(_coded(record, 0.95, f"category {category.strip()}", "category"))
    return places


def default_place(code: str, gazetteer: Gazetteer) -> Place | None:
    """The region that a feed is mostly about, when nothing else is there."""
    record = gazetteer.of_code(code)
    return _coded(record, 0.5, "the feed's default region", "") if record else None


def _coded(record: Record, confidence: float, why: str, field: str) -> Place:
    admin1, admin2 = record.admin1 or None, record.admin2 or None
    where = record.country, admin1, record.lat, record.lon
    return Place(record.name, field, 0, 0, *where, confidence, why, record.kind, admin2=admin2)


def _at(point: Point, gazetteer: Gazetteer) -> Place:
    """The place of a position: its province, with the name of the nearest town; at sea what is on the shore."""
    code = provinces().at(point.lat, point.lon)
    record = gazetteer.of_code(code) if code else None
    km, town = _nearest(gazetteer.towns_near(point.lat, point.lon), point, record)
    if record is None and town is not None and km <= _OFFSHORE_KM:
        why = f"position given, off {town.name}"
        return _point(point, town.name, town.country, town.admin1, town.admin2, 0.9, why)
    if record is None:
        return _point(point, "", "", "", "", 0.9, "position given, in no province")
    name, why, admin1, admin2 = record.name, "position given", record.admin1, record.admin2
    if town is not None and km <= _NAMED_WITHIN_KM:
        name, why = town.name, f"position given, near {town.name}"
        admin1, admin2 = admin1 or town.admin1, admin2 or town.admin2
    return _point(point, name, record.country, admin1, admin2, 0.98, why)


def _point(point: Point, name: str, country: str, admin1: str, admin2: str, confidence: float, why: str) -> Place:
    where = country or None, admin1 or None, point.lat, point.lon
    return Place(name, "geo", 0, 0, *where, confidence, why, "point", admin2=admin2 or None)


def _nearest(towns: Iterable[Record], point: Point, inside: Record | None) -> tuple[float, Record | None]:
    """The nearest town, of the same province or country if that is known, and how many kilometres away it is."""
    away = (
        (distance_km(t.lat or 0, t.lon or 0, point.lat, point.lon), t)
        for t in towns
        if inside is None or (t.country == inside.country and (not inside.admin1 or t.admin1 == inside.admin1))
    )
    return min(away, key=lambda found: found[0], default=(math.inf, None))


def _unpacked(flat: list[int]) -> Ring:
    """Steps in hundredths of a degree to a closed ring."""
    x = y = 0
    ring = []
    for dx, dy in zip(flat[::2], flat[1::2], strict=True):
        x, y = x + dx, y + dy
        ring.append((x / 100, y / 100))
    return (*ring, ring[0])
