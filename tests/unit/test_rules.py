"""Conditions: a table for each, in several languages where words matter."""

from datetime import timedelta

import pytest
from rules_try import NOW, NOWHERE, entry_of, hits, place, places, rules_of, spans, try_rule

from watcher.model import Entry, Feed, Places, Severity

COMBINED = [
    # condition, text, met
    ({"all": ["drone", "Homs"]}, "Drone over Homs", True),
    ({"all": ["drone", "Homs"]}, "Drone over Hama", False),
    ({"any": ["drone", "Homs"]}, "Drone over Hama", True),
    ({"any": ["drone", "Homs"]}, "Rain over Hama", False),
    ({"none": ["opinion"]}, "Rain", True),
    ({"none": ["opinion"]}, "Opinion: rain", False),
    ({"all": ["drone"], "none": ["opinion"]}, "Drone", True),
    ({"all": ["drone"], "none": ["opinion"]}, "Opinion: drone", False),
    ({"any": ["drone"], "all": ["Homs"]}, "drone in Homs", True),
    ({"any": ["drone"], "all": ["Homs"]}, "drone in Hama", False),
    ({"all": [{"any": ["drone", "missile"]}, {"none": ["drill"]}]}, "missile", True),
    ({"all": [{"any": ["drone", "missile"]}, {"none": ["drill"]}]}, "missile drill", False),
    ({"none": [{"all": ["drone", "drill"]}]}, "drone", True),
    ({"none": [{"all": ["drone", "drill"]}]}, "drone drill", False),
    ("drone", "a drone", True),
    (2026, "in 2026", True),
    # at_least: different members count, repeats do not
    ({"at_least": {"count": 2, "of": ["drone", "missile", "rocket"]}}, "rocket and drone", True),
    ({"at_least": {"count": 2, "of": ["drone", "missile", "rocket"]}}, "drone, drone, drone", False),
    ({"at_least": {"count": 3, "of": ["طائرة", "صاروخ", "قذيفة"]}}, "طائرة وصاروخ وقذيفة", True),
    ({"at_least": {"count": 2, "of": ["дрон*", "ракет*"]}}, "ракетами и дронами", True),
    ({"at_least": {"count": 2, "of": ["导弹", "无人机"]}}, "导弹和无人机袭击", True),
    ({"at_least": {"count": 2, "of": ["ड्रोन", "मिसाइल"]}}, "ड्रोन और मिसाइल", True),
    ({"at_least": {"count": 2, "of": ["füze", "İHA"]}}, "iha ve füze", True),
    ({"at_least": {"count": 2, "of": ["misil", "dron"]}}, "dron", False),
    # score: each term counts once
    (
        {"score": {"threshold": 10, "weights": {"explosion": 6, "killed": 5, "festival": -8}}},
        "Explosion: 5 killed",
        True,
    ),
    ({"score": {"threshold": 10, "weights": {"explosion": 6, "killed": 5}}}, "explosion explosion", False),
    (
        {"score": {"threshold": 3, "weights": {"explosion": 6, "killed": 5, "festival": -8}}},
        "festival explosion killed",
        True,
    ),
    (
        {"score": {"threshold": 4, "weights": {"explosion": 6, "killed": 5, "festival": -8}}},
        "festival explosion killed",
        False,
    ),
    ({"score": {"threshold": 2, "weights": {"взрыв*": 1, "погиб*": 1}}}, "взрывы: погибли", True),
    ({"score": {"threshold": 2, "weights": {"爆炸": 1, "死亡": 1}}}, "爆炸造成死亡", True),
]


@pytest.mark.parametrize(("when", "text", "met"), COMBINED)
def test_conditions_combine(when: object, text: str, met: bool) -> None:
    assert hits(when, text) is met


NEAR = [
    # options, members, text, met
    ({"within": 3}, ["leader", "killed"], "leader was then killed", True),
    ({"within": 3}, ["leader", "killed"], "leader was then not killed", False),
    ({"within": 3}, ["leader", "killed"], "killed: the leader", True),
    ({"within": 3, "ordered": True}, ["leader", "killed"], "killed: the leader", False),
    ({"within": 3, "ordered": True}, ["leader", "killed"], "leader killed", True),
    ({"within": 5}, ["leader", "killed"], "leader fled. Two were killed", True),
    ({"within": 5, "same_sentence": True}, ["leader", "killed"], "leader fled. Two were killed", False),
    ({"within": 9, "same_sentence": True}, ["leader", "killed"], "leader of the U.S. Army killed", True),
    ({"within": 9, "same_sentence": True}, ["leader", "killed"], "leader Dr. Smith was killed", True),
    ({"within": 9, "same_sentence": True}, ["leader", "killed"], "leader paid 3.5 million, killed", True),
    ({"within": 9, "same_sentence": True}, ["leader", "killed"], "The leader?” They killed", False),
    ({"within": 9, "same_sentence": True}, ["leader", "killed"], "leader\nkilled", False),
    ({"within": 9, "same_sentence": True}, ["قائد", "قتل"], "قائد هنا؟ قتل هناك", False),
    ({"within": 9, "same_sentence": True}, ["नेता", "मारा"], "नेता आया। मारा गया", False),
    ({"within": 9, "same_sentence": True}, ["领导人", "死亡"], "领导人。死亡", False),
    ({"within": 9, "same_sentence": True}, ["领导人", "死亡"], "领导人在袭击中死亡", True),
    ({"within": 4}, ["قائد", "قتل"], "مقتل القائد بعد أن قتل", True),
    ({"within": 2}, ["командир*", "убит*"], "командиры были убиты", True),
    ({"within": 1}, ["komutan*", "öldür*"], "komutanı öldürüldü", True),
    ({"within": 2}, ["líder", "muerto"], "El lider está muerto", True),
    ({"within": 2}, ["a", "b", "c"], "a x b x c", False),
    ({"within": 4}, ["a", "b", "c"], "a x b x c", True),
    ({"within": 4, "ordered": True}, ["a", "b", "c"], "a x c x b", False),
    ({"within": 2}, ["attack*", "attack"], "one attack only", False),
    ({"within": 2}, ["attack*", "attack"], "attack on attackers", True),
    ({"within": 2}, [{"any": ["leader", "chief"]}, {"any": ["killed", "dead"]}], "chief is dead", True),
    ({"within": 3}, [{"all": ["bomb", "maker"]}, "killed"], "bomb maker killed", True),
    ({"within": 3}, [{"all": ["bomb", "maker"]}, "killed"], "bomb x x x maker killed", False),
    # the nearest of several is found, whichever way round
    ({"within": 1}, ["a", "b", "c"], "a b x a x b a x c a b", False),
    ({"within": 2}, ["a", "b", "c"], "a x x c x x b a c x b", True),
    ({"within": 2, "ordered": True}, ["a", "b", "c"], "a x b a b x a b c", True),
]


@pytest.mark.parametrize(("options", "members", "text", "met"), NEAR)
def test_near(options: dict, members: list, text: str, met: bool) -> None:
    assert hits({"near": options | {"all": members}}, text) is met


def test_nears_evidence_is_the_tightest_set_of_places() -> None:
    text = "leader one. killed x x x x leader killed"
    assert spans({"near": {"within": 10, "all": ["leader", "killed"]}}, text) == ["leader", "killed"]
    (first, _) = try_rule({"near": {"within": 10, "all": ["leader", "killed"]}}, text)
    assert first.start == text.rindex("leader")


def test_near_does_not_reach_from_one_field_into_another() -> None:
    assert not hits({"near": {"within": 9, "all": ["leader", "killed"]}}, Entry("e", "leader", "killed"))


def test_near_may_stand_inside_near() -> None:
    inner = {"near": {"within": 1, "all": ["a", "b"]}}
    assert hits({"near": {"within": 4, "all": [inner, "c"]}}, "a b x c")
    assert not hits({"near": {"within": 4, "all": [inner, "c"]}}, "a x b c")


def test_near_ends_in_time_on_a_text_that_repeats_its_words() -> None:
    members = [f"{letter}*" for letter in "abcdef"]
    assert hits({"near": {"within": 400, "all": members}}, "aa bb cc dd ee ff " * 200)
    assert not hits({"near": {"within": 400, "ordered": True, "all": [*members, "zz"]}}, "aa bb cc dd ee ff " * 200)


LISTS = {"states": ["Syria", "سوريا", "$more"], "more": ["Сирия", "叙利亚"]}


@pytest.mark.parametrize(("text", "met"), [("Syria", True), ("叙利亚北部", True), ("Сирия", True), ("Iraq", False)])
def test_a_list_stands_for_one_of_its_terms_and_may_hold_lists(text: str, met: bool) -> None:
    assert hits({"all": ["$states"]}, text, terms=LISTS) is met
    assert hits({"any": ["$states", "nothing"]}, text, terms=LISTS) is met


def test_a_scope_before_a_list_holds_for_each_of_its_terms() -> None:
    entry = Entry("e", "x", "Syria")
    assert hits({"any": ["summary:$states"]}, entry, terms=LISTS)
    assert not hits({"any": ["title:$states"]}, entry, terms=LISTS)


def test_at_least_counts_the_terms_of_a_list_given_alone() -> None:
    lists = {"arms": ["drone", "missile", "rocket"]}
    assert hits({"at_least": {"count": 2, "of": "$arms"}}, "missile, rocket", terms=lists)
    assert not hits({"at_least": {"count": 2, "of": "$arms"}}, "missile, missile", terms=lists)


ALEPPO, ATHENS, UNSURE = place("SY", "SY-HL"), place("GR"), place("SY", "SY-HL", 0.3)
REGIONS = [
    ("SY", places(ALEPPO), True),
    ("SY-HL", places(ALEPPO), True),
    ("SY-ID", places(ALEPPO), False),
    ("SY", places(ATHENS), False),
    (["SY", "GR"], places(ATHENS), True),
    ("SY", places(), False),
    ("SY", places(UNSURE), False),
    ({"in": "SY", "precision": "broad"}, places(UNSURE), True),
    ({"in": "SY", "precision": "strict"}, places(place("SY", None, 0.6)), False),
    ({"in": "SY", "unplaced": "match"}, places(), True),
    ({"in": "SY", "unplaced": "match"}, places(ATHENS), False),
    ("north", places(ALEPPO), True),
    ("north", places(ATHENS), False),
    (["north", "GR"], places(ATHENS), True),
]


@pytest.mark.parametrize(("region", "found", "met"), REGIONS)
def test_region(region: object, found: Places, met: bool) -> None:
    named = {"north": {"any": ["SY-HL", "idlib"]}, "idlib": ["SY-ID"]}
    assert hits({"region": region}, "x", places=found, regions=named) is met


MANBIJ = place("SY", "SY-HL", lat=36.53, lon=37.95, kind="city", name="Manbij", why="in Syria, as the text says")
TRIPOLI = place("LB", "LB-AS", name="Tripoli", kind="city", others=("LY-TB",))
SHAPES = [
    ({"box": [37, 36, 39, 37]}, "best", MANBIJ, "in the box: Manbij, in Syria, as the text says"),
    ({"box": [30, 36, 31, 37]}, "best", MANBIJ, None),
    ({"circle": {"center": [38, 36.5], "radius": "30 km"}}, "best", MANBIJ, "within 30 km of the centre: Manbij, "),
    ({"polygon": [[37, 36], [39, 36], [39, 37], [37, 37]]}, "best", MANBIJ, "in the polygon: Manbij, "),
    ({"any": ["SY"], "exclude": {"box": [37, 36, 39, 37]}}, "best", MANBIJ, None),
    ({"any": ["SY", "IQ"], "exclude": ["SY-HL"]}, "best", MANBIJ, None),
    ("Western Asia", "best", MANBIJ, "SY: Manbij, in Syria, as the text says"),
    ("LY", "best", TRIPOLI, None),
    ("LY", "any", TRIPOLI, "LY-TB: Tripoli, Tripoli may mean it"),
    ("LB", "skip", TRIPOLI, None),
    ("LB", "best", TRIPOLI, "LB: Tripoli"),
]


@pytest.mark.parametrize(("spec", "ambiguous", "found", "told"), SHAPES)
def test_regions_may_be_shapes_and_names_may_be_ambiguous(spec, ambiguous, found, told) -> None:
    named = {"here": spec if isinstance(spec, dict) else [spec]}
    evidence = try_rule({"region": {"in": "here", "ambiguous": ambiguous}}, "x", places=places(found), regions=named)
    assert evidence is None if told is None else evidence[0].text.startswith(told)


def test_places_are_looked_up_once_and_only_if_the_rest_holds() -> None:
    asked: list[int] = []

    def look() -> Places:
        asked.append(1)
        return places(ALEPPO)

    rules = rules_of({"all": [{"region": "SY"}, {"any": ["raid", {"region": "SY-HL"}]}, "Daesh"]})
    assert rules.match(entry_of("Rain"), feed=None, places=look, now=NOW) == ()
    assert asked == []
    assert len(rules.match(entry_of("Daesh raid"), feed=None, places=look, now=NOW)) == 1
    assert asked == [1]


FEED = Feed("sohr", "https://example.org/feed", title="SOHR", tags=("syria", "wire"), language="en")
FACTS = [
    ({"language": "en"}, Entry("e", lang="en-GB"), None, True),
    ({"language": "EN"}, Entry("e", lang="en"), None, True),
    ({"language": ["ar", "fa"]}, Entry("e", lang="ar"), None, True),
    ({"language": "ar"}, Entry("e", lang="en"), None, False),
    ({"language": "en"}, Entry("e"), FEED, True),
    ({"language": "ar"}, Entry("e", lang="ar"), FEED, True),
    ({"language": "en"}, Entry("e"), None, False),
    ({"feed": "sohr"}, Entry("e", feed="sohr"), FEED, True),
    ({"feed": ["bbc", "sohr"]}, Entry("e", feed="sohr"), None, True),
    ({"feed": "bbc"}, Entry("e", feed="sohr"), FEED, False),
    ({"tag": "wire"}, Entry("e"), FEED, True),
    ({"tag": ["x", "syria"]}, Entry("e"), FEED, True),
    ({"tag": "x"}, Entry("e"), FEED, False),
    ({"tag": "wire"}, Entry("e"), None, False),
    ({"severity": "severe"}, Entry("e", severity=Severity.SEVERE), None, True),
    ({"severity": ["extreme", "severe"]}, Entry("e", severity=Severity.MINOR), None, False),
    ({"severity": "severe"}, Entry("e"), None, False),
    ({"newer_than": "12h"}, Entry("e", published_at=NOW - timedelta(hours=11)), None, True),
    ({"newer_than": "12h"}, Entry("e", published_at=NOW - timedelta(hours=13)), None, False),
    ({"newer_than": "12h"}, Entry("e", published_at=NOW + timedelta(hours=1)), None, True),
    ({"newer_than": "12h"}, Entry("e"), None, False),
]


@pytest.mark.parametrize(("when", "entry", "feed", "met"), FACTS)
def test_facts(when: object, entry: Entry, feed: Feed | None, met: bool) -> None:
    assert hits(when, entry, feed=feed) is met


def test_a_rules_own_none_stands_beside_when() -> None:
    assert hits({"any": ["raid"]}, "raid", none=["opinion", {"all": ["live", "blog"]}])
    assert not hits({"any": ["raid"]}, "raid opinion", none=["opinion"])


def test_a_rule_that_is_off_is_read_but_matches_nothing() -> None:
    assert not hits({"any": ["raid"]}, "raid", enabled=False)


def test_matches_come_in_the_order_of_the_file_and_evidence_once() -> None:
    evidence = try_rule({"any": ["raid", "raid*", "RAID"]}, Entry("e", "raid", "a raid", "a raid"))
    assert [(e.term, e.field, e.start) for e in evidence] == [
        ("raid", "title", 0), ("raid", "summary", 2), ("raid*", "title", 0), ("raid*", "summary", 2),
        ("RAID", "title", 0), ("RAID", "summary", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("members", "summary", "told"),
    [
        (["raid", "Manbij"], "in Manbij", "no one field has them all (raid: title; Manbij: summary)"),
        (["raid", "raid*"], "", "the same words are meant by two of them: each needs words of its own"),
    ],
)
def test_why_words_are_not_near_each_other(members: list[str], summary: str, told: str) -> None:
    entry = Entry(id="e", title="A raid", summary=summary)
    (explained,) = rules_of({"near": {"all": members}}).explain(entry, feed=None, places=lambda: NOWHERE, now=NOW)
    assert told in explained.missing[0]
