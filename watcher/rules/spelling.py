"""How a word of a text may be read: Arabic and Hebrew write small words together with the next one.

Readings are what a rule's word is compared with; the word itself is always the first.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

#: Less is left of a word by taking a clitic away than a word has.
LEAST_STEM = 3

#: Letters that clitics begin with: a word with another at its beginning has one reading.
_CLITICS = frozenset("وفبلكاושכמבלה")
_ARABIC = re.compile("[\u0621-\u064a]")
_HEBREW = re.compile("[\u05d0-\u05ea]")
#: and, (who | when | from who), (in | as | to | from), the
_HEBREW_PREFIXES = re.compile("(ו?)((?:כש|מש|ש)?)([בכלמ]?)(ה?)")
#: Letters that a word's clitics are within.
_BEGINNING = 5
#: Zero-width joiners: they shape letters, and a reader does not see them.
_JOINERS = str.maketrans({"\u200c": None, "\u200d": None})
_ARABIC_NON_JOINER = re.compile("(?<=[\u0600-\u06ff])\u200c")


def visible(text: str) -> str:
    """Return the text with Persian's zero-width non-joiner as a hyphen, so that it parts words; same length."""
    return _ARABIC_NON_JOINER.sub("-", text) if "\u200c" in text else text


def exact_form(text: str) -> str:
    """Return the form in which `=exact` terms are compared: composed, otherwise as it stands."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def bare(word: str) -> str:
    """Return a folded word without zero-width joiners."""
    return word.translate(_JOINERS) if "\u200c" in word or "\u200d" in word else word


def readings(word: str) -> tuple[str, ...]:
    """Return a folded word, and what it is without the small words that its script writes together with it.

    Arabic و ف (and, so), ب ل ك (in, for, as), ال (the); Hebrew ו ש כש ב כ ל מ ה. The rest must
    have three letters at least. A word of another script has one reading.
    """
    word = bare(word)
    if word[:1] not in _CLITICS:
        return (word,)
    found = [word]
    for gone, instead in _clitics(word[:_BEGINNING]):
        rest = instead + word[gone:]
        if len(rest) >= LEAST_STEM:
            found.append(rest)
    return tuple(found)


@lru_cache(maxsize=1000)
def writings(word: str) -> tuple[str, ...]:
    """Return the words that may be read as a folded word, itself first: with small words written together with it."""
    word = bare(word)
    if _ARABIC.match(word):
        befores = [(one, two) for one in ("", "و", "ف") for two in ("", *"بلك")]
        forms = [f"{one}{two}{article}{word}" for one, two in befores for article in ("", "ال")]
        forms += [f"{one}لل{word.removeprefix('ال')}" for one in ("", "و", "ف")]
    elif _HEBREW.match(word):
        forms = ["".join(parts) + word for parts in product(("", "ו"), ("", "ש", "כש", "מש"), ("", *"בכלמ"), ("", "ה"))]
    else:
        return (word,)
    return (word, *(form for form in dict.fromkeys(forms) if form != word and word in readings(form)))


@lru_cache(maxsize=20_000)
def _clitics(beginning: str) -> tuple[tuple[int, str], ...]:
    """How many letters of a word may be others', by how it begins, and what these letters leave in their place."""
    return tuple(
        dict.fromkeys(_arabic(beginning) if beginning[0] <= "ي" and beginning[0] >= "ء" else _hebrew(beginning))
    )


def _arabic(word: str) -> Iterator[tuple[int, str]]:
    for start in (0, 1) if word[0] in "وف" else (0,):
        base = word[start:]
        if start:
            yield start, ""
        if base.startswith("ال"):
            yield start + 2, ""
        if base.startswith("لل"):  # ل and the article: its alif is not written
            yield start + 2, ""
            yield start + 2, "ال"
        if base[:1] and base[0] in "بلك":
            yield start + 1, ""
            if base[1:].startswith("ال"):
                yield start + 3, ""


def _hebrew(word: str) -> Iterator[tuple[int, str]]:
    match = _HEBREW_PREFIXES.match(word)
    ends = sorted({match.end(i) for i in range(1, 5)}) if match else []
    yield from ((end, "") for end in ends if end)
