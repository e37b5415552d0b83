"""Which rules an entry may meet, by the keys that stand in it: arrays, for a set of 10,000 rules outgrows the cache."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int32]
#: What a rule requires: sets of keys, of each of which one must stand in the entry.
Requirements = Sequence[Collection[int]]


class Chooser:
    """All rules' requirements. The smallest and the largest set of each rule are looked at."""

    def __init__(self, requirements: Sequence[Requirements], keys: int) -> None:
        self._always = [rule for rule, sets in enumerate(requirements) if not sets]
        some = [(rule, sets) for rule, sets in enumerate(requirements) if sets]
        self._first = _Postings(((key, rule) for rule, sets in some for key in sets[0]), keys)
        self._last = _Postings(((key, rule) for rule, sets in some for key in sets[-1]), keys)
        self._count = len(requirements)

    def choose(self, keys: Collection[int]) -> list[int]:
        """Return the rules that the keys do not rule out, in the order of the files."""
        if not keys:
            return self._always
        found = np.fromiter(keys, np.int64, len(keys))
        marks = np.zeros(self._count, bool)
        marks[self._first.of(found)] = True
        last = self._last.of(found)
        chosen: list[int] = np.unique(last[marks[last]]).tolist()
        return sorted(self._always + chosen) if self._always else chosen


class _Postings:
    """Rules by key: those of all keys one after the other, and where each key's begin."""

    def __init__(self, pairs: Iterable[tuple[int, int]], keys: int) -> None:
        flat = np.array([*pairs], np.int64).reshape(-1, 2)
        self._rules = flat[np.argsort(flat[:, 0], kind="stable"), 1].astype(np.int32)
        self._starts = np.concatenate(([0], np.cumsum(np.bincount(flat[:, 0], minlength=keys)))).astype(np.int32)

    def of(self, keys: npt.NDArray[np.int64]) -> Numbers:
        starts, ends = self._starts[keys], self._starts[keys + 1]
        counts = ends - starts
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        found: Numbers = self._rules[np.repeat(starts, counts) + within]
        return found
