"""The words that a stored text is found by, and what a reader asks for. Pure.

A text is found by the words that rules see in it: folded, with letters and digits apart, without joiners.
Scripts without spaces have no words to look up, so each two signs that stand together are one
(as in Lucene's CJK analysis), and the last sign of a run is one by itself: any part of a run is found.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

from watcher.dedup.words import cut
from watcher.rules.spelling import bare, visible, writings
from watcher.text import SPACELESS, fold

#: Words and phrases of one question, and characters of one entry, that are looked at.
MOST_ASKED, MOST_CHARACTERS = 8, 200_000
_SIGN = regex.compile(f"[{SPACELESS}]")
#: What the index's tokenizer parts words at, and folding may leave inside one ("⒈" is "1.").
_ASCII_PUNCTUATION = re.compile(r"[\x00-\x2f:-@\[-`{-\x7f]+")
#: ASCII in small letters, with spaces for what stands between words.
_PARTED = [chr(code).lower() if chr(code).isalnum() else " " for code in range(128)]
_QUOTED = re.compile(r'["“”„«»]([^"“”„«»]*)(?:["“”„«»]|$)|([^\s"“”„«»]+)')


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand one behind the other."""

    words: tuple[str, ...]
    #: Whether the last word may go on.
    any_ending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What a reader looks for: all phrases must be there. Without any, nothing is looked for."""

    phrases: tuple[Phrase, ...] = ()

    @property
    def expression(self) -> str:
        """What FTS5 is asked: only words in quotation marks, which no word holds, and operators of ours."""
        return " AND ".join(_expression(phrase) for phrase in self.phrases)

    @property
    def is_exact(self) -> bool:
        """Whether every entry that the index finds says it; otherwise each is looked at once more."""
        return all(len(phrase.words) == 1 and not _SIGN.match(phrase.words[0]) for phrase in self.phrases)

    def is_met_by(self, text: str) -> bool:
        """Whether a text says it."""
        said = f" {' '.join(words_of(text))} "
        return all(_pattern(phrase).search(said) for phrase in self.phrases)


def read_query(given: str) -> Query:
    """Read what a reader typed: words, `word*` for any ending, "phrases". Never fails; other signs mean nothing."""
    asked = []
    for match in _QUOTED.finditer(given):
        text = match[1] if match[1] is not None else match[2]
        words = tuple(words_of(text))
        if words:
            asked.append(Phrase(words, any_ending=text.rstrip().endswith("*")))
    return Query(tuple(dict.fromkeys(asked))[:MOST_ASKED])


def words_of(text: str) -> list[str]:
    """Return the words of a text in order, as they are compared: the signs of scripts without spaces one by one."""
    text = text[:MOST_CHARACTERS]
    if text.isascii():
        return cut(text.lower())
    found = [word for raw in cut(visible(text)) if (word := fold(raw))]
    return _ASCII_PUNCTUATION.sub(" ", " ".join(map(bare, found))).split()


def terms_of(text: str) -> set[str]:
    """Return what the index finds a text by: the words of `words_of`, each once, but signs in twos."""
    text = text[:MOST_CHARACTERS]
    if text.isascii():
        return _cut_again(set(text.translate(_PARTED).split()))
    if _SIGN.search(text):
        return set(_paired(words_of(text)))
    folded = {bare(fold(raw)) for raw in set(cut(visible(text)))}
    return set(_ASCII_PUNCTUATION.sub(" ", " ".join(folded)).split())


# ---------------------------------------------------------------- inside


def _cut_again(words: set[str]) -> set[str]:
    """Part letters from digits."""
    mixed = {word for word in words if not (word.isalpha() or word.isdecimal())}
    return (words - mixed).union(*map(cut, mixed)) if mixed else words


def _paired(words: list[str]) -> Iterator[str]:
    """Words as they are, runs of signs in twos."""
    for word, after in zip(words, [*words[1:], ""], strict=True):
        yield word + after if after and _SIGN.match(word) and _SIGN.match(after) else word


def _expression(phrase: Phrase) -> str:
    parts, ending = list(_paired(list(phrase.words))), "*" if phrase.any_ending else ""
    if _SIGN.match(phrase.words[-1]):
        # The last sign is in the pair before it; alone it begins a pair wherever something follows it.
        is_alone = len(parts) == 1 or parts[-2] == phrase.words[-2]
        parts, ending = (parts, "*") if is_alone else (parts[:-1], ending)
    told = [_any_of(part, "") for part in parts[:-1]] + [_any_of(parts[-1], ending)]
    return f"({' AND '.join(told)})"


def _any_of(word: str, ending: str) -> str:
    return "(" + " OR ".join(f'"{form}"{ending}' for form in writings(word)) + ")"


@lru_cache(maxsize=200)
def _pattern(phrase: Phrase) -> re.Pattern[str]:
    words = ("|".join(map(re.escape, writings(word))) for word in phrase.words)
    return re.compile(" " + " ".join(f"(?:{forms})" for forms in words) + ("" if phrase.any_ending else " "))
