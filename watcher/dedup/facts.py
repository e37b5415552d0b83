"""Salient facts: how many were killed, injured, detained ..., in digits and number words.

A number is a fact only beside a word that says what it counts. Dates, times, ages, percentages,
distances and amounts of money are none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from watcher.dedup.lexicon import AND, NO_COUNT, NO_COUNT_BEFORE, NUMBER_WORDS, SCALES, UP_TO, counted
from watcher.dedup.words import cut
from watcher.text import fold

#: A counted word stands so many words after its number at most, or before it; farther before "to": "toll rose to 15".
_AFTER, _BEFORE, _FAR_BEFORE = 4, 5, 12
#: Ends of clauses; a comma ends one only for what follows a number ("killed 12, injured 30").
_STOP, _COMMA = ".", ","
_SIGNS = re.compile(r"(?<=\d)[.,\u00a0\u202f ](?=\d{3}(?!\d))|([.!?;:\n\u061f\u061b…—]+(?=\s|$)|\n)|([,،()])")


@dataclass(frozen=True, slots=True)
class Fact:
    """So many were counted: `("killed", 12)`."""

    what: str
    value: int


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text's tokens: its first and last token, and its value."""

    first: int
    last: int
    value: int


def tokens_of(text: str) -> list[str]:
    """Return the folded words of a text with its stops and commas between them; 1,200 becomes one word."""
    marked = _SIGNS.sub(lambda m: f" {_STOP} " if m[1] else f" {_COMMA} " if m[2] else "", text)
    found: list[str] = []
    for piece in re.split(r"( [.,] )", marked):
        if piece in (" . ", " , "):
            found.append(piece.strip())
        else:
            found += [folded for word in cut(piece) if (folded := fold(word))]
    return found


def facts_of(tokens: Sequence[str]) -> tuple[Fact, ...]:
    """Return the salient facts of `tokens_of` a text, the first mention of each."""
    labels = [counted(token) if len(token) > 1 else None for token in tokens]
    numbers = numbers_of(tokens)
    places = {number.first for number in numbers}
    found: dict[Fact, None] = {}
    for number in numbers:
        if is_count(tokens, number) and (label := _label_of(tokens, labels, number, places)):
            found.setdefault(Fact(label, number.value))
    return tuple(found)


def numbers_of(tokens: Sequence[str]) -> list[Number]:
    """Return every number of some tokens: 12, twelve, twenty-one, two hundred, 72 thousand."""
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


def value_of(token: str) -> int | None:
    """Return the value of a number written in one token."""
    if token.isdecimal():
        return int(token) if len(token) <= 9 else None
    return NUMBER_WORDS.get(token)


def is_count(tokens: Sequence[str], number: Number) -> bool:
    """Return whether a number may count people or things, by the words beside it."""
    after = tokens[number.last + 1] if number.last + 1 < len(tokens) else ""
    before = tokens[number.first - 1] if number.first else ""
    year = tokens[number.first].isdecimal() and number.first == number.last and 1900 <= number.value <= 2100
    return not year and after not in NO_COUNT and before not in NO_COUNT_BEFORE


# ---------------------------------------------------------------- inside


def _join(tokens: Sequence[str], last: int, value: int) -> int | None:
    """Return the value with the next token, if that goes on with the number."""
    following = tokens[last + 1]
    if following in SCALES and value < 1000:
        return value * SCALES[following]
    unit = NUMBER_WORDS.get(following)
    if unit is None or tokens[last].isdecimal():
        return None
    if unit < 10 and 20 <= value <= 90 and value % 10 == 0:
        return value + unit
    return value + unit if value >= 100 and unit < 100 else None


def _label_of(tokens: Sequence[str], labels: Sequence[str | None], number: Number, places: set[int]) -> str | None:
    """What a number counts: a counted word soon after it, else before it, with nothing that parts them."""
    for at in range(number.last + 1, min(number.last + 1 + _AFTER, len(tokens))):
        if at in places or tokens[at] in (_STOP, _COMMA) or tokens[at] in AND:
            break
        if labels[at]:
            if tokens[at][0] == "و" and not counted_plainly(tokens[at]):
                break  # Arabic "and" is written together with the next word
            return labels[at]
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
