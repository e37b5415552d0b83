"""Shapes on the globe: polygon, box, circle, and whether a position lies inside.

Positions are WGS 84 degrees, longitude first inside a shape as in GeoJSON (RFC 7946). A ring
is read with the even-odd rule in the plane of longitude and latitude. A ring that steps over
the antimeridian is unrolled; one that goes round a pole is closed over that pole.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

Position = tuple[float, float]
Ring = tuple[Position, ...]

EARTH_KM = 6371.0
#: Corners of a polygon that stand for it.
_MOST_ANCHORS = 100
#: Rings of more edges are not searched for crossings: the search is quadratic.
_CROSSINGS_UP_TO = 400


class ShapeError(ValueError):
    """A shape that cannot be read; `path` leads to the fault inside the given value."""

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Polygon:
    """Rings, outer ones and holes alike: the even-odd rule tells them apart."""

    rings: tuple[Ring, ...]

    def contains(self, lat: float, lon: float) -> bool:
        """Say whether a position lies inside; the border belongs to one side only."""
        return any(self._odd(lat, x) for x in (lon, lon + 360.0, lon - 360.0))

    def _odd(self, lat: float, lon: float) -> bool:
        inside = False
        for ring in self.rings:
            for (x1, y1), (x2, y2) in pairwise(ring):
                if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
                    inside = not inside
        return inside


@dataclass(frozen=True, slots=True)
class Box:
    """West, south, east, north; west greater than east steps over the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def contains(self, lat: float, lon: float) -> bool:
        """Say whether a position lies inside or on the border."""
        if not self.south <= lat <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= lon <= self.east
        return lon >= self.west or lon <= self.east


@dataclass(frozen=True, slots=True)
class Circle:
    """Everything within `radius_km` of a position, on a sphere."""

    lat: float
    lon: float
    radius_km: float

    def contains(self, lat: float, lon: float) -> bool:
        """Say whether a position lies inside or on the border."""
        return distance_km(self.lat, self.lon, lat, lon) <= self.radius_km


Shape = Polygon | Box | Circle


def anchors(shape: Shape) -> list[Position]:
    """Positions (latitude, longitude) of a shape: the centre of a circle, corners and middle of a box or ring."""
    match shape:
        case Circle():
            return [(shape.lat, shape.lon)]
        case Box():
            width = (shape.east - shape.west) % 360
            middle = (shape.west + width / 2 + 180) % 360 - 180
            lats = shape.south, (shape.south + shape.north) / 2, shape.north
            return [(lat, lon) for lat in lats for lon in (shape.west, middle, shape.east)]
        case Polygon():
            corners = [corner for ring in shape.rings for corner in ring[:-1]]
            step = max(1, len(corners) // _MOST_ANCHORS)
            return [(max(-90.0, min(90.0, y)), (x + 180) % 360 - 180) for x, y in corners[::step]]


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance (haversine, mean radius)."""
    a, b = math.radians(lat1), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


# ---------------------------------------------------------------- reading


def box_of(value: Any, warnings: list[str]) -> Box:
    """Read `[west, south, east, north]` or a mapping with these four keys.

    Raises:
        ShapeError: it is neither, or not on the globe.
    """
    if isinstance(value, Mapping):
        unknown = set(value) ^ {"west", "south", "east", "north"}
        if unknown:
            raise ShapeError(f"a box has west, south, east and north; {sorted(unknown)[0]!r} is missing or unknown")
        value = [value[key] for key in ("west", "south", "east", "north")]
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 4:
        raise ShapeError("a box is [west, south, east, north] in degrees")
    west, south, east, north = (_number(v, (i,)) for i, v in enumerate(value))
    (west, south), (east, north) = _on_globe([(west, south), (east, north)], warnings)
    if south > north:
        warnings.append("south lies above north: taken the other way round")
        south, north = north, south
    return Box(west, south, east, north)


def polygon_of(value: Any, warnings: list[str]) -> Polygon:
    """Read a GeoJSON object (Polygon, MultiPolygon, Feature, collections) or a plain list of `[lon, lat]`.

    Raises:
        ShapeError: it is none, has no area, or lies off the globe.
    """
    try:
        rings = tuple(_ring(points, path, warnings) for points, path in _rings(value, ()))
    except RecursionError:
        raise ShapeError("it is nested too deep") from None
    if not rings:
        raise ShapeError("there is no polygon in it")
    return Polygon(rings)


def _rings(value: Any, path: tuple[str | int, ...]) -> list[tuple[Any, tuple[str | int, ...]]]:
    if isinstance(value, Mapping):
        return _geojson(value, path)
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        if _is_position(value[0]):
            return [(value, path)]
        return [ring for i, inner in enumerate(value) for ring in _rings(inner, (*path, i))]
    raise ShapeError("a polygon is a GeoJSON object or a list of [longitude, latitude]", path)


def _geojson(value: Mapping[str, Any], path: tuple[str | int, ...]) -> list[tuple[Any, tuple[str | int, ...]]]:
    match value.get("type"):
        case "Polygon" | "MultiPolygon":
            return _rings(value.get("coordinates"), (*path, "coordinates"))
        case "Feature":
            return _rings(value.get("geometry"), (*path, "geometry"))
        case "FeatureCollection" | "GeometryCollection" as kind:
            key = "features" if kind == "FeatureCollection" else "geometries"
            parts = value.get(key)
            if not isinstance(parts, Sequence) or isinstance(parts, str):
                raise ShapeError(f"a {kind} has a list of {key}", path)
            return [ring for i, part in enumerate(parts) for ring in _rings(part, (*path, key, i))]
        case other:
            raise ShapeError(f"GeoJSON of type {other!r} has no area: a Polygon or MultiPolygon is wanted", path)


def _is_position(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and len(value) >= 2
        and not isinstance(value[0], Sequence | Mapping)
    )


def _ring(points: Any, path: tuple[str | int, ...], warnings: list[str]) -> Ring:
    if not all(_is_position(p) for p in points):
        raise ShapeError("every corner is [longitude, latitude]", path)
    corners = [(_number(p[0], (*path, i, 0)), _number(p[1], (*path, i, 1))) for i, p in enumerate(points)]
    corners = _on_globe(corners, warnings, path)
    if corners[0] != corners[-1]:
        corners.append(corners[0])
    if len(set(corners)) < 3:
        raise ShapeError("a ring needs three different corners", path)
    if any(180 < abs(x2 - x1) < 270 for (x1, _), (x2, _) in pairwise(corners)):
        warnings.append(
            "an edge spans more than 180 degrees of longitude: taken the short way, over the antimeridian"
            " (put a corner between for the long way)"
        )
    ring = _unrolled(corners)
    if len(ring) <= _CROSSINGS_UP_TO and _crosses_itself(ring):
        warnings.append("the polygon crosses itself: a part that is covered twice counts as outside")
    return ring


def _on_globe(corners: list[Position], warnings: list[str], path: tuple[str | int, ...] = ()) -> list[Position]:
    """Check bounds; longitude and latitude that can only be meant the other way round are swapped, with a warning."""
    if any(abs(y) > 90 for _, y in corners) and all(abs(x) <= 90 and abs(y) <= 180 for x, y in corners):
        warnings.append("latitude and longitude look swapped (GeoJSON wants [longitude, latitude]): read as swapped")
        corners = [(y, x) for x, y in corners]
    for i, (x, y) in enumerate(corners):
        if abs(x) > 360 or abs(y) > 90:
            raise ShapeError(f"[{x:g}, {y:g}] is not on the globe: [longitude, latitude] in degrees", (*path, i))
    return corners


def _unrolled(corners: Sequence[Position]) -> Ring:
    """Let longitudes run on over the antimeridian, and close a ring that goes round a pole over that pole."""
    ring, turned = [corners[0]], 0.0
    for (before, _), (x, y) in pairwise(corners):
        if 180 < abs(x - before) < 360:
            turned -= math.copysign(360.0, x - before)
        ring.append((x + turned, y))
    turns = ring[-1][0] - ring[0][0]
    if abs(turns) > 180:
        pole = 91.0 if sum(y for _, y in ring) >= 0 else -91.0  # beyond, so that the pole itself lies inside
        ring += [(ring[-1][0], pole), (ring[0][0], pole), ring[0]]
    return tuple(ring)


def _crosses_itself(ring: Ring) -> bool:
    edges = list(pairwise(ring))
    return any(_cross(a, b, c, d) for (a, b), (c, d) in combinations(edges, 2))


def _cross(a: Position, b: Position, c: Position, d: Position) -> bool:
    """Say whether two edges cross in the inside of both."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Position, b: Position, p: Position) -> float:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def _number(value: Any, path: tuple[str | int, ...]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ShapeError(f"{value!r} is not a number of degrees", path)
    return float(value)
