"""All terms of all rules in one pass over an entry's words, whatever their number.

Each term has a key: its word, its beginning (`word*`), the word of a phrase that fewest others have.
A text is folded sign by sign and cut at spaces, both at C's speed, and so are the different
pieces compared with the words that are known to bring no key: language repeats itself, so few
are left. What each of these brings is worked out once and remembered. Rules are chosen by keys;
where terms really stand is looked up only for the rules that are left.
"""

import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import regex

from watcher.rules.fuzzy import Names
from watcher.rules.parts import Hit, Part
from watcher.rules.patterns import Patterns, compile_pattern
from watcher.rules.spelling import bare, exact_form, readings, visible
from watcher.rules.terms import Kind, Term
from watcher.text import fold_letters, tokenize

#: Words in each of the memories, each about 100 bytes; a full one is emptied.
REMEMBERED = 100_000
#: Longer pieces (a link, a sentence without spaces) hardly come again.
LONGEST_REMEMBERED = 40
#: Letters that the last word of a torn fuzzy name must have if a space is before it.
LEAST_TORN = 3

#: Signs that are a word each.
_SPACELESS = regex.compile(r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+")


class _Name(NamedTuple):
    """Names that a word is a spelling of; `torn`: one may begin here and go on in the next word."""

    offset: int
    terms: tuple[int, ...]
    torn: bool


class Scanner:
    """The terms of all rules, ready to be found."""

    def __init__(self, terms: Sequence[Term], *, remembered: int = REMEMBERED) -> None:
        self.terms, self._remembered = tuple(terms), remembered
        self._fields = frozenset(field for term in terms for field in term.fields)
        #: Keys that are words and beginnings of words.
        self._words: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        #: For each term its key, and where in a phrase that word stands; terms by key.
        self.keys: list[int] = []
        self._at: dict[int, int] = {}
        self._by_key: list[list[int]] = []
        self._build()
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._names = Names([(n, t.words) for n, t in enumerate(terms) if t.kind is Kind.FUZZY])
        self._patterns = Patterns([(n, compile_pattern(t.raw)) for n, t in enumerate(terms) if t.kind is Kind.PATTERN])
        #: Words that bring nothing, and the keys that others bring; pieces that are not one word, and their words.
        self._idle: set[str] = set()
        self._brings: dict[str, tuple[int, ...]] = {}
        self._cuts: dict[str, tuple[str, ...]] = {}
        #: The same for names, by pieces as they stand in the text.
        self._nameless: set[str] = set()
        self._named: dict[str, tuple[_Name, ...]] = {}

    @property
    def key_count(self) -> int:
        """How many keys there are; they are numbered from 0."""
        return len(self._by_key)

    def present(self, parts: Sequence[Part]) -> set[int]:
        """Return the terms that stand in the parts of an entry."""
        return {hit.term for hit in self.find(parts, self.terms_of(self.keys_in(parts)))}

    def terms_of(self, keys: Iterable[int]) -> Iterator[int]:
        """Yield the terms that have these keys."""
        for key in keys:
            yield from self._by_key[key]

    def keys_in(self, parts: Sequence[Part]) -> set[int]:
        """Return the keys that stand in the parts of an entry: a term stands there only if its key does."""
        found: set[int] = set()
        for part in parts:
            if part.field not in self._fields:
                continue
            part.fold()
            part.brought = self._brought(part)
            found.update(*[keys for _, keys in part.brought])
            if self._names:
                found.update(self.keys[hit.term] for hit in self._name_hits(0, part))
            if self._patterns:
                found.update(self.keys[term] for term in self._patterns.matching(part.text))
        return found

    def find(self, parts: Sequence[Part], wanted: Iterable[int]) -> Iterator[Hit]:
        """Yield every hit of the wanted terms in parts that `keys_in` has read."""
        by_key: dict[int, list[int]] = {}
        for term in wanted:
            by_key.setdefault(self.keys[term], []).append(term)
        kinds = {self.terms[numbers[0]].kind for numbers in by_key.values()}
        for number, part in enumerate(parts):
            if part.field not in self._fields:
                continue
            hits = self._word_hits(number, part, by_key)
            for extra in (self._name_hits,) if Kind.FUZZY in kinds else ():
                hits = [*hits, *extra(number, part)]
            if Kind.PATTERN in kinds:
                hits = [*hits, *self._pattern_hits(number, part)]
            yield from hits

    # ------------------------------------------------------------ words

    def _brought(self, part: Part) -> list[tuple[str, tuple[int, ...]]]:
        """Return the different words of a text that bring keys; what it cuts pieces into is left in the part."""
        recall, words = self._brings.get, set[str]()
        brought = [(piece, recall(piece, ())) for piece in set(part.pieces).difference(self._idle)]
        for piece, keys in brought:
            if not keys:
                cut = self._cut(piece)
                words.update(cut)
                if cut != (piece,):
                    part.cuts[piece] = cut
        if not words:
            return brought
        known = [item for item in brought if item[1]]
        words.difference_update([word for word, _ in known])
        return known + [(word, keys) for word in words if (keys := self._known(word))]

    def _cut(self, piece: str) -> tuple[str, ...]:
        """The words of a piece of folded text."""
        if piece.isalpha() and (piece.isascii() or fold_letters(piece) is not None):
            return (piece,)
        if (cut := self._cuts.get(piece)) is not None:
            return cut
        if _SPACELESS.fullmatch(piece) and unicodedata.is_normalized("NFKC", piece):
            return tuple(piece)
        cut = tuple(bare(token.word) for token in tokenize(piece))
        if cut != (piece,) and len(piece) <= LONGEST_REMEMBERED:
            if len(self._cuts) >= self._remembered:
                self._cuts.clear()
            self._cuts[piece] = cut
        return cut

    def _known(self, word: str) -> tuple[int, ...]:
        """The keys that a word brings, remembered."""
        if word in self._idle:
            return ()
        keys = self._brings.get(word)
        if keys is None:
            keys = self._learn(word)
            if len(self._idle) + len(self._brings) >= self._remembered:
                self._idle.clear()
                self._brings.clear()
            if keys:
                self._brings[word] = keys
            else:
                self._idle.add(word)
        return keys

    def _learn(self, word: str) -> tuple[int, ...]:
        keys: dict[int, None] = {}
        for reading in (word,) if word.isascii() else readings(word):
            if (key := self._words.get(reading)) is not None:
                keys[key] = None
            for length in self._lengths:
                if length > len(reading):
                    break
                if (key := self._prefixes.get(reading[:length])) is not None:
                    keys[key] = None
        return tuple(keys)

    def _word_hits(self, number: int, part: Part, by_key: Mapping[int, Sequence[int]]) -> Iterable[Hit]:
        asked = by_key.keys()
        terms = {
            word: [n for key in keys for n in by_key.get(key, ()) if part.field in self.terms[n].fields]
            for word, keys in part.brought
            if not asked.isdisjoint(keys)
        }
        if not terms:
            return ()
        return [
            Hit(n, number, first, last)
            for i, word in enumerate(part.words)
            if word in terms
            for n in terms[word]
            for first, last in self._standing(n, part, i)
        ]

    def _standing(self, number: int, part: Part, i: int) -> Collection[tuple[int, int]]:
        """The first and last word of a term whose key is the word `i`; nothing if the others are not beside it."""
        term = self.terms[number]
        if len(term.words) == 1 and term.kind is not Kind.EXACT:
            return ((i, i),)
        first = i - self._at.get(number, 0)
        last = first + len(term.words) - 1
        if first < 0 or last >= len(part.words):
            return ()
        if term.kind is Kind.EXACT:
            stands = exact_form(part.text[part.token(first).start : part.token(last).end]) == term.raw
        else:
            stands = _follow(part.words[first : last + 1], term)
        return ((first, last),) if stands else ()

    def _pattern_hits(self, number: int, part: Part) -> Iterator[Hit]:
        ends: list[int] | None = None
        for term, start, end in self._patterns.find(part.text):
            if part.field in self.terms[term].fields:
                ends = ends if ends is not None else [token.end for token in tokenize(visible(part.text))]
                first = bisect_right(ends, start)
                last = max(first, bisect_right(ends, end - 1))
                yield Hit(term, number, first, last, start, end)

    # ------------------------------------------------------------ names

    def _name_hits(self, number: int, part: Part) -> Iterator[Hit]:
        raws = part.raws
        begun = {raw: names for raw in set(raws).difference(self._nameless) if (names := self._name(raw))}
        if not begun:
            return
        for raw, first in zip(raws, part.firsts, strict=True):
            for name in begun.get(raw, ()):
                yield from self._spelled(number, part, first + name.offset, name)

    def _spelled(self, number: int, part: Part, i: int, name: _Name) -> Iterator[Hit]:
        for term in name.terms:
            if part.field in self.terms[term].fields:
                yield Hit(term, number, i, i)
        for term, last in self._names.torn(part.words, i) if name.torn else ():
            if part.field in self.terms[term].fields and self._is_torn(part, i, last):
                yield Hit(term, number, i, last)

    def _is_torn(self, part: Part, first: int, last: int) -> bool:
        """Say whether these may be one name: "Baghdad a" is not Baghdada, but Da'esh is Daesh."""
        if len(part.words[last]) >= LEAST_TORN:
            return True
        return not any(c.isspace() for c in part.text[part.token(first).end : part.token(last).start])

    def _name(self, raw: str) -> tuple[_Name, ...]:
        """What names a piece of text is a spelling of, remembered."""
        names = self._named.get(raw)
        if names is None:
            if raw.isalpha() and (folded := fold_letters(raw)) is not None:
                tokens = [(folded, raw)]
            else:
                tokens = [(bare(t.word), raw[t.start : t.end]) for t in tokenize(raw)]
            every = [
                _Name(i, self._names.spelled(word, raw=own), self._names.may_begin(word))
                for i, (word, own) in enumerate(tokens)
            ]
            names = tuple(name for name in every if name.terms or name.torn)
            if len(self._nameless) + len(self._named) >= self._remembered:
                self._nameless.clear()
                self._named.clear()
            if names:
                self._named[raw] = names
            else:
                self._nameless.add(raw)
        return names

    # ------------------------------------------------------------ building

    def _build(self) -> None:
        """Give each term its key."""
        uses = Counter(word for term in self.terms if len(term.words) > 1 for word in term.words)
        for number, term in enumerate(self.terms):
            key = len(self._by_key)  # of its own, for names and patterns
            if term.kind is Kind.PREFIX and len(term.words) == 1:
                key = self._prefixes.setdefault(term.words[0], key)
            elif term.kind in (Kind.WORDS, Kind.EXACT, Kind.PREFIX):
                whole = term.words[:-1] if term.kind is Kind.PREFIX else term.words
                at = min(range(len(whole)), key=lambda i: (uses[whole[i]], -len(whole[i])))
                if at:
                    self._at[number] = at
                key = self._words.setdefault(whole[at], key)
            if key == len(self._by_key):
                self._by_key.append([])
            self.keys.append(key)
            self._by_key[key].append(number)


def _follow(words: Sequence[str], term: Term) -> bool:
    """Say whether words are those of a phrase, as its script lets them be read."""
    *whole, last = term.words
    ends = [last] if term.kind is Kind.WORDS else []
    if words[: len(whole + ends)] != whole + ends and not all(
        wanted in readings(word) for word, wanted in zip(words, whole + ends, strict=False)
    ):
        return False
    return bool(ends) or any(reading.startswith(last) for reading in readings(words[-1]))
