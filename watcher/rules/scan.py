"""All terms of all rules in one pass over an entry's words, whatever their number.

Each term has a key: its word, its beginning (`word*`), the word of a phrase that fewest others have.
A text is folded sign by sign and cut at spaces, both at C's speed. What a word brings, keys and what is
posted under them, is worked out once and remembered: language repeats itself. Rules are chosen by these;
where terms really stand is looked up only for the rules that are left, where their keys are.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from watcher.rules.choosing import Asked, Choice, Chooser
from watcher.rules.fuzzy import Names
from watcher.rules.parts import Hit, Part
from watcher.rules.patterns import Patterns, compile_pattern
from watcher.rules.spelling import bare, exact_form, readings, visible
from watcher.rules.terms import Kind, Term
from watcher.rules.words import REMEMBERED, Keys, Memory
from watcher.text import fold_letters, tokenize

#: Letters that the last word of a torn fuzzy name must have if a space is before it.
LEAST_TORN = 3


class _Name(NamedTuple):
    """Names that a word is a spelling of; `torn`: one may begin here and go on in the next word.

    `glued`: that only if no white space is between. A name begins with a capital where its script has them.
    """

    offset: int
    terms: tuple[int, ...]
    torn: bool
    glued: bool


class Scanner:
    """The terms of all rules, ready to be found."""

    def __init__(
        self,
        terms: Sequence[Term],
        asked: Iterable[Asked] = (),
        *,
        remembered: int = REMEMBERED,
    ) -> None:
        """`asked` has for each rule what it asks for, in numbers of terms."""
        self.terms, self._remembered = tuple(terms), remembered
        self._fields = frozenset(field for term in terms for field in term.fields)
        #: For each term its key, and where in a phrase that word stands; terms by key.
        self.keys: list[int] = []
        self._at: dict[int, int] = {}
        self._by_key: dict[int, list[int]] = {}
        self._words = self._build()
        self._chooser = Chooser(asked, self.keys)
        self._memory = Memory(self._words, self._chooser.count, remembered)
        names = [(n, t.words) for n, t in enumerate(terms) if t.kind is Kind.FUZZY]
        self._names = Names(names, remembered=remembered)
        self._patterns = Patterns([(n, compile_pattern(t.raw)) for n, t in enumerate(terms) if t.kind is Kind.PATTERN])
        #: What pieces of text are spellings of, as they stand in it.
        self._nameless: set[str] = set()
        self._named: dict[str, tuple[_Name, ...]] = {}

    def present(self, parts: Sequence[Part]) -> set[int]:
        """Return the terms that stand in the parts of an entry."""
        self.read(parts)
        return {hit.term for hit in self.find(parts)}

    def read(self, parts: Sequence[Part]) -> Choice:
        """Read the parts of an entry, and choose the rules and terms that are worth a closer look."""
        if self._memory.is_full:
            self._memory = Memory(self._words, self._chooser.count, self._remembered)
        memory, cuts, pieces = self._memory, dict[str, tuple[str, ...]](), list[str]()
        read = [part for part in parts if part.field in self._fields]
        for part in read:
            part.fold()
            part.cuts, part.offset = cuts, len(pieces)
            pieces += part.pieces
        keys, where = memory.look_up(pieces, cuts)
        if self._names or self._patterns:
            others = np.array([self.keys[term] + 1 for term in self._others(parts)], np.int64)
            keys, where = np.concatenate([keys, others]), np.concatenate([where, np.full(len(others), len(pieces))])
        return self._chooser.choose(keys, where)

    def _others(self, parts: Sequence[Part]) -> Iterator[int]:
        """The names and patterns that stand in the parts."""
        for number, part in enumerate(parts):
            if part.field in self._fields:
                part.named = [*self._name_hits(number, part)] if self._names else []
                yield from {hit.term for hit in part.named}
                yield from self._patterns.matching(part.text)

    def find(self, parts: Sequence[Part], wanted: Sequence[tuple[int, int]] | None = None) -> Iterator[Hit]:
        """Yield every hit of the terms that were chosen by `read`, or of all, in the parts."""
        read = [(number, part) for number, part in enumerate(parts) if part.field in self._fields]
        for term, number, i in self._every(read) if wanted is None else self._chosen(read, wanted):
            if (last := self._last(term, parts[number], i)) is not None:
                yield Hit(term, number, last - len(self.terms[term].words) + 1, last)
        names, patterns = self._asks(wanted, Kind.FUZZY), self._asks(wanted, Kind.PATTERN)
        for number, part in read:
            if names:
                yield from part.named
            if patterns:
                yield from self._pattern_hits(number, part)

    def _asks(self, wanted: Iterable[tuple[int, int]] | None, kind: Kind) -> bool:
        """Say whether names, or patterns, are among some terms."""
        if not (self._names if kind is Kind.FUZZY else self._patterns):
            return False
        return wanted is None or any(self.terms[number].kind is kind for _, number in wanted)

    # ------------------------------------------------------------ words

    def _every(self, read: Sequence[tuple[int, Part]]) -> Iterator[tuple[int, int, int]]:
        """Each term that a word brings, with the part and the word's index."""
        for number, part in read:
            for i, word in enumerate(part.words):
                for key in self._words.brought(word):
                    for term in self._by_key[key]:
                        yield term, number, i

    def _chosen(
        self, read: Sequence[tuple[int, Part]], wanted: Iterable[tuple[int, int]]
    ) -> Iterator[tuple[int, int, int]]:
        """The same of the terms that were chosen."""
        offsets = [part.offset for _, part in read]
        end = offsets[-1] + len(read[-1][1].pieces) if read else 0
        for piece, term in wanted:
            if piece >= end:
                continue  # a name or a pattern
            number, part = read[bisect_right(offsets, piece) - 1]
            i = piece - part.offset
            if not part.cuts:
                yield term, number, i
                continue
            first = part.firsts[i]
            for n, word in enumerate(part.cuts.get(part.pieces[i], ())):
                if self.keys[term] in self._words.brought(word):
                    yield term, number, first + n
            if part.pieces[i] not in part.cuts:
                yield term, number, first

    def _last(self, number: int, part: Part, i: int) -> int | None:
        """The last word of a term whose key is the word `i`; None if the others are not beside it, or not asked."""
        term = self.terms[number]
        if part.field not in term.fields:
            return None
        if len(term.words) == 1 and term.kind is not Kind.EXACT:
            return i
        first = i - self._at.get(number, 0)
        last = first + len(term.words) - 1
        if first < 0 or last >= len(part.words):
            return None
        if term.kind is not Kind.EXACT:
            return last if _follow(part.words[first : last + 1], term) else None
        if part.text.isascii() and term.raw not in part.text:
            return None
        stands = exact_form(part.text[part.token(first).start : part.token(last).end]) == term.raw
        return last if stands else None

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
        glued: set[int] | None = None
        for piece, (raw, first) in enumerate(zip(raws, part.firsts, strict=True)):
            for name in begun.get(raw, ()):
                if name.glued and glued is None:
                    glued = part.glued()
                torn = name.torn and (not name.glued or piece in (glued or ()))
                yield from self._spelled(number, part, first + name.offset, name, torn=torn)

    def _spelled(self, number: int, part: Part, i: int, name: _Name, *, torn: bool) -> Iterator[Hit]:
        for term in name.terms:
            if part.field in self.terms[term].fields:
                yield Hit(term, number, i, i)
        for term, last in self._names.torn(part.words, i) if torn else ():
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
            is_small = raw.isalpha() and raw[0].islower()
            if raw.isalpha() and (folded := fold_letters(raw)) is not None:
                tokens = [(folded, raw)]
            else:
                tokens = [(bare(t.word), raw[t.start : t.end]) for t in tokenize(raw)]
            every = [
                _Name(i, self._names.spelled(word, raw=own), torn := self._names.may_begin(word), torn and is_small)
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

    def _build(self) -> Keys:
        """Give each term its key."""
        whole, begun = dict[str, int](), dict[str, int]()
        uses = Counter(word for term in self.terms if len(term.words) > 1 for word in term.words)
        for number, term in enumerate(self.terms):
            key = len(self._by_key)  # of its own, for names and patterns
            if term.kind is Kind.PREFIX and len(term.words) == 1:
                key = begun.setdefault(term.words[0], key)
            elif term.kind in (Kind.WORDS, Kind.EXACT, Kind.PREFIX):
                words = term.words[:-1] if term.kind is Kind.PREFIX else term.words
                at = min(range(len(words)), key=lambda i: (uses[words[i]], -len(words[i])))
                if at:
                    self._at[number] = at
                key = whole.setdefault(words[at], key)
            self.keys.append(key)
            self._by_key.setdefault(key, []).append(number)
        return Keys(whole, begun)


def _follow(words: Sequence[str], term: Term) -> bool:
    """Say whether words are those of a phrase, as its script lets them be read."""
    *whole, last = term.words
    ends = [last] if term.kind is Kind.WORDS else []
    if words[: len(whole + ends)] != whole + ends and not all(
        wanted in readings(word) for word, wanted in zip(words, whole + ends, strict=False)
    ):
        return False
    return bool(ends) or any(reading.startswith(last) for reading in readings(words[-1]))
