"""Maps as paths of SVG: longitude to the right, latitude up, in degrees. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from watcher import regions

#: Steps across a map: finer ones are not seen.
STEPS = 700
#: Places nearer to each other than this part of a map's height are one mark; a map is drawn twice as wide as high.
NEAR = 1 / 20
#: Degrees that a map is wide at least.
LEAST = 1.0


@dataclass(frozen=True, slots=True)
class Frame:
    """What a map shows: west, north, width and height in degrees, longitudes drawn narrower by `narrow`."""

    x: float
    y: float
    width: float
    height: float
    narrow: float = 1.0

    def at(self, lat: float, lon: float) -> tuple[float, float]:
        """Where a position is drawn."""
        return lon * self.narrow, -lat


WORLD = Frame(-180, -84, 360, 144)


@dataclass(frozen=True, slots=True)
class Country:
    """A country's provinces, each a path."""

    frame: Frame
    paths: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Things near each other; `items` are numbers in the given order."""

    x: float
    y: float
    radius: float
    items: tuple[int, ...]


@lru_cache(maxsize=16)
def country(code: str) -> Country | None:
    """Draw a country, or around a province (ISO 3166-2) the country that it is of; None if there are no outlines."""
    shapes = [(name, list(rings)) for name, rings in regions.outlines(code[:2])]
    inside = [point for name, rings in shapes if name == code or "-" not in code for ring in rings for point in ring]
    if not inside:
        return None
    west, east = min(x for x, _ in inside), max(x for x, _ in inside)
    south, north = min(y for _, y in inside), max(y for _, y in inside)
    narrow = max(0.2, math.cos(math.radians((south + north) / 2)))
    width, height = max((east - west) * narrow, LEAST), max(north - south, LEAST)
    edge = 0.05 * max(width, height)
    frame = Frame(west * narrow - edge, -north - edge, width + 2 * edge, height + 2 * edge, narrow)
    step = max(frame.width, frame.height) / STEPS
    drawn = ((name, "".join(_path(ring, frame, step) for ring in rings)) for name, rings in shapes)
    return Country(frame, tuple((name, path) for name, path in drawn if path))


def marks(positions: Sequence[tuple[float, float]], frame: Frame) -> list[Mark]:
    """Gather positions (latitude, longitude) that would be drawn upon each other; those outside are left out."""
    size = max(frame.width / 2, frame.height) * NEAR
    cells: dict[tuple[int, int], list[int]] = {}
    for n, position in enumerate(positions):
        x, y = frame.at(*position)
        if frame.x <= x <= frame.x + frame.width and frame.y <= y <= frame.y + frame.height:
            cells.setdefault((round(x / size), round(y / size)), []).append(n)
    found = []
    for items in cells.values():
        drawn = [frame.at(*positions[n]) for n in items]
        x, y = (sum(axis) / len(items) for axis in zip(*drawn, strict=True))
        found.append(Mark(round(x, 3), round(y, 3), round(size * min(1.0, 0.45 * len(items) ** 0.3), 3), tuple(items)))
    return sorted(found, key=lambda mark: -len(mark.items))


def _path(ring: Iterable[tuple[float, float]], frame: Frame, step: float) -> str:
    cells = [(round(x / step), round(y / step)) for x, y in (frame.at(lat, lon) for lon, lat in ring)]
    kept = [cells[0], *(here for before, here in pairwise(cells) if here != before)]
    if len(kept) < 4:
        return ""
    points = [f"{x * step:.3f} {y * step:.3f}" for x, y in kept[:-1]]
    return f"M{points[0]}L{' '.join(points[1:])}z"
