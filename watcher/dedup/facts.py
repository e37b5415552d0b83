"""Salient facts: how many were killed, injured, detained ..., in digits and number words.

A number is a fact only beside a word that says what it counts. Dates, times, ages, percentages,
distances and amounts of money are none; that they changed is told where one stands in the other's
place (`explain`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from watcher.dedup.lexicon import (
    AND,
    COUNTED_BEFORE,
    CURRENCIES,
    MEASURES,
    NO_COUNT,
    NO_COUNT_BEFORE,
    NUMBER_WORDS,
    SCALES,
    UP_TO,
    counted,
)
from watcher.dedup.words import cut
from watcher.text import fold

#: A counted word stands so many words after its number at most, or before it; farther before "to": "toll rose to 15".
_AFTER, _BEFORE, _FAR_BEFORE = 4, 5, 12
#: Ends of clauses; a comma ends one only for what follows a number ("killed 12, injured 30").
_STOP, _COMMA = ".", ","
#: Spanish and French: between a number and a month.
_OF = "de"
#: Times of day say when, and count nothing: "6:40 pm", "5.40pm", "9 a.m.".
_TIME = r"(?<![\d.,])\d{1,2}(?::\d{2}(?::\d{2})?(?:\s*[ap]\.?m\b\.?)?|(?:\.\d{2})?\s*[ap]\.?m\b\.?)"
#: "1,200", "1.200", "1 200"; then "3.5", "3,5" and whole numbers.
_THOUSANDS, _FIGURE = r"\d{1,3}(?:[.,\u066c\u00a0\u202f ]\d{3})+(?!\d)", r"\d+(?:[.,\u066b]\d+)?"
_PIECES = re.compile(
    rf"(?P<time>{_TIME})|(?P<thousands>{_THOUSANDS})|(?P<figure>{_FIGURE})|(?P<sign>[%٪$€£¥₽])"
    r"|(?P<stop>[.!?;:\n\u061f\u061b…—]+(?=\s|$)|\n)|(?P<comma>[,،()])",
    re.IGNORECASE,
)
_ARABIC_POINT = "\u066b"
#: Characters of a figure; a longer one is no number but a name.
_LONGEST = 12
_SIGNS = {"%": "percent", "٪": "percent", "$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₽": "ruble"}
#: Digits from which one number may be the other one rounded: "11" and "11.1", but not "5" and "5.1"; and the least
#: whole number that is rounded so.
_ROUNDED, _LARGE = 2, 1_000_000


@dataclass(frozen=True, slots=True)
class Fact:
    """So many were counted: `("killed", 12)`."""

    what: str
    value: float


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text's tokens: its first and last token, and its value."""

    first: int
    last: int
    value: float


def tokens_of(text: str) -> list[str]:
    """Return the folded words of a text with its stops and commas between them; 1,200 becomes one word, 3.5 too."""
    return list(_tokens(text))


def facts_of(tokens: Sequence[str]) -> tuple[Fact, ...]:
    """Return the salient facts of `tokens_of` a text, the first mention of each."""
    labels = [counted(token) if len(token) > 1 else None for token in tokens]
    numbers = numbers_of(tokens)
    places = {number.first for number in numbers}
    found: dict[Fact, None] = {}
    for number in numbers:
        counts = is_count(tokens, number) and not unit_of(tokens, number)
        if counts and (label := _label_of(tokens, labels, number, places)):
            found.setdefault(Fact(label, number.value))
    return tuple(found)


def numbers_of(tokens: Sequence[str]) -> list[Number]:
    """Return every number of some tokens: 12, twelve, twenty-one, two hundred, 3.5 million."""
    found: list[Number] = []
    at = 0
    while at < len(tokens):
        value = value_of(tokens[at])
        if value is None:
            at += 1
            continue
        last = at
        while last + 1 < len(tokens) and (joined := _join(tokens, last, value)) is not None:
            value, last = joined, last + 1
        found.append(Number(at, last, value))
        at = last + 1
    return found


def value_of(token: str) -> float | None:
    """Return the value of a number written in one token."""
    if token.replace(".", "", 1).isdecimal():
        return (float(token) if "." in token else int(token)) if len(token) <= _LONGEST else None
    return NUMBER_WORDS.get(token)


def is_count(tokens: Sequence[str], number: Number) -> bool:
    """Return whether a number may count or measure something, by the words beside it: it is no date, age or name."""
    after, then = (*tokens[number.last + 1 : number.last + 3], "", "")[:2]
    before = tokens[number.first - 1] if number.first else ""
    if after == _OF and then in NO_COUNT:
        after = then  # "5 de mayo"
    year = tokens[number.first].isdecimal() and number.first == number.last and 1900 <= number.value <= 2100
    is_age = before == _COMMA == after  # "Mike, 85, said"
    return not year and not is_age and after not in NO_COUNT and before not in NO_COUNT_BEFORE


def unit_of(tokens: Sequence[str], number: Number) -> str | None:
    """Return what a number measures: "percent", "km", "dollar"; None if it counts."""
    after = tokens[number.last + 1] if number.last + 1 < len(tokens) else ""
    before = tokens[number.first - 1] if number.first else ""
    return MEASURES.get(after) or CURRENCIES.get(before)


def is_rounded(one: float, other: float) -> bool:
    """Return whether one of two numbers is the other one rounded ("$11 bn" and "$11.1 bn"), or the same."""
    rounded, exact = sorted((one, other), key=_digits)
    digits = _digits(rounded)
    may_be = exact != int(exact) or exact >= _LARGE
    return one == other or (may_be and digits >= _ROUNDED and float(f"{exact:.{digits}g}") == rounded)


# ---------------------------------------------------------------- inside


def _digits(value: float) -> int:
    return len(f"{value:.12g}".replace(".", "").strip("0"))


def _tokens(text: str) -> Iterator[str]:
    at = 0
    for found in _PIECES.finditer(text):
        yield from _words(text[at : found.start()])
        at = found.end()
        match found.lastgroup:
            case "thousands":
                yield str(int("".join(filter(str.isdecimal, found[0]))))
            case "figure":
                yield _figure(found[0])
            case "sign":
                yield _SIGNS[found[0]]
            case "stop":
                yield _STOP
            case "comma":
                yield _COMMA
    yield from _words(text[at:])


def _words(text: str) -> list[str]:
    return [folded for word in cut(text) if (folded := fold(word))]


def _figure(written: str) -> str:
    if len(written) > _LONGEST:
        return written
    return f"{float(written.replace(',', '.').replace(_ARABIC_POINT, '.')):.9f}".rstrip("0").rstrip(".")


def _join(tokens: Sequence[str], last: int, value: float) -> float | None:
    """Return the value with the next token, if that goes on with the number."""
    following = tokens[last + 1]
    scale = SCALES.get(following)
    if scale is not None and value < scale:
        product = value * scale
        return round(product) if abs(product - round(product)) < 1e-6 * product else product
    unit = NUMBER_WORDS.get(following)
    if unit is None or tokens[last][:1].isdecimal():
        return None
    if unit < 10 and 20 <= value <= 90 and value % 10 == 0:
        return value + unit
    return value + unit if value >= 100 and unit < 100 else None


def _label_of(tokens: Sequence[str], labels: Sequence[str | None], number: Number, places: set[int]) -> str | None:
    """What a number counts: a counted word soon after it, else before it, with nothing that parts them."""
    if not COUNTED_BEFORE.isdisjoint(tokens[max(0, number.first - _BEFORE) : number.first]):
        return _label_before(tokens, labels, number, places)
    for at in range(number.last + 1, min(number.last + 1 + _AFTER, len(tokens))):
        if at in places or tokens[at] in (_STOP, _COMMA) or tokens[at] in AND:
            break
        if labels[at]:
            if tokens[at][0] == "و" and not counted_plainly(tokens[at]):
                break  # Arabic "and" is written together with the next word
            return labels[at]
    return _label_before(tokens, labels, number, places)


def _label_before(tokens: Sequence[str], labels: Sequence[str | None], number: Number, places: set[int]) -> str | None:
    reach = _FAR_BEFORE if number.first and tokens[number.first - 1] in UP_TO else _BEFORE
    for at in range(number.first - 1, max(number.first - 1 - reach, -1), -1):
        if at in places or tokens[at] == _STOP:
            return None
        if labels[at]:
            return labels[at]
    return None


def counted_plainly(token: str) -> bool:
    """Return whether a counted word begins with its own letters, not with a clitic ("وفاة" against "وإصابة")."""
    return counted(token[1:]) is None
