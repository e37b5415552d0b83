"""What each word of a text says of the terms: worked out once and remembered, for language repeats itself."""

import itertools
import unicodedata
from collections.abc import Sequence

import numpy as np
import regex

from watcher.rules.choosing import Array
from watcher.rules.spelling import bare, readings
from watcher.rules.table import Table
from watcher.text import FOLDED_ALONE, tokenize

#: Pieces of text that a memory holds; a full one is left for an empty one.
REMEMBERED = 130_000
#: Longer pieces that are no word (a link) hardly come again.
LONGEST_REMEMBERED = 40

#: Signs that are a word each.
_SPACELESS = regex.compile(r"[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+")


class Keys:
    """Words and beginnings of words that terms ask for, each with a key, a number from 0 on."""

    def __init__(self, whole: dict[str, int], begun: dict[str, int]) -> None:
        self._whole, self._begun = whole, begun
        #: Lengths of the beginnings, by their first letters as far as all have them.
        self._least = min(map(len, begun), default=0)
        lengths: dict[str, set[int]] = {}
        for letters in begun:
            lengths.setdefault(letters[: self._least], set()).add(len(letters))
        #: One tuple for all that are alike: they are few.
        alike: dict[tuple[int, ...], tuple[int, ...]] = {}
        self._lengths = {first: alike.setdefault(t := tuple(sorted(some)), t) for first, some in lengths.items()}

    def brought(self, word: str) -> tuple[int, ...]:
        """Return the keys that a word of a text brings."""
        found, whole, begun, least = list[int](), self._whole.get, self._begun.get, self._least
        for reading in readings(word):
            if (key := whole(reading)) is not None:
                found.append(key)
            if (lengths := self._lengths.get(reading[:least])) is not None:
                for length in lengths:
                    if (key := begun(reading[:length])) is not None:
                        found.append(key)
        return tuple(dict.fromkeys(found)) if found else ()


class Memory:
    """Pieces of text that were met, and the keys that they bring. Whoever began to read with one goes on with it."""

    def __init__(self, keys: Keys, count: int, room: int = REMEMBERED) -> None:
        """`count` is that of all keys."""
        self._keys, self._count = keys, count
        #: Twice a number, and one more for a piece that is not one word as it stands. A number is 0 for no key, 1 for
        #: the first, and so on; beyond those of keys it stands for several.
        self._table = Table(room)
        #: The words of such pieces with spaces between: a sixth of the memory that a tuple of them takes.
        self._cuts: dict[str, str] = {}
        #: Numbers of several keys, as many as there are pieces at most.
        self.numbers: dict[tuple[int, ...], int] = {}
        self._several: dict[int, Array] = {}
        self._fresh = itertools.count(count + 1)

    @property
    def is_full(self) -> bool:
        """Whether another should be begun."""
        return self._table.is_full

    def look_up(self, pieces: Sequence[str], cuts: dict[str, tuple[str, ...]]) -> tuple[Array, Array]:
        """Return the keys that stand in some pieces, and in which one each; add to `cuts` those that are not one word.

        Keys have numbers from 1 on here.
        """
        held, wrong = self._table.look_up(pieces)
        fleeting = list[Array]()
        for i in wrong:
            known = self._table.get(hash(pieces[i]))
            held[i] = known if known >= 0 else self._learnt(pieces[i], fleeting, cuts)
        for i in (held & 1).nonzero()[0].tolist():
            if pieces[i] not in cuts:
                cuts[pieces[i]] = self._cut(pieces[i])
        held >>= 1
        where = held.nonzero()[0]
        keys = held[where]
        several = (keys > self._count) | (keys < 0)
        many = [self._several[n] if n > 0 else fleeting[-n - 1] for n in keys[several].tolist()]
        if many:
            places = where[several].repeat([*map(len, many)])
            keys, where = np.concatenate([keys[~several], *many]), np.concatenate([where[~several], places])
        return keys, where

    def _learnt(self, piece: str, fleeting: list[Array], cuts: dict[str, tuple[str, ...]]) -> int:
        """What the table has of a piece from now on; if it keeps none of it, several keys are added to `fleeting`.

        The words of one that is not one word are added to `cuts`: a long link's are not remembered.
        """
        if piece.isalpha() if piece.isascii() else FOLDED_ALONE.issuperset(piece):  # surely one word, folded
            keys, is_cut, is_kept = self._keys.brought(piece), False, True
        else:
            cut = self._cut(piece)
            keys = tuple(dict.fromkeys([key for word in cut for key in self._keys.brought(word)]))
            is_cut = cut != (piece,)
            is_kept = not is_cut or piece in self._cuts
            if is_cut:
                cuts[piece] = cut
        if is_kept and not self.is_full:
            value = 2 * self._number(keys) + is_cut
            self._table.put(hash(piece), value)
            return value
        if len(keys) > 1:
            fleeting.append(np.array(keys, np.int64) + 1)
            return 2 * -len(fleeting) + is_cut
        return 2 * (keys[0] + 1 if keys else 0) + is_cut

    def _number(self, keys: tuple[int, ...]) -> int:
        if len(keys) < 2:
            return keys[0] + 1 if keys else 0
        if (known := self.numbers.get(keys)) is None:
            known = next(self._fresh)
            self._several[known] = np.array(keys, np.int64) + 1
            self.numbers[keys] = known
        return known

    def _cut(self, piece: str) -> tuple[str, ...]:
        """The words of a piece of folded text."""
        if (known := self._cuts.get(piece)) is not None:
            return tuple(known.split(" ")) if known else ()
        if _SPACELESS.fullmatch(piece) and unicodedata.is_normalized("NFKC", piece):
            return tuple(piece)
        cut = tuple(bare(token.word) for token in tokenize(piece))
        if cut != (piece,) and len(piece) <= LONGEST_REMEMBERED and all(cut):
            self._cuts[piece] = " ".join(cut)
        return cut
