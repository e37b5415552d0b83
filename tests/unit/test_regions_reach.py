"""A shape that an entry gives meets a region that it reaches into, wherever its middle lies."""

import pytest

from tests.unit.rules_try import NOW, rules_of
from tests.unit.test_parse_geo import parsed, rss
from watcher import regions
from watcher.archive import entry_as_json, entry_of
from watcher.model import Entry, Point

ALEPPO = ((35.9, 36.4), (35.9, 37.4), (36.6, 37.4), (36.6, 36.4))
FIJI = ((-20.0, 175.0), (-20.0, -175.0), (-15.0, -175.0), (-15.0, 175.0))
#: Region, shape, whether it reaches.
SHAPES = {
    "province of the middle": ("SY-HL", ALEPPO, True),
    "province at the edge": ("SY-ID", ALEPPO, True),
    "province beyond": ("SY-HA", ALEPPO, False),
    "country": ("SY", ALEPPO, True),
    "country beyond": ("IQ", ALEPPO, False),
    "group": ("Middle East", ALEPPO, True),
    "circle smaller than the meshes": ({"circle": {"center": [36.93, 36.23], "radius": "1 km"}}, ALEPPO, True),
    "circle beyond": ({"circle": {"center": [40.0, 36.2], "radius": "5 km"}}, ALEPPO, False),
    "box inside": ({"box": [36.81, 36.01, 36.82, 36.02]}, ALEPPO, True),
    "box around": ({"box": [30, 30, 45, 40]}, ALEPPO, True),
    "polygon that overlaps": ({"polygon": [[37.3, 36.5], [39, 36.5], [39, 38], [37.3, 38]]}, ALEPPO, True),
    "taken out": ({"any": "SY", "exclude": {"box": [30, 30, 45, 40]}}, ALEPPO, False),
    "over the antimeridian": ("FJ", FIJI, True),
    "on the other side of the globe": ({"box": [-10, -18, 10, -16]}, FIJI, False),
    "no shape": ("SY", (), False),
}


@pytest.mark.parametrize(("spec", "area", "expected"), SHAPES.values(), ids=SHAPES)
def test_a_shape_reaches_into_a_region(spec, area, expected):
    assert bool(regions.region_of(spec).reached_by(area)) is expected


FORMS = {
    "polygon": ("<georss:polygon>36 36 36 38 37 38 37 36 36 36</georss:polygon>", 5),
    "box": ("<georss:box>36 36 37 38</georss:box>", 4),
    "line": ("<georss:line>36 36 36 38</georss:line>", 2),
    "circle, in metres": ("<georss:circle>36.5 37 60000</georss:circle>", 12),
    "cap circle, in kilometres": ("<cap:circle>36.5,37 60</cap:circle>", 12),
    "cap polygon": ("<cap:polygon>36,36 36,38 37,38 37,36 36,36</cap:polygon>", 5),
    "gml polygon": (
        (
            "<georss:where><gml:Polygon><gml:exterior><gml:LinearRing>"
            "<gml:posList>36 36 36 38 37 38 36 36</gml:posList></gml:LinearRing></gml:exterior>"
            "</gml:Polygon></georss:where>"
        ),
        4,
    ),
    "point": ("<georss:point>36.5 37</georss:point>", 0),
    "circle without a radius": ("<georss:circle>36.5 37</georss:circle>", 0),
    "circle around the globe": ("<georss:circle>36.5 37 90000000</georss:circle>", 0),
}


@pytest.mark.parametrize(("inside", "corners"), FORMS.values(), ids=FORMS)
def test_a_position_keeps_the_corners_of_its_shape(inside, corners):
    (point,) = parsed(rss(inside)).entries[0].points
    assert len(point.area) == corners


def test_a_circle_is_as_wide_as_it_says():
    (point,) = parsed(rss("<cap:circle>36.5,37 55.6</cap:circle>")).entries[0].points
    assert max(lat for lat, _ in point.area) == pytest.approx(37.0, abs=0.01)


@pytest.mark.parametrize(("region", "met"), [("SY-HL", True), ("SY-ID", True), ("SY-HA", False)])
def test_a_rule_is_met_by_a_shape_whose_middle_lies_elsewhere(region, met):
    entry = Entry(id="x", title="Storm warning", points=(Point(36.25, 36.9, ALEPPO),))
    matches = rules_of({"region": region}).match(entry, feed=None, places=lambda: regions.locate(entry), now=NOW)
    assert [m.rule for m in matches] == ["r"] * met
    assert all(region in m.evidence[0].text for m in matches)


def test_a_shape_survives_the_archive():
    entry = Entry(id="x", title="Storm warning", points=(Point(36.25, 36.9, ALEPPO), Point(1.0, 2.0)))
    read = entry_of(entry_as_json(entry))
    assert [p.area for p in read.points] == [ALEPPO, ()]
