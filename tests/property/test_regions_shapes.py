"""Shapes against brute force."""

import functools
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.model import Place
from watcher.parse import centres
from watcher.regions import region_of
from watcher.regions.explicit import provinces
from watcher.regions.geometry import box_of, polygon_of

lons = st.integers(-170, 170)
lats = st.integers(-80, 80)
corners = st.lists(st.tuples(lons, lats), min_size=3, max_size=9, unique=True)


def winding_parity(ring, lon, lat):
    """Half-turns that the ring makes round a position: odd inside, by angles instead of crossings."""
    total = 0.0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        turn = math.atan2(y2 - lat, x2 - lon) - math.atan2(y1 - lat, x1 - lon)
        total += (turn + math.pi) % (2 * math.pi) - math.pi
    return round(total / (2 * math.pi)) % 2 == 1


@given(corners, lons, lats)
def test_polygon_equals_winding_by_angles(ring, lon, lat):
    spread = max(x for x, _ in ring) - min(x for x, _ in ring)
    if spread > 170:  # an edge might go the short way over the antimeridian
        ring = [(x // 3, y) for x, y in ring]
        lon //= 3
    if len(set(ring)) < 3:
        return
    x, y = lon + 0.37, lat + 0.41  # off the corners and the lattice
    if any(
        abs((b - y) * (c - x) - (d - y) * (a - x)) < 1e-9
        for (a, b), (c, d) in zip(ring, ring[1:] + ring[:1], strict=True)
    ):
        return
    assert polygon_of([list(p) for p in ring], []).contains(y, x) == winding_parity(ring, x, y)


@given(lons, lats, st.integers(1, 9), st.integers(1, 9), lons, lats)
def test_a_box_equals_its_polygon(west, south, width, height, lon, lat):
    east, north = west + width, south + height
    box = box_of([west, south, east, north], [])
    ring = polygon_of([[west, south], [east, south], [east, north], [west, north]], [])
    assert box.contains(lat + 0.5, lon + 0.5) == ring.contains(lat + 0.5, lon + 0.5)


@given(corners, st.lists(st.tuples(lats, lons), max_size=12))
def test_a_regions_places_are_those_in_its_polygon(ring, positions):
    polygon = [[x // 3, y] for x, y in ring]
    if len({tuple(p) for p in polygon}) < 3:
        return
    places = [
        Place("X", "title", 0, 1, "SY", None, lat + 0.41, lon / 3 + 0.37, 0.9, "", "city") for lat, lon in positions
    ]
    region, shape = region_of({"polygon": polygon}), polygon_of(polygon, [])
    assert [bool(region.contains(p)) for p in places] == [shape.contains(p.lat, p.lon) for p in places]


@functools.cache
def rings_of(known):
    """All rings once, with the numbers of their provinces."""
    return list(
        {(number, box): (number, shape) for band in known._bands.values() for number, box, shape in band}.values()
    )


@settings(max_examples=40, deadline=None)
@given(st.floats(-89, 89), st.floats(-179, 179))
def test_the_province_of_a_position_is_that_of_brute_force(lat, lon):
    known, inside = provinces(), {}
    for number, shape in rings_of(known):
        inside[number] = inside.get(number, 0) + shape.contains(lat, lon)
    assert known.at(lat, lon) == next((known._codes[n] for n in sorted(inside) if inside[n] % 2), "")


@given(st.lists(st.tuples(st.integers(-89, 89), st.integers(-60, 60)), min_size=3, max_size=9))
def test_the_middle_of_a_polygon_lies_in_the_box_around_it(ring):
    ((lat, _),) = centres.middle(ring)
    assert min(y for y, _ in ring) - 1e-6 <= lat <= max(y for y, _ in ring) + 1e-6


@given(st.text(alphabet="0123456789.,-+ eEnaif\n", max_size=60))
def test_positions_are_pairs_of_numbers_or_nothing(text):
    assert all(math.isfinite(lat) and math.isfinite(lon) for lat, lon in centres.positions(text))
