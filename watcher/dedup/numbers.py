"""Numbers in a text's tokens: digits, number words, several words that are one number."""

from collections.abc import Sequence
from dataclasses import dataclass

from watcher.dedup.lexicon import (
    A_SCALES,
    ALONE,
    COLLECTIVE,
    CURRENCIES,
    DOZENS,
    ELEVEN,
    MONEY_SCALES,
    NUMBER_WORDS,
    ONE,
    PEOPLE,
    SCALES,
    TEEN,
    counted,
)

#: Characters of a figure; a longer one is no number but a name.
LONGEST = 12
#: Spanish, French, English: between a number and a month, "a couple" and what there are two of.
OF = ("de", "of")
#: Between tens and units, and what is a hundred in French behind a word, and a coin behind digits.
_AND_UNITS, _CENTS = ("y", "et"), ("cent", "cents")
_TWENTIES, _COUPLE = ("vingt", "vingts"), "couple"
#: Turkish words that are units behind tens alone; "on" is ten before units, but an English word elsewhere.
_TURKISH_UNITS, _TURKISH_TEN = {"bir": 1, "alti": 6}, "on"
_AFTER_TEN = _TURKISH_UNITS.keys() | frozenset("iki uc dort bes yedi sekiz dokuz".split())
#: Words that numbers may begin with.
_FIRSTS = NUMBER_WORDS.keys() | ALONE | A_SCALES | ELEVEN | {_COUPLE, _TURKISH_TEN}
_ARABIC_AND = "و"


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text's tokens: its first and last token, and its value."""

    first: int
    last: int
    value: float


def numbers_of(tokens: Sequence[str]) -> list[Number]:
    """Return every number of some tokens: 12, one hundred and twenty-one, quatre-vingt-deux mille, 3.5 million."""
    found: list[Number] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        value = _begun(tokens, at) if token in _FIRSTS or token[0].isdecimal() else None  # most are none
        if value is None:
            at += 1
            continue
        growing = _Growing(tokens, at, value)
        while growing.goes_on():
            pass
        found.append(Number(at, growing.last, growing.value))
        at = growing.last + 1
    return found


def value_of(token: str) -> float | None:
    """Return the value of a number written in one token."""
    if token.replace(".", "", 1).isdecimal():
        return (float(token) if "." in token else int(token)) if len(token) <= LONGEST else None
    return NUMBER_WORDS.get(token)


def _begun(tokens: Sequence[str], at: int) -> float | None:
    """Return the value of a token that a number may begin with."""
    token, before = tokens[at], tokens[at - 1] if at else ""
    following, then = (*tokens[at + 1 : at + 3], "", "")[:2]
    if token in ELEVEN and following in TEEN:
        return 1
    if token == _TURKISH_TEN and following in _AFTER_TEN:  # "on iki"
        return 10
    if (
        token == _COUPLE and then not in DOZENS and (following in OF or counted(following))
    ):  # "a couple of soldiers", "couple arrested"
        return 2
    if token in A_SCALES and before == "a":  # "a hundred people", "half a million"
        return SCALES[token] / 2 if tokens[at - 2 : at - 1] == ["half"] else SCALES[token]
    if token in ALONE and before not in ("por", "per", "pour"):  # "por ciento"
        is_first = following in NUMBER_WORDS or following in SCALES or following[1:] in NUMBER_WORDS
        is_counting = following in PEOPLE or counted(then if following in ONE else following)
        is_first = is_first or (following == _ARABIC_AND and then.isdecimal())
        if is_first or is_counting:
            return SCALES[token]
    return value_of(token)


class _Growing:
    """A number of several words as far as it is read: whole thousands and more, and what is counted below them.

    `room`: what is added next is less.
    """

    __slots__ = ("above", "below", "last", "room", "tokens")

    def __init__(self, tokens: Sequence[str], at: int, value: float) -> None:
        self.tokens, self.last = tokens, at
        self.above, self.below, self.room = 0.0, value, 0.0
        if not tokens[at][:1].isdecimal():
            self._added(0, value, tokens[at])

    @property
    def value(self) -> float:
        """The number, whole if it is one but for what floats lose."""
        value = self.above + self.below
        return round(value) if abs(value - round(value)) <= 1e-6 * value else value

    def goes_on(self) -> bool:
        """Take in the next word or words if they go on with the number."""
        following, then = (*self.tokens[self.last + 1 : self.last + 3], "", "")[:2]
        if self._times(following):
            return True
        if self.tokens[self.last][:1].isdecimal():
            return False
        if following[:1] == _ARABIC_AND and following not in NUMBER_WORDS:
            return self._and_in_arabic(following[1:], then)
        if following in _AND_UNITS or following == "and":
            return self._and(following, then)
        if following.isdecimal():  # "2 тысячи 300"
            is_rest = self.room >= 1000 and len(following) == 3 and following[0] != "0"
            return is_rest and self._add(1, int(following), following)
        if following in TEEN and 0 < self.below % 100 < 10:
            return self._added(1, 10, following)
        if following == _TURKISH_TEN and then in _AFTER_TEN:
            return self._add(1, 10, following)
        if following in ONE:  # "quatre-vingt-un", "ciento un muertos"
            return (self.room == 20 or (self.room == 100 and bool(counted(then)))) and self._added(1, 1, following)
        hundred = SCALES[following] if following in ALONE and self.room > SCALES[following] else 0
        unit = NUMBER_WORDS.get(following) or _TURKISH_UNITS.get(following, hundred)
        return bool(unit) and self._add(1, unit, following)

    def _times(self, following: str) -> bool:
        """Multiply by a scale: "two hundred", "deux mille", "3.5 million", "dos mil quinientos millones"."""
        scale = SCALES.get(following)
        if self.last and self.tokens[self.last - 1] in CURRENCIES:
            scale = MONEY_SCALES.get(following, scale)
        if scale is None or (self.tokens[self.last][:1].isdecimal() and following in _CENTS):
            return False
        if scale < 1000:
            if not 0 < self.below < 100 or (following in NUMBER_WORDS and self.below >= 10):
                return False
            self.below, self.room = self.below * scale, scale if scale == 100 else 0
        elif self.value < scale:
            self.above, self.below, self.room = self.value * scale, 0, scale
        elif self.below and self.above % (1000 * scale) == 0 and self.below < 1000:
            self.above, self.below, self.room = self.above + self.below * scale, 0, scale
        else:
            return False
        self.last += 1
        return True

    def _and(self, conjunction: str, then: str) -> bool:
        """Go on behind "treinta y", "vingt et", "one hundred and"."""
        unit = 1 if then in ONE else NUMBER_WORDS.get(then, 0)
        if conjunction == "and":
            return self.room >= 100 and 0 < unit < 100 and self._add(2, unit, then)
        if not (self.room in (10, 20) and self.below % 10 == 0):
            return False
        fits = 0 < unit < 10 if conjunction == "y" else unit == 1 or (self.below % 100, unit) == (60, 11)
        return fits and self._add(2, unit, then)

    def _and_in_arabic(self, word: str, then: str) -> bool:
        """Go on behind "and", which is written together with the next word, but not with digits."""
        if not word:
            return self.room >= 1000 and then.isdecimal() and self._add(2, int(then), then)
        if word in ELEVEN and then in TEEN:
            return self._add(2, 11, then)
        unit = NUMBER_WORDS.get(word) or (SCALES.get(word, 0) if word in ALONE else 0)
        if 20 <= unit <= 90 and 0 < self.below % 100 < 10:  # "five and twenty"
            return self._added(1, unit, word)
        return bool(unit) and self._add(1, unit, word)

    def _add(self, words: int, unit: float, word: str) -> bool:
        """Add what is behind the number if there is room for it, and say so."""
        before = self.tokens[self.last]
        if word in COLLECTIVE:
            return False
        if before == "quatre" and word in _TWENTIES and self.below % 10 == 4:
            self.below += 76
            self.room = 20
            self.last += words
            return True
        is_teen = (before == "dix" and unit in (7, 8, 9)) or (before == _TURKISH_TEN and word in _AFTER_TEN)
        fits = unit < self.room or is_teen
        after = (*self.tokens[self.last + words + 1 : self.last + words + 2], "")[0]
        is_next = self.room <= 100 == SCALES.get(after)  # "one hundred, two hundred"
        return fits and not is_next and self._added(words, unit, word)

    def _added(self, words: int, unit: float, word: str) -> bool:
        if words:
            self.below += unit
        self.last += words
        if self.below >= 1000:
            self.above, self.below = self.above + self.below, 0
        self.room = 0 if word in COLLECTIVE else 20 if word == "soixante" else _room_after(unit)
        return True


def _room_after(unit: float) -> float:
    """What may be added behind a number word is less: 10 behind tens, 100 behind hundreds."""
    for scale in (1_000_000, 1000, 100):
        if unit >= scale:
            return scale if unit % scale == 0 else 0
    return 10 if unit >= 20 and unit % 10 == 0 else 0
