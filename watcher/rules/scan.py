"""All terms of all rules in one pass over an entry's words, whatever their number.

A text is cut at white space. What a piece brings (its folded words, and the terms that may
begin with each) is worked out once and remembered: language repeats itself, so most of a text
is found in that memory at the price of one look-up a piece. Terms of several words go on from
there through a tree of words. Places in the original text are worked out only for what matched.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from watcher.model import Entry, Feed
from watcher.rules.fuzzy import Names
from watcher.rules.patterns import Patterns, compile_pattern
from watcher.rules.spelling import bare, exact_form, readings, visible
from watcher.rules.terms import Kind, Term
from watcher.text import Token, tokenize

#: Pieces of text that are remembered, each about 250 bytes; then the memory starts anew.
REMEMBERED = 60_000
#: Longer pieces (a Chinese sentence, a link) hardly come again.
LONGEST_REMEMBERED = 40


class Hit(NamedTuple):
    """A place where a term stands: words `first` to `last` of a piece of the entry.

    `start` and `end` are set for patterns only, which need not keep to words.
    """

    term: int
    part: int
    first: int
    last: int
    start: int = -1
    end: int = -1


class Part:
    """One field's value, or one of several (categories), of the entry under examination."""

    __slots__ = ("_tokens", "field", "text")

    def __init__(self, field: str, text: str) -> None:
        self.field, self.text = field, text
        self._tokens: tuple[Token, ...] | None = None

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The words with their places; worked out when first asked for."""
        if self._tokens is None:
            self._tokens = tokenize(visible(self.text))
        return self._tokens

    def span(self, hit: Hit) -> tuple[int, int]:
        """Characters of a hit, `start` inclusive, `end` exclusive."""
        if hit.start >= 0:
            return hit.start, hit.end
        return self.tokens[hit.first].start, self.tokens[hit.last].end


def parts_of(entry: Entry, feed: Feed | None) -> tuple[Part, ...]:
    """Return every text of an entry that terms may be looked for in."""
    names = (feed.id, feed.title) if feed else (entry.feed,)
    values = (
        ("title", (entry.title,)), ("summary", (entry.summary,)), ("content", (entry.content,)),
        ("author", (entry.author,)), ("category", entry.categories), ("link", (entry.link or "",)), ("feed", names),
    )  # fmt: skip
    return tuple(Part(field, text) for field, texts in values for text in texts if text)


class _Node:
    """A word of the tree: terms that end here, and words that may follow."""

    __slots__ = ("ends", "next", "prefixes", "torn")

    def __init__(self, ends: Sequence[int] = (), *, torn: bool = False) -> None:
        self.ends = list(ends)
        self.next: dict[str, _Node] | None = None
        #: Beginnings of the last word of a phrase (`bomb mak*`), and their terms.
        self.prefixes: list[tuple[str, int]] | None = None
        #: A fuzzy name may begin here and go on in the next word.
        self.torn = torn

    def child(self, word: str) -> "_Node":
        if self.next is None:
            self.next = {}
        return self.next.setdefault(word, _Node())


#: What a piece of text brings: its words, and for each word that matters its index and where it leads.
_Read = tuple[tuple[str, ...], tuple[tuple[int, tuple[_Node, ...]], ...]]


class Scanner:
    """The terms of all rules, ready to be found."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = tuple(terms)
        self._fields = frozenset(field for term in terms for field in term.fields)
        self._words, self._exact, self._prefixes = _Node(), _Node(), _Node()
        for number, term in enumerate(terms):
            self._add(number, term)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes.next or ()})
        self._names = Names([(n, t.words) for n, t in enumerate(terms) if t.kind is Kind.FUZZY])
        compiled = [(n, compile_pattern(t.raw)) for n, t in enumerate(terms) if t.kind is Kind.PATTERN]
        self._patterns = Patterns(compiled)
        self._memory: dict[str, _Read] = {}

    def find(self, parts: Sequence[Part]) -> list[Hit]:
        """Return every hit in the parts of an entry."""
        hits: list[Hit] = []
        for number, part in enumerate(parts):
            if part.field in self._fields:
                hits.extend(self._find_in(number, part))
        return hits

    def _find_in(self, number: int, part: Part) -> Iterator[Hit]:
        words, starts = self._read(visible(part.text))
        for first, nodes in starts:
            for node in nodes:
                for term, last in self._from(node, words, first):
                    if self._stands(term, part, first, last):
                        yield Hit(term, number, first, last)
        if self._patterns:
            yield from self._pattern_hits(number, part)

    def _stands(self, number: int, part: Part, first: int, last: int) -> bool:
        """Say whether a term whose words are found may be in this field, and for `=exact` stands there as written."""
        term = self.terms[number]
        if part.field not in term.fields:
            return False
        if term.kind is not Kind.EXACT or first == last:
            return True
        start, end = part.tokens[first].start, part.tokens[last].end
        return exact_form(part.text[start:end]) == term.raw

    def _pattern_hits(self, number: int, part: Part) -> Iterator[Hit]:
        ends: list[int] | None = None
        for term, start, end in self._patterns.find(part.text):
            if part.field in self.terms[term].fields:
                ends = ends if ends is not None else [token.end for token in part.tokens]
                first = bisect_right(ends, start)
                last = max(first, bisect_right(ends, end - 1))
                yield Hit(term, number, first, last, start, end)

    # ------------------------------------------------------------ reading a text

    def _read(self, text: str) -> tuple[list[str], list[tuple[int, tuple[_Node, ...]]]]:
        words: list[str] = []
        starts: list[tuple[int, tuple[_Node, ...]]] = []
        memory = self._memory
        for piece in text.split():
            read = memory.get(piece)
            if read is None:
                read = self._learn(piece)
            if read[1]:
                base = len(words)
                starts += [(base + i, nodes) for i, nodes in read[1]]
            words += read[0]
        return words, starts

    def _learn(self, piece: str) -> _Read:
        tokens = tokenize(piece)
        words = tuple(bare(token.word) for token in tokens)
        starts = []
        for i, token in enumerate(tokens):
            if nodes := tuple(self._begin(words[i], piece[token.start : token.end])):
                starts.append((i, nodes))
        read = (words, tuple(starts))
        if len(piece) <= LONGEST_REMEMBERED:
            if len(self._memory) >= REMEMBERED:
                self._memory.clear()
            self._memory[piece] = read
        return read

    def _begin(self, word: str, raw: str) -> Iterator[_Node]:
        """Find everything that may begin with a word."""
        prefixes, first = self._prefixes.next or {}, self._words.next or {}
        for reading in readings(word):
            if node := first.get(reading):
                yield node
            for length in self._lengths:
                if length > len(reading):
                    break
                if node := prefixes.get(reading[:length]):
                    yield node
        if self._exact.next and (node := self._exact.next.get(exact_form(raw))):
            yield node
        if self._names:
            found, torn = self._names.spelled(word, raw=raw), self._names.may_begin(word)
            if found or torn:
                yield _Node(found, torn=torn)

    def _from(self, node: _Node, words: Sequence[str], first: int) -> Iterator[tuple[int, int]]:
        """Yield `(term, last word)` for every term that begins at a word and leads through `node`."""
        if node.torn:
            yield from self._names.torn(words, first)
        stack = [(node, first)]
        while stack:
            here, i = stack.pop()
            for term in here.ends:
                yield term, i
            if (here.next or here.prefixes) and i + 1 < len(words):
                for reading in readings(words[i + 1]):
                    if here.next and (child := here.next.get(reading)):
                        stack.append((child, i + 1))
                    for prefix, term in here.prefixes or ():
                        if reading.startswith(prefix):
                            yield term, i + 1

    # ------------------------------------------------------------ building

    def _add(self, number: int, term: Term) -> None:
        if term.kind is Kind.PREFIX and len(term.words) == 1:
            self._prefixes.child(term.words[0]).ends.append(number)
        elif term.kind is Kind.PREFIX:
            node = self._grown(self._words, term.words[:-1])
            node.prefixes = [*(node.prefixes or ()), (term.words[-1], number)]
        elif term.kind is Kind.EXACT:
            raw = [exact_form(term.raw[t.start : t.end]) for t in tokenize(term.raw)]
            node = self._exact.child(raw[0])
            self._grown(node, term.words[1:]).ends.append(number)
        elif term.kind is Kind.WORDS:
            self._grown(self._words, term.words).ends.append(number)

    def _grown(self, node: _Node, words: Sequence[str]) -> _Node:
        for word in words:
            node = node.child(word)
        return node
