"""All terms of all rules in one pass over an entry's words, whatever their number.

Each term has a key: its word, its beginning (`word*`), the word of a phrase that fewest others have.
A text is folded sign by sign and cut at spaces, both at C's speed. What a word brings, keys and the
rules that are posted under them, is worked out once and remembered: language repeats itself. Rules
are chosen by these; where terms really stand is looked up only for the rules that are left.
"""

import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import regex

from watcher.rules.choosing import Chooser
from watcher.rules.fuzzy import Names
from watcher.rules.parts import Hit, Part
from watcher.rules.patterns import Patterns, compile_pattern
from watcher.rules.spelling import bare, exact_form, readings, visible
from watcher.rules.terms import Kind, Term
from watcher.text import FOLDED_ALONE, fold_letters, tokenize

#: Words in each of the memories, each about 100 bytes; a full one is emptied.
REMEMBERED = 100_000
#: Longer pieces (a link, a sentence without spaces) hardly come again.
LONGEST_REMEMBERED = 40
#: Letters that the last word of a torn fuzzy name must have if a space is before it.
LEAST_TORN = 3

#: Signs that are a word each.
_SPACELESS = regex.compile(r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+")


class _Name(NamedTuple):
    """Names that a word is a spelling of; `torn`: one may begin here and go on in the next word.

    `glued`: that only if no white space is between. A name begins with a capital where its script has them.
    """

    offset: int
    terms: tuple[int, ...]
    torn: bool
    glued: bool


#: What a word brings: keys, and the rules that are posted under them.
Brought = tuple[tuple[int, ...], bytes, bytes]


class Scanner:
    """The terms of all rules, ready to be found."""

    def __init__(
        self,
        terms: Sequence[Term],
        requirements: Iterable[Sequence[Iterable[int]]] = (),
        *,
        remembered: int = REMEMBERED,
    ) -> None:
        """`requirements` has for each rule the sets of terms from each of which one must stand in an entry."""
        self.terms, self._remembered = tuple(terms), remembered
        self._fields = frozenset(field for term in terms for field in term.fields)
        #: Keys that are words and beginnings of words.
        self._words: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        #: For each term its key, and where in a phrase that word stands; terms by key.
        self.keys: list[int] = []
        self._at: dict[int, int] = {}
        self._by_key: dict[int, list[int]] = {}
        self._build()
        keys = self.keys
        posts = ([{keys[term] for term in terms} for terms in sets] for sets in requirements)
        self._chooser = Chooser(posts, len(self._by_key))
        #: Lengths of the beginnings, by their first letters as far as all have them.
        self._least = min(map(len, self._prefixes), default=0)
        self._lengths: dict[str, set[int]] = {}
        for prefix in self._prefixes:
            self._lengths.setdefault(prefix[: self._least], set()).add(len(prefix))
        names = [(n, t.words) for n, t in enumerate(terms) if t.kind is Kind.FUZZY]
        self._names = Names(names, remembered=remembered)
        self._patterns = Patterns([(n, compile_pattern(t.raw)) for n, t in enumerate(terms) if t.kind is Kind.PATTERN])
        #: What words bring; pieces that are not one word, and their words.
        self._memory: dict[str, Brought | tuple[()]] = {}
        self._cuts: dict[str, tuple[str, ...]] = {}
        #: The same for names, by pieces as they stand in the text.
        self._nameless: set[str] = set()
        self._named: dict[str, tuple[_Name, ...]] = {}

    def present(self, parts: Sequence[Part]) -> set[int]:
        """Return the terms that stand in the parts of an entry."""
        self.read(parts)
        return {hit.term for hit in self.find(parts)}

    def read(self, parts: Sequence[Part]) -> list[int]:
        """Read the parts of an entry; return the rules that what stands there does not rule out."""
        found: list[Brought] = []
        for number, part in enumerate(parts):
            if part.field not in self._fields:
                continue
            part.fold()
            part.brought = self._brought(part)
            found += [brought for _, brought in part.brought]
            if self._names:
                part.named = [*self._name_hits(number, part)]
                found.append(self._bringing(tuple({self.keys[hit.term] for hit in part.named})))
            if self._patterns:
                found.append(self._bringing(tuple(self.keys[term] for term in self._patterns.matching(part.text))))
        if not found:
            return self._chooser.choose(b"", b"")
        _, first, last = zip(*found, strict=True)
        return self._chooser.choose(b"".join(first), b"".join(last))

    def _bringing(self, keys: tuple[int, ...]) -> Brought:
        return (keys, *self._chooser.posted(keys))

    def find(self, parts: Sequence[Part], wanted: Iterable[int] | None = None) -> Iterator[Hit]:
        """Yield every hit of the wanted terms, or of all, in parts that were `read`."""
        by_key: Mapping[int, Sequence[int]] = self._by_key if wanted is None else self._grouped(wanted)
        names, patterns = (self._asks(by_key, kind) for kind in (Kind.FUZZY, Kind.PATTERN))
        for number, part in enumerate(parts):
            if part.field not in self._fields:
                continue
            yield from self._word_hits(number, part, by_key)
            if names:
                yield from part.named
            if patterns:
                yield from self._pattern_hits(number, part)

    def _asks(self, by_key: Mapping[int, Sequence[int]], kind: Kind) -> bool:
        """Say whether names, or patterns, are among some terms."""
        if not (self._names if kind is Kind.FUZZY else self._patterns):
            return False
        return any(self.terms[numbers[0]].kind is kind for numbers in by_key.values())

    # ------------------------------------------------------------ words

    def _brought(self, part: Part) -> list[tuple[str, Brought]]:
        """Return the different words of a text that bring keys; what it cuts pieces into is left in the part."""
        recall, known, new = self._memory.get, list[tuple[str, Brought]](), list[str]()
        for piece in set(part.pieces):
            brought = recall(piece)
            if brought:
                known.append((piece, brought))
            elif brought is None:
                new.append(piece)
        if not new:
            return known
        words = set[str]()
        for piece in new:
            if FOLDED_ALONE.issuperset(piece) or (cut := self._cut(piece)) == (piece,):
                words.add(piece)
            else:
                words.update(cut)
                part.cuts[piece] = cut
        if part.cuts:
            words.difference_update([word for word, _ in known])
        return known + [(word, brought) for word in words if (brought := self._known(word))]

    def _cut(self, piece: str) -> tuple[str, ...]:
        """The words of a piece of folded text."""
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

    def _known(self, word: str) -> Brought | tuple[()]:
        """What a word brings, remembered."""
        brought = self._memory.get(word)
        if brought is None:
            keys = self._learn(word)
            if len(self._memory) >= self._remembered:
                self._memory.clear()
            brought = self._memory[word] = self._bringing(keys) if keys else ()
        return brought

    def _learn(self, word: str) -> tuple[int, ...]:
        found: dict[int, None] = {}
        for reading in readings(word):
            if (key := self._words.get(reading)) is not None:
                found[key] = None
            for length in self._lengths.get(reading[: self._least], ()):
                if (key := self._prefixes.get(reading[:length])) is not None:
                    found[key] = None
        return tuple(found)

    def _word_hits(self, number: int, part: Part, by_key: Mapping[int, Sequence[int]]) -> Iterable[Hit]:
        asked = by_key.keys()
        terms = {
            word: [n for key in keys for n in by_key.get(key, ()) if part.field in self.terms[n].fields]
            for word, (keys, _, _) in part.brought
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
        first = i - self._at[number] if number in self._at else i
        last = first + len(term.words) - 1
        if first < 0 or last >= len(part.words):
            return ()
        if term.kind is Kind.EXACT:
            if part.text.isascii() and term.raw not in part.text:
                return ()
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
            self.keys.append(key)
            self._by_key.setdefault(key, []).append(number)

    def _grouped(self, terms: Iterable[int]) -> dict[int, list[int]]:
        by_key: dict[int, list[int]] = {}
        for term in terms:
            alike = by_key.setdefault(self.keys[term], [])
            if term not in alike:
                alike.append(term)
        return by_key


def _follow(words: Sequence[str], term: Term) -> bool:
    """Say whether words are those of a phrase, as its script lets them be read."""
    *whole, last = term.words
    ends = [last] if term.kind is Kind.WORDS else []
    if words[: len(whole + ends)] != whole + ends and not all(
        wanted in readings(word) for word, wanted in zip(words, whole + ends, strict=False)
    ):
        return False
    return bool(ends) or any(reading.startswith(last) for reading in readings(words[-1]))
