"""The term grammar in every kind of script: what a term finds, what it must leave alone, and the span it points to."""

import pytest
from rules_try import hits, spans, try_rule

from watcher.model import Entry, Feed

WORDS = [
    # term, text, what it finds (None: nothing)
    ("drone", "Drone strike near Homs", "Drone"),
    ("drone", "Drones over Homs", None),
    ("drone", "A drone.", "drone"),
    ("drone", "anti-drone unit", "drone"),
    ("drone", "hydrone", None),
    ("cafe", "Café bombed", "Café"),
    ("café", "cafe bombed", "cafe"),
    ("naïve", "NAI\u0308VE plan", "NAI\u0308VE"),
    ("Straße", "STRASSE gesperrt", "STRASSE"),
    ("2026", "In ２０２６", "２０２６"),
    ("5", "٥ killed", "٥"),
    # Arabic: proclitics, article, letter variants, tatweel, vowel signs
    ("حلب", "قصف في حلب اليوم", "حلب"),
    ("حلب", "قصف بحلب", "بحلب"),
    ("حلب", "وحلب تحت النار", "وحلب"),
    ("حلب", "إلى لحلب", "لحلب"),
    ("حلب", "الحلبي", None),
    ("الرقة", "في الرقة", "الرقة"),
    ("الرقة", "والرقة بالرقة", "والرقة"),
    ("الرقة", "للرقة", "للرقة"),
    ("الرقة", "وللرقة", "وللرقة"),
    ("إدلب", "ريف ادلب", "ادلب"),
    ("ادلب", "ريف إدلب", "إدلب"),
    ("داعش", "تنظيم داعــش", "داعــش"),
    ("مدرسة", "مَدْرَسَة", "مَدْرَسَة"),
    ("قتيل", "قتيلان", None),
    # Persian letters are the Arabic ones to a reader
    ("کردستان", "كردستان", "كردستان"),
    # Hebrew: prefixes written together with the word
    ("חלב", "הפצצה בחלב", "בחלב"),
    ("חלב", "וחלב", "וחלב"),
    ("דמשק", "שבדמשק", "שבדמשק"),
    ("דמשק", "דמשקאים", None),
    # Russian
    ("Хомс", "удар по ХОМС", "ХОМС"),
    ("Хомс", "в Хомсе", None),
    ("Хомс*", "в Хомсе", "Хомсе"),
    ("ещё", "еще раз", "еще"),
    ("Алеппо", "Алеппо́", "Алеппо́"),
    # Turkish: dotted and dotless i, the apostrophe before endings
    ("istanbul", "İSTANBUL'da", "İSTANBUL"),
    ("ışık", "ISIK", "ISIK"),
    ("Suriye", "Suriye'de", "Suriye"),
    ("Suriye", "Suriyeli", None),
    ("Suriye*", "Suriyeliler", "Suriyeliler"),
    # Spanish
    ("explosión", "EXPLOSION en", "EXPLOSION"),
    ("niño", "nino", "nino"),
    ("explosión", "explosiones", None),
    # German
    ("Bombe", "Bombenanschlag", None),
    ("Bombe*", "Bombenanschlag", "Bombenanschlag"),
    # Chinese, Japanese, Thai: substrings
    ("叙利亚", "据报道叙利亚北部发生袭击", "叙利亚"),
    ("叙利亚", "叙亚利", None),
    ("シリア", "北シリアで攻撃", "シリア"),
    ("ซีเรีย", "ทางเหนือของซีเรียวันนี้", "ซีเรีย"),
    # Hindi, Bengali, Tamil: marks are vowels
    ("सीरिया", "उत्तरी सीरिया में", "सीरिया"),
    ("कम", "काम", None),
    ("काम", "कम", None),
    ("সিরিয়া", "সিরিয়া হামলা", "সিরিয়া"),
    ("சிரியா", "வடக்கு சிரியா", "சிரியா"),
    # Korean, Greek
    ("시리아", "시리아 북부", "시리아"),
    ("Συρία", "ΣΥΡΙΑ", "ΣΥΡΙΑ"),
]

PHRASES = [
    ("bomb maker", "a bomb  maker fled", "bomb  maker"),
    ('"bomb maker"', "a bomb-maker fled", "bomb-maker"),
    ("bomb maker", "bomb makers fled", None),
    ("bomb maker*", "bomb makers fled", "bomb makers"),
    ("bomb maker", "maker bomb", None),
    ("bomb maker", "bomb the maker", None),
    ("Su-24", "a Su 24", "Su 24"),
    ("Su-24", "a Su24", "Su24"),
    ("Su24", "a SU-24M", "SU-24"),
    ("Da'esh", "the Da’esh", "Da’esh"),
    ("Islamic State", "ISLAMIC\nSTATE", "ISLAMIC\nSTATE"),
    ("Estado Islámico", "el estado islamico", "estado islamico"),
    ("حزب الله", "ضربة على حزب الله", "حزب الله"),
    ("حزب الله", "لحزب الله", "لحزب الله"),
    ("Исламское государство", "ИСЛАМСКОЕ ГОСУДАРСТВО", "ИСЛАМСКОЕ ГОСУДАРСТВО"),
    ("伊斯兰国", "“伊斯兰国”成员", "伊斯兰国"),
    ("इस्लामिक स्टेट", "इस्लामिक स्टेट का", "इस्लामिक स्टेट"),
    ("U.S.", "the U.S. forces", "U.S"),
]

PREFIXES = [
    ("captur*", "captured today", "captured"),
    ("captur*", "recaptured today", None),
    ("captur*", "captur", "captur"),
    ("цел*", "целями", "целями"),
    ("قصف*", "قصفت", "قصفت"),
    ("قصف*", "وقصفوا", "وقصفوا"),
    ("saldır*", "SALDIRILAR", "SALDIRILAR"),
    ("bombarde*", "bombardeó", "bombardeó"),
    ("हमल*", "हमले", "हमले"),
    ("爆炸*", "大爆炸后", "爆炸"),
]

EXACT = [
    ("=IS", "IS fighters", "IS"),
    ("=IS", "this is it", None),
    ("=IS", "Is it", None),
    ("=Café", "Café", "Café"),
    ("=Café", "Cafe", None),
    ("=ИГ", "боевики ИГ", "ИГ"),
    ("=ИГ", "ИГИЛ", None),
    ("=US Army", "the US Army", "US Army"),
    ("=US Army", "the us army", None),
    ('="US Army"', "the US Army", "US Army"),
    ("=US", "US-led", "US"),
]


@pytest.mark.parametrize(("term", "text", "found"), WORDS + PHRASES + PREFIXES + EXACT)
def test_a_term_finds_what_its_speaker_expects(term: str, text: str, found: str | None) -> None:
    assert spans({"any": [term]}, text)[:1] == ([] if found is None else [found])


@pytest.mark.parametrize(("term", "text", "found"), WORDS + PHRASES + PREFIXES + EXACT)
def test_the_span_is_right_deep_inside_a_longer_text(term: str, text: str, found: str | None) -> None:
    before = "İlk: ŉ ﬁ 12٣ "
    assert spans({"any": [term]}, before + text)[:1] == ([] if found is None else [found])


SCOPED = [
    ("title:raid", {"title": "A raid"}, True),
    ("title:raid", {"summary": "A raid"}, False),
    ("summary:raid", {"summary": "A raid"}, True),
    ("content:raid", {"content": "A raid"}, True),
    ("content:raid", {"summary": "A raid"}, False),
    ("author:smith", {"author": "Jane Smith"}, True),
    ("smith", {"author": "Jane Smith"}, False),
    ("category:war", {"categories": ("Sport", "War")}, True),
    ('category:"civil war"', {"categories": ("Civil", "War")}, False),
    ("link:live", {"link": "https://example.org/news/live/42"}, True),
    ("live", {"link": "https://example.org/news/live/42"}, False),
    ("title: raid*", {"title": "Raids"}, True),
    ("title:=IS", {"title": "IS"}, True),
    ("title:=IS", {"title": "is"}, False),
    ('title:"live updates"', {"title": "Live updates: Syria"}, True),
    ("raid", {"content": "A raid"}, True),
    ("raid: live", {"title": "Raid: live"}, True),
]


@pytest.mark.parametrize(("term", "fields", "expected"), SCOPED)
def test_a_scope_looks_in_one_field_only(term: str, fields: dict, expected: bool) -> None:
    assert hits({"any": [term]}, Entry(id="e", **fields)) is expected


def test_the_scope_feed_looks_at_the_feeds_id_and_title() -> None:
    feed = Feed("sohr", "https://example.org/feed", title="Syrian Observatory")
    assert hits({"any": ["feed:observatory"]}, "x", feed=feed)
    assert hits({"any": ["feed:sohr"]}, "x", feed=feed)
    assert not hits({"any": ["observatory"]}, "x", feed=feed)


def test_evidence_names_the_term_as_it_was_written_and_the_text_as_it_stands() -> None:
    (evidence,) = try_rule({"any": ["  CAPTUR*  ".strip()]}, "ISIS: Captured!")
    assert (evidence.term, evidence.field, evidence.text) == ("CAPTUR*", "title", "Captured")
