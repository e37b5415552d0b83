"""Salient facts: how many were killed, injured, detained ..., in digits and number words.

A number is a fact only beside a word that says what it counts. Dates, times, ages, percentages,
distances and amounts of money are none; that they changed is told where one stands in the other's
place (`explain`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from watcher.dedup.lexicon import (
    ALONE,
    AND,
    COUNTED_BEFORE,
    CURRENCIES,
    DOZENS,
    ELEVEN,
    HALVES,
    MAGNITUDES,
    MEASURES,
    MONEY_SCALES,
    NO_COUNT,
    NO_COUNT_BEFORE,
    NUMBER_WORDS,
    OF_PEOPLE,
    ONE,
    PEOPLE,
    PHRASES,
    PLACE_BEFORE,
    SCALES,
    TEEN,
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
#: Between tens and units, and what is a hundred in French behind a word, and a coin behind digits.
_AND_UNITS, _CENTS = ("y", "et"), ("cent", "cents")
_ARABIC_AND = "و"
#: First word of what is said in several → those, each with what it says is counted.
_PHRASES = {
    first: [(phrase, label) for phrase, label in PHRASES.items() if phrase[0] == first]
    for first in {phrase[0] for phrase in PHRASES}
}
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
#: Magnitudes of earthquakes are below.
_STRONGEST = 10


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
    labels = _labels(tokens)
    numbers = numbers_of(tokens)
    numbers = sorted([*numbers, *_ones(tokens, labels, numbers)], key=lambda number: number.first)
    found = [Fact("magnitude", number.value) for number in numbers if _is_magnitude(tokens, number)]
    counts = [number for number in numbers if is_count(tokens, number) and not _is_magnitude(tokens, number)]
    places = {number.first for number in counts}
    told: str | None = None
    following = len(tokens)
    for number in reversed(counts):
        label = None if unit_of(tokens, number) else _label_of(tokens, labels, number, places)
        if label is None and told and _goes_on(tokens, number, following):
            label = told  # "2 officers, 1 civilian killed"
        if label is not None:
            found.append(Fact(label, number.value))
        told, following = label, number.first
    return tuple(dict.fromkeys(reversed(found)))


def numbers_of(tokens: Sequence[str]) -> list[Number]:
    """Return every number of some tokens: 12, twelve, twenty-one, two hundred, 3.5 million."""
    found: list[Number] = []
    at = 0
    while at < len(tokens):
        value = _begun(tokens, at)
        if value is None:
            at += 1
            continue
        last = at
        while (joined := _join(tokens, last, value)) is not None:
            value, last = joined
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
    is_half = before in HALVES and tokens[number.first] in DOZENS
    return not (year or is_age or is_half) and after not in NO_COUNT and before not in NO_COUNT_BEFORE


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


def _labels(tokens: Sequence[str]) -> list[str | None]:
    """Return, for each token, what it says is counted; of several words that say it together, the first does."""
    labels = [counted(token) if len(token) > 1 else None for token in tokens]
    for at, token in enumerate(tokens):
        for phrase, label in _PHRASES.get(token, ()):
            if tuple(tokens[at : at + len(phrase)]) == phrase:
                labels[at] = label
    return labels


def _ones(tokens: Sequence[str], labels: Sequence[str | None], numbers: Sequence[Number]) -> Iterator[Number]:
    """Yield "un", "una" right before what is counted: "un mort". Elsewhere they are articles."""
    taken = {at for number in numbers for at in range(number.first, number.last + 1)}
    for at in range(len(tokens) - 1):
        if tokens[at] in ONE and labels[at + 1] and at not in taken:
            yield Number(at, at, 1)


def _begun(tokens: Sequence[str], at: int) -> float | None:
    """Return the value of a token that a number may begin with."""
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    if tokens[at] in ELEVEN and following in TEEN:
        return 1
    leads = tokens[at] in ALONE and (following in NUMBER_WORDS or counted(following))
    if leads and not (at and tokens[at - 1] in ("por", "per")):  # "por ciento"
        return ALONE[tokens[at]]
    return value_of(tokens[at])


def _join(tokens: Sequence[str], last: int, value: float) -> tuple[float, int] | None:
    """Return the value with what follows a token, and the last token of that, if it goes on with the number."""
    following, then = (*tokens[last + 1 : last + 3], "", "")[:2]
    is_money = last > 0 and tokens[last - 1] in CURRENCIES
    scale = MONEY_SCALES.get(following) if is_money and following in MONEY_SCALES else SCALES.get(following)
    in_digits = tokens[last][:1].isdecimal()
    if scale is not None and value < scale and not (in_digits and following in _CENTS):
        product = value * scale
        return (round(product) if abs(product - round(product)) < 1e-6 * product else product), last + 1
    if in_digits:
        return None
    if value % 10 == 0 and 20 <= value <= 90 and following in _AND_UNITS:  # "treinta y dos", "vingt et un"
        units = 1 if then in ONE else NUMBER_WORDS.get(then, 0)
        fits = 0 < units < 10 if following == "y" else units == 1 or (value, units) == (60, 11)
        return (value + units, last + 2) if fits else None
    if value < 10 and following in TEEN:
        return value + 10, last + 1
    unit = NUMBER_WORDS.get(following)
    if unit is None and value >= 100 and value % 100 == 0 and following[:1] == _ARABIC_AND:  # "three hundred and five"
        unit, tens = NUMBER_WORDS.get(following[1:], 0), NUMBER_WORDS.get(then[1:], 0) if then[:1] == _ARABIC_AND else 0
        both = unit < 10 and 20 <= tens <= 90
        return (value + unit + (tens if both else 0), last + 1 + both) if 0 < unit < 100 else None
    if unit is None and value < 10 and following[:1] == _ARABIC_AND:  # "five and twenty"
        tens = NUMBER_WORDS.get(following[1:], 0)
        return (value + tens, last + 1) if 20 <= tens <= 90 else None
    if unit is not None and value >= 1000 and SCALES.get(then) == 100:  # "one thousand two hundred"
        return value + 100 * unit, last + 2
    added = _added(tokens[last], value, following, unit) if unit is not None else None
    return None if added is None else (added, last + 1)


def _added(word: str, value: float, following: str, unit: int) -> float | None:
    """Return a number word's value with the next one's, if both are one number."""
    if value == 4 and word == "quatre" and following in ("vingt", "vingts"):
        return 80
    if word == "dix" and unit in (7, 8, 9):
        return value + unit
    if value in (60, 80) and 10 <= unit < 20 and word in ("soixante", "vingt", "vingts"):
        return value + unit
    if unit < 10 and 20 <= value <= 90 and value % 10 == 0:
        return value + unit
    return value + unit if (value >= 100 and unit < 100) or (value >= 1000 and unit < 1000) else None


def _label_of(tokens: Sequence[str], labels: Sequence[str | None], number: Number, places: set[int]) -> str | None:
    """What a number counts: a counted word soon after it, else before it, with nothing that parts them."""
    before = _label_before(tokens, labels, number, places)
    if before and not COUNTED_BEFORE.isdisjoint(tokens[max(0, number.first - _BEFORE) : number.first]):
        return before
    for at in range(number.last + 1, min(number.last + 1 + _AFTER, len(tokens))):
        if at in places or tokens[at] in (_STOP, _COMMA) or tokens[at] in AND:
            break
        if labels[at]:
            if tokens[at][0] == "و" and not counted_plainly(tokens[at]):
                break  # Arabic "and" is written together with the next word
            return labels[at]
    return before


def _label_before(tokens: Sequence[str], labels: Sequence[str | None], number: Number, places: set[int]) -> str | None:
    reach = _FAR_BEFORE if number.first and tokens[number.first - 1] in UP_TO else _BEFORE
    for at in range(number.first - 1, max(number.first - 1 - reach, -1), -1):
        if at in places or tokens[at] == _STOP:
            return None
        if labels[at]:
            is_fit = not tokens[at].startswith(OF_PEOPLE) or not PEOPLE.isdisjoint(
                tokens[number.last + 1 : number.last + 3]
            )
            return labels[at] if is_fit else None
    return None


def _goes_on(tokens: Sequence[str], number: Number, following: int) -> bool:
    """Say whether a number and the next are two items of one list of people: "two officers, a civilian"."""
    between = tokens[number.last + 1 : following]
    ends = [token for token in between if token == _COMMA or token in AND]
    of_people = not PEOPLE.isdisjoint(between) and tokens[max(0, number.first - 1)] not in PLACE_BEFORE
    return of_people and len(between) <= _AFTER and len(ends) == 1 and between[-1] in ends and _STOP not in between


def _is_magnitude(tokens: Sequence[str], number: Number) -> bool:
    """Say whether a number is an earthquake's: "7.5-magnitude", "magnitude 7.5", "magnitud de 7,5"."""
    before, last = tokens[max(0, number.first - 2) : number.first], tokens[number.last + 1 : number.last + 2]
    beside = before if before[-1:] in (["of"], [_OF]) else before[-1:]
    return 0 < number.value < _STRONGEST and not MAGNITUDES.isdisjoint((*beside, *last))


def counted_plainly(token: str) -> bool:
    """Return whether a counted word begins with its own letters, not with a clitic ("وفاة" against "وإصابة")."""
    return counted(token[1:]) is None
