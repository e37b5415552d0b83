"""Places of the user: GeoNames files, tables and GeoJSON become a gazetteer that is read beside the shipped one."""

import json

import pytest

from watcher.cli.places import features_of
from watcher.model import Entry, Place
from watcher.regions import own, resolver

GEONAMES = (
    "99\tUmm Qusayr\tUmm Qusayr\tOum Kousseir,أم القصير\t36.30\t37.40\tP\tPPL\tSY\t\t09"
    "\t\t\t\t120\t\t390\tAsia/Damascus\t2020"
)
CSV = "ADM4_PCODE,Name,name_ar,Latitude,Longitude\nSY1,Umm Qusayr,أم القصير,36.30,37.40\n"
HXL = "name;lat;lon\n#loc+name;#geo+lat;#geo+lon\nUmm Qusayr;36,30;37,40\n"
GEOJSON = json.dumps({
    "type": "FeatureCollection",
    "features": [{
        "type": "Feature", "properties": {"name": "Umm Qusayr", "name_ar": "أم القصير"},
        "geometry": {"type": "Point", "coordinates": [37.40, 36.30]},
    }],
})  # fmt: skip

HDX = """admin1Name_en,admin1Pcode,admin4Name_en,admin4Name_ar,admin4Pcode,LATITUDE_Y,LONGITUDE_X
#adm1+name,#adm1+code,#loc+name,#loc+name+ar,#loc+code,#geo+lat,#geo+lon
Aleppo,SY02,Umm Qusayr,أم القصير,C1001,36.30,37.40
"""
TAGS = "Gemeinde,Breite,Länge\n#loc +name,#geo +lat,#geo +lon\nUmm Qusayr,36.30,37.40\n"

FILES = {
    "hdx": ("a.csv", HDX),
    "tags of hxl alone": ("a.csv", TAGS.replace(" +", "+")),
    "geonames": ("SY.txt", GEONAMES),
    "csv": ("a.csv", CSV),
    "hxl": ("a.csv", HXL),
    "hxl without heads": ("a.csv", HXL.split("\n", 1)[1]),
    "geojson": ("a.geojson", GEOJSON),
}


@pytest.mark.parametrize(("name", "text"), FILES.values(), ids=FILES)
def test_every_kind_of_file_gives_its_place_in_its_province(name, text):
    found = own.read(name, text)
    assert (found.faults, found.warnings) == ([], [])
    (row,) = found.rows
    assert (row.names[0], row.country, row.admin1) == ("Umm Qusayr", "SY", "SY-HL")
    assert (row.lat, row.lon) == (36.30, 37.40)


def test_an_imported_village_is_found_by_all_its_names(tmp_path):
    path = tmp_path / "own.wgaz"
    path.write_bytes(own.compiled(own.read("SY.txt", GEONAMES).rows))
    for title in ("Two killed in Umm Qusayr", "قصف على أم القصير", "Clashes near Oum Kousseir"):
        assert "SY-HL" in resolver(path).locate(Entry(id="x", title=title), precision="balanced").regions, title


ROWS = {
    "no position": ("name,lat,lon\nXa,,\n", "2: 'Xa' has no position"),
    "swapped": (
        "name,lat,lon\nXa,137.4,36.3\n",
        "2: 'Xa' lies off the globe (137.4, 36.3): are latitude and longitude swapped?",
    ),
    "at sea": ("name,lat,lon\nXa,0,-30\n", "2: 'Xa' lies in no country: name one with --country"),
    "no name": ("name,lat,lon\n,36,37\n", "2: it has no name of two letters or more"),
}


@pytest.mark.parametrize(("text", "fault"), ROWS.values(), ids=ROWS)
def test_a_row_that_is_no_place_is_told_with_its_line(text, fault):
    assert own.read("a.csv", text) == own.Reading([], [fault], [])


FILES_WRONG = {"no columns": ("a.csv", "a,b\n1,2\n", "lat, lon not in: a, b"), "no json": ("a.json", "{", "no JSON"),
               "no collection": ("a.json", "[]", "FeatureCollection")}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "message"), FILES_WRONG.values(), ids=FILES_WRONG)
def test_a_file_of_no_known_kind_is_refused(name, text, message):
    with pytest.raises(ValueError, match=message):
        own.read(name, text)


def test_a_story_becomes_one_point_for_each_position():
    here = Place("Aleppo", "title", 0, 6, "SY", "SY-HL", 36.2, 37.16, 0.9, "province named", "city")
    nowhere = Place("Syria", "title", 0, 5, "SY", None, None, None, 0.9, "country named", "country")
    row = dict.fromkeys(("title", "outlet", "link", "first_seen_at", "updated_at", "members")) | {"story": 7}
    features = features_of(row | {"places": (here, here, nowhere)})
    assert [f["geometry"]["coordinates"] for f in features] == [[37.16, 36.2]]
    assert features[0]["properties"]["story"] == 7


def test_a_country_is_a_point_only_where_nothing_finer_is_known():
    city = Place("Kharkiv", "title", 18, 25, "UA", "UA-63", 49.98, 36.25, 0.9, "only place of that name", "city")
    country = Place("Russian", "title", 0, 7, "RU", None, 60.0, 100.0, 0.9, "adjective or inhabitant", "country")
    row = dict.fromkeys(("title", "outlet", "link", "first_seen_at", "updated_at", "members")) | {"story": 7}
    assert [f["properties"]["place"]["name"] for f in features_of(row | {"places": (country, city)})] == ["Kharkiv"]
    assert [f["properties"]["place"]["name"] for f in features_of(row | {"places": (country,)})] == ["Russian"]


def test_a_table_of_levels_gives_the_names_of_its_deepest_only():
    (row,) = own.read("a.csv", HDX).rows
    assert row.names == ("Umm Qusayr", "أم القصير")


def test_swapped_positions_are_set_right_and_told_where_the_country_shows_them():
    found = own.read("a.csv", "name,lat,lon\nUmm Qusayr,37.40,36.10\nIdlib,35.93,36.63\n", "SY")
    assert [(row.lat, row.lon) for row in found.rows] == [(36.10, 37.40), (35.93, 36.63)]
    assert found.warnings == ["2: 'Umm Qusayr' has latitude and longitude swapped: read the other way round"]


def test_a_country_that_is_none_is_refused():
    with pytest.raises(ValueError, match="'SYR' is no ISO 3166-1 code"):
        own.read("a.csv", CSV, "SYR")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_the_encodings_of_spreadsheets(encoding):
    assert own.decode(CSV.encode(encoding)) == CSV


def test_a_file_in_another_encoding_is_refused():
    with pytest.raises(ValueError, match="not UTF-8 text: save it as UTF-8"):
        own.decode(CSV.encode("cp1256"))


def test_codes_of_airports_are_no_names():
    (row,) = own.read("SY.txt", GEONAMES.replace("Oum Kousseir", "UMQ,Q1234,Oum Kousseir")).rows
    assert row.names == ("Umm Qusayr", "Oum Kousseir", "أم القصير")


def test_a_country_file_is_read_in_bounded_time():
    lines = [GEONAMES.replace("36.30", f"{32.5 + n % 400 / 100}").replace("Umm", f"Umm{n}") for n in range(5000)]
    assert len(own.read("SY.txt", "\n".join(lines)).rows) == 5000
