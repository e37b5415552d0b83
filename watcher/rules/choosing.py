"""Which rules an entry may meet, by the keys that stand in it."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np

#: Numbers of rules, 32 bits each: those of many keys are joined at C's speed, however many rules there are.
Posted = tuple[bytes, bytes]
#: What a rule requires: sets of keys, of each of which one must stand in the entry.
Requirements = Sequence[Collection[int]]


class Chooser:
    """All rules' requirements. The smallest and the largest set of each rule are looked at."""

    def __init__(self, requirements: Iterable[Requirements], keys: int) -> None:
        self._always: list[int] = []
        first, last = _Postings(keys), _Postings(keys)
        self._count = 0
        for rule, sets in enumerate(requirements):
            self._count += 1
            if sets:
                first.add(sets[0], rule)
                last.add(sets[-1], rule)
            else:
                self._always.append(rule)
        self._first, self._last = first.packed(), last.packed()

    def posted(self, keys: Sequence[int]) -> Posted:
        """Return the rules in whose smallest, and those in whose largest set one of the keys is."""
        if len(keys) == 1:
            return self._first[keys[0]], self._last[keys[0]]
        return b"".join([self._first[key] for key in keys]), b"".join([self._last[key] for key in keys])

    def choose(self, first: bytes, last: bytes) -> list[int]:
        """Return the rules that what stands in an entry does not rule out, in the order of the files.

        `first` and `last` are what was `posted` under all its keys, joined; a key may be among them twice.
        """
        if not first or not last:
            return self._always
        marks, some = np.zeros(self._count, bool), np.frombuffer(last, np.int32)
        marks[np.frombuffer(first, np.int32)] = True
        return sorted({*self._always, *some[marks[some]].tolist()})


class _Postings:
    """Rules by key, while they are gathered."""

    def __init__(self, keys: int) -> None:
        self._rules: list[list[int] | None] = [None] * keys

    def add(self, keys: Iterable[int], rule: int) -> None:
        for key in keys:
            if (rules := self._rules[key]) is None:
                self._rules[key] = [rule]
            else:
                rules.append(rule)

    def packed(self) -> list[bytes]:
        """Each key's rules."""
        return [np.array(rules, np.int32).tobytes() if rules else b"" for rules in self._rules]
