"""The texts of an entry as terms are looked for in them: cut into words, able to say where each word stands."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import NamedTuple

from watcher.model import Entry, Feed
from watcher.rules.spelling import visible
from watcher.text import Token, fold_signs, part_signs, tokenize

#: A sign between two words that no white space parts.
_GLUE = re.compile(r"(?<=\w)[^\w\s](?=\w)")
#: Pieces of a text that are looked for one by one.
FEW = 8


class Hit(NamedTuple):
    """A place where a term stands: words `first` to `last` of a part of the entry.

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

    __slots__ = (
        "_firsts",
        "_padded",
        "_raws",
        "_starts",
        "_tokens",
        "_words",
        "cuts",
        "field",
        "folded",
        "named",
        "offset",
        "pieces",
        "text",
    )

    def __init__(self, field: str, text: str) -> None:
        self.field, self.text = field, text
        #: Set by `fold`: the text folded sign by sign, and its pieces between spaces.
        self.folded = ""
        self.pieces: list[str] = []
        #: Set by the scanner: pieces that are not one word, and the words that they are.
        self.cuts: dict[str, tuple[str, ...]] = {}
        #: Set by the scanner: pieces of the parts before.
        self.offset = 0
        #: Set by the scanner: where spellings of names stand.
        self.named: list[Hit] = []
        self._words: list[str] | None = None
        self._firsts: Sequence[int] = ()
        self._raws: list[str] | None = None
        self._padded = ""
        self._starts: dict[int, int] = {}
        self._tokens: dict[int, tuple[Token, ...]] = {}

    def fold(self) -> None:
        """Read the text; parts that no term asks for are spared it."""
        self.folded = fold_signs(visible(self.text))
        self.pieces = self.folded.split()
        self._padded = f" {self.folded} "

    @property
    def words(self) -> list[str]:
        """All words."""
        if not self.cuts:
            return self.pieces
        if self._words is None:
            self._words = [*chain.from_iterable(map(self.cuts.get, self.pieces, zip(self.pieces)))]
        return self._words

    @property
    def firsts(self) -> Sequence[int]:
        """The index of each piece's first word."""
        if not self.cuts:
            return range(len(self.pieces))
        if not self._firsts:
            self._firsts = [*accumulate(map(len, map(self.cuts.get, self.pieces, zip(self.pieces))), initial=0)][:-1]
        return self._firsts

    @property
    def raws(self) -> list[str]:
        """The pieces as they stand in the text."""
        if self._raws is None:
            self._raws = part_signs(visible(self.text)).split()
        return self._raws

    def token(self, index: int) -> Token:
        """The word of that index with its place; only the piece that holds it is read."""
        if not self.cuts:
            return Token(self.pieces[index], start := self._start(index), start + len(self.pieces[index]))
        number = bisect_right(self.firsts, index) - 1
        start, piece = self._start(number), self.pieces[number]
        if piece not in self.cuts:
            return Token(piece, start, start + len(piece))
        if number not in self._tokens:
            self._tokens[number] = tokenize(visible(self.text[start : start + len(piece)]))
        token = self._tokens[number][index - self.firsts[number]]
        return Token(token.word, token.start + start, token.end + start)

    def span(self, hit: Hit) -> tuple[int, int]:
        """Characters of a hit, `start` inclusive, `end` exclusive."""
        if hit.start >= 0:
            return hit.start, hit.end
        first = self.token(hit.first)
        return first.start, (first if hit.last == hit.first else self.token(hit.last)).end

    def glued(self) -> set[int]:
        """The numbers of the pieces that no white space parts from the next one, as in Da'esh."""
        signs = [match.start() for match in _GLUE.finditer(self.text)]
        starts = self._all_starts() if signs else []
        return {bisect_right(starts, sign) - 1 for sign in signs}

    def _start(self, number: int) -> int:
        """Where a piece stands: looked for if few are asked for, else of all pieces at once."""
        if number in self._starts:
            return self._starts[number]
        if len(self._starts) >= FEW:
            self._starts = dict(enumerate(self._all_starts()))
            return self._starts[number]
        piece, at = f" {self.pieces[number]} ", -1
        for _ in range(self.pieces[:number].count(self.pieces[number]) + 1):
            at = self._padded.find(piece, at + 1)
        self._starts[number] = at
        return at

    def _all_starts(self) -> list[int]:
        every = self.folded.split(" ")
        ends = enumerate(zip(every, accumulate(map(len, every)), strict=True))
        return [spaces + end - len(piece) for spaces, (piece, end) in ends if piece]


def parts_of(entry: Entry, feed: Feed | None) -> tuple[Part, ...]:
    """Return every text of an entry that terms may be looked for in."""
    names = (feed.id, feed.title) if feed else (entry.feed,)
    values = (
        ("title", (entry.title,)), ("summary", (entry.summary,)), ("content", (entry.content,)),
        ("author", (entry.author,)), ("category", entry.categories), ("link", (entry.link or "",)), ("feed", names),
    )  # fmt: skip
    return tuple(Part(field, text) for field, texts in values for text in texts if text)
