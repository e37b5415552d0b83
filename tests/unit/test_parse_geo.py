"""Positions and codes that entries give: every form of GeoRSS, W3C geo, GDACS and CAP, in documents written here."""

from datetime import UTC, datetime

import pytest

from watcher import regions
from watcher.model import ParsedFeed, Point
from watcher.parse import parse_feed

SPACES = """xmlns:georss="http://www.georss.org/georss" xmlns:gml="http://www.opengis.net/gml"
 xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#" xmlns:gdacs="http://www.gdacs.org"
 xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2" """


def parsed(body):
    result = parse_feed(body.encode(), now=datetime(2026, 6, 1, tzinfo=UTC))
    assert isinstance(result, ParsedFeed), result
    return result


def rss(*items):
    inner = "".join(f"<item><guid>{n}</guid><title>x</title>{item}</item>" for n, item in enumerate(items))
    return f'<rss version="2.0" {SPACES}><channel><title>T</title>{inner}</channel></rss>'


def atom(*entries):
    inner = "".join(f"<entry><id>{n}</id><title>x</title>{entry}</entry>" for n, entry in enumerate(entries))
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {SPACES}><id>f</id><title>T</title>{inner}</feed>'


RING = "<gml:LinearRing><gml:posList>36 37 36 39 38 39 38 37 36 37</gml:posList></gml:LinearRing>"
HOLE = "<gml:LinearRing><gml:posList>36 37 36 37.1 36.1 37.1 36 37</gml:posList></gml:LinearRing>"
FORMS = {
    "georss point": ("<georss:point>36.2 37.15</georss:point>", [(36.2, 37.15)]),
    "georss point with a comma": ("<georss:point> 36.2, 37.15\n</georss:point>", [(36.2, 37.15)]),
    "two points": ("<georss:point>36 37</georss:point><georss:point>33 36</georss:point>", [(36, 37), (33, 36)]),
    "the same twice": ("<georss:point>36 37</georss:point><geo:lat>36</geo:lat><geo:long>37</geo:long>", [(36, 37)]),
    "georss line": ("<georss:line>36 37 36 38 36 41</georss:line>", [(36, 39)]),
    "georss box": ("<georss:box>36 37 38 39</georss:box>", [(37, 38)]),
    "georss box over the antimeridian": ("<georss:box>-18 177 -16 -178</georss:box>", [(-17, 179.5)]),
    "georss polygon": ("<georss:polygon>36 37 36 39 38 39 38 37 36 37</georss:polygon>", [(37, 38)]),
    "polygon with more corners on one side": (
        "<georss:polygon>36 37 36 37.5 36 38 36 38.5 36 39 38 39 38 37 36 37</georss:polygon>",
        [(37, 38)],
    ),
    "polygon over the antimeridian": (
        "<georss:polygon>-18 179 -18 -179 -16 -179 -16 179 -18 179</georss:polygon>",
        [(-17, 180)],
    ),
    "polygon that crosses itself": ("<georss:polygon>36 37 38 39 38 37 36 39 36 37</georss:polygon>", [(37, 38)]),
    "georss circle": ("<georss:circle>36.2 37.15 5000</georss:circle>", [(36.2, 37.15)]),
    "gml point": ("<georss:where><gml:Point><gml:pos>36.2 37.15</gml:pos></gml:Point></georss:where>", [(36.2, 37.15)]),
    "gml point, longitude first": (
        ('<georss:where><gml:Point srsName="urn:ogc:def:crs:OGC:1.3:CRS84"><gml:pos>37.15 36.2</gml:pos></gml:Point>'
        "</georss:where>"),
        [(36.2, 37.15)],
    ),
    "gml point with a height": (
        ('<georss:where><gml:Point srsDimension="3"><gml:pos srsDimension="3">36.2 37.15 390</gml:pos></gml:Point>'
        "</georss:where>"),
        [(36.2, 37.15)],
    ),
    "gml line": (
        "<georss:where><gml:LineString><gml:posList>36 37 36 39</gml:posList></gml:LineString></georss:where>",
        [(36, 38)],
    ),
    "gml polygon with a hole": (
        (f"<georss:where><gml:Polygon><gml:exterior>{RING}</gml:exterior><gml:interior>{HOLE}</gml:interior>"
        "</gml:Polygon></georss:where>"),
        [(37, 38)],
    ),
    "gml envelope": (
        ("<georss:where><gml:Envelope><gml:lowerCorner>36 37</gml:lowerCorner><gml:upperCorner>38 39</gml:upperCorner>"
        "</gml:Envelope></georss:where>"),
        [(37, 38)],
    ),
    "gml circle": (
        ("<georss:where><gml:CircleByCenterPoint><gml:pos>36.2 37.15</gml:pos><gml:radius uom='m'>9</gml:radius>"
        "</gml:CircleByCenterPoint></georss:where>"),
        [(36.2, 37.15)],
    ),
    "w3c": ("<geo:lat>36.2</geo:lat><geo:long>37.15</geo:long>", [(36.2, 37.15)]),
    "w3c, longitude first": ("<geo:long>37.15</geo:long><geo:lat>36.2</geo:lat>", [(36.2, 37.15)]),
    "w3c in a point": ("<geo:Point><geo:lat>36.2</geo:lat><geo:long>37.15</geo:long></geo:Point>", [(36.2, 37.15)]),
    "w3c pair": ("<geo:lat_long>36.2,37.15</geo:lat_long>", [(36.2, 37.15)]),
    "gdacs box alone": ("<gdacs:bbox>37 39 36 38</gdacs:bbox>", [(37, 38)]),
    "gdacs box and point": (
        "<gdacs:bbox>30 50 30 50</gdacs:bbox><geo:Point><geo:lat>36.2</geo:lat><geo:long>37.15</geo:long></geo:Point>",
        [(36.2, 37.15)],
    ),
    "cap polygon": ("<cap:polygon>36,37 36,39 38,39 38,37 36,37</cap:polygon>", [(37, 38)]),
    "cap polygons": (
        "<cap:polygon>36,37 36,39 38,39 38,37 36,37</cap:polygon><cap:polygon>1,1 1,3 3,3 3,1 1,1</cap:polygon>",
        [(37, 38), (2, 2)],
    ),
    "cap circle": ("<cap:circle>36.2,37.15 20.5</cap:circle>", [(36.2, 37.15)]),
    "words": ("<georss:point>here</georss:point>", []),
    "half a point": ("<georss:point>36.2</georss:point>", []),
    "an odd number of numbers": ("<georss:polygon>36 37 36</georss:polygon>", []),
    "no number": ("<geo:lat>nan</geo:lat><geo:long>inf</geo:long>", []),
    "empty": ("<georss:point/><cap:polygon></cap:polygon><gdacs:bbox/>", []),
}  # fmt: skip


@pytest.mark.parametrize("write", [rss, atom])
@pytest.mark.parametrize(("inside", "positions"), FORMS.values(), ids=FORMS)
def test_a_position_in_each_form(write, inside, positions):
    (entry,) = parsed(write(inside)).entries
    assert entry.points == tuple(Point(lat, lon) for lat, lon in positions)


CODES = {
    "gdacs": ("<gdacs:iso3>SYR</gdacs:iso3>", {"SY"}),
    "cap geocode": (
        "<cap:geocode><cap:valueName>ISO 3166-2</cap:valueName><cap:value>SY-HL</cap:value></cap:geocode>",
        {"SY", "SY-HL"},
    ),
    "cap geocode in the feed's namespace": (
        "<cap:geocode><valueName>ISO3166-2</valueName><value>SY-HL SY-ID</value></cap:geocode>",
        {"SY", "SY-HL", "SY-ID"},
    ),
    "cap counties of the us": (
        ("<cap:geocode><valueName>FIPS6</valueName><value>048113 048085</value>"
        "<valueName>UGC</valueName><value>TXC113</value></cap:geocode>"),
        {"US", "US-TX"},
    ),
    "cap areas of europe": (
        ("<cap:geocode><valueName>EMMA_ID</valueName><value>FR433</value></cap:geocode>"
        "<cap:geocode><valueName>NUTS3</valueName><value>EL522</value></cap:geocode>"),
        {"FR", "GR"},
    ),
    "category by its scheme": ('<category domain="https://example.org/iso-3166-1">SY</category>', {"SY"}),
    "category that says so": ("<category>country:sy</category>", {"SY"}),
    "category of three letters": ("<category>ISO 3166-1: SYR</category>", {"SY"}),
    "category of a province": ("<category>SY-HL</category>", {"SY", "SY-HL"}),
    "two letters may be anything": ("<category>IT</category><category>US</category>", set()),
    "an unknown code": ("<category>SY-ZZ</category><gdacs:iso3>XXX</gdacs:iso3>", set()),
}  # fmt: skip


@pytest.mark.parametrize(("inside", "codes"), CODES.values(), ids=CODES)
def test_a_code_in_each_form(inside, codes):
    (entry,) = parsed(rss(inside)).entries
    assert set(regions.locate(entry).regions) == codes


def test_each_entry_has_its_own():
    result = parsed(rss("<georss:point>36 37</georss:point>", "", "<geo:lat>33</geo:lat>", "<geo:long>36</geo:long>"))
    assert [entry.points for entry in result.entries] == [(Point(36, 37),), (), (), ()]


def test_a_position_of_the_whole_feed_is_no_entrys():
    body = rss("").replace("<title>T</title>", "<title>T</title><georss:point>36 37</georss:point>")
    assert parsed(body).entries[0].points == ()


def test_swapped_latitude_and_longitude_are_set_right_and_told():
    result = parsed(rss("<georss:point>137.15 36.2</georss:point>", "<georss:point>36.2 137.15</georss:point>"))
    assert [entry.points for entry in result.entries] == [(Point(36.2, 137.15),)] * 2
    told = "1 of 2 entries have latitude and longitude swapped; they were read the other way round"
    assert result.notes == (told,)


@pytest.mark.parametrize("point", ["0 0", "200 300", "-91 -91"])
def test_a_position_that_is_none_is_told(point):
    result = parsed(rss(f"<georss:point>{point}</georss:point>"))
    assert result.entries[0].points == ()
    assert result.notes == ("1 of 1 entries have a position that is none (0,0 or off the globe); it was left out",)


def test_thousands_of_positions_are_bounded():
    result = parsed(rss("".join(f"<georss:point>{n / 1000} 37</georss:point>" for n in range(1, 5000))))
    assert len(result.entries[0].points) == 50


def test_a_huge_polygon_takes_no_time():
    corners = " ".join(f"36.{n % 1000:03} 37.{n * 7 % 1000:03}" for n in range(100_000))
    assert len(parsed(rss(f"<georss:polygon>{corners}</georss:polygon>")).entries[0].points) <= 1


def test_undeclared_prefixes_are_taken_for_what_they_usually_mean():
    body = rss("<georss:point>36 37</georss:point>").replace(SPACES, "")
    assert parsed(body).entries[0].points == (Point(36, 37),)


QUAKES = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:georss="http://www.georss.org/georss">
<title>Earthquakes, past day</title><id>https://quakes.example/day.atom</id>
<entry><id>urn:quake:1</id><title>M 5.1 - 12 km NE of a town</title><georss:point>36.53 37.95</georss:point>
<georss:elev>-10000</georss:elev><category term="Past Day"/></entry>
<entry><id>urn:quake:2</id><title>M 6.0 - mid-ocean ridge</title><georss:point>0.9 -28.4</georss:point></entry>
</feed>"""
DISASTERS = """<rss version="2.0"
 xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#" xmlns:gdacs="http://www.gdacs.org"
 xmlns:georss="http://www.georss.org/georss"><channel><title>Disaster alerts</title>
<item><guid isPermaLink="false">FL1</guid><title>Green flood alert</title><georss:point>15.6 32.53</georss:point>
<geo:Point><geo:lat>15.6</geo:lat><geo:long>32.53</geo:long></geo:Point><gdacs:bbox>31 34 14 17</gdacs:bbox>
<gdacs:country>Sudan</gdacs:country><gdacs:iso3>SDN</gdacs:iso3></item></channel></rss>"""
WARNINGS = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2">
<title>Weather</title><id>https://weather.example/</id><entry><id>w1</id><title>Orange wind warning</title>
<cap:areaDesc>North coast</cap:areaDesc>
<cap:severity>Severe</cap:severity><cap:polygon>35.4,35.7 35.4,36.0 35.7,36.0 35.7,35.7 35.4,35.7</cap:polygon>
<cap:geocode><valueName>ISO 3166-2</valueName><value>SY-LA</value></cap:geocode></entry></feed>"""
DOCUMENTS = {
    "quakes": (QUAKES, [{"SY", "SY-HL"}, set()]),
    "disasters": (DISASTERS, [{"SD", "SD-KH"}]),
    "warnings": (WARNINGS, [{"SY", "SY-LA"}]),
}


@pytest.mark.parametrize(("body", "codes"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_whole_document_leads_to_its_provinces(body, codes):
    assert [set(regions.locate(entry).regions) for entry in parsed(body).entries] == codes


POSITIONS = {
    "Gaza, which Natural Earth has without governorates": ((31.5, 34.46), "PS-GZA"),
    "Rafah": ((31.29, 34.25), "PS-RFH"),
    "Hebron": ((31.53, 35.1), "PS-HBN"),
    "Golan, which GeoNames lists under Syria": ((33.0, 35.8), "SY-QU"),
    "Crimea": ((44.95, 34.1), "UA-43"),
    "Kosovo, which has no codes of provinces": ((42.66, 21.16), "XK"),
    "Western Sahara": ((27.15, -13.2), "EH"),
    "Taipei": ((25.03, 121.5), "TW-TPE"),
    "Hargeisa": ((9.56, 44.06), "SO-WO"),
    "Nicosia's north": ((35.33, 33.32), "CY-06"),
    "Nairobi, whose counties are newer than the polygons": ((-1.29, 36.82), "KE-30"),
    "an island that the simplified coast leaves out": ((69.65, 18.96), "NO-55"),
    "a department lies in its region": ((43.3, 5.4), "FR-PAC"),
}


@pytest.mark.parametrize(("position", "code"), POSITIONS.values(), ids=POSITIONS)
def test_a_position_leads_to_its_province(position, code):
    (entry,) = parsed(rss("<georss:point>{} {}</georss:point>".format(*position))).entries
    assert code in regions.locate(entry).regions


@pytest.mark.parametrize("position", [(89.99, 10), (-90, 180), (-16.9, 179.99), (0.9, -28.4)])
def test_poles_the_antimeridian_and_the_sea_do_no_harm(position):
    (entry,) = parsed(rss("<georss:point>{} {}</georss:point>".format(*position))).entries
    assert regions.locate(entry).places
