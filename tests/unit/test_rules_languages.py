"""Every construct of the language in seven languages: what it finds, what it must leave alone, and where it points."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from rules_try import NOW, entry_of, faults, hits, place, places, spans

from watcher.model import Feed, Severity
from watcher.rules import Burst, Sighting

ODESA = places(place("UA", "UA-51"))


@dataclass(frozen=True)
class Sample:
    """A text of two sentences, and terms that it has and has not."""

    text: str
    language: str
    word: str
    #: A piece of one of its words, which is no word of it; None where scripts have no spaces.
    piece: str | None
    absent: str
    phrase: str
    prefix: tuple[str, str]
    exact: str
    inexact: str
    pattern: tuple[str, str]
    #: Two words of the first sentence in order, the words from the first to the last, and one of the second sentence.
    near: tuple[str, str]
    apart: int
    later: str
    #: A name, and how the text spells it; None if its script is not read by sound.
    fuzzy: tuple[str, str] | None


SAMPLES = {
    "English": Sample(
        "Drones struck the port of Odesa. Two workers were killed.", "en", "port", "por", "rain", "were killed",
        ("work*", "workers"), "=Odesa", "=odesa", (r"/\bkill(ed|s)\b/", "killed"), ("struck", "port"), 2, "killed",
        ("Odessa", "Odesa"),
    ),
    "Arabic": Sample(
        "قصفت طائرات مسيرة ميناء أوديسا. وقتل عاملان بالهجوم.", "ar", "ميناء", "طائر", "مطر", "طائرات مسيرة",
        ("قصف*", "قصفت"), "=أوديسا", "=اوديسا", (r"/\bعامل(ان|ون)\b/", "عاملان"), ("قصفت", "ميناء"), 3, "هجوم",
        ("Odissa", "أوديسا"),
    ),
    "Russian": Sample(
        "Беспилотники атаковали порт Одессы. Двое рабочих погибли.", "ru", "порт", "бес", "дождь", "атаковали порт",
        ("беспилотник*", "Беспилотники"), "=Одессы", "=одессы", (r"/\bпогиб(ли|ло)\b/", "погибли"),
        ("атаковали", "Одессы"), 2, "погибли", ("Odessa", "Одессы"),
    ),
    "Turkish": Sample(
        "İHA'lar Odessa limanını vurdu. İki ışıkçı öldü.", "tr", "vurdu", "liman", "yağmur", "Odessa limanını",
        ("liman*", "limanını"), "=İki", "=iki", (r"/\bışıkçı\b/", "ışıkçı"), ("Odessa", "vurdu"), 2, "öldü",
        ("Odesa", "Odessa"),
    ),
    "Spanish": Sample(
        "Drones atacaron el puerto de Odesa. Murió un niño allí.", "es", "niño", "puert", "lluvia", "puerto de Odesa",
        ("atac*", "atacaron"), "=Murió", "=Murio", (r"/\bmuri(ó|eron)\b/", "Murió"), ("atacaron", "puerto"), 2, "murio",
        ("Odessa", "Odesa"),
    ),
    "Chinese": Sample(
        "无人机袭击敖德萨港口。两名工人死亡。", "zh", "港口", None, "下雨", "敖德萨港口", ("袭击*", "袭击"), "=无人机",
        "=無人機", (r"/两名.{1,3}死亡/", "两名工人死亡"), ("无人机", "港口"), 9, "死亡", None,
    ),
    "Hindi": Sample(
        "ड्रोन ने ओडेसा बंदरगाह पर हमला किया। दो मज़दूर मारे गए।", "hi", "बंदरगाह", "बंदर", "बारिश", "हमला किया",
        ("बंदर*", "बंदरगाह"), "=हमला", "=हमल", (r"/\bमारे गए\b/", "मारे गए"), ("ड्रोन", "हमला"), 5, "मारे", None,
    ),
}  # fmt: skip


def found_terms(s: Sample) -> Iterator[tuple[str, object, list[str]]]:
    """Terms with what they point to."""
    yield "word", s.word, [s.word]
    yield "absent", s.absent, []
    if s.piece:
        yield "piece of a word", s.piece, []
    yield "phrase", s.phrase, [s.phrase]
    yield "quoted phrase", f'"{s.phrase}"', [s.phrase]
    yield "prefix", s.prefix[0], [s.prefix[1]]
    yield "exact", s.exact, [s.exact[1:]]
    yield "not exactly so", s.inexact, []
    yield "pattern", *s.pattern[:1], [s.pattern[1]]
    if s.fuzzy:
        yield "fuzzy", f"~{s.fuzzy[0]}", [s.fuzzy[1]]
        yield "another name", "~Marseille", []


def conditions(s: Sample) -> Iterator[tuple[str, object, bool]]:
    """Conditions with whether they hold."""
    word, absent, (first, last) = s.word, s.absent, s.near
    yield "all", {"all": [word, s.phrase]}, True
    yield "all but one", {"all": [word, absent]}, False
    yield "any", {"any": [absent, word]}, True
    yield "none", {"none": [absent]}, True
    yield "none, there", {"none": [absent, word]}, False
    yield "at_least", {"at_least": {"count": 2, "of": [first, last, absent]}}, True
    yield "at_least, one of two", {"at_least": {"count": 2, "of": [first, absent]}}, False
    yield "score", {"score": {"threshold": 3, "weights": {first: 1, last: 2, absent: 5}}}, True
    yield "score, taken off", {"score": {"threshold": 3, "weights": {first: 1, last: 2, s.later: -1}}}, False
    yield "near", {"near": {"within": s.apart, "all": [last, first]}}, True
    yield "near, too far", {"near": {"within": s.apart - 1, "all": [first, last]}}, False
    yield "near, ordered", {"near": {"within": s.apart, "ordered": True, "all": [first, last]}}, True
    yield "near, other order", {"near": {"within": s.apart, "ordered": True, "all": [last, first]}}, False
    yield "near, one sentence", {"near": {"within": 30, "same_sentence": True, "all": [first, last]}}, True
    yield "near, two sentences", {"near": {"within": 30, "same_sentence": True, "all": [first, s.later]}}, False
    yield "near, any sentences", {"near": {"within": 30, "all": [first, s.later]}}, True
    yield "list", {"any": ["$words"]}, True
    yield "list in a scope", {"any": ["title:$words"]}, True
    yield "list elsewhere", {"any": ["summary:$words"]}, False
    yield "title", {"any": [f"title:{word}"]}, True
    yield "summary", {"any": [f"summary:{word}"]}, False
    yield "region", {"all": [word, {"region": "UA-51"}]}, True
    yield "another region", {"all": [word, {"region": "FR"}]}, False
    yield "language", {"all": [word, {"language": s.language}]}, True
    yield "another language", {"all": [word, {"language": "fi"}]}, False
    yield "feed", {"all": [word, {"feed": "sohr"}]}, True
    yield "tag", {"all": [word, {"tag": "wire"}]}, True
    yield "another tag", {"all": [word, {"tag": "blog"}]}, False
    yield "severity", {"all": [word, {"severity": "severe"}]}, True
    yield "newer_than", {"all": [word, {"newer_than": "2h"}]}, True
    yield "older", {"all": [word, {"newer_than": "30m"}]}, False
    yield "nested", {"any": [absent, {"all": [word, {"none": [absent]}], "any": [first]}]}, True


FOUND = [(name, *case) for name, sample in SAMPLES.items() for case in found_terms(sample)]
MET = [(name, *case) for name, sample in SAMPLES.items() for case in conditions(sample)]
FEED = Feed("sohr", "https://example.org/feed", tags=("wire",))


@pytest.mark.parametrize(("language", "construct", "term", "found"), FOUND)
def test_terms(language: str, construct: str, term: str, found: list[str]) -> None:
    assert spans({"any": [term]}, SAMPLES[language].text) == found


@pytest.mark.parametrize(("language", "construct", "when", "met"), MET)
def test_conditions(language: str, construct: str, when: object, met: bool) -> None:
    sample = SAMPLES[language]
    published = NOW - timedelta(hours=1)
    entry = entry_of(sample.text, lang=sample.language, feed="sohr", severity=Severity.SEVERE, published_at=published)
    terms = {"words": [sample.absent, sample.word]}
    assert hits(when, entry, feed=FEED, places=ODESA, terms=terms) is met


@pytest.mark.parametrize("language", SAMPLES)
def test_a_burst_names_its_stories(language: str) -> None:
    text, burst = SAMPLES[language].text, Burst("b", frozenset({"r"}), 2, timedelta(hours=1))
    first, second = (Sighting("r", story, NOW, title=text) for story in (1, 2))
    assert burst.match([second], [], NOW) is None
    match = burst.match([second], [first], NOW)
    assert match is not None
    assert text in match.evidence[0].text


@pytest.mark.parametrize("name", ["敖德萨", "ओडेसा"])
def test_names_in_scripts_that_are_not_read_by_sound_are_refused(name: str) -> None:
    assert "list the spellings" in faults(f"rules:\n  - id: r\n    when: {{any: ['~{name}']}}\n")[0]
