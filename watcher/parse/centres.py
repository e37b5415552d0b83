"""Positions as feeds write them, the one position that stands for a line, a box or a polygon, and their corners.

Positions are latitude and longitude in degrees, nowhere checked to lie on the globe.
"""

import math
import re
from collections.abc import Sequence
from itertools import pairwise

Position = tuple[float, float]

_RADIUS = re.compile(r"\d{1,8}(?:\.\d{0,20})?")
_CIRCLE_CORNERS = 12
_MOST_CORNERS = 40
_NUMBER = re.compile(r"[-+]?\d{1,3}(?:\.\d{0,20})?")


def positions(text: str, dimension: int = 2) -> list[Position]:
    """Pairs of numbers, with any signs between them; none if one of the words is no number of degrees."""
    numbers = []
    for word in re.split(r"[\s,]+", text.strip()):
        if not _NUMBER.fullmatch(word):
            return []
        numbers.append(float(word))
    step = 3 if dimension == 3 and len(numbers) % 3 == 0 else 2
    if len(numbers) % step:
        return []
    return [(numbers[i], numbers[i + 1]) for i in range(0, len(numbers), step)]


def circle(text: str) -> list[Position]:
    """The centre of a circle, which its radius is written behind."""
    return positions(" ".join(re.split(r"[\s,]+", text.strip())[:2]))


def around(text: str, unit_km: float) -> list[Position]:
    """Corners of a circle written as a centre and, in units of so many kilometres, a radius; none if it has none."""
    numbers = re.split(r"[\s,]+", text.strip())
    middle_, radius = positions(" ".join(numbers[:2])), numbers[2] if len(numbers) > 2 else ""
    if not middle_ or not _RADIUS.fullmatch(radius):
        return []
    (lat, lon), reach = middle_[0], float(radius) * unit_km / 111.2
    wide = reach / max(0.05, math.cos(math.radians(lat)))
    turns = (math.radians(turn) for turn in range(0, 360, 360 // _CIRCLE_CORNERS))
    corners = [(lat + reach * math.sin(turn), lon + wide * math.cos(turn)) for turn in turns]
    return [_rolled(round(max(-90.0, min(90.0, y)), 4), round(x, 4)) for y, x in corners] if 0 < wide < 180 else []


def rectangle(corners: Sequence[Position]) -> list[Position]:
    """The four corners of a box, given lower left and upper right."""
    if len(corners) != 2:
        return []
    (south, west), (north, east) = corners
    return [(south, west), (south, east), (north, east), (north, west)]


def thinned(corners: Sequence[Position]) -> list[Position]:
    """At most 40 of the corners, evenly."""
    if len(corners) <= _MOST_CORNERS:
        return list(corners)
    step = len(corners) / _MOST_CORNERS
    return [corners[int(i * step)] for i in range(_MOST_CORNERS)]


def _unrolled(corners: Sequence[Position]) -> list[Position]:
    """Longitudes that run on over the antimeridian."""
    found = list(corners[:1])
    for lat, lon in corners[1:]:
        step = (lon - found[-1][1] + 180) % 360 - 180
        found.append((lat, found[-1][1] + step if abs(lon - found[-1][1]) > 180 else lon))
    return found


def _rolled(lat: float, lon: float) -> Position:
    return lat, (lon + 180) % 360 - 180 if abs(lon) > 180 else lon


def centre(corners: Sequence[Position]) -> list[Position]:
    """The middle of a box, given lower left and upper right; its west may lie in the east, over the antimeridian."""
    if len(corners) != 2:
        return []
    (south, west), (north, east) = corners
    east += 360 if east < west and abs(west) <= 180 and abs(east) <= 180 and west - east > 180 else 0
    return [_rolled((south + north) / 2, (west + east) / 2)]


def halfway(corners: Sequence[Position]) -> list[Position]:
    """The position halfway along a line."""
    line = _unrolled(corners)
    left = sum(math.dist(a, b) for a, b in pairwise(line)) / 2
    for a, b in pairwise(line):
        length = math.dist(a, b)
        if length and left <= length:
            return [_rolled(a[0] + (b[0] - a[0]) * left / length, a[1] + (b[1] - a[1]) * left / length)]
        left -= length
    return line[:1]


def middle(corners: Sequence[Position]) -> list[Position]:
    """The centre of a polygon's area; of one without an area the mean of its corners."""
    ring = _unrolled(corners)
    if len(ring) < 3:
        return halfway(ring)
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    area = lat = lon = 0.0
    y0, x0 = ring[0]
    for (y1, x1), (y2, x2) in pairwise(ring):
        cross = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        area, lat, lon = area + cross, lat + (y0 + y1 + y2) * cross / 3, lon + (x0 + x1 + x2) * cross / 3
    if area and min(y for y, _ in ring) <= lat / area <= max(y for y, _ in ring):
        return [_rolled(lat / area, lon / area)]
    return [_rolled(*(math.fsum(values) / (len(ring) - 1) for values in zip(*ring[:-1], strict=True)))]
