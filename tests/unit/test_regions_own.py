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

FILES = {
    "geonames": ("SY.txt", GEONAMES),
    "csv": ("a.csv", CSV),
    "hxl": ("a.csv", HXL),
    "geojson": ("a.geojson", GEOJSON),
}


@pytest.mark.parametrize(("name", "text"), FILES.values(), ids=FILES)
def test_every_kind_of_file_gives_its_place_in_its_province(name, text):
    rows, faults = own.read(name, text)
    assert faults == []
    assert [(r.names[0], r.country, r.admin1) for r in rows] == [("Umm Qusayr", "SY", "SY-HL")]
    assert (rows[0].lat, rows[0].lon) == (36.30, 37.40)


def test_an_imported_village_is_found_by_all_its_names(tmp_path):
    path = tmp_path / "own.wgaz"
    path.write_bytes(own.compiled(own.read("SY.txt", GEONAMES)[0]))
    for title in ("Two killed in Umm Qusayr", "قصف على أم القصير", "Clashes near Oum Kousseir"):
        assert "SY-HL" in resolver(path).locate(Entry(id="x", title=title), precision="balanced").regions, title


ROWS = {
    "no position": ("name,lat,lon\nX,,\n", "2: 'X' has no position"),
    "swapped": (
        "name,lat,lon\nX,137.4,36.3\n",
        "2: 'X' lies off the globe (137.4, 36.3): are latitude and longitude swapped?",
    ),
    "at sea": ("name,lat,lon\nX,0,-30\n", "2: 'X' lies in no country: name one with --country"),
    "no name": ("name,lat,lon\n,36,37\n", "2: it has no name"),
}


@pytest.mark.parametrize(("text", "fault"), ROWS.values(), ids=ROWS)
def test_a_row_that_is_no_place_is_told_with_its_line(text, fault):
    assert own.read("a.csv", text) == ([], [fault])


FILES_WRONG = {"no columns": ("a.csv", "a,b\n1,2\n", "lat, lon not found"), "no json": ("a.json", "{", "no JSON"),
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
