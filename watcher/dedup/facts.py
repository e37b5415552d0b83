"""Salient facts: how many were killed, injured, detained ..., in digits and number words; and what of them changed.

A number is a fact only beside a word that says what it counts. Dates, times, ages, percentages
and amounts of money are none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from watcher.model import Change
from watcher.text import fold

#: What is counted → beginnings of its words (English, Spanish, French, Russian, Ukrainian, Arabic, Turkish, German).
LABELS = {
    "killed": "kill dead death died fatalit slain muert matad murier fallecid mort tue deced погиб убит умер жертв"
    " загиб قتل قتيل مقتل وفاه شهيد شهداء ضحايا olu oldu tote getotet",
    "injured": "wound injur hurt herid lesionad bless ранен пострада поранен جرح جريح اصيب اصاب مصاب yarali verletz",
    "detained": "arrest detain captur custody detenid arrestad capturad arret interpell задержа арестов затрима"
    " اعتقل اعتقال معتقل gozalt tutuklan festgenommen",
    "missing": "missing unaccounted desaparecid disparu пропа зник مفقود kayip vermisst",
    "displaced": "displace evacu flee fled desplazad deplac перемещен эвакуир евакуй نزح نازح yerinden vertrieben",
    "abducted": "abduct kidnap hostage secuestrad rehen enlev otage похищен заложник مختطف خطف رهين kacir entfuhrt",
    "infected": "infect cases case contagi casos cas заражен случа اصابه حاله vaka",
}
_STEMS = tuple((stem, label) for label, stems in LABELS.items() for stem in stems.split())
#: Beginnings that must be the whole word: "case" but not "casemate", "cas" but not "casualty".
_WHOLE = frozenset("case cases cas casos mort hurt olu fled flee tue oldu tote".split())

_UNITS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "once": 11,
    "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "veinte": 20, "treinta": 30,
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12,
    "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20, "trente": 30,
    "два": 2, "две": 2, "двое": 2, "три": 3, "трое": 3, "четыре": 4, "четверо": 4, "пять": 5, "пятеро": 5, "шесть": 6,
    "семь": 7, "восемь": 8, "девять": 9, "десять": 10, "двенадцать": 12, "пятнадцать": 15, "двадцать": 20,
    "اثنان": 2, "اثنين": 2, "ثلاثه": 3, "ثلاث": 3, "اربعه": 4, "اربع": 4, "خمسه": 5, "خمس": 5, "سته": 6, "سبعه": 7,
    "سبع": 7, "ثمانيه": 8, "تسعه": 9, "تسع": 9, "عشره": 10, "عشرون": 20, "عشرين": 20, "ثلاثون": 30, "ثلاثين": 30,
}  # fmt: skip
_SCALES = {
    "hundred": 100,
    "thousand": 1000,
    "million": 1_000_000,
    "mil": 1000,
    "mille": 1000,
    "тысяч": 1000,
    "الف": 1000,
}
NUMBER_WORDS = {fold(word): value for word, value in _UNITS.items()}
#: Words after a number that make it no count of people.
_NO_COUNT = frozenset(
    """
    year years month months week weeks day days hour hours minute minutes am pm percent per km kilometres kilometers km2
    mile miles metre metres meters dollars euros usd eur st nd rd th january february march april may june july august
    september october november december ano anos dias horas ans jours heures лет года дней часов عام سنه ايام ساعه
    """.split()
)
#: A counted word stands at most so many words after its number, or before it.
_AFTER, _BEFORE = 4, 3


@dataclass(frozen=True, slots=True)
class Fact:
    """So many were counted: `("killed", 12)`."""

    what: str
    value: int


def facts_of(words: Sequence[str]) -> tuple[Fact, ...]:
    """Return the salient facts of a text's folded words, the first mention of each."""
    labels = [_label(word) for word in words]
    found: dict[Fact, None] = {}
    for first, last, value in _numbers(words):
        if last + 1 < len(words) and words[last + 1] in _NO_COUNT:
            continue
        label = _nearest(labels, words, first, last)
        if label is not None:
            found.setdefault(Fact(label, value))
    return tuple(found)


def changes(old: Sequence[Fact], new: Sequence[Fact]) -> tuple[Change, ...]:
    """Return what differs: a kind of fact that both texts tell, with no value in common.

    Several values of one kind in one text ("5 on Monday, 12 in all") are compared by the greatest.
    """
    before, after = _by_label(old), _by_label(new)
    return tuple(
        Change(what, max(before[what]), max(after[what]))
        for what in LABELS
        if what in before and what in after and not before[what] & after[what]
    )


def other_numbers(words: Sequence[str], facts: Sequence[Fact]) -> frozenset[int]:
    """Return the numbers of a text that are no salient facts: dates, ordinals, prices."""
    salient = {fact.value for fact in facts}
    return frozenset(value for _, _, value in _numbers(words) if value not in salient)


# ---------------------------------------------------------------- inside


def _by_label(facts: Sequence[Fact]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for fact in facts:
        found.setdefault(fact.what, set()).add(fact.value)
    return found


@lru_cache(maxsize=100_000)
def _label(word: str) -> str | None:
    for stem, label in _STEMS:
        if word == stem or (stem not in _WHOLE and word.startswith(stem)):
            return label
    if word[:1] in "والب" and len(word) > 4:  # an Arabic clitic before the stem
        return next((label for stem, label in _STEMS if len(stem) > 2 and word[1:].startswith(stem)), None)
    return None


def _numbers(words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield `(first word, last word, value)` of every number: 12, twelve, twenty-one, 1,200, two hundred."""
    i = 0
    while i < len(words):
        value = _value(words[i])
        if value is None:
            i += 1
            continue
        last = i
        while last + 1 < len(words) and (joined := _join(words, last, value)) is not None:
            value, last = joined, last + 1
        yield i, last, value
        i = last + 1


def _join(words: Sequence[str], last: int, value: int) -> int | None:
    """Return the value with the next word, if that goes on with the number."""
    word, following = words[last], words[last + 1]
    if following in _SCALES and value < 1000:
        return value * _SCALES[following]
    if word.isdecimal() and following.isdecimal() and len(following) == 3 and len(word) <= 3 and value:
        return value * 1000 + int(following)  # a thousands separator stood between
    unit = NUMBER_WORDS.get(following)
    if not word.isdecimal() and unit is not None and unit < 10 and value >= 20 and value % 10 == 0:
        return value + unit
    return None


def _value(word: str) -> int | None:
    if word.isdecimal():
        return int(word) if len(word) <= 7 else None
    return NUMBER_WORDS.get(word)


def _nearest(labels: Sequence[str | None], words: Sequence[str], first: int, last: int) -> str | None:
    """The counted word after the number, else before it, with no other number between."""
    for i in range(last + 1, min(last + 1 + _AFTER, len(labels))):
        if _value(words[i]) is not None:
            break
        if labels[i]:
            return labels[i]
    for i in range(first - 1, max(first - 1 - _BEFORE, -1), -1):
        if _value(words[i]) is not None:
            return None
        if labels[i]:
            return labels[i]
    return None
