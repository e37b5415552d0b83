"""`gazetteer import` and `locate` as their user runs them."""

import json

import commands


def watcher(folder, *arguments, stdin="", status=0):
    ended = commands.run(folder, *arguments, stdin=stdin)
    assert ended.returncode == status, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stdout + ended.stderr


def test_an_imported_village_is_located(tmp_path):
    (tmp_path / "villages.csv").write_text("name,lat,lon\nUmm Qusayr,36.30,37.40\n", "utf-8")
    line = json.dumps({"id": "1", "title": "Two killed in Umm Qusayr"})
    assert json.loads(watcher(tmp_path, "locate", stdin=line))["places"] == []
    assert "1 place written" in watcher(tmp_path, "gazetteer", "import", "villages.csv")
    (place,) = json.loads(watcher(tmp_path, "locate", stdin=line))["places"]
    assert (place["name"], place["admin1"]) == ("Umm Qusayr", "SY-HL")


def test_places_are_located_though_a_rule_has_a_mistake(tmp_path):
    (tmp_path / "config.yaml").write_text("rules: rules.yaml\n", "utf-8")
    (tmp_path / "rules.yaml").write_text(
        "regions: {camp: {place: {name: Tell Zilqa, lat: 36.3, lon: 37.4}}}\n"
        "rules: [{id: r, when: {any: [$nobody]}, receivers: []}]\n",
        "utf-8",
    )
    line = '{"id": 1, "title": "Raid in Tell Zilqa, Aleppo province"}'
    ended = commands.run(tmp_path, "locate", stdin=line)
    assert ended.returncode == 0, ended.stderr
    assert "warning: rules.yaml:2" in ended.stderr
    assert "Tell Zilqa" in [place["name"] for place in json.loads(ended.stdout)["places"]]


def test_a_damaged_gazetteer_is_told_in_one_line(tmp_path):
    (tmp_path / "gazetteer.wgaz").write_bytes(b"nonsense")
    told = watcher(tmp_path, "locate", stdin='{"id": 1, "title": "x"}', status=1)
    assert "gazetteer.wgaz" in told
    assert "import it anew" in told


def test_an_unknown_precision_is_a_usage_error(tmp_path):
    assert "strict, balanced or broad" in watcher(tmp_path, "locate", "--precision", "vague", status=2)


def test_several_files_are_imported_at_once_and_a_second_import_says_what_it_replaces(tmp_path):
    (tmp_path / "a.csv").write_text("name,lat,lon\nUmm Qusayr,36.30,37.40\n", "utf-8")
    (tmp_path / "b.csv").write_text("name,lat,lon\nTell Zilqa,36.31,37.41\nNowhere,,\n", "utf-8")
    told = watcher(tmp_path, "gazetteer", "import", "a.csv", "b.csv", status=1)
    assert "b.csv:3: 'Nowhere' has no position" in told
    assert "2 places written to gazetteer.wgaz, 1 row left out" in told
    line = json.dumps({"id": "1", "title": "Two killed in Umm Qusayr and in Tell Zilqa"})
    assert len(json.loads(watcher(tmp_path, "locate", stdin=line))["places"]) == 2
    told = watcher(tmp_path, "gazetteer", "import", "a.csv")
    assert "they replace the 2 that it held: to keep those too, name all files at once" in told


def test_a_place_that_a_rule_defines_is_located(tmp_path):
    (tmp_path / "config.yaml").write_text(
        "rules: rules.yaml\nfeeds:\n  - {id: a, url: 'http://127.0.0.1:9/feed'}\n", "utf-8"
    )
    (tmp_path / "rules.yaml").write_text(
        "regions:\n  humaira: {place: {name: Humaira, lat: 36.2, lon: 37.3, aliases: [الحميرة]}}\n"
        "rules:\n  - {id: r, receivers: [], when: {region: humaira}}\n",
        "utf-8",
    )
    line = json.dumps({"id": "1", "title": "قصف على الحميرة"})
    (place,) = json.loads(watcher(tmp_path, "locate", stdin=line))["places"]
    assert (place["name"], place["admin1"]) == ("الحميرة", "SY-HL")
