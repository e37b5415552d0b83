"""~names: spellings in many scripts are found, other words are left alone. The full figures: benchmarks/translit.py."""

import pytest
from rules_try import faults, hits, spans, try_rule

FOUND = [
    ("Zelensky", "Zelenskyy Zelenskiy Selenskyj Zelenski Зеленский Зеленський زيلينسكي Zełenski זלנסקי"),
    ("Khamenei", "Chamenei Хаменеи خامنئي Khamenaï Khamanei"),
    ("Netanyahu", "Netanjahu Netanyahou Нетаньяху نتنياهو נתניהו"),
    ("Soleimani", "Suleimani Soleymani Сулеймани سليماني Süleymani"),
    ("Haftar", "Hafter Хафтар حفتر"),
    ("Khartoum", "Khartum Хартум الخرطوم Hartum"),
    ("Mosul", "Mossul Mossoul Мосул الموصل بالموصل"),
    ("Nasrallah", "Nasralá Насралла Nasrullah"),
    ("Yanukovych", "Janukowitsch Yanukovich Янукович"),
    ("Tchaikovsky", "Chaikovskiy Tschaikowski Чайковский"),
    ("Kandahar", "Кандагар Κανταχάρ קנדהאר Qandahar"),
    ("Kharkiv", "חרקיב Χάρκοβο Charkiw"),
    ("Prigozhin", "Πριγκόζιν بريغوجين Prigoschin"),
    ("al-Sisi", "السيسي סיסי"),
    ("Uyghur", "الأويغور Ouïghour"),
    ("Jolani", "Julani Golani Джулани الجولاني"),
]


@pytest.mark.parametrize(("name", "spelling"), [(n, s) for n, spellings in FOUND for s in spellings.split()])
def test_a_name_is_found_in_other_spellings(name: str, spelling: str) -> None:
    assert spans({"any": [f"~{name}"]}, f"x {spelling}, y") == [spelling]


TORN = [
    ("Daesh", "the Da'esh group", "Da'esh"),
    ("al-Baghdadi", "el-Bağdadî", "Bağdadî"),
    ("al-Baghdadi", "لأبو بكر البغدادي", "البغدادي"),
    ("Deir ez-Zor", "near Deir ez-Zour", "Deir ez-Zour"),
    ("Deir ez-Zor", "near Deir Ezzor", "Deir Ezzor"),
    ("Daesh", "the da'esh group", "da'esh"),
    ("title:~Baghdadi", "Bagdadi", "Bagdadi"),
    ('~"Baghdadi"'[1:], "Bagdadi", "Bagdadi"),
]


@pytest.mark.parametrize(("name", "text", "found"), TORN)
def test_names_of_several_words_and_articles(name: str, text: str, found: str) -> None:
    term = name if ":" in name else f"~{name}"
    assert found in spans({"any": [term]}, text)


APART = [
    ("Baghdadi", "Baghdad بغداد budget badge"),
    ("Kyiv", "give Give cave Cave save"),
    ("Haftar", "after Avatar"),
    ("Daesh", "days ditch dash"),
    ("Soleimani", "Solomon Salman column"),
    ("Raqqa", "rake عراق فرقة"),
    ("Assad", "used acid sad East"),
    ("Jolani", "Colin Julian colony"),
]


@pytest.mark.parametrize(("name", "word"), [(n, w) for n, words in APART for w in words.split()])
def test_other_words_are_left_alone(name: str, word: str) -> None:
    assert not hits({"any": [f"~{name}"]}, f"x {word} y")


def test_a_name_torn_by_a_space_begins_with_a_capital() -> None:
    assert spans({"any": ["~Khanyounis"]}, "in Khan Younis now") == ["Khan Younis"]
    assert not hits({"any": ["~Society"]}, "he soci etie now")


def test_evidence_says_that_it_is_fuzzy() -> None:
    (evidence,) = try_rule({"any": ["~Baghdadi"]}, "Bagdadi")
    assert evidence.is_fuzzy
    (evidence,) = try_rule({"any": ["Bagdadi"]}, "Bagdadi")
    assert not evidence.is_fuzzy


@pytest.mark.parametrize("term", ["~", "~x", "~Li", "~叙利亚", "~123", "~!"])
def test_names_with_too_little_to_go_by(term: str) -> None:
    assert faults(f"rules:\n  - id: r\n    when: {{any: ['{term}']}}\n")
