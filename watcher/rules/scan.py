"""All terms of all rules in one pass over an entry's words, whatever their number.

A text is cut at white space. What a piece brings (its folded words, and the terms that may
begin with each) is worked out once and remembered: language repeats itself, so most of a text
is found in that memory at the price of one look-up a piece. Terms of several words go on from
there through a tree of words. Places in the original text are worked out only for what matched.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from watcher.model import Entry, Feed
from watcher.rules.fuzzy import Names
from watcher.rules.patterns import Patterns, compile_pattern
from watcher.rules.spelling import bare, exact_form, readings, visible
from watcher.rules.terms import TEXT_FIELDS, Kind, Term
from watcher.text import Token, fold, tokenize

#: Pieces of text in each of two memories, each piece about 250 bytes. A full one becomes the old one, and what
#: is asked for there moves to the new one.
REMEMBERED = 40_000
#: Letters that the last word of a torn fuzzy name must have if a space is before it.
LEAST_TORN = 3
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

    __slots__ = ("_offsets", "_tokens", "field", "firsts", "pieces", "reads", "text", "words")

    def __init__(self, field: str, text: str) -> None:
        self.field, self.text = field, text
        #: Set by the scanner: all words, the pieces that the text was cut into, what each brings, and the index of
        #: each piece's first word.
        self.words: list[str] = []
        self.pieces: list[str] = []
        self.reads: list[_Read] = []
        self.firsts: list[int] = []
        self._offsets: list[int] = []
        self._tokens: dict[int, tuple[Token, ...]] = {}

    def token(self, index: int) -> Token:
        """The word of that index with its place; only the piece that holds it is read."""
        number = bisect_right(self.firsts, index) - 1
        if number not in self._tokens:
            start = self._offset(number)
            self._tokens[number] = tokenize(visible(self.text[start : start + len(self.pieces[number])]))
        token, start = self._tokens[number][index - self.firsts[number]], self._offset(number)
        return Token(token.word, token.start + start, token.end + start)

    def span(self, hit: Hit) -> tuple[int, int]:
        """Characters of a hit, `start` inclusive, `end` exclusive."""
        if hit.start >= 0:
            return hit.start, hit.end
        return self.token(hit.first).start, self.token(hit.last).end

    def _offset(self, number: int) -> int:
        if not self._offsets:
            parted, position = _parted(visible(self.text)), 0
            for piece in self.pieces:
                position = parted.find(piece, position)
                self._offsets.append(position)
                position += len(piece)
        return self._offsets[number]


def _parted(text: str) -> str:
    """The text with the common signs between words as spaces; same length."""
    for sign in _SIGNS:
        text = text.replace(sign, " ")
    return text


def _pieces(text: str) -> list[str]:
    return _parted(text).split()


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

    __slots__ = ("ends", "next", "prefixes", "special", "torn")

    def __init__(self, ends: Sequence[int] = (), *, torn: bool = False, special: bool = False) -> None:
        self.ends = tuple(ends)
        #: Some of the terms that end here need a further look (a scope, `=exact` words).
        self.special = special
        self.next: dict[str, _Node] | None = None
        #: Beginnings of the last word of a phrase (`bomb mak*`), and their terms.
        self.prefixes: list[tuple[str, int]] | None = None
        #: A fuzzy name may begin here and go on in the next word.
        self.torn = torn

    @property
    def leads_on(self) -> bool:
        """Whether more is to be looked at than the terms that end here."""
        return self.torn or self.special or self.next is not None or self.prefixes is not None

    def child(self, word: str) -> "_Node":
        if self.next is None:
            self.next = {}
        return self.next.setdefault(word, _Node())


#: Signs that part words as white space does, and are quicker replaced than searched for.
_SIGNS = ".,\"'’-:;()/“”،«»"
#: From here on there are scripts without spaces.
_FIRST_WITHOUT_SPACES = "\u0e00"


class _Read(NamedTuple):
    """What a piece of text brings."""

    words: tuple[str, ...]
    #: Terms of one word that need no further look, if the piece stands in a text field.
    simple: tuple[int, ...]
    #: Index of each word that leads on, and where to.
    deeper: tuple[tuple[int, tuple[_Node, ...]], ...]
    #: The same for every word that matters at all.
    starts: tuple[tuple[int, tuple[_Node, ...]], ...]


class Scanner:
    """The terms of all rules, ready to be found."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = tuple(terms)
        self._fields = frozenset(field for term in terms for field in term.fields)
        #: Terms that stand wherever their word stands in a text field.
        self._is_simple = [t.fields == TEXT_FIELDS and (t.kind is not Kind.EXACT or len(t.words) == 1) for t in terms]
        self._words, self._exact, self._prefixes = _Node(), _Node(), _Node()
        for number, term in enumerate(terms):
            self._add(number, term)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes.next or ()})
        self._names = Names([(n, t.words) for n, t in enumerate(terms) if t.kind is Kind.FUZZY])
        compiled = [(n, compile_pattern(t.raw)) for n, t in enumerate(terms) if t.kind is Kind.PATTERN]
        self._patterns = Patterns(compiled)
        self._memory: dict[str, _Read] = {}
        self._old: dict[str, _Read] = {}

    def present(self, parts: Sequence[Part]) -> set[int]:
        """Return the terms that stand in the parts of an entry, and leave in the parts what `find` needs."""
        found: set[int] = set()
        for part in parts:
            if part.field not in self._fields:
                continue
            deeper = self._skim(part, found if part.field in TEXT_FIELDS else set())
            self._follow(part, deeper, found)
            if self._patterns:
                matched = {term for term, _, _ in self._patterns.find(part.text)}
                found.update(term for term in matched if part.field in self.terms[term].fields)
        return found

    def _follow(self, part: Part, deeper: Sequence[tuple[int, tuple[_Node, ...]]], found: set[int]) -> None:
        """Add the terms of several words; most beginnings end at once, for another word follows than they want."""
        words = part.words
        for first, nodes in deeper:
            following = words[first + 1] if first + 1 < len(words) else ""
            for node in nodes:
                if (
                    (node.next is not None and following in node.next)
                    or node.special
                    or node.torn
                    or node.prefixes is not None
                    or not following.isascii()
                ):
                    found.update(t for t, last in self._from(node, words, first) if self._stands(t, part, first, last))

    def find(self, parts: Sequence[Part], wanted: Set[int]) -> Iterator[Hit]:
        """Yield every hit of the wanted terms in parts that `present` has read."""
        for number, part in enumerate(parts):
            if part.field not in self._fields:
                continue
            for base, read in zip(part.firsts, part.reads, strict=True):
                for i, nodes in read.starts:
                    yield from self._hits(number, part, base + i, nodes, wanted)
            if self._patterns:
                yield from self._pattern_hits(number, part, wanted)

    def _hits(self, number: int, part: Part, first: int, nodes: Sequence[_Node], wanted: Set[int]) -> Iterator[Hit]:
        for node in nodes:
            if wanted.isdisjoint(node.ends) and not node.torn and not self._goes_on(node, part.words, first):
                continue
            for term, last in self._from(node, part.words, first):
                if term in wanted and self._stands(term, part, first, last):
                    yield Hit(term, number, first, last)

    def _stands(self, number: int, part: Part, first: int, last: int) -> bool:
        """Say whether a term whose words are found may be in this field, and may be so torn or written."""
        term = self.terms[number]
        if part.field not in term.fields:
            return False
        if first == last or term.kind not in (Kind.EXACT, Kind.FUZZY):
            return True
        start, end = part.token(first).end, part.token(last).start
        if term.kind is Kind.FUZZY:  # "Baghdad a" is not Baghdada, but Da'esh is Daesh
            return len(part.words[last]) >= LEAST_TORN or not any(c.isspace() for c in part.text[start:end])
        return exact_form(part.text[part.token(first).start : part.token(last).end]) == term.raw

    def _pattern_hits(self, number: int, part: Part, wanted: Set[int]) -> Iterator[Hit]:
        ends: list[int] | None = None
        for term, start, end in self._patterns.find(part.text):
            if term in wanted and part.field in self.terms[term].fields:
                ends = ends if ends is not None else [token.end for token in tokenize(visible(part.text))]
                first = bisect_right(ends, start)
                last = max(first, bisect_right(ends, end - 1))
                yield Hit(term, number, first, last, start, end)

    # ------------------------------------------------------------ reading a text

    def _skim(self, part: Part, found: set[int]) -> list[tuple[int, tuple[_Node, ...]]]:
        """Read a text: add its simple terms to `found`, and return where longer terms may begin."""
        deeper: list[tuple[int, tuple[_Node, ...]]] = []
        recall, words = self._memory.get, part.words
        part.pieces = _pieces(visible(part.text))
        begin, keep = part.firsts.append, part.reads.append
        for piece in part.pieces:
            read = recall(piece) or self._learn(piece)
            own, simple, leads, _ = read
            base = len(words)
            begin(base)
            keep(read)
            if simple:
                found.update(simple)
            if leads:
                deeper += [(base + i, nodes) for i, nodes in leads]
            words += own
        return deeper

    def _goes_on(self, node: _Node, words: Sequence[str], first: int) -> bool:
        """Say whether the next word may be one that follows; most are not."""
        if first + 1 >= len(words):
            return False
        word = words[first + 1]
        return (node.next is not None and word in node.next) or node.prefixes is not None or not word.isascii()

    def _learn(self, piece: str) -> _Read:
        read = self._old.get(piece) or self._new(piece)
        if len(piece) <= LONGEST_REMEMBERED:
            if len(self._memory) >= REMEMBERED:
                self._old, self._memory = self._memory, {}
            self._memory[piece] = read
        return read

    def _new(self, piece: str) -> _Read:
        if piece.isalpha() and (piece.isascii() or max(piece) < _FIRST_WITHOUT_SPACES):  # one word, as most pieces are
            word = piece.lower() if piece.isascii() else bare(fold(piece))
            nodes = self._begin(word, piece)
            if not nodes:
                return _Read((word,), (), (), ())
            words: tuple[str, ...] = (word,)
            starts = [(0, tuple(nodes))]
        else:
            tokens = tokenize(piece)
            words = tuple(bare(token.word) for token in tokens)
            begun = [(i, tuple(self._begin(words[i], piece[t.start : t.end]))) for i, t in enumerate(tokens)]
            starts = [(i, nodes) for i, nodes in begun if nodes]
        simple, deeper = list[int](), list[tuple[int, tuple[_Node, ...]]]()
        for i, found in starts:
            simple += [term for node in found for term in node.ends if self._is_simple[term]]
            if leading := tuple(n for n in found if n.leads_on):
                deeper.append((i, leading))
        return _Read(words, tuple(simple), tuple(deeper), tuple(starts))

    def _begin(self, word: str, raw: str) -> list[_Node]:
        """Find everything that may begin with a word."""
        found = []
        prefixes, first = self._prefixes.next or {}, self._words.next or {}
        for reading in readings(word):
            if node := first.get(reading):
                found.append(node)
            for length in self._lengths:
                if length > len(reading):
                    break
                if node := prefixes.get(reading[:length]):
                    found.append(node)
        if self._exact.next and (node := self._exact.next.get(exact_form(raw))):
            found.append(node)
        if self._names:
            names, torn = self._names.spelled(word, raw=raw), self._names.may_begin(word)
            if names or torn:
                found.append(_Node(names, torn=torn, special=not all(self._is_simple[term] for term in names)))
        return found

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
        if term.kind is Kind.PREFIX and len(term.words) > 1:
            node = self._grown(self._words, term.words[:-1])
            node.prefixes = [*(node.prefixes or ()), (term.words[-1], number)]
            return
        if term.kind is Kind.PREFIX:
            node = self._prefixes.child(term.words[0])
        elif term.kind is Kind.EXACT:
            raw = [exact_form(term.raw[t.start : t.end]) for t in tokenize(visible(term.raw))]
            node = self._grown(self._exact.child(raw[0]), term.words[1:])
        elif term.kind is Kind.WORDS:
            node = self._grown(self._words, term.words)
        else:
            return
        node.ends += (number,)
        node.special = node.special or not self._is_simple[number]

    def _grown(self, node: _Node, words: Sequence[str]) -> _Node:
        for word in words:
            node = node.child(word)
        return node
