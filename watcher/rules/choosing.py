"""Which rules an entry may meet, by the words that stand in it, and which of their terms may stand where."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

#: Both marks of a rule, seen as one number.
_BOTH = np.uint16(0x0101)


class Asked(NamedTuple):
    """What a rule asks for."""

    #: Sets of terms, of each of which one must stand in an entry, by their size.
    required: Sequence[Collection[int]]
    #: All its terms, at any depth.
    terms: Collection[int]


class Choice(NamedTuple):
    """Rules that what stands in an entry does not rule out, in the order of the files."""

    rules: list[int]
    #: Their terms that may stand in the entry, each after the piece of text that it may be; in order of these.
    terms: list[tuple[int, int]]


class Chooser:
    """All rules. The smallest and the largest set that each requires are looked at.

    Each rule has two marks, one for either set; those that it does not require are set from the beginning.
    """

    def __init__(self, rules: Iterable[Asked], keys: Sequence[int]) -> None:
        """`keys` has the key of each term: terms with one key are found by the same word."""
        terms, marks, of, wanted, count = list[int](), list[int](), list[int](), list[int](), 0
        for rule, asked in enumerate(rules):
            count, left = rule + 1, set(asked.terms)
            for mark, some in zip((2 * rule, 2 * rule + 1), _ends(asked.required), strict=False):
                wanted.append(mark)
                terms += some
                marks += [mark] * len(some)
                left.difference_update(some)
            terms += left
            marks += [-1] * len(left)
            of += [rule] * (len(terms) - len(of))
        #: The last two are nobody's: terms that are not required set the last, the other stays as it is.
        self._marks = np.ones(2 * count + 2, np.uint8)
        self._marks[[*wanted, -2]] = 0
        self._always: list[int] = (self._marks.view(np.uint16) == _BOTH).nonzero()[0].tolist()
        arrays = (np.array(one, np.int32) for one in (terms, of, marks))
        self.count = max(keys, default=-1) + 1
        self._starts, self._lengths, (self._terms, self._of, self._posted) = _by_key(
            np.array(keys, np.int64), self.count, *arrays
        )

    def choose(self, keys: Array, where: Array) -> Choice:
        """Return the rules that may be met by what stands in an entry: keys, from 1 on, each with the piece of text."""
        lengths = self._lengths[keys]
        ends = lengths.cumsum()
        if not len(ends) or not ends[-1]:
            return Choice(self._always, [])
        at = np.arange(ends[-1]) + (self._starts[keys] + lengths - ends).repeat(lengths)
        marks = self._marks.copy()
        marks[self._posted[at]] = 1
        may_be = marks.view(np.uint16) == _BOTH
        rules: list[int] = may_be.nonzero()[0].tolist()
        if not rules:
            return Choice(rules, [])
        kept = may_be[self._of[at]].nonzero()[0]
        found = zip(where.repeat(lengths)[kept].tolist(), self._terms[at[kept]].tolist(), strict=True)
        return Choice(rules, sorted(set(found)))


def _ends(sets: Sequence[Collection[int]]) -> Sequence[Collection[int]]:
    return sets if len(sets) < 2 else (sets[0], sets[-1])


def _by_key(
    keys: Array, count: int, terms: Array, of: Array, marks: Array
) -> tuple[Array, Array, tuple[Array, Array, Array]]:
    """Where what each key posts begins, from key 1 on, how much it is, and what."""
    by = keys[terms] + 1 if len(terms) else terms
    order = by.argsort(kind="stable")
    edges = np.searchsorted(by[order], np.arange(count + 2)).astype(np.int32)
    return edges[:-1], edges[1:] - edges[:-1], (terms[order], of[order], marks[order])
