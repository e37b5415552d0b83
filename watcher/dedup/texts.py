"""Some texts, ready to be compared with each other: what is asked of each of them alone, worked out for all at once."""

from collections.abc import Sequence

import numpy as np

from watcher.dedup.lazy import lazy
from watcher.dedup.lexicon import GROWS, UP_TO
from watcher.dedup.sketches import HEAD, Flags, Hashes, Places, Sets, Sketches, pair_hashes, sets_of, spread
from watcher.dedup.words import COUNTED, KIND, NUMBER, WITHDRAWS, hash_of

#: Words of a body that are its beginning.
_BEGINNING = 15
#: Words in which a withdrawal is looked for.
_OPENING = 40
#: A counted word stands so many words before its number at most, or after it; before a number after "to" farther.
_BEFORE, _AFTER, _FAR_BEFORE = 3, 5, 12
#: Added to numbers of words, so that as characters they are no surrogates.
_FIRST_SIGN = 0x10000
_HIGH = np.uint64(32)
#: Words that say that a count has grown; words that take a number over from a clause before.
_GROWS = frozenset(map(hash_of, GROWS))
_UP_TO = np.array(sorted(map(hash_of, UP_TO)), dtype=np.uint32)


class Texts(Sketches):
    """Texts by number."""

    def __init__(self, cores: Sequence[bytes]) -> None:
        """Read fingerprints' cores."""
        super().__init__(cores)
        heads = np.frombuffer(b"".join([core[:HEAD] for core in cores]), dtype=np.uint8).reshape(-1, HEAD)
        #: Of each text: words of its title, hashes of its link and of its outlet (0 without one), its first word.
        self.titled = heads[:, 1].astype(np.intp)
        self.links = np.ascontiguousarray(heads[:, 2:6]).view("<u4").ravel()
        self.hosts = np.ascontiguousarray(heads[:, 6:10]).view("<u4").ravel()
        self.starts = np.cumsum(self.lengths) - self.lengths

    @lazy
    def titles(self) -> Sets:
        """Distinct words of the titles."""
        owners, places = spread(self.starts, self.titled)
        return sets_of(owners.astype(np.uint64) << _HIGH | self.hashes.take(places), len(self))

    @lazy
    def begins(self) -> Flags:
        """Whether each of the distinct words stands at the beginning of a body."""
        owners, places = spread(self.starts + self.titled, np.minimum(_BEGINNING, self.lengths - self.titled))
        at, _ = self.words.find(owners, self.hashes.take(places))
        begins = np.zeros(len(self.words.hashes), dtype=bool)
        begins[at] = True
        return begins

    @lazy
    def fours(self) -> Sets:
        """Distinct runs of four words."""
        if len(self.hashes) < 4:
            return sets_of(self._owners[:0], len(self))
        pairs = pair_hashes(self.hashes)
        mixed = pairs[:-2] * np.uint32(0xC2B2AE3D) ^ (pairs[2:] * np.uint32(0x27D4EB2F))
        mixed ^= mixed >> np.uint32(15)
        inside = self._owners[3:] == self._owners[:-3]
        return sets_of((self._owners[3:] | mixed)[inside], len(self))

    @lazy
    def numbers(self) -> Places:
        """How many of its distinct words are numbers, for each text."""
        return np.bincount(self.words.owners[self.words.hashes & KIND == NUMBER], minlength=len(self))

    @lazy
    def withdraws(self) -> Flags:
        """Whether each text takes something back."""
        places = np.flatnonzero(self.hashes & KIND == WITHDRAWS)
        owners = (self._owners[places] >> _HIGH).astype(np.intp)
        early = places - self.starts[owners] < _OPENING
        return np.bincount(owners[early], minlength=len(self)) > 0

    def grows(self, text: int) -> bool:
        """Say whether a text says that a count has grown."""
        return not _GROWS.isdisjoint(self._words(text).tolist())

    @lazy
    def facts(self) -> list[frozenset[int]]:
        """Numbers that count casualties and the like: their clash is a development, not another text.

        A word that says what a number counts stands beside it, or farther before "to".
        """
        kinds = self.hashes & KIND
        numbers, counted = np.flatnonzero(kinds == NUMBER), np.flatnonzero(kinds == COUNTED)
        owners = (self._owners.take(numbers) >> _HIGH).astype(np.intp)
        first, end = self.starts.take(owners), (self.starts + self.lengths).take(owners)
        after_to = (numbers > first) & np.isin(self.hashes.take(numbers - 1), _UP_TO)
        begins = np.maximum(first, numbers - np.where(after_to, _FAR_BEFORE, _BEFORE))
        ends = np.minimum(end, numbers + _AFTER)
        is_fact = counted.searchsorted(begins) < counted.searchsorted(ends)
        return _sets(owners[is_fact], self.hashes.take(numbers[is_fact]), len(self))

    @lazy
    def signs(self) -> list[str]:
        """Each text with one character for each word, the same for the same word."""
        numbers = np.unique(self.hashes, return_inverse=True)[1] + _FIRST_SIGN
        written = numbers.astype("<u4").tobytes().decode("utf-32-le")
        ends = self.starts + self.lengths
        return [written[first:end] for first, end in zip(self.starts.tolist(), ends.tolist(), strict=True)]

    @lazy
    def number_sets(self) -> list[frozenset[int]]:
        """The numbers in each text."""
        return _numbers(self.words, len(self))

    @lazy
    def title_numbers(self) -> list[frozenset[int]]:
        """The numbers in each title."""
        return _numbers(self.titles, len(self))

    def _words(self, text: int) -> Hashes:
        """The words of a text in order."""
        first = self.starts[text]
        words: Hashes = self.hashes[first : first + self.lengths[text]]
        return words


def _numbers(words: Sets, texts: int) -> list[frozenset[int]]:
    places = np.flatnonzero(words.hashes & KIND == NUMBER)
    return _sets(words.owners.take(places), words.hashes.take(places), texts)


def _sets(owners: Places, words: Hashes, texts: int) -> list[frozenset[int]]:
    """The words of each text, without order."""
    found: list[frozenset[int]] = [frozenset()] * texts
    for text, word in zip(owners.tolist(), words.tolist(), strict=True):
        found[text] |= {word}
    return found
