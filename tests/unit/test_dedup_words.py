"""The quick word splitter agrees with the one that everything else uses."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.dedup.fingerprint import VERSION
from watcher.dedup.lexicon import LABELS, NUMBER_WORDS, WITHDRAWN
from watcher.dedup.words import KIND, NUMBER, cut, hash_of, hashes, leading_hashes
from watcher.text import fold, raw_words, words


def leading(text, limit):
    return [number for (number,) in struct.iter_unpack("<I", leading_hashes(text, limit))]


def test_other_words_of_the_lexicon_need_another_version_of_fingerprints():
    stems = [fold(stem) for listed in LABELS.values() for stem in listed.split()]
    known = sorted({*NUMBER_WORDS, *stems, *(f"{stem}qx" for stem in stems), *WITHDRAWN})
    made = zlib.crc32(struct.pack(f"<{len(known)}I", *map(hash_of, known)))
    assert (VERSION, made) == (3, 3533300811), "count VERSION up, and name the older one in _OLDER"


TEXTS = {
    "English": "The U.S. said 1,200 people -- 'most of them' women -- fled; don't panic. Su-24, Covid-19!",
    "Arabic with vowels": "قُتِلَ ١٢ شَخصاً في حَلَب، وقالَ المرصد: «إنّ العددَ مرشّح».",
    "Persian with joiners": "می‌گوید نیروهای آن‌ها ۱۲۱ زخمی داشتند",
    "Russian": "Число погибших возросло до 85, сообщает ТАСС — №5",
    "Hindi": "सीरिया में विस्फोट, 12 लोग मारे गए",
    "Thai": "ระเบิดในซีเรีย 12 ราย",
    "Chinese": "叙利亚爆炸造成12人死亡",
    "mixed scripts": "BREAKING: ТАСС says 叙利亚 قتل 12 मारे ½ ² Ⅳ ①",
    "emoji": "🚨🇮🇷 Explosion ⚡️ in Tehran 🔴 now",
    "superscripts": "10² km² and ½ of it",
    "accents on their own": "Cafe\u0301 and E\u0301lyse\u0301e",
    "soft hyphens and zero widths": "co\u00adopera\u200btion a\u200db",
    "nothing": "",
    "only signs": "— … !!! \n\t ***",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_cuts_as_text_does(text):
    assert cut(text) == raw_words(text)


@given(st.text())
def test_cuts_any_text_as_text_does(text):
    assert cut(text) == raw_words(text)


@given(st.text(alphabet="aéİß\u0301ـءأإ\u064bкйЁ0٣۴²'-_ \u200c\u200d\u00ad中ก\u0e31क्ि😀"))
def test_cuts_awkward_letters_as_text_does(text):
    assert cut(text) == raw_words(text)
    assert hashes(cut(text)) == [hash_of(word) for word in words(text)]


def test_only_the_beginning_of_a_huge_text_is_read():
    assert leading("x " * 1_000_000, 100) == [hash_of("x")] * 100
    assert leading("." * 1_000_000 + "word", 100) == []


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_hashes_leading_words_as_they_are_cut(text, limit):
    assert leading(text, limit) == hashes(cut(text)[:limit])


@given(st.text(alphabet="ab 1.²\u2019\u2014_-é\n\x1cء", max_size=40), st.integers(1, 8))
def test_hashes_leading_words_of_any_text_as_they_are_cut(text, limit):
    assert leading(text, limit) == hashes(cut(text)[:limit])


def test_spellings_that_fold_alike_hash_alike():
    assert hashes(["Алёна", "АЛЕНА"]) == [hash_of("алена")] * 2
    assert hashes(["١٢", "12"]) == [hash_of("12")] * 2


@pytest.mark.parametrize("word", ["12", "twelve", "двенадцать", "ثلاثة", "doce", "douze"])
def test_numbers_are_marked(word):
    assert hashes([word])[0] & KIND == NUMBER


def test_hashes_are_the_same_on_every_machine():
    assert hashes(["Aleppo", "killed", "12"]) == [0x84938D4C, 0x25BB0B5A, 0x4F5344CD]
