"""Folding sign by sign comes to the words that folding word by word gives, for every sign that there is."""

import pytest

from watcher.text import fold, fold_letters, fold_signs, part_signs, words

#: What a sign may stand beside, in scripts that treat marks differently.
BESIDE = ["{}", "a{}", "{}ب", "ب{}b", "क{}", "{}д\u0301"]


@pytest.mark.parametrize("beside", BESIDE)
def test_every_sign_folds_as_in_its_word(beside: str) -> None:
    for code in [*range(0x3000), *range(0xF900, 0x10000), *range(0x10400, 0x10450), *range(0x1F100, 0x1F200)]:
        text = beside.format(chr(code))
        folded = fold_signs(text)
        assert len(folded) == len(text)
        assert [w for piece in folded.split() for w in words(piece)] == words(text), hex(code)
        assert len(part_signs(text).split()) == len(folded.split()), hex(code)


@pytest.mark.parametrize(
    "word", ["Straße", "İstanbul", "داعـش", "مَدْرَسَة", "شيء", "нёс", "سَلام", "Ἀθῆναι", "שָׁלוֹם", "ﬁn", "x1"]
)
def test_a_word_that_folds_letter_by_letter_folds_to_the_same(word: str) -> None:
    at_once = fold_letters(word)
    assert at_once is None or at_once == fold(word)


@pytest.mark.parametrize("word", ["Алеппо", "café", "حلب", "אלון", "Αθήνα", "İSTANBUL"])
def test_usual_words_need_no_slow_path(word: str) -> None:
    assert fold_letters(word) == fold(word)
