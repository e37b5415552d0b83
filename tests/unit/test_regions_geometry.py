"""Regions that rules ask about: codes, groups, shapes, places with a radius, and what is taken out."""

import pytest

from watcher.model import Place
from watcher.regions import RegionError, nearest_code, region_of
from watcher.regions.geometry import Circle, ShapeError, box_of, distance_km, polygon_of


def at(lat, lon, *, country="SY", admin1="SY-HL", kind="city", others=()):
    return Place("X", "title", 0, 1, country, admin1, lat, lon, 0.9, "only place of that name", kind, others)


ALEPPO, HOMS, FIJI = at(36.2, 37.16), at(34.73, 36.71, admin1="SY-HI"), at(-17.7, 178.0, country="FJ", admin1="FJ-C")
SQUARE = [[36, 35], [39, 35], [39, 37], [36, 37]]

INSIDE = {
    "country": ("SY", ALEPPO),
    "province": ("SY-HL", ALEPPO),
    "list": (["IQ", "SY-HL"], ALEPPO),
    "any": ({"any": ["IQ", "SY"]}, ALEPPO),
    "group by name": ("Middle East", ALEPPO),
    "group by code": ("M49:145", ALEPPO),
    "group, other spelling": ("western-asia", ALEPPO),
    "continent": ("Asia", ALEPPO),
    "named": ("north", ALEPPO),
    "list of corners": ({"polygon": SQUARE}, ALEPPO),
    "geojson": ({"polygon": {"type": "Polygon", "coordinates": [SQUARE]}}, ALEPPO),
    "feature as it stands": ({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}, ALEPPO),
    "file": ({"polygon": "euphrates.geojson"}, ALEPPO),
    "box": ({"box": [36, 35, 39, 37]}, ALEPPO),
    "box over the antimeridian": ({"box": [170, -20, -170, -10]}, FIJI),
    "polygon over the antimeridian": ({"polygon": [[170, -20], [-170, -20], [-170, -10], [170, -10]]}, FIJI),
    "circle": ({"circle": {"center": [37, 36], "radius": "60 km"}}, ALEPPO),
    "town with radius": ({"place": {"name": "Manbij", "radius": "90 km"}}, ALEPPO),
    "own place": ({"place": {"name": "Humaira", "lat": 36.2, "lon": 37.1, "radius": "20 km"}}, ALEPPO),
    "excluded elsewhere": ({"any": "SY", "exclude": "SY-HI"}, ALEPPO),
    "shape or code": ({"box": [0, 0, 1, 1], "any": ["SY-HL"]}, ALEPPO),
    "exclusion of one member only": ([{"any": ["SY"], "exclude": ["SY-HL"]}, "SY-HL"], ALEPPO),
}

OUTSIDE = {
    "other province": ("SY-HL", HOMS),
    "country alone does not lie in its province": ("SY-HL", at(35, 38, admin1=None, kind="country")),
    "middle of a country is no evidence for a shape": (
        {"box": [36, 34, 39, 37]},
        at(35, 38, admin1=None, kind="country"),
    ),
    "polygon": ({"polygon": SQUARE}, HOMS),
    "box": ({"box": [36, 35, 39, 37]}, HOMS),
    "circle": ({"circle": {"center": [37, 36], "radius": "10 km"}}, ALEPPO),
    "excluded": ({"any": "SY", "exclude": ["SY-HL"]}, ALEPPO),
    "excluded from a group": ({"any": "Middle East", "exclude": "SY"}, ALEPPO),
    "excluded shape": ({"any": "SY", "exclude": {"polygon": SQUARE}}, ALEPPO),
    "hole": (
        {"polygon": {"type": "Polygon", "coordinates": [SQUARE, [[37, 36], [38, 36], [38, 36.5], [37, 36.5]]]}},
        ALEPPO,
    ),
}

FAULTS = {
    "unknown code": ("SY-HX", (), "did you mean"),
    "name for a code": ("Aleppo", (), "did you mean 'SY-HL'"),
    "misspelt group": ("middle eats", (), "did you mean 'middle east'"),
    "misspelt key": ({"polygn": SQUARE}, ("polygn",), "did you mean 'polygon'"),
    "deep in a list": (["SY", ["XX-1"]], (1, 0), "no ISO 3166 code"),
    "two corners": ({"polygon": [[1, 2], [3, 4]]}, ("polygon",), "three different corners"),
    "no number": ({"polygon": [[1, 2], [3, "x"], [4, 5]]}, ("polygon", 1, 1), "not a number"),
    "not on the globe": ({"polygon": [[1, 2], [3, 4], [400, 5]]}, ("polygon", 2), "not on the globe"),
    "point": ({"polygon": {"type": "Point", "coordinates": [1, 2]}}, ("polygon",), "has no area"),
    "box of three": ({"box": [1, 2, 3]}, ("box",), "west, south, east, north"),
    "radius": ({"circle": {"center": [1, 2], "radius": "far"}}, ("circle", "radius"), "30 km"),
    "no such town": ({"place": "Qwxyzzy"}, ("place",), "give its `lat` and `lon`"),
    "exclude alone": ({"exclude": "SY"}, (), "leaves nothing"),
    "empty": ([], (), "a region is"),
    "itself": ("loop", (), "contains itself"),
}

NAMED = {"north": {"any": ["SY-HL", "SY-ID"]}, "loop": ["SY", "loop"]}


def load(name):
    return {"type": "Polygon", "coordinates": [SQUARE]}


@pytest.mark.parametrize(("spec", "place"), INSIDE.values(), ids=INSIDE)
def test_a_place_lies_in_a_region_and_it_says_why(spec, place):
    assert "only place of that name" in region_of(spec, NAMED, load).contains(place)


@pytest.mark.parametrize(("spec", "place"), OUTSIDE.values(), ids=OUTSIDE)
def test_a_place_lies_outside(spec, place):
    assert region_of(spec, NAMED, load).contains(place) == ""


@pytest.mark.parametrize(("spec", "path", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_has_its_path_and_a_hint(spec, path, message):
    with pytest.raises(RegionError, match=message) as caught:
        region_of(spec, NAMED, load)
    assert caught.value.path[: len(path)] == path


def test_ambiguous_names_count_as_asked():
    tripoli = at(32.9, 13.2, country="LY", admin1="LY-TB", others=("LB-AS",))
    libya, lebanon = region_of("LY"), region_of("LB")
    assert libya.contains(tripoli)
    assert not libya.contains(tripoli, "skip")
    assert not lebanon.contains(tripoli)
    assert lebanon.contains(tripoli, "any") == "LB-AS: X may mean it"


def test_swapped_axes_are_read_with_a_warning():
    found = region_of({"polygon": [[10, 100], [20, 100], [20, 110], [10, 110]]})
    assert "swapped" in found.warnings[0]
    assert found.contains(at(15, 105))


def test_a_polygon_that_crosses_itself_is_read_with_a_warning():
    assert "crosses itself" in region_of({"polygon": [[0, 0], [2, 2], [2, 0], [0, 2]]}).warnings[0]


def test_a_ring_round_a_pole_holds_the_pole():
    arctic = polygon_of([[x, 66] for x in range(-180, 180, 30)], [])
    assert arctic.contains(90, 0)
    assert arctic.contains(70, -179.5)
    assert not arctic.contains(60, 10)


def test_a_box_with_south_above_north_is_turned_with_a_warning():
    warnings = []
    assert box_of([1, 40, 2, 30], warnings).contains(35, 1.5)
    assert warnings


def test_distance_and_circle_agree():
    assert distance_km(36.2, 37.16, 33.51, 36.29) == pytest.approx(309, abs=3)
    assert Circle(36.2, 37.16, 310).contains(33.51, 36.29)


def test_a_shape_error_names_the_corner():
    with pytest.raises(ShapeError) as caught:
        polygon_of([[0, 0], [1, None], [1, 1]], [])
    assert caught.value.path == (1, 1)


def test_a_code_made_of_a_name_is_suggested():
    assert nearest_code("SY-HALAB") == "SY-HL"
    assert nearest_code("UA-KHARKIV") == "UA-63"
    assert nearest_code("Syriaa") == "SY"
    assert nearest_code("Ukrain") == "UA"


def test_the_whole_world_is_no_line_along_the_antimeridian():
    world = polygon_of([[-180, -90], [180, -90], [180, 90], [-180, 90]], [])
    assert all(world.contains(lat, lon) for lat, lon in ((36, 37), (-50, -100), (0, 179)))


def test_an_edge_that_may_go_either_way_round_is_told():
    warnings = []
    polygon_of([[-100, 0], [100, 0], [100, 40], [-100, 40]], warnings)
    assert "spans more than 180 degrees" in warnings[0]


@pytest.mark.parametrize("depth", [900, 100_000])
def test_a_shape_that_is_nested_too_deep_is_refused(depth):
    nested = 37
    for _ in range(depth):
        nested = [nested]
    with pytest.raises(ShapeError, match="nested too deep"):
        polygon_of(nested, [])


@pytest.mark.parametrize(
    "ring",
    [
        [[float("nan"), 1], [2, 2], [3, 3]],
        [[1e308, 1], [2, 2], [3, 3]],
        [["a", 1], [2, 2], [3, 3]],
        [[True, 1], [2, 2], [3, 3]],
        [[1, 1], [1, 1], [1, 1]],
        {"type": "Feature", "geometry": None},
        {"type": "FeatureCollection", "features": []},
        {"type": "Point", "coordinates": [1, 2]},
        "POLYGON((1 1, 2 2, 3 3))",
    ],
)
def test_what_is_no_polygon_is_refused(ring):
    with pytest.raises(ShapeError):
        polygon_of(ring, [])


def test_a_hundred_thousand_corners_are_read_in_bounded_time():
    ring = [[36 + i / 100_000, 35 + (i % 7) / 10] for i in range(100_000)]
    assert len(polygon_of(ring, []).rings[0]) == 100_001
