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
    BEEN,
    COUNTED_BEFORE,
    CURRENCIES,
    CURRENCY_CODES,
    DIES,
    DOZENS,
    HALVES,
    INCLUDING,
    MAGNITUDES,
    MEASURES,
    NO_COUNT,
    NO_COUNT_BEFORE,
    OBJECTS,
    OF_PEOPLE,
    ONE,
    ONE_PERSON,
    PEOPLE,
    PHRASES,
    PLACE_BEFORE,
    SEVERAL,
    UP_TO,
    counted,
)
from watcher.dedup.numbers import LONGEST, OF, Number, numbers_of, value_of
from watcher.dedup.words import cut
from watcher.text import fold

#: A counted word stands so many words after its number at most, or before it; farther before "to": "toll rose to 15".
_AFTER, _BEFORE, _FAR_BEFORE = 4, 5, 12
#: Ends of clauses; a comma ends one only for what follows a number ("killed 12, injured 30").
STOP, COMMA = ".", ","
#: First word of what is said in several → those, each with what it says is counted.
_PHRASES = {
    first: [(phrase, label) for phrase, label in PHRASES.items() if phrase[0] == first]
    for first in {phrase[0] for phrase in PHRASES}
}
#: Times of day say when, and count nothing: "6:40 pm", "5.40pm", "9 a.m.".
_TIME = r"(?<![\d.,])\d{1,2}(?::\d{2}(?::\d{2})?(?:\s*[ap]\.?m\b\.?)?|(?:\.\d{2})?\s*[ap]\.?m\b\.?)"
#: "1,200", "1.200", "1 200", but "1.817 billion" is less than two; then "3.5", "3,5" and whole numbers.
_THOUSANDS, _FIGURE = (
    r"\d{1,3}(?:[.,\u066c\u00a0\u202f ]\d{3})+(?!\d)(?<!\.\d{3}(?=\s?[bt](?:illio)?n))",
    r"\d+(?:[.,\u066b]\d+)?",
)
#: A number in a name counts nothing: "F-15", "M23", "Су-24"; "USD100" is no name.
#: Arabic joins its "and" to a count the same way.
_NAME = rf"(?<![^\W\d_])(?!(?:{'|'.join(CURRENCY_CODES)})\d)[A-ZА-ЯЁ][A-Za-zА-Яа-яЁё]{{0,4}}-?\d+(?:[.,]\d+)?(?!\d)"
_PIECES = re.compile(
    rf"(?P<time>{_TIME})|(?P<name>(?-i:{_NAME}))|(?P<thousands>{_THOUSANDS})|(?P<figure>{_FIGURE})|(?P<sign>[%٪$€£¥₽])"
    r"|(?P<stop>[.!?;:\n\u061f\u061b…—]+(?=\s|$)|\n)|(?P<comma>[,،()])",
    re.IGNORECASE,
)
#: Ukrainian numbers with five and nine in them, which an apostrophe cuts in two, and what Russian has for their ends.
_CUT_NUMBER = re.compile(r"\b(п|дев)['\u2019\u02bc]я(?=т|н)(тнадцять|тдесят|тсот)?", re.IGNORECASE)
_ENDS = {"тнадцять": "тнадцать", "тдесят": "тьдесят", "тсот": "тьсот"}
_ARABIC_POINT = "\u066b"
_SIGNS = {"%": "percent", "٪": "percent", "$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₽": "ruble"}
#: Digits from which one number may be the other one rounded: "11" and "11.1", but not "5" and "5.1"; and the least
#: whole number that is rounded so.
_ROUNDED, _LARGE = 2, 1_000_000
#: Magnitudes of earthquakes are below; nobody is older.
_STRONGEST, _OLDEST = 10, 122


@dataclass(frozen=True, slots=True)
class Fact:
    """So many were counted: `("killed", 12)`."""

    what: str
    value: float


def tokens_of(text: str) -> list[str]:
    """Return the folded words of a text with its stops and commas between them; 1,200 becomes one word, 3.5 too."""
    return list(_tokens(text))


def facts_of(tokens: Sequence[str]) -> tuple[Fact, ...]:
    """Return the salient facts of `tokens_of` a text, the first mention of each; parts of a number are left out."""
    tokens = _without_parts(tokens)
    labels = labels_of(tokens)
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


def labels_of(tokens: Sequence[str]) -> list[str | None]:
    """Return, for each token, what it says is counted; of several words that say it together, the first does."""
    labels = [counted(token) if len(token) > 1 else None for token in tokens]
    for at, token in enumerate(tokens):
        for phrase, label in _PHRASES.get(token, ()):
            if tuple(tokens[at : at + len(phrase)]) == phrase:
                labels[at] = label
    return labels


def is_count(tokens: Sequence[str], number: Number) -> bool:
    """Return whether a number may count or measure something, by the words beside it: it is no date, age or name."""
    after, then = (*tokens[number.last + 1 : number.last + 3], "", "")[:2]
    before = tokens[number.first - 1] if number.first else ""
    if after in OF and then in NO_COUNT:
        after = then  # "5 de mayo"
    year = tokens[number.first].isdecimal() and number.first == number.last and 1900 <= number.value <= 2100
    halves = tokens[max(0, number.first - 1 - (before == "a")) : number.first]
    is_half = tokens[number.first] in DOZENS and (before in SEVERAL or not HALVES.isdisjoint(halves))
    is_age = says_age(tokens, number)
    return not (year or is_age or is_half) and after not in NO_COUNT and before not in NO_COUNT_BEFORE


def says_age(tokens: Sequence[str], number: Number) -> bool:
    """Return whether a number is a person's age: "Mike, 85, said", "aged 80", "at the age of 80", "dies at 80"."""
    after, before = (*tokens[number.last + 1 : number.last + 2], "")[0], tokens[max(0, number.first - 1) : number.first]
    if number.value > _OLDEST:
        return False
    if before == [COMMA]:
        return after in (COMMA, STOP, "")
    if tokens[max(0, number.first - 2) : number.first] == ["age", "of"]:
        return True
    dies = not DIES.isdisjoint(tokens[max(0, number.first - _BEFORE - 1) : number.first])
    return before == ["aged"] or (before == ["at"] and dies)


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


def _without_parts(tokens: Sequence[str]) -> Sequence[str]:
    """Return tokens without what only names some of those counted: "12 people, including 3 children, were killed".

    What was done to a part alone stays, as what was done to all stands elsewhere: "20 arrested, including 3 wounded".
    """
    found: list[str] = []
    at = 0
    while at < len(tokens):
        if tokens[at] not in INCLUDING:
            found.append(tokens[at])
            at += 1
            continue
        end = next(
            (n for n in range(at + 1, len(tokens)) if tokens[n] in (COMMA, STOP) or counted(tokens[n])), len(tokens)
        )
        if end < len(tokens) and counted(tokens[end]) and value_of(tokens[end - 1]) is not None:
            found.append(tokens[at])
            at += 1
            continue
        if found and found[-1] == COMMA and tokens[end : end + 1] == [COMMA]:
            end += 1
            found.pop()
        at = end
    return found


def _digits(value: float) -> int:
    return len(f"{value:.12g}".replace(".", "").strip("0"))


def _tokens(text: str) -> Iterator[str]:
    at = 0
    text = _CUT_NUMBER.sub(lambda found: f"{found[1]}я{_ENDS.get((found[2] or '').lower(), '')}", text)
    for found in _PIECES.finditer(text):
        yield from _words(text[at : found.start()])
        at = found.end()
        match found.lastgroup:
            case "name":
                yield fold(found[0].replace("-", ""))
            case "thousands":
                yield str(int("".join(filter(str.isdecimal, found[0]))))
            case "figure":
                yield _figure(found[0])
            case "sign":
                yield _SIGNS[found[0]]
            case "stop":
                yield STOP
            case "comma":
                yield COMMA
    yield from _words(text[at:])


def _words(text: str) -> list[str]:
    return [folded for word in cut(text) if (folded := fold(word))]


def _figure(written: str) -> str:
    if len(written) > LONGEST:
        return written
    return f"{float(written.replace(',', '.').replace(_ARABIC_POINT, '.')):.9f}".rstrip("0").rstrip(".")


def _ones(tokens: Sequence[str], labels: Sequence[str | None], numbers: Sequence[Number]) -> Iterator[Number]:
    """Yield "un", "una" beside what is counted: "un mort", "une personne tuée". Elsewhere they are articles."""
    taken = {at for number in numbers for at in range(number.first, number.last + 1)}
    for at in range(len(tokens) - 1):
        if tokens[at] in ONE and at not in taken and (labels[at + 1] or _one_of_people(tokens, labels, at, taken)):
            yield Number(at, at, 1)


def _one_of_people(tokens: Sequence[str], labels: Sequence[str | None], at: int, taken: set[int]) -> bool:
    """Say whether an article, a person and what was done to them follow at once: not "un homme tue sa femme"."""
    if tokens[at + 1] not in ONE_PERSON:
        return False
    if at and labels[at - 1]:
        return True  # "muere un hombre"
    does = at + 2
    while does < len(tokens) and tokens[does] in BEEN:
        does += 1
    acts = does + 1 in taken or not OBJECTS.isdisjoint(tokens[does + 1 : does + 2])
    return does < len(tokens) and bool(labels[does]) and not acts


def _label_of(tokens: Sequence[str], labels: Sequence[str | None], number: Number, places: set[int]) -> str | None:
    """What a number counts: a counted word soon after it, else before it, with nothing that parts them."""
    before = _label_before(tokens, labels, number, places)
    if before and not COUNTED_BEFORE.isdisjoint(tokens[max(0, number.first - _BEFORE) : number.first]):
        return before
    for at in range(number.last + 1, min(number.last + 1 + _AFTER, len(tokens))):
        if at in places or tokens[at] in (STOP, COMMA) or tokens[at] in AND:
            break
        if labels[at]:
            if tokens[at][0] == "و" and not counted_plainly(tokens[at]):
                break  # Arabic "and" is written together with the next word
            return labels[at]
    return before


def _label_before(tokens: Sequence[str], labels: Sequence[str | None], number: Number, places: set[int]) -> str | None:
    reach = _FAR_BEFORE if number.first and tokens[number.first - 1] in UP_TO else _BEFORE
    for at in range(number.first - 1, max(number.first - 1 - reach, -1), -1):
        if at in places or tokens[at] == STOP:
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
    ends = [token for token in between if token == COMMA or token in AND]
    of_people = not PEOPLE.isdisjoint(between) and tokens[max(0, number.first - 1)] not in PLACE_BEFORE
    return of_people and len(between) <= _AFTER and len(ends) == 1 and between[-1] in ends and STOP not in between


def _is_magnitude(tokens: Sequence[str], number: Number) -> bool:
    """Say whether a number is an earthquake's: "7.5-magnitude", "magnitude 7.5", "magnitud de 7,5"."""
    before, last = tokens[max(0, number.first - 2) : number.first], tokens[number.last + 1 : number.last + 2]
    beside = before if before[-1:] in (["of"], ["de"]) else before[-1:]
    return 0 < number.value < _STRONGEST and not MAGNITUDES.isdisjoint((*beside, *last))


def counted_plainly(token: str) -> bool:
    """Return whether a counted word begins with its own letters, not with a clitic ("وفاة" against "وإصابة")."""
    return counted(token[1:]) is None
