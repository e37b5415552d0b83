"""/patterns/: RE2 with Unicode word boundaries, in linear time."""

import time

import pytest
from rules_try import hits, spans

from watcher.model import Entry

FOUND = [
    (r"/\bСу-?\d+\b/", "Истребители Су-34 и Су24М, Ису-22", ["Су-34"]),
    (r"/su-?(24|34)/", "A SU-24 and a Su34", ["SU-24", "Su34"]),
    (r"/(?-i)su/", "SU su", ["su"]),
    (r"/\bIS\b/i", "is this IS?", ["is", "IS"]),
    (r"/\w*bombe\b/", "eine Autobombe, die Bomben", ["Autobombe"]),
    (r"/\bقتل\b/", "مقتل قتل قتلى", ["قتل"]),
    (r"/\bहमला\b/", "हमला हमलावर", ["हमला"]),
    (r"/\bkadın\b/", "kadın kadınlar", ["kadın"]),
    (r"/无人机\d+架/", "击落无人机12架", ["无人机12架"]),
    (r"/\bexplosi[oó]n(es)?\b/", "explosiones y explosión", ["explosiones", "explosión"]),
    (r"/\d+ killed/", "At least ١٢ killed", ["١٢ killed"]),
    (r"/[^\d\s]+\b-\b\w/", "ab-c d -e", ["ab-c"]),
    (r"/€ ?\d+/", "costs €50", ["€50"]),
    (r"/🔥/", "hot 🔥", ["🔥"]),
    (r"/^breaking\b/", "Breaking: x. Breaking", ["Breaking"]),
    (r"/over\b.{0,9}\bnow$/", "over and now", ["over and now"]),
    (r"/\Qa.b\E\b/", "a.b axb", ["a.b"]),
    (r"/[[:alpha:]]{3}\b/", "abcd", ["bcd"]),
    (r"title:/x+/", "xx", ["xx"]),
    ("/a b/", "A b", ["A b"]),
]


@pytest.mark.parametrize(("term", "text", "found"), FOUND)
def test_what_a_pattern_finds(term: str, text: str, found: list[str]) -> None:
    assert spans({"any": [term]}, text) == found


def test_a_pattern_may_be_near_a_word() -> None:
    near = {"near": {"within": 3, "all": [r"/su-?\d+/", "shot"]}}
    assert hits(near, "Su-24 was shot")
    assert not hits(near, "Su-24 was not really shot")


def test_a_pattern_keeps_to_its_field() -> None:
    assert not hits({"any": ["title:/raid/"]}, Entry("e", "x", "raid"))
    assert hits({"any": ["link:/news.live/"]}, Entry("e", "x", link="http://x/news/live"))


def test_hundreds_of_patterns_stand_beside_each_other() -> None:
    terms = [rf"/\bword{i}\b/" for i in range(600)] + [f"/plain{i}!/" for i in range(600)]
    assert spans({"any": terms}, "x word599 plain7! word5990") == ["word599", "plain7!"]


def test_time_is_linear_where_backtracking_explodes() -> None:
    began = time.process_time()
    assert not hits({"any": ["/^(a+)+$/", r"/\b(\w+\s?)+!!$/"]}, "a" * 30_000 + " b")
    assert time.process_time() - began < 5, "Python's own engine takes years"


def test_lone_surrogates_and_private_characters_do_no_harm() -> None:
    assert hits({"any": [r"/\bx\b/"]}, Entry("e", "\ud800 \ue000 x \ue000", link="\udfff"))
