"""Shapes against brute force."""

import math

from hypothesis import given
from hypothesis import strategies as st

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
