"""What the page gives to other programs, and that nobody else gets anything."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from lxml import etree
from pageseed import EVIL, NOW, RAID

from watcher.parse import parse_feed
from watcher.web import Door


def test_a_rule_has_an_atom_feed_that_watcher_itself_can_read(page):
    answer = page.get("/feeds/raid.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    found = parse_feed(
        answer.content, now=NOW, url="http://127.0.0.1/feeds/raid.atom", content_type=answer.headers["content-type"]
    )
    assert (found.title, found.notes) == ("IS figure captured or killed", ())
    assert [entry.title for entry in found.entries] == [f"Update: {RAID}", RAID]
    assert found.entries[0].summary.startswith("killed: 12 → 15")
    assert found.entries[1].link == "https://atalayar.example/1"
    assert found.entries[1].published_at == NOW
    assert len({entry.id for entry in found.entries}) == 2


def test_the_ids_of_an_atom_feed_stay_the_same(seeded, page):
    def ids():
        return [one.text for one in etree.fromstring(page.get("/feeds/raid.atom").content).iter("{*}id")]

    before = ids()
    seeded.now += timedelta(days=1)
    assert ids() == before


def test_what_a_feed_says_is_text_in_an_atom_feed(page):
    document = etree.fromstring(page.get("/feeds/flood.atom").content)
    assert document.findtext("{*}entry/{*}title") == f"{EVIL} Flood in Valencia"
    assert not [one for one in document.iter("{*}link") if one.get("rel") == "alternate"]


@pytest.mark.parametrize("path", ["/feeds/none.atom", "/feeds/..%2fconfig.atom", "/feeds/.atom"])
def test_a_feed_that_is_not_there(page, path):
    assert page.get(path).status_code == 404


def test_alerts_as_json(page):
    told = page.get("/api/alerts?rule=raid").json()
    assert [one["kind"] for one in told["alerts"]] == ["development", "alert"]
    update = told["alerts"][0]
    assert update["changes"] == [{"what": "killed", "from": 12, "to": 15}]
    assert [one["outlet"] for one in update["also"]] == ["Atalayar", "SOHR"]
    assert update["entries"] == 3
    assert told["older"] is None
    assert {"SY-HL"} <= {place["admin1"] for place in update["places"]}


def test_addresses_that_are_not_of_the_web_are_left_out(page):
    assert page.get("/api/alerts?rule=flood").json()["alerts"][0]["link"] is None
    assert page.get("/api/stories/4").json()["entries"][0]["link"] is None


def test_faults_are_told_as_json(page):
    assert page.get("/api/alerts?region=Atlantis").status_code == 400
    assert "Atlantis" in page.get("/api/alerts?region=Atlantis").json()["faults"][0]
    assert page.get("/api/stories/99").json() == {"faults": ["there is no story 99"]}
    assert page.get("/api/stories/99999999999999999999").status_code == 404


def test_stories_as_json(page):
    told = page.get("/api/stories").json()["stories"]
    assert [(one["story"], one["entries"]) for one in told] == [(4, 1), (1, 3)]
    assert told[1]["outlets"] == ["Atalayar", "SOHR", "Daily"]
    entries = page.get("/api/stories/1").json()["entries"]
    assert [(one["relation"], one["credits"]) for one in entries] == [
        ("lead", None), ("republication", "Atalayar"), ("development", None)
    ]  # fmt: skip


VIEWS = [
    "/", "/stories", "/stories/1", "/map", "/map?region=SY", "/feeds", "/deliveries", "/suppressed", "/silences",
    "/rules", "/rules/raid", "/feeds/raid.atom", "/api/alerts", "/api/stories", "/api/stories/1", "/static/page.css",
]  # fmt: skip


@pytest.mark.parametrize("path", VIEWS)
def test_without_the_token_nothing_is_told(seeded, path):
    client = seeded.client(Door(token="open sesame"))
    answer = client.get(path)
    assert answer.status_code == 401
    assert "Daesh" not in answer.text
    assert "Basic" in answer.headers["www-authenticate"]
    assert client.get(path, auth=("me", "open sesame")).status_code == 200


@pytest.mark.parametrize("path", VIEWS)
def test_another_sites_page_can_neither_read_nor_change_anything(page, path):
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for origin in ("https://evil.example", "http://127.0.0.1:8642"):
            assert page.request(method, path, headers={"Origin": origin}).status_code == 405
    assert page.get(path, headers={"Host": "evil.example"}).status_code == 421
    answer = page.get(path, headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_query_that_is_too_large_is_refused(page):
    assert page.get(f"/?q={'x' * 16_382}").status_code == 200
    assert page.get(f"/?q={'x' * 16_383}").status_code == 414


@pytest.mark.parametrize("path", VIEWS)
def test_parameters_of_any_size_and_kind_are_survived(page, path):
    for value in ("x" * 1000, "y" * 5000, "\x00\udcff", "%", "-1", "9" * 40, "ّ" * 700, "../../etc/passwd", "{{7*7}}"):
        asked = {
            name: value.encode("utf-8", "surrogateescape")
            for name in (
                "q",
                "rule",
                "region",
                "severity",
                "before",
                "from",
                "to",
                "text",
                "state",
                "receiver",
                "days",
            )
        }
        assert page.get(f"{path.partition('?')[0]}?{urlencode(asked)}").status_code in (200, 400, 414)
